//! A PromQL engine: checks, plans and evaluates queries against any series source.

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
pub mod source;

pub use engine::{
    Engine, EngineOptions, Error, Features, Query, QueryOutput, Run, SampleRef, Series, UnknownFeature,
};
