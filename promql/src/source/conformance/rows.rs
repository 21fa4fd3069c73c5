//! What holds for the samples of a set.

use super::random::Random;
use super::{Violation, broken};
use crate::model::histogram::ResetHint;
use crate::model::{FloatHistogram, Millis, TimeSpan, is_stale};
use crate::source::{Needs, RowData, RowSink, Selection, SeriesSet, Times};
use std::ops::ControlFlow;

const TRIES: usize = 40;

/// A copy of a row, comparable to the bit.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Samples {
    floats: Vec<(Millis, u64, Millis)>,
    histograms: Vec<(Millis, Bits, Millis)>,
}

/// A histogram that equals another one only with the same hint.
#[derive(Clone, Debug)]
struct Bits(FloatHistogram);

impl PartialEq for Bits {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0 && self.0.hint == other.0.hint
    }
}

impl Samples {
    fn within(&self, span: TimeSpan) -> Samples {
        Samples {
            floats: self.floats.iter().filter(|sample| span.contains(sample.0)).copied().collect(),
            histograms: self.histograms.iter().filter(|sample| span.contains(sample.0)).cloned().collect(),
        }
    }

    /// A part without what its first histogram tells about the one before, which is not in it: whether a source can
    /// tell may depend on what else it had to read.
    fn into_part(mut self) -> Samples {
        if let Some((_, Bits(first), _)) = self.histograms.first_mut()
            && first.hint != ResetHint::Gauge
        {
            first.hint = ResetHint::Unknown;
        }
        self
    }

    fn span(&self) -> Option<TimeSpan> {
        let times =
            || self.floats.iter().map(|sample| sample.0).chain(self.histograms.iter().map(|sample| sample.0));
        Some(TimeSpan { start: times().min()?, end: times().max()? })
    }
}

/// Reads all rows of a set in many ways; returns what they hold inside the span.
pub(super) fn check(set: &dyn SeriesSet, span: TimeSpan) -> Result<Vec<Samples>, Violation> {
    let every: Vec<u32> = (0..set.len() as u32).collect();
    let all = read(set, &every, span)?;
    let spans = all.iter().filter_map(Samples::span);
    let data = spans.reduce(|a, b| TimeSpan { start: a.start.min(b.start), end: a.end.max(b.end) });
    let data = data.unwrap_or(TimeSpan { start: 0, end: 0 });
    let mut random = Random(1);
    for _ in 0..TRIES {
        let (rows, part) =
            if set.is_empty() { (Vec::new(), data) } else { (random.rows(set.len()), random.span(data)) };
        let found = read(set, &rows, part)?;
        check_part(&all, &rows, part, &found)?;
        check_break(set, &rows, part, random.below(rows.len()))?;
    }
    check_threads(set, data, &all)?;
    Ok(all)
}

fn check_part(all: &[Samples], rows: &[u32], span: TimeSpan, found: &[Samples]) -> Result<(), Violation> {
    for (&row, found) in rows.iter().zip(found) {
        if found.clone().into_part() != all[row as usize].within(span).into_part() {
            let TimeSpan { start, end } = span;
            return broken(
                "read gives the same samples every time, all of those inside the span, to the bit",
                format!("row {row} from {start} to {end} differs from the same part of the whole"),
            );
        }
    }
    Ok(())
}

/// Ends reading after `last` more rows.
struct Breaker {
    left: usize,
    late: usize,
}

impl RowSink for Breaker {
    fn row(&mut self, _: usize, _: RowData<'_>) -> ControlFlow<()> {
        match self.left.checked_sub(1) {
            Some(left) => self.left = left,
            None => self.late += 1,
        }
        if self.left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

fn check_break(set: &dyn SeriesSet, rows: &[u32], span: TimeSpan, at: usize) -> Result<(), Violation> {
    const RULE: &str = "a sink that breaks ends the call with Ok";
    let mut sink = Breaker { left: at + 1, late: 0 };
    match set.read(rows, span, &mut sink) {
        Err(error) => broken(RULE, error.to_string()),
        Ok(()) if sink.late > 0 => broken(RULE, format!("{} more rows were delivered", sink.late)),
        Ok(()) => Ok(()),
    }
}

fn check_threads(set: &dyn SeriesSet, data: TimeSpan, all: &[Samples]) -> Result<(), Violation> {
    if cfg!(target_family = "wasm") || set.is_empty() {
        return Ok(());
    }
    let work = |seed: u64| {
        let mut random = Random(seed);
        (0..TRIES / 4).try_for_each(|_| {
            let (rows, span) = (random.rows(set.len()), random.span(data));
            check_part(all, &rows, span, &read(set, &rows, span)?)
        })
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (2..6).map(|seed| scope.spawn(move || work(seed))).collect();
        threads.into_iter().try_for_each(|thread| match thread.join() {
            Ok(result) => result,
            Err(_) => broken("read may be called from several threads at once", "a panic"),
        })
    })
}

/// Takes in rows and checks their form.
struct Collector {
    rows: Vec<Samples>,
    next: usize,
    span: TimeSpan,
    violation: Option<Violation>,
}

impl RowSink for Collector {
    fn row(&mut self, nth: usize, data: RowData<'_>) -> ControlFlow<()> {
        match self.take(nth, data) {
            Ok(()) => ControlFlow::Continue(()),
            Err(violation) => {
                self.violation = Some(violation);
                ControlFlow::Break(())
            }
        }
    }
}

impl Collector {
    fn take(&mut self, nth: usize, data: RowData<'_>) -> Result<(), Violation> {
        if nth < self.next || nth >= self.rows.len() {
            return broken(
                "rows arrive in the order asked for, each at most once",
                format!("row {nth} of {} when row {} or later was due", self.rows.len(), self.next),
            );
        }
        self.next = nth + 1;
        let RowData::Columns { floats, histograms } = data;
        let count = floats.values.len();
        let times: Vec<Millis> = match floats.times {
            Times::At(times) => times.to_vec(),
            Times::Every { first, interval } => {
                (0..count as i64).map(|at| first.saturating_add(interval.saturating_mul(at))).collect()
            }
        };
        check_column(&times, count, floats.starts)?;
        check_column(histograms.times, histograms.values.len(), histograms.starts)?;
        let start = |starts: Option<&[Millis]>, at: usize| starts.map_or(0, |starts| starts[at]);
        let float = |at: usize| (times[at], floats.values[at].to_bits(), start(floats.starts, at));
        let histogram = |at: usize| {
            (histograms.times[at], Bits(histograms.values[at].clone()), start(histograms.starts, at))
        };
        let samples = Samples {
            floats: (0..count).map(float).collect(),
            histograms: (0..histograms.values.len()).map(histogram).collect(),
        };
        self.rows[nth] = samples.within(self.span);
        Ok(())
    }
}

fn check_column(times: &[Millis], values: usize, starts: Option<&[Millis]>) -> Result<(), Violation> {
    if times.len() != values || starts.is_some_and(|starts| starts.len() != values) {
        return broken("columns are equally long", format!("{} times, {values} values", times.len()));
    }
    match times.windows(2).find(|pair| pair[0] >= pair[1]) {
        Some(pair) => {
            broken("times ascend strictly within each kind", format!("{} before {}", pair[0], pair[1]))
        }
        None => Ok(()),
    }
}

/// What the rows hold inside the span, in the order asked for.
fn read(set: &dyn SeriesSet, rows: &[u32], span: TimeSpan) -> Result<Vec<Samples>, Violation> {
    let mut sink = Collector { rows: vec![Samples::default(); rows.len()], next: 0, span, violation: None };
    let result = set.read(rows, span, &mut sink);
    if let Some(violation) = sink.violation {
        return Err(violation);
    }
    match result {
        Ok(()) => Ok(sink.rows),
        Err(error) => broken("read answers", error.to_string()),
    }
}

/// Holds an answer that may carry less of each sample against the whole one.
pub(super) fn check_reduced(
    selection: &Selection,
    span: TimeSpan,
    needs: Needs,
    whole: &Selection,
    all: &[Samples],
) -> Result<(), Violation> {
    const SERIES: &str = "hints do not change which series are found";
    const SAMPLES: &str = "hints do not change which samples there are, nor which of them are stale markers";
    const STATS: &str = "histograms are reduced to count, sum and hint only where the answer says so";
    let set = &*selection.set;
    let same = |row: usize| set.labels(row) == whole.set.labels(row);
    if set.len() != all.len() || !(0..set.len()).all(same) {
        return broken(SERIES, format!("{needs:?} finds others than everything"));
    }
    let every: Vec<u32> = (0..set.len() as u32).collect();
    for (row, (found, expected)) in read(set, &every, span)?.iter().zip(all).enumerate() {
        if outline(found) != outline(expected) {
            return broken(SAMPLES, format!("row {row} for {needs:?}"));
        }
        if needs == Needs::Presence {
            continue;
        }
        let numbers = |samples: &Samples| {
            let stats = |h: &FloatHistogram| [h.count, h.sum].map(f64::to_bits);
            let floats = samples.floats.iter().map(|sample| [sample.1, 0]);
            floats.chain(samples.histograms.iter().map(|sample| stats(&sample.1.0))).collect::<Vec<_>>()
        };
        let reduced = selection.applied.histogram_stats;
        if numbers(found) != numbers(expected) || (!reduced && found != expected) {
            return broken(STATS, format!("row {row} for {needs:?}"));
        }
    }
    Ok(())
}

/// The times of all samples, and which of them are stale markers.
fn outline(samples: &Samples) -> [Vec<(Millis, bool)>; 2] {
    [
        samples.floats.iter().map(|sample| (sample.0, is_stale(f64::from_bits(sample.1)))).collect(),
        samples.histograms.iter().map(|sample| (sample.0, sample.1.0.is_stale())).collect(),
    ]
}
