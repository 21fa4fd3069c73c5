//! Data sets that the benchmarks share.
