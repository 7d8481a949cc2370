//! Multi-layer perceptrons.

use candle_core::{Tensor, Var};

use super::activation::Activation;
use super::norm::{Norm, NormLayer};
use super::{Architecture, Cost, Net, Pass, Weights};
use crate::axis::Component;
use crate::ops::{Function, linear, pointwise};
use crate::param::{Birth, Choice, Kind, Network, Param, Settings, Undeclared};
use crate::rng::Source;
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

impl Layers {
    fn cost(&self, inputs: usize, outputs: usize) -> Cost {
        let mut cost = Cost::default();
        let mut width = inputs;
        for (i, &next) in self.hidden.iter().chain([&outputs]).enumerate() {
            let product = 2 * width as u64 * next as u64;
            cost.forward += product;
            cost.weights += product;
            *(if i == 0 {
                &mut cost.input
            } else {
                &mut cost.hidden
            }) += product;
            width = next;
        }
        cost
    }
}

impl Mlp {
    fn of(&self, network: Network) -> &Layers {
        match network {
            Network::G => &self.0.g,
            Network::D => &self.0.d,
        }
    }
}

impl Architecture for Mlp {
    fn normalises_over_batch(&self, network: Network) -> bool {
        let layers = self.of(network);
        !layers.hidden.is_empty() && layers.norm.over_batch()
    }

    fn costs(&self, latent_dim: usize, data_dim: usize) -> PerNetwork<Cost> {
        PerNetwork {
            g: self.0.g.cost(latent_dim, data_dim),
            d: self.0.d.cost(data_dim, 1),
        }
    }

    fn generator(
        &self,
        latent_dim: usize,
        outputs: usize,
        output: Option<Function>,
        init: Source,
    ) -> candle_core::Result<Box<dyn Net>> {
        Ok(Box::new(Perceptron::new(
            &self.0.g, latent_dim, outputs, output, init,
        )?))
    }

    fn discriminator(&self, inputs: usize, init: Source) -> candle_core::Result<Box<dyn Net>> {
        Ok(Box::new(Perceptron::new(&self.0.d, inputs, 1, None, init)?))
    }
}

/// linear → norm → activation, for every hidden layer; then linear, and an output activation.
struct Perceptron {
    weights: Weights,
    hidden: Vec<Hidden>,
    last: Linear,
    output: Option<Function>,
}

struct Linear {
    weight: Var,
    bias: Var,
}

struct Hidden {
    linear: Linear,
    norm: Box<dyn NormLayer>,
    activation: Function,
}

impl Linear {
    fn new(
        weights: &mut Weights,
        name: &str,
        inputs: usize,
        outputs: usize,
        gain: f64,
    ) -> candle_core::Result<Self> {
        Ok(Self {
            weight: weights.matrix(&format!("{name}.weight"), outputs, inputs, gain)?,
            bias: weights.constant(&format!("{name}.bias"), outputs, 0.0)?,
        })
    }

    fn forward(&self, x: &Tensor, pass: Pass) -> candle_core::Result<Tensor> {
        linear(x, &pass.weight(&self.weight), &pass.weight(&self.bias))
    }
}

impl Perceptron {
    fn new(
        layers: &Layers,
        inputs: usize,
        outputs: usize,
        output: Option<Function>,
        init: Source,
    ) -> candle_core::Result<Self> {
        let mut weights = Weights::new(init);
        let mut hidden = Vec::new();
        let mut width = inputs;
        for (i, &next) in layers.hidden.iter().enumerate() {
            let name = format!("hidden{i}");
            let gain = layers.activation.gain();
            hidden.push(Hidden {
                linear: Linear::new(&mut weights, &name, width, next, gain)?,
                norm: layers
                    .norm
                    .layer(&format!("{name}.norm"), next, &mut weights)?,
                activation: layers.activation.function(),
            });
            width = next;
        }
        let last = Linear::new(&mut weights, "last", width, outputs, 1.0)?;
        Ok(Self {
            weights,
            hidden,
            last,
            output,
        })
    }
}

impl Net for Perceptron {
    fn forward(&self, x: &Tensor, pass: Pass) -> candle_core::Result<Tensor> {
        let mut x = x.clone();
        for layer in &self.hidden {
            x = layer.linear.forward(&x, pass)?;
            x = layer.norm.forward(&x, pass)?;
            x = pointwise(&x, layer.activation)?;
        }
        x = self.last.forward(&x, pass)?;
        match self.output {
            Some(function) => pointwise(&x, function),
            None => Ok(x),
        }
    }

    fn weights(&self) -> &Weights {
        &self.weights
    }

    fn buffers(&self) -> Vec<Vec<f32>> {
        self.hidden
            .iter()
            .flat_map(|layer| layer.norm.buffers())
            .collect()
    }
}
