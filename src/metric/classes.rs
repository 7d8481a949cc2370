//! Which classes a generator makes, as the data set's own classifier reads them.

use crate::classifier::{CLASSES, Reading};

/// A classifier is confident from this probability on.
pub const CONFIDENCE: f64 = 0.9;

/// A class is covered when so large a share of all samples is confidently of it: three tenths of
/// what a uniform generator gives each of ten.
pub const COVERED_SHARE: f64 = 0.03;

/// Coverage of the classes by n samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Coverage {
    /// Classes that hold at least [`COVERED_SHARE`] of all n samples at [`CONFIDENCE`] or above.
    pub classes: usize,
    /// −Σ pᵢ ln pᵢ over the histogram of predicted classes, confident or not, in nats; 0 to
    /// ln 10 = 2.303.
    pub entropy: f64,
    /// Share of samples at [`CONFIDENCE`] or above.
    pub confident: f64,
}

/// Counts the classes in what the classifier read; all zero for no samples.
pub fn coverage(reading: &Reading) -> Coverage {
    let mut confident = [0_usize; CLASSES];
    let mut predicted = [0_usize; CLASSES];
    for (class, probability) in reading.predictions() {
        predicted[class] += 1;
        confident[class] += usize::from(probability >= CONFIDENCE);
    }
    let all = predicted.iter().sum::<usize>().max(1) as f64;
    let share = |count: usize| count as f64 / all;
    let terms = predicted.iter().filter(|&&c| c > 0).map(|&c| share(c));
    Coverage {
        classes: confident
            .iter()
            .filter(|&&c| share(c) >= COVERED_SHARE)
            .count(),
        entropy: terms.map(|p| p * libm::log(1.0 / p)).sum(),
        confident: share(confident.iter().sum()),
    }
}

#[cfg(test)]
mod tests {
    use super::{CLASSES, Coverage, coverage};
    use crate::classifier::Reading;

    /// Samples that the classifier gives `class` at `probability`.
    fn reading(samples: &[(usize, f64)]) -> Reading {
        let row = |&(class, p): &(usize, f64)| {
            let mut row = [(1.0 - p) / (CLASSES - 1) as f64; CLASSES];
            row[class] = p;
            row
        };
        Reading {
            features: Vec::new(),
            probabilities: samples.iter().flat_map(row).collect(),
        }
    }

    #[test]
    fn a_class_counts_from_three_percent_of_all_samples_on() {
        // 100 samples: 97 - k of class 0, 3 of class 1, k of class 2; all confident.
        let samples = |k: usize| {
            let mut all = vec![(0, 0.99); 97 - k];
            all.extend(vec![(1, 0.9); 3]);
            all.extend(vec![(2, 0.99); k]);
            reading(&all)
        };
        assert_eq!(coverage(&samples(2)).classes, 2);
        assert_eq!(coverage(&samples(3)).classes, 3);
    }

    #[test]
    fn unsure_samples_count_for_the_entropy_only() {
        let unsure: Vec<_> = (0..CLASSES).map(|class| (class, 0.89)).collect();
        let found = coverage(&reading(&unsure));
        assert_eq!((found.classes, found.confident), (0, 0.0));
        // Uniform over ten classes: ln 10.
        assert!((found.entropy - std::f64::consts::LN_10).abs() < 1e-12);
    }

    #[test]
    fn a_collapsed_generator_has_one_class_and_no_entropy() {
        let found = coverage(&reading(&[(4, 1.0); 50]));
        let expected = Coverage {
            classes: 1,
            entropy: 0.0,
            confident: 1.0,
        };
        assert_eq!(found, expected);
        let nothing = coverage(&reading(&[]));
        assert_eq!(
            (nothing.classes, nothing.entropy, nothing.confident),
            (0, 0.0, 0.0)
        );
    }
}
