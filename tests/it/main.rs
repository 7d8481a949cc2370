//! The integration tests, one binary.

mod grid;
mod grid_errors;
mod grid_option_errors;
