//! Data for which a claim is false, as nearly true as it may be.

use super::draw::{Draw, Noise};
use super::{Claim, Evidence, Expectation, TINY};

const ORDERED: [f64; 5] = [0.0, 1.0, 2.0, 3.0, 4.0];

#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Greater,
    MoreOften,
    Equivalent,
    Value,
    Monotone,
}

impl Kind {
    /// A claim that is as nearly true as it can be without being so: no difference at all, a mean
    /// exactly on the margin, levels in any order.
    pub(super) fn null(self, n: usize, noise: Noise, draw: &mut Draw) -> Claim {
        let side = if draw.chance(0.5) { 1.0 } else { -1.0 };
        // Against the margin of 1 so small that the other end of it is out of the question.
        let mut at = |mean: f64| (0..n).map(|_| mean + 0.1 * draw.noise(noise)).collect();
        let (expectation, evidence) = match self {
            Self::Greater => (
                Expectation::Greater { min_effect: TINY },
                Evidence::Differences(at(0.0)),
            ),
            Self::Equivalent => (
                Expectation::Equivalent { within: 1.0 },
                Evidence::Differences(at(side)),
            ),
            Self::Value => (
                Expectation::Value {
                    of: 3.0,
                    within: 1.0,
                },
                Evidence::Values(at(3.0 + side)),
            ),
            Self::MoreOften => (
                Expectation::MoreOften { min_effect: TINY },
                Evidence::Outcomes(outcomes(n, noise, draw)),
            ),
            Self::Monotone => (
                Expectation::Monotone { min_effect: TINY },
                Evidence::Curves((0..n).map(|_| curve(noise, draw)).collect()),
            ),
        };
        Claim::new(expectation, evidence).expect("a claim")
    }
}

/// Pairs of which some or all are discordant, either way alike.
fn outcomes(n: usize, noise: Noise, draw: &mut Draw) -> Vec<(bool, bool)> {
    let discordance = match noise {
        Noise::Normal => 0.3,
        Noise::Cauchy => 0.7,
        Noise::Tied => 1.0,
    };
    (0..n)
        .map(|_| {
            let a = draw.chance(0.5);
            (a, a != draw.chance(discordance))
        })
        .collect()
}

/// A unit that differs between levels, but not in their order.
pub(super) fn curve(noise: Noise, draw: &mut Draw) -> Vec<f64> {
    let mut levels = ORDERED;
    draw.shuffle(&mut levels);
    levels.iter().map(|x| x + draw.noise(noise)).collect()
}
