//! What one read leaves to the next.

use smallvec::SmallVec;
use std::sync::Mutex;

/// Things that are handed on from use to use, as many as are in use at one time: buffers, and what was found out on
/// the way.
#[derive(Debug)]
pub(super) struct Spare<T>(Mutex<SmallVec<[T; 1]>>);

impl<T> Default for Spare<T> {
    fn default() -> Self {
        Spare(Mutex::new(SmallVec::new()))
    }
}

impl<T: Default> Spare<T> {
    /// Runs `work` with one that nobody uses, or a new one.
    pub(super) fn with<R>(&self, work: impl FnOnce(&mut T) -> R) -> R {
        let spare = self.0.lock().ok().and_then(|mut spares| spares.pop());
        let mut thing = spare.unwrap_or_default();
        let result = work(&mut thing);
        if let Ok(mut spares) = self.0.lock() {
            spares.push(thing);
        }
        result
    }
}
