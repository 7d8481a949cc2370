//! Multi-layer perceptrons.

use candle_core::Result as Candle;

use super::activation::{Activation, Relu};
use super::build::Map;
use super::image::refuses_positions;
use super::norm::{Identity, Norm};
use super::{Architecture, Build, Cost, Net, SampleShape, Shapes, Start};
use crate::axis::Component;
use crate::ops::Function;
use crate::ops::network::Links;
use crate::param::{Birth, Choice, Kind, Network, Param, Settings, Undeclared};
use crate::spec::{Conflict, PerNetwork};

/// `hidden`.
pub const HIDDEN: Param = Param {
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

impl Layers {
    fn cost(&self, inputs: usize, outputs: usize) -> Cost {
        let pieces = self.activation.pieces();
        let from = [inputs].into_iter().chain(self.hidden.iter().copied());
        let values = self.hidden.iter().map(|width| width * pieces);
        Cost::of(
            from.zip(values.chain([outputs]))
                .map(|(from, to)| from * to),
        )
    }

    /// linear → norm → activation, for every hidden layer; then linear, and an output activation.
    fn build(
        &self,
        inputs: usize,
        outputs: usize,
        output: Option<Function>,
        start: Start,
    ) -> Candle<Net> {
        let mut build = Build::new(start, &self.norm);
        let mut width = inputs;
        for (i, &next) in self.hidden.iter().enumerate() {
            let map = Map {
                name: &format!("hidden{i}"),
                links: Links::dense(),
                channels: [width, next],
            };
            build.hidden(map, &*self.activation);
            width = next;
        }
        let last = Map {
            name: "last",
            links: Links::dense(),
            channels: [width, outputs],
        };
        build.last(last, output);
        build.finish()
    }
}

impl Mlp {
    /// Both networks with hidden layers of those widths, ReLU, and no normalisation.
    pub fn relu(hidden: &[usize]) -> Self {
        let layers = || Layers {
            hidden: hidden.to_vec(),
            activation: Activation::Relu(Relu),
            norm: Norm::Identity(Identity),
        };
        Self(PerNetwork {
            g: layers(),
            d: layers(),
        })
    }

    fn of(&self, network: Network) -> &Layers {
        match network {
            Network::G => &self.0.g,
            Network::D => &self.0.d,
        }
    }
}

impl Architecture for Mlp {
    fn shares_weights(&self) -> bool {
        false
    }

    fn normalises_over_batch(&self, network: Network) -> bool {
        let layers = self.of(network);
        !layers.hidden.is_empty() && layers.norm.over_batch()
    }

    fn refuses(&self, _: SampleShape) -> Option<Conflict> {
        let fewest = PerNetwork { g: 1, d: 1 };
        refuses_positions("mlp", [&self.0.g.norm, &self.0.d.norm], fewest)
    }

    fn has_positions(&self) -> bool {
        false
    }

    fn costs(&self, shapes: Shapes) -> PerNetwork<Cost> {
        PerNetwork {
            g: self.0.g.cost(shapes.latent, shapes.sample.iter().product()),
            d: self
                .0
                .d
                .cost(shapes.judged.iter().product(), shapes.outputs),
        }
    }

    fn generator(&self, shapes: Shapes, output: Option<Function>, start: Start) -> Candle<Net> {
        let size = shapes.sample.iter().product();
        self.0.g.build(shapes.latent, size, output, start)
    }

    fn discriminator(&self, shapes: Shapes, start: Start) -> Candle<Net> {
        let size = shapes.judged.iter().product();
        self.0.d.build(size, shapes.outputs, None, start)
    }
}
