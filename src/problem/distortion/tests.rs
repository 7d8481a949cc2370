//! Distortions of small images against what is known of them.

use super::{Blur, Distorts, Noise};
use crate::axis::Component;
use crate::param::{Key, Settings, Value};
use crate::rng::{Name, Stream, Streams};

fn with<C: Component>(amount: f64) -> C {
    let key = Key {
        name: "amount",
        network: None,
    };
    let settings = Settings([(key, Value::Float(amount))].into());
    C::read(&settings, None).expect("an amount")
}

fn stream() -> Stream {
    Streams::new(0).stream(Name::Distortion, 3, 0)
}

#[test]
fn a_blurred_image_is_scipys() {
    // import numpy as np; from scipy.ndimage import gaussian_filter
    // x = np.arange(20.).reshape(4, 5) / 20
    // gaussian_filter(x, 0.8, mode="constant", truncate=3 / 0.8)
    // (radius int(truncate · sigma + 0.5) = 3 = ⌈3 · 0.8⌉)
    const SCIPY: [f64; 20] = [
        0.061_472_765_013,
        0.105_156_249_262,
        0.143_170_901_731,
        0.175_032_494_735,
        0.153_283_398_732,
        0.204_635_036_336,
        0.299_525_965_032,
        0.352_666_881_321,
        0.390_651_224_133,
        0.324_364_820_458,
        0.371_281_664_970,
        0.516_947_010_156,
        0.574_862_581_559,
        0.608_072_269_257,
        0.491_011_449_092,
        0.380_148_989_370,
        0.520_927_743_253,
        0.568_072_907_852,
        0.590_803_988_726,
        0.471_959_623_089,
    ];
    let mut image: Vec<f32> = (0..20_u8).map(|i| f32::from(i) / 20.0).collect();
    with::<Blur>(0.8).change(&mut image, [1, 4, 5], &mut stream());
    for (found, expected) in image.iter().zip(SCIPY) {
        assert!((f64::from(*found) - expected).abs() < 1e-6, "{image:?}");
    }
}

#[test]
fn the_same_noise_grows_with_its_amount() {
    let noise = |sigma: f64| {
        let mut image = vec![0.5; 10_000];
        with::<Noise>(sigma).change(&mut image, [1, 100, 100], &mut stream());
        image
            .iter()
            .map(|x| f64::from(*x) - 0.5)
            .collect::<Vec<_>>()
    };
    let (small, large) = (noise(0.1), noise(0.3));
    // Its deviation has a standard error of σ/√(2n) = 0.7 %.
    let deviation = (small.iter().map(|e| e * e).sum::<f64>() / 10_000.0).sqrt();
    assert!((deviation / 0.1 - 1.0).abs() < 0.03, "{deviation}");
    for (a, b) in small.iter().zip(&large) {
        assert!((3.0 * a - b).abs() < 1e-6);
    }
}

#[test]
fn an_amount_of_nothing_changes_nothing() {
    let image: Vec<f32> = (0..84_u8).map(|i| f32::from(i) / 84.0).collect();
    let nothing: [&dyn Distorts; 2] = [&with::<Noise>(0.0), &with::<Blur>(0.0)];
    for distortion in nothing {
        let mut changed = image.clone();
        distortion.change(&mut changed, [1, 7, 12], &mut stream());
        assert_eq!(changed, image);
    }
}
