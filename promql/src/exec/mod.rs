//! The evaluator: labels first, then rows.
//!
//! Nodes of a plan are bound in evaluation order. Binding a node settles the labels of its rows from its inputs'
//! labels; values then flow row by row: a node whose rows depend on one row of one input each is a *stream* that its
//! consumer pulls through in morsels, a node that needs many rows at once is a *breaker* that runs when it is bound
//! and holds its rows. What depends on values (labels of `count_values`, errors, notes) is found by breakers.

mod absent;
mod aggregate;
mod binary;
mod bind;
mod call;
mod classic;
mod columns;
mod context;
mod fail;
mod info;
mod merge;
mod notes;
mod order;
mod pool;
mod relay;
mod result;
mod rows;
mod scalar;
mod scan;
mod select;
mod set;
mod sort;
mod spare;
mod union;
mod windowed;

pub(crate) use bind::evaluate;
pub use context::QueryStats;
pub(crate) use context::{Context, ExecOptions};
pub(crate) use fail::Fail;
pub(crate) use pool::Pool;
pub(crate) use result::{Answer, GridRows};
