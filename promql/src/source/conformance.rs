//! A kit by which anyone tests a source of their own:
//!
//! ```
//! use promql::source::{conformance, text::load};
//! let source = load("load 1m\n  up{job=\"api\"} 1 0 stale\n  up{job=\"db\"} {{count:3}}x2\n")?;
//! conformance::check(&source)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! It holds a source to the contract of [`SeriesSource`] line by line, with random spans, row lists and threads that
//! are the same in every run. It says nothing about whether the right series were found beyond their matchers.

mod answers;
mod random;
mod rows;

use super::{Hints, Needs, SelectRequest, Selection, SeriesSource};
use crate::model::{Grid, METRIC_NAME, MatchOp, Matcher, TimeSpan};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

/// Which line of the contract a source breaks, and how.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{rule}: {found}")]
pub struct Violation {
    /// The line of the contract.
    pub rule: &'static str,
    /// What was found.
    pub found: String,
}

fn broken<T>(rule: &'static str, found: impl Into<String>) -> Result<T, Violation> {
    Err(Violation { rule, found: found.into() })
}

/// Checks all series of a source over all time.
///
/// # Errors
/// The first line of the contract that is broken.
pub fn check<S: SeriesSource + ?Sized>(source: &S) -> Result<(), Violation> {
    let everything = Matcher::new(METRIC_NAME, MatchOp::Regex, ".*").expect("the pattern is valid");
    check_selection(source, &[everything], TimeSpan { start: i64::MIN / 2, end: i64::MAX / 2 })
}

/// Checks the series that fit some matchers, in a span; for sources that do not like to be asked for everything.
///
/// # Errors
/// The first line of the contract that is broken.
pub fn check_selection<S: SeriesSource + ?Sized>(
    source: &S,
    matchers: &[Matcher],
    span: TimeSpan,
) -> Result<(), Violation> {
    let ask = |needs| SelectRequest { matchers: matchers.into(), span, hints: hints(span, needs) };
    let whole = one(source, &ask(Needs::Everything))?;
    answers::check(source, &whole, &ask(Needs::Everything))?;
    let all = rows::check(&*whole.set, span)?;
    for needs in [Needs::Presence, Needs::HistogramStats] {
        let selection = one(source, &ask(needs))?;
        rows::check_reduced(&selection, span, needs, &whole, &all)?;
    }
    Ok(())
}

fn hints(span: TimeSpan, needs: Needs) -> Hints {
    Hints { grid: Grid::at(span.end), range: 0, function: None, needs, start_times: true, limit: None }
}

/// The answer to one request.
fn one<S: SeriesSource + ?Sized>(source: &S, request: &SelectRequest) -> Result<Selection, Violation> {
    let mut selections = select(source, std::slice::from_ref(request))?;
    match (selections.pop(), selections.len()) {
        (Some(selection), 0) => Ok(selection),
        (_, rest) => broken("there is one answer for each request", format!("{rest} more or none")),
    }
}

fn select<S: SeriesSource + ?Sized>(
    source: &S,
    requests: &[SelectRequest],
) -> Result<Vec<Selection>, Violation> {
    match wait(source.select(requests)) {
        Ok(selections) => Ok(selections),
        Err(error) => broken("select answers", error.to_string()),
    }
}

/// Runs a future on this thread.
fn wait<F: Future>(future: F) -> F::Output {
    struct Unpark(std::thread::Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => std::thread::park(),
        }
    }
}

#[cfg(test)]
mod tests;
