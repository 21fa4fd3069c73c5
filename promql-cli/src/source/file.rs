//! Series from text: which format it is, its content tells, and the end of its name where the content may mislead.

use super::Part;
use crate::failure::Failure;
use promql::model::Millis;
use promql::source::exposition::{self, ExpositionFormat, ExpositionOptions};
use promql::source::{FormatError, MemorySource, api_json, text};
use std::sync::Arc;

/// So many bad lines are counted.
const MOST_FAULTS: usize = 1000;

/// What a text may be.
#[derive(Debug, PartialEq, Eq)]
enum Form {
    /// A saved answer of the HTTP API.
    Answer,
    /// `load` blocks.
    Script,
    /// Text exposition or OpenMetrics.
    Exposition(ExpositionFormat),
}

/// What the text itself does not say.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Terms {
    /// The time of samples that have none.
    pub(super) now: Millis,
    /// A `NaN` ends its series.
    pub(super) nan_is_stale: bool,
}

/// Reads the series of a text called `name`.
pub(super) fn read(name: &str, bytes: Vec<u8>, terms: Terms) -> Result<Part, Failure> {
    let text = decode(name, bytes)?;
    let form = form(name, &text);
    match series(&form, &text, terms) {
        Ok(source) => {
            let bounds = source.time_span().map(|span| (span.start, span.end));
            Ok(Part { series: Arc::new(source), bounds })
        }
        Err(faults) => Err(Failure::File { name: name.to_owned(), text, faults }),
    }
}

fn series(form: &Form, text: &str, terms: Terms) -> Result<MemorySource, Vec<FormatError>> {
    // What the source refuses has no place of its own.
    let whole = |message: String| vec![FormatError { line: 1, column: 1, message }];
    match form {
        Form::Script => text::load(text).map_err(|fault| vec![fault]),
        Form::Exposition(format) => {
            let options = ExpositionOptions {
                format: *format,
                scrape_time: terms.now,
                nan_is_stale: terms.nan_is_stale,
                max_errors: MOST_FAULTS,
            };
            let page = exposition::parse(text.as_bytes(), &options)?;
            page.into_source().map_err(|error| whole(error.to_string()))
        }
        Form::Answer => {
            let answer = api_json::parse_answer(text.as_bytes()).map_err(|fault| vec![fault])?;
            if let Some(error) = answer.error {
                return Err(whole(format!("the answer is an error: {error}")));
            }
            let mut source = MemorySource::default();
            let result = answer.result.map(api_json::ApiResult::into_series).unwrap_or_default();
            for series in result {
                let labels = series.labels.clone();
                series.append_to(&mut source).map_err(|error| whole(format!("series {labels}: {error}")))?;
            }
            Ok(source)
        }
    }
}

/// The text, or why there is none in it.
fn decode(name: &str, bytes: Vec<u8>) -> Result<String, Failure> {
    if bytes.starts_with(&[0x1f, 0x8b]) {
        return Err(Failure::setup(format!("{name} is compressed"))
            .help(format!("gzip -dc {name} | promql query -s - …")));
    }
    if bytes.iter().take(8192).any(|byte| *byte == 0) {
        return Err(Failure::setup(format!("{name} is binary, no text")));
    }
    String::from_utf8(bytes).map_err(|error| {
        let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        Failure::setup(format!("{name}: line {line} is not UTF-8"))
    })
}

fn form(name: &str, text: &str) -> Form {
    let start = text.trim_start();
    if let Some(object) = start.strip_prefix('{') {
        // An exposition may begin with a quoted name, which a comma or a brace follows.
        let key = object.trim_start().strip_prefix('"').and_then(|key| key.split_once('"'));
        if key.is_some_and(|(_, rest)| rest.trim_start().starts_with(':')) {
            return Form::Answer;
        }
    }
    let command = start.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'));
    if command.is_some_and(is_script_command) {
        return Form::Script;
    }
    let open_metrics = name.ends_with(".om") || name.ends_with(".openmetrics");
    Form::Exposition(if open_metrics { ExpositionFormat::OpenMetrics } else { ExpositionFormat::Detect })
}

/// `load 5m`, but not the metric `load` with the value 5.
fn is_script_command(line: &str) -> bool {
    let mut words = line.split_whitespace();
    let (command, argument) = (words.next().unwrap_or_default(), words.next());
    let is_duration =
        |word: &str| word.parse::<f64>().is_err() && promql::model::parse_duration(word).is_ok();
    match command {
        "clear" => argument.is_none(),
        "load" | "load_with_nhcb" => argument.is_some_and(is_duration),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_tells_the_format() {
        let exposition = Form::Exposition(ExpositionFormat::Detect);
        assert_eq!(form("x", r#" {"status":"success","data":{}}"#), Form::Answer);
        assert_eq!(form("x", r#"{"resultType" : "vector"}"#), Form::Answer);
        assert_eq!(form("x", r#"{"a.b",job="x"} 1"#), exposition);
        assert_eq!(form("x", "# note\n\nload 5m\n  up 1 1\n"), Form::Script);
        assert_eq!(form("x", "load 5\n"), exposition);
        assert_eq!(form("x", "# TYPE up gauge\nup 1\n"), exposition);
        assert_eq!(form("x", ""), exposition);
        assert_eq!(form("x.om", "up 1 1\n"), Form::Exposition(ExpositionFormat::OpenMetrics));
    }

    #[test]
    fn every_format_is_read() {
        let bounds = |text: &str| {
            read("x", text.into(), Terms { now: 7000, nan_is_stale: false })
                .map(|part| part.bounds)
                .ok()
                .flatten()
        };
        assert_eq!(bounds("up 1\n"), Some((7000, 7000)));
        assert_eq!(bounds("up 1 1.5\nup 2 3\n# EOF\n"), Some((1500, 3000)));
        assert_eq!(bounds("load 1m\n  up 1 2 3\n"), Some((0, 120_000)));
        let answer = r#"{"resultType":"vector","result":[{"metric":{"a":"b"},"value":[1.5,"2"]}]}"#;
        assert_eq!(bounds(answer), Some((1500, 1500)));
        assert_eq!(bounds(r#"{"status":"error","errorType":"x","error":"y"}"#), None);
    }

    #[test]
    fn what_is_no_text_is_named() {
        for bytes in [&b"\x1f\x8b\x08"[..], b"\0\0\0", b"up 1\n\xff\xfe"] {
            assert!(matches!(read("x", bytes.to_vec(), Terms::default()), Err(Failure::Setup { .. })));
        }
    }
}
