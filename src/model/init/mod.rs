//! How the weights of a network start. Biases start at 0 whatever the rule; so do the shifts of a
//! normalisation, and its gains at 1.

use crate::axis::axis;
use crate::ops::network::Matrix;
use crate::rng::{Source, Stream};

axis! {
    /// The rule by which weights are drawn.
    pub enum Init : Initialisation {
        he::He,
        normal::Normal,
        xavier::Xavier,
        orthogonal::Orthogonal,
    }
}

/// Weights that are to be drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Draw {
    /// How they lie, and which matrix they are.
    pub matrix: Matrix,
    /// Inputs that an output sees, on average: at the edges of an image a kernel sees less.
    pub fan_in: f64,
    /// Outputs that an input reaches, on average.
    pub fan_out: f64,
    /// The factor that keeps a signal's variance through the activation that follows.
    pub gain: f64,
}

/// Draws weights.
pub trait Initialisation: Send + Sync {
    /// Fills weights from a stream that serves nothing else.
    fn fill(&self, draw: Draw, stream: Stream, weights: &mut [f32]);
}

/// Where the initial weights of a network come from.
#[derive(Clone, Debug)]
pub struct Start {
    /// The rule.
    pub init: Init,
    /// The network's own streams: step = part.
    pub source: Source,
}

/// N(0, deviation²).
fn fill_normal(deviation: f64, mut stream: Stream, weights: &mut [f32]) {
    stream.fill_normal(weights);
    let deviation = deviation as f32;
    weights.iter_mut().for_each(|w| *w *= deviation);
}

#[cfg(test)]
mod tests;
