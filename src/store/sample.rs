//! Samples as blobs: a typed header, then the numbers, deflated.
//!
//! All integers little-endian.
//! - Points: `P`, layout version 1, u32 generated, u32 centres, f64 sigma; zlib of the centres
//!   (f64 x, y) followed by the generated points (f32 x, y).
//! - Images: `I`, layout version 1, u32 count, channels, height, width; zlib of the pixels.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;

use super::StoreError;
use crate::event::Sample;

const POINTS: u8 = b'P';
const IMAGES: u8 = b'I';
const LAYOUT: u8 = 1;

/// The blob of a sample.
pub(super) fn encode(sample: &Sample) -> Result<Vec<u8>, StoreError> {
    let (header, body) = match sample {
        Sample::Points {
            generated,
            centres,
            sigma,
        } => {
            let mut header = vec![POINTS, LAYOUT];
            header.extend(length(generated.len())?);
            header.extend(length(centres.len())?);
            header.extend(sigma.to_le_bytes());
            let mut body = Vec::with_capacity(16 * centres.len() + 8 * generated.len());
            body.extend(centres.iter().flatten().flat_map(|x| x.to_le_bytes()));
            body.extend(generated.iter().flatten().flat_map(|x| x.to_le_bytes()));
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

/// The sample of a blob.
pub(super) fn decode(blob: &[u8]) -> Result<Sample, StoreError> {
    let mut rest = blob;
    match take::<2>(&mut rest)? {
        [POINTS, LAYOUT] => {
            let generated = size(&mut rest)?;
            let centres = size(&mut rest)?;
            let sigma = f64::from_le_bytes(take(&mut rest)?);
            let body = inflate(rest, 16 * centres as u64 + 8 * generated as u64)?;
            let (centres_part, generated_part) = body.split_at(16 * centres);
            Ok(Sample::Points {
                generated: pairs(generated_part, f32::from_le_bytes),
                centres: pairs(centres_part, f64::from_le_bytes),
                sigma,
            })
        }
        [IMAGES, LAYOUT] => {
            let count = size(&mut rest)?;
            let shape = [size(&mut rest)?, size(&mut rest)?, size(&mut rest)?];
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

/// Exactly `length` bytes; grows with what is really there, not with what a header claims.
fn inflate(deflated: &[u8], length: u64) -> Result<Vec<u8>, StoreError> {
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

fn pairs<const N: usize, T: Copy + Default>(bytes: &[u8], read: fn([u8; N]) -> T) -> Vec<[T; 2]> {
    let one = |bytes: &[u8]| bytes.try_into().map(read).unwrap_or_default();
    bytes
        .chunks_exact(2 * N)
        .map(|pair| [one(&pair[..N]), one(&pair[N..])])
        .collect()
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
    use crate::event::Sample;

    fn points() -> Sample {
        Sample::Points {
            generated: vec![[0.1, -2.5], [f32::NAN, f32::INFINITY], [3.0, 4.0]],
            centres: vec![[0.1, 0.2], [-1.0, 1e300]],
            sigma: 0.05,
        }
    }

    #[test]
    fn points_come_back_bit_for_bit() {
        let blob = encode(&points()).expect("encodes");
        let back = decode(&blob).expect("decodes");
        // Debug shows NaN, which equality would not.
        assert_eq!(format!("{back:?}"), format!("{:?}", points()));
    }

    #[test]
    fn images_come_back() {
        let images = Sample::Images {
            count: 2,
            shape: [1, 2, 3],
            pixels: (0..12).collect(),
        };
        let blob = encode(&images).expect("encodes");
        assert_eq!(decode(&blob).expect("decodes"), images);
    }

    #[test]
    fn a_damaged_blob_is_an_error_and_no_panic() {
        let blob = encode(&points()).expect("encodes");
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
