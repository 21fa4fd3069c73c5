//! How much of the rules the tests of all files reached, and the forms in which it is told.

mod json;
mod lcov;
mod text;

use super::lines::Lines;
use crate::args::CoverageArgs;
use crate::failure::Failure;
use promql::rules::RuleFile;
use promql::rules::unit_test::{Coverage, Points, Reached};
use promql_grammar::Span;
use std::ffi::OsStr;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Coverage of all rule files so far, in the order in which tests named them.
#[derive(Debug, Default)]
pub(super) struct Report {
    files: Vec<File>,
}

#[derive(Debug)]
struct File {
    /// Tells files apart, however tests spell them.
    path: PathBuf,
    /// Relative to the working directory where it can be.
    name: String,
    text: String,
    lines: Lines,
    coverage: Coverage,
}

/// Forms of a report in a file.
#[derive(Clone, Copy, Debug)]
enum Form {
    Json,
    Lcov,
}

impl Form {
    fn of(path: &Path) -> Result<Self, Failure> {
        match path.extension().and_then(OsStr::to_str) {
            Some("json") => Ok(Form::Json),
            Some("info" | "lcov") => Ok(Form::Lcov),
            _ => Err(Failure::setup(format!("--coverage-out {}: the form is not known", path.display()))
                .help("let the name end in .info or .lcov for lcov, or in .json")),
        }
    }
}

/// A report, if one is wanted.
pub(super) fn wanted(args: &CoverageArgs) -> Result<Option<Report>, Failure> {
    for path in &args.coverage_out {
        Form::of(path)?;
    }
    let is_wanted = args.coverage || args.coverage_min.is_some() || !args.coverage_out.is_empty();
    Ok(is_wanted.then(Report::default))
}

impl Report {
    /// Adds what tests reached of the rule file with this number in their suite.
    pub(super) fn add<'a>(
        &mut self,
        path: &Path,
        text: &str,
        (number, rules): (usize, &RuleFile),
        reached: impl Iterator<Item = &'a Reached>,
    ) {
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let at = self.files.iter().position(|file| file.path == path).unwrap_or_else(|| {
            self.files.push(File::new(path, text, Coverage::new(rules, text)));
            self.files.len() - 1
        });
        for reached in reached {
            self.files[at].coverage.add(number, reached);
        }
    }

    /// Writes the report wherever it is wanted. False if too little is covered.
    pub(super) fn finish(&self, args: &CoverageArgs, out: &mut dyn Write) -> Result<bool, Failure> {
        text::write(self, out)?;
        out.flush()?;
        for path in &args.coverage_out {
            let report = match Form::of(path)? {
                Form::Json => json::report(self),
                Form::Lcov => lcov::report(self),
            };
            let written = std::fs::write(path, report);
            written.map_err(|error| Failure::setup(format!("{}: {error}", path.display())))?;
        }
        let Some(least) = args.coverage_min else { return Ok(true) };
        let percent = self.points().percent();
        if percent.is_none_or(|percent| percent < least) {
            let percent = percent.map_or("there are no rules".to_owned(), |percent| {
                format!("{} of rules and branches are covered", shown(percent))
            });
            crate::diagnostics::say(&format!(
                "error: coverage is too low: {percent}, --coverage-min is {least}%"
            ));
            return Ok(false);
        }
        Ok(true)
    }

    fn rule_points(&self) -> Points {
        self.files.iter().map(|file| file.coverage.rule_points()).fold(Points::default(), |a, b| a + b)
    }

    fn branch_points(&self) -> Points {
        self.files.iter().map(|file| file.coverage.branch_points()).fold(Points::default(), |a, b| a + b)
    }

    /// Rules and branches together.
    fn points(&self) -> Points {
        self.rule_points() + self.branch_points()
    }
}

/// Rounded down, so that what is shown never reaches a limit that was missed.
fn shown(percent: f64) -> String {
    format!("{:.1}%", (percent * 10.0).floor() / 10.0)
}

/// A text on one line.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl File {
    fn new(path: PathBuf, text: &str, coverage: Coverage) -> Self {
        let folder = std::env::current_dir().and_then(|folder| folder.canonicalize());
        let inside = folder.ok().and_then(|folder| path.strip_prefix(folder).ok().map(Path::to_owned));
        File {
            name: inside.as_deref().unwrap_or(&path).display().to_string(),
            path,
            text: text.to_owned(),
            lines: Lines::new(text),
            coverage,
        }
    }

    /// The number of the line, from 1.
    fn line(&self, at: u32) -> usize {
        self.lines.at(at)
    }

    /// The lines from the first to the last character that is not space.
    fn lines(&self, span: Span) -> std::ops::RangeInclusive<usize> {
        let written = self.text.get(span.range()).unwrap_or_default().trim_end();
        let last = written.len().saturating_sub(1);
        self.line(span.start)..=self.line(span.start.saturating_add(u32::try_from(last).unwrap_or(0)))
    }
}

/// Writes to memory what cannot fail there.
fn in_memory(write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> Vec<u8> {
    let mut out = Vec::new();
    write(&mut out).expect("memory takes everything");
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use promql::Engine;
    use promql::rules::unit_test::{Suite, read};

    const RULES: &str = "\
groups:
- name: g
  rules:
  - record: a:sum
    expr: sum(a)

  - alert: High
    expr: |
      a:sum > 5
        and on ()
      (b == 1 or c)
    for: 1m
  - {record: unused, expr: a > 1}
";
    const TEST: &str = "\
tests:
- input_series: [{series: a, values: 1 9 9}, {series: b, values: 1 1 1}]
  alert_rule_test:
  - {eval_time: 2m, alertname: High, exp_alerts: [{}]}
";

    pub(super) fn example() -> Report {
        let engine = Engine::default();
        let rules = [promql::rules::read(RULES, &engine, promql::rules::ReadOptions::default()).file];
        let file = read(TEST).unwrap();
        let suite = Suite { text: TEST, file: &file, rules: &rules, engine: &engine, dump: false };
        let (report, reached) = suite.run_covered(&file.tests[0]);
        assert!(report.failures.is_empty(), "{report:?}");
        let mut report = Report::default();
        report.add(Path::new("rules.yml"), RULES, (0, &rules[0]), std::iter::once(&reached));
        report
    }

    #[test]
    fn reports_say_what_was_missed() {
        let report = in_memory(|out| text::write(&example(), out));
        insta::assert_snapshot!(anstream::adapter::strip_str(&String::from_utf8(report).unwrap()));
    }

    #[test]
    fn lcov_is_what_coverage_viewers_read() {
        insta::assert_snapshot!(String::from_utf8(lcov::report(&example())).unwrap());
    }

    #[test]
    fn json_holds_everything() {
        insta::assert_snapshot!(String::from_utf8(json::report(&example())).unwrap());
    }

    #[test]
    fn percentages_are_rounded_down() {
        assert_eq!(
            (shown(79.99), shown(100.0), shown(0.0)),
            ("79.9%".into(), "100.0%".into(), "0.0%".into())
        );
    }
}
