//! A panic's text and place, for the run's row instead of the terminal.

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, Once, PoisonError};

/// The first words of the name that all threads of a worker's pool share.
const POOL: &str = "runs of worker";

/// The first panic of each pool since it was last asked: (text, place).
static PANICS: Mutex<BTreeMap<String, (String, String)>> = Mutex::new(BTreeMap::new());

static INSTALL: Once = Once::new();

/// Remembers panics of workers, and leaves all others to the hook that was there.
pub(super) fn install() {
    INSTALL.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let thread = std::thread::current();
            let Some(pool) = thread.name().filter(|name| name.starts_with(POOL)) else {
                before(info);
                return;
            };
            let text = text(info.payload());
            let place = info
                .location()
                .map_or_else(String::new, ToString::to_string);
            let mut panics = PANICS.lock().unwrap_or_else(PoisonError::into_inner);
            panics.entry(pool.to_owned()).or_insert((text, place));
        }));
    });
}

/// A name for the threads of one pool, unlike that of any other pool of the process. A panic in
/// any of them is its run's.
pub(super) fn pool_name() -> String {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    format!("{POOL} {}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// `panic!` carries a `&str` or, with arguments, a `String`.
fn text(payload: &dyn Any) -> String {
    payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without a text".to_owned())
}

/// The panic of a pool's run.
pub(super) fn take(pool: &str) -> (String, String) {
    let mut panics = PANICS.lock().unwrap_or_else(PoisonError::into_inner);
    panics.remove(pool).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{install, pool_name, take};

    #[test]
    fn a_panic_in_any_thread_of_a_pool_is_told_and_is_told_once() {
        install();
        let name = pool_name();
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(2)
            .thread_name({
                let name = name.clone();
                move |_| name.clone()
            })
            .build()
            .expect("a pool");
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            // On the pool's other thread, while this one waits.
            pool.broadcast(|context| {
                assert!(context.index() == 0, "on thread {}", context.index())
            });
        }));
        assert!(outcome.is_err());
        let (text, place) = take(&name);
        assert_eq!(text, "on thread 1");
        assert!(place.contains("crash.rs"), "{place}");
        assert_eq!(take(&name), Default::default());
    }
}
