//! Start times: `metric{a="b"}@st -30s _ 0x3`.

use super::MAX_ITEMS;
use super::scan::is_space;
use super::series::parse_series;
use crate::model::{Labels, Millis, parse_duration};
use crate::source::FormatError;

/// Start times of the samples of one series, each relative to the time of its sample.
#[derive(Clone, Debug, PartialEq)]
pub struct StartTimes {
    /// The metric.
    pub labels: Labels,
    /// Distances from the samples' times in milliseconds; none where the start time is unknown.
    pub offsets: Vec<Option<Millis>>,
}

/// True for lines that [`parse_start_times`] reads: the metric ends with `@st`.
#[must_use]
pub fn is_start_line(line: &str) -> bool {
    let line = line.trim();
    line.find(is_space).is_some_and(|end| line[..end].ends_with("@st"))
}

/// Reads a line like `metric{a="b"}@st -30s _x2 0s+1sx3`. There is no space inside the metric.
///
/// # Errors
/// What was found and what was expected; the line is always 1.
pub fn parse_start_times(line: &str) -> Result<StartTimes, FormatError> {
    let end =
        line.trim_start().find(is_space).map_or(line.len(), |end| end + line.len() - line.trim_start().len());
    let fail = |at: usize, message: String| FormatError { line: 1, column: at + 1, message };
    let metric = line[..end]
        .strip_suffix("@st")
        .ok_or_else(|| fail(0, "expected a metric with \"@st\" behind it, without space".to_owned()))?;
    let labels = parse_series(metric)?.labels;
    let mut offsets = Vec::new();
    let mut at = end;
    for item in line[end..].split(is_space) {
        if !item.is_empty() {
            add_offsets(item, &mut offsets)
                .map_err(|message| fail(at, format!("invalid start time {item:?}: {message}")))?;
        }
        at += item.len() + 1;
    }
    Ok(StartTimes { labels, offsets })
}

fn add_offsets(item: &str, offsets: &mut Vec<Option<Millis>>) -> Result<(), String> {
    if item == "_" {
        offsets.push(None);
        return Ok(());
    }
    if let Some(gaps) = item.strip_prefix("_x") {
        let gaps = repetitions(gaps)?;
        if gaps == 0 {
            return Err("invalid repeat count".to_owned());
        }
        return extend(offsets, gaps, std::iter::repeat(None));
    }
    let (base, rest) = duration_prefix(item)?;
    let (step, rest) = if rest.starts_with(['+', '-']) {
        let (step, behind) = duration_prefix(&rest[1..])?;
        if !behind.starts_with('x') {
            return Err("expected \"x\" and a number of repetitions behind the step".to_owned());
        }
        (if rest.starts_with('-') { -step } else { step }, behind)
    } else {
        (0, rest)
    };
    let times = match rest.strip_prefix('x') {
        Some(times) => repetitions(times)? + 1,
        None if rest.is_empty() => 1,
        None => return Err(format!("unexpected {rest:?} behind the duration")),
    };
    extend(
        offsets,
        times,
        std::iter::successors(Some(base), |&last| Some(last.saturating_add(step))).map(Some),
    )
}

fn extend(
    offsets: &mut Vec<Option<Millis>>,
    times: u64,
    items: impl Iterator<Item = Option<Millis>>,
) -> Result<(), String> {
    if offsets.len() as u64 + times > MAX_ITEMS {
        return Err(format!("more than {MAX_ITEMS} values in one series"));
    }
    offsets.extend(items.take(usize::try_from(times).unwrap_or(usize::MAX)));
    Ok(())
}

fn repetitions(text: &str) -> Result<u64, String> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let times = digits.then(|| text.parse().ok()).flatten();
    times.filter(|&times| times <= MAX_ITEMS).ok_or_else(|| "invalid repeat count".to_owned())
}

/// A duration with an optional sign at the beginning of the text, and what is behind it.
fn duration_prefix(text: &str) -> Result<(Millis, &str), String> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let digits = unsigned.find(|c: char| !c.is_ascii_digit()).unwrap_or(unsigned.len());
    if digits == 0 {
        return Err(format!("expected digits in duration {text:?}"));
    }
    let unit = unsigned[digits..].find(|c: char| !c.is_ascii_alphabetic() || c == 'x');
    let (duration, rest) = unsigned.split_at(unit.map_or(unsigned.len(), |unit| digits + unit));
    let millis = parse_duration(duration).map_err(|error| error.to_string())?;
    Ok((if text.starts_with('-') { -millis } else { millis }, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_repeat_and_step() {
        let read = |line| parse_start_times(line).unwrap().offsets;
        assert_eq!(read("m@st -30s _ 0"), [Some(-30_000), None, Some(0)]);
        assert_eq!(read("m{a=\"b\"}@st _x2 1sx1"), [None, None, Some(1_000), Some(1_000)]);
        assert_eq!(read("m@st -1m+10sx2"), [Some(-60_000), Some(-50_000), Some(-40_000)]);
        assert_eq!(read("m@st 0-500msx1"), [Some(0), Some(-500)]);
    }

    #[test]
    fn mistakes_are_found_with_their_column() {
        for (line, column) in [
            ("m @st 1s", 1),
            ("m@st 1s+1s", 6),
            ("m@st  _x0", 7),
            ("m@st 1s2", 6),
            ("m@st 1q", 6),
            ("m@st 1sx-1", 6),
        ] {
            assert_eq!(parse_start_times(line).unwrap_err().column, column, "{line}");
        }
        assert!(is_start_line("m{a=\"b\"}@st 1s"));
        assert!(!is_start_line("m@st"));
    }
}
