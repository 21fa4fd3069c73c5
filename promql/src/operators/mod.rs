//! Binary operators and unary minus over rows: element kernels, vector matching, set operators.
//!
//! Labels are settled by binding: [`Join`] and [`SetJoin`] look at row heads only, once. Samples then flow by row
//! number. Where matching depends on which rows hold a sample at a step (duplicates, fills, labels included from the
//! one side), [`Join::evaluate`] walks step by step; everywhere else rows go through [`combine`] whole.
//!
//! Nothing here knows spans: remarks become [`crate::column::Note`]s, failures [`MatchError`]s, and the caller adds
//! the place and the operator.

mod combine;
mod element;
mod error;
mod evaluate;
mod float;
mod join;
mod lane;
mod negate;
mod outputs;
mod set;
mod signature;
mod table;
#[cfg(test)]
mod tests;
mod with_scalar;

pub use combine::combine;
pub use error::{MatchError, NotForScalars};
pub use float::{scalar, scalars};
pub use join::{Join, Pair};
pub use lane::NoteLane;
pub use negate::{negate, negate_row};
pub use outputs::Joined;
pub use set::{Presence, SetJoin};
pub(crate) use signature::MatchLabels;
pub use table::{OPERATORS, Operator, operator};
pub use with_scalar::{head_with_scalar, tile_with_scalar, with_scalar};
