//! Results go to stdout, everything else to stderr. Whoever reads either may stop early (`| head`):
//! that is no error.

use std::io::{self, Write};

use serde_json::Value;

/// Prints a result.
pub(super) fn print(text: &str) -> anyhow::Result<()> {
    let mut stdout = io::stdout().lock();
    forgive(
        stdout
            .write_all(text.as_bytes())
            .and_then(|()| stdout.flush()),
    )
}

/// Prints a result; whether somebody still reads.
pub(super) fn is_read(text: &str) -> anyhow::Result<bool> {
    let mut stdout = io::stdout().lock();
    match stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
    {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        other => Ok(other.map(|()| true)?),
    }
}

/// Prints a result as indented JSON.
pub(super) fn print_json(value: &Value) -> anyhow::Result<()> {
    print(&format!("{value:#}\n"))
}

/// Writes a line to stderr: notes, progress, errors.
///
/// Where stderr is closed or full there is nobody left to tell, and a run that is recorded is worth
/// more than its note: `eprintln!` would panic.
pub(super) fn say(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// Every error but that nobody reads any more.
pub(super) fn forgive(written: io::Result<()>) -> anyhow::Result<()> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}

/// `1 run`, `2 runs`.
pub(super) fn count(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

/// A number in JSON, which has no word for those that are not finite: they are spelled out.
pub(super) fn json_number(x: f64) -> Value {
    serde_json::Number::from_f64(x).map_or_else(|| Value::from(spell(x)), Value::Number)
}

/// The shortest text that reads back as the same number; `NaN`, `inf`, `-inf` otherwise.
pub(super) fn spell(x: f64) -> String {
    format!("{x:?}")
}

#[cfg(test)]
mod tests {
    use super::{json_number, spell};

    #[test]
    fn numbers_read_back_and_the_others_are_spelled_out() {
        for x in [0.1, 1e300, 5e-324, -2.0 / 3.0, 8.0] {
            assert_eq!(spell(x).parse::<f64>(), Ok(x));
        }
        let spelled = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY].map(spell);
        assert_eq!(spelled, ["NaN", "inf", "-inf"]);
        assert_eq!(json_number(f64::NAN).to_string(), "\"NaN\"");
        assert_eq!(json_number(8.0).to_string(), "8.0");
    }
}
