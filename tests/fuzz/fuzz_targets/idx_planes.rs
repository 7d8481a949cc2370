#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| gan_sweep::fuzz::read("idx_planes", bytes));
