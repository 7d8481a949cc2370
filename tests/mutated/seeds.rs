//! Sound contents of every format.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Read};
use std::sync::LazyLock;
use std::sync::atomic::Ordering;

use gan_sweep::checkpoint::{self, Shelf};
use gan_sweep::dataset::idx::{ImageFile, write_images, write_labels};
use gan_sweep::event::RunEvent;
use gan_sweep::fuzz;
use gan_sweep::spec::RunId;
use gan_sweep::train::{Keeping, Prepared, Watch};
use safetensors::Dtype;
use safetensors::tensor::TensorView;

use crate::wrap;

/// Files that torch 2.15 wrote, see `src/weights/tests.rs`.
pub const ZIP: &[u8] = include_bytes!("../it/weights/zip.pth");
pub const LEGACY: &[u8] = include_bytes!("../it/weights/legacy.pth");
/// Whose checkpoints they are.
const RUN: RunId = RunId([7; 16]);

const PROTOCOL_4: &[u8] = include_bytes!("../it/weights/legacy-protocol-4.pth");

/// Every section of the language.
const GRID: &str = "\
version: 1
name: all-sections
question: Which loss keeps the modes?
defaults: &d {steps: 20, dataset: ring8, lr: {g: 1e-4, d: 4e-4}, hidden: [8, 8]}
grid:
  loss: [minimax, non_saturating, wgan_gp]
  norm.g: [none, batch]
  k: [1, 2]
zip:
  rate: {betas.g: [[0.5, 0.9], [0.0, 0.9]], batch_size: [16, 32]}
random: {samples: 2, seed: 3, instance_noise: {uniform: [0, 0.3]}, sigma: {log_uniform: [1e-3, 1e-1]}}
when:
  - if: {loss: [minimax, non_saturating], k: {gt: 1}}
    set: {noise: uniform}
    grid: {noise_range: [[0, 1], [-1, 1]]}
exclude:
  - {loss: wgan_gp, norm.g: batch}
include:
  - {loss: hinge, k: 5, tags: [extra, \"two words\"], seeds: [7, 9]}
  - {dataset: tiny, model: dcgan}
seeds: 2
profiles:
  quick: {defaults: {steps: 2}, seeds: 1, grid: {k: [1]}}
";

pub fn grids() -> Vec<Vec<u8>> {
    let mut grids = vec![GRID.as_bytes().to_vec(), fuzz::RUN.as_bytes().to_vec()];
    let mut paths: Vec<_> = fs::read_dir("experiments")
        .expect("the experiments")
        .map(|entry| entry.expect("a file").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "yaml"))
        .collect();
    paths.sort();
    grids.extend(paths.iter().map(|path| fs::read(path).expect("a grid")));
    grids
}

pub fn idx_images() -> Vec<Vec<u8>> {
    [(8, 9, 3), (28, 28, 20)]
        .map(|(height, width, count)| {
            write_images(&ImageFile {
                height,
                width,
                pixels: (0..count * height * width).map(|i| i as u8).collect(),
            })
        })
        .to_vec()
}

pub fn gzipped_images() -> Vec<Vec<u8>> {
    // A file of 4 MiB of zeros in 4 KiB.
    let large = ImageFile {
        height: 64,
        width: 64,
        pixels: vec![0; 4 << 20],
    };
    let mut files: Vec<_> = idx_images().iter().map(|file| wrap::gzip(file)).collect();
    files.push(wrap::gzip(&write_images(&large)));
    files
}

pub fn idx_planes() -> Vec<Vec<u8>> {
    [[5, 1, 8, 8], [2, 3, 16, 9]]
        .map(|sizes: [u32; 4]| {
            let mut file = vec![0, 0, 8, 4];
            file.extend(sizes.iter().flat_map(|n| n.to_be_bytes()));
            file.extend((0..sizes.iter().product()).map(|i| i as u8));
            file
        })
        .to_vec()
}

pub fn idx_labels() -> Vec<Vec<u8>> {
    vec![write_labels(&[0, 9, 3]), write_labels(&[4; 600])]
}

pub fn npy_headers() -> Vec<Vec<u8>> {
    [
        "{'descr': '<f4', 'fortran_order': False, 'shape': (20, 3), }",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (7,), }      \n",
        "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3, 4, 5), }",
        "{'descr': '<f2', 'fortran_order': False, 'shape': (2, 8, 8, 3), }",
        "{'descr': '<i8', 'fortran_order': False, 'shape': (6, 4, 5), }",
    ]
    .map(|header| header.as_bytes().to_vec())
    .to_vec()
}

pub fn npy() -> Vec<Vec<u8>> {
    npy_headers()
        .iter()
        .map(|header| wrap::npy(header))
        .collect()
}

/// Bytes of the tensors in [`safetensors`].
pub const TENSOR_BYTES: usize = 4 * 12 + 2 * 4 + 8 * 6 + 27;

pub fn safetensors() -> Vec<Vec<u8>> {
    let bytes = [0; TENSOR_BYTES];
    let view = |dtype, shape: &[usize], length| {
        TensorView::new(dtype, shape.to_vec(), &bytes[..length]).expect("a tensor")
    };
    let several = [
        ("x", view(Dtype::F32, &[3, 4], 48)),
        ("half", view(Dtype::F16, &[2, 2], 8)),
        ("double", view(Dtype::F64, &[6], 48)),
        ("bytes", view(Dtype::U8, &[3, 3, 3], 27)),
    ];
    let rest = |length| ("rest", view(Dtype::BOOL, &[length], length));
    let points = [("x", view(Dtype::F32, &[5, 5], 100)), rest(31)];
    let images = [("x", view(Dtype::BF16, &[4, 2, 2, 3], 96)), rest(35)];
    vec![
        ::safetensors::serialize(several, None).expect("a file"),
        ::safetensors::serialize(points, None).expect("a file"),
        ::safetensors::serialize(images, None).expect("a file"),
    ]
}

/// The header of a safetensors file.
pub fn header(file: &[u8]) -> &[u8] {
    let (length, rest) = file.split_first_chunk().expect("a length");
    &rest[..u64::from_le_bytes(*length) as usize]
}

fn headers(files: &[Vec<u8>]) -> Vec<Vec<u8>> {
    files.iter().map(|file| header(file).to_vec()).collect()
}

pub fn safetensors_headers() -> Vec<Vec<u8>> {
    headers(&safetensors())
}

pub fn weights() -> Vec<Vec<u8>> {
    let mut files = [ZIP, LEGACY, PROTOCOL_4].map(<[u8]>::to_vec).to_vec();
    files.extend(safetensors());
    files
}

/// The pickle in `zip.pth`.
pub fn pickles() -> Vec<Vec<u8>> {
    let mut archive = zip::ZipArchive::new(Cursor::new(ZIP)).expect("an archive");
    let names: Result<Vec<_>, _> = archive.file_names().collect();
    let names = names.expect("names");
    let name = names.iter().find(|n| n.ends_with("/data.pkl"));
    let name = name.expect("a pickle").to_string();
    let mut pickle = Vec::new();
    let mut entry = archive.by_name(&name).expect("the pickle");
    entry.read_to_end(&mut pickle).expect("memory");
    vec![pickle]
}

pub fn classifiers() -> Vec<Vec<u8>> {
    vec![include_bytes!("../../experiments/data/mnist/classifier.safetensors").to_vec()]
}

pub fn classifier_headers() -> Vec<Vec<u8>> {
    headers(&classifiers())
}

/// What the small run ends with.
pub fn generators() -> Vec<Vec<u8>> {
    static TRAINED: LazyLock<Vec<u8>> = LazyLock::new(|| {
        let (spec, data) = fuzz::run().expect("a run");
        let prepared = Prepared::new(data).expect("a ring");
        let mut trained = Vec::new();
        gan_sweep::train::run(&spec, &prepared, &Watch::default(), |event| {
            if let RunEvent::Trained { weights } = event {
                trained = weights;
            }
        })
        .expect("two steps");
        trained
    });
    vec![TRAINED.clone()]
}

pub fn generator_headers() -> Vec<Vec<u8>> {
    headers(&generators())
}

pub fn pngs() -> Vec<Vec<u8>> {
    use png::{BitDepth, ColorType};
    let kinds = [
        (ColorType::Grayscale, BitDepth::Eight, 8),
        (ColorType::Grayscale, BitDepth::One, 1),
        (ColorType::Rgb, BitDepth::Eight, 24),
        (ColorType::Rgba, BitDepth::Sixteen, 64),
        (ColorType::Indexed, BitDepth::Two, 2),
    ];
    kinds
        .map(|(colour, depth, row)| {
            let mut file = Vec::new();
            let mut encoder = png::Encoder::new(&mut file, 8, 8);
            encoder.set_color(colour);
            encoder.set_depth(depth);
            if colour == ColorType::Indexed {
                encoder.set_palette(vec![0, 0, 0, 1, 2, 3, 9, 9, 9, 255, 0, 1]);
            }
            encoder
                .add_text_chunk("Title".to_owned(), "a picture".to_owned())
                .expect("text");
            let mut writer = encoder.write_header().expect("a header");
            // Opaque where there is alpha.
            let opaque = colour == ColorType::Rgba;
            let pixel = |i| if opaque { 255 } else { i as u8 };
            let pixels: Vec<u8> = (0..8 * row).map(pixel).collect();
            writer.write_image_data(&pixels).expect("pixels");
            writer.finish().expect("an end");
            file
        })
        .to_vec()
}

pub fn pictures() -> Vec<Vec<u8>> {
    let mut files = pngs();
    files.push(include_bytes!("../it/pictures/rgb.jpg").to_vec());
    files.push(include_bytes!("../it/pictures/grey.jpg").to_vec());
    files.push(include_bytes!("../it/pictures/progressive.jpg").to_vec());
    files
}

pub fn manifests() -> Vec<Vec<u8>> {
    let digest = "0123456789abcdef".repeat(4);
    let file = |name: &str| serde_json::json!({"name": name, "bytes": 12, "blake3": digest});
    let with = |more: &[(&str, serde_json::Value)]| {
        let mut manifest: BTreeMap<&str, serde_json::Value> = BTreeMap::from([
            ("name", "tiny".into()),
            ("digest", digest.as_str().into()),
            ("height", 8.into()),
            ("width", 9.into()),
            ("train", 20.into()),
            ("classifier", 20.into()),
            ("reference", 40.into()),
            ("sample_size", 20.into()),
            ("accuracy", 0.75.into()),
            (
                "files",
                serde_json::json!([file("images"), file("classifier.safetensors")]),
            ),
        ]);
        manifest.extend(more.iter().cloned());
        serde_json::to_vec_pretty(&manifest).expect("JSON")
    };
    vec![
        with(&[("format", 1.into())]),
        with(&[
            ("format", 2.into()),
            ("origin", "pictures".into()),
            ("channels", 3.into()),
            ("classes", 2.into()),
            ("class_names", serde_json::json!(["cat", "dog"])),
        ]),
    ]
}

/// Stored samples.
pub fn blobs() -> Vec<Vec<u8>> {
    samples()
        .iter()
        .map(|content| wrap::sample(content))
        .collect()
}

/// Stored samples before they are deflated; `src/store/sample.rs` says how they are laid out.
pub fn samples() -> Vec<Vec<u8>> {
    let blob = |kind: &[u8], sizes: &[u32], header: &[f64], doubles: &[f64], floats: &[f32]| {
        let mut blob = kind.to_vec();
        blob.extend(sizes.iter().flat_map(|n| n.to_le_bytes()));
        blob.extend(header.iter().chain(doubles).flat_map(|x| x.to_le_bytes()));
        blob.extend(floats.iter().flat_map(|x| x.to_le_bytes()));
        blob
    };
    let mut images = blob(b"I\x01", &[2, 1, 2, 3], &[], &[], &[]);
    images.extend(0..12);
    // Two lines of two points and of one: length of the name, name, number of points, points.
    let mut paths = blob(b"W\x01", &[2, 43], &[], &[], &[]);
    for (name, count) in [("D*", 2_u32), ("p", 1)] {
        paths.extend((name.len() as u32).to_le_bytes());
        paths.extend(name.as_bytes());
        paths.extend(count.to_le_bytes());
        paths.extend((0..2 * count).flat_map(|i| (i as f32).to_le_bytes()));
    }
    let plane = [0.1, 0.2, -1.0, 1e300];
    let points = [0.5, -2.5, f32::NAN, f32::INFINITY, 3.0, 4.0];
    vec![
        blob(b"P\x01", &[3, 2], &[0.05], &plane, &points),
        blob(b"P\x02", &[3, 2, 1200], &[0.05], &plane, &points),
        blob(b"L\x01", &[6, 1], &[], &[-2.0, 0.25, 0.5], &points),
        blob(b"C\x01", &[2, 1], &[-1.0, -2.0, 3.0, 4.0], &[], &points),
        paths,
        images,
    ]
}

/// A file of the run that the reader expects, left after its first step.
pub fn checkpoints() -> Vec<Vec<u8>> {
    static LEFT: LazyLock<Vec<u8>> = LazyLock::new(|| {
        let (spec, data) = fuzz::run().expect("a run");
        let prepared = Prepared::new(data).expect("a ring");
        let folder = tempfile::tempdir().expect("a folder");
        let shelf = Shelf::new(folder.path(), RUN);
        let keeping = Keeping {
            shelf: Some(&shelf),
            ..Keeping::NOTHING
        };
        let watch = Watch::default();
        watch.stop.store(true, Ordering::Relaxed);
        gan_sweep::train::go_on(&spec, &prepared, &watch, &keeping, |_| {}).expect("a step");
        let kept = checkpoint::folder(folder.path(), RUN);
        let mut files = std::fs::read_dir(kept).expect("a folder").flatten();
        std::fs::read(files.next().expect("a checkpoint").path()).expect("readable")
    });
    vec![LEFT.clone()]
}

pub fn checkpoint_contents() -> Vec<Vec<u8>> {
    let open = |file: &Vec<u8>| checkpoint::open(file).expect("sealed").to_vec();
    checkpoints().iter().map(open).collect()
}

pub fn checkpoint_headers() -> Vec<Vec<u8>> {
    headers(&checkpoint_contents())
}
