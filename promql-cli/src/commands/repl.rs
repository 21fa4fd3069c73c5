//! `promql repl`

use crate::args::ReplArgs;
use crate::failure::Failure;
use crate::repl::Session;
use std::process::ExitCode;

pub(super) fn run(args: &ReplArgs) -> Result<ExitCode, Failure> {
    let evaluator = super::query::open(&args.source, &args.engine)?;
    Session::new(evaluator, args.times.clone(), args.format)?.run()
}
