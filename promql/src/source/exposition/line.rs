//! The grammar of a line.

use super::collect::{Collector, Meta};
use super::cursor::{Cursor, Fault, unescape};
use crate::model::number::parse_float;
use crate::model::{LabelsEdit, METRIC_NAME, Millis, is_legacy_metric_name};

pub(super) struct Context {
    pub(super) open_metrics: bool,
    pub(super) scrape_time: Millis,
    /// `# EOF` lies behind us.
    pub(super) ended: bool,
}

/// Reads the line at the cursor, which may stop before its end only in an error; true for `# EOF`.
pub(super) fn read<'t>(
    cursor: &mut Cursor<'t>,
    context: &Context,
    collector: &mut Collector<'t>,
) -> Result<bool, Fault> {
    cursor.skip_blanks();
    if cursor.is_at_line_end() {
        return Ok(false);
    }
    if context.ended {
        return Err(cursor.fault("nothing may follow `# EOF`"));
    }
    if cursor.peek() == Some(b'#') {
        return comment(cursor, context, collector);
    }
    let series = series(cursor, context, collector)?;
    cursor.skip_blanks();
    let value_at = cursor.at();
    let value = value(cursor)?;
    let blank = cursor.skip_blanks();
    let time = match cursor.peek() {
        _ if cursor.is_at_line_end() => None,
        Some(b'#') if blank && context.open_metrics => None,
        _ if blank => Some(time(cursor, context)?),
        _ => return Err(cursor.expected("a blank or the end of the line")),
    };
    cursor.skip_blanks();
    if context.open_metrics && cursor.peek() == Some(b'#') {
        exemplar(cursor)?;
    }
    if !cursor.is_at_line_end() {
        return Err(cursor.expected("the end of the line"));
    }
    let time = time.unwrap_or(context.scrape_time);
    collector.sample(series, time, value).map_err(|message| Fault { at: value_at, message })?;
    Ok(false)
}

/// A metric name and labels in braces, either of which may be missing.
fn series<'t>(
    cursor: &mut Cursor<'t>,
    context: &Context,
    collector: &mut Collector<'t>,
) -> Result<u32, Fault> {
    if let Some((len, series)) = collector.guess(cursor.rest()) {
        cursor.advance(len);
        return Ok(series);
    }
    let start = cursor.at();
    let name = cursor.take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':'));
    if name.is_empty() && cursor.peek() != Some(b'{') {
        return Err(cursor.expected("a metric name"));
    }
    if !name.is_empty() && !is_legacy_metric_name(name) {
        return Err(Fault { at: start, message: format!("`{name}` is not a metric name") });
    }
    let mut text = cursor.since(start);
    let blank = cursor.skip_blanks();
    let has_labels = cursor.peek() == Some(b'{') && !(blank && is_composite(cursor.rest()));
    if !has_labels && !blank {
        return Err(cursor.expected("`{` or a blank"));
    }
    if has_labels && let Some(len) = braces(cursor.rest()) {
        let end = cursor.at() + len;
        text = cursor.upto(start, end);
        if let Some(series) = collector.known(text) {
            cursor.advance(len);
            return Ok(series);
        }
    } else if let Some(series) = collector.known(text) {
        return Ok(series);
    }
    let mut labels = LabelsEdit::default();
    labels.set(METRIC_NAME, name);
    if has_labels {
        let at = cursor.at();
        let before = labels.clone();
        if let Err(fault) = cursor.labels(&mut labels, !name.is_empty(), false) {
            // The text format lets values run over line ends; more often a quote was forgotten.
            cursor.rewind(at);
            labels = before;
            if context.open_metrics || cursor.labels(&mut labels, !name.is_empty(), true).is_err() {
                cursor.rewind(at);
                return Err(fault);
            }
        }
    }
    let labels = labels.finish();
    if labels.name().is_empty() {
        return Err(Fault { at: start, message: "the metric name is missing".to_owned() });
    }
    Ok(collector.series(text, labels))
}

/// The length of a text in braces, up to the first closing one outside of quotes.
fn braces(text: &str) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'}' if !quoted => return Some(at + 1),
            b'\n' if !quoted => return None,
            _ => {}
        }
    }
    None
}

/// True for the start of a value in braces, `{count:`.
fn is_composite(text: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let inner = &text.as_bytes()[1..];
    inner.iter().position(|&byte| !word(byte)).is_some_and(|at| at > 0 && inner[at] == b':')
}

fn value(cursor: &mut Cursor<'_>) -> Result<f64, Fault> {
    if cursor.peek() == Some(b'{') {
        return Err(cursor
            .fault("expected a number, found a native histogram, which cannot be read from this format"));
    }
    let at = cursor.at();
    let text = cursor.take_while(|byte| !matches!(byte, b' ' | b'\t' | b'\r' | b'\n'));
    // The formats have neither hexadecimal floats nor underscores.
    let plain = !text.bytes().any(|byte| matches!(byte, b'p' | b'P' | b'_' | b'x' | b'X'));
    match parse_float(text) {
        Some(value) if plain => Ok(value),
        _ => {
            cursor.rewind(at);
            Err(cursor.expected("a number"))
        }
    }
}

/// A time, in seconds (OpenMetrics) or in milliseconds.
fn time(cursor: &mut Cursor<'_>, context: &Context) -> Result<Millis, Fault> {
    let at = cursor.at();
    let text = cursor.take_while(|byte| !matches!(byte, b' ' | b'\t' | b'\r' | b'\n'));
    let (time, what) = if context.open_metrics {
        (seconds(text), "a time in seconds")
    } else {
        (text.parse().ok(), "a time in whole milliseconds")
    };
    time.ok_or_else(|| {
        cursor.rewind(at);
        cursor.expected(what)
    })
}

/// Seconds as milliseconds, what is below them cut off.
fn seconds(text: &str) -> Option<Millis> {
    if let Some(millis) = decimal_seconds(text) {
        return Some(millis);
    }
    let millis = parse_float(text)? * 1000.0;
    // 2^63, the first float that is too large.
    let fits = millis.abs() < 9_223_372_036_854_775_808.0;
    fits.then_some(millis as Millis)
}

/// Plain decimals are read digit by digit: 1.001 * 1000 is less than 1001 for some floats.
fn decimal_seconds(text: &str) -> Option<Millis> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = whole.strip_prefix('-').unwrap_or(whole);
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if digits.is_empty() || digits.len() > 15 || !plain(digits) || !plain(part) {
        return None;
    }
    let millis = part.bytes().chain(std::iter::repeat(b'0')).take(3);
    let size = digits.bytes().chain(millis).fold(0, |all, byte| all * 10 + Millis::from(byte - b'0'));
    Some(if whole.starts_with('-') { -size } else { size })
}

/// `# {labels} value [time]`, checked and left out.
fn exemplar(cursor: &mut Cursor<'_>) -> Result<(), Fault> {
    cursor.advance(1);
    cursor.skip_blanks();
    if cursor.peek() != Some(b'{') {
        return Err(cursor.expected("the labels of an exemplar"));
    }
    cursor.labels(&mut LabelsEdit::default(), false, false)?;
    cursor.skip_blanks();
    value(cursor)?;
    cursor.skip_blanks();
    if !cursor.is_at_line_end() {
        let at = cursor.at();
        let text = cursor.take_while(|byte| !matches!(byte, b' ' | b'\t' | b'\r' | b'\n'));
        if seconds(text).is_none() {
            cursor.rewind(at);
            return Err(cursor.expected("a time in seconds"));
        }
        cursor.skip_blanks();
    }
    Ok(())
}

const TEXT_TYPES: &[&str] = &["counter", "gauge", "histogram", "summary", "untyped"];
const OPEN_METRICS_TYPES: &[&str] =
    &["counter", "gauge", "histogram", "gaugehistogram", "stateset", "info", "summary", "unknown"];

/// `# HELP`, `# TYPE`, `# UNIT`, `# EOF`; anything else is a comment, which OpenMetrics does not have.
fn comment<'t>(
    cursor: &mut Cursor<'t>,
    context: &Context,
    collector: &mut Collector<'t>,
) -> Result<bool, Fault> {
    let start = cursor.at();
    cursor.advance(1);
    let blank = cursor.skip_blanks();
    let keyword = cursor.take_while(|byte| byte.is_ascii_alphabetic());
    let kind = match keyword {
        "EOF" if context.open_metrics && cursor.is_at_line_end() => return Ok(true),
        "HELP" => Meta::Help,
        "TYPE" => Meta::Type,
        "UNIT" if context.open_metrics => Meta::Unit,
        _ => Meta::None,
    };
    if !blank || kind == Meta::None || !cursor.skip_blanks() {
        return if context.open_metrics {
            let message =
                "expected `# HELP`, `# TYPE`, `# UNIT` or `# EOF`; OpenMetrics has no other comments";
            Err(Fault { at: start, message: message.to_owned() })
        } else {
            Ok(false)
        };
    }
    let name_at = cursor.at();
    let name = match cursor.peek() {
        Some(b'"') => cursor.quoted(false)?,
        _ => cursor.take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':')).into(),
    };
    if name.is_empty() {
        cursor.rewind(name_at);
        return Err(cursor.expected("a metric name"));
    }
    cursor.skip_blanks();
    let at = cursor.at();
    let text = cursor.line_rest();
    if kind == Meta::Type {
        let types = if context.open_metrics { OPEN_METRICS_TYPES } else { TEXT_TYPES };
        if !types.contains(&text.trim_end()) {
            cursor.rewind(at);
            return Err(cursor.expected(&format!("one of {}", types.join(", "))));
        }
    }
    collector.metadata(kind, &name, unescape(text.trim_end()));
    Ok(false)
}
