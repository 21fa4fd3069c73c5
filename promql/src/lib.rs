//! A PromQL engine: checks, plans and evaluates queries of Prometheus 3.16 against any series source.
//!
//! ```
//! use promql::Engine;
//! use promql::source::text;
//!
//! let source = text::load("load 1m\n  requests_total{job=\"api\"} 0+60x10\n")?;
//! let engine = Engine::default();
//! let query = engine.parse("sum by (job) (rate(requests_total[5m]))")?;
//!
//! let answer = query.instant(&source, 600_000)?;
//! let series = answer.series().next().unwrap();
//! assert_eq!(series.labels().to_string(), r#"{job="api"}"#);
//!
//! let mut json = Vec::new();
//! answer.write_json(&mut json)?;
//! assert_eq!(
//!     String::from_utf8(json)?,
//!     r#"{"resultType":"vector","result":[{"metric":{"job":"api"},"value":[600,"1"]}]}"#
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Where to look
//!
//! * [`Engine`], [`Query`], [`Run`], [`QueryOutput`]: parse once, run often, blocking or async, with limits and a
//!   [`Cancel`] token. All times are milliseconds since the epoch.
//! * [`source`]: the [`SeriesSource`](source::SeriesSource) trait to implement for a store of your own, the
//!   [`MemorySource`](source::MemorySource), the formats it is read from, and a conformance kit.
//! * [`Error`], [`diagnostic`], [`annotation`]: what can be wrong, as data with places in the query.
//! * [`functions`], [`aggregations`], [`operators`]: the tables of the language, for docs and completion.
//! * [`promqltest`]: Prometheus' script language for tests.
//! * `rules` (feature `rules`): rule files, their evaluation and their unit tests.
//!
//! The crate is pure computation: it prints nothing, reads neither clock nor environment, and without the feature
//! `threads` needs no threads. Only the feature `tsdb` opens files.

pub mod aggregations;
pub mod annotation;
pub mod check;
pub mod column;
pub mod diagnostic;
mod engine;
mod exec;
pub mod functions;
pub mod model;
pub mod operators;
mod plan;
pub mod promqltest;
#[cfg(feature = "rules")]
pub mod rules;
pub mod source;

pub use column::{Cancel, CancelOnDrop, Stop};
pub use engine::{
    Engine, EngineOptions, Error, Features, Query, QueryOutput, QueryStats, Run, SampleRef, Series,
    UnknownFeature,
};

/// The programs in the README are compiled.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
