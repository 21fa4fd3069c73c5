//! What the benchmarks share: data sets and queries, those of Prometheus' own engine and parser benchmarks so that
//! times can be set beside its times, a stopwatch, tables.

pub mod data;
pub mod queries;
pub mod table;
pub mod timing;
