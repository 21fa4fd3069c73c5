//! Unit tests of rules.

use super::watch::Seen;
use super::{Total, junit};
use crate::diagnostics;
use promql::diagnostic::Diagnostic;
use promql::model::Regex;
use promql::rules::unit_test::{self, Failure, Reached, Suite, TestFile, TestGroup, TestReport};
use promql::rules::{self, ReadOptions, RuleFile};
use promql::{Engine, EngineOptions, Features};
use promql_grammar::Span;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How unit tests are run.
#[derive(Debug)]
pub(super) struct Options {
    pub(super) features: Features,
    pub(super) ignore_unknown_fields: bool,
    pub(super) debug: bool,
    /// Only tests whose name matches.
    pub(super) run: Option<Regex>,
}

/// A rule file as it was read.
struct RuleText {
    name: String,
    text: String,
}

/// Runs the tests of a file.
pub(super) fn run(
    path: &Path,
    text: &str,
    options: &Options,
    total: &mut Total,
    out: &mut dyn Write,
) -> io::Result<junit::Suite> {
    let name = path.display().to_string();
    let broken = |message: &str| junit::Suite {
        name: name.clone(),
        error: Some(message.to_owned()),
        cases: Vec::new(),
    };
    let file = match unit_test::read(text) {
        Ok(file) => file,
        Err(findings) => {
            total.broken = true;
            write_broken(out, &name, &name, text, &findings)?;
            return Ok(broken(findings.first().map_or("", |finding| finding.message.as_str())));
        }
    };
    let engine = Engine::new(EngineOptions {
        default_subquery_step: file.evaluation_interval,
        features: options.features,
        threads: 1,
        ..EngineOptions::default()
    });
    let selected =
        |test: &&(usize, &TestGroup)| options.run.as_ref().is_none_or(|run| run.is_match(&test.1.name));
    let numbered: Vec<(usize, &TestGroup)> = file.tests.iter().enumerate().collect();
    let tests: Vec<(usize, &TestGroup)> = numbered.iter().filter(selected).copied().collect();
    let mut rule_texts = Vec::new();
    let mut rule_files = Vec::new();
    let paths = rule_paths(path, &file, text, &mut total.seen);
    for rule_path in &paths {
        match load(rule_path, &engine, options.ignore_unknown_fields) {
            Ok((rule_text, rules)) => {
                rule_texts.push(rule_text);
                rule_files.push(rules);
            }
            // Promtool reads rules only when there is a test.
            Err(_) if tests.is_empty() => {}
            Err((rule_text, findings)) => {
                total.broken = true;
                write_broken(out, &name, &rule_text.name, &rule_text.text, &findings)?;
                return Ok(broken(&format!("{} has errors", rule_text.name)));
            }
        }
    }
    let suite = Suite { text, file: &file, rules: &rule_files, engine: &engine, dump: options.debug };
    let reports = run_all(&suite, &tests, total.coverage.is_some());
    if let Some(coverage) = total.coverage.as_mut().filter(|_| !tests.is_empty()) {
        for (nth, (path, (rule_text, rules))) in
            paths.iter().zip(rule_texts.iter().zip(&rule_files)).enumerate()
        {
            let reached = reports.iter().map(|(_, reached)| reached);
            coverage.add(path, &rule_text.text, (nth, rules), reached);
        }
    }
    let mut cases = Vec::new();
    writeln!(out, "{name}")?;
    for ((nth, test), (report, _)) in tests.iter().zip(&reports) {
        let title = test.title(*nth);
        let line = line_of(text, test.span);
        write_report(out, &name, text, &title, report, &rule_texts)?;
        match report.failures.len() {
            0 => total.passed += 1,
            _ => total.failed += 1,
        }
        let failures = report.failures.iter().map(|failure| junit::Failure {
            line: line_of(text, failure.span),
            message: failure.title.clone(),
            detail: failure.detail.clone(),
        });
        cases.push(junit::Case { name: title, line, failures: failures.collect() });
    }
    Ok(junit::Suite { name, error: None, cases })
}

/// The rule files that the patterns of a test file stand for, each once.
fn rule_paths(test: &Path, file: &TestFile, text: &str, seen: &mut Seen) -> Vec<PathBuf> {
    let folder = test.parent().unwrap_or(Path::new(""));
    let mut paths: Vec<PathBuf> = Vec::new();
    for pattern in &file.rule_files {
        seen.pattern(folder, pattern.as_str());
        let found = matching(folder, pattern.as_str());
        if found.is_empty() {
            let place = line_of(text, pattern.span());
            let name = test.display();
            diagnostics::say(&format!("warning: {name}:{place}: no file matches {}", pattern.as_str()));
        }
        for path in found {
            if !paths.contains(&path) {
                seen.file(&path);
                paths.push(path);
            }
        }
    }
    paths
}

/// The files that match a pattern relative to a folder.
pub(super) fn matching(folder: &Path, pattern: &str) -> Vec<PathBuf> {
    let path = folder.join(pattern);
    if !pattern.contains(['*', '?', '[', '\\']) {
        return if path.exists() { vec![path] } else { Vec::new() };
    }
    let folder = glob::Pattern::escape(&folder.display().to_string());
    let whole = Path::new(&folder).join(pattern).display().to_string();
    glob::glob(&whole).map_or_else(|_| Vec::new(), |paths| paths.filter_map(Result::ok).collect())
}

type Broken = (RuleText, Vec<Diagnostic>);

fn load(path: &Path, engine: &Engine, ignore_unknown_fields: bool) -> Result<(RuleText, RuleFile), Broken> {
    let name = path.display().to_string();
    let text = match std::fs::read(path).map(String::from_utf8) {
        Ok(Ok(text)) => text,
        Ok(Err(_)) => return Err(unreadable(name, "the file is not UTF-8")),
        Err(error) => return Err(unreadable(name, &error.to_string())),
    };
    let reading = rules::read(&text, engine, ReadOptions { ignore_unknown_fields });
    let rule_text = RuleText { name, text };
    if reading.has_errors() {
        return Err((rule_text, reading.findings));
    }
    Ok((rule_text, reading.file))
}

fn unreadable(name: String, message: &str) -> Broken {
    let finding = Diagnostic {
        code: "unreadable",
        severity: promql::diagnostic::Severity::Error,
        message: message.to_owned(),
        labels: Vec::new(),
        help: None,
    };
    (RuleText { name, text: String::new() }, vec![finding])
}

/// Runs tests on all cores, watched or not; the reports come in the order of the tests.
fn run_all(suite: &Suite<'_>, tests: &[(usize, &TestGroup)], is_watched: bool) -> Vec<(TestReport, Reached)> {
    let reports: Vec<OnceLock<(TestReport, Reached)>> = tests.iter().map(|_| OnceLock::new()).collect();
    let next = AtomicUsize::new(0);
    let work = || {
        loop {
            let nth = next.fetch_add(1, Ordering::Relaxed);
            let Some((_, test)) = tests.get(nth) else { return };
            let report =
                if is_watched { suite.run_covered(test) } else { (suite.run(test), Reached::default()) };
            let _ = reports[nth].set(report);
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(tests.len());
    std::thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(work);
        }
        work();
    });
    reports.into_iter().map(|report| report.into_inner().unwrap_or_default()).collect()
}

fn write_broken(
    out: &mut dyn Write,
    test: &str,
    name: &str,
    text: &str,
    findings: &[Diagnostic],
) -> io::Result<()> {
    let bad = anstyle::AnsiColor::Red.on_default().bold();
    let what = if test == name { String::new() } else { format!(": {name}") };
    writeln!(out, "{bad}FAIL{bad:#}  {test}{what} has errors, nothing was run")?;
    out.flush()?;
    diagnostics::draw_in(name, text, findings);
    Ok(())
}

fn write_report(
    out: &mut dyn Write,
    name: &str,
    text: &str,
    title: &str,
    report: &TestReport,
    rules: &[RuleText],
) -> io::Result<()> {
    let (good, bad) = (anstyle::AnsiColor::Green.on_default(), anstyle::AnsiColor::Red.on_default().bold());
    if report.failures.is_empty() {
        writeln!(out, "  {good}ok{good:#}    {title}")?;
    } else {
        writeln!(out, "  {bad}FAIL{bad:#}  {title}")?;
    }
    for failure in &report.failures {
        write_failure(out, name, text, failure, rules)?;
    }
    if let Some(dump) = &report.dump {
        out.flush()?;
        diagnostics::say(&format!("all series at the end of {title}:\n{dump}"));
    }
    Ok(())
}

fn write_failure(
    out: &mut dyn Write,
    name: &str,
    text: &str,
    failure: &Failure,
    rules: &[RuleText],
) -> io::Result<()> {
    let bold = anstyle::Style::new().bold();
    let line = line_of(text, failure.span);
    writeln!(out, "        {bold}{name}:{line}{bold:#}: {}", failure.title)?;
    let drawn;
    let detail = if failure.findings.is_empty() {
        failure.detail.as_str()
    } else {
        drawn = diagnostics::drawn_in(name, text, &failure.findings);
        drawn.as_str()
    };
    for line in detail.lines() {
        writeln!(out, "          {line}")?;
    }
    for place in &failure.rules {
        if let Some(rule) = rules.get(place.file) {
            writeln!(out, "          rule at {}:{}", rule.name, line_of(&rule.text, place.span))?;
        }
    }
    Ok(())
}

fn line_of(text: &str, span: Span) -> usize {
    span.line_column(text).0
}
