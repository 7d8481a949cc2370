//! What too few units say: nothing.

use super::draw::Draw;
use super::{ALPHA, Claim, Evidence, Expectation, TINY, Verdict, judge};

#[test]
fn two_units_are_inconclusive_whatever_they_are() {
    let mut draw = Draw::new(800);
    for _ in 0..200 {
        let size = 10f64.powf(20.0 * draw.uniform() - 10.0);
        for n in 0..=2 {
            let mut values = || -> Vec<f64> { (0..n).map(|_| size * draw.normal()).collect() };
            let (a, b, c) = (values(), values(), values());
            let pair = |x: &f64| (*x > 0.0, *x < 0.0);
            let rising = |x: &f64| vec![0.0, x.abs(), 2.0 * x.abs()];
            let falling = |x: &f64| vec![x.abs(), 0.0];
            for (expectation, evidence) in [
                (
                    Expectation::Greater { min_effect: TINY },
                    Evidence::Differences(a.clone()),
                ),
                (
                    Expectation::Greater { min_effect: 1e30 },
                    Evidence::Differences(b.clone()),
                ),
                (
                    Expectation::MoreOften { min_effect: TINY },
                    Evidence::Outcomes(a.iter().map(pair).collect()),
                ),
                (
                    Expectation::MoreOften { min_effect: 1.0 },
                    Evidence::Outcomes(vec![(false, false); n]),
                ),
                (
                    Expectation::Equivalent { within: 1e30 },
                    Evidence::Differences(b.clone()),
                ),
                (
                    Expectation::Value {
                        of: 1e30,
                        within: TINY,
                    },
                    Evidence::Values(c.clone()),
                ),
                (
                    Expectation::Monotone { min_effect: TINY },
                    Evidence::Curves(b.iter().map(rising).collect()),
                ),
                (
                    Expectation::Monotone { min_effect: TINY },
                    Evidence::Curves(c.iter().map(falling).collect()),
                ),
            ] {
                let claim = Claim::new(expectation, evidence).expect("a claim");
                let judged = judge(&[claim], ALPHA).expect("judgements");
                let verdict = judged[0].verdict();
                assert_eq!(verdict, Verdict::Inconclusive, "{n} {expectation:?}");
            }
        }
    }
}
