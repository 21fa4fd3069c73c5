//! The table of aggregators: what checking, planning, completion and documentation need to know of each.

use crate::functions::Stats;
use promql_grammar::ast::Aggregator;

/// What stands before the operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parameter {
    /// Nothing.
    None,
    /// A scalar; it may differ from step to step.
    Scalar,
    /// A string literal.
    String,
}

/// What an aggregator does with native histograms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HistogramUse {
    /// Adds them up; a group that mixes them with floats has no value.
    Combines,
    /// Takes them like any other sample.
    Takes,
    /// Leaves them out and says so at the operand.
    IgnoresAtOperand,
    /// Leaves them out and says so at the aggregation itself.
    IgnoresAtAggregation,
}

/// An aggregator of the language.
#[derive(Debug)]
pub struct AggregatorInfo {
    /// Which one.
    pub op: Aggregator,
    /// One line for people.
    pub doc: &'static str,
    /// What stands before the operand.
    pub parameter: Parameter,
    /// Needs `promql-experimental-functions`.
    pub experimental: bool,
    /// What it does with native histograms.
    pub histograms: HistogramUse,
    /// The result consists of series of the operand, with their own labels.
    pub selects: bool,
    /// The result is the same whatever the values are: presence is enough.
    pub presence_only: bool,
    /// What it does to statistics-only reading of histograms below it.
    pub stats: Stats,
}

/// All aggregators, in the order of [`Aggregator::ALL`].
pub const AGGREGATORS: &[AggregatorInfo] = &[
    plain(Aggregator::Sum, "The sum of the values.", HistogramUse::Combines),
    plain(Aggregator::Avg, "The mean of the values.", HistogramUse::Combines),
    AggregatorInfo {
        presence_only: true,
        ..plain(Aggregator::Count, "How many series there are.", HistogramUse::Takes)
    },
    plain(Aggregator::Min, "The smallest value.", HistogramUse::IgnoresAtOperand),
    plain(Aggregator::Max, "The largest value.", HistogramUse::IgnoresAtOperand),
    AggregatorInfo {
        presence_only: true,
        ..plain(Aggregator::Group, "1 for every group that has a series.", HistogramUse::Takes)
    },
    plain(
        Aggregator::Stddev,
        "The population standard deviation of the values.",
        HistogramUse::IgnoresAtOperand,
    ),
    plain(Aggregator::Stdvar, "The population variance of the values.", HistogramUse::IgnoresAtOperand),
    selecting(Aggregator::Topk, "The k series with the largest values.", HistogramUse::IgnoresAtAggregation),
    selecting(
        Aggregator::Bottomk,
        "The k series with the smallest values.",
        HistogramUse::IgnoresAtAggregation,
    ),
    AggregatorInfo {
        parameter: Parameter::String,
        stats: Stats::Off,
        ..plain(
            Aggregator::CountValues,
            "How many series have each value; the value becomes a label.",
            HistogramUse::Takes,
        )
    },
    AggregatorInfo {
        parameter: Parameter::Scalar,
        ..plain(Aggregator::Quantile, "The φ-quantile of the values.", HistogramUse::IgnoresAtOperand)
    },
    AggregatorInfo {
        experimental: true,
        ..selecting(Aggregator::Limitk, "Any k series.", HistogramUse::Takes)
    },
    AggregatorInfo {
        experimental: true,
        ..selecting(
            Aggregator::LimitRatio,
            "About a share r of the series, picked by a hash of their labels; the complement for negative r.",
            HistogramUse::Takes,
        )
    },
];

impl AggregatorInfo {
    /// The entry of an aggregator.
    #[must_use]
    pub fn of(op: Aggregator) -> &'static AggregatorInfo {
        &AGGREGATORS[op as usize]
    }

    /// True if histograms are left out.
    #[must_use]
    pub fn ignores_histograms(&self) -> bool {
        matches!(self.histograms, HistogramUse::IgnoresAtOperand | HistogramUse::IgnoresAtAggregation)
    }
}

const fn plain(op: Aggregator, doc: &'static str, histograms: HistogramUse) -> AggregatorInfo {
    AggregatorInfo {
        op,
        doc,
        parameter: Parameter::None,
        experimental: false,
        histograms,
        selects: false,
        presence_only: false,
        stats: Stats::Neutral,
    }
}

const fn selecting(op: Aggregator, doc: &'static str, histograms: HistogramUse) -> AggregatorInfo {
    AggregatorInfo { parameter: Parameter::Scalar, selects: true, ..plain(op, doc, histograms) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_aggregator_finds_its_entry() {
        assert_eq!(AGGREGATORS.len(), Aggregator::ALL.len());
        for &op in Aggregator::ALL {
            assert_eq!(AggregatorInfo::of(op).op, op);
        }
    }
}
