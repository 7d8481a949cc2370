//! Tests of the sign flips against scipy and against brute force.

use super::super::simulated::draw::{Draw, NOISES, Noise};
use super::{Flips, every_subset, patterns, random_group};

const X: [f64; 8] = [1.2, -0.4, 2.5, 0.9, 3.1, -1.3, 0.6, 2.2];
/// With ties among the sums.
const Y: [f64; 10] = [2.0, -1.0, 0.0, 3.0, 1.0, -1.0, 2.0, 0.0, 1.0, 2.0];
const Z: [f64; 6] = [5.0, 4.0, 6.0, 3.0, 7.0, 8.0];

fn near(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
}

// scipy 1.17.1: stats.permutation_test((x - delta,), np.mean, permutation_type='samples',
// n_resamples=np.inf, alternative=...).pvalue for 'two-sided', 'greater' and 'less'
#[test]
fn p_values_are_those_of_scipy() {
    for (values, delta, two_sided, above, below) in [
        (&X[..], 0.0, 0.0859375, 0.04296875, 0.9609375),
        (&X[..], 0.5, 0.296875, 0.1484375, 0.8671875),
        (&Y[..], 0.0, 0.109375, 0.0546875, 0.98046875),
        (&Z[..], 0.0, 0.03125, 0.015625, 1.0),
    ] {
        let flips = Flips::of(values);
        let found = (
            flips.two_sided(delta),
            flips.above(delta),
            flips.below(delta),
        );
        assert_eq!(found, (two_sided, above, below));
    }
}

// python 3.11, numpy 2.4.6: m = sorted(np.mean(s) for k in range(1, len(x) + 1)
//                                      for s in itertools.combinations(x, k))
// k = math.floor(alpha * 2**len(x) / 2); m[k - 1], m[-k]
#[test]
fn intervals_end_at_means_of_subsets() {
    for (values, alpha, low, high) in [
        (&X[..], 0.05, -0.26666666666666666, 2.35),
        (&X[..], 0.2, 0.3666666666666667, 1.85),
        (&Y[..], 0.05, 0.0, 2.0),
        (&Z[..], 0.05, 3.0, 8.0),
    ] {
        let found = Flips::of(values).interval(alpha);
        near(found.0, low);
        near(found.1, high);
    }
}

/// The two-sided p by flipping every sign, without the identity that the module is built on.
fn brute(values: &[f64], delta: f64) -> f64 {
    let centred: Vec<f64> = values.iter().map(|x| x - delta).collect();
    let observed: f64 = centred.iter().sum();
    let patterns = 1u32 << values.len();
    let extreme = (0..patterns).filter(|pattern| {
        let flipped = |(i, x): (usize, &f64)| if pattern >> i & 1 == 1 { -x } else { *x };
        let sum: f64 = centred.iter().enumerate().map(flipped).sum();
        sum.abs() >= observed.abs() - 1e-10
    });
    extreme.count() as f64 / f64::from(patterns)
}

#[test]
fn an_interval_holds_exactly_what_its_test_keeps() {
    let mut draw = Draw::new(1);
    for trial in 0..300 {
        let n = 3 + trial % 7;
        let noise = NOISES[trial % 3];
        let values: Vec<f64> = (0..n).map(|_| 0.5 + draw.noise(noise)).collect();
        let flips = Flips::of(&values);
        for alpha in [0.05, 0.2, 0.4] {
            let (low, high) = flips.interval(alpha);
            let step = 1e-7 * (1.0 + low.abs().min(high.abs()));
            for (end, inwards) in [(low, step), (high, -step)] {
                if end.is_finite() {
                    assert!(brute(&values, end - inwards) <= alpha, "{values:?} {alpha}");
                    let inside = end + if high - low > step { inwards } else { 0.0 };
                    near(brute(&values, inside), flips.two_sided(inside));
                    assert!(brute(&values, inside) > alpha, "{values:?} {alpha}");
                } else {
                    // However far away.
                    let far = 1e6 * end.signum();
                    assert!(brute(&values, far) > alpha, "{values:?} {alpha}");
                }
            }
        }
    }
}

#[test]
fn five_units_bound_nothing_and_six_bound_at_their_extremes() {
    for n in 0..6 {
        let found = Flips::of(&Z[..n]).interval(0.05);
        assert_eq!(found, (f64::NEG_INFINITY, f64::INFINITY));
    }
    let (low, high) = Flips::of(&Z).interval(0.05);
    near(low, 3.0);
    near(high, 8.0);
}

#[test]
fn no_values_show_nothing() {
    let flips = Flips::of(&[]);
    assert_eq!((flips.above(0.0), flips.two_sided(0.0)), (1.0, 1.0));
}

// Multiples of a tenth have the sums of integers, but for rounding.
#[test]
fn rounding_neither_makes_nor_breaks_ties() {
    let mut draw = Draw::new(2);
    for trial in 0..300 {
        let n = 1 + trial % 12;
        let whole: Vec<f64> = (0..n)
            .map(|_| (draw.uniform() * 11.0).floor() - 5.0)
            .collect();
        let tenths: Vec<f64> = whole.iter().map(|x| (x + 3.0) / 10.0 - 0.3).collect();
        let (exact, rounded) = (Flips::of(&whole), Flips::of(&tenths));
        for delta in -3..=3 {
            let (delta, tenth) = (f64::from(delta), f64::from(delta) / 10.0);
            assert_eq!(exact.two_sided(delta), rounded.two_sided(tenth));
            assert_eq!(exact.above(delta), rounded.above(tenth));
            assert_eq!(exact.below(delta), rounded.below(tenth));
        }
    }
}

// Fisher's argument, without any randomness: whichever pattern of a group turned the data into what
// was observed, at most a share α of the patterns would have led to p ≤ α.
#[test]
fn a_sampled_group_is_exact_as_it_is() {
    const BITS: u32 = 7;
    let mut draw = Draw::new(3);
    for n in [21, 40, 130] {
        let unit = |i: usize| {
            let mut values = vec![0.0; n];
            values[i] = 1.0;
            values
        };
        let members: Vec<_> = (0..n).map(|i| random_group(&unit(i), BITS)).collect();
        let values: Vec<f64> = (0..n).map(|_| draw.noise(Noise::Cauchy)).collect();
        let p: Vec<f64> = (0..1 << BITS)
            .map(|g| {
                let flip = |(i, x): (usize, &f64)| x * (1.0 - 2.0 * members[i][g].sum);
                let flipped: Vec<f64> = values.iter().enumerate().map(flip).collect();
                let subsets = random_group(&flipped, BITS);
                Flips::with(&flipped, subsets, true).above(0.0)
            })
            .collect();
        for threshold in &p {
            let share = p.iter().filter(|p| *p <= threshold).count() as f64 / p.len() as f64;
            assert!(share <= *threshold, "{n}: {share} of p at most {threshold}");
        }
    }
}

#[test]
fn a_sampled_p_is_near_that_of_all_patterns() {
    let mut draw = Draw::new(4);
    for mean in [0.0, 0.2, 0.4, 0.6] {
        let values: Vec<f64> = (0..21).map(|_| mean + draw.normal()).collect();
        let all = Flips::with(&values, every_subset(&values), false).above(0.0);
        let sampled = Flips::of(&values);
        assert!(sampled.is_sampled());
        let error = (all * (1.0 - all) / patterns(21)).sqrt();
        let found = sampled.above(0.0);
        assert!(
            (found - all).abs() <= 4.0 * error + 1.0 / patterns(21),
            "{found} {all}"
        );
    }
}

#[test]
fn a_sampled_interval_inverts_the_sampled_test() {
    let mut draw = Draw::new(5);
    for n in [21, 64, 100] {
        let values: Vec<f64> = (0..n).map(|_| draw.normal()).collect();
        let flips = Flips::of(&values);
        let (low, high) = flips.interval(0.05);
        for (end, inwards) in [(low, 1e-9), (high, -1e-9)] {
            assert!(flips.two_sided(end + inwards) > 0.05);
            assert!(flips.two_sided(end - inwards) <= 0.05);
        }
    }
}

#[test]
fn twenty_units_are_exact_and_the_same_data_give_the_same_bits() {
    let values: Vec<f64> = (0..30).map(|i| f64::from(i % 7) - 2.5).collect();
    assert!(!Flips::of(&values[..20]).is_sampled());
    let (first, second) = (Flips::of(&values), Flips::of(&values));
    assert_eq!(
        first.two_sided(0.0).to_bits(),
        second.two_sided(0.0).to_bits()
    );
    assert_eq!(first.interval(0.05), second.interval(0.05));
}
