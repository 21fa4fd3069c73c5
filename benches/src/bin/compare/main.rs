//! Times Prometheus' benchmarks on our engine and on Prometheus' own, side by side. See benches/README.md.

mod args;
mod cases;
mod child;
mod digest;
mod goals;
mod memory;
mod peer;
mod protocol;
mod report;
mod turns;
mod work;

use args::Args;
use clap::Parser;
use std::io::Write;
use std::process::ExitCode;

/// What could not be done, in a sentence.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// The one of the command `promql`.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "error: {error}");
            ExitCode::from(2)
        }
    }
}

/// True if all answers agree.
fn run(args: &Args) -> Result<bool> {
    if let Some(data) = &args.work {
        return work::work(data.as_deref()).map(|()| true);
    }
    let mut outcomes = Vec::new();
    let end = turns::run(args, &mut outcomes);
    std::io::stdout().write_all(report::tables(&outcomes).as_bytes())?;
    if let Some(path) = &args.json {
        report::write_json(&outcomes, path)?;
    }
    end?;
    Ok(outcomes.iter().all(|outcome| outcome.difference.is_none()))
}
