//! The three convolutions against their definition in `f64`, and their gradients against each
//! other's definitions and finite differences.

use candle_core::{Device, Result, Tensor, Var};
use proptest::prelude::*;

use super::{Geometry, conv_transpose2d, conv2d, conv2d_weight_gradient};
use crate::rng::{Name, Streams};

fn draw(seed: u64, len: usize) -> Vec<f32> {
    let mut values = vec![0.0; len];
    Streams::new(seed)
        .stream(Name::Reference, 0, 0)
        .fill_normal(&mut values);
    values
}

/// Calls `term(input index, weight index, output index)` for every product that the definition of
/// a convolution adds up.
fn terms(g: &Geometry, mut term: impl FnMut(usize, usize, usize)) {
    let [out_height, out_width] = g.output().expect("a kernel that fits");
    for n in 0..g.batch {
        for o in 0..g.out_channels {
            for y in 0..out_height {
                for x in 0..out_width {
                    for c in 0..g.in_channels {
                        for i in 0..g.kernel[0] {
                            for j in 0..g.kernel[1] {
                                let row = (y * g.stride + i).wrapping_sub(g.padding);
                                let column = (x * g.stride + j).wrapping_sub(g.padding);
                                if row < g.height && column < g.width {
                                    term(
                                        ((n * g.in_channels + c) * g.height + row) * g.width
                                            + column,
                                        ((o * g.in_channels + c) * g.kernel[0] + i) * g.kernel[1]
                                            + j,
                                        ((n * g.out_channels + o) * out_height + y) * out_width + x,
                                    );
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn geometries() -> impl Strategy<Value = Geometry> {
    (
        (0..5_usize, 1..4_usize, 1..9_usize, 1..9_usize),
        (1..5_usize, 1..5_usize, 1..5_usize, 1..4_usize, 0..3_usize),
    )
        .prop_map(|((batch, in_channels, height, width), rest)| {
            let (out_channels, kh, kw, stride, padding) = rest;
            Geometry {
                batch,
                in_channels,
                height,
                width,
                out_channels,
                kernel: [kh, kw],
                stride,
                padding,
            }
        })
        .prop_filter("the kernel fits", |g| g.output().is_some())
}

fn close(found: &[f32], expected: &[f64]) -> std::result::Result<(), TestCaseError> {
    prop_assert_eq!(found.len(), expected.len());
    for (x, y) in found.iter().zip(expected) {
        prop_assert!((f64::from(*x) - y).abs() < 1e-4, "{x} is not {y}");
    }
    Ok(())
}

proptest! {
    #[test]
    fn all_three_kernels_match_the_definition(g in geometries(), seed: u64) {
        let input = draw(seed, g.input_len());
        let weight = draw(seed ^ 1, g.weight_len());
        let gradient = draw(seed ^ 2, g.output_len());
        let mut expected = (
            vec![0.0; g.output_len()],
            vec![0.0; g.input_len()],
            vec![0.0; g.weight_len()],
        );
        terms(&g, |x, w, y| {
            expected.0[y] += f64::from(input[x]) * f64::from(weight[w]);
            expected.1[x] += f64::from(gradient[y]) * f64::from(weight[w]);
            expected.2[w] += f64::from(gradient[y]) * f64::from(input[x]);
        });
        // NaN: the old content of an output must not be read.
        let mut found = (
            vec![f32::NAN; g.output_len()],
            vec![f32::NAN; g.input_len()],
            vec![f32::NAN; g.weight_len()],
        );
        g.forward(&input, &weight, None, &mut found.0);
        g.input_gradient(&gradient, &weight, &mut found.1);
        g.weight_gradient(&input, &gradient, &mut found.2);
        close(&found.0, &expected.0)?;
        close(&found.1, &expected.1)?;
        close(&found.2, &expected.2)?;
    }

    #[test]
    fn the_forward_pass_is_candles(g in geometries(), seed: u64) {
        prop_assume!(g.batch > 0);
        let (input, weight, bias) = tensors(&g, seed).expect("tensors");
        let ours = conv2d(&input, &weight, Some(&bias), g.stride, g.padding).expect("ours");
        let candles = input
            .conv2d(&weight, g.padding, g.stride, 1, 1)
            .and_then(|y| y.broadcast_add(&bias.reshape((1, (), 1, 1))?))
            .expect("candle's");
        prop_assert_eq!(ours.dims(), candles.dims());
        let expected: Vec<f64> = flat(&candles).into_iter().map(f64::from).collect();
        close(&flat(&ours), &expected)?;
    }

    #[test]
    fn non_contiguous_arguments_give_what_their_copies_give(g in geometries(), seed: u64) {
        let (input, weight, _) = tensors(&g, seed).expect("tensors");
        let strided = |t: &Tensor| {
            t.transpose(2, 3)?.contiguous()?.transpose(2, 3)
        };
        let plain = conv2d(&input, &weight, None, g.stride, g.padding).expect("plain");
        let view = conv2d(
            &strided(&input).expect("view"),
            &strided(&weight).expect("view"),
            None,
            g.stride,
            g.padding,
        ).expect("of views");
        prop_assert_eq!(flat(&plain), flat(&view));
    }

    #[test]
    fn backward_gives_the_gradient_of_every_argument(g in geometries(), seed: u64) {
        prop_assume!(g.batch > 0);
        let (input, weight, bias) = tensors(&g, seed).expect("tensors");
        let upstream = tensor(&draw(seed ^ 3, g.output_len()), super::output_shape(&g)).expect("g");
        let (input, weight, bias) = (var(&input), var(&weight), var(&bias));
        let loss = conv2d(&input, &weight, Some(&bias), g.stride, g.padding)
            .and_then(|y| (y * &upstream)?.sum_all())
            .expect("loss");
        let grads = loss.backward().expect("backward");
        let found = |v: &Var| flat(grads.get(v).expect("a gradient"));
        let (x, w, up) = (flat(&input), flat(&weight), flat(&upstream));
        let mut of_x = vec![0.0; x.len()];
        let mut of_w = vec![0.0; w.len()];
        terms(&g, |i, j, y| {
            of_x[i] += f64::from(up[y]) * f64::from(w[j]);
            of_w[j] += f64::from(up[y]) * f64::from(x[i]);
        });
        let windows = up.len() / (g.batch * g.out_channels);
        let mut of_bias = vec![0.0; g.out_channels];
        for (place, value) in up.iter().enumerate() {
            of_bias[place / windows % g.out_channels] += f64::from(*value);
        }
        close(&found(&input), &of_x)?;
        close(&found(&weight), &of_w)?;
        close(&found(&bias), &of_bias)?;
    }

    #[test]
    fn the_primitives_differentiate_into_each_other(g in geometries(), seed: u64) {
        // Bilinear in both arguments: a central difference of any width is exact but for rounding.
        prop_assume!(g.batch > 0 && g.stride == 1);
        let [out_height, out_width] = g.output().expect("fits");
        prop_assume!(out_height + g.kernel[0] > 2 * g.padding + 1);
        prop_assume!(out_width + g.kernel[1] > 2 * g.padding + 1);
        let (input, weight, _) = tensors(&g, seed).expect("tensors");
        let up = tensor(&draw(seed ^ 3, g.output_len()), super::output_shape(&g)).expect("g");
        check_gradient(&up, &weight, |a, b| conv_transpose2d(a, b, 1, g.padding, 0))?;
        check_gradient(&input, &up, |a, b| {
            conv2d_weight_gradient(a, b, g.kernel, 1, g.padding)
        })?;
    }
}

/// Compares both gradients of Σ f(a, b)·m with differences of f along a random direction.
fn check_gradient(
    a: &Tensor,
    b: &Tensor,
    f: impl Fn(&Tensor, &Tensor) -> Result<Tensor>,
) -> std::result::Result<(), TestCaseError> {
    let (a, b) = (var(a), var(b));
    let out = f(&a, &b).expect("f");
    let mask = tensor(&draw(9, out.elem_count()), out.shape().clone()).expect("mask");
    let loss = |out: Tensor| (out * &mask).and_then(|y| y.sum_all()).expect("loss");
    let grads = loss(out).backward().expect("backward");
    let dot = |x: &Tensor, y: &Tensor| -> f64 {
        flat(x)
            .iter()
            .zip(flat(y))
            .map(|(x, y)| f64::from(*x) * f64::from(y))
            .sum()
    };
    let value = |out: Result<Tensor>| dot(&out.expect("f"), &mask);
    let direction = |t: &Tensor| tensor(&draw(11, t.elem_count()), t.shape().clone()).expect("d");
    let (da, db) = (direction(&a), direction(&b));
    // f is linear in each argument: f(a + d) − f(a) = f(d).
    let along_a = value(f(&da, &b));
    let along_b = value(f(&a, &db));
    let scale = 1e-4 * (1.0 + out_scale(&mask));
    prop_assert!((dot(grads.get(&a).expect("of a"), &da) - along_a).abs() < scale);
    prop_assert!((dot(grads.get(&b).expect("of b"), &db) - along_b).abs() < scale);
    Ok(())
}

fn out_scale(mask: &Tensor) -> f64 {
    mask.elem_count() as f64
}

fn tensors(g: &Geometry, seed: u64) -> Result<(Tensor, Tensor, Tensor)> {
    Ok((
        tensor(&draw(seed, g.input_len()), super::input_shape(g))?,
        tensor(&draw(seed ^ 1, g.weight_len()), super::weight_shape(g))?,
        tensor(&draw(seed ^ 2, g.out_channels), g.out_channels.into())?,
    ))
}

fn tensor(values: &[f32], shape: candle_core::Shape) -> Result<Tensor> {
    Tensor::from_slice(values, shape, &Device::Cpu)
}

fn var(t: &Tensor) -> Var {
    Var::from_tensor(t).expect("a variable")
}

fn flat(t: &Tensor) -> Vec<f32> {
    t.flatten_all().and_then(|t| t.to_vec1()).expect("values")
}

#[test]
fn output_padding_reaches_the_size_that_a_stride_left_out() -> Result<()> {
    let input = Tensor::ones((1, 2, 7, 7), candle_core::DType::F32, &Device::Cpu)?;
    let weight = Tensor::ones((2, 3, 3, 3), candle_core::DType::F32, &Device::Cpu)?;
    let out = conv_transpose2d(&input, &weight, 2, 1, 1)?;
    assert_eq!(out.dims(), [1, 3, 14, 14]);
    let expected = input.conv_transpose2d(&weight, 1, 1, 2, 1)?;
    assert_eq!(flat(&out), flat(&expected));
    Ok(())
}

#[test]
fn shapes_that_do_not_go_together_are_errors() -> Result<()> {
    let zeros = |shape: (usize, usize, usize, usize)| {
        Tensor::zeros(shape, candle_core::DType::F32, &Device::Cpu)
    };
    let input = zeros((1, 2, 4, 4))?;
    for (weight, stride) in [((1, 3, 2, 2), 1), ((1, 2, 5, 5), 1), ((1, 2, 2, 2), 0)] {
        assert!(conv2d(&input, &zeros(weight)?, None, stride, 0).is_err());
    }
    let double = input.to_dtype(candle_core::DType::F64)?;
    assert!(conv2d(&double, &zeros((1, 2, 2, 2))?, None, 1, 0).is_err());
    let short = Tensor::zeros(2, candle_core::DType::F32, &Device::Cpu)?;
    assert!(conv2d(&input, &zeros((1, 2, 2, 2))?, Some(&short), 1, 0).is_err());
    assert!(conv_transpose2d(&input, &zeros((2, 1, 2, 2))?, 2, 0, 2).is_err());
    Ok(())
}
