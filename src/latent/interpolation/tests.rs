//! Walks of a generator, and steps of made-up ones.

use super::{Pair, RESOLUTIONS, Route, Steps, images, pairs, walk};
use crate::latent::path::Path;
use crate::latent::testing::{generator, manifold};
use crate::latent::{LatentError, Manifold, Realism};
use crate::metric::features::Features;
use crate::param::Value;

fn of_line(at: impl Fn(f64) -> f64) -> Steps {
    let last = RESOLUTIONS[1];
    let line: Vec<f64> = (0..=last).map(|i| at(i as f64 / last as f64)).collect();
    Steps::of(&Features::new(&line, 1).expect("rows"))
}

#[test]
fn a_smooth_walk_halves_its_largest_step_and_a_jump_keeps_it() {
    // t²: the last step is (2n − 1)/n² long, the mean 1/n.
    let smooth = of_line(|t| t * t);
    for (i, n) in [64.0, 128.0].into_iter().enumerate() {
        assert!((smooth.largest[i] - (2.0 * n - 1.0) / (n * n)).abs() < 1e-12);
        assert!((smooth.mean[i] - 1.0 / n).abs() < 1e-12);
    }
    assert!((smooth.shrinkage().expect("it moves") - 0.5).abs() < 0.01);
    let jump = of_line(|t| if t < 0.3 { 0.0 } else { 1.0 });
    assert_eq!(jump.shrinkage(), Some(1.0));
    assert_eq!(jump.ratios(), Some([64.0, 128.0]));
    let still = of_line(|_| 3.0);
    assert_eq!((still.shrinkage(), still.ratios()), (None, None));
}

#[test]
fn every_route_begins_and_ends_with_the_images_of_both_latents() -> Result<(), LatentError> {
    let generator = generator(10, &[]);
    let pair = &pairs(&generator, 1, 1, None)?[0];
    let ends = generator.of_latents(&pair.ends.concat(), &[])?;
    for route in Route::ALL {
        let shown = images(&generator, pair, route, 5)?;
        assert_eq!(shown.len(), 5 * 784);
        assert_eq!(shown[..784], ends[..784], "{route:?}");
        assert_eq!(shown[4 * 784..], ends[784..], "{route:?}");
    }
    // The control's middle is the mean image, which the walk's is not.
    let middle = |route| images(&generator, pair, route, 3);
    let mean: Vec<f32> = (0..784).map(|i| (ends[i] + ends[784 + i]) / 2.0).collect();
    let fade = &middle(Route::CrossFade)?[784..2 * 784];
    assert!(fade.iter().zip(&mean).all(|(a, b)| (a - b).abs() < 1e-6));
    assert!(middle(Route::Latent(Path::Straight))?[784..2 * 784] != mean);
    Ok(())
}

#[test]
fn pairs_of_a_seed_are_the_first_of_more_and_share_one_class() -> Result<(), LatentError> {
    let conditional = [("conditioning", Value::Text("concat".to_owned()))];
    let generator = generator(1, &conditional);
    let more = pairs(&generator, 4, 20, None)?;
    assert_eq!(pairs(&generator, 4, 3, None)?, more[..3]);
    assert_ne!(pairs(&generator, 5, 3, None)?, more[..3]);
    let labels: Vec<usize> = more.iter().filter_map(|p| p.label).collect();
    assert_eq!(labels.len(), 20);
    assert!(labels.iter().any(|l| *l != labels[0]));
    let fixed = pairs(&generator, 4, 3, Some(7))?;
    assert!(fixed.iter().all(|p| p.label == Some(7)));
    let shown = images(&generator, &fixed[0], Route::ALL[1], 4)?;
    assert_eq!(shown.len(), 4 * 784);
    let refused = pairs(&generator, 4, 3, Some(10)).expect_err("ten classes");
    insta::assert_snapshot!(refused, @"there is no class 10: the data set has 10 classes, 0 to 9");
    Ok(())
}

#[test]
fn a_label_of_a_generator_without_classes_is_refused() {
    let refused = pairs(&generator(1, &[]), 0, 1, Some(3)).expect_err("no classes");
    insta::assert_snapshot!(refused, @"this generator is told no class: labels are for runs with a 'conditioning'");
}

#[test]
fn the_cross_fade_of_real_digits_leaves_the_manifold() -> Result<(), LatentError> {
    // No generator: real digits at both ends, so that all that is lost is lost between them.
    let (manifold, crate::dataset::Data::Images(images)) =
        (manifold(), crate::latent::testing::digits())
    else {
        panic!("images");
    };
    let unit = |i: usize| -> Vec<f32> {
        let image = images.train_image(i).iter();
        image.map(|&p| f32::from(p) / 255.0).collect()
    };
    let real = |t: f64| -> Result<[f64; 2], LatentError> {
        let mixed: Vec<f32> = (0..500)
            .flat_map(|i| Path::Straight.at([&unit(2 * i), &unit(2 * i + 1)], t))
            .collect();
        let held = manifold.holds(&manifold.map().of_generated(&mixed)?)?;
        Ok(Realism::means(held))
    };
    let (end, middle) = (real(0.0)?, real(0.5)?);
    // Precision hardly tells, density does: most mixtures lie in the large balls of odd digits alone.
    assert!(end[0] > 0.9 && end[1] > 0.9, "{end:?}");
    assert!(middle[0] < end[0] - 0.05, "{middle:?}");
    assert!(middle[1] < end[1] - 0.3, "{middle:?}");
    Ok(())
}

#[test]
fn what_is_measured_has_a_term_for_every_pair_and_position() -> Result<(), LatentError> {
    let generator = generator(30, &[("noise", Value::Text("uniform".to_owned()))]);
    let manifold: &Manifold = manifold();
    let pairs: Vec<Pair> = pairs(&generator, 2, 6, None)?;
    for route in Route::ALL {
        let found = walk(&generator, manifold, &pairs, (route, 5))?;
        assert_eq!((found.realism.len(), found.steps.len()), (6, 6));
        assert_eq!((found.at_positions().len(), found.between().len()), (5, 6));
        // Each is what it is alone.
        let alone = walk(&generator, manifold, &pairs[4..5], (route, 5))?;
        assert_eq!(alone.realism[0], found.realism[4]);
        assert_eq!(alone.steps[0], found.steps[4]);
        match route {
            Route::CrossFade => assert!(found.mean_norms().is_empty()),
            Route::Latent(path) => {
                let norms = found.mean_norms();
                let shortest = norms.iter().copied().fold(f64::INFINITY, f64::min);
                assert_eq!(path == Path::Straight, shortest < 0.9 * norms[0]);
            }
        }
    }
    Ok(())
}
