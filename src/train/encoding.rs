//! Canonical data to what G and D see, and back.

use crate::dataset::{Data, Images};
use crate::ops::Function;
use crate::spec::DataRange;

/// x ↦ (x − offset) · scale, the offset per coordinate (cyclically), and G's output activation.
///
/// Canonical are a point's own coordinates and an image's pixels in [0, 1].
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Encoding {
    offset: Vec<f32>,
    scale: f32,
    /// G's last activation, which confines its samples to the range.
    pub output: Option<Function>,
}

impl Encoding {
    pub fn new(data: &Data, range: DataRange) -> Self {
        let output = match range {
            DataRange::Native | DataRange::Standardised => None,
            DataRange::MinusOneOne => Some(Function::Tanh),
            DataRange::ZeroOne => Some(Function::Sigmoid),
        };
        let (offset, scale) = match data {
            Data::Mixture(m) => of_points(m.bounding_box(), m.mean_and_spread(), range),
            Data::Curve(c) => of_points(c.bounding_box(), c.mean_and_spread(), range),
            Data::Images(images) => {
                let (offset, scale) = of_images(images, range);
                (vec![offset], scale)
            }
            // Every channel is a digit: mean and deviation are those of the digits.
            Data::Stacked(stacked) => {
                let (offset, scale) = of_images(&stacked.digits, range);
                (vec![offset], scale)
            }
        };
        Self {
            offset: offset.into_iter().map(|x| x as f32).collect(),
            scale: scale as f32,
            output,
        }
    }

    /// Canonical to training range, in place; rows of any length that the offset divides.
    pub fn encode(&self, values: &mut [f32]) {
        for row in values.chunks_mut(self.offset.len()) {
            for (x, offset) in row.iter_mut().zip(&self.offset) {
                *x = (*x - offset) * self.scale;
            }
        }
    }

    /// Training range to canonical, in place.
    pub fn decode(&self, values: &mut [f32]) {
        for row in values.chunks_mut(self.offset.len()) {
            for (x, offset) in row.iter_mut().zip(&self.offset) {
                *x = *x / self.scale + offset;
            }
        }
    }
}

/// The evaluation box is what a range confines: modes lie well inside it.
fn of_points(
    [low, high]: [Vec<f64>; 2],
    (mean, spread): (Vec<f64>, f64),
    range: DataRange,
) -> (Vec<f64>, f64) {
    let ends = || low.iter().zip(&high);
    let side = ends().map(|(low, high)| high - low).fold(0.0, f64::max);
    let middle = ends().map(|(low, high)| (low + high) / 2.0);
    match range {
        DataRange::Native => (vec![0.0], 1.0),
        DataRange::MinusOneOne => (middle.collect(), 2.0 / side),
        DataRange::ZeroOne => (middle.map(|m| m - side / 2.0).collect(), 1.0 / side),
        DataRange::Standardised => (mean, 1.0 / spread),
    }
}

fn of_images(images: &Images, range: DataRange) -> (f64, f64) {
    match range {
        DataRange::Native | DataRange::ZeroOne => (0.0, 1.0),
        DataRange::MinusOneOne => (0.5, 2.0),
        DataRange::Standardised => (images.mean, 1.0 / images.std),
    }
}

#[cfg(test)]
mod tests {
    use super::Encoding;
    use crate::dataset::{Data, Mixture};
    use crate::spec::DataRange;

    const RANGES: [DataRange; 4] = [
        DataRange::Native,
        DataRange::MinusOneOne,
        DataRange::ZeroOne,
        DataRange::Standardised,
    ];

    fn two_points() -> Data {
        Data::Mixture(Mixture::equal(&[[1.0, 2.0], [5.0, 2.0]], 0.1))
    }

    #[test]
    fn decoding_undoes_encoding() {
        for range in RANGES {
            let encoding = Encoding::new(&two_points(), range);
            let points = [1.0_f32, 2.0, 5.0, 2.0, -3.0, 7.0];
            let mut moved = points;
            encoding.encode(&mut moved);
            encoding.decode(&mut moved);
            for (a, b) in points.iter().zip(moved) {
                assert!((a - b).abs() < 1e-5, "{range:?}: {a} became {b}");
            }
        }
    }

    #[test]
    fn the_evaluation_box_fills_the_range() {
        // Box: x from 1 − 2 − 0.3 to 5 + 2 + 0.3, whose middle is 3.
        for (range, low, high) in [
            (DataRange::MinusOneOne, -1.0, 1.0),
            (DataRange::ZeroOne, 0.0, 1.0),
        ] {
            let mut corners = [-1.3_f32, 2.0, 7.3, 2.0];
            Encoding::new(&two_points(), range).encode(&mut corners);
            assert!((corners[0] - low).abs() < 1e-6 && (corners[2] - high).abs() < 1e-6);
        }
    }

    #[test]
    fn standardised_points_have_mean_zero_and_a_spread_of_one() {
        // Centres ±2 around 3: coordinate variances 4 + σ² and σ², whose mean is 2.01.
        let mut centres = [1.0_f32, 2.0, 5.0, 2.0];
        Encoding::new(&two_points(), DataRange::Standardised).encode(&mut centres);
        let expected = (2.0 / f64::sqrt(2.01)) as f32;
        for (x, e) in centres.iter().zip([-expected, 0.0, expected, 0.0]) {
            assert!((x - e).abs() < 1e-6);
        }
    }
}
