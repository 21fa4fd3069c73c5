//! Why an operator fails the query. The texts are Prometheus'.

use crate::column::Stop;
use crate::model::Labels;
use crate::model::histogram::HistogramError;
use promql_grammar::ast::{BinaryOp, Side};

/// Why matching fails. Of several reasons the one of the earliest step is told, then the first in vector order.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum MatchError {
    /// Two series of the side that must be unique belong to one match group.
    #[error(
        "found duplicate series for the match group {group:?} on the {} hand-side of the operation: \
         [{first}, {second}];many-to-many matching not allowed: matching labels must be unique on one side",
        side_name(*.side)
    )]
    DuplicateSeries {
        /// The labels that decide the match.
        group: Labels,
        /// The side that must be unique.
        side: Side,
        /// One of the series, as text.
        first: String,
        /// The other one; the two are in byte order.
        second: String,
    },
    /// Two left series found the same partner without `group_left`.
    #[error("multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)")]
    NotExplicit,
    /// Two results of one match group have equal labels.
    #[error("multiple matches for labels: grouping labels must ensure unique matches")]
    AmbiguousGrouping,
    /// Two results have equal labels.
    #[error("vector cannot contain metrics with the same labelset")]
    SameLabelset,
    /// A histogram is broken.
    #[error(transparent)]
    Histogram(#[from] HistogramError),
    /// The caller ended it.
    #[error("stopped")]
    Stopped(Stop),
}

/// An operator that has no meaning between scalars.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("operator \"{0}\" not allowed for Scalar operations")]
pub struct NotForScalars(pub BinaryOp);

fn side_name(side: Side) -> &'static str {
    match side {
        Side::Left => "left",
        Side::Right => "right",
    }
}
