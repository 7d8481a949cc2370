//! Kendall's rank correlation of a curve with the order of its levels.

/// Kendall's tau-b between the order of the levels and the values at them, −1 to 1 (Kendall 1945,
/// Biometrika 33, 239–251):
///
/// τ_b = (C − D) / √(N (N − T)),
///
/// with N = L(L − 1)/2 pairs of levels, of which C rise, D fall and T are tied; 0 for a curve whose
/// values are all equal and for fewer than two levels.
pub fn tau_b(values: &[f64]) -> f64 {
    let (mut net, mut pairs, mut untied) = (0.0, 0.0, 0.0);
    for (i, early) in values.iter().enumerate() {
        for late in &values[i + 1..] {
            pairs += 1.0;
            if late > early {
                net += 1.0;
                untied += 1.0;
            } else if late < early {
                net -= 1.0;
                untied += 1.0;
            }
        }
    }
    if untied == 0.0 {
        0.0
    } else {
        // Of one root: √N · √N is not always N, and a strict rise must give exactly 1.
        net / f64::sqrt(pairs * untied)
    }
}

#[cfg(test)]
mod tests {
    use super::tau_b;

    // scipy 1.17.1: stats.kendalltau(range(len(y)), y).statistic
    #[test]
    fn correlations_are_those_of_scipy() {
        for (values, expected) in [
            (&[1.0, 3.0, 2.0, 5.0, 4.0][..], 0.6),
            (&[1.0, 2.0, 2.0, 3.0], 0.9128709291752769),
            (&[5.0, 5.0, 3.0, 3.0, 3.0, 1.0], -0.8563488385776753),
            (&[0.2, 0.1, 0.2, 0.1], -0.408248290463863),
        ] {
            let found = tau_b(values);
            assert!(
                (found - expected).abs() < 1e-12,
                "{found} is not {expected}"
            );
        }
    }

    #[test]
    fn a_strict_rise_is_one_and_its_reverse_minus_one() {
        for levels in 2..30 {
            let rise: Vec<f64> = (0..levels).map(f64::from).collect();
            let fall: Vec<f64> = rise.iter().map(|x| -x).collect();
            assert_eq!((tau_b(&rise), tau_b(&fall)), (1.0, -1.0));
        }
    }

    #[test]
    fn a_curve_of_equal_values_has_no_trend() {
        assert_eq!(tau_b(&[2.0; 5]), 0.0);
        assert_eq!(tau_b(&[2.0]), 0.0);
    }
}
