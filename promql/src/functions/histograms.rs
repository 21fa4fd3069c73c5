//! Functions of histograms: the entries, and the kernels of those that only know native ones. What reads classic
//! buckets too is in [`classic`](super::classic).

use super::{Arity, Function, Shape, Stats};
use crate::model::FloatHistogram;
use crate::model::ValueType::{Scalar, String, Vector};

/// Reads the statistics only.
const STATISTIC: Function = Function { stats: Stats::On, ..Function::VECTOR };
/// Reads the buckets.
const BUCKETS: Function = Function { stats: Stats::Off, ..Function::VECTOR };

pub(super) static FUNCTIONS: &[Function] = &[
    Function {
        name: "histogram_count",
        doc: "The number of observations of each native histogram.",
        shape: Shape::Histograms(|histogram| histogram.count),
        ..STATISTIC
    },
    Function {
        name: "histogram_sum",
        doc: "The sum of the observations of each native histogram.",
        shape: Shape::Histograms(|histogram| histogram.sum),
        ..STATISTIC
    },
    Function {
        name: "histogram_avg",
        doc: "The average of the observations of each native histogram.",
        shape: Shape::Histograms(|histogram| histogram.sum / histogram.count),
        ..STATISTIC
    },
    Function {
        name: "histogram_stddev",
        doc: "The estimated standard deviation of the observations of each native histogram.",
        shape: Shape::Histograms(FloatHistogram::standard_deviation),
        ..BUCKETS
    },
    Function {
        name: "histogram_stdvar",
        doc: "The estimated variance of the observations of each native histogram.",
        shape: Shape::Histograms(FloatHistogram::variance),
        ..BUCKETS
    },
    Function {
        name: "histogram_quantile",
        doc: "The estimated quantile (first argument, 0 to 1) of each classic or native histogram.",
        args: &[Scalar, Vector],
        shape: Shape::HistogramQuantile,
        ..BUCKETS
    },
    Function {
        name: "histogram_quantiles",
        doc: "Several estimated quantiles of each classic or native histogram, told apart by the label that the \
              second argument names.",
        args: &[Vector, String, Scalar],
        arity: Arity::UpTo(10),
        experimental: true,
        shape: Shape::HistogramQuantiles,
        ..BUCKETS
    },
    Function {
        name: "histogram_fraction",
        doc: "The estimated fraction of observations between a lower and an upper value.",
        args: &[Scalar, Scalar, Vector],
        shape: Shape::HistogramFraction,
        ..BUCKETS
    },
];
