//! Activations: functions of one variable, with derivatives that can be told from the value.

use crate::elementary::{sigmoid, tanh};

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
}

impl Function {
    /// x ← f(x), for every element.
    #[inline(always)]
    pub fn apply(self, values: &mut [f32]) {
        #[inline(always)]
        fn each(values: &mut [f32], f: impl Fn(f32) -> f32) {
            values.iter_mut().for_each(|x| *x = f(*x));
        }
        // Comparisons with NaN are false: it stays.
        match self {
            Self::Relu => each(values, |x| if x < 0.0 { 0.0 } else { x }),
            Self::LeakyRelu(slope) => each(values, |x| if x < 0.0 { slope * x } else { x }),
            Self::Tanh => each(values, tanh),
            Self::Sigmoid => each(values, sigmoid),
        }
    }

    /// g ← g · f′(x), where y = f(x).
    #[inline(always)]
    pub fn pull_back(self, gradient: &mut [f32], output: &[f32]) {
        #[inline(always)]
        fn each(gradient: &mut [f32], output: &[f32], slope: impl Fn(f32, f32) -> f32) {
            let pairs = gradient.iter_mut().zip(output);
            pairs.for_each(|(g, &y)| *g = slope(*g, y));
        }
        match self {
            Self::Relu => each(gradient, output, |g, y| if y > 0.0 { g } else { 0.0 }),
            Self::LeakyRelu(slope) => {
                each(gradient, output, |g, y| if y > 0.0 { g } else { slope * g });
            }
            Self::Tanh => each(gradient, output, |g, y| g * f32::mul_add(-y, y, 1.0)),
            Self::Sigmoid => each(gradient, output, |g, y| g * y * (1.0 - y)),
        }
    }

    /// Whether its second derivative is anything but 0.
    pub fn is_curved(self) -> bool {
        !matches!(self, Self::Relu | Self::LeakyRelu(_))
    }

    /// g ← g · f′(x) + ġ · ẋ · f″(x) and ġ ← ġ · f′(x), where y = f(x) and x moves along ẋ: the
    /// gradients of f(x) and of f′(x) ẋ. The tangent ẋ is read only where f is curved.
    #[inline(always)]
    pub fn pull_back_twice(
        self,
        gradient: &mut [f32],
        tangent_gradient: &mut [f32],
        output: &[f32],
        tangent: &[f32],
    ) {
        #[inline(always)]
        fn bend(
            gradient: &mut [f32],
            [tangent_gradient, output, tangent]: [&[f32]; 3],
            curvature: impl Fn(f32) -> f32,
        ) {
            let tangents = tangent_gradient.iter().zip(tangent);
            for ((g, &y), (t, x)) in gradient.iter_mut().zip(output).zip(tangents) {
                *g = (t * x).mul_add(curvature(y), *g);
            }
        }
        self.pull_back(gradient, output);
        let others = [&*tangent_gradient, output, tangent];
        match self {
            // 0 almost everywhere.
            Self::Relu | Self::LeakyRelu(_) => {}
            Self::Tanh => bend(gradient, others, |y| -2.0 * y * (1.0 - y * y)),
            Self::Sigmoid => bend(gradient, others, |y| y * (1.0 - y) * (1.0 - 2.0 * y)),
        }
        self.pull_back(tangent_gradient, output);
    }
}

#[cfg(test)]
mod tests {
    use super::Function;

    const ALL: [Function; 4] = [
        Function::Relu,
        Function::LeakyRelu(0.2),
        Function::Tanh,
        Function::Sigmoid,
    ];

    /// The definition in f64.
    fn exact(function: Function, x: f64) -> f64 {
        match function {
            Function::Relu => x.max(0.0),
            Function::LeakyRelu(slope) => x.max(f64::from(slope) * x),
            Function::Tanh => x.tanh(),
            Function::Sigmoid => 1.0 / (1.0 + (-x).exp()),
        }
    }

    #[test]
    fn values_and_slopes_match_definitions_and_finite_differences_in_f64() {
        /// Central differences of f64 are right to about h² = 1e-10.
        const H: f64 = 1e-5;
        let points: Vec<f32> = (0..41).map(|i| (i as f32 - 20.3) / 5.0).collect();
        let near = |a: f32, b: f64| assert!((f64::from(a) - b).abs() < 1e-6, "{a} is not {b}");
        for function in ALL {
            let mut values = points.clone();
            function.apply(&mut values);
            let mut slopes = vec![1.0; points.len()];
            function.pull_back(&mut slopes, &values);
            for ((&x, value), slope) in points.iter().zip(values).zip(slopes) {
                let x = f64::from(x);
                let difference = exact(function, x + H) - exact(function, x - H);
                near(value, exact(function, x));
                near(slope, difference / (2.0 * H));
            }
        }
    }

    #[test]
    fn a_nan_is_never_hidden() {
        for function in ALL {
            let mut values = [f32::NAN];
            function.apply(&mut values);
            assert!(values[0].is_nan(), "{function:?}");
        }
    }
}
