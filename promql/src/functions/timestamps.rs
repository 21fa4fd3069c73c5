//! The times of samples. On a bare selector they are those of the samples, which the selector's kernel yields; on
//! anything else the evaluation time.

use super::{Function, Shape, Stats};

pub(super) static FUNCTIONS: &[Function] = &[
    Function {
        name: "timestamp",
        doc: "The time of each sample in seconds since the epoch.",
        shape: Shape::Timestamp,
        at_unsafe: true,
        stats: Stats::On,
        presence_only: true,
        ..Function::VECTOR
    },
    Function {
        name: "start_timestamp",
        doc: "The start time of each sample in seconds since the epoch; 0 where it is unknown.",
        experimental: true,
        shape: Shape::StartTimestamp,
        stats: Stats::On,
        presence_only: true,
        uses_start_times: true,
        ..Function::VECTOR
    },
];
