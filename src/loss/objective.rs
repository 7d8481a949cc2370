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

impl Curve {
    /// aᵢ ← curve(aᵢ), or its slope, or its curvature.
    #[inline(always)]
    fn each(self, values: &mut [f32], what: impl Fn(Self, f32) -> f32) {
        #[inline(always)]
        fn of(values: &mut [f32], f: impl Fn(f32) -> f32) {
            values.iter_mut().for_each(|a| *a = f(*a));
        }
        // The curve is chosen once, not for every value.
        match self {
            Self::Linear => of(values, |a| what(Self::Linear, a)),
            Self::Softplus => of(values, |a| what(Self::Softplus, a)),
            Self::HalfSquare => of(values, |a| what(Self::HalfSquare, a)),
            Self::Rectified => of(values, |a| what(Self::Rectified, a)),
        }
    }
}

impl Term {
    /// What it takes of outputs on real and on generated samples, before sign and shift.
    fn taken(&self, [real, fake]: [&[f32]; 2]) -> Vec<f32> {
        match self.argument.of {
            Of::Real => real.to_vec(),
            Of::Fake => fake.to_vec(),
            Of::RealMinusFake => real.iter().zip(fake).map(|(r, f)| r - f).collect(),
        }
    }

    /// curve(argument) of every sample, or its slope, or its curvature.
    fn of_each(&self, outputs: [&[f32]; 2], what: impl Fn(Curve, f32) -> f32) -> Vec<f32> {
        let Argument { sign, shift, .. } = self.argument;
        let mut values = self.taken(outputs);
        vectorised(
            #[inline(always)]
            || {
                values.iter_mut().for_each(|a| *a = sign * *a + shift);
                self.curve.each(&mut values, what);
            },
        );
        values
    }

    /// Adds slopes with what is taken, each times `factor`, to the slopes with the outputs.
    fn give(&self, slopes: &[f32], factor: f32, [of_real, of_fake]: &mut [Vec<f32>; 2]) {
        let to = |sums: &mut [f32], factor: f32| {
            let pairs = sums.iter_mut().zip(slopes);
            pairs.for_each(|(sum, slope)| *sum += factor * slope);
        };
        match self.argument.of {
            Of::Real => to(of_real, factor),
            Of::Fake => to(of_fake, factor),
            Of::RealMinusFake => {
                to(of_real, factor);
                to(of_fake, -factor);
            }
        }
    }

    /// weight · sign / samples.
    fn factor(&self, samples: usize) -> f32 {
        self.weight * self.argument.sign * (1.0 / samples as f64) as f32
    }
}

impl Objective {
    /// Whether it depends on D's outputs on real samples.
    pub fn sees_real(&self) -> bool {
        self.0.iter().any(|term| term.argument.of != Of::Fake)
    }

    /// Its value, or what some of so many samples contribute to it; every mean is summed in f64,
    /// sample after sample.
    pub fn value(&self, outputs: [&[f32]; 2], samples: usize) -> f64 {
        let of = |term: &Term| {
            let values = term.of_each(outputs, Curve::value);
            let sum: f64 = values.iter().map(|&x| f64::from(x)).sum();
            f64::from(term.weight) * (sum / samples as f64)
        };
        self.0.iter().map(of).sum()
    }

    /// Its slopes with the outputs on real and on generated samples, which may be some of so many,
    /// times `scale`.
    pub fn slopes(&self, outputs: [&[f32]; 2], samples: usize, scale: f32) -> [Vec<f32>; 2] {
        let mut sums = outputs.map(|outputs| vec![0.0; outputs.len()]);
        for term in &self.0 {
            let slopes = term.of_each(outputs, Curve::slope);
            term.give(&slopes, scale * term.factor(samples), &mut sums);
        }
        sums
    }

    /// How the slopes move as the outputs move along tangents: the Hessian times them.
    pub fn bends(
        &self,
        outputs: [&[f32]; 2],
        tangents: [&[f32]; 2],
        samples: usize,
    ) -> [Vec<f32>; 2] {
        let mut sums = outputs.map(|outputs| vec![0.0; outputs.len()]);
        for term in &self.0 {
            let mut bends = term.of_each(outputs, Curve::curvature);
            let moved = term.taken(tangents);
            bends.iter_mut().zip(moved).for_each(|(b, m)| *b *= m);
            term.give(&bends, term.factor(samples) * term.argument.sign, &mut sums);
        }
        sums
    }
}
