//! Seeded random numbers.

use super::super::random::SplitMix64;

/// Seeded draws, all symmetric about 0 but the uniform ones.
pub(in super::super) struct Draw(SplitMix64);

/// A distribution that is symmetric about 0.
#[derive(Clone, Copy, Debug)]
pub(in super::super) enum Noise {
    Normal,
    /// Without a mean, let alone a variance.
    Cauchy,
    /// −2, −1, 0, 1 or 2.
    Tied,
}

pub(in super::super) const NOISES: [Noise; 3] = [Noise::Normal, Noise::Cauchy, Noise::Tied];

impl Draw {
    pub(in super::super) fn new(seed: u64) -> Self {
        Self(SplitMix64::new(seed))
    }

    /// Above 0 and below 1.
    pub(in super::super) fn uniform(&mut self) -> f64 {
        ((self.0.next() >> 12) as f64 + 0.5) / 2f64.powi(52)
    }

    pub(in super::super) fn chance(&mut self, probability: f64) -> bool {
        self.uniform() < probability
    }

    /// Box and Muller.
    pub(in super::super) fn normal(&mut self) -> f64 {
        let radius = (-2.0 * self.uniform().ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }

    pub(in super::super) fn noise(&mut self, noise: Noise) -> f64 {
        match noise {
            Noise::Normal => self.normal(),
            Noise::Cauchy => (std::f64::consts::PI * (self.uniform() - 0.5)).tan(),
            Noise::Tied => (self.uniform() * 5.0).floor() - 2.0,
        }
    }

    pub(in super::super) fn shuffle(&mut self, values: &mut [f64]) {
        for i in (1..values.len()).rev() {
            let j = (self.uniform() * (i + 1) as f64) as usize;
            values.swap(i, j);
        }
    }
}
