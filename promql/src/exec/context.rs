//! What all nodes of one evaluation share: options, limits, notes, scratch.

use super::fail::Fail;
use super::notes::NoteBook;
use super::pool::Pool;
use crate::column::{Cancel, NameRemoval, Tile};
use crate::model::Millis;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

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

/// How many slots a buffer may have for every sample that may be held.
const SLOTS_PER_SAMPLE: usize = 8;

/// Samples that are counted until this is dropped.
#[derive(Debug, Default)]
pub(super) struct Held {
    samples: usize,
    counter: Option<Arc<AtomicUsize>>,
}

impl Held {
    /// Counts those of `other` as well.
    pub(super) fn absorb(&mut self, mut other: Held) {
        self.samples += std::mem::take(&mut other.samples);
        self.counter = self.counter.take().or(other.counter.take());
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(counter) = &self.counter {
            counter.fetch_sub(self.samples, Ordering::Relaxed);
        }
    }
}

/// What all nodes of one evaluation share.
pub(crate) struct Context<'a> {
    pub options: &'a ExecOptions,
    pub pool: &'a Pool,
    pub cancel: &'a Cancel,
    pub notes: NoteBook,
    held: Arc<AtomicUsize>,
    scratch: Mutex<Vec<Tile>>,
}

impl<'a> Context<'a> {
    pub(crate) fn new(options: &'a ExecOptions, pool: &'a Pool, cancel: &'a Cancel) -> Self {
        Context {
            options,
            pool,
            cancel,
            notes: NoteBook::new(options.removal),
            held: Arc::default(),
            scratch: Mutex::new(Vec::new()),
        }
    }

    /// Counts samples that are kept as long as the value that is returned.
    pub(super) fn hold(&self, samples: usize) -> Result<Held, Fail> {
        let before = self.held.fetch_add(samples, Ordering::Relaxed);
        let held = Held { samples, counter: Some(Arc::clone(&self.held)) };
        if before.saturating_add(samples) > self.options.max_samples {
            return Err(Fail::too_many_samples());
        }
        Ok(held)
    }

    /// Fails if a buffer would have far more slots than there may be samples. Where series come and go, most slots of
    /// a buffer are empty; they are not counted, but they are memory.
    pub(super) fn check_slots(&self, rows: usize, steps: usize) -> Result<(), Fail> {
        if rows.saturating_mul(steps) > self.options.max_samples.saturating_mul(SLOTS_PER_SAMPLE) {
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
