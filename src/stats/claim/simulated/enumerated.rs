//! Rates of error without chance: over every way in which the data could have fallen.

use super::draw::{Draw, NOISES};
use super::kinds::curve;
use super::{ALPHA, Claim, Evidence, Expectation, TINY, Verdict, judge};

/// Of all 2¹⁰ ways in which the signs of the deviations of ten units from the null could have
/// fallen, the share that is confirmed.
fn exact_rate(claim: impl Fn(&dyn Fn(usize) -> f64) -> Claim) -> f64 {
    let patterns = 1usize << 10;
    let confirmed = (0..patterns).filter(|pattern| {
        let sign = |unit: usize| if pattern >> unit & 1 == 1 { -1.0 } else { 1.0 };
        let judged = judge(&[claim(&sign)], ALPHA).expect("judgements");
        judged[0].verdict() == Verdict::Confirmed
    });
    confirmed.count() as f64 / patterns as f64
}

#[test]
fn of_all_sign_patterns_at_most_five_percent_are_confirmed() {
    let mut draw = Draw::new(600);
    for noise in NOISES {
        let sizes: Vec<f64> = (0..10).map(|_| 0.1 * draw.noise(noise)).collect();
        let curves: Vec<Vec<f64>> = (0..10).map(|_| curve(noise, &mut draw)).collect();
        let at = |mean: f64, sign: &dyn Fn(usize) -> f64| -> Vec<f64> {
            let deviations = sizes.iter().enumerate();
            deviations.map(|(i, x)| mean + sign(i) * x).collect()
        };
        let greater = exact_rate(|sign| {
            let expectation = Expectation::Greater { min_effect: TINY };
            Claim::new(expectation, Evidence::Differences(at(0.0, sign))).expect("a claim")
        });
        let equivalent = exact_rate(|sign| {
            let expectation = Expectation::Equivalent { within: 1.0 };
            Claim::new(expectation, Evidence::Differences(at(1.0, sign))).expect("a claim")
        });
        let value = exact_rate(|sign| {
            let expectation = Expectation::Value {
                of: 3.0,
                within: 1.0,
            };
            Claim::new(expectation, Evidence::Values(at(2.0, sign))).expect("a claim")
        });
        let monotone = exact_rate(|sign| {
            let turned = |(i, x): (usize, &Vec<f64>)| x.iter().map(|y| sign(i) * y).collect();
            let curves = curves.iter().enumerate().map(turned).collect();
            let expectation = Expectation::Monotone { min_effect: TINY };
            Claim::new(expectation, Evidence::Curves(curves)).expect("a claim")
        });
        for (rate, most) in [
            (greater, 0.025),
            (monotone, 0.025),
            (equivalent, 0.05),
            (value, 0.05),
        ] {
            assert!(rate <= most, "{noise:?}: {rate}");
        }
    }
}

/// Over all outcomes of ten pairs, the probability that a claim of at least `min_effect` is
/// confirmed and that it is refuted, where a alone succeeds with probability `a`, b alone with `b`.
fn exact_rates_of_pairs(min_effect: f64, a: f64, b: f64) -> (f64, f64) {
    let (mut confirmed, mut refuted) = (0.0, 0.0);
    let factorial = |n: usize| (1..=n).map(|x| x as f64).product::<f64>();
    for only_a in 0..=10 {
        for only_b in 0..=10 - only_a {
            let both = 10 - only_a - only_b;
            let ways = factorial(10) / factorial(only_a) / factorial(only_b) / factorial(both);
            let chance = a.powi(only_a as i32) * b.powi(only_b as i32);
            let chance = ways * chance * (1.0 - a - b).max(0.0).powi(both as i32);
            let mut outcomes = vec![(true, true); both];
            outcomes.extend(vec![(true, false); only_a]);
            outcomes.extend(vec![(false, true); only_b]);
            let expectation = Expectation::MoreOften { min_effect };
            let claim = Claim::new(expectation, Evidence::Outcomes(outcomes)).expect("a claim");
            match judge(&[claim], ALPHA).expect("judgements")[0].verdict() {
                Verdict::Confirmed => confirmed += chance,
                Verdict::Refuted => refuted += chance,
                Verdict::Inconclusive => {}
            }
        }
    }
    (confirmed, refuted)
}

#[test]
fn of_all_outcomes_of_pairs_few_err() {
    for percent in [5, 10, 25, 50] {
        let discordance = f64::from(percent) / 100.0;
        let (confirmed, _) = exact_rates_of_pairs(TINY, discordance, discordance);
        assert!(confirmed <= 0.025, "{percent} %: {confirmed}");
    }
    for (a, b) in [
        (0.1, 0.0),
        (0.3, 0.0),
        (0.5, 0.0),
        (0.5, 0.2),
        (0.6, 0.4),
        (0.9, 0.0),
    ] {
        let (_, refuted) = exact_rates_of_pairs(a - b, a, b);
        assert!(refuted <= 0.025, "{a} {b}: {refuted}");
    }
}
