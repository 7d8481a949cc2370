//! The classifier on sets small enough to train here.

use std::sync::OnceLock;

use super::{Classifier, ClassifierError, Examples, FEATURES, MOST_CLASSES as CLASSES, train};
use crate::rng::{Name, Streams};

const SIDE: usize = 9;

/// Labels 0 to 9 in turn; an image is bright in one of ten places and dim noise elsewhere.
fn bright_spots(count: usize, seed: u64) -> (Vec<u8>, Vec<u8>) {
    let mut stream = Streams::new(seed).stream(Name::Reference, 0, 0);
    let labels: Vec<u8> = (0..count).map(|i| (i % CLASSES) as u8).collect();
    let mut pixels: Vec<u8> = (0..count * SIDE * SIDE)
        .map(|_| stream.index(60) as u8)
        .collect();
    for (image, &label) in pixels.chunks_exact_mut(SIDE * SIDE).zip(&labels) {
        // Rows 1 and 6, columns 0 to 8 in twos: further apart than an image is moved in training.
        let (row, column) = (1 + 5 * usize::from(label / 5), 2 * usize::from(label % 5));
        image[row * SIDE + column] = 255;
        image[(row + 1) * SIDE + column] = 255 - 50 * (label % 5);
    }
    (pixels, labels)
}

fn examples<'a>((pixels, labels): &'a (Vec<u8>, Vec<u8>)) -> Examples<'a> {
    Examples {
        shape: [1, SIDE, SIDE],
        classes: CLASSES,
        pixels,
        labels,
    }
}

/// One classifier for the tests that do not change it.
fn shared() -> &'static Classifier {
    static SHARED: OnceLock<Classifier> = OnceLock::new();
    SHARED.get_or_init(trained)
}

fn trained() -> Classifier {
    let (set, test) = (bright_spots(40, 1), bright_spots(50, 2));
    let mut last = None;
    let classifier = train(&examples(&set), &examples(&test), "spots", |p| {
        last = Some(p)
    })
    .expect("a classifier");
    let last = last.expect("progress was reported");
    assert_eq!(last.step, last.steps);
    classifier
}

#[test]
fn training_gives_the_same_bits_again_and_learns() {
    let (first, second) = (shared(), trained());
    let bytes = |c: &Classifier| c.to_safetensors().expect("weights");
    assert_eq!(bytes(first), bytes(&second));
    // Ten places to tell apart, moved at random in training: chance is 0.1.
    assert!(first.accuracy() > 0.5, "{}", first.accuracy());
}

#[test]
fn weights_are_read_as_they_were_written() {
    let classifier = shared();
    let bytes = classifier.to_safetensors().expect("weights");
    let read = Classifier::from_safetensors(&bytes).expect("its own file");
    assert_eq!(&read, classifier);
    assert_eq!(
        (read.shape(), read.trained_on()),
        ([1, SIDE, SIDE], "spots")
    );
    let (pixels, _) = bright_spots(120, 3);
    let reading = read.run(&pixels).expect("whole images");
    assert_eq!(reading.features.len(), 120 * FEATURES);
    for row in reading.probabilities.chunks_exact(CLASSES) {
        assert!((row.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }
    // Of whole grey levels the finer features are the same.
    let unit: Vec<f32> = pixels.iter().map(|&p| f32::from(p) / 255.0).collect();
    assert_eq!(read.features(&unit).expect("images"), reading.features);
    assert!(matches!(
        read.run(&pixels[1..]),
        Err(ClassifierError::Pixels { .. })
    ));
}

/// Three classes that only the channel tells apart: red, green or blue is bright.
fn colours(count: usize, seed: u64) -> (Vec<u8>, Vec<u8>) {
    let mut stream = Streams::new(seed).stream(Name::Reference, 0, 0);
    let labels: Vec<u8> = (0..count).map(|i| (i % 3) as u8).collect();
    let mut pixels = Vec::new();
    for &label in &labels {
        for channel in 0..3 {
            let bright = 150 * usize::from(channel == label);
            pixels.extend((0..64).map(|_| (bright + stream.index(100)) as u8));
        }
    }
    (pixels, labels)
}

#[test]
fn colours_are_told_apart_and_the_weights_say_so() {
    fn examples((pixels, labels): &(Vec<u8>, Vec<u8>)) -> Examples<'_> {
        Examples {
            shape: [3, 8, 8],
            classes: 3,
            pixels,
            labels,
        }
    }
    let (set, test) = (colours(60, 1), colours(60, 2));
    let classifier = train(&examples(&set), &examples(&test), "colours", |_| {});
    let classifier = classifier.expect("a classifier");
    assert_eq!(classifier.accuracy(), 1.0);
    let bytes = classifier.to_safetensors().expect("weights");
    let read = Classifier::from_safetensors(&bytes).expect("its own file");
    assert_eq!(read, classifier);
    assert_eq!((read.shape(), read.classes()), ([3, 8, 8], 3));
    let reading = read.run(&test.0).expect("whole images");
    assert_eq!(reading.probabilities.len(), 60 * 3);
}

#[test]
fn grey_images_of_ten_classes_have_the_metadata_they_always_had() {
    // The identity of an imported set contains the digest of its weights.
    let bytes = shared().to_safetensors().expect("weights");
    let text = String::from_utf8_lossy(&bytes).into_owned();
    assert!(text.contains("height") && !text.contains("channels") && !text.contains("classes"));
}

#[test]
fn damaged_weights_are_refused_without_a_panic() {
    let bytes = shared().to_safetensors().expect("weights");
    for cut in [0, 7, 8, 100, bytes.len() / 2, bytes.len() - 1] {
        assert!(Classifier::from_safetensors(&bytes[..cut]).is_err());
    }
    let mut infinite = bytes.clone();
    let end = infinite.len();
    infinite[end - 4..].copy_from_slice(&f32::INFINITY.to_le_bytes());
    assert!(matches!(
        Classifier::from_safetensors(&infinite),
        Err(ClassifierError::Tensor { .. })
    ));
}

#[test]
fn labels_that_do_not_fit_are_refused() {
    let mut set = bright_spots(20, 1);
    set.1[3] = 10;
    let refused = train(&examples(&set), &examples(&set), "", |_| {});
    assert!(matches!(refused, Err(ClassifierError::Labels { .. })));
    set.1.pop();
    let refused = train(&examples(&set), &examples(&set), "", |_| {});
    assert!(matches!(refused, Err(ClassifierError::Labels { .. })));
}

#[test]
fn positions_are_what_the_features_are_made_of() -> Result<(), ClassifierError> {
    let (pixels, _) = bright_spots(3, 4);
    let classifier = shared();
    let positions = classifier.positions(&pixels)?;
    let features = classifier.run(&pixels)?.features;
    let (weight, bias) = (
        &classifier.network.parameters[4],
        &classifier.network.parameters[5],
    );
    // Two strides of 2: 9, 5, 3 positions a side.
    let (area, channels) = (3 * 3, super::SPATIAL_FEATURES);
    assert_eq!(positions.len(), 3 * area * channels);
    for (image, features) in positions
        .chunks(area * channels)
        .zip(features.chunks(FEATURES))
    {
        for (j, &feature) in features.iter().enumerate() {
            let row = &weight[j * area * channels..][..area * channels];
            let mut sum = bias[j];
            for at in 0..area {
                for channel in 0..channels {
                    // The linear layer sees channel after channel.
                    sum += image[at * channels + channel] * row[channel * area + at];
                }
            }
            assert!((sum.max(0.0) - feature).abs() < 1e-3 * (1.0 + feature.abs()));
        }
    }
    assert!(classifier.positions(&pixels[1..]).is_err());
    Ok(())
}
