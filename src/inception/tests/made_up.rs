//! The weights and images of `benches/peers/inception.py`: formulas of place, the same bits there.

use super::super::layout::{self, Layer};
use super::super::{FEATURES, LOGITS};
use crate::weights::{Tensor, Weights};

/// Channels, rows and columns of the images.
pub const IMAGE: [usize; 3] = [3, 40, 28];

/// `count` numbers in (−1, 1): the script's `uniform`.
fn uniform(tensor: u32, count: usize) -> impl Iterator<Item = f64> {
    (1..=count as u32).map(move |place| {
        let mut x = place
            .wrapping_mul(0x9E37_79B1)
            .wrapping_add(tensor.wrapping_mul(0x85EB_CA77));
        x ^= x >> 16;
        x = x.wrapping_mul(0x85EB_CA6B);
        x ^= x >> 13;
        x = x.wrapping_mul(0xC2B2_AE35);
        x ^= x >> 16;
        2.0 * ((f64::from(x) + 0.5) / 4_294_967_296.0) - 1.0
    })
}

/// All tensors: the script's `fill`.
pub fn weights() -> Weights {
    let mut tensors = Vec::new();
    let mut add = |name: String, shape: &[usize], [centre, reach]: [f64; 2]| {
        let place = tensors.len() as u32;
        let noise = uniform(place, shape.iter().product());
        let values = noise.map(|x| {
            if centre == 0.0 {
                x * reach
            } else {
                centre + x * reach
            }
        });
        let tensor = Tensor {
            shape: shape.to_vec(),
            values: values.map(|x| x as f32).collect(),
        };
        tensors.push((name, tensor));
    };
    let mut layer = |layer: Layer| {
        let name = &layer.name;
        let [rows, columns] = layer.kernel;
        let shape = [layer.outputs, layer.inputs, rows, columns];
        let fan_in = (layer.inputs * rows * columns) as f64;
        add(
            format!("{name}.conv.weight"),
            &shape,
            [0.0, (6.0 / fan_in).sqrt()],
        );
        for (part, range) in [
            ("weight", [1.0, 0.2]),
            ("bias", [0.0, 0.1]),
            ("running_mean", [0.0, 0.1]),
            ("running_var", [1.0, 0.2]),
        ] {
            add(format!("{name}.bn.{part}"), &[layer.outputs], range);
        }
        Ok::<_, std::convert::Infallible>(())
    };
    for block in layout::blocks() {
        block.try_map(&mut layer).expect("no errors");
    }
    let reach = (3.0 / FEATURES as f64).sqrt();
    add("fc.weight".to_owned(), &[LOGITS, FEATURES], [0.0, reach]);
    add("fc.bias".to_owned(), &[LOGITS], [0.0, 0.1]);
    tensors.into_iter().collect()
}

/// The script's two images.
pub fn images() -> Vec<u8> {
    let [channels, height, width] = IMAGE;
    let mut pixels = Vec::new();
    for k in 0..2 {
        for c in 0..channels {
            for y in 0..height {
                for x in 0..width {
                    let value = x * 7 * (c + 1) + y * 5 + k * 90 + x * y * (k + 1) / 4;
                    pixels.push((value % 256) as u8);
                }
            }
        }
    }
    pixels
}
