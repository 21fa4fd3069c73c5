//! Runs one query where it is best answered, within its time, and lets go when told to.

use crate::answer::{Answer, Data, note};
use crate::args::{EngineArgs, FeatureArgs};
use crate::diagnostics;
use crate::failure::Failure;
use crate::source::{Opened, Source};
use crate::time::Clock;
use promql::annotation::Level;
use promql::column::{Cancel, Stop};
use promql::diagnostic::{Diagnostic, Severity};
use promql::{Engine, EngineOptions, Features, QueryOutput, Run};
use std::io::{IsTerminal, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

/// After this long a person at a terminal is told that work goes on.
const PATIENCE: Duration = Duration::from_secs(1);

/// Answers queries from one source.
pub(crate) struct Evaluator {
    /// Always there; taken when dropped.
    runtime: Option<Runtime>,
    source: Source,
    engine: Engine,
    timeout: Duration,
    lookback: Option<i64>,
}

impl Evaluator {
    /// An evaluator for what was opened in `runtime`.
    pub(crate) fn new(runtime: Runtime, source: Source, args: &EngineArgs) -> Result<Self, Failure> {
        let features = features(&args.features);
        let given = |option: &str, value: Option<crate::time::Duration>| {
            value.map(|value| positive(option, value.0)).transpose()
        };
        let interval = given("--evaluation-interval", args.evaluation_interval)?;
        let lookback = given("--lookback-delta", args.lookback_delta)?;
        let defaults = EngineOptions::default();
        let options = EngineOptions {
            default_subquery_step: interval
                .or(source.settings.evaluation_interval)
                .unwrap_or(defaults.default_subquery_step),
            lookback: lookback.or(source.settings.lookback).unwrap_or(defaults.lookback),
            max_samples: args.max_samples,
            max_bytes: args.max_bytes,
            threads: args.threads,
            features,
        };
        let timeout = limit(args)?;
        Ok(Evaluator { runtime: Some(runtime), source, engine: Engine::new(options), timeout, lookback })
    }

    /// What times are relative to.
    pub(crate) fn clock(&self) -> Clock {
        Clock { data: self.source.bounds, ..Clock::wall() }
    }

    /// The source, for completion.
    pub(crate) fn source(&self) -> &Source {
        &self.source
    }

    /// The runtime that the source needs.
    pub(crate) fn runtime(&self) -> &Runtime {
        self.runtime.as_ref().expect("there until dropped")
    }

    /// Answers a query. With `interruptible`, Ctrl-C ends the query; otherwise it ends the process.
    pub(crate) fn ask(&self, text: &str, run: &Run, interruptible: bool) -> Result<Answer, Failure> {
        let run = Run { lookback: self.lookback, cancel: Cancel::default(), ..run.clone() };
        let end = self.runtime().block_on(async {
            let interrupt = async {
                match interruptible {
                    true => drop(tokio::signal::ctrl_c().await),
                    false => std::future::pending().await,
                }
            };
            tokio::select! {
                answer = self.answer(text, &run) => Ok(answer),
                () = interrupt => Err(Stop::Canceled),
                () = tokio::time::sleep(self.timeout) => Err(Stop::TimedOut),
                () = show_progress() => Err(Stop::Canceled),
            }
        });
        clear_progress();
        let stopped = |message: String| Failure::Query {
            text: text.to_owned(),
            findings: vec![Diagnostic {
                code: "stopped",
                severity: Severity::Error,
                message,
                labels: Vec::new(),
                help: None,
            }],
        };
        match end {
            Ok(answer) => answer,
            Err(Stop::TimedOut) => {
                run.cancel.time_out();
                let limit =
                    crate::time::Duration(i64::try_from(self.timeout.as_millis()).unwrap_or(i64::MAX));
                Err(stopped(format!("no answer within {limit} (--timeout)")))
            }
            Err(Stop::Canceled) => {
                run.cancel.cancel();
                Err(stopped("query was canceled".into()))
            }
        }
    }

    async fn answer(&self, text: &str, run: &Run) -> Result<Answer, Failure> {
        let series = match &self.source.opened {
            Opened::Server(client) => return client.query(text, run).await,
            Opened::Series(series) => Arc::clone(series),
        };
        let query = self.engine.parse(text).map_err(|error| Failure::from_engine(text, &error))?;
        let handle = self.runtime().handle().clone();
        let run = run.clone();
        // The evaluation computes for long stretches: on a thread of its own it cannot hold up time limit and Ctrl-C.
        let work = move || handle.block_on(query.run_async(&*series, &run));
        match tokio::task::spawn_blocking(work).await {
            Ok(Ok(output)) => Ok(answer(text, output)),
            Ok(Err(error)) => Err(Failure::from_engine(text, &error)),
            Err(_) => Err(Failure::setup("the evaluation broke down; this is a bug of promql")),
        }
    }
}

impl Drop for Evaluator {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // A source that hangs must not keep the process.
            runtime.shutdown_background();
        }
    }
}

fn answer(text: &str, output: QueryOutput) -> Answer {
    let notes = output.annotations().iter().map(|annotation| {
        let severity = match annotation.level {
            Level::Warning => Severity::Warning,
            Level::Info => Severity::Info,
        };
        let mut found = note(text, severity, &annotation.text);
        found.labels = annotation.span.map(|span| (span, String::new())).into_iter().collect();
        found
    });
    Answer { notes: notes.collect(), data: Data::Local(Box::new(output)) }
}

/// What was asked for by `--enable-feature`.
pub(crate) fn features(args: &FeatureArgs) -> Features {
    let mut features = Features::default();
    for name in args.enable_feature.iter().filter(|name| !name.is_empty()) {
        // Prometheus and promtool go on, so that one set of flags serves many versions.
        if let Err(error) = features.enable(name) {
            diagnostics::say(&format!("warning: --enable-feature: {error}"));
        }
    }
    features
}

/// How long a query may take.
pub(crate) fn limit(args: &EngineArgs) -> Result<Duration, Failure> {
    Ok(Duration::from_millis(positive("--timeout", args.timeout.0)?.unsigned_abs()))
}

fn positive(option: &str, value: i64) -> Result<i64, Failure> {
    if value > 0 { Ok(value) } else { Err(Failure::setup(format!("{option} must be more than 0"))) }
}

/// Tells a person at a terminal how long it has taken; never ends.
async fn show_progress() {
    if !std::io::stderr().is_terminal() {
        return std::future::pending().await;
    }
    let start = Instant::now();
    loop {
        tokio::time::sleep(PATIENCE).await;
        let mut out = std::io::stderr();
        let _ = write!(out, "\r\x1b[K… {}s, Ctrl-C to cancel", start.elapsed().as_secs());
        let _ = out.flush();
    }
}

fn clear_progress() {
    if std::io::stderr().is_terminal() {
        let _ = write!(std::io::stderr(), "\r\x1b[K");
    }
}
