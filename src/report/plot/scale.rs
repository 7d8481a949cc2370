//! From values to places along an axis.

/// An axis's range; linear or logarithmic.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::report) struct Scale {
    low: f64,
    high: f64,
    logarithmic: bool,
}

impl Scale {
    /// A linear scale over finite values, widened to round numbers; `None` without values.
    pub fn linear(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        // Beyond this the difference of two values is no number any more.
        const LARGEST: f64 = 1e300;
        let finite = values.into_iter().filter(|v| v.is_finite());
        let (low, high) = range(finite.map(|v| v.clamp(-LARGEST, LARGEST)))?;
        let (low, high) = if low < high {
            (low, high)
        } else {
            // A flat line still needs room.
            let room = if low == 0.0 { 1.0 } else { 0.1 * low.abs() };
            (low - room, high + room)
        };
        let step = step((high - low) / 5.0);
        Some(Self {
            low: (low / step).floor() * step,
            high: (high / step).ceil() * step,
            logarithmic: false,
        })
    }

    /// A linear scale with these very ends.
    pub fn exact(low: f64, high: f64) -> Self {
        Self {
            low,
            high,
            logarithmic: false,
        }
    }

    /// A logarithmic scale over positive finite values, widened to powers of ten.
    pub fn logarithmic(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let positive = values.into_iter().filter(|v| v.is_finite() && *v > 0.0);
        let (low, high) = range(positive)?;
        let (low, high) = (low.log10().floor(), high.log10().ceil());
        Some(Self {
            low,
            high: high.max(low + 1.0),
            logarithmic: true,
        })
    }

    /// Where a value lies: 0 at the low end, 1 at the high end; values outside lie at the ends.
    /// `None` for what has no place (NaN, and zero on a logarithmic scale).
    pub fn share(&self, value: f64) -> Option<f64> {
        let at = if self.logarithmic {
            if value <= 0.0 {
                return None;
            }
            value.log10()
        } else {
            value
        };
        let share = (at - self.low) / (self.high - self.low);
        (!share.is_nan()).then(|| share.clamp(0.0, 1.0))
    }

    /// Whether the value lies within the ends.
    pub fn contains(&self, value: f64) -> bool {
        let at = if self.logarithmic {
            value.log10()
        } else {
            value
        };
        at >= self.low && at <= self.high
    }

    /// About `count` round values with their labels.
    pub fn ticks(&self, count: usize) -> Vec<(f64, String)> {
        let span = self.high - self.low;
        let target = span / count.max(1) as f64;
        let step = if self.logarithmic {
            target.ceil().max(1.0)
        } else {
            step(target)
        };
        let first = (self.low / step).ceil() as i64;
        let last = ((self.high / step) + 1e-9).floor() as i64;
        // A range so narrow that it has no round value has no tick; this many is a wrong range.
        (first..=last.min(first.saturating_add(50)))
            .map(|i| i as f64 * step)
            .map(|at| {
                if self.logarithmic {
                    (10f64.powf(at), power_of_ten(at as i32))
                } else {
                    (at, tick(at, step))
                }
            })
            .collect()
    }
}

fn range(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    values.fold(None, |range, v| match range {
        None => Some((v, v)),
        Some((low, high)) => Some((v.min(low), v.max(high))),
    })
}

/// The smallest of 1, 2, 5 times a power of ten that is at least `target`.
fn step(target: f64) -> f64 {
    let power = 10f64.powf(target.log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|m| m * power)
        .find(|s| *s >= target * (1.0 - 1e-9))
        .unwrap_or(10.0 * power)
}

fn tick(at: f64, step: f64) -> String {
    let text = if at.abs() >= 1e6 || (step < 1e-4) {
        format!("{at:.1e}")
    } else {
        let decimals = (-step.log10().floor()).max(0.0) as usize;
        format!("{at:.decimals$}")
    };
    if text.trim_start_matches(['-', '0', '.']).is_empty() {
        return "0".to_owned();
    }
    text.replace('-', "−")
}

fn power_of_ten(exponent: i32) -> String {
    match exponent {
        0 => "1".to_owned(),
        1 => "10".to_owned(),
        2 => "100".to_owned(),
        -1 => "0.1".to_owned(),
        -2 => "0.01".to_owned(),
        _ => {
            let raised: String = exponent
                .to_string()
                .chars()
                .map(|c| match c {
                    '-' => '⁻',
                    '1' => '¹',
                    '2' => '²',
                    '3' => '³',
                    digit => {
                        char::from_u32(0x2070 + u32::from(digit) - u32::from('0')).unwrap_or(digit)
                    }
                })
                .collect();
            format!("10{raised}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(scale: &Scale) -> Vec<String> {
        scale.ticks(5).into_iter().map(|(_, label)| label).collect()
    }

    #[test]
    fn ticks_are_round_and_cover_the_values() {
        let scale = Scale::linear([0.0, 8.0]).expect("values");
        assert_eq!(labels(&scale), ["0", "2", "4", "6", "8"]);
        let scale = Scale::linear([-0.13, 0.31]).expect("values");
        assert_eq!(labels(&scale), ["−0.2", "0", "0.2", "0.4"]);
        let scale = Scale::logarithmic([2e-5, 30.0]).expect("values");
        assert_eq!(labels(&scale).first().map(String::as_str), Some("10⁻⁴"));
    }

    #[test]
    fn values_that_are_not_finite_break_no_scale() {
        assert_eq!(Scale::linear([f64::NAN, f64::INFINITY]), None);
        assert_eq!(Scale::logarithmic([0.0, -1.0]), None);
        let scale = Scale::linear([1.0, f64::NAN, 3.0]).expect("values");
        assert_eq!(scale.share(f64::NAN), None);
        assert_eq!(scale.share(f64::INFINITY), Some(1.0));
        assert_eq!(scale.share(2.0), Some(0.5));
    }

    #[test]
    fn a_flat_line_has_room() {
        for value in [0.0, 3.0, -1e-12, 1e12] {
            let scale = Scale::linear([value, value]).expect("a value");
            let share = scale.share(value).expect("a place");
            assert!((0.1..=0.9).contains(&share), "{value} lies at {share}");
            assert!(!scale.ticks(5).is_empty());
        }
    }
}
