//! The `promql` command as a process: what it prints, where, and what it ends with.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that cannot start has failed, or says why"
)]

mod auth;
mod coverage;
mod files;
mod fixture;
mod http;
mod rules;
mod text;
mod unit_tests;
