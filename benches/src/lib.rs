//! Data sets and queries that the benchmarks share: those of Prometheus' own engine and parser benchmarks, so that
//! times can be set beside its times.

pub mod data;
pub mod queries;
