//! Convolutional networks of any depth, such as those of Metz et al. (2017) for stacked MNIST.

use candle_core::Result as Candle;

use super::activation::Activation;
use super::build::Map;
use super::image::{conflict, norm, refuses_points, refuses_positions};
use super::norm::Norm;
use super::{Architecture, Build, Cost, Net, SampleShape, Shapes, Start};
use crate::axis::Component;
use crate::ops::Function;
use crate::ops::network::{Links, Planes};
use crate::param::{Birth, Choice, Kind, Network, Param, Settings, Undeclared};
use crate::spec::{Conflict, PerNetwork};

const CHANNELS: Param = Param {
    name: "channels",
    per_network: true,
    kind: Kind::Ints {
        min: 1,
        max: 1024,
        most: 8,
    },
    birth: Birth::Ints(&[16, 32, 64]),
    summary: "channels of convnet's hidden layers, from the image inwards",
};

const KERNEL: Param = Param {
    name: "kernel",
    per_network: true,
    kind: Kind::Int { min: 2, max: 9 },
    birth: Birth::Int(3),
    summary: "rows and columns of convnet's kernels",
};

const ACTIVATION: Param = Param {
    name: "activation",
    per_network: true,
    kind: Kind::Axis(Activation::choices),
    birth: Birth::Text("leaky_relu"),
    summary: "activation of the hidden layers",
};

const NORM: Param = Param {
    name: "norm",
    per_network: true,
    kind: Kind::Axis(Norm::choices),
    birth: Birth::Text("batch"),
    summary: "normalisation, in all hidden layers (spectral: in all)",
};

/// Of the convolutions that change an image's sides.
const STRIDE: usize = 2;

/// One network.
#[derive(Clone, Debug, PartialEq)]
pub struct Layers {
    /// Channels of the hidden layers, from the image inwards.
    pub channels: Vec<usize>,
    /// Rows and columns of every kernel.
    pub kernel: usize,
    /// The activation of the hidden layers.
    pub activation: Activation,
    /// Their normalisation.
    pub norm: Norm,
}

/// D: a convolution of stride 2 for each of its channels, from the image inwards, then linear to the
/// logit. G: linear to its innermost channels, transposed convolutions of stride 2 outwards to its
/// outermost ones, then a convolution of stride 1 to the image. So G of `[8, 16, 32, 64]` and D of
/// `[2, 4, 8]` halve and double an image's sides three times. Every hidden layer is normalised.
///
/// A side halves with rounding up, as with TensorFlow's SAME padding (28 → 14 → 7 → 4), and G doubles
/// it by the transpose of the same convolution.
///
/// With kernel 3 and batch normalisation these are the networks of Metz et al. 2017 for stacked MNIST
/// (appendix D): G `[8, 16, 32, 64]` with a latent vector of 256 and ReLU has 287,875 weights; D with
/// LeakyReLU(0.3) has 585 (`[2, 4, 8]`) or 1,889 (`[4, 8, 16]`).
#[derive(Clone, Debug, PartialEq)]
pub struct Convnet(pub PerNetwork<Layers>);

impl Component for Convnet {
    const CHOICE: Choice = Choice {
        name: "convnet",
        version: 1,
        params: &[CHANNELS, KERNEL, ACTIVATION, NORM],
        summary: "convolutions of any number and width, for images (Metz et al. 2017)",
    };

    fn read(settings: &Settings, _: Option<Network>) -> Result<Self, Undeclared> {
        let layers = |network| -> Result<Layers, Undeclared> {
            let at = Some(network);
            let activation = settings.text(ACTIVATION.name, at)?;
            Ok(Layers {
                channels: settings.uints(CHANNELS.name, at)?,
                kernel: settings.uint(KERNEL.name, at)? as usize,
                activation: Activation::read(activation, settings, at)?.ok_or_else(|| {
                    Undeclared {
                        key: ACTIVATION.name.to_owned(),
                    }
                })?,
                norm: norm(settings, network)?,
            })
        };
        Ok(Self(PerNetwork {
            g: layers(Network::G)?,
            d: layers(Network::D)?,
        }))
    }
}

/// A side after so many halvings, each rounding up.
fn shrunk(side: usize, halvings: usize) -> usize {
    side.div_ceil(STRIDE.pow(halvings as u32))
}

/// Positions of an image after so many halvings.
fn positions([_, height, width]: SampleShape, halvings: usize) -> usize {
    shrunk(height, halvings) * shrunk(width, halvings)
}

/// Channels of a link's inner and outer side, with the link from the outer side inwards.
struct Step {
    links: Links,
    outer: usize,
    inner: usize,
}

impl Layers {
    /// A convolution of the image after so many halvings.
    fn convolution(
        &self,
        [_, height, width]: SampleShape,
        halvings: usize,
        stride: usize,
    ) -> Candle<Links> {
        let sides = [height, width].map(|side| shrunk(side, halvings));
        match Links::same_convolution(sides, self.kernel, stride) {
            Some(links) => Ok(links),
            None => candle_core::bail!("nothing is left of images of {height} x {width} pixels"),
        }
    }

    /// D's convolutions, from the image inwards.
    fn downwards(&self, sample: SampleShape) -> Candle<Vec<Step>> {
        let outer = [sample[0]].into_iter().chain(self.channels.iter().copied());
        let channels = outer.zip(self.channels.iter().copied());
        let steps = channels.enumerate().map(|(i, (outer, inner))| {
            Ok(Step {
                links: self.convolution(sample, i, STRIDE)?,
                outer,
                inner,
            })
        });
        steps.collect()
    }

    /// G's transposed convolutions, from the image inwards.
    fn upwards(&self, sample: SampleShape) -> Candle<Vec<Step>> {
        let steps = self.channels.windows(2).enumerate().map(|(i, pair)| {
            Ok(Step {
                links: self.convolution(sample, i, STRIDE)?,
                outer: pair[0],
                inner: pair[1],
            })
        });
        steps.collect()
    }

    /// How often the network halves or doubles an image's sides.
    fn halvings(&self, network: Network) -> usize {
        match network {
            Network::G => self.channels.len().saturating_sub(1),
            Network::D => self.channels.len(),
        }
    }

    fn costs(&self, network: Network, sample: SampleShape, end: usize) -> Candle<Vec<usize>> {
        let values = self.activation.pieces();
        let inside = positions(sample, self.halvings(network));
        let innermost = self.channels.last().copied().unwrap_or(sample[0]);
        Ok(match network {
            Network::G => {
                let up = self.upwards(sample)?;
                let up = up
                    .iter()
                    .map(|s| s.links.count() * s.inner * s.outer * values);
                let outermost = self.channels.first().copied().unwrap_or(0);
                let last = self.convolution(sample, 0, 1)?.count() * outermost * sample[0];
                let first = end * inside * innermost * values;
                [first].into_iter().chain(up.rev()).chain([last]).collect()
            }
            Network::D => {
                let down = self.downwards(sample)?;
                let down = down
                    .iter()
                    .map(|s| s.links.count() * s.outer * s.inner * values);
                down.chain([inside * innermost * end]).collect()
            }
        })
    }
}

impl Convnet {
    fn of(&self, network: Network) -> &Layers {
        match network {
            Network::G => &self.0.g,
            Network::D => &self.0.d,
        }
    }

    fn refuses_depth(&self, [_, height, width]: SampleShape) -> Option<Conflict> {
        if self.0.g.channels.is_empty() {
            let message = "convnet's G needs at least one number of channels: [] makes no image";
            let keys = [("channels", Some(Network::G)), ("model", None)];
            return Some(conflict(&keys, message.to_owned()));
        }
        let network = Network::BOTH.into_iter().find(|&network| {
            let halvings = self.of(network).halvings(network);
            halvings > 0 && shrunk(height.min(width), halvings - 1) < 2
        })?;
        let channels = self.of(network).channels.len();
        Some(conflict(
            &[("channels", Some(network)), ("dataset", None)],
            format!(
                "an image of {height} x {width} pixels cannot be halved by {channels} layers of {}; \
                 shorten channels.{}",
                network.suffix().to_uppercase(),
                network.suffix()
            ),
        ))
    }
}

impl Architecture for Convnet {
    fn normalises_over_batch(&self, network: Network) -> bool {
        let layers = self.of(network);
        !layers.channels.is_empty() && layers.norm.over_batch()
    }

    fn refuses(&self, sample: SampleShape) -> Option<Conflict> {
        let fewest = |network| positions(sample, self.of(network).halvings(network));
        let fewest = PerNetwork {
            g: fewest(Network::G),
            d: fewest(Network::D),
        };
        let norms = [&self.0.g.norm, &self.0.d.norm];
        refuses_points("convnet", sample)
            .or_else(|| self.refuses_depth(sample))
            .or_else(|| refuses_positions("convnet", norms, fewest))
    }

    fn costs(&self, shapes: Shapes) -> PerNetwork<Cost> {
        let costs = |network, sample, end| {
            let layers = self.of(network);
            let products = layers.costs(network, sample, end);
            Cost::of(products.unwrap_or_default()).normalised(&layers.norm)
        };
        PerNetwork {
            g: costs(Network::G, shapes.sample, shapes.latent),
            d: costs(Network::D, shapes.judged, shapes.outputs),
        }
    }

    fn generator(&self, shapes: Shapes, output: Option<Function>, start: Start) -> Candle<Net> {
        let layers = &self.0.g;
        let activation = &*layers.activation;
        let [channels, height, width] = shapes.sample;
        let (Some(&innermost), Some(&outermost)) =
            (layers.channels.last(), layers.channels.first())
        else {
            candle_core::bail!("a generator without channels");
        };
        let inside = positions(shapes.sample, layers.halvings(Network::G));
        let mut build = Build::new(start, &layers.norm);
        build.spread("project", shapes.latent, [inside, innermost], activation);
        let steps = layers.upwards(shapes.sample)?.into_iter().rev();
        for (i, step) in steps.enumerate() {
            let map = Map {
                name: &format!("up{i}"),
                links: step.links.transposed(),
                channels: [step.inner, step.outer],
            };
            build.hidden(map, activation);
        }
        let last = Map {
            name: "last",
            links: layers.convolution(shapes.sample, 0, 1)?,
            channels: [outermost, channels],
        };
        build.last(last, output);
        build.layer(Planes::from_positions(height * width, channels));
        build.finish()
    }

    fn discriminator(&self, shapes: Shapes, start: Start) -> Candle<Net> {
        let layers = &self.0.d;
        let [channels, height, width] = shapes.judged;
        let inside = positions(shapes.judged, layers.halvings(Network::D));
        let mut build = Build::new(start, &layers.norm);
        build.layer(Planes::to_positions(height * width, channels));
        let mut innermost = channels;
        for (i, step) in layers.downwards(shapes.judged)?.into_iter().enumerate() {
            let map = Map {
                name: &format!("down{i}"),
                links: step.links,
                channels: [step.outer, step.inner],
            };
            build.hidden(map, &*layers.activation);
            innermost = step.inner;
        }
        let logit = Map {
            name: "last",
            links: Links::all_to_one(inside),
            channels: [innermost, shapes.outputs],
        };
        build.last(logit, None);
        build.finish()
    }
}
