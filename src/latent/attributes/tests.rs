//! Attributes of strokes of known size, and of digits as another program measures them.

use super::{Attribute, Gauge, LatentError, Morphometry};
use crate::dataset::{Data, Mixture, Source, StackedMnist};
use crate::latent::testing::digits;

const SIDE: usize = 28;

/// An image of what is inside, each pixel the covered share of its area, by 16 × 16 points.
fn drawn(inside: impl Fn(f64, f64) -> bool) -> Vec<u8> {
    const POINTS: usize = 16;
    let at = |pixel: usize, i: usize| pixel as f64 - 0.5 + (i as f64 + 0.5) / POINTS as f64;
    let coverage = |x: usize, y: usize| {
        let points = (0..POINTS * POINTS).map(|i| (at(x, i % POINTS), at(y, i / POINTS)));
        let covered = points.filter(|(x, y)| inside(*x, *y)).count();
        (255.0 * covered as f64 / (POINTS * POINTS) as f64).round() as u8
    };
    (0..SIDE * SIDE)
        .map(|i| coverage(i % SIDE, i / SIDE))
        .collect()
}

/// All points within half a thickness of a segment through the middle, at an angle to the right.
fn stroke(thickness: f64, length: f64, angle: f64) -> Vec<u8> {
    let (sin, cos) = angle.sin_cos();
    drawn(|x, y| {
        let (x, y) = (x - 13.5, y - 13.5);
        let (along, across) = (x * cos + y * sin, -x * sin + y * cos);
        let beyond = (along.abs() - length / 2.0).max(0.0);
        beyond.hypot(across) <= thickness / 2.0
    })
}

/// A rectangle whose upper side is moved to the right by `slant` radians.
fn leaning([width, height]: [f64; 2], slant: f64) -> Vec<u8> {
    drawn(|x, y| {
        let (x, y) = (x - 13.5, y - 13.5);
        y.abs() <= height / 2.0 && (x + y * slant.tan()).abs() <= width / 2.0
    })
}

fn measured(pixels: &[u8]) -> Morphometry {
    Morphometry::of(pixels, [SIDE, SIDE]).expect("a stroke")
}

#[test]
fn the_thickness_of_a_stroke_is_found_at_every_angle() {
    for thickness in [2.0, 3.0, 4.5] {
        for step in 0..12 {
            let angle = std::f64::consts::PI * f64::from(step) / 12.0;
            let found = measured(&stroke(thickness, 14.0, angle)).thickness;
            assert!(
                (found - thickness).abs() < 0.21,
                "{thickness} at {angle}: {found}"
            );
        }
    }
}

#[test]
fn the_slant_of_a_leaning_rectangle_is_its_shear() {
    for slant in [-0.6, -0.2, 0.0, 0.3, 0.7] {
        let found = measured(&leaning([3.0, 18.0], slant)).slant;
        assert!((found - slant).abs() < 0.01, "{slant}: {found}");
    }
}

#[test]
fn width_and_height_are_those_of_the_parallelogram_without_two_per_cent() {
    // Sides between pixels, upright: exact.
    for size in [[6.0, 18.0], [12.0, 14.0]] {
        let found = measured(&leaning(size, 0.0));
        assert!((found.width - 0.98 * size[0]).abs() < 1e-6, "{found:?}");
        assert!((found.height - 0.98 * size[1]).abs() < 1e-6, "{found:?}");
    }
    // Leaning, pixels blur the sides, by less than a pixel of width in all.
    for slant in [-0.3, 0.4] {
        let found = measured(&leaning([6.0, 18.0], slant));
        assert!((0.98 * 6.0..7.0).contains(&found.width), "{found:?}");
        assert!((found.height - 0.98 * 18.0).abs() < 1e-6, "{found:?}");
    }
}

#[test]
fn digits_are_measured_as_by_morpho_mnist() {
    // measure_image(x)[2:] of morphomnist.measure at its version of 2019, on the first training images:
    // thickness, slant, width, height. It enlarges by cubic splines, thins to the medial axis, and takes
    // moments and width after enlarging. Of the first thousand the two programs' values correlate by
    // 0.994, 0.99996, 0.9997 and 0.996.
    let expected = [
        [2.9538, 0.1160, 13.2948, 19.2009],
        [2.0381, -0.1164, 13.2609, 19.6398],
        [1.9731, 0.2947, 14.2452, 19.8764],
        [1.6788, -0.1194, 13.7911, 20.3220],
        [3.0038, 0.4517, 13.4881, 18.5747],
        [3.0836, -0.0874, 9.6924, 19.2298],
        [3.2918, 0.0608, 17.0146, 19.0861],
        [2.5729, 0.0768, 14.1986, 19.5576],
    ];
    let Data::Images(images) = digits() else {
        panic!("images");
    };
    for (i, [thickness, slant, width, height]) in expected.into_iter().enumerate() {
        let found = measured(images.train_image(i));
        assert!((found.thickness - thickness).abs() < 0.15, "{i}");
        assert!((found.slant - slant).abs() < 0.006, "{i}: {found:?}");
        assert!((found.width - width).abs() < 0.35, "{i}: {found:?}");
        assert!((found.height - height).abs() < 0.55, "{i}: {found:?}");
    }
}

#[test]
fn brightness_and_background_do_not_matter() {
    let bright = leaning([4.0, 16.0], 0.2);
    let grey: Vec<u8> = bright.iter().map(|&p| 30 + p / 2).collect();
    let (bright, grey) = (measured(&bright), measured(&grey));
    assert!((bright.thickness - grey.thickness).abs() < 0.05);
    assert!((bright.slant - grey.slant).abs() < 1e-3);
    assert!((bright.width - grey.width).abs() < 0.05);
}

#[test]
fn an_image_without_a_stroke_is_not_measured() {
    for flat in [[0_u8; SIDE * SIDE], [200; SIDE * SIDE]] {
        assert_eq!(Morphometry::of(&flat, [SIDE, SIDE]), None);
    }
    let mut one_row = [0_u8; SIDE * SIDE];
    one_row[5 * SIDE..5 * SIDE + 9].fill(255);
    assert_eq!(Morphometry::of(&one_row, [SIDE, SIDE]), None);
}

#[test]
fn attributes_are_named_by_words() {
    for word in ["thickness", "slant", "width", "height", "class=7"] {
        let attribute: Attribute = word.parse().expect("an attribute");
        assert_eq!(attribute.to_string(), word);
    }
    let refused = |word: &str| word.parse::<Attribute>().expect_err("refused");
    insta::assert_snapshot!(refused("slantt"), @"there is no attribute 'slantt' (did you mean 'slant'?); there are thickness, slant, width, height and class=C");
    insta::assert_snapshot!(refused("class=x"), @"there is no attribute 'class=x'; there are thickness, slant, width, height and class=C");
}

#[test]
fn classes_are_scored_by_the_classifiers_odds() -> Result<(), LatentError> {
    let data = digits();
    let attributes = (0..10).map(Attribute::Class).collect();
    let scores = Gauge::new(&data, attributes)?.of_real()?;
    let Data::Images(images) = &data else {
        panic!("images");
    };
    let classifier = images.classifier.as_ref().expect("digits have one");
    let reading = classifier.run(&images.reference)?;
    for (scores, (class, probability)) in scores.iter().zip(reading.predictions()) {
        let scores = scores.as_ref().expect("every image has a class");
        assert!(scores.iter().all(|s| *s <= scores[class]));
        // p / (1 − p), where 1 − p is not rounded away.
        if probability < 0.999 {
            let odds = (probability / (1.0 - probability)).ln();
            assert!((scores[class] - odds).abs() < 1e-9);
        }
    }
    Ok(())
}

#[test]
fn what_cannot_be_measured_is_told() {
    let refused = |data: &Data, attribute| {
        let gauge = Gauge::new(data, vec![attribute]);
        gauge.expect_err("refused").to_string()
    };
    let stacked = StackedMnist { samples: 300 }.open().expect("embedded");
    insta::assert_snapshot!(refused(&stacked, Attribute::Slant), @"slant is measured on grey images, these have 3 channels");
    insta::assert_snapshot!(refused(&digits(), Attribute::Class(10)), @"there is no class 10: the data set has 10 classes, 0 to 9");
    let points = Data::Mixture(Mixture::equal(&[[0.0, 0.0]], 1.0));
    insta::assert_snapshot!(refused(&points, Attribute::Slant), @"its samples are points, not images");
}
