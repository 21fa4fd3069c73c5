//! Types of expressions and single samples.

use super::histogram::FloatHistogram;
use super::time::Millis;
use std::fmt;

/// The type of an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ValueType {
    /// A number at every step.
    Scalar,
    /// A text.
    String,
    /// Series with one sample a step.
    Vector,
    /// Series with a window of samples a step.
    Matrix,
}

impl ValueType {
    /// The name Prometheus uses in most error texts and in the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            ValueType::Scalar => "scalar",
            ValueType::String => "string",
            ValueType::Vector => "vector",
            ValueType::Matrix => "matrix",
        }
    }

    /// The name Prometheus uses where it speaks to people: `instant vector`, `range vector`.
    #[must_use]
    pub fn described(self) -> &'static str {
        match self {
            ValueType::Vector => "instant vector",
            ValueType::Matrix => "range vector",
            other => other.as_str(),
        }
    }
}

impl fmt::Display for ValueType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A float or a histogram.
#[derive(Clone, Debug, PartialEq)]
pub enum Sample {
    /// A number.
    Float(f64),
    /// A native histogram.
    Histogram(FloatHistogram),
}

impl Sample {
    /// How much it counts against limits.
    #[must_use]
    pub fn size_in_samples(&self) -> usize {
        match self {
            Sample::Float(_) => 1,
            Sample::Histogram(histogram) => histogram.size_in_samples(),
        }
    }
}

/// A sample at a time.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// Milliseconds since the epoch.
    pub time: Millis,
    /// The value.
    pub sample: Sample,
}

/// The bits of the NaN that marks the end of a series.
pub const STALE_NAN_BITS: u64 = 0x7ff0_0000_0000_0002;
/// The bits of an ordinary NaN in Prometheus.
pub const NORMAL_NAN_BITS: u64 = 0x7ff8_0000_0000_0001;

/// The value that marks the end of a series.
#[must_use]
pub fn stale_nan() -> f64 {
    f64::from_bits(STALE_NAN_BITS)
}

/// True for the value that marks the end of a series, false for any other NaN.
#[must_use]
pub fn is_stale(value: f64) -> bool {
    value.to_bits() == STALE_NAN_BITS
}
