//! The tracefile of lcov, which coverage viewers and services read.
//!
//! A rule is a function whose lines are those of the rule; its counts are numbers of tests.

use super::{File, Report, in_memory, one_line};
use std::collections::BTreeMap;
use std::io::{self, Write};

/// The whole tracefile.
pub(super) fn report(report: &Report) -> Vec<u8> {
    in_memory(|out| report.files.iter().try_for_each(|file| write_file(file, out)))
}

fn write_file(file: &File, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "TN:\nSF:{}", file.name)?;
    let rules = || file.coverage.rules.iter().map(|rule| (rule, file.line(rule.span.start)));
    // Names of rules repeat, names of functions must not.
    for (rule, line) in rules() {
        writeln!(out, "FN:{line},{}:{line}", one_line(&rule.name))?;
    }
    for (rule, line) in rules() {
        writeln!(out, "FNDA:{},{}:{line}", rule.tests, one_line(&rule.name))?;
    }
    let points = file.coverage.rule_points();
    writeln!(out, "FNF:{}\nFNH:{}", points.total, points.reached)?;

    let mut on_line: BTreeMap<usize, usize> = BTreeMap::new();
    for (rule, _) in rules() {
        for branch in &rule.branches {
            let line = file.line(branch.span.start);
            let nth = on_line.entry(line).or_default();
            write!(out, "BRDA:{line},0,{nth},")?;
            match rule.tests {
                0 => writeln!(out, "-")?,
                _ => writeln!(out, "{}", branch.tests)?,
            }
            *nth += 1;
        }
    }
    let points = file.coverage.branch_points();
    writeln!(out, "BRF:{}\nBRH:{}", points.total, points.reached)?;

    let mut hits: BTreeMap<usize, usize> = BTreeMap::new();
    for (rule, _) in rules() {
        for line in file.lines(rule.span) {
            let most = hits.entry(line).or_default();
            *most = rule.tests.max(*most);
        }
    }
    for (line, tests) in &hits {
        writeln!(out, "DA:{line},{tests}")?;
    }
    let hit = hits.values().filter(|tests| **tests > 0).count();
    writeln!(out, "LF:{}\nLH:{hit}\nend_of_record", hits.len())
}
