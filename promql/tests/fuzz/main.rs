//! Nothing that is given to the library makes it panic or hang: queries are parsed, checked, printed, laid out and
//! run, formats are read. A few thousand inputs run with the other tests. For more, and other ones:
//!
//! `PROMQL_FUZZ=10000000 PROMQL_FUZZ_SEED=7 cargo test --profile fuzz -p promql --test fuzz -- --nocapture`
//!
//! `PROMQL_FUZZ_INPUT=12345` runs the one input of that number, and shows it first.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that cannot start has failed, and says how it went"
)]

mod data;
mod queries;
#[path = "../random/mod.rs"]
mod random;
#[path = "../written/mod.rs"]
mod written;

use promql::column::Cancel;
use promql::source::{MemorySource, SeriesSource, api_json, exposition, text};
use promql::{Engine, EngineOptions, Error, Features, Query, Run};
use random::Random;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Work that takes longer is ended through its cancel flag, and told.
const SLOW: Duration = Duration::from_secs(1);
/// Work that does not heed its flag for so long hangs.
const HANGS: Duration = Duration::from_secs(60);

/// What is made of the inputs of a run.
struct Fuzz {
    engines: Vec<Engine>,
    source: MemorySource,
    corpus: Vec<String>,
    scripts: Vec<String>,
    /// Queries that were refused, and runs that failed and that gave an answer: a fuzzer that only ever reads errors
    /// tests little.
    outcomes: [AtomicU64; 3],
}

/// The work of one thread, for the one that watches it.
#[derive(Default)]
struct Watched {
    current: Mutex<Option<(Instant, u64, String, Cancel)>>,
}

impl Fuzz {
    fn new() -> Self {
        let options = EngineOptions { threads: 1, max_samples: 5_000, ..EngineOptions::default() };
        let all = Features::all();
        let delayed = Features { type_and_unit_labels: false, use_start_timestamps: false, ..all };
        let immediate = Features { delayed_name_removal: false, ..delayed };
        let engine = |features| Engine::new(EngineOptions { features, ..options.clone() });
        let mut corpus: Vec<String> = written::corpus().into_iter().map(|query| query.text).collect();
        let mut random = Random(1);
        corpus.extend((0..500).map(|_| queries::grown(&mut random)));
        Fuzz {
            engines: vec![engine(immediate), engine(delayed), engine(all), engine(Features::default())],
            source: data::source(),
            corpus,
            outcomes: Default::default(),
            scripts: data::SCRIPT.split("\n\n").map(str::to_owned).collect(),
        }
    }

    /// Makes the input of a number and says what is to be done with it.
    fn input(&self, seed: u64, number: u64) -> (Target, String, Random) {
        let mut random = Random::of_input(seed, number);
        let query = |random: &mut Random| self.corpus[random.below(self.corpus.len())].as_str();
        let spoilt = |random: &mut Random, texts: &[&str]| {
            let (text, other) = (random.pick(texts), random.pick(texts));
            queries::spoilt(random, text, other)
        };
        let (target, text) = match random.below(20) {
            0 => (Target::Query, queries::noise(&mut random)),
            1 | 2 => (Target::Query, queries::soup(&mut random)),
            3..=5 => {
                let (text, other) = (query(&mut random), query(&mut random));
                (Target::Query, queries::spoilt(&mut random, text, other))
            }
            6 | 7 => {
                let (text, other) = (query(&mut random), query(&mut random));
                (Target::Query, queries::spliced(&mut random, text, other))
            }
            8..=14 => (Target::Query, queries::grown(&mut random)),
            15 => {
                let at = random.below(self.scripts.len());
                let texts: Vec<&str> = self.scripts.iter().map(String::as_str).collect();
                let first = texts[0].to_owned();
                (Target::Script, first + "\n\n" + &queries::spoilt(&mut random, texts[at], texts[0]))
            }
            16 | 17 => (Target::Line, spoilt(&mut random, data::LINES)),
            18 => (Target::Page, spoilt(&mut random, data::PAGES)),
            _ => (Target::Answer, spoilt(&mut random, data::ANSWERS)),
        };
        (target, text, random)
    }

    fn run(&self, target: Target, input: &str, mut random: Random, cancel: &Cancel) {
        match target {
            Target::Query => {
                let engine = &self.engines[random.below(self.engines.len())];
                match engine.parse(input) {
                    Ok(query) => {
                        printing_keeps(engine, &query);
                        self.evaluate(&query, &mut random, cancel);
                    }
                    Err(Error::Query { diagnostics, .. }) => {
                        self.outcomes[0].fetch_add(1, Ordering::Relaxed);
                        assert!(!diagnostics.is_empty());
                        for (span, _) in diagnostics.iter().flat_map(|found| &found.labels) {
                            let (start, end) = (span.start as usize, span.end as usize);
                            assert!(input.get(start..end).is_some(), "{span:?} is no part of the query");
                        }
                    }
                    Err(other) => panic!("not an error of a query: {other}"),
                }
                let options = promql_grammar::ParseOptions { unquoted_utf8_names: true };
                let _ = promql_grammar::tokens(input, &options);
                let _ = promql_grammar::brackets_open(input);
            }
            Target::Script => drop(promql::promqltest::run(input)),
            Target::Line => {
                drop(text::parse_series(input));
                drop(text::parse_start_times(input));
                drop(promql::model::parse_duration(input));
                if let Ok(source) = text::load(&format!("load 30s\n  {input}\n")) {
                    let query = self.engines[0].parse("{__name__=~\".*\"}").unwrap_err();
                    drop((source.time_span(), query));
                }
            }
            Target::Page => self.page(input.as_bytes(), &mut random),
            Target::Answer => {
                let mut bytes = input.as_bytes().to_vec();
                if random.one_in(4) && !bytes.is_empty() {
                    let at = random.below(bytes.len());
                    bytes[at] = random.next() as u8;
                }
                if let Ok(answer) = api_json::parse_answer(&bytes)
                    && let Some(result) = answer.result
                {
                    let mut source = MemorySource::default();
                    for series in result.into_series() {
                        drop(series.append_to(&mut source));
                    }
                }
            }
        }
    }

    fn page(&self, input: &[u8], random: &mut Random) {
        let mut bytes = input.to_vec();
        if random.one_in(4) && !bytes.is_empty() {
            let at = random.below(bytes.len());
            bytes[at] = random.next() as u8;
        }
        use exposition::ExpositionFormat::{Detect, OpenMetrics, Text};
        for format in [Detect, OpenMetrics, Text] {
            let options = exposition::ExpositionOptions {
                format,
                nan_is_stale: random.one_in(2),
                max_errors: random.below(4),
                ..exposition::ExpositionOptions::default()
            };
            match exposition::parse(&bytes, &options) {
                Ok(page) => {
                    let source = page.into_source().expect("what was read can be appended");
                    let query = self.engines[0].parse("rate(m_total[5m])").unwrap();
                    drop(query.instant(&source, 1_600_000_001_123));
                }
                Err(errors) => {
                    assert!(
                        !errors.is_empty() && errors.iter().all(|error| error.line > 0 && error.column > 0)
                    );
                }
            }
        }
    }

    /// Once, and over a range of any kind.
    fn evaluate(&self, query: &Query, random: &mut Random, cancel: &Cancel) {
        let times = [0, 300_000, 1, -1, 600_000, 29_999, i64::MAX, i64::MIN, i64::MAX / 1000, 1 << 53];
        let start = times[if random.one_in(4) { random.below(times.len()) } else { random.below(6) }];
        let steps = [1, 1000, 30_000, 60_000, 60_000, 7_001, i64::MAX, 1 << 40];
        let step = steps[random.below(steps.len())];
        let span = step.saturating_mul([0, 1, 3, 20, 64, 65, 1000][random.below(7)]);
        let lookbacks = [None, None, Some(1), Some(i64::MAX), Some(30_000)];
        let lookback = lookbacks[random.below(lookbacks.len())];
        let instant = Run { lookback, cancel: cancel.clone(), ..Run::instant(start) };
        let range =
            Run { lookback, cancel: cancel.clone(), ..Run::range(start, start.saturating_add(span), step) };
        for run in [instant, range] {
            let source: &dyn SeriesSource = &self.source;
            match query.run(source, &run) {
                Ok(answer) => {
                    self.outcomes[2].fetch_add(1, Ordering::Relaxed);
                    answer.write_json(&mut std::io::sink()).expect("a sink takes everything");
                    answer.annotations().iter().for_each(|note| drop(note.render(query.text())));
                }
                Err(error) => {
                    self.outcomes[1].fetch_add(1, Ordering::Relaxed);
                    drop((error.to_string(), error.diagnostics()));
                }
            }
        }
    }
}

/// What is done with an input.
#[derive(Clone, Copy, Debug)]
enum Target {
    Query,
    Script,
    Line,
    Page,
    Answer,
}

fn printing_keeps(engine: &Engine, query: &Query) {
    let printed = query.ast().to_string();
    let again = engine.parse(&printed).unwrap_or_else(|error| panic!("printed as {printed:?}: {error}"));
    assert_eq!(again.ast().to_string(), printed);
    let laid_out = promql_grammar::pretty(query.ast());
    let again = engine.parse(&laid_out).unwrap_or_else(|error| panic!("laid out as {laid_out:?}: {error}"));
    assert_eq!(again.ast().to_string(), printed, "laid out as {laid_out:?}");
    assert_eq!(promql_grammar::pretty(again.ast()), laid_out);
    assert_eq!(again.ast().comments().len(), query.ast().comments().len(), "laid out as {laid_out:?}");
}

fn setting(name: &str) -> Option<u64> {
    std::env::var(name)
        .ok()
        .map(|value| value.parse().unwrap_or_else(|_| panic!("{name}: {value} is no number")))
}

/// Ends what is slow; true while something hangs.
fn watch(watched: &Watched, slow: &AtomicU64) {
    let Ok(current) = watched.current.lock() else { return };
    let Some((start, number, input, cancel)) = &*current else { return };
    if start.elapsed() > SLOW && cancel.check().is_ok() {
        println!("slow: input {number}: {input:?}");
        slow.fetch_add(1, Ordering::Relaxed);
        cancel.time_out();
    }
    if start.elapsed() > HANGS {
        println!("hangs: input {number}: {input:?}");
        std::process::abort();
    }
}

thread_local! {
    /// What the last panic of the thread said, and where.
    static PANIC: std::cell::RefCell<String> = const { std::cell::RefCell::new(String::new()) };
}

#[test]
fn nothing_panics_or_hangs() {
    let count = setting("PROMQL_FUZZ").unwrap_or(5_000);
    let seed = setting("PROMQL_FUZZ_SEED").unwrap_or(1);
    let fuzz = Fuzz::new();
    if let Some(number) = setting("PROMQL_FUZZ_INPUT") {
        let (target, input, random) = fuzz.input(seed, number);
        println!("{target:?}: {input:?}\n{input}");
        return fuzz.run(target, &input, random, &Cancel::default());
    }
    let threads = std::thread::available_parallelism().map_or(1, |threads| threads.get().min(2));
    let watched: Vec<Arc<Watched>> = (0..threads).map(|_| Arc::default()).collect();
    let (next, done, slow) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
    let failures: Mutex<Vec<String>> = Mutex::new(Vec::new());
    let begin = Instant::now();
    std::panic::set_hook(Box::new(|panic| PANIC.set(panic.to_string())));
    std::thread::scope(|scope| {
        for watched in &watched {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= count || failures.lock().unwrap().len() >= 50 {
                        break;
                    }
                    let (target, input, random) = fuzz.input(seed, number);
                    let cancel = Cancel::default();
                    *watched.current.lock().unwrap() =
                        Some((Instant::now(), number, input.clone(), cancel.clone()));
                    let result = catch_unwind(AssertUnwindSafe(|| fuzz.run(target, &input, random, &cancel)));
                    if result.is_err() {
                        let failure = format!("input {number}, {target:?}: {input:?}\n    {}", PANIC.take());
                        println!("{failure}");
                        failures.lock().unwrap().push(failure);
                    }
                }
                *watched.current.lock().unwrap() = None;
                done.fetch_add(1, Ordering::Relaxed);
            });
        }
        let mut told = 0;
        while done.load(Ordering::Relaxed) < threads as u64 {
            std::thread::sleep(Duration::from_millis(50));
            watched.iter().for_each(|watched| watch(watched, &slow));
            let so_far = next.load(Ordering::Relaxed);
            if so_far / 1_000_000 > told {
                told = so_far / 1_000_000;
                println!("{so_far} inputs in {:?}", begin.elapsed());
            }
        }
    });
    let _ = std::panic::take_hook();
    let [refused, failed, answered] = fuzz.outcomes.each_ref().map(|outcome| outcome.load(Ordering::Relaxed));
    println!("{refused} queries refused; {answered} runs answered, {failed} failed");
    assert!(count < 1_000 || answered > count / 4, "too few queries come to an answer");
    let failures = failures.into_inner().unwrap();
    let slow = slow.into_inner();
    println!(
        "{count} inputs of seed {seed} in {:?}: {} failures, {slow} slow",
        begin.elapsed(),
        failures.len()
    );
    assert!(failures.is_empty(), "{} failures, the first: {}", failures.len(), failures[0]);
}
