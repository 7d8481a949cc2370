//! Functions applied to every element, each with its derivative.

use candle_core::{CpuStorage, CustomOp1, Device, Layout, Result, Shape, Tensor};

use super::values::{slice, values};
use crate::elementary::{exp, sigmoid, softplus, tanh, vectorised};

/// A function of one variable. NaN goes through every one of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Function {
    /// max(0, x).
    Relu,
    /// x for x ≥ 0, slope · x below; 0 ≤ slope < 1.
    LeakyRelu(f32),
    /// tanh x.
    Tanh,
    /// 1 / (1 + e⁻ˣ).
    Sigmoid,
    /// ln(1 + eˣ), exact to rounding at any x: max(x, 0) + ln(1 + e^−|x|).
    Softplus,
}

impl Function {
    /// y ← f(y), for every element.
    #[inline(always)]
    pub(super) fn apply(self, values: &mut [f32]) {
        // Comparisons with NaN are false: it stays.
        match self {
            Self::Relu => values
                .iter_mut()
                .for_each(|x| *x = if *x < 0.0 { 0.0 } else { *x }),
            Self::LeakyRelu(slope) => values
                .iter_mut()
                .for_each(|x| *x = if *x < 0.0 { slope * *x } else { *x }),
            Self::Tanh => values.iter_mut().for_each(|x| *x = tanh(*x)),
            Self::Sigmoid => values.iter_mut().for_each(|x| *x = sigmoid(*x)),
            Self::Softplus => values.iter_mut().for_each(|x| *x = softplus(*x)),
        }
    }

    /// g ← g · f′(x), where y = f(x): all derivatives can be told from the value.
    #[inline(always)]
    pub(super) fn pull_back(self, gradient: &mut [f32], output: &[f32]) {
        #[inline(always)]
        fn each(gradient: &mut [f32], output: &[f32], slope: impl Fn(f32, f32) -> f32) {
            gradient
                .iter_mut()
                .zip(output)
                .for_each(|(g, &y)| *g = slope(*g, y));
        }
        match self {
            Self::Relu => each(gradient, output, |g, y| if y > 0.0 { g } else { 0.0 }),
            Self::LeakyRelu(slope) => {
                each(gradient, output, |g, y| if y > 0.0 { g } else { slope * g });
            }
            Self::Tanh => each(gradient, output, |g, y| g * f32::mul_add(-y, y, 1.0)),
            Self::Sigmoid => each(gradient, output, |g, y| g * y * (1.0 - y)),
            // σ(x) = 1 − e^−softplus(x).
            Self::Softplus => each(gradient, output, |g, y| g * (1.0 - exp(-y))),
        }
    }
}

/// Applies a function to every element of a tensor of any shape.
pub fn pointwise(x: &Tensor, function: Function) -> Result<Tensor> {
    x.contiguous()?.apply_op1(Pointwise(function))
}

struct Pointwise(Function);

impl CustomOp1 for Pointwise {
    fn name(&self) -> &'static str {
        "pointwise"
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let mut y = slice(x, layout)?.to_vec();
        vectorised(
            #[inline(always)]
            || self.0.apply(&mut y),
        );
        Ok((CpuStorage::F32(y), layout.shape().clone()))
    }

    fn bwd(&self, x: &Tensor, y: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        let gradient = gradient.contiguous()?;
        let mut out = values(&gradient)?.as_slice().to_vec();
        let y = values(y)?;
        vectorised(
            #[inline(always)]
            || self.0.pull_back(&mut out, y.as_slice()),
        );
        Ok(Some(Tensor::from_vec(out, x.shape(), &Device::Cpu)?))
    }
}

#[cfg(test)]
mod tests {
    use candle_core::{Device, Result, Tensor, Var};

    use super::{Function, pointwise};
    use crate::ops::check::{assert_close, draw};

    const ALL: [Function; 5] = [
        Function::Relu,
        Function::LeakyRelu(0.2),
        Function::Tanh,
        Function::Sigmoid,
        Function::Softplus,
    ];

    /// The definition in f64.
    fn exact(function: Function, x: f64) -> f64 {
        match function {
            Function::Relu => x.max(0.0),
            Function::LeakyRelu(slope) => x.max(f64::from(slope) * x),
            Function::Tanh => x.tanh(),
            Function::Sigmoid => 1.0 / (1.0 + (-x).exp()),
            Function::Softplus => x.exp().ln_1p(),
        }
    }

    #[test]
    fn values_and_slopes_match_definitions_and_finite_differences_in_f64() -> Result<()> {
        /// Central differences of f64 are right to about h² = 1e-10.
        const H: f64 = 1e-5;
        for function in ALL {
            let x = Var::from_tensor(&draw(&[5, 7], 1)?)?;
            let y = pointwise(&x, function)?;
            let slope = y.sum_all()?.backward()?;
            let points = x.flatten_all()?.to_vec1::<f32>()?;
            let each = |f: &dyn Fn(f64) -> f64| {
                let values: Vec<f32> = points.iter().map(|&x| f(f64::from(x)) as f32).collect();
                Tensor::from_vec(values, (5, 7), &Device::Cpu)
            };
            assert_close(&y, &each(&|x| exact(function, x))?, 1e-6)?;
            let differences =
                each(&|x| (exact(function, x + H) - exact(function, x - H)) / (2.0 * H))?;
            assert_close(slope.get(&x).expect("tracked"), &differences, 1e-6)?;
        }
        Ok(())
    }

    #[test]
    fn a_nan_is_never_hidden() -> Result<()> {
        for function in ALL {
            let y = pointwise(&Tensor::new(&[f32::NAN], &Device::Cpu)?, function)?;
            assert!(y.to_vec1::<f32>()?[0].is_nan(), "{function:?}");
        }
        Ok(())
    }
}
