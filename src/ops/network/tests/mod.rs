//! Networks against candle's own operations, and against finite differences in f64.

mod second;

use std::ops::Range;
use std::sync::Arc;

use candle_core::{DType, Result, Tensor, Var};
use proptest::prelude::*;

use super::composed::objective;
use super::{
    Affine, Arrange, BatchNorm, Layer, LayerNorm, Links, Matrix, Maxout, Network, Pass, Planes,
    SampleNorm, Spectral,
};
use crate::ops::Function;
use crate::ops::check::{assert_close, draw};

/// Hands out places among the weights of a network.
#[derive(Default)]
struct Places {
    used: usize,
    matrices: Vec<(Matrix, Range<usize>)>,
}

impl Places {
    fn next(&mut self, length: usize) -> Range<usize> {
        let start = self.used;
        self.used += length;
        start..self.used
    }

    fn affine(
        &mut self,
        links: Links,
        sizes: [usize; 2],
        bias: bool,
        function: Option<Function>,
    ) -> Box<dyn Layer> {
        let weight = self.next(links.taps() * sizes[0] * sizes[1]);
        self.matrices
            .push((Matrix::new(&links, sizes), weight.clone()));
        let bias = bias.then(|| self.next(sizes[1]));
        Box::new(Affine::new(links, sizes, weight, bias, function))
    }

    /// A network whose matrices are divided by their singular values.
    fn spectral(self, layers: Vec<Box<dyn Layer>>) -> Result<Arc<Network>> {
        let mut matrices = Vec::new();
        for (seed, (matrix, range)) in self.matrices.into_iter().enumerate() {
            let u = draw(&[matrix.shape()[1]], 40 + seed as u64)?;
            matrices.push((matrix, range, u.to_vec1()?));
        }
        let weights = draw(&[self.used], 39)?.to_vec1::<f32>()?;
        let spectral = Spectral::new(matrices, &weights);
        Ok(Network::reparametrised(layers, self.used, spectral))
    }
}

/// Values and both gradients of a network and of its composition.
fn check(network: &Arc<Network>, batch: usize, seed: u64, transposed: bool) -> Result<()> {
    let [inputs, outputs, count] = [network.inputs, network.outputs, network.weights];
    let x = if transposed {
        draw(&[inputs, batch], seed)?.t()?
    } else {
        draw(&[batch, inputs], seed)?
    };
    let x = Var::from_tensor(&x)?;
    let weights = Var::from_tensor(&draw(&[count], seed + 1)?)?;
    let cotangent = draw(&[batch, outputs], seed + 2)?;
    let fused = network.apply(&x, &weights, Pass::Train)?;
    let composed = network.composed(&x, &weights)?;
    assert_close(&fused, &composed, 2e-4)?;
    let fused = fused.mul(&cotangent)?.sum_all()?.backward()?;
    let composed = composed.mul(&cotangent)?.sum_all()?.backward()?;
    for var in [&x, &weights] {
        let (a, b) = (
            fused.get(var).expect("tracked"),
            composed.get(var).expect("tracked"),
        );
        assert_close(a, b, 2e-3)?;
    }
    Ok(())
}

/// Both gradients against central differences of the composition in f64.
fn differences(network: &Arc<Network>, batch: usize, seed: u64) -> Result<()> {
    /// Central differences of f64 are right to about h² = 1e-10 of the function's size.
    const H: f64 = 1e-5;
    let [inputs, outputs, count] = [network.inputs, network.outputs, network.weights];
    let x = Var::from_tensor(&draw(&[batch, inputs], seed)?)?;
    let weights = Var::from_tensor(&draw(&[count], seed + 1)?)?;
    let cotangent = draw(&[batch, outputs], seed + 2)?;
    let y = network.apply(&x, &weights, Pass::Train)?;
    let gradients = y.mul(&cotangent)?.sum_all()?.backward()?;
    for (place, var) in [&x, &weights].into_iter().enumerate() {
        let exact: Vec<f64> = var.to_dtype(DType::F64)?.flatten_all()?.to_vec1()?;
        let mut expected = Vec::new();
        for i in 0..exact.len() {
            let at = |h: f64| -> Result<f64> {
                let mut moved = exact.clone();
                moved[i] += h;
                let moved = Tensor::from_vec(moved, var.shape(), var.device())?;
                let mut arguments = [x.to_dtype(DType::F64)?, weights.to_dtype(DType::F64)?];
                arguments[place] = moved;
                objective(&network.composed(&arguments[0], &arguments[1])?, &cotangent)
            };
            expected.push(((at(H)? - at(-H)?) / (2.0 * H)) as f32);
        }
        let expected = Tensor::from_vec(expected, var.shape(), var.device())?;
        assert_close(gradients.get(var).expect("tracked"), &expected, 1e-3)?;
    }
    Ok(())
}

const FUNCTIONS: [Option<Function>; 5] = [
    None,
    Some(Function::Relu),
    Some(Function::LeakyRelu(0.2)),
    Some(Function::Tanh),
    Some(Function::Sigmoid),
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn dense_layers_match_candle(
        batch in 1..30_usize, inputs in 1..40_usize, outputs in 1..40_usize,
        bias: bool, function in 0..5_usize, seed in 0..1000_u64, transposed: bool,
    ) {
        let mut places = Places::default();
        let layer = places.affine(Links::dense(), [inputs, outputs], bias, FUNCTIONS[function]);
        check(&Network::new(vec![layer], places.used), batch, seed, transposed).expect("it fits");
    }

    #[test]
    fn convolutions_in_both_directions_match_products_over_their_links(
        batch in 1..5_usize, inputs in 1..9_usize, outputs in 1..9_usize, size in 1..7_usize,
        kernel in 1..5_usize, stride in 1..4_usize, padding in 0..3_usize,
        turned: bool, function in 0..5_usize, seed in 0..1000_u64,
    ) {
        let links = Links::convolution([size, size + 1], kernel, stride, padding);
        // Windows that see nothing but padding leave candle nothing to differentiate.
        prop_assume!(links.as_ref().is_some_and(|links| links.count() > 0));
        let links = links.expect("assumed");
        let links = if turned { links.transposed() } else { links };
        let (before, after) = (links.inputs(), links.outputs());
        let mut places = Places::default();
        let layer = places.affine(links, [inputs, outputs], true, FUNCTIONS[function]);
        let layers = vec![
            Box::new(Arrange::by_position(before, inputs)) as Box<dyn Layer>,
            layer,
            Box::new(Arrange::by_sample(after, outputs)),
        ];
        check(&Network::new(layers, places.used), batch, seed, false).expect("it fits");
    }

    #[test]
    fn normalisations_match_candle(
        batch in 3..9_usize, positions in 1..4_usize, channels in 3..40_usize,
        over_batch: bool, function in 0..5_usize, seed in 0..1000_u64,
    ) {
        let mut places = Places::default();
        let weights = [places.next(channels), places.next(channels)];
        let function = FUNCTIONS[function];
        let layer: Box<dyn Layer> = if over_batch {
            Box::new(BatchNorm::new([positions, channels], weights, function))
        } else {
            Box::new(LayerNorm::new(channels, weights, function))
        };
        check(&Network::new(vec![layer], places.used), batch, seed, false).expect("it fits");
    }

    #[test]
    fn normalisations_of_samples_match_candle(
        batch in 1..5_usize, positions in 4..9_usize, channels in 1..20_usize,
        over_channels: bool, function in 0..5_usize, seed in 0..1000_u64,
    ) {
        let mut places = Places::default();
        let (sizes, function) = ([positions, channels], FUNCTIONS[function]);
        let weights = [places.next(channels), places.next(channels)];
        let layer = match over_channels {
            true => SampleNorm::layer(sizes, weights, function),
            false => SampleNorm::instance(sizes, weights, function),
        };
        let network = Network::new(vec![Box::new(layer)], places.used);
        check(&network, batch, seed, false).expect("it fits");
    }

    #[test]
    fn maxima_over_pieces_match_candle(
        batch in 1..9_usize, units in 1..9_usize, pieces in 1..6_usize, seed in 0..1000_u64,
    ) {
        let mut places = Places::default();
        let layers = vec![
            places.affine(Links::dense(), [3, units * pieces], true, None),
            Box::new(Maxout::new(units, pieces)) as Box<dyn Layer>,
        ];
        check(&Network::new(layers, places.used), batch, seed, false).expect("it fits");
    }

    #[test]
    fn spectral_networks_match_candle(
        batch in 1..6_usize, inputs in 1..9_usize, width in 1..9_usize, seed in 0..1000_u64,
    ) {
        let mut places = Places::default();
        let tanh = Some(Function::Tanh);
        let down = Links::convolution([3, 4], 3, 1, 1).expect("it fits");
        let layers = vec![
            // Wide, tall and dense matrices.
            places.affine(Links::all_to_one(12).transposed(), [inputs, width], true, tanh),
            places.affine(down, [width, 2], true, tanh),
            places.affine(Links::all_to_one(12), [2, 3], false, None),
        ];
        check(&places.spectral(layers).expect("it fits"), batch, seed, false).expect("it fits");
    }
}

#[test]
fn planes_are_channels_of_an_image_in_both_directions() -> Result<()> {
    // Two samples of three positions and two channels, each value named by its place.
    let image = |sample: usize, channel: usize, position: usize| {
        (100 * sample + 10 * channel + position) as f32
    };
    let mut planes = Vec::new();
    let mut positions = Vec::new();
    for (a, b) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
        planes.extend((0..3).map(|position| image(a, b, position)));
    }
    for position in 0..3 {
        for sample in 0..2 {
            positions.extend((0..2).map(|channel| image(sample, channel, position)));
        }
    }
    let device = candle_core::Device::Cpu;
    let weights = Tensor::zeros(0, DType::F32, &device)?;
    let run = |layer: Planes, from: &[f32]| -> Result<Vec<f32>> {
        let network = Network::new(vec![Box::new(layer)], 0);
        let from = Tensor::from_slice(from, (2, 6), &device)?;
        let to = network.apply(&from, &weights, Pass::Evaluate)?;
        to.flatten_all()?.to_vec1()
    };
    assert_eq!(run(Planes::to_positions(3, 2), &planes)?, positions);
    assert_eq!(run(Planes::from_positions(3, 2), &positions)?, planes);
    Ok(())
}

/// diag(3, 2, 1) in a rotated basis, so that its largest singular value is known.
#[test]
fn a_spectral_network_divides_by_the_largest_singular_value() -> Result<()> {
    let (c, s) = (0.6_f32, 0.8_f32);
    // Rows: R diag(3, 2) with R a rotation, then a row of its own.
    let matrix = [3.0 * c, -2.0 * s, 0.0, 3.0 * s, 2.0 * c, 0.0, 0.0, 0.0, 1.0];
    let mut places = Places::default();
    let layer = places.affine(Links::dense(), [3, 3], false, None);
    let network = places.spectral(vec![layer])?;
    let weights = Tensor::from_slice(&matrix, 9, &candle_core::Device::Cpu)?;
    let x = Tensor::from_slice(&[1.0_f32, 0.0, 0.0], (1, 3), &candle_core::Device::Cpu)?;
    // A step a pass, towards another matrix than it started from.
    for _ in 0..60 {
        network.apply(&x, &weights, Pass::Train)?;
    }
    let before = network.buffers();
    let y = network.apply(&x, &weights, Pass::Frozen)?;
    let expected = Tensor::from_slice(&[c, -2.0 / 3.0 * s, 0.0], (1, 3), y.device())?;
    assert_close(&y, &expected, 1e-5)?;
    network.apply(&x, &weights, Pass::Evaluate)?;
    assert_eq!(network.buffers(), before, "other passes move nothing");
    assert_eq!(before.len(), 2, "u and v of one matrix");
    Ok(())
}

#[test]
fn gradients_match_finite_differences_in_f64() -> Result<()> {
    let tanh = Some(Function::Tanh);
    let mut places = Places::default();
    let norm = [4, 4].map(|n| places.next(n));
    let perceptron = vec![
        places.affine(Links::dense(), [3, 4], true, None),
        Box::new(LayerNorm::new(4, norm.clone(), tanh)) as Box<dyn Layer>,
        places.affine(Links::dense(), [4, 5], true, Some(Function::Sigmoid)),
        places.affine(Links::dense(), [5, 1], true, None),
    ];
    differences(&Network::new(perceptron, places.used), 5, 1)?;
    let mut places = Places::default();
    let norm = [3, 3].map(|n| places.next(n));
    let up = Links::convolution([4, 4], 4, 2, 1)
        .expect("it fits")
        .transposed();
    let down = Links::convolution([4, 4], 3, 2, 1).expect("it fits");
    let convolutional = vec![
        Box::new(Arrange::by_position(4, 2)) as Box<dyn Layer>,
        places.affine(up, [2, 3], false, None),
        Box::new(BatchNorm::new([16, 3], norm, tanh)),
        places.affine(down, [3, 2], true, tanh),
        Box::new(Arrange::by_sample(4, 2)),
    ];
    differences(&Network::new(convolutional, places.used), 3, 2)
}

/// More rows than are packed together, and more links of a position than a tile takes at a time.
#[test]
fn large_batches_and_kernels_match_candle() -> Result<()> {
    for batch in [300, 513] {
        let mut places = Places::default();
        let layer = places.affine(Links::dense(), [7, 9], true, Some(Function::Tanh));
        check(&Network::new(vec![layer], places.used), batch, 21, false)?;
    }
    for (size, kernel, batch) in [(3, 2, 300), (9, 9, 2)] {
        let links = Links::convolution([size; 2], kernel, 1, 0).expect("it fits");
        let [before, after] = [links.inputs(), links.outputs()];
        let mut places = Places::default();
        let layers = vec![
            Box::new(Arrange::by_position(before, 2)) as Box<dyn Layer>,
            places.affine(links, [2, 8], true, None),
            Box::new(Arrange::by_sample(after, 8)),
        ];
        check(&Network::new(layers, places.used), batch, 22, false)?;
    }
    Ok(())
}

/// One channel, three batches of values that can be followed by hand.
#[test]
fn running_statistics_move_in_training_and_serve_at_evaluation() -> Result<()> {
    let mut places = Places::default();
    let weights = [places.next(1), places.next(1)];
    let network = Network::new(vec![Box::new(BatchNorm::new([1, 1], weights, None))], 2);
    let weights = Tensor::new(&[2.0_f32, 1.0], &candle_core::Device::Cpu)?;
    let x = Tensor::new(&[[1.0_f32], [5.0]], &candle_core::Device::Cpu)?;
    let near = |found: &[f32], expected: &[f32]| {
        for (a, b) in found.iter().zip(expected) {
            assert!((a - b).abs() < 1e-5, "{found:?} is not {expected:?}");
        }
    };
    let statistics = || network.buffers().concat();
    for pass in [Pass::Frozen, Pass::Evaluate] {
        network.apply(&x, &weights, pass)?;
        assert_eq!(statistics(), [0.0, 1.0]);
    }
    // Mean 3, biased variance 4, unbiased 8: a tenth of the way there.
    let y = network.apply(&x, &weights, Pass::Train)?;
    near(&y.flatten_all()?.to_vec1::<f32>()?, &[-1.0, 3.0]);
    near(&statistics(), &[0.3, 1.7]);
    // 2 (x − 0.3) / √1.7 + 1.
    let y = network.apply(&x, &weights, Pass::Evaluate)?;
    near(&y.flatten_all()?.to_vec1::<f32>()?, &[2.073_75, 8.209_45]);
    // The statistics are constants there: the slope is γ / √1.7.
    let x = Var::from_tensor(&x)?;
    let y = network.apply(&x, &weights, Pass::Evaluate)?;
    let gradients = y.narrow(0, 0, 1)?.sum_all()?.backward()?;
    let slope = gradients
        .get(&x)
        .expect("tracked")
        .flatten_all()?
        .to_vec1::<f32>()?;
    near(&slope, &[1.533_93, 0.0]);
    Ok(())
}

/// candle's own convolutions, which know nothing of links.
#[test]
fn links_are_those_of_a_convolution_and_its_transpose() -> Result<()> {
    let (batch, inputs, outputs) = (2, 3, 7);
    for (size, kernel, stride, padding) in [(7, 4, 2, 1), (5, 3, 1, 1), (6, 2, 3, 0), (4, 4, 1, 2)]
    {
        let links = Links::convolution([size, size], kernel, stride, padding).expect("it fits");
        let [before, after] = [links.inputs(), links.outputs()];
        let side = after.isqrt();
        for turned in [false, true] {
            let (links, [before, after]) = if turned {
                (links.clone().transposed(), [after, before])
            } else {
                (links.clone(), [before, after])
            };
            let mut places = Places::default();
            let layer = places.affine(links, [inputs, outputs], false, None);
            let network = Network::new(
                vec![
                    Box::new(Arrange::by_position(before, inputs)) as Box<dyn Layer>,
                    layer,
                    Box::new(Arrange::by_sample(after, outputs)),
                ],
                places.used,
            );
            let x = draw(&[batch, before * inputs], 5)?;
            let weights = draw(&[places.used], 6)?;
            let y = network.apply(&x, &weights, Pass::Evaluate)?;
            // [batch, height, width, channel] → [batch, channel, height, width].
            let from = if turned { side } else { size };
            let images = x
                .reshape((batch, from, from, inputs))?
                .permute((0, 3, 1, 2))?
                .contiguous()?;
            let w = weights.reshape((kernel, kernel, inputs, outputs))?;
            let expected = if turned {
                let w = w.permute((2, 3, 0, 1))?.contiguous()?;
                let rest = size + 2 * padding - kernel - (side - 1) * stride;
                images.conv_transpose2d(&w, padding, rest, stride, 1)?
            } else {
                let w = w.permute((3, 2, 0, 1))?.contiguous()?;
                images.conv2d(&w, padding, stride, 1, 1)?
            };
            let expected = expected
                .permute((0, 2, 3, 1))?
                .contiguous()?
                .reshape(y.shape())?;
            assert_close(&y, &expected, 1e-4)?;
        }
    }
    Ok(())
}

#[test]
fn a_constant_gets_no_gradient() -> Result<()> {
    let mut places = Places::default();
    let layer = places.affine(Links::dense(), [2, 4], true, None);
    let network = Network::new(vec![layer], places.used);
    let x = Var::from_tensor(&draw(&[3, 2], 0)?)?;
    let weights = Var::from_tensor(&draw(&[places.used], 1)?)?;
    let frozen = network.apply(&x, &weights.detach(), Pass::Frozen)?;
    let gradients = frozen.sum_all()?.backward()?;
    assert!(gradients.get(&x).is_some() && gradients.get(&weights).is_none());
    let trained = network.apply(&x.detach(), &weights, Pass::Train)?;
    let gradients = trained.sum_all()?.backward()?;
    assert!(gradients.get(&x).is_none() && gradients.get(&weights).is_some());
    Ok(())
}

#[test]
fn threads_change_no_bit() -> Result<()> {
    let mut places = Places::default();
    let links = Links::convolution([14, 14], 4, 2, 1).expect("it fits");
    let up = links.clone().transposed();
    let layers = vec![
        places.affine(links, [32, 40], true, Some(Function::Relu)),
        Box::new(Arrange::by_sample(49, 40)) as Box<dyn Layer>,
        Box::new(Arrange::by_position(49, 40)),
        // One channel, which is computed by dot products: 50 · 196 · 40 · 4 of them.
        places.affine(up, [40, 3], true, None),
    ];
    let network = Network::new(layers, places.used);
    let run = |threads: usize| -> Result<Vec<Vec<u32>>> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        pool.expect("a pool").install(|| {
            let x = Var::from_tensor(&draw(&[50, 196 * 32], 3)?)?;
            let weights = Var::from_tensor(&draw(&[network.weights], 4)?)?;
            let y = network.apply(&x, &weights, Pass::Train)?;
            let gradients = y.sqr()?.sum_all()?.backward()?;
            let tensors = [
                &y,
                gradients.get(&x).expect("x"),
                gradients.get(&weights).expect("w"),
            ];
            tensors
                .into_iter()
                .map(|t| {
                    Ok(t.flatten_all()?
                        .to_vec1::<f32>()?
                        .iter()
                        .map(|x| x.to_bits())
                        .collect())
                })
                .collect()
        })
    };
    let one = run(1)?;
    for threads in [2, 3, 8] {
        assert!(run(threads)? == one, "{threads} threads");
    }
    Ok(())
}
