//! What all nodes of one evaluation share: options, limits, notes, scratch.

use super::fail::Fail;
use super::notes::NoteBook;
use super::pool::Pool;
use crate::column::{Cancel, NameRemoval, Tile};
use crate::model::Millis;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How a plan is evaluated.
#[derive(Clone, Debug)]
pub(crate) struct ExecOptions {
    /// The lookback delta in milliseconds.
    pub lookback: Millis,
    /// The most samples held at a time.
    pub max_samples: usize,
    /// When metadata labels are removed.
    pub removal: NameRemoval,
    /// Counters are told by `__type__`.
    pub type_and_unit: bool,
    /// Start times of samples count.
    pub start_times: bool,
}

/// What all nodes of one evaluation share.
pub(crate) struct Context<'a> {
    pub options: &'a ExecOptions,
    pub pool: &'a Pool,
    pub cancel: &'a Cancel,
    pub notes: NoteBook,
    held: AtomicUsize,
    scratch: Mutex<Vec<Tile>>,
}

impl<'a> Context<'a> {
    pub(crate) fn new(options: &'a ExecOptions, pool: &'a Pool, cancel: &'a Cancel) -> Self {
        Context {
            options,
            pool,
            cancel,
            notes: NoteBook::new(options.removal),
            held: AtomicUsize::new(0),
            scratch: Mutex::new(Vec::new()),
        }
    }

    /// Counts samples that stay until the end of the query.
    pub(super) fn hold(&self, samples: usize) -> Result<(), Fail> {
        let before = self.held.fetch_add(samples, Ordering::Relaxed);
        if before.saturating_add(samples) > self.options.max_samples {
            return Err(Fail::too_many_samples());
        }
        Ok(())
    }

    /// Runs `work` with a tile from the pool of this evaluation.
    pub(super) fn with_scratch<T>(&self, work: impl FnOnce(&mut Tile) -> T) -> T {
        let pooled = self.scratch.lock().ok().and_then(|mut pool| pool.pop());
        let mut tile = pooled.unwrap_or_default();
        let result = work(&mut tile);
        if let Ok(mut pool) = self.scratch.lock() {
            pool.push(tile);
        }
        result
    }
}
