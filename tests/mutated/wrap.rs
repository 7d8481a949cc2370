//! From contents to files whose lengths and checksums are right, so that readers look further.

use std::io::{Cursor, Read, Write};

use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};

use crate::seeds;

pub fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).expect("memory");
    encoder.finish().expect("memory")
}

/// A `.npy` file of that header and 4 KiB.
pub fn npy(header: &[u8]) -> Vec<u8> {
    let length = (header.len() as u16).to_le_bytes();
    let start = b"\x93NUMPY\x01\x00";
    [start, &length[..], header, &[0; 4096]].concat()
}

/// A safetensors file of that header and as many zeros as the seeds have bytes.
pub fn safetensors(header: &[u8]) -> Vec<u8> {
    with_tensors(header, &[0; seeds::TENSOR_BYTES])
}

pub fn classifier(header: &[u8]) -> Vec<u8> {
    let seed = &seeds::classifiers()[0];
    with_tensors(header, &seed[8 + seeds::header(seed).len()..])
}

pub fn generator(header: &[u8]) -> Vec<u8> {
    let seed = &seeds::generators()[0];
    with_tensors(header, &seed[8 + seeds::header(seed).len()..])
}

/// A checkpoint with that content.
pub fn sealed(content: &[u8]) -> Vec<u8> {
    gan_sweep::checkpoint::seal(content)
}

pub fn checkpoint(header: &[u8]) -> Vec<u8> {
    let seed = &seeds::checkpoint_contents()[0];
    sealed(&with_tensors(
        header,
        &seed[8 + seeds::header(seed).len()..],
    ))
}

fn with_tensors(header: &[u8], tensors: &[u8]) -> Vec<u8> {
    let length = (header.len() as u64).to_le_bytes();
    [&length[..], header, tensors].concat()
}

/// A PNG file whose chunks' checksums are put right, as far as their lengths are.
pub fn png(content: &[u8]) -> Vec<u8> {
    let mut file = content.to_vec();
    let mut at = 8;
    while let Some(chunk) = file.get(at..).filter(|rest| rest.len() >= 12) {
        let length = u32::from_be_bytes([chunk[0], chunk[1], chunk[2], chunk[3]]) as usize;
        let Some(checked) = chunk.get(4..8 + length) else {
            break;
        };
        let mut crc = flate2::Crc::new();
        crc.update(checked);
        let end = at + 8 + length;
        let Some(place) = file.get_mut(end..end + 4) else {
            break;
        };
        place.copy_from_slice(&crc.sum().to_be_bytes());
        at = end + 4;
    }
    file
}

/// `zip.pth` with that pickle in place of its own.
pub fn archive(pickle: &[u8]) -> Vec<u8> {
    let mut from = zip::ZipArchive::new(Cursor::new(seeds::ZIP)).expect("an archive");
    let mut to = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let stored =
        zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for index in 0..from.len() {
        let mut entry = from.by_index(index).expect("an entry");
        let name = entry.name().expect("a name").into_owned();
        to.start_file(name.clone(), stored).expect("memory");
        if name.ends_with("/data.pkl") {
            to.write_all(pickle).expect("memory");
        } else {
            let mut content = Vec::new();
            entry.read_to_end(&mut content).expect("memory");
            to.write_all(&content).expect("memory");
        }
    }
    to.finish().expect("memory").into_inner()
}

/// A stored sample: the header of its kind, and the rest deflated.
pub fn sample(content: &[u8]) -> Vec<u8> {
    let header = match content {
        [b'P', 2, ..] => 22,
        [b'L', ..] => 10,
        [b'C', ..] => 42,
        [b'W', ..] => 10,
        _ => 18,
    };
    let (header, body) = content.split_at(header.min(content.len()));
    let mut encoder = ZlibEncoder::new(header.to_vec(), Compression::fast());
    encoder.write_all(body).expect("memory");
    encoder.finish().expect("memory")
}
