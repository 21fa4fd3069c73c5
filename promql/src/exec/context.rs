//! What all nodes of one evaluation share: options, limits, notes, scratch.

use super::fail::Fail;
use super::notes::NoteBook;
use super::pool::Pool;
use super::spare::Spare;
use crate::column::{Cancel, NameRemoval, Tile};
use crate::model::Millis;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How a plan is evaluated.
#[derive(Clone, Debug)]
pub(crate) struct ExecOptions {
    /// The lookback delta in milliseconds.
    pub lookback: Millis,
    /// The most samples held at a time.
    pub max_samples: usize,
    /// The most bytes of buffers held at a time.
    pub max_bytes: usize,
    /// When metadata labels are removed.
    pub removal: NameRemoval,
    /// Counters are told by `__type__`.
    pub type_and_unit: bool,
    /// Start times of samples count.
    pub start_times: bool,
}

/// What an evaluation took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct QueryStats {
    /// Series found, summed over all selectors: one that two selectors find counts twice.
    pub series: usize,
    /// Samples that the source delivered, each as often as it was read; a native histogram counts once.
    pub samples_read: usize,
    /// The most samples that were held at a time, as [`EngineOptions::max_samples`](crate::EngineOptions::max_samples)
    /// counts them.
    pub peak_samples: usize,
    /// The most bytes of buffers that were held at a time, as
    /// [`EngineOptions::max_bytes`](crate::EngineOptions::max_bytes) counts them.
    pub peak_bytes: usize,
}

/// What is held at the moment, what was held at most, and what was read.
#[derive(Debug, Default)]
struct Counts {
    samples: Gauge,
    bytes: Gauge,
    series: AtomicUsize,
    samples_read: AtomicUsize,
}

/// A number that rises and falls, and the highest it ever was.
#[derive(Debug, Default)]
struct Gauge {
    now: AtomicUsize,
    peak: AtomicUsize,
}

impl Gauge {
    /// Adds `count` and returns what that makes.
    fn add(&self, count: usize) -> usize {
        let now = self.now.fetch_add(count, Ordering::Relaxed).saturating_add(count);
        if now > self.peak.load(Ordering::Relaxed) {
            self.peak.fetch_max(now, Ordering::Relaxed);
        }
        now
    }

    fn remove(&self, count: usize) {
        self.now.fetch_sub(count, Ordering::Relaxed);
    }
}

/// Samples and bytes that are counted until this is dropped.
#[derive(Debug, Default)]
pub(super) struct Held {
    samples: usize,
    bytes: usize,
    counts: Option<Arc<Counts>>,
}

impl Held {
    /// Counts those of `other` as well.
    pub(super) fn absorb(&mut self, mut other: Held) {
        self.samples += std::mem::take(&mut other.samples);
        self.bytes += std::mem::take(&mut other.bytes);
        self.counts = self.counts.take().or(other.counts.take());
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let Some(counts) = &self.counts else { return };
        if self.samples > 0 {
            counts.samples.remove(self.samples);
        }
        if self.bytes > 0 {
            counts.bytes.remove(self.bytes);
        }
    }
}

/// Slots that are held, 32 MiB of them, where rows could be read again instead.
const MOST_SPARED: usize = 1 << 22;

/// What all nodes of one evaluation share.
pub(crate) struct Context<'a> {
    pub options: &'a ExecOptions,
    pub pool: &'a Pool,
    pub cancel: &'a Cancel,
    pub notes: NoteBook,
    counts: Arc<Counts>,
    scratch: Spare<Tile>,
}

impl<'a> Context<'a> {
    pub(crate) fn new(options: &'a ExecOptions, pool: &'a Pool, cancel: &'a Cancel) -> Self {
        Context {
            options,
            pool,
            cancel,
            notes: NoteBook::new(options.removal),
            counts: Arc::default(),
            scratch: Spare::default(),
        }
    }

    /// The same evaluation, but nobody hears the notes.
    pub(super) fn unheard(&self) -> Context<'a> {
        Context { counts: Arc::clone(&self.counts), ..Context::new(self.options, self.pool, self.cancel) }
    }

    /// True if holding so many slots only saves time and is worth its memory.
    pub(super) fn affords(&self, rows: usize, steps: usize) -> bool {
        let slots = rows.saturating_mul(steps);
        slots
            <= MOST_SPARED
                .min(self.options.max_samples / 8)
                .min(self.options.max_bytes / size_of::<f64>() / 8)
    }

    /// Counts samples that are kept as long as the value that is returned.
    pub(super) fn hold(&self, samples: usize) -> Result<Held, Fail> {
        self.hold_both(samples, 0)
    }

    /// Counts the memory of a buffer of so many rows and steps, asked for before it is made. Where series come and
    /// go most slots are empty: they are no samples, but they are memory.
    pub(super) fn hold_slots(&self, rows: usize, steps: usize) -> Result<Held, Fail> {
        self.hold_both(0, rows.saturating_mul(steps))
    }

    /// Counts rows that were made without asking before: their samples and their memory.
    pub(super) fn hold_made(&self, tile: &Tile) -> Result<Held, Fail> {
        let samples = tile.iter().map(|row| row.samples()).sum();
        self.hold_both(samples, tile.rows().saturating_mul(tile.len()))
    }

    /// Counts samples, and the memory of so many slots.
    pub(super) fn hold_both(&self, samples: usize, slots: usize) -> Result<Held, Fail> {
        let mut held = Held { counts: Some(Arc::clone(&self.counts)), ..Held::default() };
        if samples > 0 {
            held.samples = samples;
            if self.counts.samples.add(samples) > self.options.max_samples {
                return Err(Fail::too_many_samples());
            }
        }
        let bytes = slots.saturating_mul(size_of::<f64>());
        if bytes > 0 {
            held.bytes = bytes;
            if self.counts.bytes.add(bytes) > self.options.max_bytes {
                return Err(Fail::too_many_bytes(self.options.max_bytes));
            }
        }
        Ok(held)
    }

    /// Notes that a selector found so many series.
    pub(super) fn count_series(&self, series: usize) {
        self.counts.series.fetch_add(series, Ordering::Relaxed);
    }

    /// Notes that a source delivered so many samples.
    pub(super) fn count_read(&self, samples: usize) {
        self.counts.samples_read.fetch_add(samples, Ordering::Relaxed);
    }

    /// What the evaluation took so far.
    pub(crate) fn stats(&self) -> QueryStats {
        let load = |count: &AtomicUsize| count.load(Ordering::Relaxed);
        QueryStats {
            series: load(&self.counts.series),
            samples_read: load(&self.counts.samples_read),
            peak_samples: load(&self.counts.samples.peak),
            peak_bytes: load(&self.counts.bytes.peak),
        }
    }

    /// Runs `work` with a tile from the pool of this evaluation.
    pub(super) fn with_scratch<T>(&self, work: impl FnOnce(&mut Tile) -> T) -> T {
        self.scratch.with(work)
    }
}
