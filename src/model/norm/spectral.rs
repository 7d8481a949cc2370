//! Spectral normalisation (Miyato et al. 2018).

use super::Normalisation;
use crate::axis::Component;
use crate::model::Build;
use crate::ops::Function;
use crate::param::{Choice, Network, Settings, Undeclared};

/// Every weight matrix of the network, the last layer's too, divided by its largest singular value as
/// one power iteration a training step finds it; see [`crate::ops::network::Spectral`].
#[derive(Clone, Debug, PartialEq)]
pub struct SpectralNorm;

impl Component for SpectralNorm {
    const CHOICE: Choice = Choice {
        name: "spectral",
        version: 1,
        params: &[],
        summary: "spectral normalisation of every weight matrix, the last layer's too",
    };

    fn read(_: &Settings, _: Option<Network>) -> Result<Self, Undeclared> {
        Ok(Self)
    }
}

impl Normalisation for SpectralNorm {
    fn is_layer(&self) -> bool {
        false
    }

    fn is_spectral(&self) -> bool {
        true
    }

    fn add(&self, _: &mut Build, _: &str, _: [usize; 2], _: Option<Function>) {}
}
