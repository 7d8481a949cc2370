//! Samples as blobs: a typed header, then the numbers, deflated.
//!
//! All integers little-endian.
//! - Points: `P`, layout version 1, u32 generated, u32 centres, f64 sigma; zlib of the centres
//!   (f64 x, y) followed by the generated points (f32 x, y). Projected points: layout version 2,
//!   which has the u32 dimensions before sigma.
//! - Points on a line: `L`, layout version 1, u32 generated, u32 components; zlib of the components
//!   (f64 centre, weight, sigma) followed by the generated points (f32).
//! - Points beside real ones: `C`, layout version 1, u32 generated, u32 real, f64 x and y of the
//!   frame's low and high corner; zlib of the generated and then the real points (f32 x, y).
//! - Paths: `W`, layout version 1, u32 paths, u32 bytes; zlib of so many bytes: each path's u32 length of
//!   its name, the name in UTF-8, u32 points, f32 x, y.
//! - Images: `I`, layout version 1, u32 count, channels, height, width; zlib of the pixels.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;

use super::StoreError;
use crate::event::{Gaussian, Path, Sample};

const POINTS: u8 = b'P';
const LINE: u8 = b'L';
const CLOUD: u8 = b'C';
const PATHS: u8 = b'W';
const IMAGES: u8 = b'I';
const LAYOUT: u8 = 1;
const PROJECTED: u8 = 2;

/// Bytes of a sample's numbers: a thousand times what an evaluation records.
const MOST_BYTES: u64 = 256 << 20;

/// Coordinates of a point that needs no projection.
const PLANE: usize = 2;

/// The blob of a sample.
pub(crate) fn encode(sample: &Sample) -> Result<Vec<u8>, StoreError> {
    let (header, body) = match sample {
        Sample::Points {
            generated,
            centres,
            sigma,
            dimensions,
        } => {
            let plane = *dimensions == PLANE;
            let mut header = vec![POINTS, if plane { LAYOUT } else { PROJECTED }];
            header.extend(length(generated.len())?);
            header.extend(length(centres.len())?);
            if !plane {
                header.extend(length(*dimensions)?);
            }
            header.extend(sigma.to_le_bytes());
            let mut body = Vec::with_capacity(16 * centres.len() + 8 * generated.len());
            body.extend(centres.iter().flatten().flat_map(|x| x.to_le_bytes()));
            body.extend(generated.iter().flatten().flat_map(|x| x.to_le_bytes()));
            (header, body)
        }
        Sample::Line {
            generated,
            components,
        } => {
            let mut header = vec![LINE, LAYOUT];
            header.extend(length(generated.len())?);
            header.extend(length(components.len())?);
            let components = components
                .iter()
                .flat_map(|c| [c.centre, c.weight, c.sigma]);
            let mut body: Vec<u8> = components.flat_map(f64::to_le_bytes).collect();
            body.extend(generated.iter().flat_map(|x| x.to_le_bytes()));
            (header, body)
        }
        Sample::Cloud {
            generated,
            real,
            frame,
        } => {
            let mut header = vec![CLOUD, LAYOUT];
            header.extend(length(generated.len())?);
            header.extend(length(real.len())?);
            header.extend(frame.iter().flatten().flat_map(|x| x.to_le_bytes()));
            let points = generated.iter().chain(real).flatten();
            (header, points.flat_map(|x| x.to_le_bytes()).collect())
        }
        Sample::Paths(paths) => {
            let mut body = Vec::new();
            for Path { name, points } in paths {
                body.extend(length(name.len())?);
                body.extend(name.as_bytes());
                body.extend(length(points.len())?);
                body.extend(points.iter().flatten().flat_map(|x| x.to_le_bytes()));
            }
            let mut header = vec![PATHS, LAYOUT];
            header.extend(length(paths.len())?);
            header.extend(length(body.len())?);
            (header, body)
        }
        Sample::Images {
            count,
            shape,
            pixels,
        } => {
            let mut header = vec![IMAGES, LAYOUT];
            for n in [*count, shape[0], shape[1], shape[2]] {
                header.extend(length(n)?);
            }
            (header, pixels.clone())
        }
    };
    deflate(header, &body).map_err(|error| unreadable(error.to_string()))
}

fn deflate(header: Vec<u8>, body: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = ZlibEncoder::new(header, Compression::default());
    encoder.write_all(body)?;
    encoder.finish()
}

/// The sample of a blob. Takes no more than four times the inflated numbers, which have a thousand times
/// the blob's bytes at most (deflate's limit) and [`MOST_BYTES`].
///
/// # Errors
/// [`StoreError::Unreadable`] for what is no such blob.
pub(crate) fn decode(blob: &[u8]) -> Result<Sample, StoreError> {
    let mut rest = blob;
    match take::<2>(&mut rest)? {
        [POINTS, layout @ (LAYOUT | PROJECTED)] => {
            let generated = size(&mut rest)?;
            let centres = size(&mut rest)?;
            let dimensions = match layout {
                PROJECTED => size(&mut rest)?,
                _ => PLANE,
            };
            let sigma = f64::from_le_bytes(take(&mut rest)?);
            let body = inflate(rest, 16 * centres as u64 + 8 * generated as u64)?;
            let (centres_part, generated_part) = body.split_at(16 * centres);
            Ok(Sample::Points {
                generated: rows(generated_part, f32::from_le_bytes),
                centres: rows(centres_part, f64::from_le_bytes),
                sigma,
                dimensions,
            })
        }
        [LINE, LAYOUT] => {
            let generated = size(&mut rest)?;
            let components = size(&mut rest)?;
            let body = inflate(rest, 24 * components as u64 + 4 * generated as u64)?;
            let (components_part, generated_part) = body.split_at(24 * components);
            Ok(Sample::Line {
                generated: rows(generated_part, f32::from_le_bytes)
                    .into_iter()
                    .map(|[x]| x)
                    .collect(),
                components: rows(components_part, f64::from_le_bytes)
                    .into_iter()
                    .map(|[centre, weight, sigma]| Gaussian {
                        centre,
                        weight,
                        sigma,
                    })
                    .collect(),
            })
        }
        [CLOUD, LAYOUT] => {
            let generated = size(&mut rest)?;
            let real = size(&mut rest)?;
            let mut corner = || -> Result<[f64; 2], StoreError> {
                let x = f64::from_le_bytes(take(&mut rest)?);
                Ok([x, f64::from_le_bytes(take(&mut rest)?)])
            };
            let frame = [corner()?, corner()?];
            let body = inflate(rest, 8 * (generated as u64 + real as u64))?;
            let (generated_part, real_part) = body.split_at(8 * generated);
            Ok(Sample::Cloud {
                generated: rows(generated_part, f32::from_le_bytes),
                real: rows(real_part, f32::from_le_bytes),
                frame,
            })
        }
        [PATHS, LAYOUT] => {
            let count = size(&mut rest)?;
            let bytes = size(&mut rest)?;
            let body = inflate(rest, bytes as u64)?;
            paths(&body, count).map(Sample::Paths)
        }
        [IMAGES, LAYOUT] => {
            let count = size(&mut rest)?;
            let shape = [size(&mut rest)?, size(&mut rest)?, size(&mut rest)?];
            if shape.contains(&0) {
                return Err(unreadable(
                    "its header promises images without pixels".to_owned(),
                ));
            }
            let length = [count, shape[0], shape[1], shape[2]]
                .iter()
                .try_fold(1_u64, |product, &n| product.checked_mul(n as u64))
                .ok_or_else(|| unreadable("its header overflows".to_owned()))?;
            Ok(Sample::Images {
                count,
                shape,
                pixels: inflate(rest, length)?,
            })
        }
        [kind, layout] => Err(unreadable(format!("kind {kind}, layout {layout}"))),
    }
}

/// Names and points, as many as the bytes hold.
fn paths(mut body: &[u8], count: usize) -> Result<Vec<Path>, StoreError> {
    let short = || unreadable("its header promises more than there is".to_owned());
    let mut paths = Vec::new();
    for _ in 0..count {
        let name = size(&mut body)?;
        let (name, rest) = body.split_at_checked(name).ok_or_else(short)?;
        let name = std::str::from_utf8(name).map_err(|error| unreadable(error.to_string()))?;
        body = rest;
        let points = size(&mut body)?.checked_mul(8).ok_or_else(short)?;
        let (points, rest) = body.split_at_checked(points).ok_or_else(short)?;
        body = rest;
        paths.push(Path {
            name: name.to_owned(),
            points: rows(points, f32::from_le_bytes),
        });
    }
    match body {
        [] => Ok(paths),
        _ => Err(unreadable(
            "there is more than its header promises".to_owned(),
        )),
    }
}

/// Exactly `length` bytes; grows with what is really there, not with what a header claims.
fn inflate(deflated: &[u8], length: u64) -> Result<Vec<u8>, StoreError> {
    if length > MOST_BYTES {
        return Err(unreadable(format!(
            "its header promises {length} bytes, more than {MOST_BYTES}"
        )));
    }
    let mut body = Vec::new();
    ZlibDecoder::new(deflated)
        .take(length.saturating_add(1))
        .read_to_end(&mut body)
        .map_err(|error| unreadable(error.to_string()))?;
    if body.len() as u64 != length {
        return Err(unreadable(format!("its header promises {length} bytes")));
    }
    Ok(body)
}

/// Numbers of `N` bytes, `D` a row.
fn rows<const N: usize, const D: usize, T: Copy + Default>(
    bytes: &[u8],
    read: fn([u8; N]) -> T,
) -> Vec<[T; D]> {
    let row = |bytes: &[u8]| {
        let mut row = [T::default(); D];
        for (x, bytes) in row.iter_mut().zip(bytes.as_chunks::<N>().0) {
            *x = read(*bytes);
        }
        row
    };
    bytes.chunks_exact(D * N).map(row).collect()
}

fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], StoreError> {
    let (head, tail) = rest
        .split_first_chunk::<N>()
        .ok_or_else(|| unreadable("it is cut short".to_owned()))?;
    *rest = tail;
    Ok(*head)
}

fn size(rest: &mut &[u8]) -> Result<usize, StoreError> {
    Ok(u32::from_le_bytes(take(rest)?) as usize)
}

fn length(n: usize) -> Result<[u8; 4], StoreError> {
    u32::try_from(n)
        .map(u32::to_le_bytes)
        .map_err(|_| StoreError::TooLarge {
            what: "a sample's size",
            value: n as u64,
        })
}

fn unreadable(found: String) -> StoreError {
    StoreError::Unreadable {
        what: "a sample",
        found,
    }
}

#[cfg(test)]
mod tests {
    use super::{decode, encode};
    use crate::event::{Gaussian, Sample};

    fn points(dimensions: usize) -> Sample {
        Sample::Points {
            generated: vec![[0.1, -2.5], [f32::NAN, f32::INFINITY], [3.0, 4.0]],
            centres: vec![[0.1, 0.2], [-1.0, 1e300]],
            sigma: 0.05,
            dimensions,
        }
    }

    fn all() -> [Sample; 5] {
        let gaussian = |centre, weight| Gaussian {
            centre,
            weight,
            sigma: 0.5,
        };
        [
            points(2),
            points(1200),
            Sample::Line {
                generated: vec![0.5, f32::NEG_INFINITY, f32::NAN],
                components: vec![gaussian(-2.0, 0.25), gaussian(1e-300, 0.75)],
            },
            Sample::Cloud {
                generated: vec![[1.0, 2.0], [f32::NAN, 4.0], [5.0, 6.0]],
                real: vec![[-1.0, -0.0]],
                frame: [[-1.5, -2.5], [1e9, 4.0]],
            },
            Sample::Images {
                count: 2,
                shape: [1, 2, 3],
                pixels: (0..12).collect(),
            },
        ]
    }

    #[test]
    fn samples_come_back_bit_for_bit() {
        for sample in all() {
            let blob = encode(&sample).expect("encodes");
            let back = decode(&blob).expect("decodes");
            // Debug shows NaN, which equality would not.
            assert_eq!(format!("{back:?}"), format!("{sample:?}"));
        }
    }

    #[test]
    fn points_of_the_first_layout_are_read() {
        // Python: b"P\x01" + struct.pack("<IId", 3, 2, 0.05) + zlib.compress(struct.pack("<4d6f",
        // 0.1, 0.2, -1, 1e300, 0.1, -2.5, float("nan"), float("inf"), 3, 4))
        let blob =
            b"\x50\x01\x03\x00\x00\x00\x02\x00\x00\x00\x9a\x99\x99\x99\x99\x99\xa9\x3f\x78\x9c\
            \x9b\x35\x13\x04\x76\xda\xcf\x02\xd3\x27\xed\x19\xc0\xe0\xc3\xfe\x39\xa5\x0c\x1d\
            \x36\x4f\xcc\xeb\xce\x9e\x39\x63\xcb\xc0\xa0\x70\x80\x81\xe1\x40\x3d\x03\x43\x03\
            \x10\x3b\x38\x00\x69\x07\x00\xc2\x93\x15\x4c";
        let back = decode(blob).expect("decodes");
        assert_eq!(format!("{back:?}"), format!("{:?}", points(2)));
    }

    #[test]
    fn a_damaged_blob_is_an_error_and_no_panic() {
        for sample in all() {
            let blob = encode(&sample).expect("encodes");
            for end in 0..blob.len() {
                assert!(decode(&blob[..end]).is_err(), "cut at {end}");
            }
            let mut lying = blob.clone();
            lying[2] = 200;
            assert!(decode(&lying).is_err());
            lying[0] = b'?';
            assert!(decode(&lying).is_err());
        }
    }

    #[test]
    fn images_without_pixels_are_refused_however_many_there_are() {
        let sample = Sample::Images {
            count: 4_000_000_000,
            shape: [1, 0, 8],
            pixels: Vec::new(),
        };
        let error = decode(&encode(&sample).expect("encodes")).expect_err("no images");
        assert!(error.to_string().contains("without pixels"), "{error}");
    }
}
