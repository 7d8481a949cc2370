//! Deep convolutional GANs (Radford, Metz and Chintala 2016).

use candle_core::Result as Candle;

use super::activation::{LeakyRelu, Pointwise, Relu};
use super::build::Map;
use super::norm::{BatchNorm, Identity, Norm};
use super::{Architecture, Build, Cost, Net, SampleShape, Shapes};
use crate::axis::Component;
use crate::ops::Function;
use crate::ops::network::{Arrange, Links};
use crate::param::{Birth, Choice, Kind, Network, Param, Settings, Undeclared};
use crate::rng::Source;
use crate::spec::PerNetwork;

const WIDTH: Param = Param {
    name: "width",
    per_network: true,
    kind: Kind::Int { min: 1, max: 1024 },
    birth: Birth::Int(64),
    summary: "channels next to the image; the inner layer has twice as many",
};

const NORM: Param = Param {
    name: "norm",
    per_network: true,
    kind: Kind::Axis(norms),
    birth: Birth::Text("batch"),
    summary: "normalisation, in all layers but G's last and D's first and last",
};

/// The normalisations that know channels of an image.
fn norms() -> &'static [Choice] {
    const CHOICES: &[Choice] = &[Identity::CHOICE, BatchNorm::CHOICE];
    CHOICES
}

/// Kernel, stride and padding of every convolution: each halves an image's sides.
const CONVOLUTION: (usize, usize, usize) = (4, 2, 1);

/// Images below have no pixel left after two convolutions.
const SMALLEST_SIDE: usize = 4;

/// Of the leaky rectifier in D (Radford et al. 2016, section 4).
const SLOPE: f64 = 0.2;

/// One network.
#[derive(Clone, Debug, PartialEq)]
pub struct Layers {
    /// Channels of the layer next to the image.
    pub width: usize,
    /// The normalisation of the hidden layers.
    pub norm: Norm,
}

/// G: linear to 2w channels of a quarter of the image's sides, then transposed convolutions
/// 2w → w → image, with ReLU between. D: convolutions image → w → 2w with LeakyReLU(0.2), then
/// linear to the logit. All kernels are 4 × 4 with stride 2 and padding 1; an odd side is rounded
/// down by D and restored by G.
///
/// As in the paper G's output and D's input layer have no normalisation. Weights start from
/// N(0, gain² / inputs) (He et al. 2015) rather than the paper's N(0, 0.02²), which only works with
/// batch normalisation.
#[derive(Clone, Debug, PartialEq)]
pub struct Dcgan(pub PerNetwork<Layers>);

impl Component for Dcgan {
    const CHOICE: Choice = Choice {
        name: "dcgan",
        version: 1,
        params: &[WIDTH, NORM],
        summary: "convolutional networks for images (Radford et al. 2016)",
    };

    fn read(settings: &Settings, _: Option<Network>) -> Result<Self, Undeclared> {
        let layers = |network| -> Result<Layers, Undeclared> {
            let at = Some(network);
            let norm = Norm::read(settings.text(NORM.name, at)?, settings, at)?;
            Ok(Layers {
                width: settings.uint(WIDTH.name, at)? as usize,
                norm: norm.ok_or_else(|| Undeclared {
                    key: NORM.name.to_owned(),
                })?,
            })
        };
        Ok(Self(PerNetwork {
            g: layers(Network::G)?,
            d: layers(Network::D)?,
        }))
    }
}

/// The two convolutions, from the image inwards; `None` where an image is too small.
fn convolutions([_, height, width]: SampleShape) -> Option<[Links; 2]> {
    let (kernel, stride, padding) = CONVOLUTION;
    Some([
        Links::convolution([height, width], kernel, stride, padding)?,
        Links::convolution([height / 2, width / 2], kernel, stride, padding)?,
    ])
}

impl Dcgan {
    /// The links of both networks, from the image inwards.
    fn links(sample: SampleShape) -> Candle<[Links; 3]> {
        let Some([outer, inner]) = convolutions(sample) else {
            candle_core::bail!("images of shape {sample:?} are too small for dcgan");
        };
        let last = Links::all_to_one(inner.outputs());
        Ok([outer, inner, last])
    }

    /// Multiplications of the three layers, from the image inwards.
    fn products(sample: SampleShape, width: usize, end: usize) -> [usize; 3] {
        let [channels, ..] = sample;
        match convolutions(sample) {
            Some([outer, inner]) => [
                outer.count() * channels * width,
                inner.count() * width * 2 * width,
                inner.outputs() * 2 * width * end,
            ],
            None => [0; 3],
        }
    }
}

impl Architecture for Dcgan {
    fn normalises_over_batch(&self, network: Network) -> bool {
        match network {
            Network::G => self.0.g.norm.over_batch(),
            Network::D => self.0.d.norm.over_batch(),
        }
    }

    fn refuses(&self, [_, height, width]: SampleShape) -> Option<&'static str> {
        (height.min(width) < SMALLEST_SIDE)
            .then_some("dcgan makes images; points of a mixture need model: mlp")
    }

    fn costs(&self, shapes: Shapes) -> PerNetwork<Cost> {
        let mut g = Self::products(shapes.sample, self.0.g.width, shapes.latent);
        g.reverse();
        PerNetwork {
            g: Cost::of(g),
            d: Cost::of(Self::products(
                shapes.judged,
                self.0.d.width,
                shapes.outputs,
            )),
        }
    }

    fn generator(&self, shapes: Shapes, output: Option<Function>, init: Source) -> Candle<Net> {
        let Layers { width, norm } = &self.0.g;
        let [outer, inner, first] = Self::links(shapes.sample)?;
        let [channels, height, breadth] = shapes.sample;
        let mut build = Build::new(init);
        let project = Map {
            name: "project",
            links: first.transposed(),
            channels: [shapes.latent, 2 * width],
            gain: Relu.gain(),
        };
        build.hidden(project, norm, Relu.function());
        let up = Map {
            name: "up0",
            links: inner.transposed(),
            channels: [2 * width, *width],
            gain: Relu.gain(),
        };
        build.hidden(up, norm, Relu.function());
        let last = Map {
            name: "up1",
            links: outer.transposed(),
            channels: [*width, channels],
            gain: 1.0,
        };
        build.map(last, output);
        build.layer(Arrange::by_sample(height * breadth, channels));
        build.finish()
    }

    fn discriminator(&self, shapes: Shapes, init: Source) -> Candle<Net> {
        let Layers { width, norm } = &self.0.d;
        let [outer, inner, last] = Self::links(shapes.judged)?;
        let [channels, height, breadth] = shapes.judged;
        let leaky = LeakyRelu { slope: SLOPE };
        let mut build = Build::new(init);
        build.layer(Arrange::by_position(height * breadth, channels));
        let first = Map {
            name: "down0",
            links: outer,
            channels: [channels, *width],
            gain: leaky.gain(),
        };
        build.map(first, Some(leaky.function()));
        let second = Map {
            name: "down1",
            links: inner,
            channels: [*width, 2 * width],
            gain: leaky.gain(),
        };
        build.hidden(second, norm, leaky.function());
        let logit = Map {
            name: "last",
            links: last,
            channels: [2 * width, shapes.outputs],
            gain: 1.0,
        };
        build.map(logit, None);
        build.finish()
    }
}
