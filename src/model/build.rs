//! Puts a network together, layer by layer, and draws its initial weights from the run's streams.

use std::ops::Range;

use candle_core::{Device, Result, Var};

use super::Net;
use super::net::Part;
use super::norm::Norm;
use crate::ops::Function;
use crate::ops::network::{Affine, Layer, Links, Network};
use crate::rng::Source;

/// A network in the making.
pub struct Build {
    init: Source,
    drawn: u64,
    values: Vec<f32>,
    parts: Vec<Part>,
    layers: Vec<Box<dyn Layer>>,
}

/// An affine layer: what it links, its channels `[inputs, outputs]`, and the gain of its weights.
pub struct Map<'a> {
    /// Its weights are registered as `NAME.weight` and `NAME.bias`.
    pub name: &'a str,
    /// Which positions see which.
    pub links: Links,
    /// Channels of an input and of an output position.
    pub channels: [usize; 2],
    /// The factor that keeps a signal's variance through the activation that follows.
    pub gain: f64,
}

impl Build {
    /// No layers yet; initial values will come from `init`.
    pub fn new(init: Source) -> Self {
        Self {
            init,
            drawn: 0,
            values: Vec::new(),
            parts: Vec::new(),
            layers: Vec::new(),
        }
    }

    /// Adds a layer.
    pub fn layer(&mut self, layer: impl Layer + 'static) {
        self.layers.push(Box::new(layer));
    }

    /// Adds f(x W + b), with b starting at 0.
    pub fn map(&mut self, map: Map<'_>, function: Option<Function>) {
        let Map {
            name,
            links,
            channels,
            gain,
        } = map;
        // What an output position sees on average: edges of an image see less.
        let inputs = (links.count() * channels[0]) as f64 / links.outputs() as f64;
        let shape = match links.taps() {
            1 => channels.to_vec(),
            taps => vec![taps, channels[0], channels[1]],
        };
        let weight = self.normal(&format!("{name}.weight"), shape, gain / inputs.sqrt());
        let bias = self.constant(&format!("{name}.bias"), channels[1], 0.0);
        self.layer(Affine::new(links, channels, weight, Some(bias), function));
    }

    /// Adds a hidden layer: an affine map, its normalisation, its activation.
    pub fn hidden(&mut self, map: Map<'_>, norm: &Norm, function: Function) {
        let name = format!("{}.norm", map.name);
        let sizes = [map.links.outputs(), map.channels[1]];
        match norm.function_follows() {
            true => {
                self.map(map, None);
                norm.add(self, &name, sizes, function);
            }
            false => self.map(map, Some(function)),
        }
    }

    /// Weights drawn from N(0, deviation²). Each part has a stream of its own, so that the width of
    /// one layer does not change the values of the next.
    fn normal(&mut self, name: &str, shape: Vec<usize>, deviation: f64) -> Range<usize> {
        let mut drawn = vec![0.0; shape.iter().product()];
        self.init.at(self.drawn, 0).fill_normal(&mut drawn);
        self.drawn += 1;
        let deviation = deviation as f32;
        drawn.iter_mut().for_each(|w| *w *= deviation);
        self.register(name, shape, drawn)
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
        Ok(Net {
            network: Network::new(self.layers, count),
            weights: Var::from_vec(self.values, count, &Device::Cpu)?,
            parts: self.parts,
        })
    }
}
