//! `promql test`: unit tests of rules, and scripts.

mod coverage;
mod junit;
mod script;
mod unit;
mod watch;

use crate::args::TestArgs;
use crate::failure::Failure;
use crate::{diagnostics, evaluate};
use promql::model::Regex;
use promql::rules::unit_test;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What came of the files so far.
#[derive(Debug, Default)]
struct Total {
    passed: usize,
    failed: usize,
    /// A file could not be read as what it is; that is a failure as well.
    broken: bool,
    /// A file could not be read at all.
    unread: bool,
    /// What the tests reached, if somebody wants to know.
    coverage: Option<coverage::Report>,
    /// The files that were read.
    seen: watch::Seen,
}

/// Runs the tests, and with `--watch` again at every change; then the process ends by its signal, as watchers do.
pub(super) fn run(args: &TestArgs) -> Result<ExitCode, Failure> {
    let options = unit::Options {
        features: evaluate::features(&args.features)?,
        ignore_unknown_fields: args.ignore_unknown_fields,
        debug: args.debug,
        run: name_filter(&args.run)?,
    };
    loop {
        let (code, seen) = run_once(args, &options)?;
        if !args.watch {
            return Ok(code);
        }
        diagnostics::say(&format!("watching {} files, Ctrl-C ends", seen.len()));
        for path in seen.wait() {
            diagnostics::say(&format!("changed: {}", path.display()));
        }
    }
}

/// Runs every file, whatever happens to the ones before it. The last line is `N passed, M failed`.
fn run_once(args: &TestArgs, options: &unit::Options) -> Result<(ExitCode, watch::Seen), Failure> {
    let mut out = anstream::stdout();
    let mut total = Total { coverage: coverage::wanted(&args.coverage)?, ..Total::default() };
    let mut suites = Vec::new();
    for path in files(args) {
        total.seen.file(path);
        let text = match read(path) {
            Ok(text) => text,
            Err(failure) => {
                diagnostics::report(&failure);
                suites.push(junit::Suite::broken(path, &failure));
                total.unread = true;
                continue;
            }
        };
        let name = path.display().to_string();
        let suite = if unit_test::is_test_file(&text) {
            unit::run(path, &text, options, &mut total, &mut out)?
        } else {
            script::run(&name, &text, &mut total, &mut out)?
        };
        suites.push(suite);
    }
    let is_covered = match &total.coverage {
        Some(report) => report.finish(&args.coverage, &mut out)?,
        None => true,
    };
    writeln!(out, "{} passed, {} failed", total.passed, total.failed)?;
    if let Some(path) = &args.junit {
        let written = std::fs::write(path, junit::xml(&suites));
        written.map_err(|error| Failure::setup(format!("{}: {error}", path.display())))?;
    }
    let code = match total {
        Total { unread: true, .. } => ExitCode::from(2),
        Total { failed: 0, broken: false, .. } if is_covered => ExitCode::SUCCESS,
        _ => ExitCode::from(1),
    };
    Ok((code, total.seen))
}

/// The files; `promql test rules FILE…` is what promtool's users write.
fn files(args: &TestArgs) -> &[PathBuf] {
    match args.files.as_slice() {
        [word, rest @ ..] if !rest.is_empty() && word.as_os_str() == "rules" && !word.exists() => rest,
        all => all,
    }
}

/// A filter that any of the expressions may pass, anywhere in the name.
fn name_filter(patterns: &[String]) -> Result<Option<Regex>, Failure> {
    if patterns.is_empty() {
        return Ok(None);
    }
    let pattern = format!("(?s:.*)(?:{})(?s:.*)", patterns.join("|"));
    let regex = Regex::new(&pattern);
    regex.map(Some).map_err(|error| Failure::setup(format!("--run {:?}: {error}", patterns.join("|"))))
}

fn read(path: &Path) -> Result<String, Failure> {
    let name = path.display();
    let bytes = std::fs::read(path).map_err(|error| Failure::setup(format!("{name}: {error}")))?;
    String::from_utf8(bytes).map_err(|_| Failure::setup(format!("{name} is no test: it is not UTF-8")))
}
