//! The `gan-sweep` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    gan_sweep::cli::main()
}
