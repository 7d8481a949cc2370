//! What training costs: floating-point operations, counted from the shapes.

use crate::model::{Cost, SampleShape};
use crate::spec::{GanSpec, PerNetwork, Updates};

/// Operations of the matrix products that are really done (a multiply-add counts as two).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepCosts {
    /// Of a step of D.
    pub d: u64,
    /// Of a step of G, less what it shares with a step of D.
    pub g: u64,
}

impl StepCosts {
    /// Of a run on samples of that shape.
    pub fn of(spec: &GanSpec, sample: SampleShape) -> Self {
        let PerNetwork { g, d } = spec.model.costs(spec.shapes(sample));
        let made = spec.pack as u64;
        let rows = spec.batch_size as u64;
        // D learns from two batches; G only serves it.
        let learning = d.forward + d.weights + d.hidden;
        // The slope; its pass along a direction; and back through values and tangents.
        let slope = d.forward + d.hidden + d.input;
        let penalty = slope + d.forward + 2 * (d.weights + d.hidden);
        let penalties = spec.penalties().len() as u64 * penalty;
        // G learns through D, whose weights need no gradient.
        let through = match spec.unroll {
            0 => {
                let compared = u64::from(spec.loss.generator().sees_real()) * d.forward;
                d.forward + d.hidden + d.input + compared
            }
            steps => unrolled(u64::from(steps), d),
        };
        // Simultaneous updates share what G made, with the first of D's steps.
        let shared = match spec.updates {
            Updates::Alternating => 0,
            Updates::Simultaneous => made * g.forward,
        };
        Self {
            d: rows * (made * g.forward + 2 * learning + penalties),
            g: rows * (made * (g.forward + g.weights + g.hidden) + through - shared),
        }
    }

    /// Of one step of G with so many of D before it.
    pub fn round(self, k: u32) -> u64 {
        u64::from(k) * self.d + self.g
    }
}

/// D's steps ahead and back, on a real and a generated sample: a pass and its gradient; then, for
/// each, the pass once more, one along the weights' tangent, and the way back through values and
/// tangents. At the end of the steps the way back to weights and samples.
fn unrolled(steps: u64, d: Cost) -> u64 {
    let ahead = d.forward + d.weights + d.hidden;
    // Layers but the first have a tangent of their input too.
    let along = d.forward + d.hidden;
    let back = d.weights + d.hidden + 3 * d.hidden + d.divided;
    // Only generated samples have gradients, which come through values and weights' tangents.
    let of_fake = steps * 2 * d.input + d.input;
    2 * (steps * (ahead + d.forward + along + back) + ahead) + of_fake
}

/// Operations of one generator step with its discriminator steps, at the least where k converges,
/// averaged where several generator steps share them.
pub fn flops_per_step(spec: &GanSpec, sample: SampleShape) -> u64 {
    let costs = StepCosts::of(spec, sample);
    costs.g + u64::from(spec.k.least()) * costs.d / u64::from(spec.g_steps)
}
