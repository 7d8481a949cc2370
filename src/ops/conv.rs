//! Convolutions on tensors, each fast in both directions.
//!
//! Convolution, transposed convolution and the convolution's weight gradient are bilinear, and the
//! derivative of each is made of the other two. They are therefore given as three functions, from
//! which a penalty on a gradient can be written without a second derivative of the graph.
//! `f32` on the CPU, in one thread; the bits do not depend on the number of threads.

mod kernel;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use candle_core::{CpuStorage, CustomOp2, CustomOp3, Layout, Result, Shape, Tensor, bail};

pub use kernel::Geometry;

/// Cross-correlation of `input` `[n, c, h, w]` with `weight` `[o, c, kh, kw]`, plus `bias` `[o]`:
/// `[n, o, ⌊(h + 2 padding − kh) / stride⌋ + 1, …]`.
///
/// # Errors
/// If the shapes do not go together or a tensor is not `f32` on the CPU.
pub fn conv2d(
    input: &Tensor,
    weight: &Tensor,
    bias: Option<&Tensor>,
    stride: usize,
    padding: usize,
) -> Result<Tensor> {
    let geometry = geometry(input.dims(), weight.dims(), stride, padding)?;
    match bias {
        Some(bias) => input.apply_op3(weight, bias, Convolution(geometry)),
        None => input.apply_op2(weight, Convolution(geometry)),
    }
}

/// Transposed convolution of `input` `[n, o, h, w]` with `weight` `[o, c, kh, kw]` (the layout of
/// PyTorch's `ConvTranspose2d`): `[n, c, (h − 1) stride − 2 padding + kh + output_padding, …]`.
///
/// # Errors
/// If the shapes do not go together or a tensor is not `f32` on the CPU.
pub fn conv_transpose2d(
    input: &Tensor,
    weight: &Tensor,
    stride: usize,
    padding: usize,
    output_padding: usize,
) -> Result<Tensor> {
    let (batch, channels, height, width) = input.dims4()?;
    let (out_channels, in_channels, kh, kw) = weight.dims4()?;
    if channels != out_channels {
        bail!("transposed convolution of {channels} channels with weights for {out_channels}");
    }
    let along = |size: usize, kernel: usize| {
        let size = size.checked_sub(1)? * stride + kernel + output_padding;
        size.checked_sub(2 * padding).filter(|&s| s > 0)
    };
    let (Some(out_height), Some(out_width)) = (along(height, kh), along(width, kw)) else {
        bail!("transposed convolution of {height} x {width} images leaves nothing of them");
    };
    let geometry = Geometry {
        batch,
        in_channels,
        height: out_height,
        width: out_width,
        out_channels,
        kernel: [kh, kw],
        stride,
        padding,
    };
    if geometry.output() != Some([height, width]) {
        bail!("output padding {output_padding} must be below the stride {stride}");
    }
    input.apply_op2(weight, Transposed(geometry))
}

/// The gradient of Σ `gradient` · conv2d(`input`, weight) with the weights: `input` `[n, c, h, w]`,
/// `gradient` `[n, o, oh, ow]` → `[o, c, kh, kw]` for a `kernel` of `[kh, kw]`.
///
/// # Errors
/// If the shapes do not go together or a tensor is not `f32` on the CPU.
pub fn conv2d_weight_gradient(
    input: &Tensor,
    gradient: &Tensor,
    kernel: [usize; 2],
    stride: usize,
    padding: usize,
) -> Result<Tensor> {
    let channels = input.dim(1)?;
    let out_channels = gradient.dim(1)?;
    let weight = [out_channels, channels, kernel[0], kernel[1]];
    let geometry = geometry(input.dims(), &weight, stride, padding)?;
    let output = output_shape(&geometry);
    if gradient.dims() != output.dims() {
        bail!(
            "a gradient of shape {:?} for an output of {output:?}",
            gradient.shape()
        );
    }
    input.apply_op2(gradient, WeightGradient(geometry))
}

fn geometry(input: &[usize], weight: &[usize], stride: usize, padding: usize) -> Result<Geometry> {
    let (&[batch, in_channels, height, width], &[out_channels, channels, kh, kw]) = (input, weight)
    else {
        bail!("a convolution takes [n, c, h, w] and [o, c, kh, kw], not {input:?} and {weight:?}");
    };
    if channels != in_channels {
        bail!("convolution of {in_channels} channels with weights for {channels}");
    }
    let geometry = Geometry {
        batch,
        in_channels,
        height,
        width,
        out_channels,
        kernel: [kh, kw],
        stride,
        padding,
    };
    if geometry.output().is_none() {
        bail!(
            "a {kh} x {kw} kernel at stride {stride} does not fit {height} x {width} images with padding {padding}"
        );
    }
    Ok(geometry)
}

fn input_shape(g: &Geometry) -> Shape {
    Shape::from((g.batch, g.in_channels, g.height, g.width))
}

fn weight_shape(g: &Geometry) -> Shape {
    Shape::from((g.out_channels, g.in_channels, g.kernel[0], g.kernel[1]))
}

fn output_shape(g: &Geometry) -> Shape {
    let [height, width] = g.output().unwrap_or([0, 0]);
    Shape::from((g.batch, g.out_channels, height, width))
}

/// A tensor's values in row-major order, copied only where its layout is another.
fn values<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<Cow<'a, [f32]>> {
    let slice = storage.as_slice::<f32>()?;
    Ok(match layout.contiguous_offsets() {
        Some((start, end)) => Cow::Borrowed(&slice[start..end]),
        None => {
            let mut offsets = vec![layout.start_offset()];
            for (&size, &stride) in layout.dims().iter().zip(layout.stride()) {
                offsets = offsets
                    .iter()
                    .flat_map(|&offset| (0..size).map(move |i| offset + i * stride))
                    .collect();
            }
            offsets.into_iter().map(|i| slice[i]).collect()
        }
    })
}

/// The gradient of one argument, where somebody asks for it.
fn wanted(argument: &Tensor, gradient: impl FnOnce() -> Result<Tensor>) -> Result<Option<Tensor>> {
    argument.track_op().then(gradient).transpose()
}

/// (input, weight) or (input, weight, bias) → output.
struct Convolution(Geometry);

/// (output's gradient, weight) → input's gradient.
struct Transposed(Geometry);

/// (input, output's gradient) → weight's gradient.
struct WeightGradient(Geometry);

impl Convolution {
    fn run(
        &self,
        (input, input_layout): (&CpuStorage, &Layout),
        (weight, weight_layout): (&CpuStorage, &Layout),
        bias: Option<&[f32]>,
    ) -> Result<(CpuStorage, Shape)> {
        if bias.is_some_and(|bias| bias.len() != self.0.out_channels) {
            bail!(
                "a bias has one value for each of {} channels",
                self.0.out_channels
            );
        }
        let mut out = vec![0.0; self.0.output_len()];
        self.0.forward(
            &values(input, input_layout)?,
            &values(weight, weight_layout)?,
            bias,
            &mut out,
        );
        Ok((CpuStorage::F32(out), output_shape(&self.0)))
    }

    fn gradients(
        &self,
        input: &Tensor,
        weight: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let g = self.0;
        Ok((
            wanted(input, || gradient.apply_op2_no_bwd(weight, &Transposed(g)))?,
            wanted(weight, || {
                input.apply_op2_no_bwd(gradient, &WeightGradient(g))
            })?,
        ))
    }
}

impl CustomOp2 for Convolution {
    fn name(&self) -> &'static str {
        "conv2d"
    }

    fn cpu_fwd(
        &self,
        input: &CpuStorage,
        input_layout: &Layout,
        weight: &CpuStorage,
        weight_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        self.run((input, input_layout), (weight, weight_layout), None)
    }

    fn bwd(
        &self,
        input: &Tensor,
        weight: &Tensor,
        _: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        self.gradients(input, weight, gradient)
    }
}

impl CustomOp3 for Convolution {
    fn name(&self) -> &'static str {
        "conv2d-bias"
    }

    fn cpu_fwd(
        &self,
        input: &CpuStorage,
        input_layout: &Layout,
        weight: &CpuStorage,
        weight_layout: &Layout,
        bias: &CpuStorage,
        bias_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let bias = values(bias, bias_layout)?;
        self.run((input, input_layout), (weight, weight_layout), Some(&bias))
    }

    fn bwd(
        &self,
        input: &Tensor,
        weight: &Tensor,
        bias: &Tensor,
        _: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let (of_input, of_weight) = self.gradients(input, weight, gradient)?;
        let of_bias = wanted(bias, || gradient.sum((0, 2, 3))?.reshape(bias.shape()))?;
        Ok((of_input, of_weight, of_bias))
    }
}

impl CustomOp2 for Transposed {
    fn name(&self) -> &'static str {
        "conv-transpose2d"
    }

    fn cpu_fwd(
        &self,
        gradient: &CpuStorage,
        gradient_layout: &Layout,
        weight: &CpuStorage,
        weight_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let mut out = vec![0.0; self.0.input_len()];
        let gradient = values(gradient, gradient_layout)?;
        let weight = values(weight, weight_layout)?;
        self.0.input_gradient(&gradient, &weight, &mut out);
        Ok((CpuStorage::F32(out), input_shape(&self.0)))
    }

    fn bwd(
        &self,
        argument: &Tensor,
        weight: &Tensor,
        _: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let g = self.0;
        Ok((
            wanted(argument, || {
                gradient.apply_op2_no_bwd(weight, &Convolution(g))
            })?,
            wanted(weight, || {
                gradient.apply_op2_no_bwd(argument, &WeightGradient(g))
            })?,
        ))
    }
}

impl CustomOp2 for WeightGradient {
    fn name(&self) -> &'static str {
        "conv2d-weight-gradient"
    }

    fn cpu_fwd(
        &self,
        input: &CpuStorage,
        input_layout: &Layout,
        gradient: &CpuStorage,
        gradient_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let mut out = vec![0.0; self.0.weight_len()];
        let input = values(input, input_layout)?;
        let gradient = values(gradient, gradient_layout)?;
        self.0.weight_gradient(&input, &gradient, &mut out);
        Ok((CpuStorage::F32(out), weight_shape(&self.0)))
    }

    fn bwd(
        &self,
        input: &Tensor,
        argument: &Tensor,
        _: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let g = self.0;
        Ok((
            wanted(input, || {
                argument.apply_op2_no_bwd(gradient, &Transposed(g))
            })?,
            wanted(argument, || {
                input.apply_op2_no_bwd(gradient, &Convolution(g))
            })?,
        ))
    }
}
