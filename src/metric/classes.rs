//! Which classes a generator makes, as the data set's own classifier reads them.

use crate::classifier::Reading;

/// A classifier is confident from this probability on.
pub const CONFIDENCE: f64 = 0.9;

/// A class is covered when so large a share of all samples is confidently of it: three tenths of
/// what a uniform generator gives each of ten. Of fewer classes the same share.
pub const COVERED_SHARE: f64 = 0.03;

/// Coverage of the classes by n samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Coverage {
    /// Classes that hold at least [`COVERED_SHARE`] of all n samples at [`CONFIDENCE`] or above.
    pub classes: usize,
    /// −Σ pᵢ ln pᵢ over the histogram of predicted classes, confident or not, in nats; 0 to ln K for
    /// K classes, of ten 2.303.
    pub entropy: f64,
    /// Share of samples at [`CONFIDENCE`] or above.
    pub confident: f64,
}

/// Counts of what the classifier read, part by part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    confident: Vec<usize>,
    predicted: Vec<usize>,
    /// Samples of which a label was asked for, and those read as that label.
    asked: usize,
    right: usize,
}

impl Tally {
    /// Nothing read yet.
    pub fn new(classes: usize) -> Self {
        Self {
            confident: vec![0; classes],
            predicted: vec![0; classes],
            asked: 0,
            right: 0,
        }
    }

    /// Counts samples, and where labels were asked for, how many are read as theirs.
    pub fn add(&mut self, reading: &Reading, labels: Option<&[usize]>) {
        for (place, (class, probability)) in reading.predictions().enumerate() {
            self.predicted[class] += 1;
            self.confident[class] += usize::from(probability >= CONFIDENCE);
            if let Some(&label) = labels.and_then(|labels| labels.get(place)) {
                self.asked += 1;
                self.right += usize::from(class == label);
            }
        }
    }

    /// The classes covered; all zero for no samples.
    pub fn coverage(&self) -> Coverage {
        let all = self.predicted.iter().sum::<usize>().max(1) as f64;
        let share = |count: usize| count as f64 / all;
        let terms = self.predicted.iter().filter(|&&c| c > 0).map(|&c| share(c));
        Coverage {
            classes: self
                .confident
                .iter()
                .filter(|&&c| share(c) >= COVERED_SHARE)
                .count(),
            entropy: terms.map(|p| p * libm::log(1.0 / p)).sum(),
            confident: share(self.confident.iter().sum()),
        }
    }

    /// The share of samples that are read as the label asked for; `None` where none was.
    pub fn label_accuracy(&self) -> Option<f64> {
        (self.asked > 0).then(|| self.right as f64 / self.asked as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::{Coverage, Tally};
    use crate::classifier::Reading;

    const CLASSES: usize = 10;

    fn coverage(reading: &Reading) -> Coverage {
        let mut tally = Tally::new(CLASSES);
        tally.add(reading, None);
        tally.coverage()
    }

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
            classes: CLASSES,
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
    fn label_accuracy_is_the_share_read_as_what_was_asked_for() {
        let mut tally = Tally::new(CLASSES);
        assert_eq!(tally.label_accuracy(), None);
        // Two parts; confident or not does not matter.
        tally.add(&reading(&[(1, 0.99), (2, 0.5)]), Some(&[1, 3]));
        tally.add(&reading(&[(7, 0.99), (7, 0.5)]), Some(&[7, 7]));
        assert_eq!(tally.label_accuracy(), Some(0.75));
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
