//! Tests from outside: the library's public face and the binary.

mod compare;
mod export;
mod grid;
mod grid_errors;
mod grid_option_errors;
mod report;
mod report_material;
mod store;
mod synthetic;
