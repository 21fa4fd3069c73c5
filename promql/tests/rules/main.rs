//! Rule files in all their forms, and the unit tests of a large set of rules.

#![allow(clippy::unwrap_used, reason = "a test that cannot start has failed")]

mod evaluation;
mod forms;
mod mixin;
