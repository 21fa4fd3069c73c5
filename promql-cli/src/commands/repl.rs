//! `promql repl`

use crate::args::ReplArgs;
use crate::failure::Failure;
use crate::repl::Session;
use std::process::ExitCode;

pub(super) fn run(args: &ReplArgs) -> Result<ExitCode, Failure> {
    let asking = &args.asking;
    let evaluator = super::query::open(&asking.source, &asking.engine)?;
    Session::new(evaluator, asking.times.clone(), asking.format)?.run()
}
