//! A query's tree for people and for programs.

mod json;
mod lines;
mod types;

pub(crate) use json::json;
pub(crate) use lines::lines;
