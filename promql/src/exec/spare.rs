//! What one read leaves to the next.

use std::sync::Mutex;

/// Things that are handed on from use to use, as many as are in use at one time: buffers, and what was found out on
/// the way.
#[derive(Debug, Default)]
pub(super) struct Spare<T> {
    /// The one that mostly does.
    first: Mutex<T>,
    /// For uses inside of others or beside them.
    more: Mutex<Vec<T>>,
}

impl<T: Default> Spare<T> {
    /// Runs `work` with one that nobody uses, or a new one.
    pub(super) fn with<R>(&self, work: impl FnOnce(&mut T) -> R) -> R {
        if let Ok(mut first) = self.first.try_lock() {
            return work(&mut first);
        }
        let spare = self.more.lock().ok().and_then(|mut spares| spares.pop());
        let mut thing = spare.unwrap_or_default();
        let result = work(&mut thing);
        if let Ok(mut spares) = self.more.lock() {
            spares.push(thing);
        }
        result
    }
}
