//! The series of a test, which appear as time goes on.

use super::file::{InputSeries, TestGroup};
use super::repeat::expand;
use super::report::Failure;
use crate::model::{Labels, Millis, Sample};
use crate::rules::fault;
use crate::rules::yaml::Text;
use crate::source::text::{parse_load, script_lines};
use crate::source::{FormatError, MemorySource, SeriesId};
use promql_grammar::Span;
use std::fmt::Write;

/// The series of a test.
pub(super) struct Input(Vec<Series>);

struct Series {
    labels: Labels,
    id: Option<SeriesId>,
    samples: std::iter::Peekable<std::vec::IntoIter<(Millis, Sample)>>,
    span: Span,
}

/// Reads the series as promtool does: as the lines of one `load` block, which an empty line ends.
pub(super) fn input(test: &TestGroup, file: &str) -> Result<Input, Failure> {
    let mut script = format!("load {}ms\n", test.interval);
    // For each line of the script the series it stands for.
    let mut origins = vec![0];
    for (nth, series) in test.input_series.iter().enumerate() {
        let before = script.len();
        let (name, values) = (text(&series.series), text(&series.values));
        expand(&series.repeat, name, values, |name, values| {
            // Writing to a String cannot fail.
            let _ = writeln!(script, "  {name} {values}");
        })
        .map_err(|message| {
            let place = series.series.as_ref().map_or(series.span, Text::span);
            let findings = vec![fault::error("repeat", place, message.clone())];
            let title = format!("input series {}", name.trim_start());
            Failure { detail: message, findings, ..Failure::new(series.span, title) }
        })?;
        origins.extend(std::iter::repeat_n(nth, script[before..].matches('\n').count()));
    }
    let origin = |line: usize| origins.get(line - 1).and_then(|nth| test.input_series.get(*nth));
    let load = parse_load(&script_lines(&script), 0).map_err(|error| match origin(error.line) {
        Some(series) => broken(series, &error, file),
        None => Failure::new(test.span, error.message.clone()),
    })?;
    let interval = test.interval;
    let series = load.series.into_iter().map(|series| {
        let samples = series.description.items.into_iter().zip(0i64..).filter_map(|(item, nth)| {
            let time = test.start.saturating_add(interval.saturating_mul(nth));
            item.map(|item| (time, item.sample))
        });
        Series {
            labels: series.description.labels,
            id: None,
            samples: samples.collect::<Vec<_>>().into_iter().peekable(),
            span: origin(series.line).map_or(test.span, |series| series.span),
        }
    });
    Ok(Input(series.collect()))
}

fn text(text: &Option<Text>) -> &str {
    text.as_ref().map_or("", Text::as_str)
}

/// A fault in a line `series values`, at its place in the file.
fn broken(series: &InputSeries, error: &FormatError, file: &str) -> Failure {
    let name = text(&series.series).trim_start();
    let title = format!("input series {name}");
    if !series.repeat.is_empty() {
        // The text at fault stands nowhere in the file.
        let place = series.series.as_ref().map_or(series.span, Text::span);
        let findings = vec![fault::error("input-series", place, error.message.clone())];
        return Failure { detail: error.message.clone(), findings, ..Failure::new(series.span, title) };
    }
    let column = error.column - 1;
    let (part, at) = match column.checked_sub(name.len() + 1) {
        Some(at) if series.values.is_some() => (&series.values, at),
        _ => (&series.series, column),
    };
    let place = part.as_ref().map_or(series.span, |text| text.locate(file, Span::new(at, at)));
    let findings = vec![fault::error("input-series", place, error.message.clone())];
    Failure { detail: error.message.clone(), findings, ..Failure::new(series.span, title) }
}

impl Input {
    pub(super) fn labels(&self) -> Vec<&Labels> {
        self.0.iter().map(|series| &series.labels).collect()
    }

    /// Adds the samples up to a time.
    pub(super) fn append_until(&mut self, source: &mut MemorySource, time: Millis) -> Result<(), Failure> {
        for series in &mut self.0 {
            while let Some((at, sample)) = series.samples.next_if(|(at, _)| *at <= time) {
                let failed = |detail: String| {
                    let title = format!("input series {}", series.labels);
                    Failure { detail, ..Failure::new(series.span, title) }
                };
                if series.labels.is_empty() {
                    return Err(failed("the series has neither a name nor labels".to_owned()));
                }
                let id = *series.id.get_or_insert_with(|| source.series(&series.labels));
                source.append_to(id, at, sample, 0).map_err(|error| failed(error.to_string()))?;
            }
        }
        Ok(())
    }
}
