//! Results on the standard output.

use std::io::{ErrorKind, Write, stdout};

/// Prints results. A reader that has seen enough (`| head`) is no error.
pub(super) fn print(text: &str) -> std::io::Result<()> {
    let mut out = stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}
