//! The `promql` command as a process: what it prints, where, and what it ends with.

mod fixture;
mod http;
