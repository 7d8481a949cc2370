//! The formats: what is mutated, and how it becomes a file that reaches the reader's depths.

use crate::{seeds, wrap};

/// Files of one kind for one reader.
pub struct Format {
    /// The reader's name.
    pub entry: &'static str,
    /// Sound contents.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Makes a file of a mutated content: compresses it, or puts checksums right.
    pub wrap: fn(&[u8]) -> Vec<u8>,
    /// Whether words are exchanged as well as bytes.
    pub text: bool,
    pub cases: u32,
}

const fn bytes(entry: &'static str, seeds: fn() -> Vec<Vec<u8>>) -> Format {
    Format {
        entry,
        seeds,
        wrap: <[u8]>::to_vec,
        text: false,
        cases: 2000,
    }
}

const fn text(entry: &'static str, seeds: fn() -> Vec<Vec<u8>>) -> Format {
    Format {
        text: true,
        ..bytes(entry, seeds)
    }
}

impl Format {
    const fn wrapped(self, wrap: fn(&[u8]) -> Vec<u8>) -> Self {
        Self { wrap, ..self }
    }

    const fn cases(self, cases: u32) -> Self {
        Self { cases, ..self }
    }
}

pub const FORMATS: &[Format] = &[
    text("grid", seeds::grids).cases(4000),
    bytes("idx_images", seeds::idx_images),
    bytes("idx_images", seeds::idx_images).wrapped(wrap::gzip),
    bytes("idx_images", seeds::gzipped_images),
    bytes("idx_planes", seeds::idx_planes),
    bytes("idx_planes", seeds::idx_planes).wrapped(wrap::gzip),
    bytes("idx_labels", seeds::idx_labels),
    bytes("idx_labels", seeds::idx_labels).wrapped(wrap::gzip),
    bytes("npy", seeds::npy),
    text("npy", seeds::npy_headers).wrapped(wrap::npy),
    bytes("tensor", seeds::safetensors),
    text("tensor", seeds::safetensors_headers).wrapped(wrap::safetensors),
    bytes("weights", seeds::weights).cases(4000),
    bytes("weights", seeds::pickles).wrapped(wrap::archive),
    text("weights", seeds::safetensors_headers).wrapped(wrap::safetensors),
    bytes("classifier", seeds::classifiers).cases(300),
    text("classifier", seeds::classifier_headers)
        .wrapped(wrap::classifier)
        .cases(1000),
    bytes("generator", seeds::generators),
    text("generator", seeds::generator_headers).wrapped(wrap::generator),
    bytes("picture", seeds::pictures),
    bytes("picture", seeds::pngs).wrapped(wrap::png),
    bytes("any_picture", seeds::pictures),
    bytes("any_picture", seeds::pngs).wrapped(wrap::png),
    text("manifest", seeds::manifests),
    bytes("sample", seeds::blobs),
    bytes("sample", seeds::samples).wrapped(wrap::sample),
    bytes("checkpoint", seeds::checkpoints),
    bytes("checkpoint", seeds::checkpoint_contents).wrapped(wrap::sealed),
    text("checkpoint", seeds::checkpoint_headers).wrapped(wrap::checkpoint),
];
