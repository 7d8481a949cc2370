//! A panic's text and place, for the run's row instead of the terminal.

use std::any::Any;
use std::cell::RefCell;
use std::sync::Once;

thread_local! {
    static LAST: RefCell<Option<(String, String)>> = const { RefCell::new(None) };
}

static INSTALL: Once = Once::new();

/// Remembers panics of workers, and leaves all others to the hook that was there.
pub(super) fn install() {
    INSTALL.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            // A worker's pool has unnamed threads; the main thread and tests' threads have names.
            if std::thread::current().name().is_some() {
                before(info);
                return;
            }
            let text = text(info.payload());
            let place = info
                .location()
                .map_or_else(String::new, ToString::to_string);
            LAST.with(|last| *last.borrow_mut() = Some((text, place)));
        }));
    });
}

/// `panic!` carries a `&str` or, with arguments, a `String`.
fn text(payload: &dyn Any) -> String {
    payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without a text".to_owned())
}

/// The last panic of this thread.
pub(super) fn take() -> (String, String) {
    LAST.with(|last| last.borrow_mut().take())
        .unwrap_or_default()
}
