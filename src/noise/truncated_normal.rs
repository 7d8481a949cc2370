//! z ~ N(0, 1) in every coordinate, given |z| ≤ t.

use super::Latent;
use crate::axis::Component;
use crate::param::{Birth, Choice, Kind, Network, Param, Range, Settings, Undeclared};
use crate::rng::Stream;

const TRUNCATION: Param = Param {
    name: "truncation",
    per_network: false,
    // Below 0.01 fewer than one draw in a hundred is kept; beyond 5 the normal itself ends, since
    // its streams are made of 24 random bits.
    kind: Kind::Float(Range::closed(0.01, 5.0)),
    birth: Birth::Float(2.0),
    summary: "largest |z| of truncated normal noise",
};

/// Normal values drawn together when some are redrawn. Part of the definition of the draws.
const REDRAWN: usize = 64;

/// Independent standard normal coordinates of which those beyond ±t are redrawn: the truncation
/// trick's distribution (Brock, Donahue and Simonyan 2019, "Large Scale GAN Training for High
/// Fidelity Natural Image Synthesis", section 3.1), in training as well as in evaluation.
#[derive(Clone, Debug, PartialEq)]
pub struct TruncatedNormal {
    /// t: the largest |z|.
    pub truncation: f64,
}

impl Component for TruncatedNormal {
    const CHOICE: Choice = Choice {
        name: "truncated_normal",
        version: 1,
        params: &[TRUNCATION],
        summary: "z ~ N(0, I), coordinates beyond truncation drawn again",
    };

    fn read(settings: &Settings, _: Option<Network>) -> Result<Self, Undeclared> {
        Ok(Self {
            truncation: settings.float(TRUNCATION.name, None)?,
        })
    }
}

impl Latent for TruncatedNormal {
    /// First all of `out` is drawn. Then the same stream goes on in blocks of 64 normal values;
    /// each coordinate beyond t, in the order of `out`, takes the next value of these that is not.
    fn fill(&self, stream: &mut Stream, _: usize, out: &mut [f32]) {
        let bound = self.truncation as f32;
        stream.fill_normal(out);
        let mut block = [0.0; REDRAWN];
        let mut next = REDRAWN;
        for z in out {
            while z.abs() > bound {
                if next == REDRAWN {
                    stream.fill_normal(&mut block);
                    next = 0;
                }
                *z = block[next];
                next += 1;
            }
        }
    }
}
