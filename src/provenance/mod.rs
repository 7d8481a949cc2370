//! What a run is made by: revision, versions, and the numeric class of the machine.

use crate::store::Provenance;

/// The provenance of everything that this process trains.
pub fn provenance() -> Provenance {
    Provenance {
        git_revision: env!("GAN_SWEEP_REVISION").to_owned(),
        dirty: env!("GAN_SWEEP_DIRTY") == "true",
        versions: format!(
            "gan-sweep {}, training {}, candle {}, gemm {}, libm {}, {}",
            env!("CARGO_PKG_VERSION"),
            crate::spec::TRAINING_VERSION,
            env!("GAN_SWEEP_CANDLE_CORE"),
            env!("GAN_SWEEP_GEMM"),
            env!("GAN_SWEEP_LIBM"),
            env!("GAN_SWEEP_RUSTC"),
        ),
        numeric_class: numeric_class(),
    }
}

/// Within one numeric class the same spec gives the same bits: instruction set (gemm picks its
/// kernels by it) and the caches by which gemm blocks.
///
/// `x86_64 avx2+fma, caches 32K/8 512K/8 32768K/16` (size and associativity, level 1 to 3).
pub fn numeric_class() -> String {
    let caches: Vec<String> = gemm_common::cache::CACHE_INFO
        .iter()
        .map(|cache| format!("{}K/{}", cache.cache_bytes / 1024, cache.associativity))
        .collect();
    format!(
        "{} {}, caches {}",
        std::env::consts::ARCH,
        features().join("+"),
        caches.join(" ")
    )
}

#[cfg(target_arch = "x86_64")]
fn features() -> Vec<&'static str> {
    let all = [
        ("avx2", std::is_x86_feature_detected!("avx2")),
        ("fma", std::is_x86_feature_detected!("fma")),
        ("avx512f", std::is_x86_feature_detected!("avx512f")),
    ];
    all.into_iter()
        .filter(|(_, present)| *present)
        .map(|(name, _)| name)
        .collect()
}

#[cfg(not(target_arch = "x86_64"))]
fn features() -> Vec<&'static str> {
    // Only x86_64 has several kernels to choose from at run time.
    vec!["baseline"]
}

#[cfg(test)]
mod tests {
    #[test]
    fn versions_are_read_from_the_lock_file() {
        let versions = super::provenance().versions;
        for package in ["candle 0.", "gemm 0.", "libm 0.", "rustc 1."] {
            assert!(versions.contains(package), "{versions}");
        }
    }

    #[test]
    fn the_numeric_class_names_three_caches() {
        let class = super::numeric_class();
        assert_eq!(class.matches("K/").count(), 3, "{class}");
    }
}
