//! The aggregators: one table, one file a way of combining samples.
//!
//! Groups are settled once from labels ([`Groups`]). Then rows flow: a [`Folding`] takes them one by one into partials,
//! one partial a morsel, which are merged in the order of their rows, so the result does not depend on threads. Only
//! `quantile` needs the values of a group side by side ([`Gathering`]). Rows without samples do not show: they open no
//! group and take no place.
//!
//! Nothing here knows spans, plans or sources; notes get their place in the query in `exec`.

mod cells;
mod count_values;
mod fold;
mod groups;
mod kept;
mod kernels;
mod limit;
mod mean;
mod parameter;
mod quantile;
mod reduce;
mod result;
mod slots;
mod sum;
mod table;
#[cfg(test)]
mod tests;
mod top;

pub use fold::{Folding, Partial};
pub use groups::Groups;
pub use quantile::{GatherScratch, Gathered, Gathering};
pub use result::{Aggregated, ReadRows};
pub use table::{AGGREGATORS, AggregatorInfo, HistogramUse, Parameter};

use crate::column::{Heads, Notes, Param};
use crate::model::histogram::HistogramError;
use crate::model::{Grid, is_label_name, quote};
use promql_grammar::ast::{Aggregator, Grouping};

/// The parameter of an aggregation.
#[derive(Clone, Copy, Debug)]
pub enum Argument<'a> {
    /// There is none.
    None,
    /// `k`, `r` or φ, one value a step of the grid.
    Scalar(Param<'a>),
    /// The label of `count_values`.
    Label(&'a str),
}

/// Why an aggregation fails the query.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AggregationError {
    /// The parameter is no use; the text is Prometheus'.
    #[error("{0}")]
    Parameter(String),
    /// A histogram is broken.
    #[error(transparent)]
    Histogram(#[from] HistogramError),
}

/// An aggregation over known rows, its parameter checked.
#[derive(Debug)]
pub enum Aggregation {
    /// The parameter alone says that there is no result. Nothing needs to be read.
    Nothing,
    /// Takes rows one by one.
    Fold(Folding),
    /// Needs the rows of a group side by side.
    Gather(Gathering),
}

impl Aggregation {
    /// The groups of rows; `argument` matters for `count_values` only.
    #[must_use]
    pub fn bind(
        op: Aggregator,
        argument: Argument<'_>,
        heads: &Heads,
        grouping: Option<&Grouping>,
    ) -> Groups {
        match (op, argument) {
            (Aggregator::CountValues, Argument::Label(label)) => Groups::bind_values(heads, grouping, label),
            _ => Groups::bind(heads, grouping),
        }
    }

    /// Checks the parameter and gets ready. `heads` are those that `groups` were made of.
    ///
    /// # Errors
    /// A parameter that is NaN, out of range, or no label name. Not over an empty grid: there is nothing to fail then.
    pub fn new(
        op: Aggregator,
        argument: Argument<'_>,
        groups: Groups,
        heads: &Heads,
        grid: Grid,
    ) -> Result<Self, AggregationError> {
        if grid.len == 0 {
            return Ok(Aggregation::Nothing);
        }
        let mut notes = Notes::default();
        // The checker sees to it that a scalar is there; without one, nothing is asked for.
        let scalar = if let Argument::Scalar(scalar) = argument { scalar } else { Param::Const(0.0) };
        let selection = match op {
            Aggregator::Quantile => {
                parameter::quantile_notes(scalar, &mut notes);
                let phi = quantile::Phi::new(scalar);
                return Ok(Aggregation::Gather(Gathering { groups, phi, notes, grid }));
            }
            Aggregator::Topk | Aggregator::Bottomk | Aggregator::Limitk => {
                match parameter::Limits::new(scalar)? {
                    Some(limits) => fold::Selection::First(limits),
                    None => return Ok(Aggregation::Nothing),
                }
            }
            Aggregator::LimitRatio => match parameter::Ratios::new(scalar, &mut notes)? {
                Some(ratios) => fold::Selection::Share(ratios, limit::places(heads)),
                None => return Ok(Aggregation::Nothing),
            },
            Aggregator::CountValues => {
                if let Argument::Label(label) = argument
                    && !is_label_name(label)
                {
                    let text = format!("invalid label name {}", quote(label));
                    return Err(AggregationError::Parameter(text));
                }
                fold::Selection::All
            }
            _ => fold::Selection::All,
        };
        Ok(Aggregation::Fold(Folding { op, groups, grid, selection, notes }))
    }
}
