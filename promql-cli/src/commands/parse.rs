//! `promql parse`

use super::query_text;
use crate::args::{ParseArgs, TreeFormat};
use crate::failure::Failure;
use crate::tree;
use promql::{Engine, EngineOptions, Features, Query};
use std::io::Write;
use std::process::ExitCode;

pub(super) fn run(args: &ParseArgs) -> Result<ExitCode, Failure> {
    let text = query_text(&args.expr)?;
    let query = checked(&text)?;
    let out = match args.format {
        TreeFormat::Text => format!("{}\n", query.ast()),
        TreeFormat::Json => format!("{}\n", tree::json(query.ast())),
        TreeFormat::Tree => tree::lines(query.ast(), &text),
    };
    anstream::stdout().write_all(out.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

/// The query, with all of the language allowed: whether a server would run it is not asked here.
pub(super) fn checked(text: &str) -> Result<Query, Failure> {
    let options = EngineOptions { features: Features::all(), threads: 1, ..EngineOptions::default() };
    Engine::new(options).parse(text).map_err(|error| Failure::from_engine(text, &error))
}
