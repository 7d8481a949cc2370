//! Noise on images and what it does to a classifier's probabilities: a step of the same length in a random
//! direction and along the sign of the loss's gradient. The lecture's first slide on discriminative models
//! ("добавление шума к изображению может сдвинуть предсказанные вероятности классов").

use super::digits::{self, Digits};
use super::{Analytic, Work, error, param, value};
use crate::axis::Component;
use crate::dataset::Dataset;
use crate::metric::Info;
use crate::metric::fid::EvaluationError;
use crate::param::{Birth, Choice, Kind, Network, Param, Range, Settings, Undeclared};
use crate::rng::{Name, Streams};
use crate::train::TrainError;

/// What it logs.
pub(super) const QUANTITIES: &[Info] = &[
    value(
        "classifier.flipped",
        "",
        "share of images whose most probable class is another after the step",
    ),
    value(
        "classifier.shift",
        "",
        "mean |p' - p| of the true class's probability before and after the step",
    ),
    value(
        "classifier.probability",
        "",
        "mean probability of the true class after the step",
    ),
    value(
        "classifier.before",
        "",
        "mean probability of the true class before the step",
    ),
    value(
        "classifier.accuracy",
        "",
        "share of images whose most probable class is the true one before the step",
    ),
    error(
        "step.error",
        "",
        "largest | |x' - x| - distance | of an image, pixels on [0, 1]",
    ),
];

/// Images in a row of the picture: as many as a report has room for beside each other.
const SHOWN: usize = 6;

const DIRECTION: Param = param(
    "direction",
    Kind::Words(&[
        ("random", "a Gaussian vector, its own for every image"),
        (
            "gradient_sign",
            "the sign of the gradient of -log p(true class) with the pixels (Goodfellow et al. 2015)",
        ),
    ]),
    Birth::Text("random"),
    "where the step leads",
);
const DISTANCE: Param = param(
    "distance",
    Kind::Float(Range::above(0.0, 28.0)),
    Birth::Float(2.0),
    "Euclidean length of the step, of pixels on [0, 1]; a digit of 28 x 28 has a length of about 9",
);
const IMAGES: Param = param(
    "images",
    Kind::Int { min: 1, max: 5000 },
    Birth::Int(1000),
    "how many held-out images; the seed draws which",
);

/// x' = clip(x + s u, 0, 1), u the direction and s such that ‖x' − x‖₂ is the distance.
///
/// What leaves [0, 1] is clipped, so that x' is an image, and the rest of the step is lengthened until its
/// norm is the distance again: both directions are as far from x, whatever the clipping takes of each.
#[derive(Clone, Debug, PartialEq)]
pub struct ClassifierNoise {
    direction: Direction,
    distance: f64,
    images: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Direction {
    Random,
    GradientSign,
}

impl Component for ClassifierNoise {
    const CHOICE: Choice = Choice {
        name: "classifier_noise",
        version: 1,
        params: &[DIRECTION, DISTANCE, IMAGES],
        summary: "what noise on digits does to a classifier's probabilities, random or aimed",
    };

    fn read(settings: &Settings, _: Option<Network>) -> Result<Self, Undeclared> {
        Ok(Self {
            direction: match settings.text(DIRECTION.name, None)? {
                "random" => Direction::Random,
                _ => Direction::GradientSign,
            },
            distance: settings.float(DISTANCE.name, None)?,
            images: settings.uint(IMAGES.name, None)? as usize,
        })
    }
}

impl Analytic for ClassifierNoise {
    fn dataset(&self) -> Option<&Dataset> {
        Some(&digits::DATASET)
    }

    /// Two forward passes, and one with its way back.
    fn flops_per_step(&self) -> f64 {
        4.0 * digits::FLOPS * self.images as f64
    }

    fn work_out(&self, work: &mut Work<'_>) -> Result<(), TrainError> {
        let digits = Digits::of(work)?;
        let held_out = digits::HELD_OUT;
        let order = work
            .streams
            .stream(Name::Images, 1, 0)
            .permutation(held_out.len());
        let places = order.iter().take(self.images).map(|i| held_out.start + i);
        let places: Vec<usize> = places.collect();
        let labels: Vec<u8> = places.iter().map(|&i| digits.label(i)).collect();
        let before = digits.unit(&places);
        let directions = match self.direction {
            Direction::Random => random(&work.streams, self.images, digits.size()),
            Direction::GradientSign => signs(&digits, &before, &labels)?,
        };
        let (after, off) = self.moved(&before, &directions, digits.size());
        let found = Read::new(&digits, &before, &labels)?;
        let changed = Read::new(&digits, &after, &labels)?;
        let shift = |(p, moved): (&f64, &f64)| (moved - p).abs();
        let shifts = found.of_true.iter().zip(&changed.of_true).map(shift);
        let flipped = found.classes.iter().zip(&changed.classes);
        let right = found.classes.iter().zip(&labels);
        work.log(
            1,
            &[
                ("classifier.flipped", share(flipped.map(|(a, b)| a != b))),
                ("classifier.shift", mean(shifts)),
                (
                    "classifier.probability",
                    mean(changed.of_true.iter().copied()),
                ),
                ("classifier.before", mean(found.of_true.iter().copied())),
                (
                    "classifier.accuracy",
                    share(right.map(|(class, label)| *class == usize::from(*label))),
                ),
                ("step.error", off),
            ],
        );
        let shown = SHOWN.min(self.images) * digits.size();
        let rows = rows(&before[..shown], &after[..shown]);
        work.show(1, digits.sample(&rows));
        Ok(())
    }
}

impl ClassifierNoise {
    /// Images after the step, and how far the length of one is off at most.
    fn moved(&self, before: &[f32], directions: &[f32], size: usize) -> (Vec<f32>, f64) {
        let mut after = before.to_vec();
        let mut off = 0.0_f64;
        for ((image, direction), from) in after
            .chunks_exact_mut(size)
            .zip(directions.chunks_exact(size))
            .zip(before.chunks_exact(size))
        {
            step(image, direction, self.distance);
            let length = norm(image.iter().zip(from).map(|(x, y)| x - y));
            off = off.max((length - self.distance).abs());
        }
        (after, off)
    }
}

/// What the classifier says of images.
struct Read {
    /// The probability of each one's true class.
    of_true: Vec<f64>,
    /// Its most probable class.
    classes: Vec<usize>,
}

impl Read {
    fn new(digits: &Digits<'_>, images: &[f32], labels: &[u8]) -> Result<Self, EvaluationError> {
        let reading = digits.classifier.run_unit(images)?;
        let rows = reading.probabilities.chunks_exact(reading.classes);
        Ok(Self {
            of_true: rows.zip(labels).map(|(p, &l)| p[usize::from(l)]).collect(),
            classes: reading.predictions().map(|(class, _)| class).collect(),
        })
    }
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let n = values.len() as f64;
    values.sum::<f64>() / n
}

fn share(holds: impl ExactSizeIterator<Item = bool>) -> f64 {
    mean(holds.map(|holds| f64::from(u8::from(holds))))
}

/// A standard normal vector for each image.
fn random(streams: &Streams, images: usize, size: usize) -> Vec<f32> {
    let source = streams.source(Name::Distortion);
    let mut directions = vec![0.0; images * size];
    for (i, direction) in directions.chunks_exact_mut(size).enumerate() {
        source.at(i as u64, 0).fill_normal(direction);
    }
    directions
}

/// The sign of the slope at every pixel: 1, −1, or 0 where there is none.
fn signs(digits: &Digits<'_>, images: &[f32], labels: &[u8]) -> Result<Vec<f32>, TrainError> {
    let slopes = digits.classifier.slopes(images, labels);
    let mut slopes = slopes.map_err(EvaluationError::from)?;
    for slope in &mut slopes {
        *slope = match *slope {
            x if x > 0.0 => 1.0,
            x if x < 0.0 => -1.0,
            _ => 0.0,
        };
    }
    Ok(slopes)
}

/// The Euclidean norm.
fn norm(values: impl Iterator<Item = f32>) -> f64 {
    let squares = values.map(|x| f64::from(x) * f64::from(x));
    squares.sum::<f64>().sqrt()
}

/// x ← clip(x + s u, 0, 1), with the s for which that moves x by `distance`; where [0, 1] ends before that
/// in every pixel, as far as it goes.
fn step(image: &mut [f32], direction: &[f32], distance: f64) {
    /// Where a pixel that moves comes to its end.
    struct Pixel {
        /// The s at which it does.
        end: f64,
        /// Square of the way to there.
        room: f64,
        /// Square of its speed.
        speed: f64,
    }
    let moving = image.iter().zip(direction).filter(|(_, u)| **u != 0.0);
    let mut pixels: Vec<Pixel> = moving
        .map(|(&x, &u)| {
            let room = f64::from(if u > 0.0 { 1.0 - x } else { x });
            let u = f64::from(u).abs();
            Pixel {
                end: room / u,
                room: room * room,
                speed: u * u,
            }
        })
        .collect();
    pixels.sort_by(|a, b| a.end.total_cmp(&b.end));
    // Squares of the speeds from a pixel on: summed from the end, so that nothing is subtracted.
    let mut speeds: Vec<f64> = pixels.iter().map(|p| p.speed).collect();
    for i in (1..speeds.len()).rev() {
        speeds[i - 1] += speeds[i];
    }
    let square = distance * distance;
    let (mut spent, mut scale) = (0.0, f64::INFINITY);
    for (pixel, free) in pixels.iter().zip(&speeds) {
        if spent + pixel.end * pixel.end * free >= square {
            scale = ((square - spent) / free).sqrt();
            break;
        }
        spent += pixel.room;
    }
    for (x, &u) in image.iter_mut().zip(direction) {
        if u != 0.0 {
            *x = (f64::from(*x) + scale * f64::from(u)).clamp(0.0, 1.0) as f32;
        }
    }
}

/// Three rows: images before the step, after it, and the difference, grey where there is none and stretched
/// to black and white.
fn rows(before: &[f32], after: &[f32]) -> Vec<f32> {
    let differences = || before.iter().zip(after).map(|(x, y)| y - x);
    let most = differences().fold(f32::MIN_POSITIVE, |m, d| m.max(d.abs()));
    let grey = differences().map(|d| 0.5 + 0.5 * d / most).collect();
    [before.to_vec(), after.to_vec(), grey].concat()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{norm, step};

    #[test]
    fn a_step_that_stays_inside_is_the_direction_scaled() {
        let mut image = [0.5; 4];
        step(&mut image, &[3.0, -3.0, 0.0, 3.0], 0.3);
        // 0.3/√3 along each.
        let by = 0.3 / f32::sqrt(3.0);
        for (x, u) in image.iter().zip([1.0, -1.0, 0.0, 1.0]) {
            assert!((x - (0.5 + u * by)).abs() < 1e-7, "{image:?}");
        }
    }

    #[test]
    fn what_clipping_takes_the_other_pixels_give() {
        // The first is at its end, the second has 0.3 left, so the third goes √(0.5² − 0.3²) = 0.4.
        let mut image = [1.0, 0.7, 0.1];
        step(&mut image, &[1.0, 1.0, 1.0], 0.5);
        for (x, expected) in image.iter().zip([1.0, 1.0, 0.5]) {
            assert!((x - expected).abs() < 1e-6, "{image:?}");
        }
        // Farther than there is room.
        step(&mut image, &[1.0, 1.0, 1.0], 5.0);
        assert_eq!(image, [1.0, 1.0, 1.0]);
    }

    proptest! {
        #[test]
        fn a_step_has_its_length_and_leads_to_an_image(
            pixels in prop::collection::vec((0.0..=1.0_f32, -3.0..3.0_f32), 1..60),
            share in 0.01..0.99_f64,
        ) {
            let (from, direction): (Vec<f32>, Vec<f32>) = pixels.into_iter().unzip();
            let room = from.iter().zip(&direction).map(|(x, u)| match *u {
                u if u > 0.0 => 1.0 - x,
                u if u < 0.0 => *x,
                _ => 0.0,
            });
            let distance = share * norm(room);
            let mut to = from.clone();
            step(&mut to, &direction, distance);
            prop_assert!(to.iter().all(|x| (0.0..=1.0).contains(x)));
            let moved: Vec<f32> = to.iter().zip(&from).map(|(x, y)| x - y).collect();
            prop_assert!((norm(moved.iter().copied()) - distance).abs() < 1e-5);
            prop_assert!(moved.iter().zip(&direction).all(|(m, u)| m * u >= 0.0));
        }
    }
}
