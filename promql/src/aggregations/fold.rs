//! Folding rows into partials and partials into one.

use super::count_values::ValuesFold;
use super::groups::Groups;
use super::kernels::{Count, Extreme, Max, Min, Variance};
use super::limit::{LimitFold, RatioFold};
use super::parameter::{Limits, Ratios, includes};
use super::reduce::{Reduction, any_kind};
use super::sum::SumFold;
use super::top::TopFold;
use super::{AggregationError, AggregatorInfo};
use crate::column::{Notes, Row, bits};
use crate::model::Grid;
use promql_grammar::ast::Aggregator;

/// An aggregation that takes rows one by one.
#[derive(Debug)]
pub struct Folding {
    pub(super) op: Aggregator,
    pub(super) groups: Groups,
    pub(super) grid: Grid,
    pub(super) selection: Selection,
    pub(super) notes: Notes,
}

/// Which samples may show.
#[derive(Debug)]
pub(super) enum Selection {
    All,
    First(Limits),
    /// With the place of each row's hash.
    Share(Ratios, Vec<f64>),
}

/// What some of the rows come to. Made for a morsel, merged in row order.
#[derive(Debug)]
pub struct Partial {
    pub(super) state: State,
    /// A histogram was left out.
    pub(super) ignored: bool,
    /// Nothing has come in.
    empty: bool,
    scratch: Vec<u64>,
}

#[derive(Debug)]
pub(super) enum State {
    Sum(SumFold),
    Min(Reduction<Min, 1>),
    Max(Reduction<Max, 1>),
    Count(Reduction<Count, 0>),
    Variance(Reduction<Variance, 2>),
    Top(TopFold),
    Limit(LimitFold),
    Ratio(RatioFold),
    Values(ValuesFold),
}

impl Folding {
    /// The groups.
    #[must_use]
    pub fn groups(&self) -> &Groups {
        &self.groups
    }

    /// False if the presence of samples is all that matters.
    #[must_use]
    pub fn needs_values(&self) -> bool {
        !AggregatorInfo::of(self.op).presence_only
    }

    /// True if a row cannot show at any step, so that it need not be read.
    #[must_use]
    pub fn skips(&self, row: u32) -> bool {
        match &self.selection {
            Selection::Share(Ratios::Same(r), places) => !includes(*r, places[row as usize]),
            _ => false,
        }
    }

    /// True if there is a point from which on later rows cannot change anything.
    #[must_use]
    pub fn may_complete(&self) -> bool {
        self.op == Aggregator::Limitk
    }

    /// True if later rows cannot change anything, so that reading may stop. `partial` must have seen all rows up to
    /// some row.
    #[must_use]
    pub fn is_complete(&self, partial: &Partial) -> bool {
        matches!(&partial.state, State::Limit(fold) if fold.is_complete(self.groups.len()))
    }

    /// A partial that has seen nothing.
    #[must_use]
    pub fn partial(&self) -> Partial {
        let len = self.grid.len;
        let state = match self.op {
            Aggregator::Sum => State::Sum(SumFold::new(false, len)),
            // A quantile is never folded.
            Aggregator::Avg | Aggregator::Quantile => State::Sum(SumFold::new(true, len)),
            Aggregator::Min => State::Min(Reduction::new(Extreme, len)),
            Aggregator::Max => State::Max(Reduction::new(Extreme, len)),
            Aggregator::Count => State::Count(Reduction::new(Count { one: false }, len)),
            Aggregator::Group => State::Count(Reduction::new(Count { one: true }, len)),
            Aggregator::Stddev => State::Variance(Reduction::new(Variance { root: true }, len)),
            Aggregator::Stdvar => State::Variance(Reduction::new(Variance { root: false }, len)),
            Aggregator::Topk => State::Top(TopFold::new(false, len)),
            Aggregator::Bottomk => State::Top(TopFold::new(true, len)),
            Aggregator::Limitk => State::Limit(LimitFold::new(len)),
            Aggregator::LimitRatio => State::Ratio(RatioFold::new(len)),
            Aggregator::CountValues => State::Values(ValuesFold::new(len)),
        };
        Partial { state, ignored: false, empty: true, scratch: Vec::new() }
    }

    /// Takes in a row. Rows come in ascending order, each once.
    ///
    /// # Errors
    /// A broken histogram under `sum` or `avg`.
    pub fn fold(&self, partial: &mut Partial, number: u32, row: Row<'_>) -> Result<(), AggregationError> {
        let present = any_kind(row, &mut partial.scratch);
        if !bits::any(present) {
            return Ok(());
        }
        partial.empty = false;
        let group = self.groups.of(number);
        match (&mut partial.state, &self.selection) {
            (State::Sum(fold), _) => fold.fold(number, group, row)?,
            (State::Min(fold), _) => partial.ignored |= fold_floats(fold, group, row),
            (State::Max(fold), _) => partial.ignored |= fold_floats(fold, group, row),
            (State::Variance(fold), _) => partial.ignored |= fold_floats(fold, group, row),
            (State::Count(fold), _) => {
                let slot = fold.slot(group);
                fold.add(slot, row.values, present);
            }
            (State::Top(fold), Selection::First(limits)) => fold.fold(number, row, &self.groups, limits),
            (State::Limit(fold), Selection::First(limits)) => fold.fold(number, group, row, limits),
            (State::Ratio(fold), Selection::Share(ratios, places)) => {
                fold.fold(number, row, ratios, places[number as usize]);
            }
            (State::Values(fold), _) => fold.fold(group, row, self.groups.value_label().is_none()),
            (State::Top(_) | State::Limit(_) | State::Ratio(_), _) => {}
        }
        Ok(())
    }

    /// Takes in the partial of later rows.
    ///
    /// # Errors
    /// A broken histogram under `sum` or `avg`.
    pub fn merge(&self, partial: &mut Partial, later: Partial) -> Result<(), AggregationError> {
        if partial.empty {
            *partial = later;
            return Ok(());
        }
        partial.ignored |= later.ignored;
        match (&mut partial.state, later.state, &self.selection) {
            (State::Sum(own), State::Sum(later), _) => own.merge(later)?,
            (State::Min(own), State::Min(later), _) => own.merge(&later),
            (State::Max(own), State::Max(later), _) => own.merge(&later),
            (State::Count(own), State::Count(later), _) => own.merge(&later),
            (State::Variance(own), State::Variance(later), _) => own.merge(&later),
            (State::Top(own), State::Top(later), Selection::First(limits)) => {
                own.merge(&later, &self.groups, limits);
            }
            (State::Limit(own), State::Limit(later), Selection::First(limits)) => {
                own.merge(&later, &self.groups, limits);
            }
            (State::Ratio(own), State::Ratio(later), _) => own.merge(&later),
            (State::Values(own), State::Values(later), _) => own.merge(later),
            // Partials of one aggregation have one kind of state.
            _ => {}
        }
        Ok(())
    }
}

impl Partial {
    /// How many numbers are held, for limits.
    #[must_use]
    pub fn held(&self) -> usize {
        match &self.state {
            State::Sum(fold) => fold.held(),
            State::Min(fold) => fold.held(),
            State::Max(fold) => fold.held(),
            State::Count(fold) => fold.held(),
            State::Variance(fold) => fold.held(),
            State::Top(fold) => fold.held(),
            State::Limit(fold) => fold.kept.held(),
            State::Ratio(fold) => fold.kept.held(),
            State::Values(fold) => fold.held(),
        }
    }
}

/// Takes in the floats of a row; true if that leaves out a histogram.
fn fold_floats<K: super::reduce::Kernel<L>, const L: usize>(
    fold: &mut Reduction<K, L>,
    group: u32,
    row: Row<'_>,
) -> bool {
    // Histograms are left out, but still decide which group comes first.
    let slot = fold.slot(group);
    if bits::any(row.floats) {
        fold.add(slot, row.values, row.floats);
    }
    row.histograms.is_some_and(|histograms| bits::any(histograms.present()))
}
