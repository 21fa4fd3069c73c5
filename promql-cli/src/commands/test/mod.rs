//! `promql test`: unit tests of rules, and scripts.

mod coverage;
mod github;
mod json;
mod junit;
mod lines;
mod report;
mod script;
mod text;
mod unit;
mod watch;

use crate::args::{TestArgs, TestFormat};
use crate::failure::Failure;
use crate::{diagnostics, evaluate};
use promql::model::Regex;
use promql::rules::unit_test;
use report::FileReport;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What came of the files so far.
#[derive(Debug, Default)]
struct Total {
    passed: usize,
    failed: usize,
    /// A file could not be read, or not as what it is; that is a failure as well.
    is_broken: bool,
}

/// What is gathered beside the results.
#[derive(Debug, Default)]
struct Gathered {
    /// What the tests reached, if somebody wants to know.
    coverage: Option<coverage::Report>,
    /// The files that were read.
    seen: watch::Seen,
}

/// Runs the tests, and with `--watch` again at every change; then the process ends by its signal, as watchers do.
pub(super) fn run(args: &TestArgs) -> Result<ExitCode, Failure> {
    let options = unit::Options {
        features: evaluate::features(&args.features),
        ignore_unknown_fields: args.ignore_unknown_fields,
        debug: args.debug,
        strict: args.strict,
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

/// Runs every file, whatever happens to the ones before it. The last line of text is `N passed, M failed`.
fn run_once(args: &TestArgs, options: &unit::Options) -> Result<(ExitCode, watch::Seen), Failure> {
    let mut out = anstream::stdout();
    let mut total = Total::default();
    let mut gathered = Gathered { coverage: coverage::wanted(&args.coverage)?, ..Gathered::default() };
    let mut reports: Vec<FileReport> = Vec::new();
    for path in files(args)? {
        let report = run_file(path, options, &mut gathered);
        let (passed, failed) = report.counts();
        total.passed += passed;
        total.failed += failed;
        total.is_broken |= report.fault.is_some();
        match args.format {
            TestFormat::Text => text::write(&mut out, &report, args.diff)?,
            TestFormat::Github => github::write(&mut out, &report)?,
            TestFormat::Json => {}
        }
        reports.push(report);
    }
    let is_covered = match (&gathered.coverage, args.format) {
        (None, _) => true,
        (Some(coverage), TestFormat::Text) => coverage.finish(&args.coverage, &mut out)?,
        // What programs read stays free of it.
        (Some(coverage), _) => coverage.finish(&args.coverage, &mut anstream::stderr())?,
    };
    match args.format {
        TestFormat::Json => json::write(&mut out, &reports, &total)?,
        _ => writeln!(out, "{} passed, {} failed", total.passed, total.failed)?,
    }
    if let Some(path) = &args.junit {
        let written = std::fs::write(path, junit::xml(&reports));
        written.map_err(|error| Failure::setup(format!("{}: {error}", path.display())))?;
    }
    if options.run.is_some() && total.passed + total.failed == 0 && !total.is_broken {
        diagnostics::say("warning: --run: no test has such a name");
    }
    let is_good = total.failed == 0 && !total.is_broken && is_covered;
    Ok((if is_good { ExitCode::SUCCESS } else { ExitCode::from(1) }, gathered.seen))
}

fn run_file(path: &Path, options: &unit::Options, gathered: &mut Gathered) -> FileReport {
    gathered.seen.file(path);
    match read(path) {
        Ok(text) if unit_test::is_test_file(&text) => unit::run(path, &text, options, gathered),
        Ok(text) => script::run(&path.display().to_string(), &text),
        Err(failure) => FileReport::unread(path, &failure),
    }
}

/// The files; `promql test rules FILE…` is what promtool's users write.
fn files(args: &TestArgs) -> Result<&[PathBuf], Failure> {
    match args.files.as_slice() {
        [word, rest @ ..] if word.as_os_str() == "rules" && !word.exists() => match rest {
            [] => Err(Failure::setup("which files? `promql test rules` needs at least one")),
            _ => Ok(rest),
        },
        all => Ok(all),
    }
}

/// A filter that any of the expressions may pass, anywhere in the name.
fn name_filter(patterns: &[String]) -> Result<Option<Regex>, Failure> {
    for pattern in patterns {
        Regex::new(pattern).map_err(|error| Failure::setup(format!("--run {pattern:?}: {error}")))?;
    }
    if patterns.is_empty() {
        return Ok(None);
    }
    let pattern = format!("(?s:.*)(?:{})(?s:.*)", patterns.join("|"));
    let regex = Regex::new(&pattern);
    regex.map(Some).map_err(|error| Failure::setup(format!("--run: {error}")))
}

fn read(path: &Path) -> Result<String, Failure> {
    let name = path.display();
    let bytes = std::fs::read(path).map_err(|error| Failure::setup(format!("{name}: {error}")))?;
    String::from_utf8(bytes).map_err(|_| Failure::setup(format!("{name} is no test: it is not UTF-8")))
}
