//! What a player minimises, as the papers write it: sums of means of curves of D's outputs.
//!
//! An [`Objective`] is built from the outputs [`REAL`] and [`FAKE`] with the signs of arithmetic:
//! `softplus(-REAL) + softplus(FAKE)`. It knows its value, its slopes, and how its slopes move when
//! the outputs do, which a generator that looks through D's steps needs.

use std::ops::{Add, Mul, Neg, Sub};

use crate::elementary::{self, sigmoid, vectorised};

/// Which outputs of D.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Of {
    Real,
    Fake,
    /// Of a real sample minus that of the generated one at the same place of the batch.
    RealMinusFake,
}

/// ± output + shift.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Argument {
    of: Of,
    sign: f32,
    shift: f32,
}

/// D's outputs on real samples.
pub const REAL: Argument = Argument {
    of: Of::Real,
    sign: 1.0,
    shift: 0.0,
};

/// D's outputs on generated samples.
pub const FAKE: Argument = Argument {
    of: Of::Fake,
    sign: 1.0,
    shift: 0.0,
};

/// D's outputs on real samples minus those on generated ones, in pairs.
pub const REAL_MINUS_FAKE: Argument = Argument {
    of: Of::RealMinusFake,
    sign: 1.0,
    shift: 0.0,
};

impl Neg for Argument {
    type Output = Self;
    fn neg(self) -> Self {
        Self {
            sign: -self.sign,
            shift: -self.shift,
            ..self
        }
    }
}

impl Sub<f32> for Argument {
    type Output = Self;
    fn sub(self, number: f32) -> Self {
        Self {
            shift: self.shift - number,
            ..self
        }
    }
}

impl Add<Argument> for f32 {
    type Output = Argument;
    fn add(self, argument: Argument) -> Argument {
        argument - -self
    }
}

impl Sub<Argument> for f32 {
    type Output = Argument;
    fn sub(self, argument: Argument) -> Argument {
        self + -argument
    }
}

/// A function of one variable.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Curve {
    /// a
    Linear,
    /// ln(1 + eᵃ)
    Softplus,
    /// a² / 2
    HalfSquare,
    /// max(0, a)
    Rectified,
}

impl Curve {
    #[inline(always)]
    fn value(self, a: f32) -> f32 {
        match self {
            Self::Linear => a,
            Self::Softplus => elementary::softplus(a),
            Self::HalfSquare => 0.5 * a * a,
            // NaN stays.
            Self::Rectified => {
                if a < 0.0 {
                    0.0
                } else {
                    a
                }
            }
        }
    }

    #[inline(always)]
    fn slope(self, a: f32) -> f32 {
        match self {
            Self::Linear => 1.0,
            Self::Softplus => sigmoid(a),
            Self::HalfSquare => a,
            Self::Rectified => f32::from(u8::from(a > 0.0)),
        }
    }

    #[inline(always)]
    fn curvature(self, a: f32) -> f32 {
        match self {
            Self::Linear | Self::Rectified => 0.0,
            Self::Softplus => sigmoid(a) * sigmoid(-a),
            Self::HalfSquare => 1.0,
        }
    }
}

/// weight · E curve(argument).
#[derive(Clone, Copy, Debug, PartialEq)]
struct Term {
    weight: f32,
    argument: Argument,
    curve: Curve,
}

/// A sum of weighted means over the batch.
#[derive(Clone, Debug, PartialEq)]
pub struct Objective(Vec<Term>);

fn term(argument: Argument, curve: Curve) -> Objective {
    Objective(vec![Term {
        weight: 1.0,
        argument,
        curve,
    }])
}

/// E a.
pub fn linear(argument: Argument) -> Objective {
    term(argument, Curve::Linear)
}

/// E ln(1 + eᵃ) = −E log σ(−a).
pub fn softplus(argument: Argument) -> Objective {
    term(argument, Curve::Softplus)
}

/// ½ E a².
pub fn half_square(argument: Argument) -> Objective {
    term(argument, Curve::HalfSquare)
}

/// E max(0, a).
pub fn rectified(argument: Argument) -> Objective {
    term(argument, Curve::Rectified)
}

impl Add for Objective {
    type Output = Self;
    fn add(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }
}

impl Mul<Objective> for f32 {
    type Output = Objective;
    fn mul(self, mut objective: Objective) -> Objective {
        objective.0.iter_mut().for_each(|term| term.weight *= self);
        objective
    }
}

impl Neg for Objective {
    type Output = Self;
    fn neg(self) -> Self {
        -1.0 * self
    }
}

impl Term {
    /// Calls `work(real's place, generated one's place, argument)` for every sample.
    #[inline(always)]
    fn each(&self, [real, fake]: [&[f32]; 2], mut work: impl FnMut(usize, f32)) {
        let Argument { of, sign, shift } = self.argument;
        let count = self.count([real, fake]);
        for i in 0..count {
            let output = match of {
                Of::Real => real[i],
                Of::Fake => fake[i],
                Of::RealMinusFake => real[i] - fake[i],
            };
            work(i, sign * output + shift);
        }
    }

    fn count(&self, [real, fake]: [&[f32]; 2]) -> usize {
        match self.argument.of {
            Of::Real => real.len(),
            Of::Fake => fake.len(),
            Of::RealMinusFake => real.len().min(fake.len()),
        }
    }

    /// Adds a slope with the argument to the slopes with the outputs.
    #[inline(always)]
    fn give(&self, i: usize, slope: f32, [of_real, of_fake]: &mut [Vec<f32>; 2]) {
        let slope = self.argument.sign * slope;
        match self.argument.of {
            Of::Real => of_real[i] += slope,
            Of::Fake => of_fake[i] += slope,
            Of::RealMinusFake => {
                of_real[i] += slope;
                of_fake[i] -= slope;
            }
        }
    }
}

impl Objective {
    /// Whether it depends on D's outputs on real samples.
    pub fn sees_real(&self) -> bool {
        self.0.iter().any(|term| term.argument.of != Of::Fake)
    }

    /// Its value; every mean is summed in f64, sample after sample.
    pub fn value(&self, outputs: [&[f32]; 2]) -> f32 {
        let mut sum = 0.0;
        for term in &self.0 {
            let mut of_term = 0.0;
            term.each(outputs, |_, a| of_term += f64::from(term.curve.value(a)));
            let mean = (of_term / term.count(outputs) as f64) as f32;
            sum += term.weight * mean;
        }
        sum
    }

    /// Its slopes with the outputs on real and on generated samples, times `scale`.
    pub fn slopes(&self, outputs: [&[f32]; 2], scale: f32) -> [Vec<f32>; 2] {
        let mut slopes = outputs.map(|outputs| vec![0.0; outputs.len()]);
        for term in &self.0 {
            let each = scale * term.weight * (1.0 / term.count(outputs) as f64) as f32;
            vectorised(
                #[inline(always)]
                || {
                    term.each(outputs, |i, a| {
                        term.give(i, each * term.curve.slope(a), &mut slopes);
                    });
                },
            );
        }
        slopes
    }

    /// How the slopes move as the outputs move along tangents: the Hessian times them.
    pub fn bends(&self, outputs: [&[f32]; 2], tangents: [&[f32]; 2]) -> [Vec<f32>; 2] {
        let mut bends = outputs.map(|outputs| vec![0.0; outputs.len()]);
        for term in &self.0 {
            let each = term.weight * (1.0 / term.count(outputs) as f64) as f32;
            let [real, fake] = tangents;
            term.each(outputs, |i, a| {
                let moved = match term.argument.of {
                    Of::Real => real[i],
                    Of::Fake => fake[i],
                    Of::RealMinusFake => real[i] - fake[i],
                };
                let bend = each * term.curve.curvature(a) * term.argument.sign * moved;
                term.give(i, bend, &mut bends);
            });
        }
        bends
    }
}
