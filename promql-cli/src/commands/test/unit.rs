//! Unit tests of rules.

use super::Gathered;
use super::lines::Lines;
use super::report::{Failure, Fault, FileReport, Reason, Rule, Test, plain_finding};
use super::watch::Seen;
use promql::diagnostic::{Diagnostic, Severity};
use promql::model::Regex;
use promql::rules::unit_test::{self, Reached, Suite, TestFile, TestGroup, TestReport};
use promql::rules::{self, ReadOptions, RuleFile};
use promql::{Engine, EngineOptions, Features};
use std::path::{Component, Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How unit tests are run.
#[derive(Debug)]
pub(super) struct Options {
    pub(super) features: Features,
    pub(super) ignore_unknown_fields: bool,
    pub(super) debug: bool,
    pub(super) strict: bool,
    /// Only tests whose name matches.
    pub(super) run: Option<Regex>,
}

/// A rule file as it was read.
struct RuleText {
    name: String,
    text: String,
    lines: Lines,
}

/// Runs the tests of a file.
pub(super) fn run(path: &Path, text: &str, options: &Options, gathered: &mut Gathered) -> FileReport {
    let name = path.display().to_string();
    let mut report = FileReport { name: name.clone(), text: text.to_owned(), ..FileReport::default() };
    let own_fault = |findings| Some(Fault { name: name.clone(), text: text.to_owned(), findings });
    let mut file = match unit_test::read(text) {
        Ok(file) => file,
        Err(findings) => {
            report.fault = own_fault(findings);
            return report;
        }
    };
    file.strict |= options.strict;
    let lines = Lines::new(text);
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
    let (paths, unmatched) = match rule_paths(path, &file, &mut gathered.seen) {
        Ok(found) => found,
        Err(findings) => {
            report.fault = own_fault(findings);
            return report;
        }
    };
    if file.strict && !unmatched.is_empty() {
        report.fault = own_fault(unmatched);
        return report;
    }
    report.warnings = unmatched
        .into_iter()
        .map(|finding| {
            let line = finding.labels.first().map_or(1, |(span, _)| lines.at(span.start));
            (line, finding.message)
        })
        .collect();
    let mut rule_texts = Vec::new();
    let mut rule_files = Vec::new();
    for rule_path in &paths {
        match load(rule_path, &engine, options.ignore_unknown_fields) {
            Ok((rule_text, rules)) => {
                rule_texts.push(rule_text);
                rule_files.push(rules);
            }
            // Promtool reads rules only when there is a test.
            Err(_) if tests.is_empty() => {}
            Err(fault) => {
                report.fault = Some(fault);
                return report;
            }
        }
    }
    if file.strict {
        let unknown = unit_test::unknown_groups(&file, &rule_files);
        if !unknown.is_empty() {
            report.fault = own_fault(unknown);
            return report;
        }
    }
    let suite = Suite { text, file: &file, rules: &rule_files, engine: &engine, dump: options.debug };
    let results = run_all(&suite, &tests, gathered.coverage.is_some());
    if let Some(coverage) = gathered.coverage.as_mut().filter(|_| !tests.is_empty()) {
        for (nth, (path, (rule_text, rules))) in
            paths.iter().zip(rule_texts.iter().zip(&rule_files)).enumerate()
        {
            coverage.add(path, &rule_text.text, (nth, rules), results.iter().map(|(_, reached)| reached));
        }
    }
    let outcomes = tests.iter().zip(results).map(|((nth, test), (result, _))| Test {
        name: test.title(*nth),
        line: lines.at(test.span.start),
        passed: 0,
        failures: result.failures.into_iter().map(|failure| located(failure, &lines, &rule_texts)).collect(),
        dump: result.dump,
    });
    report.tests = outcomes.collect();
    report
}

/// A failure with lines instead of offsets.
fn located(failure: unit_test::Failure, lines: &Lines, rules: &[RuleText]) -> Failure {
    let rule = |place: unit_test::RulePlace| {
        let rule = rules.get(place.file)?;
        Some(Rule { file: rule.name.clone(), line: rule.lines.at(place.span.start) })
    };
    let reason = |explanation: unit_test::Explanation| Reason {
        rule: explanation.rule.and_then(rule),
        title: explanation.title,
        notes: explanation.notes,
        parts: explanation.parts,
    };
    Failure {
        line: lines.at(failure.span.start),
        title: failure.title,
        detail: failure.detail,
        outcome: failure.outcome,
        findings: failure.findings,
        reasons: failure.explanations.into_iter().map(reason).collect(),
    }
}

/// Paths, and findings about patterns.
type Found = (Vec<PathBuf>, Vec<Diagnostic>);

/// The rule files that the patterns of a test file stand for, each once, and the patterns that stand for none.
fn rule_paths(test: &Path, file: &TestFile, seen: &mut Seen) -> Result<Found, Vec<Diagnostic>> {
    let folder = test.parent().unwrap_or(Path::new(""));
    let (mut paths, mut unmatched): (Vec<PathBuf>, Vec<Diagnostic>) = (Vec::new(), Vec::new());
    for pattern in &file.rule_files {
        seen.pattern(folder, pattern.as_str());
        let fault = |code, message: String, help| Diagnostic {
            code,
            severity: Severity::Error,
            message,
            labels: vec![(pattern.span(), String::new())],
            help,
        };
        let found = matching(folder, pattern.as_str()).map_err(|error| {
            let message = format!("{} is no pattern of files: {}", pattern.as_str(), error.msg);
            vec![fault("bad-pattern", message, None)]
        })?;
        if found.is_empty() {
            let help = Some(format!("it is looked up in {}", shown_folder(folder)));
            unmatched.push(fault("no-rule-file", format!("no file matches {}", pattern.as_str()), help));
        }
        for path in found {
            if !paths.contains(&path) {
                seen.file(&path);
                paths.push(path);
            }
        }
    }
    Ok((paths, unmatched))
}

fn shown_folder(folder: &Path) -> String {
    if folder.as_os_str().is_empty() { "this folder".to_owned() } else { folder.display().to_string() }
}

/// The files that a pattern in the syntax of Go stands for. However a relative path is written, its file has one name.
pub(super) fn matching(folder: &Path, pattern: &str) -> Result<Vec<PathBuf>, glob::PatternError> {
    if pattern.is_empty() {
        return Ok(Vec::new());
    }
    let is_absolute = Path::new(pattern).is_absolute();
    if !pattern.contains(['*', '?', '[', '\\']) {
        let path = if is_absolute { PathBuf::from(pattern) } else { cleaned(&folder.join(pattern)) };
        return Ok(if path.symlink_metadata().is_ok() { vec![path] } else { Vec::new() });
    }
    // Two stars mean no more than one to Go, and `^` negates a class.
    let mut plain = pattern.replace("[^", "[!");
    while plain.contains("**") {
        plain = plain.replace("**", "*");
    }
    let folder = glob::Pattern::escape(&folder.display().to_string());
    let whole = Path::new(&folder).join(plain);
    let whole = if is_absolute { whole } else { cleaned(&whole) };
    Ok(glob::glob(&whole.display().to_string())?.filter_map(Result::ok).collect())
}

/// The path without `.` and `..`, as far as its text tells.
fn cleaned(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match (part, out.components().next_back()) {
            (Component::CurDir, _) | (Component::ParentDir, Some(Component::RootDir)) => {}
            (Component::ParentDir, Some(Component::Normal(_))) => {
                out.pop();
            }
            _ => out.push(part),
        }
    }
    out
}

fn load(path: &Path, engine: &Engine, ignore_unknown_fields: bool) -> Result<(RuleText, RuleFile), Fault> {
    let name = path.display().to_string();
    let text = match std::fs::read(path).map(String::from_utf8) {
        Ok(Ok(text)) => text,
        Ok(Err(_)) => return Err(unreadable(name, "it is not UTF-8")),
        Err(error) => return Err(unreadable(name, &error.to_string())),
    };
    let reading = rules::read(&text, engine, ReadOptions { ignore_unknown_fields, check_only: false });
    if reading.has_errors() {
        return Err(Fault { name, text, findings: reading.findings });
    }
    Ok((RuleText { name, lines: Lines::new(&text), text }, reading.file))
}

fn unreadable(name: String, message: &str) -> Fault {
    let message = format!("{name}: {message}");
    Fault { name, text: String::new(), findings: vec![plain_finding(message)] }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_cleaned_by_their_text() {
        let clean = |path: &str| cleaned(Path::new(path)).display().to_string();
        assert_eq!(clean("./a.yml"), "a.yml");
        assert_eq!(clean("a/./b/../c.yml"), "a/c.yml");
        assert_eq!(clean("../a/../../b.yml"), "../../b.yml");
        assert_eq!(clean("/../a.yml"), "/a.yml");
    }
}
