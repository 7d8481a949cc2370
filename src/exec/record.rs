//! Where reports go: the store's writer thread.

use super::{Lost, Recorder};
use crate::event::Report;
use crate::store::EventSender;

impl Recorder for EventSender {
    fn record(&self, report: Report) -> Result<(), Lost> {
        // The reason stays with the writer, whose `close` returns it.
        self.send(report).map_err(|_| Lost)
    }
}
