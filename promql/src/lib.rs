//! A PromQL engine: checks, plans and evaluates queries against any series source.

pub mod column;
pub mod functions;
pub mod model;
pub mod source;
