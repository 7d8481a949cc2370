//! Looks into generators that were hardly trained.

use super::{Looked, into, quantities};
use crate::event::Sample;
use crate::latent::LatentError;
use crate::latent::testing::generator;
use crate::param::Value;
use crate::spec::Look;

fn value(looked: &Looked, name: &str) -> Option<f64> {
    let found = looked.values.iter().find(|v| v.0 == name);
    found.map(|v| v.1)
}

fn images(looked: &Looked) -> usize {
    match &looked.picture {
        Sample::Images { count, .. } => *count,
        other => panic!("images, not {other:?}"),
    }
}

#[test]
fn every_quantity_is_logged_once_and_has_a_name_of_its_own() -> Result<(), LatentError> {
    let generator = generator(60, &[]);
    let mut logged: Vec<&str> = Vec::new();
    for look in [Look::Interpolation, Look::Neighbours, Look::Directions] {
        let looked = into(look, &generator, 7)?;
        assert_eq!(looked, into(look, &generator, 7)?, "{look:?}");
        logged.extend(looked.values.iter().map(|v| v.0));
    }
    let mut declared: Vec<&str> = quantities().map(|info| info.name).collect();
    declared.sort_unstable();
    logged.sort_unstable();
    assert_eq!(logged, declared);
    declared.dedup();
    assert_eq!(logged.len(), declared.len());
    Ok(())
}

#[test]
fn walks_are_measured_where_they_are_named() -> Result<(), LatentError> {
    let generator = generator(60, &[]);
    let looked = into(Look::Interpolation, &generator, 3)?;
    let of = |name: &str| value(&looked, name).expect(name);
    for route in ["straight", "spherical", "cross_fade"] {
        // The middle is one of seven positions, the other places are there twice.
        let places = [1, 2, 3, 4].map(|i| of(&format!("walk.precision.{route}.{i}")));
        let mean = (2.0 * (places[0] + places[1] + places[2]) + places[3]) / 7.0;
        let all = of(&format!("walk.precision.{route}"));
        assert!((mean - all).abs() < 1e-12, "{route}: {mean}, {all}");
        let shrinkage = of(&format!("walk.shrinkage.{route}"));
        assert!((0.4..=1.0).contains(&shrinkage), "{route}: {shrinkage}");
        assert!(of(&format!("walk.steepest.{route}")) >= 1.0);
    }
    assert_eq!(images(&looked), 81);
    // Other latents under another seed.
    assert_ne!(looked, into(Look::Interpolation, &generator, 4)?);
    Ok(())
}

#[test]
fn the_controls_of_neighbours_are_told_apart() -> Result<(), LatentError> {
    let generator = generator(60, &[]);
    let looked = into(Look::Neighbours, &generator, 0)?;
    let of = |name: &str| value(&looked, name).expect(name);
    for space in ["features", "pixels"] {
        assert_eq!(of(&format!("near.flagged.copies.{space}")), 1.0);
        assert_eq!(of(&format!("near.flagged.held_out.{space}")), 0.0);
        assert_eq!(of(&format!("near.flagged.{space}")), 0.0);
        let ratio = of(&format!("near.ratio.held_out.{space}"));
        assert!((ratio - 1.0).abs() < 0.11, "{space}: {ratio}");
    }
    assert_eq!(images(&looked), 8 * 9);
    Ok(())
}

#[test]
fn directions_of_blank_images_are_missing_and_say_so() -> Result<(), LatentError> {
    // Weights that are nearly zero: every image is the same grey.
    let generator = generator(
        1,
        &[
            ("init", Value::Text("normal".to_owned())),
            ("init_std", Value::Float(1e-6)),
            ("lr", Value::Float(1e-9)),
        ],
    );
    let looked = into(Look::Directions, &generator, 0)?;
    let names: Vec<&str> = looked.values.iter().map(|v| v.0).collect();
    assert_eq!(names, ["directions.measured"]);
    assert_eq!(images(&looked), 49);
    Ok(())
}
