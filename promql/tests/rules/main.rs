//! Rule files in all their forms, and the unit tests of a large set of rules.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that cannot start has failed, or says why"
)]

mod beyond;
mod coverage;
mod evaluation;
mod forms;
mod mixin;
