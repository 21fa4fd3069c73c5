//! The `promql` command as a process: what it prints, where, and what it ends with.

#![allow(clippy::unwrap_used, reason = "a test that cannot start has failed")]

mod auth;
mod files;
mod fixture;
mod http;
mod rules;
mod text;
