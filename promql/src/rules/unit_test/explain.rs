//! Why an expression found what it found: what each of its parts finds at that time.

use super::report::RulePlace;
use crate::model::{Labels, Millis, ValueType, number};
use crate::source::SeriesSource;
use crate::{Query, QueryOutput, SampleRef};
use promql_grammar::ast::{ExprId, Kind};
use std::collections::{BTreeMap, HashSet};

/// A rule or an expression that has to do with a failure, and what it found.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// The rule; none for the expression of a test.
    pub rule: Option<RulePlace>,
    /// What is explained, at which time.
    pub title: String,
    /// What is to be known besides, a line each: alerts that are pending.
    pub notes: Vec<String>,
    /// The expression and its parts; each one stands before its own parts. None of rules after the first few.
    pub parts: Vec<Part>,
}

/// What a part of an expression finds.
#[derive(Clone, Debug)]
pub struct Part {
    /// In how many parts it lies.
    pub depth: usize,
    /// The part, on one line.
    pub text: String,
    /// How much it finds, or why nothing.
    pub found: String,
    /// The first samples, a line each.
    pub samples: Vec<String>,
}

/// Labels that matter.
pub(super) type Focus = [BTreeMap<String, String>];

/// Of so many rules the parts are told.
pub(super) const MOST_EXPLAINED: usize = 3;
/// Parts beyond this many are left out.
const MOST_PARTS: usize = 16;
/// Samples of a part beyond this many are counted.
const MOST_SAMPLES: usize = 3;
/// Characters of a part beyond this many are left out.
const LONGEST: usize = 100;

/// What the parts of a query find at a time. Literals and what a range function reads one by one say nothing.
///
/// Of many samples those come first whose labels are most like one of the `focus`.
pub(super) fn parts(query: &Query, source: &dyn SeriesSource, at: Millis, focus: &Focus) -> Vec<Part> {
    let ast = query.ast();
    let engine = query.engine();
    let mut parts = Vec::new();
    let mut told = HashSet::new();
    let mut todo: Vec<(ExprId, usize)> = vec![(ast.root(), 0)];
    // What finds the same as the part around it is not told twice.
    let mut told_last: Option<(usize, String, Vec<String>)> = None;
    while let Some((id, depth)) = todo.pop() {
        let id = ast.unwrap_parens(id);
        let node = &ast[id];
        if matches!(node.kind, Kind::Number(_) | Kind::String(_)) {
            continue;
        }
        if parts.len() == MOST_PARTS {
            break;
        }
        // Inside a subquery other times count.
        let is_closed = matches!(node.kind, Kind::Range { .. } | Kind::Subquery { .. });
        if !is_closed {
            let mut children: Vec<ExprId> = ast.children(id).collect();
            children.reverse();
            todo.extend(children.into_iter().map(|child| (child, depth + 1)));
        }
        let Some(text) = query.text().get(node.span.range()) else { continue };
        let Ok(part) = engine.parse(text) else { continue };
        let text = shortened(&one_line(text));
        if !told.insert(text.clone()) {
            continue;
        }
        let (found, samples) = match part.instant(source, at) {
            Ok(output) => found(&output, focus),
            Err(error) => (format!("fails: {error}"), Vec::new()),
        };
        let answer = (depth, found, samples);
        let is_same = told_last.as_ref().is_some_and(|(above, found, samples)| {
            *above + 1 == depth && !samples.is_empty() && (found, samples) == (&answer.1, &answer.2)
        });
        let (found, samples) =
            if is_same { ("the same".to_owned(), Vec::new()) } else { (answer.1.clone(), answer.2.clone()) };
        told_last = Some(answer);
        parts.push(Part { depth, text, found, samples });
    }
    parts
}

/// How much an answer holds, and its first samples.
fn found(output: &QueryOutput, focus: &Focus) -> (String, Vec<String>) {
    match output.value_type() {
        ValueType::Scalar => {
            (output.scalar().map_or_else(String::new, |(_, value)| number::format_plain(value)), Vec::new())
        }
        ValueType::String => {
            (output.string().map_or_else(String::new, |(_, text)| text.to_owned()), Vec::new())
        }
        ValueType::Vector | ValueType::Matrix => {
            let is_matrix = output.value_type() == ValueType::Matrix;
            let show = |series: crate::Series<'_>| {
                let values: Vec<String> = series.samples().map(|(_, value)| show_value(value)).collect();
                let shown = if is_matrix { counted(values.len(), "sample") } else { values.join(" ") };
                format!("{}  {shown}", show_labels(series.labels()))
            };
            let mut all: Vec<_> = output.series().collect();
            let count = all.len();
            if count > MOST_SAMPLES && !focus.is_empty() {
                all.sort_by_cached_key(|series| std::cmp::Reverse(likeness(series.labels(), focus)));
            }
            let mut samples: Vec<String> = all.into_iter().take(MOST_SAMPLES).map(show).collect();
            if count > MOST_SAMPLES {
                samples.push(format!("… and {} more", count - MOST_SAMPLES));
            }
            (counted(count, "series"), samples)
        }
    }
}

/// How many labels are the same as in the most similar of the `focus`.
fn likeness(labels: &Labels, focus: &Focus) -> usize {
    let same = |other: &BTreeMap<String, String>| {
        labels.iter().filter(|(name, value)| other.get(*name).is_some_and(|own| own == value)).count()
    };
    focus.iter().map(same).max().unwrap_or(0)
}

fn show_labels(labels: &Labels) -> String {
    shortened(&labels.to_string())
}

fn show_value(value: SampleRef<'_>) -> String {
    match value {
        SampleRef::Float(value) => number::format_plain(value),
        SampleRef::Histogram(histogram) => shortened(&histogram.to_string()),
    }
}

fn counted(count: usize, what: &str) -> String {
    match (count, what) {
        (0, _) => format!("no {what}"),
        (1, _) | (_, "series") => format!("{count} {what}"),
        _ => format!("{count} {what}s"),
    }
}

/// White space as single blanks.
pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The beginning of a long text.
pub(super) fn shortened(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Engine;
    use crate::source::text;

    fn explained(expr: &str) -> Vec<String> {
        let source = text::load("load 1m\n  a{x=\"1\"} 1+60x5\n  a{x=\"2\"} 7x5\n  b 0x5\n").unwrap();
        let query = Engine::default().parse(expr).unwrap();
        let show = |part: &Part| {
            let samples = part.samples.join(", ");
            format!("{}{}: {} [{samples}]", "  ".repeat(part.depth), part.text, part.found)
        };
        parts(&query, &source, 300_000, &[]).iter().map(show).collect()
    }

    #[test]
    fn parts_follow_what_they_are_part_of() {
        assert_eq!(
            explained("rate(a[2m])  > 0.5 and on () (b == 1)"),
            [
                "rate(a[2m]) > 0.5 and on () (b == 1): no series []",
                "  rate(a[2m]) > 0.5: 1 series [{x=\"1\"}  1]",
                "    rate(a[2m]): 2 series [{x=\"1\"}  1, {x=\"2\"}  0]",
                "      a[2m]: 2 series [a{x=\"1\"}  2 samples, a{x=\"2\"}  2 samples]",
                "  b == 1: no series []",
                "    b: 1 series [b  0]",
            ]
        );
        assert_eq!(
            explained("a - a"),
            [
                "a - a: 2 series [{x=\"1\"}  0, {x=\"2\"}  0]",
                "  a: 2 series [a{x=\"1\"}  301, a{x=\"2\"}  7]"
            ]
        );
        assert_eq!(explained("max_over_time(a[5m:1m]) + time()").len(), 4);
        assert!(explained("a + on () a")[0].contains("fails: "));
    }

    #[test]
    fn samples_with_the_labels_in_question_come_first() {
        let series = |nth| format!("  a{{x=\"{nth}\"}} {nth}\n");
        let source = text::load(&format!("load 1m\n{}", (0..50).map(series).collect::<String>())).unwrap();
        let query = Engine::default().parse("a > 1").unwrap();
        let focus = [BTreeMap::from([("x".to_owned(), "33".to_owned())])];
        let parts = parts(&query, &source, 0, &focus);
        assert_eq!(parts[0].samples, ["a{x=\"33\"}  33", "a{x=\"2\"}  2", "a{x=\"3\"}  3", "… and 45 more"]);
    }

    #[test]
    fn long_expressions_are_told_in_part() {
        let long = (0..2000).map(|nth| format!("b{nth}")).collect::<Vec<_>>().join(" + ");
        let told = explained(&long);
        assert_eq!(told.len(), MOST_PARTS);
        assert!(told[0].chars().count() < 150, "{}", told[0]);
    }
}
