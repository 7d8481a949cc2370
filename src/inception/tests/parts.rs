//! Convolution and pools against their definitions in `f64`, the resizing against torch's.

use proptest::prelude::*;
use serde::Deserialize;

use super::super::convolution::Convolution;
use super::super::layout::{Layer, Pool};
use super::super::maps::Maps;
use super::super::resize::resize;
use crate::rng::{Name, Streams};

fn draw(seed: u64, len: usize) -> Vec<f32> {
    let mut values = vec![0.0; len];
    Streams::new(seed)
        .stream(Name::Reference, 0, 0)
        .fill_normal(&mut values);
    values
}

fn maps(images: usize, sides: [usize; 2], channels: usize, seed: u64) -> Maps {
    let mut maps = Maps::zeros(images, sides, channels);
    maps.data = draw(seed, maps.data.len());
    maps
}

/// Element (image, y, x, channel); `None` in the padding.
fn at(maps: &Maps, image: usize, [y, x]: [usize; 2], channel: usize) -> Option<f64> {
    (y < maps.height && x < maps.width).then(|| {
        let pixel = (image * maps.height + y) * maps.width + x;
        f64::from(maps.data[pixel * maps.channels + channel])
    })
}

fn layer() -> impl Strategy<Value = Layer> {
    let sides = prop::sample::select(vec![[1, 1], [3, 3], [1, 7], [7, 1], [5, 5], [1, 3], [2, 4]]);
    (
        1..9_usize,
        1..70_usize,
        sides,
        1..3_usize,
        0..3_usize,
        0..3_usize,
    )
        .prop_map(|(inputs, outputs, kernel, stride, above, left)| Layer {
            name: String::new(),
            inputs,
            outputs,
            kernel,
            stride,
            padding: [above, left],
        })
}

proptest! {
    #[test]
    fn convolutions_match_the_definition_and_leave_other_channels_alone(
        layer in layer(), images in 0..3_usize, height in 7..16_usize, width in 7..30_usize,
        first in 0..3_usize, after in 0..3_usize, seed: u64,
    ) {
        let Layer { inputs, outputs, kernel: [rows, columns], stride, padding, .. } = layer;
        let input = maps(images, [height, width], inputs, seed);
        let weights = draw(seed ^ 1, outputs * inputs * rows * columns);
        let bias = draw(seed ^ 2, outputs);
        let convolution = Convolution::new(layer, &weights, bias.clone());
        let sides = convolution.sides([height, width]);
        let mut out = Maps::zeros(images, sides, first + outputs + after);
        out.data.fill(f32::NAN);
        convolution.write(&input, &mut out, first);
        for (place, found) in out.data.iter().enumerate() {
            let (pixel, channel) = (place / out.channels, place % out.channels);
            let Some(output) = channel.checked_sub(first).filter(|o| *o < outputs) else {
                prop_assert!(found.is_nan());
                continue;
            };
            let (image, y, x) = (
                pixel / (sides[0] * sides[1]),
                pixel / sides[1] % sides[0],
                pixel % sides[1],
            );
            let mut sum = f64::from(bias[output]);
            for c in 0..inputs {
                for i in 0..rows {
                    for j in 0..columns {
                        let from = [
                            (y * stride + i).wrapping_sub(padding[0]),
                            (x * stride + j).wrapping_sub(padding[1]),
                        ];
                        let w = weights[((output * inputs + c) * rows + i) * columns + j];
                        sum += f64::from(w) * at(&input, image, from, c).unwrap_or(0.0);
                    }
                }
            }
            let expected = sum.max(0.0);
            prop_assert!((f64::from(*found) - expected).abs() < 1e-4, "{found} is not {expected}");
        }
    }

    #[test]
    fn pools_match_their_definitions(
        pool in prop::sample::select(vec![Pool::Average, Pool::Max, Pool::MaxHalving]),
        images in 0..3_usize, height in 3..10_usize, width in 3..10_usize,
        channels in 1..20_usize, first in 0..3_usize, seed: u64,
    ) {
        let input = maps(images, [height, width], channels, seed);
        let (stride, padding) = match pool {
            Pool::Average | Pool::Max => (1, 1),
            Pool::MaxHalving => (2, 0),
        };
        let sides = [height, width].map(|side| (side + 2 * padding - 3) / stride + 1);
        prop_assert_eq!(pool.sides([height, width]), sides);
        let mut out = Maps::zeros(images, sides, first + channels);
        pool.write(&input, &mut out, first);
        for image in 0..images {
            for y in 0..sides[0] {
                for x in 0..sides[1] {
                    for channel in 0..channels {
                        let window: Vec<f64> = (0..9).filter_map(|tap| {
                            let from = [
                                (y * stride + tap / 3).wrapping_sub(padding),
                                (x * stride + tap % 3).wrapping_sub(padding),
                            ];
                            at(&input, image, from, channel)
                        }).collect();
                        let expected = match pool {
                            Pool::Average => window.iter().sum::<f64>() / window.len() as f64,
                            _ => window.iter().copied().fold(f64::NEG_INFINITY, f64::max),
                        };
                        let found = at(&out, image, [y, x], first + channel).expect("a pixel");
                        prop_assert!((found - expected).abs() < 1e-6, "{found} is not {expected}");
                    }
                }
            }
        }
    }
}

#[test]
fn images_are_resized_as_torch_does() {
    #[derive(Deserialize)]
    struct Fixture {
        cases: Vec<Case>,
    }
    /// What `benches/peers/inception.py resize` wrote.
    #[derive(Deserialize)]
    struct Case {
        from: [usize; 2],
        to: [usize; 2],
        mean: f64,
        places: Vec<usize>,
        values: Vec<f32>,
    }
    let text = include_str!("../../../tests/it/inception/resize.json");
    let fixture: Fixture = serde_json::from_str(text).expect("the fixture");
    for Case {
        from,
        to,
        mean,
        places,
        values,
    } in fixture.cases
    {
        let pixels = (0..from[0] * from[1]).map(|i| (37 * i % 256) as f32 / 255.0);
        let out = resize(&pixels.collect::<Vec<_>>(), from, to);
        assert_eq!(out.len(), to[0] * to[1]);
        let sum: f64 = out.iter().map(|x| f64::from(*x)).sum();
        assert!(
            (sum / out.len() as f64 - mean).abs() < 1e-6,
            "{from:?} to {to:?}"
        );
        for (place, expected) in places.iter().zip(values) {
            // Positions up to 350 are known to 3e-5, and neighbours are up to 1 apart.
            let apart = (out[*place] - expected).abs();
            assert!(
                apart < 5e-5,
                "{from:?} to {to:?} at {place}: {} is not {expected}",
                out[*place]
            );
        }
    }
}
