//! The `promql` command.

use clap::Parser;
use std::process::ExitCode;

mod answer;
mod args;
mod commands;
mod diagnostics;
mod evaluate;
mod failure;
mod output;
mod repl;
mod source;
mod terminal;
mod time;
mod tree;

/// Label work makes many small blocks; the system's allocator is slower at those.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let args = args::Args::parse();
    args.color.apply();
    match commands::run(args.command) {
        Ok(code) => code,
        Err(failure) => {
            diagnostics::report(&failure);
            failure.exit_code()
        }
    }
}
