//! Checking what is expected of expressions.

use super::compare::compare;
use super::expect::TextExpectation;
use super::explain::{Explanation, one_line, parts, shortened};
use super::fields::Axis;
use super::file::{EvalTimes, ExprCase};
use super::item::{Expected, Item, Value, pairs};
use super::report::Failure;
use super::run::Running;
use super::sample::ExpectedSeries;
use crate::annotation::Level;
use crate::model::{Grid, METRIC_NAME, MatchOp, Millis, format_duration};
use crate::rules::evaluate::vector;
use crate::rules::validate;
use crate::rules::yaml::Text;
use crate::{Query, QueryOutput};
use std::fmt::Write;

impl Running<'_> {
    /// Compares the answer to an expression.
    pub(super) fn check_expr(&self, case: &ExprCase) -> Result<(), Failure> {
        let text = case.expr.as_ref().map_or("", Text::as_str);
        let title = format!("expr {} {}", shortened(&one_line(text)), show_times(case.times));
        let span = case.expr.as_ref().map_or(case.span, Text::span);
        let expected = case.expected.iter().map(|sample| self.expected_series(sample, case.times, &title));
        let expected = expected.collect::<Result<Vec<ExpectedSeries>, Failure>>()?;
        let answer = self.suite.engine.parse(text).and_then(|query| {
            let output = self.evaluate(&query, case.times)?;
            Ok((query, output))
        });
        let (query, output) = match answer {
            Ok(answer) => answer,
            Err(error) => {
                let findings = |expr| validate::in_file(&error, expr, self.suite.text);
                let findings = case.expr.as_ref().map(findings).unwrap_or_default();
                return failed(case, error.to_string(), Failure { findings, ..Failure::new(span, title) });
            }
        };
        let at = match case.times {
            EvalTimes::At(_) => match vector(&output) {
                Ok(vector) => Some(vector),
                Err(problem) => return failed(case, problem.to_string(), Failure::new(span, title)),
            },
            EvalTimes::Range { .. } => None,
        };
        if let Some(expected) = case.error.as_ref().filter(|error| !error.holds(None)) {
            let detail = format!("it did not fail\nexpected an error: {expected}");
            return Err(Failure { detail, ..Failure::new(case.span, title) });
        }
        let (got, axis) = match (at, case.times) {
            (None, EvalTimes::Range { start, end, step }) => {
                let grid = Grid::range(start, end, step);
                (self.rows(&output, grid), Axis { start, step: Some(step) })
            }
            (vector, _) => {
                let item = |(labels, value)| Item {
                    labels: pairs(&labels),
                    values: vec![Some(Value::of(value))],
                    ..Item::default()
                };
                (vector.into_iter().flatten().map(item).collect(), Axis::default())
            }
        };
        let expected: Vec<Expected> = expected.into_iter().map(|series| series.against(&got)).collect();
        let mut failure = Failure::new(case.span, title);
        failure.outcome = compare(&expected, &got, case.matching, axis).map(Box::new);
        failure.detail = wrong_notes(case, &output, text);
        if failure.outcome.is_none() && failure.detail.is_empty() {
            return Ok(());
        }
        self.blame(&query, case.times, &mut failure);
        Err(failure)
    }

    fn evaluate(&self, query: &Query, times: EvalTimes) -> Result<QueryOutput, crate::Error> {
        let at = |time: Millis| self.test.start.saturating_add(time);
        match times {
            EvalTimes::At(time) => query.instant(&self.source, at(time)),
            EvalTimes::Range { start, end, step } => query.range(&self.source, at(start), at(end), step),
        }
    }

    /// The series of a range, a value or a gap for each step.
    fn rows(&self, output: &QueryOutput, grid: Grid) -> Vec<Item> {
        let first = self.test.start.saturating_add(grid.start);
        let row = |series: crate::Series<'_>| {
            let mut values = vec![None; grid.len];
            for (time, value) in series.samples() {
                let nth = usize::try_from((time - first) / grid.step.max(1)).unwrap_or(usize::MAX);
                if let Some(slot) = values.get_mut(nth) {
                    *slot = Some(Value::of(value));
                }
            }
            Item { labels: pairs(series.labels()), values, ..Item::default() }
        };
        output.series().map(row).collect()
    }

    /// Which rules wrote what the expression read, and what they found; without any, what the expression found.
    fn blame(&self, query: &Query, times: EvalTimes, failure: &mut Failure) {
        let Some(outcome) = &failure.outcome else { return };
        let focus = &outcome.focus;
        let names: Vec<&str> = query
            .selectors()
            .flatten()
            .filter(|matcher| matcher.name == METRIC_NAME && matcher.op == MatchOp::Equal)
            .map(|matcher| matcher.value.as_str())
            .collect();
        let mut rules =
            self.rules.iter().filter(|rule| !rule.is_alert && names.contains(&&*rule.name)).peekable();
        let is_of_rules = rules.peek().is_some();
        let at = self.test.start.saturating_add(times.end());
        failure.explanations = self.explain(rules, at, focus);
        if let (false, EvalTimes::At(time)) = (is_of_rules, times) {
            let mut parts = parts(query, &self.source, at, focus);
            // The first one is the answer itself, whose differences have been told.
            parts.drain(..1.min(parts.len()));
            for part in &mut parts {
                part.depth = part.depth.saturating_sub(1);
            }
            if !parts.is_empty() {
                let title = format!("its parts at {}", format_duration(time));
                failure.explanations.push(Explanation { rule: None, title, notes: Vec::new(), parts });
            }
        }
    }
}

/// The expression or its evaluation failed, which may be what was expected.
fn failed(case: &ExprCase, message: String, failure: Failure) -> Result<(), Failure> {
    let detail = match &case.error {
        Some(expected) if expected.holds(Some(&message)) => return Ok(()),
        Some(expected) => format!("it failed: {message}\nexpected an error: {expected}"),
        None => return Err(Failure { detail: message, ..failure }),
    };
    Err(Failure { detail, findings: Vec::new(), ..failure })
}

/// What is wrong with warnings and infos, where they matter.
fn wrong_notes(case: &ExprCase, output: &QueryOutput, query: &str) -> String {
    let mut detail = String::new();
    for (what, level, expected) in
        [("warning", Level::Warning, &case.warnings), ("info", Level::Info, &case.infos)]
    {
        let Some(expected) = expected else { continue };
        let got: Vec<String> = output
            .annotations()
            .iter()
            .filter(|annotation| annotation.level == level)
            .map(|annotation| annotation.render(query))
            .collect();
        let is_expected = |text: &String| expected.iter().any(|own| own.holds(Some(text)));
        let is_found = |own: &&TextExpectation| got.iter().any(|text| own.holds(Some(text)));
        // Writing to a String cannot fail.
        for own in expected.iter().filter(|own| !is_found(own)) {
            let _ = writeln!(detail, "missing {what}: {own}");
        }
        for text in got.iter().filter(|text| !is_expected(text)) {
            let _ = writeln!(detail, "unexpected {what}: {text}");
        }
    }
    detail.trim_end().to_owned()
}

fn show_times(times: EvalTimes) -> String {
    match times {
        EvalTimes::At(time) => format!("at {}", format_duration(time)),
        EvalTimes::Range { start, end, step } => format!(
            "from {} to {} every {}",
            format_duration(start),
            format_duration(end),
            format_duration(step)
        ),
    }
}
