//! How many digits of a number are worth showing.

use super::Summary;

/// Shown for what is not there.
const NONE: &str = "–";

/// Digits of a number about whose uncertainty nothing is known.
const DIGITS: i32 = 4;

/// Below this a number is written with an exponent.
const SMALL: f64 = 1e-4;

/// A number alone: four significant digits, no trailing zeros.
pub fn figure(x: f64) -> String {
    if !x.is_finite() {
        return spelled(x);
    }
    if x == 0.0 {
        return "0".to_owned();
    }
    if x.abs() < SMALL || x.abs() >= 1e9 {
        return format!("{x:.3e}");
    }
    let decimals = (DIGITS - 1 - x.abs().log10().floor() as i32).max(0) as usize;
    let text = format!("{x:.decimals$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

/// A mean and its interval with the same number of decimals: as many as show two significant
/// digits of the interval's half-width. Without an interval it is `–`.
pub fn interval(summary: &Summary) -> (String, String) {
    let Some((low, high)) = summary.interval else {
        return (figure(summary.mean), NONE.to_owned());
    };
    let half = (high - low) / 2.0;
    if half > 0.0 && half < SMALL {
        let show = |x: f64| format!("{x:.3e}");
        return (
            show(summary.mean),
            format!("[{}, {}]", show(low), show(high)),
        );
    }
    let decimals = if half > 0.0 {
        (1 - half.log10().floor() as i32).clamp(0, 6) as usize
    } else {
        // Too narrow to show beside its mean.
        let digits = figure(summary.mean);
        digits
            .split_once('.')
            .map_or(0, |(_, decimals)| decimals.len())
    };
    let show = |x: f64| {
        let text = format!("{x:.decimals$}");
        // Rounding may leave a zero with a sign.
        match text.strip_prefix('-') {
            Some(rest) if rest.bytes().all(|b| matches!(b, b'0' | b'.')) => rest.to_owned(),
            _ => text,
        }
    };
    (
        show(summary.mean),
        format!("[{}, {}]", show(low), show(high)),
    )
}

fn spelled(x: f64) -> String {
    if x.is_nan() {
        "NaN".to_owned()
    } else if x > 0.0 {
        "∞".to_owned()
    } else {
        "−∞".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::{Summary, figure, interval};

    #[test]
    fn a_number_alone_has_four_digits() {
        let shown: Vec<_> = [7.0, 0.98765432, 12345.678, 1.0 / 3.0, 3e-7, 0.0, f64::NAN]
            .map(figure)
            .to_vec();
        let expected = ["7", "0.9877", "12346", "0.3333", "3.000e-7", "0", "NaN"];
        assert_eq!(shown, expected);
    }

    #[test]
    fn an_interval_says_how_many_digits_count() {
        let show = |mean, half: f64| {
            interval(&Summary {
                n: 3,
                mean,
                sd: Some(1.0),
                interval: Some((mean - half, mean + half)),
            })
        };
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(show(6.66666, 0.4321), pair("6.67", "[6.23, 7.10]"));
        assert_eq!(show(123.456, 43.21), pair("123", "[80, 167]"));
        assert_eq!(show(8.0, 0.0), pair("8", "[8, 8]"));
        assert_eq!(show(0.0001, 0.01), pair("0.000", "[-0.010, 0.010]"));
    }

    #[test]
    fn one_value_has_a_dash_for_its_interval() {
        let one = Summary::of(&[0.5]).expect("a value");
        assert_eq!(interval(&one), ("0.5".to_owned(), "–".to_owned()));
    }
}
