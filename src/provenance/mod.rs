//! What a run is made by: revision, versions, and the numeric class of the machine.

use crate::store::Provenance;

/// The provenance of everything that this process trains.
pub fn provenance() -> Provenance {
    Provenance {
        git_revision: env!("GAN_SWEEP_REVISION").to_owned(),
        dirty: env!("GAN_SWEEP_DIRTY") == "true",
        versions: format!(
            "gan-sweep {}, training {}, candle {}, faer {}, libm {}, {}",
            env!("CARGO_PKG_VERSION"),
            crate::spec::TRAINING_VERSION,
            env!("GAN_SWEEP_CANDLE_CORE"),
            env!("GAN_SWEEP_FAER"),
            env!("GAN_SWEEP_LIBM"),
            env!("GAN_SWEEP_RUSTC"),
        ),
        numeric_class: numeric_class(),
    }
}

/// Within one numeric class the same spec gives the same bits: the architecture and the widest
/// vector instructions that kernels choose from, as `x86_64 avx512`.
///
/// Training gives the same weights in all classes (see [`crate::ops::gemm`]). Metrics may differ in
/// their last digits between classes: the matrix root of FID comes from a library that picks its
/// kernels by the instruction set.
pub fn numeric_class() -> String {
    format!("{} {}", std::env::consts::ARCH, instructions())
}

#[cfg(target_arch = "x86_64")]
fn instructions() -> &'static str {
    match pulp::Arch::new() {
        pulp::Arch::V4(_) => "avx512",
        pulp::Arch::V3(_) => "avx2+fma",
        _ => "baseline",
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn instructions() -> &'static str {
    // Only x86_64 has several kernels to choose from at run time.
    "baseline"
}

#[cfg(test)]
mod tests {
    #[test]
    fn versions_are_read_from_the_lock_file() {
        let versions = super::provenance().versions;
        for package in ["candle 0.", "faer 0.", "libm 0.", "rustc 1."] {
            assert!(versions.contains(package), "{versions}");
        }
    }

    #[test]
    fn the_numeric_class_names_architecture_and_instructions() {
        let class = super::numeric_class();
        let words: Vec<&str> = class.split(' ').collect();
        assert_eq!((words.len(), words[0]), (2, std::env::consts::ARCH));
    }
}
