//! z ~ U(low, high) in every coordinate.

use super::Latent;
use crate::axis::Component;
use crate::param::{Birth, Choice, Kind, Network, Param, Range, Settings, Undeclared};
use crate::rng::Stream;

const RANGE: Param = Param {
    name: "noise_range",
    per_network: false,
    kind: Kind::Pair(Range::closed(-1e6, 1e6)),
    birth: Birth::Floats(&[-1.0, 1.0]),
    summary: "bounds [low, high) of uniform noise, the same for every coordinate",
};

/// Independent coordinates, uniform on [low, high).
#[derive(Clone, Debug, PartialEq)]
pub struct Uniform {
    /// Lower bound, included.
    pub low: f64,
    /// Upper bound, excluded.
    pub high: f64,
}

impl Component for Uniform {
    const CHOICE: Choice = Choice {
        name: "uniform",
        version: 1,
        params: &[RANGE],
        summary: "z uniform on noise_range in every coordinate",
    };

    fn read(settings: &Settings, _: Option<Network>) -> Result<Self, Undeclared> {
        let [low, high] = settings.pair(RANGE.name, None)?;
        Ok(Self { low, high })
    }
}

impl Latent for Uniform {
    fn fill(&self, stream: &mut Stream, _: usize, out: &mut [f32]) {
        stream.fill_uniform(self.low as f32, self.high as f32, out);
    }

    /// Latents are single-precision numbers, and so are the bounds that count.
    fn refuses(&self) -> Option<(&'static str, String)> {
        let why = if self.low >= self.high {
            ": write the lower bound first"
        } else if self.low as f32 >= self.high as f32 {
            " in single precision, where both bounds are the same number: move them apart"
        } else {
            return None;
        };
        let message = format!("noise_range [{}, {}] is empty{why}", self.low, self.high);
        Some((RANGE.name, message))
    }
}
