//! The gradient of an unrolled objective against finite differences of the whole look ahead.

use candle_core::{Device, Result, Tensor, Var};

use super::{Judged, Unrolled};
use crate::loss::{Adversarial, Hinge, LeastSquares, Minimax, NonSaturating};
use crate::model::{Net, Start};
use crate::optim::{Adam, Sgd, UpdateRule};
use crate::param::Value;
use crate::rng::{Name, Streams};
use crate::train::tests::{spec, text};

const ROWS: usize = 6;

fn values(shape: (usize, usize), step: u64) -> Result<Tensor> {
    let mut values = vec![0.0; shape.0 * shape.1];
    let mut stream = Streams::new(40).stream(Name::Reference, step, 0);
    stream.fill_normal(&mut values);
    Tensor::from_vec(values, shape, &Device::Cpu)
}

/// A D for samples of that many values.
fn discriminator(model: &str, norm: &str, sample: [usize; 3]) -> Result<Net> {
    let mut changes = vec![("model", text(model)), ("norm", text(norm))];
    if model == "mlp" {
        // Curved everywhere: a kink between two differences would be no fault of the gradient.
        changes.push(("activation", text("tanh")));
        changes.push(("hidden", Value::List(vec![Value::Int(5), Value::Int(4)])));
    } else {
        changes.push(("dataset", text("mnist")));
    }
    match model {
        "dcgan" => changes.push(("width", Value::Int(2))),
        "convnet" => {
            changes.push(("activation", text("tanh")));
            changes.push(("channels", Value::List(vec![Value::Int(2), Value::Int(3)])));
        }
        _ => {}
    }
    let spec = spec(&changes, 0);
    let start = Start {
        init: spec.init.d.clone(),
        source: Streams::new(3).source(Name::InitDiscriminator),
    };
    spec.model.discriminator(spec.shapes(sample), start)
}

fn look(
    net: &Net,
    unrolled: impl Fn() -> Unrolled,
    real: &Tensor,
    fake: &Tensor,
) -> Result<Tensor> {
    let judged = |x: &Tensor| Judged {
        x: x.clone(),
        shares: vec![1.0; ROWS],
    };
    unrolled().apply(net, &judged(real), judged(fake))
}

/// Checks the gradient in random directions, all values of the generated samples at once.
fn check(
    net: &Net,
    width: usize,
    rule: &dyn UpdateRule,
    lr: f64,
    steps: u32,
    loss: &dyn Adversarial,
    [apart, kinks]: [bool; 2],
) -> Result<()> {
    // In f32 a difference is right to about ε / h + h² = 1e-4 of the objective's size. Where D has
    // kinks h is so small that few lie between: ε / h = 1e-3.
    let (h, tolerance) = if kinks { (1e-4, 2e-3) } else { (4e-3, 6e-4) };
    let real = values((ROWS, width), 1)?;
    let fake = Var::from_tensor(&values((ROWS, width), 2)?)?;
    let count = net.weights().elem_count();
    let unrolled = || {
        let mut descent = rule.start(count);
        // Moments that are not zero, as in the middle of a run.
        let mut weights = vec![0.0; count];
        let mut gradient = vec![0.0; count];
        let mut stream = Streams::new(41).stream(Name::Reference, 0, 0);
        for _ in 0..3 {
            stream.fill_normal(&mut gradient);
            gradient.iter_mut().for_each(|g| *g *= 0.3);
            descent.step(lr, &mut weights, &gradient);
        }
        let of_d = loss.discriminator(1.0);
        Unrolled {
            steps,
            lr,
            optimiser: descent.look_ahead(),
            of_g: if loss.is_zero_sum() {
                -of_d.clone()
            } else {
                loss.generator()
            },
            of_d,
            apart,
        }
    };
    let value = look(net, unrolled, &real, fake.as_tensor())?;
    let gradients = value.backward()?;
    let gradient = gradients.get(&fake).expect("tracked");
    for direction in 3..7 {
        let direction = values((ROWS, width), direction)?;
        let slope = (gradient * &direction)?.sum_all()?.to_scalar::<f32>()?;
        let at = |h: f64| -> Result<f32> {
            let moved = (fake.as_tensor() + (&direction * h)?)?;
            look(net, unrolled, &real, &moved)?.to_scalar::<f32>()
        };
        let difference = (at(h)? - at(-h)?) / (2.0 * h as f32);
        assert!(
            (slope - difference).abs() <= tolerance + 2e-3 * difference.abs(),
            "{slope} is not {difference} ({steps} steps)"
        );
    }
    Ok(())
}

#[test]
fn g_sees_through_the_steps_of_d() -> Result<()> {
    let adam = Adam { betas: [0.5, 0.9] };
    let sgd = Sgd { momentum: 0.0 };
    let momentum = Sgd { momentum: 0.9 };
    let rules: [(&dyn UpdateRule, f64); 3] = [(&adam, 0.05), (&sgd, 0.3), (&momentum, 0.1)];
    let losses: [&dyn Adversarial; 3] = [&Minimax, &NonSaturating, &LeastSquares];
    for norm in ["none", "layer", "batch", "spectral"] {
        let net = discriminator("mlp", norm, [2, 1, 1])?;
        for (rule, lr) in rules {
            for loss in losses {
                for steps in [0, 1, 4] {
                    check(&net, 2, rule, lr, steps, loss, [norm == "batch", false])?;
                }
            }
        }
    }
    Ok(())
}

#[test]
fn g_sees_through_the_steps_of_a_convolutional_d() -> Result<()> {
    let rule = Adam { betas: [0.5, 0.9] };
    for norm in ["none", "batch"] {
        let net = discriminator("dcgan", norm, [1, 8, 8])?;
        let apart = norm == "batch";
        check(&net, 64, &rule, 0.01, 3, &NonSaturating, [apart, true])?;
    }
    let net = discriminator("dcgan", "none", [1, 8, 8])?;
    let sgd = Sgd { momentum: 0.0 };
    check(&net, 64, &sgd, 0.05, 2, &Hinge, [false, true])?;
    for norm in ["none", "batch", "layer", "instance", "spectral"] {
        let net = discriminator("convnet", norm, [2, 7, 8])?;
        let apart = norm == "batch";
        check(&net, 112, &rule, 0.01, 3, &NonSaturating, [apart, false])?;
    }
    Ok(())
}

/// Without steps it is the loss itself.
#[test]
fn no_steps_are_no_look_ahead() -> Result<()> {
    let net = discriminator("mlp", "none", [2, 1, 1])?;
    let (real, fake) = (values((ROWS, 2), 1)?, values((ROWS, 2), 2)?);
    let unrolled = || Unrolled {
        steps: 0,
        lr: 0.1,
        optimiser: Sgd { momentum: 0.0 }
            .start(net.weights().elem_count())
            .look_ahead(),
        of_d: NonSaturating.discriminator(1.0),
        of_g: NonSaturating.generator(),
        apart: false,
    };
    let found = look(&net, unrolled, &real, &fake)?.to_scalar::<f32>()?;
    let logits = net.forward(&fake, crate::model::Pass::Frozen)?;
    let expected = NonSaturating.generator().apply(&logits, &logits)?;
    assert_eq!(found, expected.to_scalar::<f32>()?);
    Ok(())
}
