//! What the evaluator asks of a source, and what it leaves unread.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test panics where it cannot go on and says why it is skipped"
)]

use promql::Engine;
use promql::model::{Labels, Sample, TimeSpan};
use promql::source::{
    BoxFuture, MemorySource, Needs, RowSink, SelectRequest, Selection, SeriesSet, SeriesSource, SourceError,
};
use promql::{EngineOptions, Features};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// A source that counts the rows read from it, and keeps what was asked of it.
struct Counting {
    inner: MemorySource,
    rows: Arc<AtomicUsize>,
    needs: Mutex<Vec<Needs>>,
}

struct CountingSet {
    inner: Box<dyn SeriesSet>,
    rows: Arc<AtomicUsize>,
}

impl SeriesSource for Counting {
    fn select<'a>(
        &'a self,
        requests: &'a [SelectRequest],
    ) -> BoxFuture<'a, Result<Vec<Selection>, SourceError>> {
        Box::pin(async {
            self.needs.lock().unwrap().extend(requests.iter().map(|request| request.hints.needs));
            let selections = self.inner.select(requests).await?;
            let count = |selection: Selection| Selection {
                set: Box::new(CountingSet { inner: selection.set, rows: Arc::clone(&self.rows) }),
                ..selection
            };
            Ok(selections.into_iter().map(count).collect())
        })
    }
}

impl SeriesSet for CountingSet {
    fn len(&self) -> usize {
        self.inner.len()
    }

    fn labels(&self, row: usize) -> &Labels {
        self.inner.labels(row)
    }

    fn read(&self, rows: &[u32], span: TimeSpan, sink: &mut dyn RowSink) -> Result<(), SourceError> {
        self.rows.fetch_add(rows.len(), Ordering::Relaxed);
        self.inner.read(rows, span, sink)
    }
}

fn source(series: usize) -> Counting {
    let mut inner = MemorySource::default();
    for series in 0..series {
        let labels = Labels::from_pairs([("__name__", "m"), ("i", &series.to_string())]);
        inner.append(&labels, 0, Sample::Float(1.0), 0).unwrap();
    }
    Counting { inner, rows: Arc::default(), needs: Mutex::default() }
}

/// How many rows a query over 20,000 series reads, and how many series it answers with.
fn reads(query: &str) -> (usize, usize) {
    let source = source(20_000);
    let features = Features { experimental_functions: true, ..Features::default() };
    let engine = Engine::new(EngineOptions { features, ..EngineOptions::default() });
    let answer = engine.parse(query).unwrap().instant(&source, 0).unwrap();
    (source.rows.load(Ordering::Relaxed), answer.series().count())
}

#[test]
fn every_row_is_read_once_by_a_fold() {
    assert_eq!(reads("sum(m)"), (20_000, 1));
    assert_eq!(reads("m > 0"), (20_000, 20_000));
}

#[test]
fn limitk_stops_when_it_has_enough() {
    let (read, answered) = reads("limitk(3, m)");
    assert_eq!(answered, 3);
    assert!(read < 10_000, "{read}");
}

#[test]
fn limit_ratio_reads_what_it_keeps() {
    let (read, answered) = reads("limit_ratio(0.1, m)");
    assert_eq!(read, answered);
    assert!((1_500..2_500).contains(&answered), "{answered}");
}

#[test]
fn equal_subtrees_are_read_once() {
    assert_eq!(reads("sum(m) / count(m)"), (20_000, 1));
    assert_eq!(reads("m * m == m"), (20_000, 20_000));
    assert_eq!(reads("sum by (i) (m) + on (i) sum by (i) (m)"), (20_000, 20_000));
    assert_eq!(reads("sum(m) + sum(m @ 0)").0, 40_000);
    assert_eq!(reads("sum(m) + sum(m{i!=''})").0, 40_000);
}

/// What a query needs of the samples of each of its selectors.
fn needs(query: &str) -> Vec<Needs> {
    let source = source(1);
    let features = Features::all();
    let engine = Engine::new(EngineOptions { features, ..EngineOptions::default() });
    engine.parse(query).unwrap().instant(&source, 0).unwrap();
    source.needs.into_inner().unwrap()
}

#[test]
fn values_that_nobody_looks_at_are_not_asked_for() {
    use Needs::{Everything, HistogramStats, Presence};
    for query in [
        "count(m)",
        "group by (i) ((m))",
        "absent(m)",
        "count(count_over_time(m[5m]))",
        "absent_over_time(m[5m])",
        "present_over_time(m[5m:1m])",
        "timestamp(m)",
        "count(timestamp(-m))",
    ] {
        assert_eq!(needs(query), [Presence], "{query}");
    }
    for query in ["m", "sum(m)", "count(m > 0)", "count(m smoothed)", "count_values('v', m)", "topk(1, m)"] {
        assert_eq!(needs(query), [Everything], "{query}");
    }
    assert_eq!(needs("histogram_count(m)"), [HistogramStats]);
    assert_eq!(needs("m and on (i) m{i='0'}"), [Everything, Presence]);
    assert_eq!(needs("m or m{i='0'}"), [Everything, Everything]);
    assert_eq!(needs("count(m or m{i='0'})"), [Presence, Presence]);
    // Equal subtrees are asked for what any of them needs.
    assert_eq!(needs("count(m) / sum(m)"), [Everything]);
}
