//! Functions applied to every element, each with its derivative.

use candle_core::{CpuStorage, CustomOp1, Device, Layout, Result, Shape, Tensor};

use super::values::{slice, values};

/// A function of one variable. NaN goes through every one of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Function {
    /// max(0, x).
    Relu,
    /// x for x ≥ 0, slope · x below.
    LeakyRelu(f32),
    /// tanh x.
    Tanh,
    /// 1 / (1 + e⁻ˣ).
    Sigmoid,
    /// ln(1 + eˣ), exact to rounding at any x: max(x, 0) + ln(1 + e^−|x|).
    Softplus,
}

/// Applies a function to every element of a tensor of any shape.
pub fn pointwise(x: &Tensor, function: Function) -> Result<Tensor> {
    x.contiguous()?.apply_op1(Pointwise(function))
}

/// 1 / (1 + e⁻ˣ) without overflow.
pub fn sigmoid(x: f32) -> f32 {
    let e = libm::expf(-x.abs());
    if x >= 0.0 {
        1.0 / (1.0 + e)
    } else {
        e / (1.0 + e)
    }
}

/// ln(1 + eˣ) without overflow.
pub fn softplus(x: f32) -> f32 {
    // `f32::max` would drop a NaN.
    let positive = if x < 0.0 { 0.0 } else { x };
    positive + libm::log1pf(libm::expf(-x.abs()))
}

struct Pointwise(Function);

impl CustomOp1 for Pointwise {
    fn name(&self) -> &'static str {
        "pointwise"
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let x = slice(x, layout)?;
        let y: Vec<f32> = match self.0 {
            // Comparisons with NaN are false: it stays.
            Function::Relu => x.iter().map(|&x| if x < 0.0 { 0.0 } else { x }).collect(),
            Function::LeakyRelu(slope) => x
                .iter()
                .map(|&x| if x < 0.0 { slope * x } else { x })
                .collect(),
            Function::Tanh => x.iter().map(|&x| libm::tanhf(x)).collect(),
            Function::Sigmoid => x.iter().map(|&x| sigmoid(x)).collect(),
            Function::Softplus => x.iter().map(|&x| softplus(x)).collect(),
        };
        Ok((CpuStorage::F32(y), layout.shape().clone()))
    }

    fn bwd(&self, x: &Tensor, y: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        let grad = grad.contiguous()?;
        let (xs, ys, gs) = (values(x)?, values(y)?, values(&grad)?);
        let (xs, ys, gs) = (xs.as_slice(), ys.as_slice(), gs.as_slice());
        let out: Vec<f32> = match self.0 {
            Function::Relu => gs
                .iter()
                .zip(xs)
                .map(|(&g, &x)| if x > 0.0 { g } else { 0.0 })
                .collect(),
            Function::LeakyRelu(slope) => gs
                .iter()
                .zip(xs)
                .map(|(&g, &x)| if x > 0.0 { g } else { slope * g })
                .collect(),
            Function::Tanh => gs
                .iter()
                .zip(ys)
                .map(|(&g, &y)| g * (1.0 - y * y))
                .collect(),
            Function::Sigmoid => gs
                .iter()
                .zip(ys)
                .map(|(&g, &y)| g * y * (1.0 - y))
                .collect(),
            Function::Softplus => gs.iter().zip(xs).map(|(&g, &x)| g * sigmoid(x)).collect(),
        };
        Ok(Some(Tensor::from_vec(out, x.shape(), &Device::Cpu)?))
    }
}

#[cfg(test)]
mod tests {
    use candle_core::{Device, Result, Tensor, Var};

    use super::{Function, pointwise, softplus};
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
    fn softplus_is_stable_far_from_zero() {
        assert_eq!(softplus(1e4), 1e4);
        assert_eq!(softplus(-1e4), 0.0);
        assert_eq!(softplus(f32::INFINITY), f32::INFINITY);
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
