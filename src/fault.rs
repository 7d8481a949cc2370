//! Places at which tests end the process, as a crash of the machine would.

/// Names the place, and how often it is passed before the process ends: `commit.before:3`.
#[cfg(debug_assertions)]
const VARIABLE: &str = "GAN_SWEEP_FAULT";

/// A place between two steps of writing something down. Builds with debug assertions end here without
/// any cleaning up when `GAN_SWEEP_FAULT` says so; in others it is nothing.
#[cfg(debug_assertions)]
pub(crate) fn point(name: &str) {
    use std::sync::LazyLock;
    use std::sync::atomic::{AtomicI64, Ordering};

    static FAULT: LazyLock<Option<(String, AtomicI64)>> = LazyLock::new(|| {
        let asked = std::env::var(VARIABLE).ok()?;
        let (place, passes) = asked.split_once(':').unwrap_or((&asked, "0"));
        Some((place.to_owned(), AtomicI64::new(passes.parse().ok()?)))
    });
    if let Some((place, left)) = &*FAULT
        && place == name
        && left.fetch_sub(1, Ordering::Relaxed) <= 0
    {
        std::process::abort();
    }
}

#[cfg(not(debug_assertions))]
pub(crate) fn point(_: &str) {}

/// A step of a run. Where `GAN_SWEEP_FAULT` is `panic@0123456789:40`, the run whose id begins so panics in
/// that step; `abort@…` ends the process, `sleep@…` makes the step take a minute, `slow@…` makes it and every
/// step before it take a millisecond longer. The beginning of an id may be empty: every run.
#[cfg(debug_assertions)]
pub(crate) fn step(run: &str, step: u64) {
    use std::sync::LazyLock;
    use std::time::Duration;

    static FAULT: LazyLock<Option<(String, String, u64)>> = LazyLock::new(|| {
        let asked = std::env::var(VARIABLE).ok()?;
        let (how, whom) = asked.split_once('@')?;
        let (run, step) = whom.split_once(':')?;
        Some((how.to_owned(), run.to_owned(), step.parse().ok()?))
    });
    let Some((how, whose, at)) = &*FAULT else {
        return;
    };
    if !run.starts_with(whose) || step > *at {
        return;
    }
    match how.as_str() {
        "slow" => std::thread::sleep(Duration::from_millis(1)),
        _ if step < *at => {}
        "abort" => std::process::abort(),
        "sleep" => std::thread::sleep(Duration::from_secs(60)),
        _ => panic!("a test asked for it"),
    }
}

#[cfg(not(debug_assertions))]
pub(crate) fn step(_: &str, _: u64) {}

/// The largest number of pages of the database, where `GAN_SWEEP_FAULT` is `pages:40`.
#[cfg(debug_assertions)]
pub(crate) fn most_pages() -> Option<u32> {
    let asked = std::env::var(VARIABLE).ok()?;
    asked.strip_prefix("pages:")?.parse().ok()
}

#[cfg(not(debug_assertions))]
pub(crate) fn most_pages() -> Option<u32> {
    None
}
