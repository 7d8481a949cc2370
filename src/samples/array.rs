//! Arrays of numbers as they lie in a file, and the samples that they are.

use std::path::Path;

use half::{bf16, f16};

use super::{Samples, SamplesError};
use crate::metric::features::Features;
use crate::metric::fid::quantised;

/// How far a pixel may leave [0, 1]: what sums in single precision leave.
const SLACK: f32 = 1e-3;

/// Little-endian numbers in row-major order. There are exactly as many as the shape says.
#[derive(Debug)]
pub(super) struct Array<'a> {
    element: Element,
    shape: Vec<usize>,
    bytes: &'a [u8],
}

/// The type of an array's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Element {
    U8,
    I16,
    U16,
    I32,
    U32,
    I64,
    F16,
    BF16,
    F32,
    F64,
}

impl Element {
    fn size(self) -> usize {
        match self {
            Self::U8 => 1,
            Self::I16 | Self::U16 | Self::F16 | Self::BF16 => 2,
            Self::I32 | Self::U32 | Self::F32 => 4,
            Self::I64 | Self::F64 => 8,
        }
    }
}

/// `[channels, height, width]` of images and whether channels come last in the file.
struct Layout {
    shape: [usize; 3],
    last: bool,
}

impl<'a> Array<'a> {
    /// The array at the beginning of `content`.
    ///
    /// # Errors
    /// What is wrong with the shape.
    pub fn new(element: Element, shape: Vec<usize>, content: &'a [u8]) -> Result<Self, String> {
        let size = element.size();
        // Without the zeros, whose product with anything would hide what does not fit.
        let sound = shape
            .iter()
            .filter(|&&n| n > 0)
            .try_fold(size, |product, &n| product.checked_mul(n));
        if sound.is_none() {
            return Err(format!(
                "the shape {shape:?} is of more numbers than can be counted"
            ));
        }
        let count: usize = shape.iter().product();
        match content.get(..count * size) {
            Some(bytes) => Ok(Self {
                element,
                shape,
                bytes,
            }),
            None => Err(format!(
                "{} bytes are there, expected {count} numbers of {size} bytes for the shape {shape:?}",
                content.len()
            )),
        }
    }

    /// Sizes, outermost first.
    #[cfg(test)]
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The numbers, in double precision.
    pub fn to_f64(&self) -> Vec<f64> {
        match self.element {
            Element::U8 => self.bytes.iter().map(|&x| f64::from(x)).collect(),
            Element::I16 => self.map(|b| f64::from(i16::from_le_bytes(b))),
            Element::U16 => self.map(|b| f64::from(u16::from_le_bytes(b))),
            Element::I32 => self.map(|b| f64::from(i32::from_le_bytes(b))),
            Element::U32 => self.map(|b| f64::from(u32::from_le_bytes(b))),
            Element::I64 => self.map(|b| i64::from_le_bytes(b) as f64),
            Element::F16 => self.map(|b| f16::from_le_bytes(b).to_f64()),
            Element::BF16 => self.map(|b| bf16::from_le_bytes(b).to_f64()),
            Element::F32 => self.map(|b| f64::from(f32::from_le_bytes(b))),
            Element::F64 => self.map(f64::from_le_bytes),
        }
    }

    /// The numbers, rounded to single precision.
    fn to_f32(&self) -> Vec<f32> {
        match self.element {
            Element::U8 => self.bytes.iter().map(|&x| f32::from(x)).collect(),
            Element::I16 => self.map(|b| f32::from(i16::from_le_bytes(b))),
            Element::U16 => self.map(|b| f32::from(u16::from_le_bytes(b))),
            Element::I32 => self.map(|b| i32::from_le_bytes(b) as f32),
            Element::U32 => self.map(|b| u32::from_le_bytes(b) as f32),
            Element::I64 => self.map(|b| i64::from_le_bytes(b) as f32),
            Element::F16 => self.map(|b| f16::from_le_bytes(b).to_f32()),
            Element::BF16 => self.map(|b| bf16::from_le_bytes(b).to_f32()),
            Element::F32 => self.map(f32::from_le_bytes),
            Element::F64 => self.map(|b| f64::from_le_bytes(b) as f32),
        }
    }

    fn map<const N: usize, T>(&self, read: impl Fn([u8; N]) -> T) -> Vec<T> {
        self.bytes.as_chunks().0.iter().map(|b| read(*b)).collect()
    }

    /// `[n, width]` are vectors, `[n]` those of width 1; `[n, h, w]`, `[n, c, h, w]` and `[n, h, w, c]`
    /// with 1 or 3 channels are images, 8-bit or on [0, 1]. Takes 16 bytes for each byte of the array
    /// at most.
    ///
    /// # Errors
    /// [`SamplesError::Array`] for another shape or other pixels, [`SamplesError::Values`] for vectors
    /// that cannot be measured; both call the array `path`.
    pub fn samples(&self, path: &Path) -> Result<Samples, SamplesError> {
        let width = match *self.shape {
            [_] => 1,
            [_, width] => width,
            _ => return self.images(path),
        };
        match Features::new(&self.to_f64(), width) {
            Ok(features) => Ok(Samples::Vectors(features)),
            Err(source) => Err(SamplesError::Values {
                name: path.display().to_string(),
                source,
            }),
        }
    }

    fn images(&self, path: &Path) -> Result<Samples, SamplesError> {
        let refuse = |problem: String| SamplesError::Array {
            path: path.to_owned(),
            problem,
        };
        let Layout { shape, last } = self.layout().ok_or_else(|| {
            refuse(format!(
                "its shape is {:?}, expected [n, width] for vectors or [n, h, w], [n, c, h, w] or \
                 [n, h, w, c] with 1 or 3 channels for images",
                self.shape
            ))
        })?;
        if self.shape.contains(&0) {
            return Err(refuse(format!(
                "its shape is {:?}: there is no pixel in it",
                self.shape
            )));
        }
        let pixels = match self.element {
            Element::U8 => self.bytes.to_vec(),
            _ => quantised(&self.on_unit().map_err(refuse)?),
        };
        Ok(Samples::Images {
            shape,
            pixels: match last {
                true => channels_first(&pixels, shape),
                false => pixels,
            },
        })
    }

    fn layout(&self) -> Option<Layout> {
        let (shape, last) = match *self.shape {
            [_, height, width] => ([1, height, width], false),
            [_, channels @ (1 | 3), height, width] => ([channels, height, width], false),
            [_, height, width, channels @ (1 | 3)] => ([channels, height, width], true),
            _ => return None,
        };
        Some(Layout { shape, last })
    }

    /// Pixels, all of which must lie on [0, 1].
    fn on_unit(&self) -> Result<Vec<f32>, String> {
        let values = self.to_f32();
        let range = -SLACK..=1.0 + SLACK;
        match values.iter().find(|v| !range.contains(*v)) {
            None => Ok(values),
            Some(odd) => Err(format!(
                "it holds a pixel of {odd}; floating-point images are on [0, 1], 8-bit images of type uint8"
            )),
        }
    }
}

/// `[n, height, width, channels]` as `[n, channels, height, width]`.
fn channels_first(pixels: &[u8], [channels, height, width]: [usize; 3]) -> Vec<u8> {
    let mut out = Vec::with_capacity(pixels.len());
    for image in pixels.chunks_exact(channels * height * width) {
        for channel in 0..channels {
            out.extend(image.iter().skip(channel).step_by(channels));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Array, Element};
    use crate::samples::Samples;

    fn pixels(element: Element, shape: &[usize], bytes: &[u8]) -> ([usize; 3], Vec<u8>) {
        let array = Array::new(element, shape.to_vec(), bytes).expect("an array");
        match array.samples(Path::new("x")) {
            Ok(Samples::Images { shape, pixels }) => (shape, pixels),
            _ => panic!("no images"),
        }
    }

    #[test]
    fn channels_come_first_or_last() {
        let first = [1, 2, 3, 4, 5, 6];
        let last = [1, 3, 5, 2, 4, 6];
        let expected = ([3, 2, 1], first.to_vec());
        assert_eq!(pixels(Element::U8, &[1, 3, 2, 1], &first), expected);
        assert_eq!(pixels(Element::U8, &[1, 2, 1, 3], &last), expected);
    }

    #[test]
    fn floats_on_the_unit_interval_become_bytes() {
        let bytes: Vec<u8> = [0.0_f64, 0.5, 1.0]
            .iter()
            .flat_map(|x| x.to_le_bytes())
            .collect();
        assert_eq!(
            pixels(Element::F64, &[1, 1, 3], &bytes),
            ([1, 1, 3], vec![0, 128, 255])
        );
    }

    #[test]
    fn images_without_pixels_are_refused() {
        for shape in [&[0, 8, 8][..], &[5, 0, 8], &[5, 8, 0], &[2, 3, 0, 4]] {
            let array = Array::new(Element::U8, shape.to_vec(), &[]).expect("an array");
            let message = array
                .samples(Path::new("x"))
                .err()
                .expect("no pixels")
                .to_string();
            assert!(message.contains("there is no pixel in it"), "{message}");
        }
    }
}
