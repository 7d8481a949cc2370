//! it
mod report;
mod report_material;
