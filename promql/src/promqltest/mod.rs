//! Prometheus' script language for testing engines: `load`, `eval`, `clear`.
//!
//! A script is read once; every `eval` then counts as one statement. Each instant evaluation is repeated with all
//! selectors pinned by `@` at other times, and as the middle step of a range query, as Prometheus does it.

mod compare;
mod expectation;
mod run;
mod script;

pub use run::{Failure, Report, run};
