//! Densities that are named on the command line: `normal(0, 1)`, `uniform(0, 1)`.

use super::{SampleSet, Samples, SamplesError, Wanted};
use crate::metric::MIXTURE_SAMPLES;
use crate::metric::divergence::{Density, DivergenceError};
use crate::metric::features::Features;
use crate::rng::{Name, Streams};

/// A kind of density: its name, and what makes one of two numbers.
type Kind = (
    &'static str,
    fn(f64, f64) -> Result<Density, DivergenceError>,
);

const KINDS: [Kind; 2] = [("normal", Density::normal), ("uniform", Density::uniform)];

/// The density of that name with draws from it; `None` for a word that names none.
pub(super) fn open(word: &str, wanted: Wanted) -> Result<Option<SampleSet>, SamplesError> {
    let Some((kind, arguments)) = word.trim().split_once('(') else {
        return Ok(None);
    };
    let Some((_, make)) = KINDS.iter().find(|(name, _)| *name == kind.trim()) else {
        return Ok(None);
    };
    let wrong = |problem: String| SamplesError::Density {
        word: word.to_owned(),
        problem,
    };
    let numbers: Option<Vec<f64>> = arguments.strip_suffix(')').and_then(|inside| {
        inside
            .split(',')
            .map(|number| number.trim().parse().ok())
            .collect()
    });
    let Some(&[first, second]) = numbers.as_deref() else {
        return Err(wrong(format!("expected two numbers, {kind}(0, 1)")));
    };
    let density = make(first, second).map_err(|e| wrong(e.to_string()))?;
    let name = format!("{}({first}, {second})", kind.trim());
    // Of every density other draws, of the same one the same.
    let digest = *blake3::hash(name.as_bytes()).as_bytes();
    let step = u64::from_le_bytes(std::array::from_fn(|i| digest[i]));
    let mut stream = Streams::new(0).stream(Name::Reference, step, 0);
    let values = density.draw(&mut stream, wanted.count.unwrap_or(MIXTURE_SAMPLES));
    let features =
        Features::new(&values, density.dimensions()).map_err(|source| SamplesError::Values {
            name: name.clone(),
            source,
        })?;
    Ok(Some(SampleSet {
        name,
        samples: Samples::Vectors(features),
        data: None,
        density: Some(density),
    }))
}

#[cfg(test)]
mod tests {
    use super::{SamplesError, Wanted, open};
    use crate::samples::Samples;

    const WANTED: Wanted = Wanted {
        count: Some(4_000),
        train: false,
    };

    #[test]
    fn its_draws_have_its_moments() -> Result<(), SamplesError> {
        for (word, mean, deviation) in [
            ("normal(3, 0.5)", 3.0, 0.5),
            (" uniform( -1 ,1e0 )", 0.0, 1.0 / 3_f64.sqrt()),
        ] {
            let set = open(word, WANTED)?.expect("a density");
            let Samples::Vectors(features) = &set.samples else {
                panic!("points");
            };
            let x = features.values();
            let n = x.len() as f64;
            let found = x.iter().sum::<f64>() / n;
            let spread = (x.iter().map(|x| (x - found).powi(2)).sum::<f64>() / n).sqrt();
            assert_eq!(x.len(), 4_000);
            assert!(
                (found - mean).abs() < 4.0 * deviation / n.sqrt(),
                "{word}: {found}"
            );
            assert!((spread / deviation - 1.0).abs() < 0.05, "{word}: {spread}");
        }
        Ok(())
    }

    #[test]
    fn what_is_none_is_left_to_others_and_what_is_wrong_is_told() {
        assert!(matches!(open("ring8", WANTED), Ok(None)));
        assert!(matches!(open("cauchy(0, 1)", WANTED), Ok(None)));
        for word in ["normal(0)", "normal(0, 1", "uniform(2, 1)", "normal(a, 1)"] {
            let told = open(word, WANTED).err().map(|e| e.to_string());
            assert!(
                told.as_ref().is_some_and(|t| t.contains(word)),
                "{word}: {told:?}"
            );
        }
    }
}
