//! The sign-flip test of a mean, and the interval that inverts it.
//!
//! Null: the values are symmetric about δ, independently of each other; for differences of pairs
//! and δ = 0 this follows where a and b are exchangeable within a pair. Then every pattern of signs
//! of x − δ was as likely as the observed one (Fisher 1935, *The Design of Experiments*, § 21), and
//! of patterns that flip the units in a subset S
//!
//! p(mean > δ) = #{S: Σ_S (xᵢ − δ) ≤ 0} / #{S},
//!
//! since flipping S changes the sum by −2 Σ_S (xᵢ − δ). The empty S, which is the observation
//! itself, always counts. Skewed values break the null: about their mean such a test is approximate.
//!
//! An interval keeps each δ that is not rejected. As Σ_S (xᵢ − δ) ≤ 0 is mean_S ≤ δ, its ends are
//! order statistics of the means of subsets, Hartigan's typical values (1969, JASA 64, 1303–1317).

use super::random::SplitMix64;

/// Up to so many units all 2ⁿ sign patterns are tried: a million.
const EXACT_UNITS: usize = 20;

/// Above, 2 to this many of them: a p of 0.05 is then within ±0.0017 (two standard errors) of what
/// all would give.
const SAMPLED_BITS: u32 = 16;

/// Where the sampled patterns begin; any number will do, but always the same.
const SEED: u64 = 0x5167_4E5F_F119_5EED;

/// Sums that differ by less than this share of Σ|xᵢ| + n|δ| are tied, and ties count against the
/// claim. Rounding a sum of n values costs at most n · 1.1e-16 of that; the rest is for values that
/// are themselves rounded differences of numbers up to a thousand times larger. No metric is
/// measured to twelve digits, so nothing real is lost.
const TIE: f64 = 1e-12;

/// What sums of some values are rounded against.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    units: f64,
    magnitude: f64,
}

impl Scale {
    /// The scale of sums over these values.
    pub(super) fn of(values: &[f64]) -> Self {
        Self {
            units: values.len() as f64,
            magnitude: values.iter().map(|x| x.abs()).sum(),
        }
    }

    /// The largest difference of two sums of x − δ that counts as a tie.
    pub(super) fn tie(self, delta: f64) -> f64 {
        TIE * (self.magnitude + self.units * delta.abs())
    }
}

/// The sums of x over subsets of units.
#[derive(Clone, Debug)]
pub(super) struct Flips {
    subsets: Vec<Subset>,
    scale: Scale,
    sampled: bool,
}

/// The units whose signs one pattern flips.
#[derive(Clone, Copy, Debug)]
struct Subset {
    sum: f64,
    size: f64,
}

/// How many sign patterns are tried for n units, the observed one among them.
pub(super) fn patterns(units: usize) -> f64 {
    let bits = if units <= EXACT_UNITS {
        units as i32
    } else {
        SAMPLED_BITS as i32
    };
    2f64.powi(bits)
}

impl Flips {
    /// All subsets of the values, or for more than 20 values a fixed random group of 2¹⁶.
    pub(super) fn of(values: &[f64]) -> Self {
        if values.len() <= EXACT_UNITS {
            Self::with(values, every_subset(values), false)
        } else {
            Self::with(values, random_group(values, SAMPLED_BITS), true)
        }
    }

    fn with(values: &[f64], subsets: Vec<Subset>, sampled: bool) -> Self {
        Self {
            subsets,
            scale: Scale::of(values),
            sampled,
        }
    }

    /// Whether only some of the sign patterns were tried.
    pub(super) fn is_sampled(&self) -> bool {
        self.sampled
    }

    /// p of 'symmetric about δ or something smaller' against a mean above δ.
    pub(super) fn above(&self, delta: f64) -> f64 {
        let tie = self.scale.tie(delta);
        self.share(|s| s.sum - s.size * delta <= tie)
    }

    /// p of 'symmetric about δ or something larger' against a mean below δ.
    pub(super) fn below(&self, delta: f64) -> f64 {
        let tie = self.scale.tie(delta);
        self.share(|s| s.sum - s.size * delta >= -tie)
    }

    /// p of 'symmetric about δ' against a mean other than δ: twice the smaller one-sided p. Over
    /// all patterns this is the share of those with |Σ ±(xᵢ − δ)| at least as large as observed.
    pub(super) fn two_sided(&self, delta: f64) -> f64 {
        (2.0 * self.above(delta).min(self.below(delta))).min(1.0)
    }

    /// The interval of every δ whose two-sided p is above α, and by no more than a tie beyond it;
    /// from −∞ to ∞ where n units cannot give so small a p, which at α = 0.05 is below 6 units. If
    /// all values are equal it has no width: under symmetry, n units on one side of δ are evidence
    /// against δ.
    pub(super) fn interval(&self, alpha: f64) -> (f64, f64) {
        let members = self.subsets.iter().filter(|s| s.size > 0.0);
        let mut means: Vec<f64> = members.map(|s| s.sum / s.size).collect();
        let empty = self.subsets.len() - means.len();
        // p(δ) ≤ α where no more subsets than this, the empty one among them, have means ≤ δ.
        let rejected = (alpha * self.subsets.len() as f64 / 2.0).floor() as usize;
        let Some(rank) = rejected.checked_sub(empty) else {
            return (f64::NEG_INFINITY, f64::INFINITY);
        };
        let last = means.len() - 1;
        let (_, &mut low, _) = means.select_nth_unstable_by(rank, f64::total_cmp);
        let (_, &mut high, _) = means.select_nth_unstable_by(last - rank, f64::total_cmp);
        (low - self.scale.tie(low), high + self.scale.tie(high))
    }

    fn share(&self, counts: impl Fn(&Subset) -> bool) -> f64 {
        let count = self.subsets.iter().filter(|s| counts(s)).count();
        count as f64 / self.subsets.len() as f64
    }
}

/// All 2ⁿ subsets; bit i of the index is unit i.
fn every_subset(values: &[f64]) -> Vec<Subset> {
    let mut subsets = Vec::with_capacity(1 << values.len());
    subsets.push(Subset {
        sum: 0.0,
        size: 0.0,
    });
    for x in values {
        for i in 0..subsets.len() {
            let Subset { sum, size } = subsets[i];
            subsets.push(Subset {
                sum: sum + x,
                size: size + 1.0,
            });
        }
    }
    subsets
}

/// The 2^bits subsets that `bits` random ones generate by symmetric difference.
///
/// Such patterns form a group, so the test is exact for these patterns as they are, and not only on
/// average over how they might have been drawn (Hemerik and Goeman 2018, TEST 27, 811–825, theorem
/// 1). Each of them but the identity is uniform and each two are independent, over the seeds, so p
/// is as near to that of all patterns as with independent draws.
fn random_group(values: &[f64], bits: u32) -> Vec<Subset> {
    let words = values.len().div_ceil(64);
    let mut random = SplitMix64::new(SEED);
    let generators: Vec<Vec<u64>> = (0..bits)
        .map(|_| (0..words).map(|_| random.next()).collect())
        .collect();
    let mut chosen = vec![0u64; words];
    let mut subsets = Vec::with_capacity(1 << bits);
    subsets.push(Subset {
        sum: 0.0,
        size: 0.0,
    });
    // In the order of a Gray code, each subset is the one before and one generator.
    for step in 1u64..1 << bits {
        let generator = &generators[step.trailing_zeros() as usize];
        for (word, other) in chosen.iter_mut().zip(generator) {
            *word ^= other;
        }
        subsets.push(total(values, &chosen));
    }
    subsets
}

/// The values whose bits are set.
fn total(values: &[f64], chosen: &[u64]) -> Subset {
    let mut subset = Subset {
        sum: 0.0,
        size: 0.0,
    };
    for (values, &word) in values.chunks(64).zip(chosen) {
        for (i, x) in values.iter().enumerate() {
            let bit = (word >> i & 1) as f64;
            subset.sum += bit * x;
            subset.size += bit;
        }
    }
    subset
}

#[cfg(test)]
mod tests;
