//! Bars and curves made of letters. Pure: numbers in, text out.

use crate::stats::figure;

/// Letters of a bar.
pub(super) const BAR: usize = 24;

/// Letters of a curve, at most; a longer one is averaged piece by piece.
pub(super) const CURVE: usize = 16;

/// Stands for a value that is not finite.
const BROKEN: char = '×';

const LEVELS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// From the lowest to the highest of some values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scale {
    pub low: f64,
    pub high: f64,
}

impl Scale {
    /// That of the finite ones; `None` if there are none.
    pub fn over(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let finite = values.into_iter().filter(|x| x.is_finite());
        finite.fold(None, |scale: Option<Self>, x| {
            let Self { low, high } = scale.unwrap_or(Self { low: x, high: x });
            Some(Self {
                low: low.min(x),
                high: high.max(x),
            })
        })
    }

    /// Where a value is, from 0 to 1; in the middle where there is no width.
    fn share(self, x: f64) -> f64 {
        // Half of each, since the whole width may be larger than any number.
        let width = self.high / 2.0 - self.low / 2.0;
        match width > 0.0 {
            true => ((x / 2.0 - self.low / 2.0) / width).clamp(0.0, 1.0),
            false => 0.5,
        }
    }

    fn place(self, x: f64) -> usize {
        (self.share(x) * (BAR - 1) as f64).round() as usize
    }

    /// Its ends above a column of bars.
    pub fn ends(self) -> String {
        let (low, high) = (figure(self.low), figure(self.high));
        if self.low == self.high {
            return format!("{}{low}", " ".repeat(self.place(self.low)));
        }
        let letters = low.chars().count() + high.chars().count();
        let blanks = " ".repeat(BAR.saturating_sub(letters).max(1));
        format!("{low}{blanks}{high}")
    }

    /// `from 0 to 8`, or `all at 8`; `low` and `high` stand before the ends.
    pub fn told(self, low: &str, high: &str) -> String {
        let ends = (figure(self.low), figure(self.high));
        match self.low == self.high {
            true => format!("all at {}", ends.0),
            false => format!("from {low}{} to {high}{}", ends.0, ends.1),
        }
    }
}

/// A mean with its interval, `├──●──┤`; the mean alone where it has none. Empty where the mean is not
/// finite.
pub(super) fn bar(scale: Scale, mean: f64, interval: Option<(f64, f64)>, mark: char) -> String {
    if !mean.is_finite() {
        return String::new();
    }
    let mut letters = [' '; BAR];
    if let Some((low, high)) = interval {
        let (low, high) = (scale.place(low), scale.place(high));
        letters[low..=high].fill('─');
        letters[low] = '├';
        letters[high] = '┤';
    }
    letters[scale.place(mean)] = mark;
    letters.iter().collect::<String>().trim_end().to_owned()
}

/// The values one after the other, each as a column between the scale's ends.
pub(super) fn curve(scale: Scale, values: &[f64]) -> String {
    let pieces = values.len().min(CURVE);
    let mean = |piece: usize| {
        let (from, to) = (
            piece * values.len() / pieces,
            (piece + 1) * values.len() / pieces,
        );
        values[from..to].iter().sum::<f64>() / (to - from) as f64
    };
    let letter = |x: f64| match x.is_finite() {
        true => LEVELS[((scale.share(x) * LEVELS.len() as f64) as usize).min(LEVELS.len() - 1)],
        false => BROKEN,
    };
    (0..pieces).map(|piece| letter(mean(piece))).collect()
}

#[cfg(test)]
mod tests {
    use super::{BAR, CURVE, Scale, bar, curve};

    const SCALE: Scale = Scale {
        low: 0.0,
        high: 23.0,
    };

    #[test]
    fn bars_stand_on_a_common_scale() {
        let bars = [
            bar(SCALE, 5.0, Some((0.0, 10.0)), '●'),
            bar(SCALE, 22.0, Some((21.0, 23.0)), '○'),
            bar(SCALE, 22.6, Some((22.5, 23.0)), '●'),
            bar(SCALE, 3.0, None, '●'),
            bar(SCALE, f64::NAN, None, '●'),
            bar(SCALE, f64::INFINITY, None, '●'),
        ];
        let shown = format!("{}|\n{}|", SCALE.ends(), bars.join("|\n"));
        insta::assert_snapshot!(shown, @r"
        0                     23|
        ├────●────┤|
                             ├○┤|
                               ●|
           ●|
        |
        |
        ");
    }

    #[test]
    fn a_scale_without_a_width_has_its_values_in_the_middle() {
        let scale = Scale::over([2.0, f64::NAN, 2.0, f64::INFINITY]).expect("two values");
        assert_eq!((scale.low, scale.high), (2.0, 2.0));
        assert_eq!(bar(scale, 2.0, None, '●').chars().count(), BAR / 2 + 1);
        assert_eq!(curve(scale, &[2.0, 2.0]), "▅▅");
        assert_eq!(scale.ends().trim_start(), "2");
        assert_eq!(scale.told("▁ ", "█ "), "all at 2");
        assert_eq!(SCALE.told("▁ ", "█ "), "from ▁ 0 to █ 23");
        assert_eq!(Scale::over([f64::NAN]), None);
    }

    #[test]
    fn the_largest_numbers_there_are_fit() {
        let scale = Scale::over([f64::MIN, f64::MAX]).expect("two values");
        let shown = bar(scale, 0.0, Some((f64::MIN, f64::MAX)), '●');
        assert_eq!(shown.chars().count(), BAR);
        assert!(scale.ends().chars().count() >= BAR);
    }

    #[test]
    fn curves_rise_from_the_lowest_to_the_highest_column() {
        let scale = Scale {
            low: 0.0,
            high: 8.0,
        };
        let rising: Vec<f64> = (0..=8).map(f64::from).collect();
        assert_eq!(curve(scale, &rising), "▁▂▃▄▅▆▇██");
        assert_eq!(curve(scale, &[0.0, f64::NAN, 8.0]), "▁×█");
        assert_eq!(curve(scale, &[]), "");
    }

    #[test]
    fn a_long_curve_is_averaged_and_what_is_not_finite_stays_seen() {
        let scale = Scale {
            low: 0.0,
            high: 8.0,
        };
        let mut long: Vec<f64> = (0..32).map(|i| f64::from(i) / 4.0).collect();
        assert_eq!(curve(scale, &long), "▁▁▂▂▃▃▄▄▅▅▆▆▇▇██");
        long[5] = f64::NAN;
        let broken = curve(scale, &long);
        assert_eq!(broken.chars().count(), CURVE);
        assert_eq!(broken.chars().position(|c| c == '×'), Some(2));
    }
}
