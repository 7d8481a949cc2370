//! Images as the network takes them: 299 × 299 pixels, three channels, −1 to 1.

use super::maps::Maps;
use super::{InceptionError, SIDE};

/// Images, row-major `[n, channels, height, width]`.
#[derive(Clone, Copy, Debug)]
pub enum Pixels<'a> {
    /// 0 to 255.
    Bytes(&'a [u8]),
    /// 0 to 1.
    Unit(&'a [f32]),
}

impl Pixels<'_> {
    /// How many images of that shape they are.
    ///
    /// # Errors
    /// [`InceptionError::Shape`], [`InceptionError::Pixels`], or [`InceptionError::Value`] for the
    /// first number outside 0 to 1.
    pub(super) fn count(&self, shape: [usize; 3]) -> Result<usize, InceptionError> {
        let [channels, height, width] = shape;
        let each = height
            .checked_mul(width)
            .and_then(|pixels| pixels.checked_mul(channels));
        let Some(each) = each.filter(|n| *n > 0 && matches!(channels, 1 | 3)) else {
            return Err(InceptionError::Shape { shape });
        };
        let len = match self {
            Self::Bytes(bytes) => bytes.len(),
            Self::Unit(values) => {
                if let Some(place) = values.iter().position(|x| !(0.0..=1.0).contains(x)) {
                    let value = values[place];
                    return Err(InceptionError::Value { place, value });
                }
                values.len()
            }
        };
        if len % each != 0 {
            return Err(InceptionError::Pixels { len, shape });
        }
        Ok(len / each)
    }

    /// Values `from..from + count` on 0 to 1.
    fn unit(&self, from: usize, count: usize) -> Vec<f32> {
        match self {
            Self::Bytes(bytes) => {
                let bytes = bytes[from..from + count].iter();
                bytes.map(|byte| f32::from(*byte) / 255.0).collect()
            }
            Self::Unit(values) => values[from..from + count].to_vec(),
        }
    }

    /// Some of the images, resized and scaled to 2x − 1; grey ones with three equal channels.
    pub(super) fn maps(&self, images: std::ops::Range<usize>, shape: [usize; 3]) -> Maps {
        let [channels, height, width] = shape;
        let (plane, inner) = (height * width, SIDE * SIDE * CHANNELS);
        let mut maps = Maps::zeros(images.len(), [SIDE, SIDE], CHANNELS);
        for (image, to) in images.zip(maps.data.chunks_exact_mut(inner.max(1))) {
            for channel in 0..channels {
                let from = self.unit((image * channels + channel) * plane, plane);
                let resized = resize(&from, [height, width], [SIDE, SIDE]);
                for (pixel, x) in to.chunks_exact_mut(CHANNELS).zip(resized) {
                    let x = 2.0 * x - 1.0;
                    if channels == 1 {
                        pixel.fill(x);
                    } else {
                        pixel[channel] = x;
                    }
                }
            }
        }
        maps
    }
}

/// Channels that the network takes.
const CHANNELS: usize = 3;

/// Bilinear interpolation of a plane as `torch.nn.functional.interpolate(mode="bilinear",
/// align_corners=False)`: output pixel i stands at (i + ½) · from/to − ½ of the input, at least 0;
/// beyond the last pixel, the last counts. Without a filter: shrinking leaves pixels out.
pub(super) fn resize(plane: &[f32], from: [usize; 2], to: [usize; 2]) -> Vec<f32> {
    let [rows, columns] = [0, 1].map(|side| neighbours(from[side], to[side]));
    let mut out = Vec::with_capacity(to[0] * to[1]);
    for [above, below] in rows {
        let [upper, lower] = [above, below].map(|row| &plane[row.place * from[1]..][..from[1]]);
        for [left, right] in &columns {
            let across =
                |row: &[f32]| left.weight * row[left.place] + right.weight * row[right.place];
            out.push(above.weight * across(upper) + below.weight * across(lower));
        }
    }
    out
}

/// A pixel of the input and its share in an output.
#[derive(Clone, Copy)]
struct Neighbour {
    place: usize,
    weight: f32,
}

/// The two neighbours of every output along one side.
fn neighbours(from: usize, to: usize) -> Vec<[Neighbour; 2]> {
    let scale = from as f32 / to as f32;
    let at = |i: usize| {
        let position = ((i as f32 + 0.5) * scale - 0.5).max(0.0);
        let place = (position as usize).min(from - 1);
        let share = (position - place as f32).min(1.0);
        let near = Neighbour {
            place,
            weight: 1.0 - share,
        };
        let next = Neighbour {
            place: (place + 1).min(from - 1),
            weight: share,
        };
        [near, next]
    };
    (0..to).map(at).collect()
}
