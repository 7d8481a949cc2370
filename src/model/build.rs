//! Puts a network together, layer by layer, and draws its initial weights from the run's streams.

use std::ops::Range;

use candle_core::{Device, Result, Var};

use super::Net;
use super::activation::Nonlinearity;
use super::init::{Draw, Start};
use super::net::Part;
use super::norm::Norm;
use crate::ops::Function;
use crate::ops::network::{Affine, Arrange, Layer, Links, Matrix, Maxout, Network, Spectral};

/// A network in the making.
pub struct Build {
    start: Start,
    norm: Norm,
    drawn: u64,
    values: Vec<f32>,
    parts: Vec<Part>,
    /// The matrices among the weights, with the vectors from which their norms are sought.
    matrices: Vec<(Matrix, Range<usize>, Vec<f32>)>,
    layers: Vec<Box<dyn Layer>>,
}

/// An affine map: what it links, and its channels.
pub struct Map<'a> {
    /// Its weights are registered as `NAME.weight` and `NAME.bias`.
    pub name: &'a str,
    /// Which positions see which.
    pub links: Links,
    /// Channels of an input and of an output position.
    pub channels: [usize; 2],
}

impl Build {
    /// No layers yet. Hidden layers will be normalised by `norm`.
    pub fn new(start: Start, norm: &Norm) -> Self {
        Self {
            start,
            norm: norm.clone(),
            drawn: 0,
            values: Vec::new(),
            parts: Vec::new(),
            matrices: Vec::new(),
            layers: Vec::new(),
        }
    }

    /// Adds a layer.
    pub fn layer(&mut self, layer: impl Layer + 'static) {
        self.layers.push(Box::new(layer));
    }

    /// Adds a hidden layer: an affine map, its normalisation, its activation.
    pub fn hidden(&mut self, map: Map<'_>, activation: &dyn Nonlinearity) {
        let (name, positions, units) = (map.name, map.links.outputs(), map.channels[1]);
        let function = self.inner_function(activation);
        self.map(widened(map, activation), activation.gain(), function);
        self.normalise(name, [positions, units], activation);
    }

    /// Adds a hidden layer that is not normalised, such as the one that sees the image.
    pub fn plain(&mut self, map: Map<'_>, activation: &dyn Nonlinearity) {
        let sizes = [map.links.outputs(), map.channels[1]];
        let function = activation.function();
        self.map(widened(map, activation), activation.gain(), function);
        self.maximum(sizes, activation);
    }

    /// Adds a hidden layer that makes an image of `[positions, units]` out of a vector of `inputs`:
    /// a dense map, then normalisation and activation as of any layer of an image.
    pub fn spread(
        &mut self,
        name: &str,
        inputs: usize,
        [positions, units]: [usize; 2],
        activation: &dyn Nonlinearity,
    ) {
        let channels = units * activation.pieces();
        let map = Map {
            name,
            links: Links::dense(),
            channels: [inputs, positions * channels],
        };
        let function = self.inner_function(activation);
        self.map(map, activation.gain(), function);
        self.layer(Arrange::by_position(positions, channels));
        self.normalise(name, [positions, units], activation);
    }

    /// Adds the last layer: an affine map and the network's output activation.
    pub fn last(&mut self, map: Map<'_>, output: Option<Function>) {
        self.map(map, 1.0, output);
    }

    /// The activation, where no normalisation comes before it.
    fn inner_function(&self, activation: &dyn Nonlinearity) -> Option<Function> {
        match self.norm.is_layer() {
            true => None,
            false => activation.function(),
        }
    }

    /// What follows an affine map to `[positions, units]`.
    fn normalise(&mut self, name: &str, sizes: [usize; 2], activation: &dyn Nonlinearity) {
        let [positions, units] = sizes;
        if self.norm.is_layer() {
            let channels = units * activation.pieces();
            let function = activation.function();
            let name = format!("{name}.norm");
            let norm = self.norm.clone();
            norm.add(self, &name, [positions, channels], function);
        }
        self.maximum(sizes, activation);
    }

    fn maximum(&mut self, [positions, units]: [usize; 2], activation: &dyn Nonlinearity) {
        let pieces = activation.pieces();
        if pieces > 1 {
            self.layer(Maxout::new(positions * units, pieces));
        }
    }

    /// Adds f(x W + b), with b starting at 0.
    fn map(&mut self, map: Map<'_>, gain: f64, function: Option<Function>) {
        let Map {
            name,
            links,
            channels,
        } = map;
        let (matrix, weight) = self.matrix(&format!("{name}.weight"), &links, channels, gain);
        if self.norm.is_spectral() {
            // A stream beside the one of the weights, which are the same without this.
            let [_, columns] = matrix.shape();
            let mut direction = vec![0.0; columns];
            let mut stream = self.start.source.at(self.drawn - 1, 1);
            stream.fill_normal(&mut direction);
            self.matrices.push((matrix, weight.clone(), direction));
        }
        let bias = self.constant(&format!("{name}.bias"), channels[1], 0.0);
        self.layer(Affine::new(links, channels, weight, Some(bias), function));
    }

    /// Draws the weights of an affine map. Each part has a stream of its own, so that the width of
    /// one layer does not change the values of the next.
    fn matrix(
        &mut self,
        name: &str,
        links: &Links,
        channels: [usize; 2],
        gain: f64,
    ) -> (Matrix, Range<usize>) {
        let [inputs, outputs] = channels;
        let taps = links.taps();
        let shape = match taps {
            1 => channels.to_vec(),
            taps => vec![taps, inputs, outputs],
        };
        let matrix = Matrix::new(links, channels);
        let count = |channels: usize| (links.count() * channels) as f64;
        let draw = Draw {
            matrix,
            fan_in: count(inputs) / links.outputs() as f64,
            fan_out: count(outputs) / links.inputs() as f64,
            gain,
        };
        let mut drawn = vec![0.0; taps * inputs * outputs];
        let stream = self.start.source.at(self.drawn, 0);
        self.start.init.fill(draw, stream, &mut drawn);
        self.drawn += 1;
        (matrix, self.register(name, shape, drawn))
    }

    /// Weights that start at a constant.
    pub fn constant(&mut self, name: &str, length: usize, value: f32) -> Range<usize> {
        self.register(name, vec![length], vec![value; length])
    }

    fn register(&mut self, name: &str, shape: Vec<usize>, values: Vec<f32>) -> Range<usize> {
        let range = self.values.len()..self.values.len() + values.len();
        self.values.extend(values);
        self.parts.push(Part {
            name: name.to_owned(),
            shape,
            range: range.clone(),
        });
        range
    }

    /// The network with its initial weights.
    pub fn finish(self) -> Result<Net> {
        let count = self.values.len();
        let network = match self.norm.is_spectral() {
            true => {
                let spectral = Spectral::new(self.matrices, &self.values);
                Network::reparametrised(self.layers, count, spectral)
            }
            false => Network::new(self.layers, count),
        };
        Ok(Net {
            network,
            weights: Var::from_vec(self.values, count, &Device::Cpu)?,
            parts: self.parts,
        })
    }
}

/// The map with all the values that an activation needs for a unit.
fn widened<'a>(map: Map<'a>, activation: &dyn Nonlinearity) -> Map<'a> {
    let [inputs, units] = map.channels;
    Map {
        channels: [inputs, units * activation.pieces()],
        ..map
    }
}
