//! Convolution in both directions as im2col, matrix product and col2im.

use candle_core::{CpuStorage, CustomOp3, Device, Layout, Result, Shape, Tensor, bail};

use super::gemm::{View, multiply};
use super::values::{slice, values};

/// How a kernel moves over an image; the same in both directions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sweep {
    /// Pixels from one output to the next.
    pub stride: usize,
    /// Zeros added on every side.
    pub padding: usize,
}

/// y = x * W + b (cross-correlation, as everywhere in deep learning) with x `[batch, in, height,
/// width]`, W `[out, in, kernel height, kernel width]`, b `[out]`; y `[batch, out, ⌊(height + 2
/// padding − kernel) / stride⌋ + 1, …]`.
///
/// The gradient of an argument is computed only where that argument is tracked.
pub fn conv2d(x: &Tensor, weight: &Tensor, bias: &Tensor, sweep: Sweep) -> Result<Tensor> {
    if sweep.stride == 0 {
        bail!("conv2d: a stride of 0");
    }
    x.contiguous()?
        .apply_op3(&weight.contiguous()?, &bias.contiguous()?, Conv2d(sweep))
}

/// The sizes of one convolution.
#[derive(Clone, Copy)]
struct Geometry {
    batch: usize,
    channels: usize,
    height: usize,
    width: usize,
    outputs: usize,
    kernel: [usize; 2],
    out_height: usize,
    out_width: usize,
    sweep: Sweep,
}

impl Geometry {
    fn new(x: &Shape, weight: &Shape, sweep: Sweep) -> Result<Self> {
        let (batch, channels, height, width) = x.dims4()?;
        let (outputs, weight_channels, kh, kw) = weight.dims4()?;
        let padded = [height + 2 * sweep.padding, width + 2 * sweep.padding];
        if channels != weight_channels || kh > padded[0] || kw > padded[1] {
            bail!("conv2d: {x:?} and {weight:?} do not go together with {sweep:?}");
        }
        Ok(Self {
            batch,
            channels,
            height,
            width,
            outputs,
            kernel: [kh, kw],
            out_height: (padded[0] - kh) / sweep.stride + 1,
            out_width: (padded[1] - kw) / sweep.stride + 1,
            sweep,
        })
    }

    /// Rows of the matrix of patches: one an element of a kernel.
    fn patch(&self) -> usize {
        self.channels * self.kernel[0] * self.kernel[1]
    }

    /// Its columns: one an output pixel.
    fn places(&self) -> usize {
        self.out_height * self.out_width
    }

    fn image(&self) -> usize {
        self.channels * self.height * self.width
    }

    /// Calls `visit(row offset in the matrix of patches, offset in the image, output columns)` for
    /// every kernel element and output row that meets the image: the columns `from..to` of that
    /// row, whose pixels lie `stride` apart.
    fn for_each_run(&self, mut visit: impl FnMut(usize, usize, std::ops::Range<usize>)) {
        let Sweep { stride, padding } = self.sweep;
        let mut row = 0;
        for channel in 0..self.channels {
            for ky in 0..self.kernel[0] {
                for kx in 0..self.kernel[1] {
                    // Output columns whose pixel stride · ox + kx − padding lies in the image.
                    let from = padding.saturating_sub(kx).div_ceil(stride);
                    let to = (self.width + padding).saturating_sub(kx).div_ceil(stride);
                    let columns = from..to.min(self.out_width);
                    for oy in 0..self.out_height {
                        let Some(y) = (oy * stride + ky).checked_sub(padding) else {
                            continue;
                        };
                        if y >= self.height || columns.is_empty() {
                            continue;
                        }
                        let x = columns.start * stride + kx - padding;
                        let pixel = (channel * self.height + y) * self.width + x;
                        visit(row + oy * self.out_width, pixel, columns.clone());
                    }
                    row += self.places();
                }
            }
        }
    }

    /// The patches of one image, `[patch, places]`.
    fn im2col(&self, image: &[f32], patches: &mut [f32]) {
        patches.fill(0.0);
        let stride = self.sweep.stride;
        self.for_each_run(|row, pixel, columns| {
            let out = &mut patches[row + columns.start..row + columns.end];
            for (out, x) in out.iter_mut().zip(image[pixel..].iter().step_by(stride)) {
                *out = *x;
            }
        });
    }

    /// The transpose of [`Self::im2col`]: adds every patch element to its pixel.
    fn col2im(&self, patches: &[f32], image: &mut [f32]) {
        let stride = self.sweep.stride;
        self.for_each_run(|row, pixel, columns| {
            let patch = &patches[row + columns.start..row + columns.end];
            for (x, patch) in image[pixel..].iter_mut().step_by(stride).zip(patch) {
                *x += *patch;
            }
        });
    }
}

struct Conv2d(Sweep);

impl CustomOp3 for Conv2d {
    fn name(&self) -> &'static str {
        "conv2d"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        weight: &CpuStorage,
        weight_layout: &Layout,
        bias: &CpuStorage,
        bias_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let geometry = Geometry::new(x_layout.shape(), weight_layout.shape(), self.0)?;
        let Geometry {
            batch,
            outputs,
            out_height,
            out_width,
            ..
        } = geometry;
        let (patch, places) = (geometry.patch(), geometry.places());
        let (x, bias) = (slice(x, x_layout)?, slice(bias, bias_layout)?);
        if bias.len() != outputs {
            bail!("conv2d: {} biases for {outputs} outputs", bias.len());
        }
        let weight = View::new(slice(weight, weight_layout)?, outputs, patch);
        let mut patches = vec![0.0; patch * places];
        let mut y = Vec::with_capacity(batch * outputs * places);
        for image in x.chunks_exact(geometry.image()) {
            geometry.im2col(image, &mut patches);
            let start = y.len();
            for b in bias {
                y.resize(y.len() + places, *b);
            }
            multiply(
                weight,
                View::new(&patches, patch, places),
                1.0,
                &mut y[start..],
            );
        }
        Ok((
            CpuStorage::F32(y),
            (batch, outputs, out_height, out_width).into(),
        ))
    }

    fn bwd(
        &self,
        x: &Tensor,
        weight: &Tensor,
        bias: &Tensor,
        _y: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let geometry = Geometry::new(x.shape(), weight.shape(), self.0)?;
        let outputs = geometry.outputs;
        let (patch, places) = (geometry.patch(), geometry.places());
        let grad = grad.contiguous()?;
        let (xs, weights, grads) = (values(x)?, values(weight)?, values(&grad)?);
        let kernel = View::new(weights.as_slice(), outputs, patch);
        let mut patches = vec![0.0; patch * places];
        let mut x_grad = vec![0.0; if x.track_op() { xs.as_slice().len() } else { 0 }];
        let mut weight_grad = vec![
            0.0;
            if weight.track_op() {
                outputs * patch
            } else {
                0
            }
        ];
        let mut bias_grad = vec![0.0; outputs];
        let images = xs.as_slice().chunks_exact(geometry.image());
        for (i, (image, grad)) in images
            .zip(grads.as_slice().chunks_exact(outputs * places))
            .enumerate()
        {
            let grad_view = View::new(grad, outputs, places);
            if weight.track_op() {
                geometry.im2col(image, &mut patches);
                let patches = View::new(&patches, patch, places);
                multiply(grad_view, patches.t(), 1.0, &mut weight_grad);
            }
            if x.track_op() {
                multiply(kernel.t(), grad_view, 0.0, &mut patches);
                let size = geometry.image();
                geometry.col2im(&patches, &mut x_grad[i * size..(i + 1) * size]);
            }
            for (sum, row) in bias_grad.iter_mut().zip(grad.chunks_exact(places)) {
                *sum += row.iter().sum::<f32>();
            }
        }
        let gradient = |of: &Tensor, values: Vec<f32>| {
            of.track_op()
                .then(|| Tensor::from_vec(values, of.shape(), &Device::Cpu))
                .transpose()
        };
        Ok((
            gradient(x, x_grad)?,
            gradient(weight, weight_grad)?,
            gradient(bias, bias_grad)?,
        ))
    }
}

#[cfg(test)]
mod tests {
    use candle_core::{Result, Tensor, Var};
    use proptest::prelude::*;

    use super::{Sweep, conv2d};
    use crate::ops::check::{assert_close, draw};

    /// The same in candle's own operations, whose gradients are candle's.
    fn plain(x: &Tensor, weight: &Tensor, bias: &Tensor, sweep: Sweep) -> Result<Tensor> {
        x.conv2d(weight, sweep.padding, sweep.stride, 1, 1)?
            .broadcast_add(&bias.reshape((1, bias.dims1()?, 1, 1))?)
    }

    fn check(
        [batch, channels, height, width]: [usize; 4],
        [outputs, kh, kw]: [usize; 3],
        sweep: Sweep,
        seed: u64,
    ) -> Result<()> {
        // A transpose of height and width makes the input non-contiguous.
        let x = draw(&[batch, channels, width, height], seed)?.transpose(2, 3)?;
        let x = Var::from_tensor(&x)?;
        let weight = Var::from_tensor(&draw(&[outputs, channels, kh, kw], seed + 1)?)?;
        let bias = Var::from_tensor(&draw(&[outputs], seed + 2)?)?;
        let fused = conv2d(&x, &weight, &bias, sweep)?;
        let composed = plain(&x, &weight, &bias, sweep)?;
        assert_close(&fused, &composed, 1e-4)?;
        let cotangent = draw(fused.dims(), seed + 3)?;
        let fused = fused.mul(&cotangent)?.sum_all()?.backward()?;
        let composed = composed.mul(&cotangent)?.sum_all()?.backward()?;
        for var in [&x, &weight, &bias] {
            let (a, b) = (
                fused.get(var).expect("tracked"),
                composed.get(var).expect("tracked"),
            );
            assert_close(a, b, 1e-3)?;
        }
        Ok(())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn values_and_gradients_match_candles_own_convolution(
            batch in 1..3_usize, channels in 1..4_usize, height in 4..9_usize, width in 4..9_usize,
            outputs in 1..4_usize, kernel in 1..5_usize, stride in 1..3_usize,
            padding in 0..3_usize, seed in 0..1000_u64,
        ) {
            // candle's backward pass is right only where the stride uses up the whole input.
            prop_assume!((height + 2 * padding - kernel) % stride == 0);
            prop_assume!((width + 2 * padding - kernel) % stride == 0);
            let shape = [batch, channels, height, width];
            check(shape, [outputs, kernel, kernel], Sweep { stride, padding }, seed)
                .expect("shapes go together");
        }
    }

    #[test]
    fn every_gradient_matches_finite_differences_where_the_stride_leaves_a_rest() -> Result<()> {
        // conv2d is linear in each argument: a difference of any size is exact but for rounding.
        const STEP: f32 = 0.5;
        let sweep = Sweep {
            stride: 2,
            padding: 1,
        };
        let shapes: [&[usize]; 3] = [&[1, 2, 6, 5], &[2, 2, 3, 3], &[2]];
        let mut inputs = Vec::new();
        for (i, shape) in shapes.into_iter().enumerate() {
            inputs.push(Var::from_tensor(&draw(shape, 7 + i as u64)?)?);
        }
        let cotangent = draw(&[1, 2, 3, 3], 10)?;
        let objective = |x: &Tensor, w: &Tensor, b: &Tensor| -> Result<Tensor> {
            conv2d(x, w, b, sweep)?.mul(&cotangent)?.sum_all()
        };
        let grads = objective(&inputs[0], &inputs[1], &inputs[2])?.backward()?;
        for (which, var) in inputs.iter().enumerate() {
            let grad = grads
                .get(var)
                .expect("tracked")
                .flatten_all()?
                .to_vec1::<f32>()?;
            let at = var.flatten_all()?.to_vec1::<f32>()?;
            for (i, &slope) in grad.iter().enumerate() {
                let moved = |by: f32| -> Result<f32> {
                    let mut values = at.clone();
                    values[i] += by;
                    let mut args: Vec<Tensor> =
                        inputs.iter().map(|v| v.as_tensor().clone()).collect();
                    args[which] = Tensor::from_vec(values, var.shape(), var.device())?;
                    objective(&args[0], &args[1], &args[2])?.to_scalar::<f32>()
                };
                let difference = (moved(STEP)? - moved(-STEP)?) / (2.0 * STEP);
                assert!(
                    (difference - slope).abs() < 1e-4,
                    "argument {which}, element {i}"
                );
            }
        }
        Ok(())
    }
}
