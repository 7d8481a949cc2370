//! Quantiles of the χ² distribution, with the functions of `libm`: the same bits on every host.

/// Halvings of the bracket: more than a double has digits.
const HALVINGS: usize = 100;

/// The x with P(χ²_d ≤ x) = p, for d ≥ 1 and p in (0, 1).
pub(super) fn quantile(p: f64, d: usize) -> f64 {
    let mut low = 0.0;
    let mut high = 1.0;
    while probability(high, d) < p {
        low = high;
        high *= 2.0;
    }
    for _ in 0..HALVINGS {
        let middle = 0.5 * (low + high);
        if probability(middle, d) < p {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

/// P(χ²_d ≤ x), the regularised incomplete gamma function P(a, z) at a = d/2, z = x/2, by its
/// series zᵃ e⁻ᶻ/Γ(a + 1) · Σ zⁿ/((a + 1) … (a + n)) (Abramowitz and Stegun 1964, 6.5.29).
fn probability(x: f64, d: usize) -> f64 {
    let (a, z) = (d as f64 / 2.0, x / 2.0);
    if z <= 0.0 {
        return 0.0;
    }
    let mut term = 1.0;
    let mut sum = 1.0;
    let mut n = a;
    // The terms fall once n exceeds z; until one changes nothing.
    while term > sum * f64::EPSILON || n < z {
        n += 1.0;
        term *= z / n;
        sum += term;
    }
    // The logarithm of the factor may be far below the smallest double's; the product is not.
    libm::exp(a * libm::log(z) - z - libm::lgamma(a + 1.0) + libm::log(sum)).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::quantile;

    #[test]
    fn quantiles_are_those_of_scipy() {
        // scipy.stats.chi2.ppf(1 - numpy.exp(-4.5), d) of scipy 1.17.1.
        let p = 1.0 - (-4.5_f64).exp();
        for (d, expected) in [
            (1, 6.447797658504633),
            (2, 9.0),
            (3, 11.117146335345817),
            (10, 22.903352625418755),
            (1200, 1314.8305497715899),
        ] {
            let found = quantile(p, d);
            assert!((found / expected - 1.0).abs() < 1e-12, "{d}: {found}");
        }
        // scipy.stats.chi2.ppf([0.001, 0.5], 4).
        for (p, expected) in [(0.001, 0.09080403553897909), (0.5, 3.3566939800333224)] {
            assert!((quantile(p, 4) / expected - 1.0).abs() < 1e-12);
        }
    }
}
