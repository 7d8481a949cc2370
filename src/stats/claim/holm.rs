//! Holm's correction for several tests.

/// Holm's step-down adjusted p-values (Holm 1979, Scandinavian Journal of Statistics 6, 65–70): of
/// the i-th smallest of m, max over j ≤ i of (m − j + 1) p₍ⱼ₎, at most 1. If each claim whose
/// adjusted p is at most α is taken for shown, the probability of any false one among them is at
/// most α, however the tests depend on each other.
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&a, &b| p[a].total_cmp(&p[b]));
    let mut adjusted = vec![0.0; p.len()];
    let mut largest: f64 = 0.0;
    for (rank, &i) in order.iter().enumerate() {
        largest = largest.max((p.len() - rank) as f64 * p[i]).min(1.0);
        adjusted[i] = largest;
    }
    adjusted
}

/// Holm's adjusted p-values of those that are there; the others do not count.
pub(super) fn among_tested(p: &[Option<f64>]) -> Vec<Option<f64>> {
    let tested: Vec<f64> = p.iter().copied().flatten().collect();
    let mut adjusted = holm(&tested).into_iter();
    p.iter().map(|p| p.and_then(|_| adjusted.next())).collect()
}

#[cfg(test)]
mod tests {
    use super::{among_tested, holm};

    // statsmodels 0.15.0: from statsmodels.stats.multitest import multipletests
    // multipletests([.01, .04, .03, .005, .3, .04], method='holm')[1]
    #[test]
    fn adjusted_values_are_those_of_statsmodels() {
        let found = holm(&[0.01, 0.04, 0.03, 0.005, 0.3, 0.04]);
        let expected = [0.05, 0.12, 0.12, 0.03, 0.3, 0.12];
        for (found, expected) in found.iter().zip(expected) {
            assert!(
                (found - expected).abs() < 1e-12,
                "{found} is not {expected}"
            );
        }
    }

    #[test]
    fn one_test_is_not_adjusted_and_no_value_exceeds_one() {
        assert_eq!(holm(&[0.04]), [0.04]);
        assert_eq!(holm(&[0.9, 0.8, 0.7]), [1.0, 1.0, 1.0]);
        assert_eq!(holm(&[]), [0.0; 0]);
    }

    #[test]
    fn what_is_not_tested_does_not_count() {
        assert_eq!(
            among_tested(&[None, Some(0.25), None, Some(0.125)]),
            [None, Some(0.25), None, Some(0.25)]
        );
    }
}
