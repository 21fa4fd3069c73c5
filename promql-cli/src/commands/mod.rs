//! One file a subcommand.

mod check;
mod fmt;
mod parse;
pub(crate) mod query;
mod repl;
mod test;

use crate::args::{CheckCommand, Command};
use crate::failure::Failure;
use std::io::Read;
use std::process::ExitCode;

/// Does what the command line says.
pub(crate) fn run(command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Query(args) => query::run(&args),
        Command::Repl(args) => repl::run(&args),
        Command::Fmt(args) => fmt::run(&args),
        Command::Parse(args) => parse::run(&args),
        Command::Check(CheckCommand::Rules(args)) => check::run(&args),
        Command::Test(args) => test::run(&args),
    }
}

/// The query itself, or standard input for `-`.
fn query_text(expr: &str) -> Result<String, Failure> {
    if expr != "-" {
        return Ok(expr.to_owned());
    }
    let mut bytes = Vec::new();
    let read = std::io::stdin().lock().read_to_end(&mut bytes);
    read.map_err(|error| Failure::setup(format!("standard input: {error}")))?;
    String::from_utf8(bytes).map_err(|_| Failure::setup("standard input is no query: it is not UTF-8"))
}
