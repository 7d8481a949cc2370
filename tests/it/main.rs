//! Tests from outside: the library's public face and the binary.

mod axes;
mod compare;
mod conflicts;
mod damage;
mod data;
mod eval;
mod export;
mod faults;
mod golden_ids;
mod grid;
mod grid_errors;
mod grid_example;
mod grid_files;
mod grid_option_errors;
mod grid_points;
mod grid_properties;
mod grid_search;
mod latent;
#[cfg(feature = "parquet")]
mod parquet;
mod pictures;
mod registry;
mod report;
mod report_material;
mod run;
mod store;
mod streams;
mod synthetic;
mod telling;
mod tensorboard;
mod verify;
mod views;
