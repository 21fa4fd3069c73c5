//! What is said between the process that compares and the two that work: a line of JSON each way. The Go side of it is
//! in peers/prometheus/bench.go and digest.go.

use promql::model::Millis;
use serde::{Deserialize, Serialize};

/// What a run is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Timed {
    /// Parse, plan and execute.
    All,
    /// What comes after parsing.
    Execute,
    /// Parsing and checking alone.
    Parse,
}

/// Something to be timed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Task {
    pub(crate) expr: String,
    pub(crate) start: Millis,
    pub(crate) end: Millis,
    /// 0 for an instant query at the start.
    pub(crate) step: Millis,
    pub(crate) timed: Timed,
    pub(crate) threads: usize,
    /// How long to repeat it, in nanoseconds.
    pub(crate) budget: u64,
}

/// How it went.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Timing {
    /// The shortest time of one run.
    pub(crate) nanos: f64,
    pub(crate) runs: u32,
    /// The largest memory use meanwhile, 0 where the system does not tell.
    pub(crate) peak_kb: u64,
    pub(crate) digest: Digest,
}

/// What two answers are compared by. It does not depend on the order of series.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Digest {
    /// Empty if all went well.
    pub(crate) error: String,
    pub(crate) series: usize,
    pub(crate) points: usize,
    pub(crate) histograms: usize,
    /// The wrapping sum of a hash of each label set.
    pub(crate) labels: u64,
    /// The sum of finite values.
    pub(crate) sum: f64,
    /// The sum of finite values by the number of their step, from 1.
    pub(crate) weighted: f64,
    /// Both sums over magnitudes, which say how far rounding may take them.
    pub(crate) scale: f64,
    pub(crate) weighted_scale: f64,
    /// The sum of the numbers of steps that are NaN.
    pub(crate) nans: i64,
    /// The same for infinities, negative for those below zero.
    pub(crate) infinities: i64,
}
