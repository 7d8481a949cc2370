//! The layers in candle's own operations, in any precision: what the kernels are tested against.

use std::ops::Range;

use candle_core::{D, DType, Result, Tensor};

use super::Affine;
use super::normalise::EPSILON;
use crate::ops::Function;

/// The functions of hidden layers.
fn function(x: &Tensor, function: Option<Function>) -> Result<Tensor> {
    match function {
        None => Ok(x.clone()),
        Some(Function::Relu) => x.relu(),
        Some(Function::LeakyRelu(slope)) => x.maximum(&x.affine(f64::from(slope), 0.0)?),
        Some(Function::Tanh) => x.tanh(),
        Some(Function::Sigmoid) => x.neg()?.exp()?.affine(1.0, 1.0)?.recip(),
    }
}

fn part(weights: &Tensor, range: &Range<usize>, shape: &[usize]) -> Result<Tensor> {
    weights.narrow(0, range.start, range.len())?.reshape(shape)
}

/// One matrix product a link.
pub(super) fn affine(layer: &Affine, x: &Tensor, weights: &Tensor) -> Result<Tensor> {
    let Affine {
        links,
        inputs,
        outputs,
        weight,
        bias,
        function: f,
        ..
    } = layer;
    let batch = x.elem_count() / (links.inputs() * inputs);
    let x = x.reshape((links.inputs(), batch, *inputs))?;
    let w = part(weights, weight, &[links.taps(), *inputs, *outputs])?;
    let mut positions = Vec::new();
    for sources in links.by_output() {
        let mut sum = Tensor::zeros((batch, *outputs), x.dtype(), x.device())?;
        for &(i, tap) in sources {
            sum = (sum + x.get(i)?.matmul(&w.get(tap)?)?)?;
        }
        if let Some(bias) = bias {
            sum = sum.broadcast_add(&part(weights, bias, &[*outputs])?)?;
        }
        positions.push(sum);
    }
    function(&Tensor::stack(&positions, 0)?, *f)?.flatten_all()
}

pub(super) fn arrange(
    x: &Tensor,
    [positions, channels]: [usize; 2],
    to_positions: bool,
) -> Result<Tensor> {
    let batch = x.elem_count() / (positions * channels);
    let [outer, inner] = if to_positions {
        [batch, positions]
    } else {
        [positions, batch]
    };
    x.reshape((outer, inner, channels))?
        .transpose(0, 1)?
        .contiguous()?
        .flatten_all()
}

pub(super) fn planes(
    x: &Tensor,
    [positions, channels]: [usize; 2],
    to_positions: bool,
) -> Result<Tensor> {
    let batch = x.elem_count() / (positions * channels);
    let x = match to_positions {
        true => x
            .reshape((batch, channels, positions))?
            .permute((2, 0, 1))?,
        false => x
            .reshape((positions, batch, channels))?
            .permute((1, 2, 0))?,
    };
    x.contiguous()?.flatten_all()
}

/// Statistics of every sample over positions, and over channels too where `over_channels`.
pub(super) fn normalise_samples(
    x: &Tensor,
    weights: &Tensor,
    [positions, channels]: [usize; 2],
    [gamma, beta]: [&Range<usize>; 2],
    f: Option<Function>,
    over_channels: bool,
) -> Result<Tensor> {
    let batch = x.elem_count() / (positions * channels);
    let x = x.reshape((positions, batch, channels))?;
    let mean = |x: &Tensor| match over_channels {
        true => x.mean_keepdim(2)?.mean_keepdim(0),
        false => x.mean_keepdim(0),
    };
    let centred = x.broadcast_sub(&mean(&x)?)?;
    let variance = mean(&centred.sqr()?)?;
    let y = centred
        .broadcast_div(&variance.affine(1.0, f64::from(EPSILON))?.sqrt()?)?
        .broadcast_mul(&part(weights, gamma, &[channels])?)?
        .broadcast_add(&part(weights, beta, &[channels])?)?;
    function(&y, f)?.flatten_all()
}

pub(super) fn normalise(
    x: &Tensor,
    weights: &Tensor,
    [positions, channels]: [usize; 2],
    [gamma, beta]: [&Range<usize>; 2],
    f: Option<Function>,
    over_batch: bool,
) -> Result<Tensor> {
    let batch = x.elem_count() / (positions * channels);
    let x = x.reshape((positions * batch, channels))?;
    let axis = usize::from(!over_batch);
    let centred = x.broadcast_sub(&x.mean_keepdim(axis)?)?;
    let variance = centred.sqr()?.mean_keepdim(axis)?;
    let y = centred
        .broadcast_div(&variance.affine(1.0, f64::from(EPSILON))?.sqrt()?)?
        .broadcast_mul(&part(weights, gamma, &[channels])?)?
        .broadcast_add(&part(weights, beta, &[channels])?)?;
    function(&y, f)?.flatten_all()
}

impl super::Network {
    /// The whole network in candle's operations.
    pub(super) fn composed(&self, x: &Tensor, weights: &Tensor) -> Result<Tensor> {
        let batch = x.dim(0)?;
        let mut x = x.contiguous()?.flatten_all()?;
        let weights = match &self.spectral {
            Some(spectral) => &spectral.composed(weights)?,
            None => weights,
        };
        for layer in &self.layers {
            x = layer.composed(&x, weights)?;
        }
        x.reshape((batch, self.outputs))
    }
}

/// Σ y · cotangent in f64.
pub(super) fn objective(y: &Tensor, cotangent: &Tensor) -> Result<f64> {
    (y.to_dtype(DType::F64)? * cotangent.to_dtype(DType::F64)?)?
        .sum(D::Minus1)?
        .sum_all()?
        .to_scalar::<f64>()
}
