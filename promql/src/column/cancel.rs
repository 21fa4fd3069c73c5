//! A caller-owned flag that ends an evaluation. The engine has no clock: whoever wants a time limit sets the flag.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

/// Why an evaluation was ended from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// Somebody does not want the answer any more.
    Canceled,
    /// It took too long.
    TimedOut,
}

/// Cancels an evaluation when it is dropped; see [`Cancel::on_drop`].
#[derive(Debug)]
pub struct CancelOnDrop(Cancel);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// A flag shared by the caller and the evaluation.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicU8>);

impl Cancel {
    /// Ends the evaluation as unwanted.
    pub fn cancel(&self) {
        let _ = self.0.compare_exchange(0, 1, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// Ends the evaluation as too slow.
    pub fn time_out(&self) {
        let _ = self.0.compare_exchange(0, 2, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// A guard that cancels when it is dropped: kept by the future of a request, it ends the evaluation with the
    /// request.
    #[must_use]
    pub fn on_drop(&self) -> CancelOnDrop {
        CancelOnDrop(self.clone())
    }

    /// Fails once the flag is set.
    ///
    /// # Errors
    /// The reason for the end.
    pub fn check(&self) -> Result<(), Stop> {
        match self.0.load(Ordering::Relaxed) {
            0 => Ok(()),
            1 => Err(Stop::Canceled),
            _ => Err(Stop::TimedOut),
        }
    }
}
