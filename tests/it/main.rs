//! it
mod data;
