//! Deep convolutional GANs (Radford, Metz and Chintala 2016).

use candle_core::Result as Candle;

use super::activation::{LeakyRelu, Relu};
use super::build::Map;
use super::image::{norm, refuses_points, refuses_positions};
use super::norm::Norm;
use super::{Architecture, Build, Cost, Net, SampleShape, Shapes, Start};
use crate::axis::Component;
use crate::ops::Function;
use crate::ops::network::{Links, Planes};
use crate::param::{Birth, Choice, Kind, Network, Param, Settings, Undeclared};
use crate::spec::{Conflict, PerNetwork};

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
    kind: Kind::Axis(Norm::choices),
    birth: Birth::Text("batch"),
    summary: "normalisation, in all layers but G's last and D's first and last (spectral: in all)",
};

/// Kernel, stride and padding of every convolution: each halves an image's sides.
const CONVOLUTION: (usize, usize, usize) = (4, 2, 1);

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
/// As in the paper G's output and D's input layer have no normalisation. The paper's weights start
/// from N(0, 0.02²), which is `init: normal` and only works with batch normalisation.
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
            Ok(Layers {
                width: settings.uint(WIDTH.name, Some(network))? as usize,
                norm: norm(settings, network)?,
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

    fn refuses(&self, sample: SampleShape) -> Option<Conflict> {
        let [_, height, width] = sample;
        let fewest = (height / 4) * (width / 4);
        refuses_points("dcgan", sample).or_else(|| {
            let fewest = PerNetwork {
                g: fewest,
                d: fewest,
            };
            refuses_positions("dcgan", [&self.0.g.norm, &self.0.d.norm], fewest)
        })
    }

    fn costs(&self, shapes: Shapes) -> PerNetwork<Cost> {
        let mut g = Self::products(shapes.sample, self.0.g.width, shapes.latent);
        g.reverse();
        let d = Self::products(shapes.judged, self.0.d.width, shapes.outputs);
        PerNetwork {
            g: Cost::of(g).normalised(&self.0.g.norm),
            d: Cost::of(d).normalised(&self.0.d.norm),
        }
    }

    fn generator(&self, shapes: Shapes, output: Option<Function>, start: Start) -> Candle<Net> {
        let Layers { width, norm } = &self.0.g;
        let [outer, inner, first] = Self::links(shapes.sample)?;
        let [channels, height, breadth] = shapes.sample;
        let mut build = Build::new(start, norm);
        let project = Map {
            name: "project",
            links: first.transposed(),
            channels: [shapes.latent, 2 * width],
        };
        build.hidden(project, &Relu);
        let up = Map {
            name: "up0",
            links: inner.transposed(),
            channels: [2 * width, *width],
        };
        build.hidden(up, &Relu);
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
        let Layers { width, norm } = &self.0.d;
        let [outer, inner, last] = Self::links(shapes.judged)?;
        let [channels, height, breadth] = shapes.judged;
        let leaky = LeakyRelu { slope: SLOPE };
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
        let logit = Map {
            name: "last",
            links: last,
            channels: [2 * width, shapes.outputs],
        };
        build.last(logit, None);
        build.finish()
    }
}
