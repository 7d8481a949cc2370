//! How a measured number is stored: with its kind, because SQLite turns NaN into NULL.

use super::StoreError;

/// A number in the form in which the database gives it back, bit for bit: SQLite does not keep
/// the sign of zero, and the payload of a NaN is no result.
pub(super) fn canonical(value: f64) -> f64 {
    if value.is_nan() {
        f64::NAN
    } else {
        // −0 + 0 = 0.
        value + 0.0
    }
}

/// The columns `value` and `kind`.
pub(super) fn encode(value: f64) -> (Option<f64>, i64) {
    let value = canonical(value);
    if value.is_finite() {
        (Some(value), 0)
    } else if value.is_nan() {
        (None, 1)
    } else if value > 0.0 {
        (None, 2)
    } else {
        (None, 3)
    }
}

/// The number of the columns `value` and `kind`.
pub(super) fn decode(value: Option<f64>, kind: i64) -> Result<f64, StoreError> {
    match (value, kind) {
        (Some(value), 0) => Ok(value),
        (None, 1) => Ok(f64::NAN),
        (None, 2) => Ok(f64::INFINITY),
        (None, 3) => Ok(f64::NEG_INFINITY),
        _ => Err(StoreError::Unreadable {
            what: "a measured value",
            found: format!("{value:?} of kind {kind}"),
        }),
    }
}

/// BLAKE3 over a run's values in order of (step, quantity).
///
/// Each value contributes the length of the quantity's name (u32), the name, the step (u64) and
/// the value's bits (u64), integers little-endian.
#[derive(Default)]
pub(super) struct SeriesDigest(blake3::Hasher);

impl SeriesDigest {
    /// Adds the next value.
    pub(super) fn add(&mut self, quantity: &str, step: i64, value: f64) {
        // A quantity's name is a short constant.
        self.0.update(&(quantity.len() as u32).to_le_bytes());
        self.0.update(quantity.as_bytes());
        self.0.update(&step.to_le_bytes());
        self.0.update(&canonical(value).to_bits().to_le_bytes());
    }

    /// The digest, hexadecimal.
    pub(super) fn finish(&self) -> String {
        self.0.finalize().to_hex().to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::{SeriesDigest, decode, encode};

    #[test]
    fn every_kind_of_number_comes_back() {
        for x in [1.5, 0.0, f64::MIN_POSITIVE / 8.0, f64::MAX, -3.25] {
            let (value, kind) = encode(x);
            let back = decode(value, kind).expect("a stored number");
            assert_eq!(back.to_bits(), x.to_bits());
        }
        for x in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -f64::NAN] {
            let (value, kind) = encode(x);
            assert_eq!(value, None);
            let back = decode(value, kind).expect("a stored number");
            assert!(back == x || back.is_nan() && x.is_nan());
        }
    }

    #[test]
    fn the_digest_is_blake3_of_the_documented_layout() {
        let mut digest = SeriesDigest::default();
        digest.add("covered", 3, 8.0);
        let mut bytes = vec![7, 0, 0, 0];
        bytes.extend(b"covered");
        bytes.extend([3, 0, 0, 0, 0, 0, 0, 0]);
        // 8.0 = 1.0 × 2³: exponent 1023 + 3 = 0x402, fraction 0.
        bytes.extend([0, 0, 0, 0, 0, 0, 0x20, 0x40]);
        assert_eq!(digest.finish(), blake3::hash(&bytes).to_hex().to_string());
    }

    #[test]
    fn the_digest_does_not_see_what_the_database_does_not_keep() {
        let of = |x: f64| {
            let mut digest = SeriesDigest::default();
            digest.add("loss.d", 1, x);
            digest.finish()
        };
        assert_eq!(of(0.0), of(-0.0));
        assert_eq!(of(f64::NAN), of(-f64::NAN));
        assert_ne!(of(1.0), of(1.0 + f64::EPSILON));
    }
}
