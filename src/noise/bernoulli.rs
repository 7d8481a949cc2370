//! z = ±1 in every coordinate.

use super::Latent;
use crate::axis::Component;
use crate::param::{Birth, Choice, Kind, Network, Param, Range, Settings, Undeclared};
use crate::rng::Stream;

const P: Param = Param {
    name: "bernoulli_p",
    per_network: false,
    kind: Kind::Float(Range::closed(1e-3, 0.999)),
    birth: Birth::Float(0.5),
    summary: "probability of +1 in a coordinate of Bernoulli noise; otherwise it is -1",
};

/// Independent coordinates, +1 with probability p and −1 otherwise. ±1 rather than the {0, 1} of
/// Brock, Donahue and Simonyan (2019, appendix E), which is the same up to G's first bias, because
/// at p = ½ it has the mean and the variance of normal noise.
#[derive(Clone, Debug, PartialEq)]
pub struct Bernoulli {
    /// The probability p of +1.
    pub p: f64,
}

impl Component for Bernoulli {
    const CHOICE: Choice = Choice {
        name: "bernoulli",
        version: 1,
        params: &[P],
        summary: "z = 1 or -1 in every coordinate",
    };

    fn read(settings: &Settings, _: Option<Network>) -> Result<Self, Undeclared> {
        Ok(Self {
            p: settings.float(P.name, None)?,
        })
    }
}

impl Latent for Bernoulli {
    fn fill(&self, stream: &mut Stream, _: usize, out: &mut [f32]) {
        stream.fill_uniform(0.0, 1.0, out);
        for z in out {
            *z = if f64::from(*z) < self.p { 1.0 } else { -1.0 };
        }
    }
}
