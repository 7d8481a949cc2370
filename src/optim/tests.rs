//! Optimiser steps against PyTorch.

use candle_core::{Device, Result, Tensor, Var};

use super::{Adam, RmsProp, Sgd, UpdateRule, descend};

/// Three steps on L = Σ wᵢ⁴ from w = (1, 1, 1) scaled by (1, 2, −0.5).
fn three_steps(rule: &dyn UpdateRule, lr: f64) -> Result<Vec<f32>> {
    let var = Var::from_vec(vec![1.0_f32; 3], 3, &Device::Cpu)?;
    let scale = Tensor::new(&[1.0_f32, 2.0, -0.5], var.device())?;
    let mut descent = rule.start(3);
    for _ in 0..3 {
        let loss = var.mul(&scale)?.sqr()?.sqr()?.sum_all()?;
        let gradients = loss.backward()?;
        descend(
            descent.as_mut(),
            lr,
            &var,
            gradients.get(&var).expect("tracked"),
        )?;
    }
    var.to_vec1::<f32>()
}

fn check(rule: &dyn UpdateRule, lr: f64, expected: [f32; 3]) -> Result<()> {
    for (x, e) in three_steps(rule, lr)?.into_iter().zip(expected) {
        assert!((x - e).abs() <= 1e-6 * e.abs(), "{x} instead of {e}");
    }
    Ok(())
}

// import torch
// def run(make, scale=torch.tensor([1., 2., -.5])):
//     w = torch.ones(3, requires_grad=True); o = make([w])
//     for _ in range(3):
//         o.zero_grad(); ((w * scale) ** 4).sum().backward(); o.step()
//     print([f'{x:.9g}' for x in w.tolist()])
// run(lambda p: torch.optim.Adam(p, lr=0.05, betas=(0.5, 0.9)))
// run(lambda p: torch.optim.SGD(p, lr=0.001, momentum=0.9))
// run(lambda p: torch.optim.RMSprop(p, lr=0.01))
// run(lambda p: torch.optim.RMSprop(p, lr=0.01, alpha=0.9))

#[test]
fn adam_steps_match_pytorch() -> Result<()> {
    check(&Adam { betas: [0.5, 0.9] }, 0.05, [0.854_396_1; 3])
}

#[test]
fn momentum_steps_match_pytorch() -> Result<()> {
    check(
        &Sgd { momentum: 0.9 },
        0.001,
        [0.977_787_85, 0.690_787_7, 0.998_598_4],
    )
}

#[test]
fn rmsprop_steps_match_pytorch() -> Result<()> {
    check(&RmsProp { alpha: 0.99 }, 0.01, [0.797_297; 3])?;
    check(&RmsProp { alpha: 0.9 }, 0.01, [0.928_717_6; 3])
}

#[test]
fn a_gradient_beyond_single_precision_shows_in_the_state() -> Result<()> {
    let rules: [(&dyn UpdateRule, f32); 3] = [
        // Its square, 1e40, is infinite in single precision; the weight moves by about 0.
        (&Adam { betas: [0.5, 0.9] }, 1e20),
        (&RmsProp { alpha: 0.9 }, 1e20),
        // Two steps of momentum add up to more than the largest number, 3.4e38.
        (&Sgd { momentum: 1.0 }, 3e38),
    ];
    for (rule, slope) in rules {
        let var = Var::from_vec(vec![1.0_f32], 1, &Device::Cpu)?;
        let mut descent = rule.start(1);
        assert!(descent.is_finite());
        for _ in 0..2 {
            let loss = (var.as_tensor() * f64::from(slope))?.sum_all()?;
            let gradients = loss.backward()?;
            descend(
                descent.as_mut(),
                1e-39,
                &var,
                gradients.get(&var).expect("tracked"),
            )?;
        }
        assert!(!descent.is_finite());
    }
    Ok(())
}

/// Σ cᵢ θᵢ after some steps on gradients that depend on the first ones' values: what going back must
/// find the slope of.
fn after(rule: &dyn UpdateRule, gradients: &[Vec<f64>], weights: &[f64]) -> f64 {
    // The optimisers are written in f32: differences of 1e-2 keep enough digits of slopes of order 1.
    let mut ahead = rule.start(weights.len()).look_ahead();
    let mut values: Vec<f32> = weights.iter().map(|&w| w as f32).collect();
    for gradient in gradients {
        let gradient: Vec<f32> = gradient.iter().map(|&g| g as f32).collect();
        ahead.step(0.5, &mut values, &gradient);
    }
    values
        .iter()
        .enumerate()
        .map(|(i, &w)| (i as f64 + 1.0) * f64::from(w))
        .sum()
}

#[test]
fn steps_that_are_looked_through_go_back_as_differences_say() {
    let rules: [&dyn UpdateRule; 5] = [
        &Adam { betas: [0.5, 0.9] },
        &Sgd { momentum: 0.0 },
        &Sgd { momentum: 0.9 },
        &RmsProp { alpha: 0.9 },
        &RmsProp { alpha: 0.5 },
    ];
    let gradients = vec![vec![0.7, -1.1], vec![-0.4, -0.9], vec![1.3, 0.5]];
    let weights = [0.3, -0.2];
    for rule in rules {
        let mut ahead = rule.start(2).look_ahead();
        let mut values: Vec<f32> = weights.iter().map(|&w| w as f32).collect();
        for gradient in &gradients {
            let gradient: Vec<f32> = gradient.iter().map(|&g| g as f32).collect();
            ahead.step(0.5, &mut values, &gradient);
        }
        for step in (0..gradients.len()).rev() {
            let mut found = [0.0; 2];
            ahead.back(&[1.0, 2.0], &mut found);
            for i in 0..2 {
                const H: f64 = 1e-2;
                let at = |h: f64| {
                    let mut moved = gradients.clone();
                    moved[step][i] += h;
                    after(rule, &moved, &weights)
                };
                let slope = (at(H) - at(-H)) / (2.0 * H);
                let error = (f64::from(found[i]) - slope).abs();
                assert!(error < 2e-3, "step {step}: {} is not {slope}", found[i]);
            }
        }
    }
}

#[test]
fn a_weight_without_a_gradient_goes_back_to_nothing_infinite() {
    let rules: [&dyn UpdateRule; 2] = [&Adam { betas: [0.5, 0.9] }, &RmsProp { alpha: 0.9 }];
    for rule in rules {
        let mut ahead = rule.start(1).look_ahead();
        let mut weights = [1.0];
        ahead.step(0.1, &mut weights, &[0.0]);
        let mut found = [f32::NAN];
        ahead.back(&[1.0], &mut found);
        assert!(found[0].is_finite(), "{}", found[0]);
    }
}
