//! `promql fmt`

use super::query_text;
use crate::args::FmtArgs;
use crate::failure::Failure;
use std::io::Write;
use std::process::ExitCode;

pub(super) fn run(args: &FmtArgs) -> Result<ExitCode, Failure> {
    let text = query_text(&args.expr)?;
    let query = super::parse::checked(&text)?;
    writeln!(std::io::stdout(), "{}", promql_grammar::pretty(query.ast()).trim_end())?;
    Ok(ExitCode::SUCCESS)
}
