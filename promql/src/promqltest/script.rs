//! Reading a script into commands.

use super::compare::{Expected, ExpectedSeries, Times};
use super::expectation::{Expectations, Pattern};
use crate::model::{Millis, number, parse_duration};
use crate::source::text::{Load, parse_load, parse_series, script_lines};

/// A command with the line it starts on, from 1.
#[derive(Debug)]
pub(super) struct Command {
    pub line: usize,
    pub text: String,
    pub kind: CommandKind,
}

#[derive(Debug)]
pub(super) enum CommandKind {
    Clear,
    Load(Load),
    Eval(Box<Eval>),
    /// What cannot be read; counts as a failed statement.
    Broken(String),
}

/// An `eval` statement.
#[derive(Debug)]
pub(super) struct Eval {
    pub query: String,
    /// When to evaluate.
    pub times: Times,
    pub is_range: bool,
    /// The query is not repeated as a range query: its answer is no vector.
    pub instant_only: bool,
    /// Where expected values stand in time.
    pub value_times: Times,
    pub expected: Expected,
    pub expectations: Expectations,
}

/// Reads a whole script; what cannot be read becomes a broken command and reading goes on behind its block.
pub(super) fn parse(text: &str) -> Vec<Command> {
    // A comment line is an empty line there, so it ends a block.
    let lines = script_lines(text);
    let mut commands = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let first = lines[at];
        if first.is_empty() {
            at += 1;
            continue;
        }
        let block_end = (at..lines.len()).find(|&line| lines[line].is_empty()).unwrap_or(lines.len());
        let word = first.split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
        let (kind, next) = match word.as_str() {
            "clear" => (CommandKind::Clear, at + 1),
            word if word.starts_with("load") => {
                let load = parse_load(&lines, at);
                (
                    load.map_or_else(|error| CommandKind::Broken(error.to_string()), CommandKind::Load),
                    block_end,
                )
            }
            word if word.starts_with("eval") => match eval(&lines, at, block_end) {
                Ok((eval, next)) => (CommandKind::Eval(Box::new(eval)), next),
                Err(message) => (CommandKind::Broken(message), block_end),
            },
            word => (CommandKind::Broken(format!("expected clear, load or eval, found {word:?}")), block_end),
        };
        commands.push(Command { line: at + 1, text: first.to_owned(), kind });
        at = next;
    }
    commands
}

/// Splits off the first word.
fn word(text: &str) -> (&str, &str) {
    let text = text.trim_start();
    text.split_once(char::is_whitespace).map_or((text, ""), |(word, rest)| (word, rest.trim_start()))
}

fn keyword<'a>(text: &'a str, expected: &str) -> Result<&'a str, String> {
    match word(text) {
        (found, rest) if found == expected => Ok(rest),
        (found, _) => Err(format!("expected `{expected}`, found {found:?}")),
    }
}

fn duration(text: &str) -> Result<Millis, String> {
    parse_duration(text).map_err(|error| error.to_string())
}

fn eval(lines: &[&str], at: usize, block_end: usize) -> Result<(Eval, usize), String> {
    let (command, rest) = word(lines[at]);
    let modifier =
        command.strip_prefix("eval").and_then(|rest| rest.strip_prefix('_').or(Some(rest))).unwrap_or("");
    let (mode, rest) = word(rest);
    let (times, query, is_range) = match mode {
        "instant" => {
            let (time, query) = word(keyword(rest, "at")?);
            (Times::at(duration(time)?), query, false)
        }
        "range" => {
            let (from, rest) = word(keyword(rest, "from")?);
            let (to, rest) = word(keyword(rest, "to")?);
            let (step, query) = word(keyword(rest, "step")?);
            (range(from, to, step)?, query, true)
        }
        found => return Err(format!("expected `instant` or `range` after eval, found {found:?}")),
    };
    let mut expectations = Expectations::default();
    match (modifier, is_range) {
        ("", _) => {}
        ("fail", _) => expectations.fail = Some(Pattern::Any),
        ("warn", _) => expectations.warn.push(Pattern::Any),
        ("info", _) => expectations.info.push(Pattern::Any),
        ("ordered", false) => expectations.ordered = true,
        _ => return Err(format!("unknown command {command:?}")),
    }
    let mut eval = Eval {
        query: query.to_owned(),
        times,
        is_range,
        instant_only: false,
        value_times: times,
        expected: Expected::default(),
        expectations,
    };
    let mut next = at + 1;
    while next < block_end {
        let line = lines[next];
        next += 1;
        if !eval.expectation(line, next, modifier)? {
            break;
        }
    }
    Ok((eval, next))
}

fn range(from: &str, to: &str, step: &str) -> Result<Times, String> {
    let times = Times { start: duration(from)?, end: duration(to)?, step: duration(step)? };
    if times.end < times.start {
        return Err(format!("the end {to} is before the start {from}"));
    }
    if times.step <= 0 {
        return Err("the step must be longer than nothing".to_owned());
    }
    Ok(times)
}

impl Eval {
    /// Reads a line below the command; false if it ends the block.
    fn expectation(&mut self, line: &str, number: usize, modifier: &str) -> Result<bool, String> {
        if modifier == "fail" {
            if let Some(text) = line.strip_prefix("expected_fail_message") {
                self.expectations.fail = Some(Pattern::Text(text.trim().to_owned()));
                return Ok(false);
            }
            if let Some(pattern) = line.strip_prefix("expected_fail_regexp") {
                self.expectations.fail = Some(Pattern::regex(pattern.trim())?);
                return Ok(false);
            }
        }
        if let Some(rest) = line.strip_prefix("expect range vector") {
            let (from, rest) = word(keyword(rest, "from")?);
            let (to, rest) = word(keyword(rest, "to")?);
            let (step, _) = word(keyword(rest, "step")?);
            self.value_times = range(from, to, step)?;
            self.times = Times::at(self.value_times.end);
            self.instant_only = true;
            return Ok(true);
        }
        if let Some(rest) = line.strip_prefix("expect string") {
            self.expected.text = Some(string(rest.trim())?);
            self.instant_only = true;
            return Ok(true);
        }
        if word(line).0 == "expect" {
            self.expectations.add(line)?;
            return Ok(true);
        }
        if let Some(value) = number_line(line) {
            self.expected.scalar = Some(value);
            return Ok(false);
        }
        let series = parse_series(line).map_err(|error| format!("line {number}: {}", error.message))?;
        if series.items.len() > 1 && !self.is_range && !self.instant_only {
            return Err(format!(
                "line {number}: an instant evaluation has one value a series; use `expect range vector` for more"
            ));
        }
        self.expected.series.push(ExpectedSeries { labels: series.labels, values: series.items });
        Ok(true)
    }
}

/// A bare number: a decimal or hexadecimal integer, or a float.
fn number_line(line: &str) -> Option<f64> {
    if let Some(digits) = line.strip_prefix("0x") {
        #[expect(
            clippy::cast_precision_loss,
            reason = "large integers become the nearest float, as upstream"
        )]
        return i64::from_str_radix(digits, 16).ok().map(|value| value as f64);
    }
    number::parse_float(line)
}

/// A string in double quotes or backticks, by the rules of the query language.
fn string(text: &str) -> Result<String, String> {
    let options = promql_grammar::ParseOptions::default();
    let ast = promql_grammar::parse(text, &options)
        .map_err(|_| format!("expected a quoted string, found {text}"))?;
    match &ast[ast.root()].kind {
        promql_grammar::ast::Kind::String(text) => Ok(text.clone()),
        _ => Err(format!("expected a quoted string, found {text}")),
    }
}
