//! How numbers, metrics and cells are written.

use super::levels::Cell;
use super::section::Section;
use crate::metric::{Direction, Info};
use crate::stats::Summary;

/// A number for people: about three figures, a true minus sign.
pub(super) fn number(x: f64) -> String {
    if !x.is_finite() {
        return if x.is_nan() {
            "NaN"
        } else if x > 0.0 {
            "∞"
        } else {
            "−∞"
        }
        .to_owned();
    }
    let size = x.abs();
    let text = if size == 0.0 {
        "0".to_owned()
    } else if !(1e-3..1e6).contains(&size) {
        format!("{x:.1e}")
    } else {
        // Three figures, but never fewer than none after the point.
        let decimals = (2 - size.log10().floor() as i32).clamp(0, 5) as usize;
        format!("{x:.decimals$}")
    };
    text.replace('-', "−")
}

/// A single value: counts without a point, other numbers as [`number`] writes them.
pub(super) fn single(x: f64) -> String {
    if x.fract() == 0.0 && x.abs() < 1e6 {
        format!("{x:.0}").replace('-', "−")
    } else {
        number(x)
    }
}

/// A number with its sign, for a difference.
pub(super) fn signed(x: f64) -> String {
    let text = number(x);
    if x > 0.0 { format!("+{text}") } else { text }
}

/// `[5.1, 6.9]`, or what stands where there is no interval: for one value and for equal ones.
pub(super) fn interval(estimate: &Summary) -> String {
    match estimate.interval {
        Some((low, high)) => format!("[{}, {}]", number(low), number(high)),
        None => "no interval".to_owned(),
    }
}

/// `covered (modes; higher is better)`: the name that tables and the database use.
pub(super) fn label(info: &Info) -> String {
    let better = match info.direction {
        Direction::Higher => "higher is better",
        Direction::Lower => "lower is better",
        Direction::Neither => "",
    };
    let unit = if info.unit == info.name {
        ""
    } else {
        info.unit
    };
    let notes: Vec<&str> = [unit, better]
        .into_iter()
        .filter(|n| !n.is_empty())
        .collect();
    if notes.is_empty() {
        info.name.to_owned()
    } else {
        format!("{} ({})", info.name, notes.join("; "))
    }
}

/// ` at N = 5000` beside what means nothing without it, a floor or the modes of uniform samples; empty
/// for other references.
pub(super) fn at_n(section: &Section, info: &Info, which: &str) -> String {
    match section.reference(info.name, "n") {
        Some(n) if which != "n" => format!(" at N = {}", single(n)),
        _ => String::new(),
    }
}

/// `1 run`, `3 runs`.
pub(super) fn count(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

/// A cell in words: `minimax · k 1 · norm none`. A value stands without its key where every value
/// of the axis is a word of its own. Lines break only between values.
pub(super) fn cell(section: &Section, cell: &Cell) -> String {
    if section.axes.is_empty() {
        return "all runs".to_owned();
    }
    (0..section.axes.len())
        .map(|axis| level(section, axis, cell.levels[axis]))
        .collect::<Vec<_>>()
        .join("\u{a0}· ")
}

/// One value of an axis in words.
pub(super) fn level(section: &Section, axis: usize, level: usize) -> String {
    let this = &section.axes[axis];
    let alone = this.values.iter().all(|value| {
        value.chars().next().is_some_and(char::is_alphabetic)
            && value.chars().count() > 3
            && !["none", "true", "false"].contains(&value.as_str())
            && section
                .axes
                .iter()
                .enumerate()
                .all(|(a, other)| a == axis || !other.values.contains(value))
    });
    if alone {
        this.values[level].clone()
    } else {
        format!("{} {}", this.name, this.values[level]).replace(' ', "\u{a0}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_about_three_figures() {
        let written: Vec<String> = [0.0, 7.666_67, -0.012_345, 1234.6, 1e-9, f64::NAN, 12.0]
            .into_iter()
            .map(number)
            .collect();
        assert_eq!(
            written,
            ["0", "7.67", "−0.0123", "1235", "1.0e−9", "NaN", "12.0"]
        );
        assert_eq!(
            [single(7.0), single(-3.0), single(0.25)],
            ["7", "−3", "0.250"]
        );
    }

    #[test]
    fn a_label_says_unit_and_direction() {
        let covered = crate::metric::info("covered").expect("a metric");
        assert_eq!(label(covered), "covered (modes; higher is better)");
    }
}
