//! Tests of the verdicts, one rule each.

use super::super::evidence::Evidence;
use super::{Claim, ClaimError, Expectation, Judgement, Needed, Reason, Verdict, judge};

const ALPHA: f64 = 0.05;

/// Ten deviations with mean 0 and a standard deviation of about 0.4.
const NOISE: [f64; 10] = [0.1, -0.3, 0.6, -0.5, 0.2, -0.1, 0.4, -0.6, 0.5, -0.3];

fn around(mean: f64) -> Vec<f64> {
    NOISE.iter().map(|x| mean + x).collect()
}

fn claim(expectation: Expectation, evidence: Evidence) -> Claim {
    Claim::new(expectation, evidence).expect("a claim")
}

fn judged(expectation: Expectation, evidence: Evidence) -> Judgement {
    let claims = [claim(expectation, evidence)];
    let mut judged = judge(&claims, ALPHA).expect("a judgement");
    judged.remove(0)
}

fn greater(min_effect: f64, values: Vec<f64>) -> Judgement {
    judged(
        Expectation::Greater { min_effect },
        Evidence::Differences(values),
    )
}

fn more_often(min_effect: f64, only_a: usize, only_b: usize, both: usize) -> Judgement {
    let mut outcomes = vec![(true, false); only_a];
    outcomes.extend(vec![(false, true); only_b]);
    outcomes.extend(vec![(true, true); both]);
    judged(
        Expectation::MoreOften { min_effect },
        Evidence::Outcomes(outcomes),
    )
}

fn monotone(min_effect: f64, means: &[f64]) -> Judgement {
    let curve = |x: &f64| means.iter().map(|mean| mean + x).collect();
    let curves = NOISE.iter().map(curve).collect();
    judged(
        Expectation::Monotone { min_effect },
        Evidence::Curves(curves),
    )
}

fn verdict(found: &Judgement, verdict: Verdict, reason: Reason) {
    assert_eq!(
        (found.verdict(), found.reason),
        (verdict, reason),
        "{found:?}"
    );
    let inconclusive = verdict == Verdict::Inconclusive;
    assert_eq!(found.needed.is_some(), inconclusive, "{found:?}");
}

#[test]
fn a_strong_effect_is_confirmed_and_its_reverse_refuted() {
    verdict(
        &greater(1.0, around(2.0)),
        Verdict::Confirmed,
        Reason::EffectShown,
    );
    verdict(
        &greater(1.0, around(-2.0)),
        Verdict::Refuted,
        Reason::Reversal,
    );
    verdict(
        &more_often(0.5, 8, 0, 2),
        Verdict::Confirmed,
        Reason::EffectShown,
    );
    verdict(
        &more_often(0.5, 0, 8, 2),
        Verdict::Refuted,
        Reason::Reversal,
    );
    let rise = [0.0, 1.0, 2.0, 3.0];
    verdict(&monotone(1.0, &rise), Verdict::Confirmed, Reason::RiseShown);
    let fall = [3.0, 2.0, 1.0, 0.0];
    verdict(&monotone(1.0, &fall), Verdict::Refuted, Reason::Reversal);
}

#[test]
fn a_sure_effect_that_is_too_small_is_refuted() {
    let found = greater(3.0, around(1.0));
    verdict(&found, Verdict::Refuted, Reason::IntervalBelowMinEffect);
    let test = found.test.expect("a test");
    assert!(test.holm <= ALPHA && test.interval.0 > 0.0, "{test:?}");
    // Of twelve pairs none differs: at most 0.39 of all do.
    let found = more_often(0.5, 0, 0, 12);
    verdict(&found, Verdict::Refuted, Reason::IntervalBelowMinEffect);
}

#[test]
fn an_effect_that_may_reach_what_matters_is_neither() {
    let found = greater(1.1, around(1.0));
    verdict(&found, Verdict::Inconclusive, Reason::EffectTooSmall);
    let found = greater(0.5, around(0.1));
    verdict(&found, Verdict::Refuted, Reason::IntervalBelowMinEffect);
    let found = greater(0.3, around(0.1));
    verdict(&found, Verdict::Inconclusive, Reason::NotSignificant);
    let found = more_often(0.3, 5, 0, 5);
    verdict(&found, Verdict::Inconclusive, Reason::NotSignificant);
}

#[test]
fn a_mean_is_within_its_margin_outside_or_neither() {
    let equivalent = |within, mean| {
        judged(
            Expectation::Equivalent { within },
            Evidence::Differences(around(mean)),
        )
    };
    let value = |within, mean| {
        judged(
            Expectation::Value { of: 7.0, within },
            Evidence::Values(around(7.0 + mean)),
        )
    };
    for (found, reason) in [
        (equivalent(0.5, 0.1), Reason::WithinMargin),
        (equivalent(0.5, -0.1), Reason::WithinMargin),
        (equivalent(0.5, 1.0), Reason::OutsideMargin),
        (equivalent(0.5, -1.0), Reason::OutsideMargin),
        (equivalent(0.5, 0.4), Reason::NotSignificant),
        (equivalent(0.5, 0.6), Reason::NotSignificant),
        (value(0.5, 0.1), Reason::WithinMargin),
        (value(0.5, -1.0), Reason::OutsideMargin),
        (value(0.5, 0.4), Reason::NotSignificant),
    ] {
        verdict(&found, reason.verdict(), reason);
    }
    assert_eq!(value(0.5, 0.1).estimate.map(f64::round), Some(7.0));
}

#[test]
fn a_rise_that_is_undone_or_too_small_is_not_confirmed() {
    let found = monotone(1.0, &[0.0, 4.0, 2.5, 5.0]);
    let at = Reason::AdjacentReversal { at: 1 };
    verdict(&found, Verdict::Inconclusive, at);
    let curve = found.curve.expect("a curve");
    assert_eq!(curve.means.len(), 4);
    assert!((curve.change - 5.0).abs() < 1e-12);
    let (_, fall) = curve.largest_fall.expect("a fall");
    assert!((fall - 1.5).abs() < 1e-12);
    // A fall no larger than what matters is forgiven.
    let found = monotone(2.0, &[0.0, 4.0, 2.5, 5.0]);
    verdict(&found, Verdict::Confirmed, Reason::RiseShown);
    let found = monotone(1.0, &[0.0, 0.1, 0.2, 0.3]);
    verdict(&found, Verdict::Inconclusive, Reason::EffectTooSmall);
    let found = monotone(1.0, &[0.0, 0.0, 0.0]);
    verdict(&found, Verdict::Inconclusive, Reason::NotSignificant);
    assert_eq!((found.ties, found.estimate), (10, Some(0.0)));
}

#[test]
fn exact_values_are_all_within_the_tolerance_or_refuted() {
    let exact = |within, values: &[f64]| {
        judged(
            Expectation::Exact { of: 0.5, within },
            Evidence::Values(values.to_vec()),
        )
    };
    let found = exact(0.0, &[0.5, 0.5]);
    verdict(&found, Verdict::Confirmed, Reason::WithinTolerance);
    let found = exact(0.1, &[0.5, 0.25, 0.55]);
    verdict(&found, Verdict::Refuted, Reason::OutsideTolerance);
    assert_eq!((found.estimate, found.test), (Some(0.25), None));
    let found = exact(0.1, &[]);
    assert_eq!((found.reason, found.needed), (Reason::NoUnits, None));
}

/// The values whose sign flips are compared with scipy's.
const X: [f64; 8] = [1.2, -0.4, 2.5, 0.9, 3.1, -1.3, 0.6, 2.2];

// scipy 1.17.1: def pt(x, side): return stats.permutation_test((x,), np.mean,
//     permutation_type='samples', n_resamples=np.inf, alternative=side).pvalue
// max(pt(x - of + within, 'greater'), pt(x - of - within, 'less'))
#[test]
fn p_values_of_margins_are_those_of_scipy() {
    for (of, within, expected) in [
        (0.0, 2.0, 0.0703125),
        (0.0, 1.5, 0.234375),
        (1.0, 0.7, 0.16015625),
        (2.0, 1.0, 0.453125),
    ] {
        let found = judged(
            Expectation::Value { of, within },
            Evidence::Values(X.to_vec()),
        );
        assert_eq!(found.test.map(|test| test.p), Some(expected));
        let shifted = X.iter().map(|x| x - of).collect();
        let found = judged(
            Expectation::Equivalent { within },
            Evidence::Differences(shifted),
        );
        assert_eq!(found.test.map(|test| test.p), Some(expected));
    }
}

// scipy 1.17.1, C being the curves: t = [stats.kendalltau(range(4), c).statistic for c in C], with 0
// for the NaN of the curve of equal values; np.mean(t), pt(t, 'two-sided') as above;
// C.mean(axis=0); and the 3rd and the 3rd last of the sorted means of all subsets of
// C[:, -1] - C[:, 0], 3 being floor(0.05 * 2**7 / 2)
#[test]
fn p_values_of_trends_are_those_of_scipy() {
    let curves = [
        [1.0, 2.0, 2.0, 4.0],
        [0.0, 3.0, 1.0, 2.0],
        [2.0, 1.0, 3.0, 3.0],
        [1.0, 1.0, 1.0, 1.0],
        [0.0, 1.0, 2.0, 3.0],
        [3.0, 2.0, 4.0, 1.0],
        [1.0, 4.0, 3.0, 5.0],
    ];
    let curves = curves.iter().map(|curve| curve.to_vec()).collect();
    let found = judged(
        Expectation::Monotone { min_effect: 0.5 },
        Evidence::Curves(curves),
    );
    let near = |found: f64, expected: f64| {
        assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
    };
    near(found.estimate.expect("an estimate"), 0.44675145047815856);
    assert_eq!(found.test.map(|test| test.p), Some(0.09375));
    let curve = found.curve.expect("a curve");
    for (found, expected) in curve.means.iter().zip([8.0, 14.0, 16.0, 19.0]) {
        near(*found, expected / 7.0);
    }
    near(curve.interval.0, -0.5);
    near(curve.interval.1, 3.5);
    assert_eq!(curve.largest_fall, None);
}

#[test]
fn a_record_holds_the_numbers_of_its_test() {
    let found = more_often(0.5, 8, 1, 3);
    assert_eq!((found.n, found.ties), (12, 3));
    let test = found.test.expect("a test");
    // scipy 1.17.1: stats.binomtest(8, 9).pvalue
    assert!((test.p - 0.0390625).abs() < 1e-12);
    assert!(!test.sampled);
    assert!((found.estimate.expect("an estimate") - 7.0 / 12.0).abs() < 1e-12);
    let found = greater(1.0, vec![0.0, 0.3 - 0.1 - 0.2, 2.0]);
    assert_eq!((found.n, found.ties), (3, 2));
}

#[test]
fn the_claims_of_a_comparison_share_its_alpha() {
    // 2/64 for each of them.
    let one = claim(
        Expectation::Greater { min_effect: 1.0 },
        Evidence::Differences(vec![2.0, 2.1, 2.2, 2.3, 2.4, 2.5]),
    );
    let exact = claim(
        Expectation::Exact {
            of: 1.0,
            within: 0.0,
        },
        Evidence::Values(vec![1.0]),
    );
    let alone = judge(&[one.clone(), exact.clone()], ALPHA).expect("judgements");
    assert_eq!(alone[0].reason, Reason::EffectShown);
    assert_eq!(alone[1].reason, Reason::WithinTolerance);
    let both = judge(&[one.clone(), exact, one], ALPHA).expect("judgements");
    for i in [0, 2] {
        let test = both[i].test.expect("a test");
        assert_eq!((test.p, test.holm), (0.03125, 0.0625));
        verdict(&both[i], Verdict::Inconclusive, Reason::TooFewUnits);
    }
}

#[test]
fn a_claim_without_units_still_counts_in_its_family() {
    let missing = claim(
        Expectation::Greater { min_effect: 1.0 },
        Evidence::Differences(vec![]),
    );
    let shown = claim(
        Expectation::Greater { min_effect: 1.0 },
        Evidence::Differences(around(2.0)),
    );
    let both = judge(&[missing, shown], ALPHA).expect("judgements");
    verdict(&both[0], Verdict::Inconclusive, Reason::NoUnits);
    assert_eq!((both[0].n, both[0].estimate), (0, None));
    assert_eq!(both[0].needed, Some(Needed::Unknown));
    assert_eq!(both[0].test.map(|test| test.p), Some(1.0));
    assert_eq!(both[1].test.map(|test| test.holm), Some(4.0 / 1024.0));
}

#[test]
fn units_that_all_gave_the_same_are_marked() {
    let found = greater(0.1, vec![0.3 - 0.1, 0.2, 0.2, 0.2, 0.2, 0.2]);
    assert!(found.equal);
    verdict(&found, Verdict::Confirmed, Reason::EffectShown);
    assert!(!greater(0.1, around(0.2)).equal);
    assert!(!greater(0.1, vec![0.2]).equal);
}

#[test]
fn an_alpha_that_is_none_is_refused() {
    for value in [0.0, -0.05, 0.5, 1.0, f64::INFINITY] {
        assert_eq!(judge(&[], value), Err(ClaimError::Alpha { value }));
    }
    assert!(judge(&[], f64::NAN).is_err());
    assert_eq!(judge(&[], ALPHA), Ok(vec![]));
}
