//! Thickness, slant, width and height of a digit.

use super::mask::{self, Mask};
use super::moments::Moments;
use super::{distance, thinning};

/// Brightest less darkest pixel below which an image has no stroke, in grey levels: a generator that
/// makes nothing but grey is not measured.
const LEAST_CONTRAST: u8 = 64;

/// Strokes of one grey image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Morphometry {
    /// Mean thickness of the strokes in pixels: twice the mean distance from the skeleton to the
    /// background, 2 d̄ / 4 with d̄ in quarters of a pixel.
    ///
    /// The image is enlarged four times (bilinearly) and cut at the middle of its darkest and brightest
    /// pixel. The skeleton is what thinning leaves of the strokes (Guo and Hall 1989), d the exact
    /// Euclidean distance from a pixel's centre to the nearest background pixel's. Of round-ended strokes
    /// from 2 to 4.5 px at any angle it is off by 0.2 px at most.
    pub thickness: f64,
    /// arctan(−μ₁₁ / μ₀₂) in radians, where μ are the central moments of the grey image, x to the right
    /// and y down: −μ₁₁ / μ₀₂ is the horizontal shear that would straighten it. Positive where the top
    /// leans to the right.
    pub slant: f64,
    /// Width in pixels of the parallelogram of that slant which leaves 1 % of all intensity beyond its
    /// left side and 1 % beyond its right one.
    pub width: f64,
    /// Its height in pixels, likewise above and below.
    pub height: f64,
}

impl Morphometry {
    /// Of an image of `[height, width]`, 0 to 255; `None` for one without contrast, or all of whose
    /// intensity lies in one row.
    pub fn of(pixels: &[u8], [height, width]: [usize; 2]) -> Option<Self> {
        let (least, most) = (*pixels.iter().min()?, *pixels.iter().max()?);
        if most - least < LEAST_CONTRAST {
            return None;
        }
        let mask = Mask::of(pixels, [height, width], (least, most));
        let skeleton = thinning::thin(&mask);
        let squared = distance::squared(&mask);
        let on_skeleton = squared.iter().zip(&skeleton.inside).filter(|(_, s)| **s);
        let (sum, count) =
            on_skeleton.fold((0.0, 0_u32), |(sum, n), (d, _)| (sum + d.sqrt(), n + 1));
        let moments = Moments::of(pixels, [height, width])?;
        let shear = moments.shear();
        let [left, right] = moments.across(shear);
        let [top, bottom] = moments.down();
        Some(Self {
            thickness: 2.0 * sum / f64::from(count) / mask::SCALE as f64,
            slant: libm::atan(-shear),
            width: right - left,
            height: bottom - top,
        })
    }
}
