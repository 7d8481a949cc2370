//! The networks of Lucic et al. (2018), which are those of InfoGAN (Chen et al. 2016).

use candle_core::Result as Candle;

use super::activation::LeakyRelu;
use super::build::Map;
use super::image::{conflict, norm, refuses_points, refuses_positions};
use super::norm::Norm;
use super::{Architecture, Build, Cost, Net, SampleShape, Shapes, Start};
use crate::axis::Component;
use crate::ops::Function;
use crate::ops::network::{Arrange, Links, Planes};
use crate::param::{Birth, Choice, Kind, Network, Param, Settings, Undeclared};
use crate::spec::{Conflict, PerNetwork};

const WIDTH: Param = Param {
    name: "width",
    per_network: true,
    kind: Kind::Int { min: 1, max: 1024 },
    birth: Birth::Int(64),
    summary: "channels next to the image; the inner layer has twice as many",
};

const DENSE: Param = Param {
    name: "dense_width",
    per_network: true,
    kind: Kind::Int {
        min: 1,
        max: 16_384,
    },
    birth: Birth::Int(1024),
    summary: "width of infogan's hidden linear layer away from the image",
};

const NORM: Param = Param {
    name: "norm",
    per_network: true,
    kind: Kind::Axis(Norm::choices),
    birth: Birth::Text("batch"),
    summary: "normalisation, in all layers but G's last and D's first and last (spectral: in all)",
};

/// Kernel, stride and padding of every convolution: each halves an image's sides. On even sides it is
/// the SAME padding of the authors' TensorFlow code.
const CONVOLUTION: (usize, usize, usize) = (4, 2, 1);

/// Of every leaky rectifier (`lrelu` in the authors' `gans/ops.py`).
const SLOPE: f64 = 0.2;

/// One network.
#[derive(Clone, Debug, PartialEq)]
pub struct Layers {
    /// Channels of the layer next to the image.
    pub width: usize,
    /// Width of the linear layer.
    pub dense: usize,
    /// The normalisation of the hidden layers.
    pub norm: Norm,
}

/// G: linear to 1024, linear to 128 channels of a quarter of the image's sides, 4 × 4 transposed
/// convolutions of stride 2 to 64 channels and to the image. D: 4 × 4 convolutions of stride 2 to 64
/// and 128 channels, linear to 1024, linear to the logit. LeakyReLU(0.2) after every hidden layer of
/// both, and before it a normalisation, but not in D's first layer.
///
/// Read in the code of Lucic et al. 2018, google/compare_gan at tag v1.0,
/// `compare_gan/src/gans/abstract_gan.py`: `generator` always has batch normalisation, after its
/// linear layers for every feature of its own, and `discriminator` has it where a run says so. Its
/// weights start from N(0, 0.02²), truncated in D's convolutions (`init: normal` here, not truncated),
/// and its batch normalisation has ε = 10⁻³ and averages that move by 0.001 a step (here 10⁻⁵ and
/// 0.1).
#[derive(Clone, Debug, PartialEq)]
pub struct Infogan(pub PerNetwork<Layers>);

impl Component for Infogan {
    const CHOICE: Choice = Choice {
        name: "infogan",
        version: 1,
        params: &[WIDTH, DENSE, NORM],
        summary: "convolutions and a wide linear layer, for images (Lucic et al. 2018)",
    };

    fn read(settings: &Settings, _: Option<Network>) -> Result<Self, Undeclared> {
        let layers = |network| -> Result<Layers, Undeclared> {
            let at = Some(network);
            Ok(Layers {
                width: settings.uint(WIDTH.name, at)? as usize,
                dense: settings.uint(DENSE.name, at)? as usize,
                norm: norm(settings, network)?,
            })
        };
        Ok(Self(PerNetwork {
            g: layers(Network::G)?,
            d: layers(Network::D)?,
        }))
    }
}

/// The two convolutions, from the image inwards.
fn convolutions([_, height, width]: SampleShape) -> Candle<[Links; 2]> {
    let (kernel, stride, padding) = CONVOLUTION;
    let halving =
        |[height, width]: [usize; 2]| Links::convolution([height, width], kernel, stride, padding);
    match (halving([height, width]), halving([height / 2, width / 2])) {
        (Some(outer), Some(inner)) => Ok([outer, inner]),
        _ => candle_core::bail!("images of {height} x {width} pixels are too small for infogan"),
    }
}

impl Layers {
    /// Multiplications of the four layers, from the image inwards.
    fn products(&self, sample: SampleShape, end: usize) -> [usize; 4] {
        let Ok([outer, inner]) = convolutions(sample) else {
            return [0; 4];
        };
        let Self { width, dense, .. } = self;
        [
            outer.count() * sample[0] * width,
            inner.count() * 2 * width * width,
            inner.outputs() * 2 * width * dense,
            dense * end,
        ]
    }
}

impl Architecture for Infogan {
    fn normalises_over_batch(&self, network: Network) -> bool {
        match network {
            Network::G => self.0.g.norm.over_batch(),
            Network::D => self.0.d.norm.over_batch(),
        }
    }

    fn refuses(&self, sample: SampleShape) -> Option<Conflict> {
        let [_, height, width] = sample;
        let uneven = || {
            (!height.is_multiple_of(4) || !width.is_multiple_of(4)).then(|| {
                conflict(
                    &[("model", None), ("dataset", None)],
                    format!(
                        "infogan halves the sides of an image twice, and {height} x {width} pixels \
                         are no multiples of 4; use model: convnet"
                    ),
                )
            })
        };
        // Its linear layers.
        let fewest = PerNetwork { g: 1, d: 1 };
        refuses_points("infogan", sample)
            .or_else(uneven)
            .or_else(|| refuses_positions("infogan", [&self.0.g.norm, &self.0.d.norm], fewest))
    }

    fn costs(&self, shapes: Shapes) -> PerNetwork<Cost> {
        let mut g = self.0.g.products(shapes.sample, shapes.latent);
        g.reverse();
        let d = self.0.d.products(shapes.judged, shapes.outputs);
        PerNetwork {
            g: Cost::of(g).normalised(&self.0.g.norm),
            d: Cost::of(d).normalised(&self.0.d.norm),
        }
    }

    fn generator(&self, shapes: Shapes, output: Option<Function>, start: Start) -> Candle<Net> {
        let Layers { width, dense, norm } = &self.0.g;
        let [outer, inner] = convolutions(shapes.sample)?;
        let [channels, height, breadth] = shapes.sample;
        let (leaky, positions) = (LeakyRelu { slope: SLOPE }, inner.outputs());
        let mut build = Build::new(start, norm);
        let mut inputs = shapes.latent;
        for (name, outputs) in [("dense0", *dense), ("dense1", positions * 2 * width)] {
            let map = Map {
                name,
                links: Links::dense(),
                channels: [inputs, outputs],
            };
            build.hidden(map, &leaky);
            inputs = outputs;
        }
        build.layer(Arrange::by_position(positions, 2 * width));
        let up = Map {
            name: "up0",
            links: inner.transposed(),
            channels: [2 * width, *width],
        };
        build.hidden(up, &leaky);
        let last = Map {
            name: "up1",
            links: outer.transposed(),
            channels: [*width, channels],
        };
        build.last(last, output);
        build.layer(Planes::from_positions(height * breadth, channels));
        build.finish()
    }

    fn discriminator(&self, shapes: Shapes, start: Start) -> Candle<Net> {
        let Layers { width, dense, norm } = &self.0.d;
        let [outer, inner] = convolutions(shapes.judged)?;
        let [channels, height, breadth] = shapes.judged;
        let (leaky, positions) = (LeakyRelu { slope: SLOPE }, inner.outputs());
        let mut build = Build::new(start, norm);
        build.layer(Planes::to_positions(height * breadth, channels));
        let first = Map {
            name: "down0",
            links: outer,
            channels: [channels, *width],
        };
        build.plain(first, &leaky);
        let second = Map {
            name: "down1",
            links: inner,
            channels: [*width, 2 * width],
        };
        build.hidden(second, &leaky);
        let linear = Map {
            name: "dense0",
            links: Links::all_to_one(positions),
            channels: [2 * width, *dense],
        };
        build.hidden(linear, &leaky);
        let logit = Map {
            name: "last",
            links: Links::dense(),
            channels: [*dense, shapes.outputs],
        };
        build.last(logit, None);
        build.finish()
    }
}
