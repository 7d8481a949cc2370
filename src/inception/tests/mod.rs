//! The network against pytorch-fid's with the same made-up weights, its parts against their
//! definitions and torch's.

pub(crate) mod made_up;
mod parts;

use std::path::Path;
use std::sync::LazyLock;

use serde::Deserialize;

use super::{FEATURES, Inception, InceptionError, LOGITS, Pixels, SPATIAL};
use crate::weights::{Tensor, Weights};
use made_up::{IMAGE, images};

/// Greatest distance from torch's `f64`, of all values and of the worst, each by the size of all:
/// torch's own `f32` differs by up to 1.1e-6 (`torch_f32_differs_by` in the file).
const CLOSE: f64 = 1e-4;

/// What `benches/peers/inception.py network` wrote.
#[derive(Deserialize)]
struct Fixture {
    image: [usize; 3],
    outputs: Vec<Output>,
}

#[derive(Deserialize)]
struct Output {
    name: String,
    shape: Vec<usize>,
    /// One an image, in a list.
    #[serde(default)]
    mean: Vec<[f64; 1]>,
    #[serde(default)]
    root_mean_square: Vec<[f64; 1]>,
    /// In an image of `shape`, row-major.
    #[serde(default)]
    places: Vec<usize>,
    /// At the places, or all of them; a list an image.
    values: Vec<Vec<f64>>,
}

static FIXTURE: LazyLock<Fixture> = LazyLock::new(|| {
    let text = include_str!("../../../tests/it/inception/network.json");
    serde_json::from_str(text).expect("the fixture")
});

/// A network that no file holds.
pub(crate) static NETWORK: LazyLock<Inception> = LazyLock::new(|| {
    Inception::from_weights(&made_up::weights()).expect("a network of made-up weights")
});

impl Output {
    fn named(name: &str) -> &'static Self {
        let outputs = &FIXTURE.outputs;
        outputs
            .iter()
            .find(|output| output.name == name)
            .expect("an output of that name")
    }

    /// Compares all values of the two images, row-major `[2, shape]`.
    fn check(&self, found: &[f32]) {
        let each: usize = self.shape.iter().product();
        assert_eq!(found.len(), 2 * each, "{}", self.name);
        for (image, found) in found.chunks_exact(each).enumerate() {
            let found: Vec<f64> = found.iter().map(|x| f64::from(*x)).collect();
            let expected = &self.values[image];
            let probes: Vec<f64> = match self.places.as_slice() {
                [] => found.clone(),
                places => places.iter().map(|place| found[*place]).collect(),
            };
            let what = format!("{}, image {image}", self.name);
            close(&probes, expected, &what);
            if let Some([mean]) = self.mean.get(image) {
                close(&[found.iter().sum::<f64>() / each as f64], &[*mean], &what);
            }
            if let Some([expected]) = self.root_mean_square.get(image) {
                let square: f64 = found.iter().map(|x| x * x).sum();
                close(&[(square / each as f64).sqrt()], &[*expected], &what);
            }
        }
    }
}

fn close(found: &[f64], expected: &[f64], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let norm = |values: &[f64]| values.iter().map(|x| x * x).sum::<f64>().sqrt();
    let most = |values: &[f64]| values.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
    let apart: Vec<f64> = found.iter().zip(expected).map(|(x, y)| x - y).collect();
    for (apart, size) in [
        (norm(&apart), norm(expected)),
        (most(&apart), most(expected)),
    ] {
        // `<` alone, so that NaN fails.
        assert!(apart < CLOSE * size, "{what}: {apart} of {size}");
    }
}

#[test]
fn every_block_gives_what_pytorch_fids_gives() {
    assert_eq!(FIXTURE.image, IMAGE, "the images of the fixture");
    let maps = Pixels::Bytes(&images()).maps(0..2, IMAGE);
    let mut seen = Vec::new();
    NETWORK.forward(maps, |name, maps| {
        let output = Output::named(name);
        assert_eq!(
            output.shape,
            [maps.channels, maps.height, maps.width],
            "{name}"
        );
        output.check(&maps.planes());
        seen.push(name);
    });
    let blocks = FIXTURE
        .outputs
        .iter()
        .filter(|output| output.shape.len() == 3);
    assert_eq!(
        seen,
        blocks
            .map(|output| output.name.as_str())
            .collect::<Vec<_>>()
    );
}

#[test]
fn features_and_logits_are_pytorch_fids() {
    let reading = NETWORK
        .run_with_spatial(Pixels::Bytes(&images()), IMAGE)
        .expect("a reading");
    Output::named("features").check(&reading.features);
    Output::named("unbiased logits").check(&reading.unbiased_logits);
    Output::named("logits").check(&reading.logits);
    let spatial = reading.spatial.expect("asked for");
    assert_eq!(spatial.len(), 2 * FEATURES * SPATIAL * SPATIAL);
    Output::named("Mixed_7c").check(&spatial);
}

#[test]
fn the_two_images_differ_by_far_more_than_the_tolerance() {
    // Otherwise a network that does not look at its input could pass.
    for output in &FIXTURE.outputs {
        let [first, second] = [0, 1].map(|image| &output.values[image]);
        let apart: f64 = first.iter().zip(second).map(|(x, y)| (x - y).powi(2)).sum();
        let size: f64 = first.iter().map(|x| x * x).sum();
        assert!(
            apart.sqrt() > 100.0 * CLOSE * size.sqrt(),
            "{}",
            output.name
        );
    }
}

#[test]
fn neither_threads_nor_the_images_beside_it_change_a_bit_of_an_images_reading() {
    let two = images();
    let seven: Vec<u8> = (0..7)
        .flat_map(|i| two[..two.len() / 2].iter().map(move |x| x ^ i))
        .collect();
    let with_threads = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        let pool = pool.build().expect("a pool");
        pool.install(|| NETWORK.run(Pixels::Bytes(&seven), IMAGE))
            .expect("a reading")
    };
    let one = with_threads(1);
    assert_eq!(one, with_threads(3));
    let last = &seven[6 * two.len() / 2..];
    let alone = NETWORK.run(Pixels::Bytes(last), IMAGE).expect("a reading");
    assert_eq!(alone.features, one.features[6 * FEATURES..]);
    assert_eq!(alone.logits, one.logits[6 * LOGITS..]);
}

#[test]
fn numbers_from_0_to_1_and_bytes_of_the_same_grey_image_read_alike() {
    let bytes: Vec<u8> = (0..=99).collect();
    let unit: Vec<f32> = bytes.iter().map(|x| f32::from(*x) / 255.0).collect();
    let grey = NETWORK
        .run(Pixels::Bytes(&bytes), [1, 10, 10])
        .expect("grey");
    let rgb = NETWORK
        .run(Pixels::Unit(&unit.repeat(3)), [3, 10, 10])
        .expect("rgb");
    assert_eq!(grey, rgb);
    let none = NETWORK
        .run(Pixels::Bytes(&[]), [1, 10, 10])
        .expect("no images");
    assert!(none.features.is_empty() && none.logits.is_empty());
}

#[test]
fn what_is_no_image_is_refused() {
    fn refused(pixels: Pixels<'_>, shape: [usize; 3]) -> InceptionError {
        NETWORK.run(pixels, shape).expect_err("no image")
    }
    for shape in [[2, 4, 4], [3, 0, 4], [1, usize::MAX, 2]] {
        let error = refused(Pixels::Bytes(&[0; 32]), shape);
        assert!(matches!(error, InceptionError::Shape { .. }), "{error}");
    }
    let error = refused(Pixels::Bytes(&[0; 17]), [1, 4, 4]);
    assert!(
        matches!(error, InceptionError::Pixels { len: 17, .. }),
        "{error}"
    );
    for bad in [f32::NAN, -0.01, 1.01, f32::INFINITY] {
        let mut values = [0.5; 16];
        values[5] = bad;
        let error = refused(Pixels::Unit(&values), [1, 4, 4]);
        assert!(
            matches!(error, InceptionError::Value { place: 5, .. }),
            "{error}"
        );
    }
}

/// The made-up weights with one tensor changed or left out.
fn changed(name: &str, change: impl Fn(&mut Tensor) -> bool) -> InceptionError {
    let tensors = made_up::weights();
    let tensors = tensors.iter().filter_map(|(n, tensor)| {
        let mut tensor = tensor.clone();
        (n != name || change(&mut tensor)).then(|| (n.to_owned(), tensor))
    });
    let weights: Weights = tensors.collect();
    Inception::from_weights(&weights).expect_err("weights that do not fit")
}

#[test]
fn the_first_tensor_that_does_not_fit_is_named() {
    const NAME: &str = "Mixed_6c.branch7x7dbl_2.conv.weight";
    assert_eq!(
        changed(NAME, |_| false).to_string(),
        "the tensor 'Mixed_6c.branch7x7dbl_2.conv.weight' of shape [160, 160, 7, 1] is not there: \
         this is not the FID variant that pytorch-fid publishes"
    );
    let swapped = |tensor: &mut Tensor| {
        tensor.shape = vec![160, 160, 1, 7];
        true
    };
    assert_eq!(
        changed(NAME, swapped).to_string(),
        "the tensor 'Mixed_6c.branch7x7dbl_2.conv.weight' has the shape [160, 160, 1, 7], expected \
         [160, 160, 7, 1]: this is not the FID variant that pytorch-fid publishes"
    );
    let negative = |tensor: &mut Tensor| {
        tensor.values[3] = -0.5;
        true
    };
    assert_eq!(
        changed("Mixed_7c.branch1x1.bn.running_var", negative).to_string(),
        "the tensor 'Mixed_7c.branch1x1.bn.running_var' holds -0.5 at place 3, expected variances, \
         at least 0"
    );
    let nan = |tensor: &mut Tensor| {
        tensor.values[7] = f32::NAN;
        true
    };
    assert_eq!(
        changed("fc.bias", nan).to_string(),
        "the tensor 'fc.bias' holds NaN at place 7, expected finite numbers"
    );
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let error = Inception::from_file(Path::new("no/such/file.pth")).expect_err("no file");
    assert_eq!(
        error.to_string(),
        "cannot use no/such/file.pth as weights of Inception"
    );
}

#[test]
#[ignore = "needs a file of 96 MB that PyTorch wrote: .ci/run makes it in both formats and runs this \
            wherever torch and pytorch-fid are installed"]
fn a_file_of_full_size_holds_the_made_up_weights() {
    let path = std::env::var_os("GAN_SWEEP_TEST_INCEPTION_FILE").expect("the variable");
    let read = Inception::from_file(Path::new(&path)).expect("the file");
    assert_eq!(read.digest(), NETWORK.digest());
}
