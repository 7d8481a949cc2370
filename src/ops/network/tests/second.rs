//! Second derivatives: penalties on slopes, and gradients along tangents.

use std::sync::Arc;

use candle_core::{DType, Result, Tensor, Var};

use super::super::{
    Arrange, BatchNorm, Layer, LayerNorm, Links, Maxout, Network, Pass, Planes, SampleNorm, Taken,
    Tape, slope_penalty,
};
use super::{FUNCTIONS, Places};
use crate::ops::Function;
use crate::ops::check::{assert_close, draw};

/// The penalty in f64: candle's first derivative of the composition is right, only its second is not.
fn penalty(network: &Network, x: &Tensor, weights: &Tensor, target: f64) -> Result<f64> {
    let x = Var::from_tensor(&x.to_dtype(DType::F64)?)?;
    let slopes = network.composed(&x, weights)?.sum_all()?.backward()?;
    let slopes = slopes.get(&x).expect("tracked").to_vec2::<f64>()?;
    let norms = slopes
        .iter()
        .map(|g| g.iter().map(|g| g * g).sum::<f64>().sqrt());
    Ok(norms.map(|norm| (norm - target).powi(2)).sum::<f64>() / slopes.len() as f64)
}

/// Some steps towards the singular vectors of these weights, where a network has them: far from them
/// σ may be near 0.
fn approach(network: &Arc<Network>, weights: &Tensor) -> Result<()> {
    let x = draw(&[3, network.inputs], 1)?;
    for _ in 0..3 {
        network.apply(&x, &weights.to_dtype(DType::F32)?, Pass::Train)?;
    }
    Ok(())
}

fn check_penalty(network: &Arc<Network>, batch: usize) -> Result<()> {
    /// Central differences of f64 are right to about h² = 1e-10 of the function's size.
    const H: f64 = 1e-5;
    let count = network.weights;
    let x = draw(&[batch, network.inputs], 11)?;
    let weights = Var::from_tensor(&draw(&[count], 12)?)?;
    approach(network, &weights)?;
    let exact: Vec<f64> = weights.to_dtype(DType::F64)?.to_vec1()?;
    for target in [0.0, 1.0] {
        let taken = Taken::plain(batch, network.inputs);
        let found = slope_penalty(network, &x, &weights, taken, target as f32)?;
        let at = |weights: &[f64]| {
            let weights = Tensor::from_slice(weights, count, x.device())?;
            penalty(network, &x, &weights, target)
        };
        let expected = at(&exact)?;
        let value = f64::from(found.to_scalar::<f32>()?);
        assert!(
            (value - expected).abs() <= 1e-5 * expected.max(1.0),
            "{value} is not {expected}"
        );
        let gradients = found.affine(3.0, 0.0)?.backward()?;
        let mut differences = Vec::new();
        for i in 0..count {
            let moved = |h: f64| {
                let mut moved = exact.clone();
                moved[i] += h;
                at(&moved)
            };
            differences.push((3.0 * (moved(H)? - moved(-H)?) / (2.0 * H)) as f32);
        }
        let differences = Tensor::from_vec(differences, count, x.device())?;
        assert_close(
            gradients.get(&weights).expect("tracked"),
            &differences,
            1e-3,
        )?;
    }
    Ok(())
}

/// Every kind of D, each with the number of its weights and a batch, to be checked.
fn for_every_discriminator(check: impl Fn(&Arc<Network>, usize) -> Result<()>) -> Result<()> {
    for function in &FUNCTIONS[1..] {
        // A perceptron with no normalisation, one over the features, one over the batch.
        for norm in 0..3 {
            let mut places = Places::default();
            let mut layers = Vec::new();
            for [inputs, outputs] in [[3, 5], [5, 4]] {
                let f = if norm == 0 { *function } else { None };
                layers.push(places.affine(Links::dense(), [inputs, outputs], true, f));
                let weights = |places: &mut Places| [outputs; 2].map(|n| places.next(n));
                match norm {
                    0 => {}
                    1 => layers.push(Box::new(LayerNorm::new(
                        outputs,
                        weights(&mut places),
                        *function,
                    ))),
                    _ => layers.push(Box::new(BatchNorm::new(
                        [1, outputs],
                        weights(&mut places),
                        *function,
                    ))),
                }
            }
            layers.push(places.affine(Links::dense(), [4, 1], true, None));
            check(&Network::new(layers, places.used), 6)?;
        }
        // Convolutions, with and without normalisation over the batch: a rectifier and a curve do.
        let one_of_each = matches!(function, Some(Function::LeakyRelu(_) | Function::Tanh));
        for normed in [false, true].into_iter().filter(|_| one_of_each) {
            let mut places = Places::default();
            let links = |size| Links::convolution([size; 2], 4, 2, 1).expect("it fits");
            let mut layers = vec![
                Box::new(Arrange::by_position(16, 1)) as Box<dyn Layer>,
                places.affine(
                    links(4),
                    [1, 2],
                    true,
                    if normed { None } else { *function },
                ),
            ];
            if normed {
                let weights = [2; 2].map(|n| places.next(n));
                layers.push(Box::new(BatchNorm::new([4, 2], weights, *function)));
            }
            layers.push(places.affine(links(2), [2, 3], true, *function));
            layers.push(places.affine(Links::dense(), [3, 1], true, None));
            check(&Network::new(layers, places.used), 3)?;
        }
    }
    for over_channels in [false, true] {
        check(&images(over_channels)?, 3)?;
    }
    for norm in 0..3 {
        check(&maxima(norm)?, 5)?;
    }
    check(&spectral_perceptron(Function::Tanh)?, 4)?;
    check(&spectral_images(Function::LeakyRelu(0.2))?, 3)?;
    Ok(())
}

/// A convolutional D of images of two channels, normalised over positions, or positions and channels.
fn images(over_channels: bool) -> Result<Arc<Network>> {
    let mut places = Places::default();
    let mut layers = vec![Box::new(Planes::to_positions(16, 2)) as Box<dyn Layer>];
    for (size, stride, function) in [(4, 2, Function::LeakyRelu(0.2)), (2, 1, Function::Tanh)] {
        let links = Links::same_convolution([size; 2], 3, stride).expect("it fits");
        layers.push(places.affine(links, [2, 2], true, None));
        let (sizes, function) = ([4, 2], Some(function));
        let weights = [2; 2].map(|n| places.next(n));
        layers.push(Box::new(match over_channels {
            true => SampleNorm::layer(sizes, weights, function),
            false => SampleNorm::instance(sizes, weights, function),
        }));
    }
    layers.push(places.affine(Links::all_to_one(4), [2, 1], true, None));
    Ok(Network::new(layers, places.used))
}

/// A perceptron of maxima over three pieces: not normalised, over its features, over the batch. A
/// function with a second derivative follows, as maxima have none.
fn maxima(norm: usize) -> Result<Arc<Network>> {
    let mut places = Places::default();
    let mut layers = vec![places.affine(Links::dense(), [3, 12], true, None)];
    let mut weights = || [12; 2].map(|n| places.next(n));
    match norm {
        0 => {}
        1 => layers.push(Box::new(LayerNorm::new(12, weights(), None))),
        _ => layers.push(Box::new(BatchNorm::new([1, 12], weights(), None))),
    }
    layers.push(Box::new(Maxout::new(4, 3)));
    layers.push(places.affine(Links::dense(), [4, 4], true, Some(Function::Tanh)));
    layers.push(places.affine(Links::dense(), [4, 1], true, None));
    Ok(Network::new(layers, places.used))
}

fn spectral_perceptron(function: Function) -> Result<Arc<Network>> {
    let mut places = Places::default();
    let layers = vec![
        places.affine(Links::dense(), [3, 5], true, Some(function)),
        places.affine(Links::dense(), [5, 4], true, Some(function)),
        places.affine(Links::dense(), [4, 1], true, None),
    ];
    places.spectral(layers)
}

fn spectral_images(function: Function) -> Result<Arc<Network>> {
    let mut places = Places::default();
    let down = Links::same_convolution([4, 3], 3, 2).expect("it fits");
    let layers = vec![
        Box::new(Planes::to_positions(12, 2)) as Box<dyn Layer>,
        places.affine(down, [2, 3], true, Some(function)),
        places.affine(Links::all_to_one(4), [3, 1], true, None),
    ];
    places.spectral(layers)
}

#[test]
fn gradients_of_slope_penalties_match_finite_differences_in_f64() -> Result<()> {
    for_every_discriminator(check_penalty)
}

/// ⟨a, y⟩ + ⟨b, ẏ⟩ in f64, where y moves along the tangents of x and of the weights.
fn moved(
    network: &Network,
    [x, x_tangent]: [&Tensor; 2],
    [weights, weight_tangent]: [&Tensor; 2],
    [a, b]: [&Tensor; 2],
) -> Result<f64> {
    /// Second differences of f64 are right to about ε / h² = 1e-6 of the function's size.
    const H: f64 = 1e-5;
    let at = |h: f64| -> Result<Tensor> {
        let x = (x + (x_tangent * h)?)?;
        network.composed(&x, &(weights + (weight_tangent * h)?)?)
    };
    let tangent = ((at(H)? - at(-H)?)? / (2.0 * H))?;
    let sum = ((at(0.0)? * a)? + (tangent * b)?)?;
    sum.sum_all()?.to_scalar::<f64>()
}

fn check_tangents(network: &Arc<Network>, batch: usize) -> Result<()> {
    const H: f64 = 1e-5;
    let [inputs, count] = [network.inputs, network.weights];
    let drawn = |shape: &[usize], seed| draw(shape, seed)?.to_dtype(DType::F64);
    // Seeds away from kinks and from samples that are nearly constant.
    let (x, weights) = (drawn(&[batch, inputs], 31)?, drawn(&[count], 32)?);
    let (a, b) = (drawn(&[batch, 1], 25)?, drawn(&[batch, 1], 26)?);
    approach(network, &weights)?;
    let floats = |x: &Tensor| -> Result<Vec<f32>> {
        x.to_dtype(DType::F32)?.flatten_all()?.to_vec1::<f32>()
    };
    for x_moves in [false, true] {
        let still = x.zeros_like()?;
        let x_tangent = if x_moves {
            drawn(&[batch, inputs], 23)?
        } else {
            still
        };
        let weight_tangent = drawn(&[count], 24)?;
        let mut tape = Tape::record(
            network,
            floats(&x)?.into(),
            floats(&weights)?.into(),
            Pass::Frozen,
        );
        let (of_x, of_weights) = (floats(&x_tangent)?, floats(&weight_tangent)?);
        let tangents = [
            x_moves.then_some(of_x.as_slice()),
            Some(of_weights.as_slice()),
        ];
        let found = tape.along(tangents[0], tangents[1]).to_vec();
        let value = |[x, weights]: [&Tensor; 2], [a, b]: [&Tensor; 2]| {
            moved(network, [x, &x_tangent], [weights, &weight_tangent], [a, b])
        };
        let none = a.zeros_like()?;
        let sum = value([&x, &weights], [&none, &b])?;
        let ours: f64 = floats(&b)?
            .iter()
            .zip(&found)
            .map(|(b, y)| f64::from(b * y))
            .sum();
        assert!(
            (ours - sum).abs() <= 1e-4 * sum.abs().max(1.0),
            "{ours} is not {sum}"
        );

        let (mut of_x, mut of_weights) = (vec![0.0; batch * inputs], vec![0.0; count]);
        let gradients = [floats(&a)?, floats(&b)?];
        let gradients = [gradients[0].as_slice(), gradients[1].as_slice()];
        tape.back(tangents, gradients, Some(&mut of_x), &mut of_weights);
        let difference = |which: usize, i: usize| -> Result<f32> {
            let at = |h: f64| {
                let mut arguments = [x.clone(), weights.clone()];
                let mut values = arguments[which].flatten_all()?.to_vec1::<f64>()?;
                values[i] += h;
                let shape = arguments[which].shape().clone();
                arguments[which] = Tensor::from_vec(values, shape, x.device())?;
                value([&arguments[0], &arguments[1]], [&a, &b])
            };
            Ok(((at(H)? - at(-H)?) / (2.0 * H)) as f32)
        };
        for (which, found) in [of_x, of_weights].into_iter().enumerate() {
            let n = found.len();
            let expected = (0..n)
                .map(|i| difference(which, i))
                .collect::<Result<_>>()?;
            let expected = Tensor::from_vec::<_, f32>(expected, n, x.device())?;
            assert_close(&Tensor::from_vec(found, n, x.device())?, &expected, 2e-3)?;
        }
    }
    Ok(())
}

#[test]
fn gradients_along_tangents_match_finite_differences_in_f64() -> Result<()> {
    for_every_discriminator(check_tangents)
}
