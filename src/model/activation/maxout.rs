//! The maximum over several affine maps.

use super::Nonlinearity;
use crate::axis::Component;
use crate::ops::Function;
use crate::param::{Birth, Choice, Kind, Network, Param, Settings, Undeclared};

/// E max(x₁ … xₖ)² of k independent standard normal values, k = 2 … 10: the integral of
/// x² k φ(x) Φ(x)ᵏ⁻¹.
const SECOND_MOMENTS: [f64; 9] = [
    1.0,
    1.275_664_448,
    1.551_328_895,
    1.800_020_436,
    2.021_739_069,
    2.220_304_136,
    2.399_534_975,
    2.562_617_418,
    2.712_103_790,
];

const PIECES: Param = Param {
    name: "maxout_pieces",
    per_network: true,
    kind: Kind::Int { min: 2, max: 10 },
    birth: Birth::Int(5),
    summary: "affine maps whose maximum a unit of maxout is",
};

/// h = max over k of x W_k + b_k (Goodfellow et al. 2013, section 2).
#[derive(Clone, Debug, PartialEq)]
pub struct Maxout {
    /// k.
    pub pieces: usize,
}

impl Component for Maxout {
    const CHOICE: Choice = Choice {
        name: "maxout",
        version: 1,
        params: &[PIECES],
        summary: "the maximum of maxout_pieces affine maps a unit (Goodfellow et al. 2013)",
    };

    fn read(settings: &Settings, network: Option<Network>) -> Result<Self, Undeclared> {
        Ok(Self {
            pieces: settings.uint(PIECES.name, network)? as usize,
        })
    }
}

impl Nonlinearity for Maxout {
    fn function(&self) -> Option<Function> {
        None
    }

    fn pieces(&self) -> usize {
        self.pieces
    }

    /// 1/√E max², so that a unit's second moment is that of its inputs, as He's rule has it for a
    /// rectifier.
    fn gain(&self) -> f64 {
        let at = self.pieces.clamp(2, SECOND_MOMENTS.len() + 1) - 2;
        1.0 / SECOND_MOMENTS[at].sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::{Maxout, Nonlinearity};
    use crate::rng::{Name, Streams};

    #[test]
    fn the_gain_keeps_the_second_moment_of_a_draw() {
        for pieces in 2..=10 {
            let gain = Maxout { pieces }.gain();
            let mut values = vec![0.0; 100_000 * pieces];
            let mut stream = Streams::new(1).stream(Name::Reference, 0, 0);
            stream.fill_normal(&mut values);
            let most = |of: &[f32]| of.iter().copied().fold(f32::MIN, f32::max);
            let squares = values
                .chunks_exact(pieces)
                .map(|of| (gain * f64::from(most(of))).powi(2));
            let moment = squares.sum::<f64>() / 100_000.0;
            // Five standard errors of a square whose fourth moment is at most 3.
            assert!(
                (moment - 1.0).abs() < 5.0 * (2.0_f64 / 1e5).sqrt(),
                "{moment}"
            );
        }
    }
}
