//! Multi-layer perceptrons.

use super::Architecture;
use super::activation::Activation;
use super::norm::Norm;
use crate::axis::Component;
use crate::param::{Birth, Choice, Kind, Network, Param, Settings, Undeclared};
use crate::spec::PerNetwork;

const HIDDEN: Param = Param {
    name: "hidden",
    per_network: true,
    kind: Kind::Ints {
        min: 1,
        max: 16_384,
        most: 32,
    },
    birth: Birth::Ints(&[128, 128]),
    summary: "widths of the hidden layers",
};

const ACTIVATION: Param = Param {
    name: "activation",
    per_network: true,
    kind: Kind::Axis(Activation::choices),
    birth: Birth::Text("relu"),
    summary: "activation of the hidden layers",
};

const NORM: Param = Param {
    name: "norm",
    per_network: true,
    kind: Kind::Axis(Norm::choices),
    birth: Birth::Text("none"),
    summary: "normalisation between a hidden layer's linear map and its activation",
};

/// One perceptron.
#[derive(Clone, Debug, PartialEq)]
pub struct Layers {
    /// Widths of the hidden layers.
    pub hidden: Vec<usize>,
    /// Their activation.
    pub activation: Activation,
    /// Their normalisation.
    pub norm: Norm,
}

/// G and D as perceptrons.
#[derive(Clone, Debug, PartialEq)]
pub struct Mlp(pub PerNetwork<Layers>);

impl Component for Mlp {
    const CHOICE: Choice = Choice {
        name: "mlp",
        version: 1,
        params: &[HIDDEN, ACTIVATION, NORM],
        summary: "multi-layer perceptrons for G and D",
    };

    fn read(settings: &Settings, _: Option<Network>) -> Result<Self, Undeclared> {
        let layers = |network| -> Result<Layers, Undeclared> {
            let at = Some(network);
            let unknown = |key: &str| Undeclared {
                key: key.to_owned(),
            };
            Ok(Layers {
                hidden: settings.uints(HIDDEN.name, at)?,
                activation: Activation::read(settings.text(ACTIVATION.name, at)?, settings, at)?
                    .ok_or_else(|| unknown(ACTIVATION.name))?,
                norm: Norm::read(settings.text(NORM.name, at)?, settings, at)?
                    .ok_or_else(|| unknown(NORM.name))?,
            })
        };
        Ok(Self(PerNetwork {
            g: layers(Network::G)?,
            d: layers(Network::D)?,
        }))
    }
}

impl Architecture for Mlp {
    fn normalises_over_batch(&self, network: Network) -> bool {
        let layers = match network {
            Network::G => &self.0.g,
            Network::D => &self.0.d,
        };
        !layers.hidden.is_empty() && layers.norm.over_batch()
    }
}
