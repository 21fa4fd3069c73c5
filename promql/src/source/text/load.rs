//! `load` blocks, and files made of them.

use super::MAX_ITEMS;
use super::nhcb::Conversion;
use super::scan::is_space;
use super::series::{SeriesDescription, parse_series};
use super::starts::{is_start_line, parse_start_times};
use crate::model::{Millis, Sample, parse_duration};
use crate::source::{AppendError, FormatError, MemorySource};
use std::collections::HashMap;

/// A `load` block: series whose samples are evenly spaced.
#[derive(Clone, Debug, PartialEq)]
pub struct Load {
    /// The distance of two samples.
    pub interval: Millis,
    /// Classic histograms become native ones with custom buckets as well.
    pub with_nhcb: bool,
    /// The series, each label set once.
    pub series: Vec<LoadSeries>,
    /// Index of the line after the block.
    pub next_line: usize,
}

/// A series of a `load` block.
#[derive(Clone, Debug, PartialEq)]
pub struct LoadSeries {
    /// What it holds.
    pub description: SeriesDescription,
    /// Start times relative to the samples' times, as many as there are items; empty if there are none.
    pub starts: Vec<Option<Millis>>,
    /// 1-based line of the description.
    pub line: usize,
}

/// Why a `load` block could not be loaded.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The storage did not take a sample.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// Classic histograms do not fit together.
    #[error("{0}")]
    Conversion(String),
}

/// The lines of a script as its readers want them: trimmed, comments empty.
#[must_use]
pub fn script_lines(text: &str) -> Vec<&str> {
    text.split('\n').map(str::trim).map(|line| if line.starts_with('#') { "" } else { line }).collect()
}

/// Reads the `load` block that begins at line `first` (0-based) of [`script_lines`] and ends at an empty line.
///
/// # Errors
/// What was found and what was expected.
pub fn parse_load(lines: &[&str], first: usize) -> Result<Load, FormatError> {
    let fail = |at: usize, column: usize, message: String| FormatError { line: at + 1, column, message };
    let usage = || fail(first, 1, "invalid load command. (load[_with_nhcb] <step:duration>)".to_owned());
    let command = lines.get(first).copied().unwrap_or_default();
    let (word, step) = command.split_once(is_space).ok_or_else(usage)?;
    let with_nhcb = match word {
        "load" => false,
        "load_with_nhcb" => true,
        _ => return Err(usage()),
    };
    let step = step.trim_start();
    let interval = parse_duration(step).map_err(|error| {
        fail(first, command.len() - step.len() + 1, format!("invalid step definition {step:?}: {error}"))
    })?;
    let mut load = Load { interval, with_nhcb, series: Vec::new(), next_line: lines.len() };
    let mut known = HashMap::new();
    let mut pending = None;
    let mut items = 0;
    for (at, &line) in lines.iter().enumerate().skip(first + 1) {
        if line.is_empty() {
            load.next_line = at;
            break;
        }
        let located = |error: FormatError| FormatError { line: at + 1, ..error };
        if is_start_line(line) {
            if pending.is_none() {
                pending = Some((at, parse_start_times(line).map_err(located)?));
                continue;
            }
            break;
        }
        let description = parse_series(line).map_err(located)?;
        items += description.items.len() as u64;
        if items > MAX_ITEMS {
            return Err(fail(at, 1, format!("more than {MAX_ITEMS} values in one block")));
        }
        let mut starts = Vec::new();
        if let Some((starts_at, times)) = pending.take() {
            if times.labels != description.labels {
                let message = "@st metric does not match the following sample line metric";
                return Err(fail(starts_at, 1, message.to_owned()));
            }
            starts = times.offsets;
            let (expected, found) = (description.items.len(), starts.len());
            if expected != found {
                let message = format!("@st line has {found} values but sample line has {expected}");
                return Err(fail(starts_at, 1, message));
            }
        }
        let series = LoadSeries { description, starts, line: at + 1 };
        match known.get(&series.description.labels) {
            Some(&nth) => load.series[nth] = series,
            None => {
                known.insert(series.description.labels.clone(), load.series.len());
                load.series.push(series);
            }
        }
    }
    match pending {
        Some((at, _)) => Err(fail(at, 1, "@st line has no following sample line".to_owned())),
        None => Ok(load),
    }
}

impl Load {
    /// Adds the samples to a source; sample `i` is at `start + i * interval`.
    ///
    /// # Errors
    /// What is wrong, with the 1-based line of the series concerned, none for a converted one. Samples before it
    /// have been added.
    pub fn append_to(
        &self,
        source: &mut MemorySource,
        start: Millis,
    ) -> Result<(), (Option<usize>, LoadError)> {
        let mut conversion = Conversion::default();
        for series in &self.series {
            if series.description.items.iter().all(Option::is_none) {
                continue;
            }
            let located = |error| (Some(series.line), error);
            let id = source.series(&series.description.labels);
            for (nth, (time, sample)) in self.samples(series, start) {
                let offset = series.starts.get(nth).copied().flatten();
                let sample_start = offset.map_or(0, |offset| time.saturating_add(offset));
                source
                    .append_to(id, time, sample.clone(), sample_start)
                    .map_err(|error| located(error.into()))?;
            }
            if self.with_nhcb {
                let samples = self.samples(series, start).map(|(_, sample)| sample);
                conversion.add(&series.description.labels, samples).map_err(located)?;
            }
        }
        for converted in conversion.finish() {
            let (labels, time, histogram) = converted.map_err(|error| (None, error))?;
            source
                .append(&labels, time, Sample::Histogram(histogram), 0)
                .map_err(|error| (None, error.into()))?;
        }
        Ok(())
    }

    /// Samples with their times, and which item they are.
    fn samples<'a>(
        &self,
        series: &'a LoadSeries,
        start: Millis,
    ) -> impl Iterator<Item = (usize, (Millis, &'a Sample))> {
        let interval = self.interval;
        series.description.items.iter().enumerate().filter_map(move |(nth, item)| {
            let distance = interval.saturating_mul(i64::try_from(nth).unwrap_or(i64::MAX));
            item.as_ref().map(|item| (nth, (start.saturating_add(distance), &item.sample)))
        })
    }
}

/// Reads a file of `load`, `load_with_nhcb` and `clear` commands; times begin at the epoch.
///
/// # Errors
/// Where and what is wrong.
///
/// ```
/// use promql::source::text::load;
/// let source = load("load 1m\n  up{job=\"api\"} 1 1 0 _ 1\n")?;
/// assert_eq!(source.time_span().unwrap().end, 240_000);
/// # Ok::<(), promql::source::FormatError>(())
/// ```
pub fn load(text: &str) -> Result<MemorySource, FormatError> {
    read(&script_lines(text)).map_err(|error| {
        // Columns were counted without the indent.
        let line = text.split('\n').nth(error.line - 1).unwrap_or_default();
        let indent = line.len() - line.trim_start().len();
        FormatError { column: error.column + indent, ..error }
    })
}

fn read(lines: &[&str]) -> Result<MemorySource, FormatError> {
    let mut source = MemorySource::default();
    let mut at = 0;
    while let Some(&line) = lines.get(at) {
        let command = line.split(is_space).next().unwrap_or_default().to_ascii_lowercase();
        if command.is_empty() {
            at += 1;
        } else if command == "clear" {
            source = MemorySource::default();
            at += 1;
        } else if command.starts_with("load") {
            let load = parse_load(lines, at)?;
            load.append_to(&mut source, 0).map_err(|(line, error)| FormatError {
                line: line.unwrap_or(at + 1),
                column: 1,
                message: error.to_string(),
            })?;
            at = load.next_line;
        } else {
            let message = format!("unexpected command {line:?}, expected load, load_with_nhcb or clear");
            return Err(FormatError { line: at + 1, column: 1, message });
        }
    }
    Ok(source)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::histogram::ResetHint;
    use crate::model::{FloatHistogram, Labels};
    use crate::source::text::Item;

    fn error(text: &str) -> String {
        load(text).unwrap_err().to_string()
    }

    #[test]
    fn blocks_end_at_empty_lines_and_comments() {
        let lines = script_lines("load 10s\n  a 1\n# b 2\n c 3");
        let block = parse_load(&lines, 0).unwrap();
        assert_eq!((block.interval, block.series.len(), block.next_line), (10_000, 1, 2));
        assert_eq!(
            error("load 10s\n  a 1\n# b 2\n c 3"),
            "line 4, column 2: unexpected command \"c 3\", expected load, load_with_nhcb or clear"
        );
    }

    #[test]
    fn blocks_append_and_clear_drops() {
        let source = load("load 1m\n a 1 2\n a 3\n b _\n\nload 2m\n a _ 4").unwrap();
        assert_eq!((source.series_count(), source.sample_count()), (1, 2));
        assert_eq!(load("load 1m\n a 1\n\nclear\nload 1m\n b 1 1").unwrap().sample_count(), 2);
        assert_eq!(error("load 1m\n a 1 2\n\nload 1m\n  a 1"), "line 5, column 3: out of order sample");
    }

    #[test]
    fn mistakes_are_located() {
        assert_eq!(
            error("load 1q\n"),
            "line 1, column 6: invalid step definition \"1q\": unknown unit \"q\" in duration \"1q\""
        );
        assert_eq!(error("load 1m\n  a 1 2y"), "line 2, column 7: bad number syntax: \"2y\"");
        assert_eq!(error("load 1m\n a@st 1s\n\n"), "line 2, column 2: @st line has no following sample line");
        assert_eq!(
            error("load 1m\n a@st 1s\n a 1 1"),
            "line 2, column 2: @st line has 1 values but sample line has 2"
        );
        assert!(
            error("load 1m\n a{} {{count:-1}}").starts_with("line 2, column 2: observation count is  -1")
        );
    }

    fn native(text: &str) -> Vec<FloatHistogram> {
        let lines = script_lines(text);
        let block = parse_load(&lines, 0).unwrap();
        let mut source = MemorySource::default();
        block.append_to(&mut source, 0).unwrap();
        assert!(source.labels().any(|labels| *labels == Labels::from_pairs([("__name__", "h"), ("a", "1")])));
        let mut conversion = Conversion::default();
        for series in &block.series {
            let samples = block.samples(series, 0).map(|(_, sample)| sample);
            conversion.add(&series.description.labels, samples).unwrap();
        }
        conversion.finish().map(|converted| converted.unwrap().2).collect()
    }

    #[test]
    fn classic_histograms_become_native() {
        let all = native(
            "load_with_nhcb 1m
               h_bucket{a=\"1\", le=\"1\"} 2 2
               h_bucket{a=\"1\", le=\"+Inf\"} 5 5
               h_bucket{a=\"1\", le=\"2\"} 2 2.5
               h_bucket{a=\"1\", le=\"NaN\"} 9 9
               h_sum{a=\"1\"} 7 8
               h_count{a=\"1\"} 5 5",
        );
        assert_eq!(all[0].layout.bounds, [1.0, 2.0]);
        // Integers keep short gaps, fractions do not.
        assert_eq!(*all[0].buckets, [2.0, 0.0, 3.0]);
        assert_eq!(*all[1].buckets, [2.0, 0.5, 2.5]);
        assert_eq!((all[0].count, all[0].sum, all[0].schema), (5.0, 7.0, -53));
    }

    #[test]
    fn impossible_classic_histograms_are_errors() {
        for (series, message) in [
            ("h_sum 1", "count must be provided when no buckets are present"),
            ("h_count -1", "count must be non-negative: count=-1"),
            ("h_bucket{le=\"1\"} 2\n h_bucket{le=\"2\"} 1", "count is not cumulative: 1 < 2"),
            ("h_bucket{le=\"+Inf\"} 2\n h_count 3", "count mismatch: count=3 != le=+Inf count=2"),
            ("h_bucket 2", "expected bucket label in metric h_bucket"),
        ] {
            let text = format!("load_with_nhcb 1m\n {series}");
            assert!(error(&text).ends_with(message), "{}", error(&text));
        }
    }

    #[test]
    fn start_times_are_relative_to_samples() {
        let lines = script_lines("load 1m\n a@st -30s _\n a 1 {{counter_reset_hint:gauge}}");
        let block = parse_load(&lines, 0).unwrap();
        assert_eq!(block.series[0].starts, [Some(-30_000), None]);
        let Some(Item { sample: Sample::Histogram(h), hint_written }) = &block.series[0].description.items[1]
        else {
            panic!("a histogram");
        };
        assert_eq!((h.hint, *hint_written), (ResetHint::Gauge, true));
    }
}
