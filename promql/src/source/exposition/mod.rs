//! Text exposition: OpenMetrics 1.0 and Prometheus' text format 0.0.4, and dumps in them.
//!
//! The two are told apart by the final `# EOF`. Exemplars are read and left out; `_created` series are series like any
//! other. Nothing else is dropped: a line that cannot be read is an error with its place. Native histograms have no
//! form in these formats; a value in braces is refused.

mod collect;
mod cursor;
mod line;

use super::{AppendError, FormatError, MemorySource, MetricMetadata, ParsedSeries};
use crate::model::Millis;
use collect::Collector;
use cursor::Cursor;

/// Which format a text is in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ExpositionFormat {
    /// OpenMetrics if the text ends with `# EOF`, else Prometheus' text format.
    #[default]
    Detect,
    /// OpenMetrics: times in seconds, exemplars, `# UNIT`, `# EOF`.
    OpenMetrics,
    /// Prometheus' text format: times in milliseconds.
    Text,
}

/// How to read a text.
#[derive(Clone, Copy, Debug)]
pub struct ExpositionOptions {
    /// The format.
    pub format: ExpositionFormat,
    /// The time of samples that have none.
    pub scrape_time: Millis,
    /// A plain `NaN` is a stale marker, as in dumps made by promtool.
    pub nan_is_stale: bool,
    /// Reading goes on behind a bad line until there are so many errors; 0 counts as 1.
    pub max_errors: usize,
}

impl Default for ExpositionOptions {
    fn default() -> Self {
        ExpositionOptions {
            format: ExpositionFormat::Detect,
            scrape_time: 0,
            nan_is_stale: false,
            max_errors: 20,
        }
    }
}

/// The contents of a text.
#[derive(Clone, Debug, Default)]
pub struct Exposition {
    /// Series in the order of their first lines.
    pub series: Vec<ParsedSeries>,
    /// What `# HELP`, `# TYPE` and `# UNIT` said, sorted by name.
    pub metadata: Vec<MetricMetadata>,
}

impl Exposition {
    /// A source of the contents.
    ///
    /// # Errors
    /// Does not fail for what [`parse`] made.
    pub fn into_source(self) -> Result<MemorySource, AppendError> {
        let mut source = MemorySource::default();
        source.set_metadata(self.metadata);
        self.series.into_iter().try_for_each(|series| series.append_to(&mut source))?;
        Ok(source)
    }
}

/// Reads a text.
///
/// ```
/// use promql::source::exposition::{ExpositionOptions, parse};
/// let page = parse(b"# TYPE up gauge\nup{job=\"api\"} 1\n", &ExpositionOptions::default()).unwrap();
/// assert_eq!(page.series[0].labels.to_string(), r#"up{job="api"}"#);
/// assert_eq!(page.metadata[0].kind, "gauge");
/// ```
///
/// # Errors
/// All bad lines, in order, up to [`ExpositionOptions::max_errors`]. Bad is also a sample that is older than the one
/// before it in its series, and a second value for the same time.
pub fn parse(text: &[u8], options: &ExpositionOptions) -> Result<Exposition, Vec<FormatError>> {
    match std::str::from_utf8(text) {
        Ok(text) => read(text, options, Vec::new()),
        Err(_) => read(&String::from_utf8_lossy(text), options, invalid_bytes(text)),
    }
}

fn read(
    text: &str,
    options: &ExpositionOptions,
    mut errors: Vec<FormatError>,
) -> Result<Exposition, Vec<FormatError>> {
    let open_metrics = match options.format {
        ExpositionFormat::OpenMetrics => true,
        ExpositionFormat::Text => false,
        ExpositionFormat::Detect => is_open_metrics(text),
    };
    if options.format == ExpositionFormat::OpenMetrics && text.len() > LONG && !is_open_metrics(text) {
        return Err(vec![breaks_off(text)]);
    }
    let limit = options.max_errors.max(1);
    let mut collector = Collector::new(options.nan_is_stale);
    let mut cursor = Cursor::new(text);
    let mut ended = false;
    while errors.len() < limit && !cursor.is_at_end() {
        let context = line::Context { open_metrics, scrape_time: options.scrape_time, ended };
        match line::read(&mut cursor, &context, &mut collector) {
            Ok(end) => ended |= end,
            Err(fault) => {
                errors.push(cursor.locate(fault));
                if ended {
                    break;
                }
            }
        }
        cursor.next_line();
    }
    if options.format == ExpositionFormat::OpenMetrics && !ended && errors.is_empty() {
        errors.push(breaks_off(text));
    }
    if errors.is_empty() {
        return Ok(collector.finish());
    }
    errors.sort_by_key(|error| (error.line, error.column));
    errors.dedup_by_key(|error| error.line);
    errors.truncate(limit);
    Err(errors)
}

/// Texts of more bytes are not searched for other errors if their end is missing.
const LONG: usize = 4 << 20;

/// Where the end of a text should have been told.
fn breaks_off(text: &str) -> FormatError {
    let last = text.rfind('\n').map_or(0, |at| at + 1);
    FormatError {
        line: text.bytes().filter(|&byte| byte == b'\n').count() + 1,
        column: text[last..].chars().count() + 1,
        message: "expected `# EOF`, found the end of the text".to_owned(),
    }
}

/// True if the last line that is not blank says `# EOF`.
fn is_open_metrics(text: &str) -> bool {
    text.trim_end().strip_suffix("# EOF").is_some_and(|before| before.is_empty() || before.ends_with('\n'))
}

/// The first byte of every line that is not UTF-8.
fn invalid_bytes(text: &[u8]) -> Vec<FormatError> {
    let (mut line, mut column, mut errors) = (1, 1, Vec::new());
    for chunk in text.utf8_chunks() {
        let valid = chunk.valid();
        line += valid.bytes().filter(|&byte| byte == b'\n').count();
        column = valid.rfind('\n').map_or(column + valid.len(), |at| valid.len() - at);
        if let Some(byte) = chunk.invalid().first() {
            errors.push(FormatError { line, column, message: format!("byte 0x{byte:02x} is not UTF-8") });
            column += chunk.invalid().len();
        }
    }
    errors
}

#[cfg(test)]
mod tests;
