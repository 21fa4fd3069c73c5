//! The `promql` command.

fn main() {}
