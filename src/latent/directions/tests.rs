//! The protocol on a generator, as a whole.

use super::{Directions, Protocol, find};
use crate::latent::LatentError;
use crate::latent::attributes::{Attribute, Gauge};
use crate::latent::testing::{digits, generator};
use crate::param::Value;

const ATTRIBUTES: [Attribute; 3] = [Attribute::Thickness, Attribute::Slant, Attribute::Width];

fn protocol() -> Protocol {
    Protocol {
        samples: 1500,
        moved: 40,
        ..Protocol::default()
    }
}

fn found(steps: i64, changes: &[(&'static str, Value)]) -> Result<Directions, LatentError> {
    let gauge = Gauge::new(&digits(), ATTRIBUTES.to_vec())?;
    find(&generator(steps, changes), &gauge, &protocol())
}

#[test]
fn all_parts_speak_of_the_same_attributes_and_are_the_same_again() -> Result<(), LatentError> {
    let once = found(60, &[])?;
    assert_eq!(once.attributes, ATTRIBUTES);
    assert!(once.places.len() <= once.drawn && once.drawn == 1500);
    assert_eq!(once.extremes, once.places.len() / 50);
    assert_eq!((once.separators.len(), once.scales.len()), (3, 3));
    // Three normals, each also off the two others.
    assert_eq!(once.moves.len(), 9);
    assert_eq!(once.real.1, 5000);
    for matrix in [&once.covariance, &once.real.0] {
        for (i, row) in matrix.iter().enumerate() {
            assert!((row[i] - 1.0).abs() < 1e-9);
            for (j, x) in row.iter().enumerate() {
                assert!(x.abs() < 1.0 + 1e-9 && (x - matrix[j][i]).abs() < 1e-12);
            }
        }
    }
    for (separator, law) in once.separators.iter().zip(&once.by_separators.normals) {
        assert_eq!(&separator.normal, law);
        assert!((0.0..=1.0).contains(&separator.accuracy));
    }
    // Nothing linear explains held-out samples better than chance allows.
    let pairs = once.by_separators.r2.iter().zip(&once.by_regression.r2);
    assert!(pairs.into_iter().all(|(along, best)| along - best < 0.05));
    for step in &once.moves {
        let length: f64 = step.direction.iter().map(|x| x * x).sum();
        assert!((length - 1.0).abs() < 1e-9);
        if let Some(off) = step.off {
            let other = &once.separators[off].normal;
            let cosine: f64 = step.direction.iter().zip(other).map(|(a, b)| a * b).sum();
            assert!(cosine.abs() < 1e-9);
        }
    }
    let again = found(60, &[])?;
    assert_eq!(again.separators, once.separators);
    assert_eq!(again.by_regression, once.by_regression);
    assert_eq!(again.moves, once.moves);
    Ok(())
}

#[test]
fn noise_of_another_mean_and_spread_is_brought_to_the_laws_own() -> Result<(), LatentError> {
    let range = Value::List(vec![Value::Float(2.0), Value::Float(3.0)]);
    let uniform = [
        ("noise", Value::Text("uniform".to_owned())),
        ("noise_range", range),
    ];
    let found = found(60, &uniform)?;
    // U(2, 3): mean 2.5 and variance 1/12; five standard errors of 1500 draws.
    let error = 5.0 * (1.0_f64 / 12.0 / 1500.0).sqrt();
    assert!(found.origin.mean.iter().all(|m| (m - 2.5).abs() < error));
    assert!((found.origin.sd - 12_f64.sqrt().recip()).abs() < 0.01);
    Ok(())
}

#[test]
fn too_few_samples_and_attributes_without_spread_are_told() -> Result<(), LatentError> {
    let gauge = Gauge::new(&digits(), ATTRIBUTES.to_vec())?;
    let generator = generator(60, &[]);
    let of = |protocol: &Protocol| find(&generator, &gauge, protocol).err();
    let few = Protocol {
        samples: 100,
        ..protocol()
    };
    insta::assert_snapshot!(of(&few).expect("refused"), @"a hyperplane between the highest and the lowest needs at least 500 samples that can be measured, 100 of 100 can");
    let label = Protocol {
        label: Some(1),
        ..protocol()
    };
    insta::assert_snapshot!(of(&label).expect("refused"), @"this generator is told no class: labels are for runs with a 'conditioning'");
    Ok(())
}
