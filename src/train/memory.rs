//! What a run holds in memory, from its shapes.

use crate::model::SampleShape;
use crate::optim::UpdateRule;
use crate::param::Network;
use crate::spec::{GanSpec, PerNetwork};

/// Bytes of a single-precision number.
const NUMBER: u64 = 4;

/// Copies of the weights besides the optimiser's state: the weights, their gradient, and what is written
/// down at the end.
const COPIES: u64 = 3;

/// Bytes that a run on samples of that shape takes at least: weights, gradients, optimisers, the average,
/// and one batch of samples. Activations come on top.
///
/// Of perceptrons the number of weights is that of their multiplications for one sample; of
/// convolutions, whose weights serve every position, at least one in so many as an image has pixels.
pub fn least_memory(spec: &GanSpec, sample: SampleShape) -> u64 {
    let PerNetwork { g, d } = spec.model.costs(spec.shapes(sample));
    let shared = match spec.model.shares_weights() {
        true => (sample[1] * sample[2]) as u64,
        false => 1,
    };
    let [g, d] = [g, d].map(|cost| cost.forward / 2 / shared);
    let carried = |network| {
        let rule: &dyn UpdateRule = match network {
            Network::G => &*spec.optimizer.g,
            Network::D => &*spec.optimizer.d,
        };
        rule.start(1).kept().values.len() as u64
    };
    let average = u64::from(spec.ema > 0.0) * g;
    let of_weights = g * (COPIES + carried(Network::G)) + d * (COPIES + carried(Network::D));
    let batch = 2 * (spec.batch_size * spec.pack * sample.iter().product::<usize>()) as u64;
    NUMBER.saturating_mul(of_weights.saturating_add(average).saturating_add(batch))
}

#[cfg(test)]
mod tests {
    use super::least_memory;
    use crate::param::Value;
    use crate::train::tests::{spec, text};

    #[test]
    fn of_perceptrons_it_is_counted_and_of_convolutions_less_than_there_is() {
        let wide = Value::List(vec![Value::Int(1000), Value::Int(1000)]);
        let spec_of = |changes: &[(&'static str, Value)]| spec(changes, 0);
        let adam = spec_of(&[("hidden", wide.clone())]);
        // G: 16 to 1000 to 1000 to 2; D: 2 to 1000 to 1000 to 1. Adam carries two numbers a weight.
        let weights = (16 + 1000 + 2 + 2 + 1000 + 1) * 1000;
        assert_eq!(
            least_memory(&adam, [2, 1, 1]),
            4 * (5 * weights + 2 * 64 * 2)
        );
        let sgd = spec_of(&[("hidden", wide), ("optimizer", text("sgd"))]);
        assert_eq!(
            least_memory(&sgd, [2, 1, 1]),
            4 * (4 * weights + 2 * 64 * 2)
        );
        let images = spec_of(&[("dataset", text("mnist")), ("model", text("dcgan"))]);
        let prepared = crate::train::tests::digits();
        let players = crate::train::step::Players::new(&images, &prepared).expect("networks");
        let found = least_memory(&images, [1, 28, 28]);
        let really = 4 * 5 * players.weight_count() as u64;
        assert!(found > 0 && found < really, "{found} of {really}");
    }
}
