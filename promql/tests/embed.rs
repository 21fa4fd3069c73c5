//! What a service that embeds the engine relies on: a source of its own, both doors, limits, cancellation, threads.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

use promql::model::{Labels, TimeSpan};
use promql::source::{
    BoxFuture, Floats, RowSink, SelectRequest, Selection, SeriesSet, SeriesSource, SourceError, Times,
    conformance,
};
use promql::{Cancel, Engine, EngineOptions, Error, Query, QueryOutput, Run, SampleRef, Stop};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

/// `up{i="0"}`, `up{i="1"}`, …: series that count from 0, once a second, from the epoch on.
#[derive(Clone)]
struct Counting {
    labels: Vec<Labels>,
    values: Arc<[f64]>,
    /// The names of the threads that read.
    readers: Arc<Mutex<BTreeSet<String>>>,
}

impl Counting {
    fn new(series: usize, samples: u32) -> Self {
        let labels = |i: usize| Labels::from_pairs([("__name__", "up".to_owned()), ("i", i.to_string())]);
        let values = (0..samples).map(f64::from).collect();
        Counting { labels: (0..series).map(labels).collect(), values, readers: Arc::default() }
    }
}

impl SeriesSource for Counting {
    fn select<'a>(
        &'a self,
        requests: &'a [SelectRequest],
    ) -> BoxFuture<'a, Result<Vec<Selection>, SourceError>> {
        Box::pin(async {
            // Not ready at once, as a source behind a network.
            tokio::task::yield_now().await;
            let select = |request: &SelectRequest| {
                let fits = |labels: &&Labels| request.matchers.iter().all(|m| m.matches_labels(labels));
                let labels = self.labels.iter().filter(fits).cloned().collect();
                Selection::new(Counting { labels, ..self.clone() })
            };
            Ok(requests.iter().map(select).collect())
        })
    }
}

impl SeriesSet for Counting {
    fn len(&self) -> usize {
        self.labels.len()
    }

    fn labels(&self, row: usize) -> &Labels {
        &self.labels[row]
    }

    fn read(&self, rows: &[u32], _: TimeSpan, sink: &mut dyn RowSink) -> Result<(), SourceError> {
        let name = std::thread::current().name().unwrap_or("nameless").to_owned();
        self.readers.lock().unwrap().insert(name);
        let floats =
            Floats { times: Times::Every { first: 0, interval: 1_000 }, values: &self.values, starts: None };
        for nth in 0..rows.len() {
            if sink.row(nth, floats.into()).is_break() {
                break;
            }
        }
        Ok(())
    }
}

fn engine(threads: usize, max_samples: usize) -> Engine {
    Engine::new(EngineOptions { threads, max_samples, ..EngineOptions::default() })
}

fn floats(output: &QueryOutput) -> Vec<f64> {
    let samples = output.series().flat_map(|series| series.samples());
    samples.map(|(_, sample)| if let SampleRef::Float(value) = sample { value } else { f64::NAN }).collect()
}

#[test]
fn a_source_of_ones_own_keeps_the_contract_and_answers() -> Result<(), Box<dyn std::error::Error>> {
    let source = Counting::new(3, 100);
    conformance::check(&source)?;
    let query = Engine::default().parse(r#"sum(rate(up{i=~"1|2"}[10s]))"#)?;
    assert_eq!(floats(&query.instant(&source, 50_000)?), [2.0]);
    assert_eq!(floats(&query.range(&source, 20_000, 40_000, 10_000)?), [2.0; 3]);
    let shared: Arc<dyn SeriesSource> = Arc::new(source);
    assert_eq!(floats(&query.instant(&shared, 50_000)?), [2.0]);
    Ok(())
}

#[test]
fn queries_and_their_futures_move_between_threads() {
    fn moves<T: Send>(value: T) -> T {
        value
    }
    fn shared<T: Send + Sync + 'static>() {}
    shared::<(Engine, Query, QueryOutput, Run, Error)>();
    let (query, source) = (Engine::default().parse("count(up)").unwrap(), Counting::new(5, 10));
    let task = async move { query.run_async(&source, &Run::instant(5_000)).await };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    let output = runtime.block_on(async { tokio::spawn(moves(task)).await }).unwrap().unwrap();
    assert_eq!(floats(&output), [5.0]);
}

#[test]
fn both_doors_run_on_the_threads_of_their_engine() {
    let (engine, source) = (engine(2, 50_000_000), Counting::new(400, 2_000));
    let query = engine.parse("sum(up)").unwrap();
    let run = Run::range(0, 1_999_000, 1_000);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let blocking = query.run(&source, &run).unwrap();
    let awaited = runtime.block_on(query.run_async(&source, &run)).unwrap();
    assert_eq!(floats(&blocking), floats(&awaited));
    let readers = source.readers.lock().unwrap();
    let own = std::thread::current().name().unwrap_or_default().to_owned();
    assert!(readers.iter().all(|name| *name == own || name.starts_with("promql-")), "{readers:?}");
}

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    let source = Counting::new(400, 2_000);
    for query in ["sum(rate(up[7s]) / 3)", "stddev by (i) (up)", "stdvar(sqrt(up))", "topk(3, up)", "up / 7"]
    {
        let bits = |threads| {
            let query = engine(threads, 50_000_000).parse(query).unwrap();
            let answer = query.range(&source, 0, 1_999_000, 1_000).unwrap();
            floats(&answer).into_iter().map(f64::to_bits).collect::<Vec<u64>>()
        };
        let alone = bits(1);
        assert!([0, 2, 3, 8].into_iter().all(|threads| bits(threads) == alone), "{query}");
    }
}

#[test]
fn only_samples_that_are_kept_count() {
    let source = Counting::new(30, 10);
    let nested = "sum by (i) (sum by (i) (sum by (i) (sum by (i) (up))))";
    let run = |max_samples| engine(1, max_samples).parse(nested).unwrap().instant(&source, 9_000);
    assert_eq!(floats(&run(60).unwrap()).len(), 30);
    assert_eq!(
        run(59).unwrap_err().to_string(),
        "query processing would load too many samples into memory in query execution"
    );
}

#[test]
fn buffers_are_limited_even_where_hardly_any_slot_is_used() {
    // A day of 1 s steps, of which ten hold a sample and the next 300 look back at one.
    let source = Counting::new(50, 10);
    let options = EngineOptions { threads: 1, max_bytes: 7_000_000, ..EngineOptions::default() };
    let engine = Engine::new(options);
    // A result takes no room for what it does not hold, nor does a partner that meets one row.
    for text in ["up", "up + ignoring(j) group_left up"] {
        let answer = engine.parse(text).unwrap().range(&source, 0, 86_400_000, 1_000).unwrap();
        assert_eq!(answer.series().count(), 50, "{text}");
    }
    for text in ["sum by (i) (up)", "quantile by (j) (0.5, up)"] {
        let query = engine.parse(text).unwrap();
        let error = query.range(&source, 0, 86_400_000, 1_000).unwrap_err();
        let expected = "query processing would hold more than 7000000 bytes of samples in memory";
        assert_eq!(error.to_string(), expected, "{text}");
    }
}

#[test]
fn an_answer_tells_what_it_took() {
    let source = Counting::new(30, 10);
    let stats = |text: &str| *engine(1, 1_000).parse(text).unwrap().instant(&source, 9_000).unwrap().stats();
    let one = stats("up");
    assert_eq!((one.series, one.samples_read, one.peak_samples, one.peak_bytes), (30, 300, 30, 240));
    let two = stats("sum(up) + sum(rate(up[5s]))");
    assert_eq!((two.series, two.samples_read), (60, 600));
    assert!(two.peak_samples <= 4 && two.peak_bytes <= 64, "{two:?}");
    assert_eq!(stats("1").samples_read, 0);
}

#[test]
fn an_evaluation_ends_when_its_caller_wants() {
    let (engine, source) = (Engine::default(), Counting::new(1, 10));
    let query = engine.parse("up").unwrap();
    let run = Run::instant(5_000);
    drop(run.cancel.on_drop());
    let error = query.run(&source, &run).unwrap_err();
    assert!(matches!(error, Error::Stopped(Stop::Canceled)), "{error}");
    let cancel = Cancel::default();
    cancel.time_out();
    cancel.cancel();
    let error = query.run(&source, &Run { cancel, ..Run::instant(5_000) }).unwrap_err();
    assert_eq!(error.to_string(), "query timed out in expression evaluation");
}

#[test]
fn errors_and_notes_have_their_places() {
    let (engine, source) = (Engine::default(), Counting::new(2, 10));
    let error = engine.parse("sum(up").unwrap_err();
    assert_eq!(error.to_string(), "1:7: parse error: unclosed left parenthesis");
    assert!(!error.diagnostics().is_empty());
    let text = "vector(1) + on() up";
    let error = engine.parse(text).unwrap().instant(&source, 5_000).unwrap_err();
    let Error::Evaluation { message, span, .. } = &error else { panic!("{error}") };
    assert!(message.starts_with("found duplicate series for the match group {}"), "{message}");
    assert_eq!(span.map(|span| &text[span.range()]), Some(text));
    let text = "rate(up[5s])";
    let output = engine.parse(text).unwrap().instant(&source, 5_000).unwrap();
    let [note] = output.annotations() else { panic!("{:?}", output.annotations()) };
    let expected =
        r#"metric might not be a counter, name does not end in _total/_sum/_count/_bucket: "up" (1:6)"#;
    assert_eq!(note.render(text), format!("PromQL info: {expected}"));
}
