//! For people: what was not reached, and how much was.

use super::{File, Report, one_line, shown};
use promql::rules::unit_test::Points;
use std::io::{self, Write};

/// An operation longer than this is cut.
const WIDEST: usize = 60;

/// A line for each file and for each rule or branch that was missed; then the sums.
pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let bold = anstyle::Style::new().bold();
    writeln!(out, "coverage")?;
    for file in &report.files {
        let (rules, branches) = (file.coverage.rule_points(), file.coverage.branch_points());
        writeln!(out, "  {bold}{}{bold:#}: {}, {}", file.name, of(rules, "rule"), of(branches, "branch"))?;
        write_missed(file, out)?;
    }
    let (rules, branches) = (of(report.rule_points(), "rule"), of(report.branch_points(), "branch"));
    match report.points().percent() {
        Some(percent) => writeln!(out, "  {} covered: {rules}, {branches}", shown(percent)),
        None => writeln!(out, "  there are no rules"),
    }
}

fn write_missed(file: &File, out: &mut dyn Write) -> io::Result<()> {
    for rule in &file.coverage.rules {
        let kind = if rule.is_alert { "alert" } else { "record" };
        let name = one_line(&rule.name);
        if rule.tests == 0 {
            let line = file.line(rule.span.start);
            writeln!(out, "    {}:{line}: {kind} {name} was not reached", file.name)?;
            continue;
        }
        for branch in rule.branches.iter().filter(|branch| branch.tests == 0) {
            let line = file.line(branch.span.start);
            let missed = branch.branch.missed();
            write!(out, "    {}:{line}: {kind} {name}", file.name)?;
            match branch.text.as_str() {
                "" => writeln!(out, " {missed}")?,
                text => writeln!(out, ": `{}` {missed}", cut(one_line(text)))?,
            }
        }
    }
    Ok(())
}

fn of(points: Points, what: &str) -> String {
    let plural = match (points.total, what.ends_with('h')) {
        (1, _) => "",
        (_, true) => "es",
        (_, false) => "s",
    };
    format!("{} of {} {what}{plural}", points.reached, points.total)
}

fn cut(text: String) -> String {
    match text.char_indices().nth(WIDEST) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}
