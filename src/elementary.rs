//! Elementary functions in f32, the same bits on every machine.
//!
//! Written without branches from additions, multiplications, fused multiply-adds and divisions,
//! which IEEE 754 rounds in one way only, so that a loop over them becomes vector code for whatever
//! the CPU has (see [`vectorised`]) and the host's mathematics library never matters. Polynomials:
//! Moshier's Cephes library for exp, tanh, sin and cos; fdlibm (Sun Microsystems 1993) for ln.

use std::f32::consts::LOG2_E;

use pulp::Arch;

/// Runs a loop compiled for the vector instructions of this CPU. The closure needs
/// `#[inline(always)]`: what is not inlined is compiled for the oldest CPU, where a fused
/// multiply-add is a function call.
#[inline(always)]
pub fn vectorised<R>(work: impl FnOnce() -> R) -> R {
    Arch::new().dispatch(work)
}

/// 1.5 · 2²³: adding and subtracting it rounds to the nearest integer.
const ROUND: f32 = 12_582_912.0;

/// a + x · (b + x · (c + …)) for coefficients a, b, c, …
#[inline(always)]
fn polynomial<const N: usize>(x: f32, coefficients: [f32; N]) -> f32 {
    let mut sum = 0.0;
    for c in coefficients.into_iter().rev() {
        sum = f32::mul_add(sum, x, c);
    }
    sum
}

/// 2ⁿ for an integer n from −126 to 127.
#[inline(always)]
fn power_of_two(n: i32) -> f32 {
    f32::from_bits(((n + 127) << 23) as u32)
}

/// eˣ, to 3 units in the last place; 0 and ∞ beyond the range, NaN for NaN.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    /// ln 2 in two parts, the first with 9 bits: n · HIGH is exact.
    const HIGH: f32 = 0.693_359_4;
    const LOW: f32 = -2.121_944_4e-4;
    // Beyond these bounds eˣ rounds to ∞ and to 0.
    let x = x.clamp(-104.0, 89.0);
    let n = f32::mul_add(x, LOG2_E, ROUND) - ROUND;
    let r = f32::mul_add(n, -LOW, f32::mul_add(n, -HIGH, x));
    let tail = polynomial(
        r,
        [
            0.5,
            1.666_666_5e-1,
            4.166_579_6e-2,
            8.333_452e-3,
            1.398_2e-3,
            1.987_569_1e-4,
        ],
    );
    let fraction = f32::mul_add(tail, r * r, r) + 1.0;
    // In two steps, so that subnormal results and those just below ∞ are reached.
    let n = n as i32;
    let half = n >> 1;
    fraction * power_of_two(half) * power_of_two(n - half)
}

/// ln x for normal x > 0, to 3 units in the last place.
#[inline(always)]
pub fn ln(x: f32) -> f32 {
    /// √½, from which x is reduced to [√½, √2).
    const ROOT_HALF: u32 = 0x3f35_04f3;
    const HIGH: f32 = 6.931_381e-1;
    const LOW: f32 = 9.058_001e-6;
    let bits = x.to_bits().wrapping_sub(ROOT_HALF);
    let exponent = (bits as i32 >> 23) as f32;
    let f = f32::from_bits((bits & 0x007f_ffff) + ROOT_HALF) - 1.0;
    let s = f / (2.0 + f);
    let z = s * s;
    let tail = z * polynomial(z, [0.666_666_6, 0.400_009_72, 0.284_987_87, 0.242_790_79]);
    let half = 0.5 * f * f;
    f32::mul_add(s, half + tail, exponent * LOW) - half + f + exponent * HIGH
}

/// (sin 2πu, cos 2πu) for u in [0, 1), to 2⁻²³ absolutely.
#[inline(always)]
pub fn sin_cos_turn(u: f32) -> (f32, f32) {
    let quarters = u * 4.0;
    let q = (quarters + ROUND) - ROUND;
    // Exact, so the angle has no error of reduction.
    let r = (quarters - q) * std::f32::consts::FRAC_PI_2;
    let z = r * r;
    let odd = polynomial(z, [-1.666_665_5e-1, 8.332_161e-3, -1.951_529_6e-4]);
    let even = polynomial(z, [4.166_664_6e-2, -1.388_731_6e-3, 2.443_315_7e-5]);
    let sin = f32::mul_add(odd * z, r, r);
    let cos = f32::mul_add(even, z * z, f32::mul_add(-0.5, z, 1.0));
    let q = q as i32;
    let swapped = q & 1 != 0;
    let (s, c) = if swapped { (cos, sin) } else { (sin, cos) };
    let negative = |x: f32, is: bool| if is { -x } else { x };
    (negative(s, q & 2 != 0), negative(c, (q + 1) & 2 != 0))
}

/// tanh x, to 3 units in the last place.
#[inline(always)]
pub fn tanh(x: f32) -> f32 {
    let z = x * x;
    let near = polynomial(
        z,
        [
            -0.333_332_8,
            1.333_144_2e-1,
            -5.373_971_6e-2,
            2.063_909e-2,
            -5.704_988_7e-3,
        ],
    );
    let near = f32::mul_add(near * z, x, x);
    let e = exp(-2.0 * x.abs());
    let far = ((1.0 - e) / (1.0 + e)).copysign(x);
    if x.abs() < 0.625 { near } else { far }
}

/// 1 / (1 + e⁻ˣ) without overflow.
#[inline(always)]
pub fn sigmoid(x: f32) -> f32 {
    let e = exp(-x.abs());
    (if x < 0.0 { e } else { 1.0 }) / (1.0 + e)
}

/// ln(1 + eˣ) without overflow, to 3 units in the last place: max(x, 0) + ln(1 + e^−|x|).
#[inline(always)]
pub fn softplus(x: f32) -> f32 {
    // `f32::max` would drop a NaN.
    let positive = if x < 0.0 { 0.0 } else { x };
    let e = exp(-x.abs());
    let sum = 1.0 + e;
    // What the addition lost: ln(1 + e) ≈ ln(sum) + lost / sum.
    let lost = e - (sum - 1.0);
    positive + (ln(sum) + lost / sum)
}

#[cfg(test)]
mod tests {
    use std::f32::consts::LN_2;

    use super::{exp, ln, sigmoid, sin_cos_turn, softplus, tanh, vectorised};

    /// The largest error in units in the last place of the exact value, over points of a range.
    fn worst(low: f64, high: f64, f: fn(f32) -> f32, exact: fn(f64) -> f64) -> f64 {
        const POINTS: u32 = 200_000;
        let points = (0..=POINTS).map(|i| low + (high - low) * f64::from(i) / f64::from(POINTS));
        let error = points.map(|x| {
            let x = x as f32;
            let exact = exact(f64::from(x));
            let rounded = (exact.abs() as f32).max(f32::MIN_POSITIVE);
            let unit = f64::from(f32::from_bits(rounded.to_bits() + 1)) - f64::from(rounded);
            (f64::from(f(x)) - exact).abs() / unit
        });
        error.fold(0.0, f64::max)
    }

    #[test]
    fn values_are_right_to_three_units_in_the_last_place() {
        let near = |name: &str, error: f64| assert!(error <= 3.0, "{name}: {error} units");
        near("exp", worst(-87.0, 88.7, exp, f64::exp));
        near("ln below 1", worst(1e-7, 1.0, ln, f64::ln));
        near("ln", worst(0.5, 3e9, ln, f64::ln));
        near("tanh", worst(-12.0, 12.0, tanh, f64::tanh));
        near(
            "sigmoid",
            worst(-80.0, 30.0, sigmoid, |x| 1.0 / (1.0 + (-x).exp())),
        );
        near(
            "softplus",
            worst(-80.0, 30.0, softplus, |x| x.exp().ln_1p()),
        );
    }

    #[test]
    fn sine_and_cosine_of_turns_are_right_to_the_last_bit_of_one() {
        for i in 0..1 << 16 {
            let u = i as f32 / 65_536.0;
            let (sin, cos) = (f64::from(u) * std::f64::consts::TAU).sin_cos();
            let found = sin_cos_turn(u);
            assert!(
                (f64::from(found.0) - sin).abs() < 1.2e-7,
                "sin of {u} turns"
            );
            assert!(
                (f64::from(found.1) - cos).abs() < 1.2e-7,
                "cos of {u} turns"
            );
        }
        assert_eq!(sin_cos_turn(0.0), (0.0, 1.0));
        assert_eq!(sin_cos_turn(0.25), (1.0, 0.0));
    }

    #[test]
    fn ends_of_the_range_and_nan_are_kept() {
        assert_eq!((exp(0.0), exp(-1e4), exp(1e4)), (1.0, 0.0, f32::INFINITY));
        assert_eq!((ln(1.0), ln(2.0)), (0.0, LN_2));
        assert_eq!((softplus(1e4), softplus(-1e4)), (1e4, 0.0));
        assert_eq!(softplus(f32::INFINITY), f32::INFINITY);
        assert_eq!((tanh(1e4), tanh(-1e4), sigmoid(-1e4)), (1.0, -1.0, 0.0));
        for f in [exp, tanh, sigmoid, softplus] {
            assert!(f(f32::NAN).is_nan());
        }
    }

    /// Bits of a function over a range as vector code and one by one.
    fn both(f: impl Fn(f32) -> f32) -> [Vec<u32>; 2] {
        let points: Vec<f32> = (0..1000).map(|i| (i as f32 - 500.0) / 37.0).collect();
        let mut together = points.clone();
        vectorised(
            #[inline(always)]
            || together.iter_mut().for_each(|x| *x = f(*x)),
        );
        let alone = points.iter().map(|&x| f(std::hint::black_box(x)).to_bits());
        [
            together.iter().map(|x| x.to_bits()).collect(),
            alone.collect(),
        ]
    }

    #[test]
    fn vector_code_gives_the_bits_of_scalar_code() {
        let turns = |x: f32| (x + 20.0) / 40.0;
        for [together, alone] in [
            both(exp),
            both(tanh),
            both(sigmoid),
            both(softplus),
            both(|x| ln(x.abs() + 1e-3)),
            both(|x| sin_cos_turn(turns(x)).0),
            both(|x| sin_cos_turn(turns(x)).1),
        ] {
            assert_eq!(together, alone);
        }
    }
}
