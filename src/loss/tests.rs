//! Every loss against its paper's formula in f64, values and slopes.

use candle_core::{Device, Result, Tensor, Var};

use super::*;

/// The objectives as the papers write them, of outputs on real and on generated samples: D's, G's.
struct Formula {
    loss: Loss,
    discriminator: fn(&[f64], &[f64]) -> f64,
    generator: fn(&[f64], &[f64]) -> f64,
}

fn mean(values: &[f64], f: impl Fn(f64) -> f64) -> f64 {
    values.iter().map(|&x| f(x)).sum::<f64>() / values.len() as f64
}

/// −log σ(x) = log(1 + e⁻ˣ), where σ itself would round to 0 or 1.
fn surprise(x: f64) -> f64 {
    (-x).max(0.0) + (-x.abs()).exp().ln_1p()
}

/// −E log D(x) − E log(1 − D(G(z))) with D = σ(output).
fn classify(real: &[f64], fake: &[f64]) -> f64 {
    mean(real, surprise) + mean(fake, |x| surprise(-x))
}

fn pairs(a: &[f64], b: &[f64]) -> f64 {
    let sum: f64 = a.iter().zip(b).map(|(a, b)| surprise(a - b)).sum();
    sum / a.len() as f64
}

fn formulas() -> Vec<Formula> {
    let earth_mover: fn(&[f64], &[f64]) -> f64 = |r, f| mean(f, |x| x) - mean(r, |x| x);
    let negative: fn(&[f64], &[f64]) -> f64 = |_, f| -mean(f, |x| x);
    let of = |loss, discriminator, generator| Formula {
        loss,
        discriminator,
        generator,
    };
    vec![
        // E log(1 − D(G(z))).
        of(Loss::Minimax(Minimax), classify, |_, f| {
            -mean(f, |x| surprise(-x))
        }),
        // −E log D(G(z)).
        of(Loss::NonSaturating(NonSaturating), classify, |_, f| {
            mean(f, surprise)
        }),
        of(
            Loss::LeastSquares(LeastSquares),
            |r, f| 0.5 * mean(r, |x| (x - 1.0).powi(2)) + 0.5 * mean(f, |x| x * x),
            |_, f| 0.5 * mean(f, |x| (x - 1.0).powi(2)),
        ),
        of(
            Loss::Hinge(Hinge),
            |r, f| mean(r, |x| (1.0 - x).max(0.0)) + mean(f, |x| (1.0 + x).max(0.0)),
            negative,
        ),
        of(
            Loss::Wasserstein(Wasserstein { clip: 0.01 }),
            earth_mover,
            negative,
        ),
        of(
            Loss::WassersteinPenalty(WassersteinPenalty { lambda: 10.0 }),
            earth_mover,
            negative,
        ),
        of(Loss::Dragan(Dragan { lambda: 10.0 }), classify, |_, f| {
            mean(f, surprise)
        }),
        of(Loss::Relativistic(Relativistic), pairs, |r, f| pairs(f, r)),
    ]
}

/// Ordinary outputs, saturated ones, and outputs far beyond: (real, generated).
const OUTPUTS: [([f32; 3], [f32; 3]); 4] = [
    ([0.3, -1.2, 2.0], [-0.5, 0.1, 1.7]),
    ([-10.0, 12.0, 9.0], [-10.0, -11.0, 8.0]),
    ([-40.0, 35.0, 50.0], [45.0, -60.0, 30.0]),
    ([1e4, -1e4, 1e4], [-1e4, 1e4, -1e4]),
];

fn outputs(values: &[f32]) -> Result<Var> {
    let column = Tensor::from_slice(values, (values.len(), 1), &Device::Cpu)?;
    Var::from_tensor(&column)
}

fn near(found: f32, expected: f64, what: &str) {
    let error = (f64::from(found) - expected).abs();
    assert!(
        error <= 2e-6 * expected.abs().max(1.0),
        "{what}: {found} is not {expected}"
    );
}

#[test]
fn every_loss_has_a_formula() {
    assert_eq!(formulas().len(), Loss::choices().len());
    for (formula, choice) in formulas().iter().zip(Loss::choices()) {
        assert_eq!(formula.loss.choice().name, choice.name);
    }
}

#[test]
fn values_and_slopes_are_those_of_the_papers_at_any_output() -> Result<()> {
    for Formula {
        loss,
        discriminator,
        generator,
    } in formulas()
    {
        for (real, fake) in OUTPUTS {
            let (r, f) = (outputs(&real)?, outputs(&fake)?);
            let exact = [real, fake].map(|values| values.map(f64::from));
            let name = loss.choice().name;
            let found = [
                loss.discriminator(1.0).apply(&r, &f)?,
                loss.generator().apply(&r, &f)?,
            ];
            for (found, formula) in found.into_iter().zip([discriminator, generator]) {
                near(
                    found.to_scalar::<f32>()?,
                    formula(&exact[0], &exact[1]),
                    name,
                );
                let gradients = found.backward()?;
                for (side, var) in [&r, &f].into_iter().enumerate() {
                    let slopes = match gradients.get(var) {
                        Some(slopes) => slopes.flatten_all()?.to_vec1::<f32>()?,
                        None => vec![0.0; 3],
                    };
                    for (i, slope) in slopes.into_iter().enumerate() {
                        near(slope, difference(formula, exact, side, i), name);
                    }
                }
            }
        }
    }
    Ok(())
}

/// The central difference of a formula in one output.
fn difference(
    formula: fn(&[f64], &[f64]) -> f64,
    exact: [[f64; 3]; 2],
    side: usize,
    i: usize,
) -> f64 {
    let at = |h: f64| {
        let mut moved = exact;
        moved[side][i] += h;
        formula(&moved[0], &moved[1])
    };
    // Rounding of values up to 1e8 against the third derivative.
    let h = 1e-4;
    (at(h) - at(-h)) / (2.0 * h)
}

#[test]
fn only_the_minimax_generator_saturates() -> Result<()> {
    // D is sure: logit −10. Slopes: minimax −σ(−10) = −4.5e-5; non-saturating −(1 − σ(−10)).
    let slope = |loss: Loss| -> Result<f32> {
        let fake = outputs(&[-10.0])?;
        let gradients = loss
            .generator()
            .apply(
                &Tensor::zeros((1, 1), candle_core::DType::F32, &Device::Cpu)?,
                &fake,
            )?
            .backward()?;
        Ok(gradients
            .get(&fake)
            .expect("tracked")
            .flatten_all()?
            .to_vec1::<f32>()?[0])
    };
    assert!((slope(Loss::Minimax(Minimax))? + 4.539_787e-5).abs() < 1e-9);
    assert!((slope(Loss::NonSaturating(NonSaturating))? + 0.999_954_6).abs() < 1e-6);
    Ok(())
}

#[test]
fn slopes_bend_as_second_differences_of_the_formulas_say() {
    // Ordinary and saturated outputs, moved along tangents that are different for every one.
    const TANGENTS: [[f64; 3]; 2] = [[0.7, -1.1, 0.4], [1.3, 0.2, -0.6]];
    /// Second differences of f64 are right to about ε / h² + h² = 1e-6.
    const H: f64 = 1e-3;
    for Formula {
        loss,
        discriminator,
        generator,
    } in formulas()
    {
        let objectives = [loss.discriminator(1.0), loss.generator()];
        for (objective, formula) in objectives.into_iter().zip([discriminator, generator]) {
            for (real, fake) in &OUTPUTS[..2] {
                let tangents = TANGENTS.map(|side| side.map(|t| t as f32));
                let found = objective.bends([real, fake], [&tangents[0], &tangents[1]], 3);
                let exact = [real, fake].map(|values| values.map(f64::from));
                for (side, bends) in found.into_iter().enumerate() {
                    for (i, bend) in bends.into_iter().enumerate() {
                        let slope = |h: f64| {
                            let mut moved = exact;
                            for (values, tangent) in moved.iter_mut().zip(TANGENTS) {
                                for (value, t) in values.iter_mut().zip(tangent) {
                                    *value += h * t;
                                }
                            }
                            difference(formula, moved, side, i)
                        };
                        let expected = (slope(H) - slope(-H)) / (2.0 * H);
                        let error = (f64::from(bend) - expected).abs();
                        let name = loss.choice().name;
                        assert!(error < 2e-5, "{name}: {bend} is not {expected}");
                    }
                }
            }
        }
    }
}

#[test]
fn a_smoothed_target_is_a_mixture_of_both_labels() {
    // Salimans et al. (2016), section 3.4: only the real samples' label moves, here to 0.9.
    let (real, fake) = ([0.3_f32, -1.2, 12.0], [-0.5_f32, 0.1, 1.7]);
    let exact = [real, fake].map(|values| values.map(f64::from));
    let smoothed = |x: f64| 0.9 * surprise(x) + 0.1 * surprise(-x);
    let cross_entropy = mean(&exact[0], smoothed) + mean(&exact[1], |x| surprise(-x));
    for loss in [
        Loss::Minimax(Minimax),
        Loss::NonSaturating(NonSaturating),
        Loss::Dragan(Dragan { lambda: 10.0 }),
    ] {
        let found = loss.discriminator(0.9).value([&real, &fake], 3) as f32;
        near(found, cross_entropy, loss.choice().name);
    }
    let squares = 0.5 * mean(&exact[0], |x| (x - 0.9).powi(2)) + 0.5 * mean(&exact[1], |x| x * x);
    let found = LeastSquares.discriminator(0.9).value([&real, &fake], 3) as f32;
    near(found, squares, "lsgan");
    let with_target: Vec<_> = formulas()
        .into_iter()
        .filter(|formula| formula.loss.has_target())
        .map(|formula| formula.loss.choice().name)
        .collect();
    assert_eq!(
        with_target,
        ["minimax", "non_saturating", "lsgan", "dragan"]
    );
}
