//! Series descriptions: a metric and its values.

use super::MAX_ITEMS;
use super::scan::{Scanner, is_word, special};
use crate::model::histogram::FloatHistogram;
use crate::model::{Labels, Sample, stale_nan};
use crate::source::FormatError;

/// A metric and its values, one for each time, with gaps.
#[derive(Clone, Debug, PartialEq)]
pub struct SeriesDescription {
    /// The metric.
    pub labels: Labels,
    /// The values; none where there is a gap.
    pub items: Vec<Option<Item>>,
}

/// A value of a series description.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// The value; `stale` is the stale marker as a float.
    pub sample: Sample,
    /// A histogram with a `counter_reset_hint`, or one made by adding or subtracting such a histogram.
    pub hint_written: bool,
}

/// Reads a line like `metric{a="b"} 1 2+3x4 _ stale {{count:3}}x2`.
///
/// `a` is one value, `axn` are n + 1 of them, `a+bxn` n + 1 values with growing distance, `_xn` n gaps.
///
/// # Errors
/// What was found and what was expected; the line is always 1.
///
/// ```
/// let series = promql::source::text::parse_series("up{job=\"api\"} 1+1x2 _ 7")?;
/// assert_eq!(series.labels.to_string(), r#"up{job="api"}"#);
/// assert_eq!(series.items.len(), 5);
/// # Ok::<(), promql::source::FormatError>(())
/// ```
pub fn parse_series(line: &str) -> Result<SeriesDescription, FormatError> {
    let mut scanner = Scanner::new(line);
    scanner.skip_space();
    let labels = scanner.metric()?;
    let mut items = Vec::new();
    while scanner.skip_space() {
        if scanner.peek().is_some() {
            scanner.items(&mut items)?;
        }
    }
    match scanner.peek() {
        None => Ok(SeriesDescription { labels, items }),
        Some(_) => Err(scanner.unexpected("series values", "white space between values")),
    }
}

impl Scanner<'_> {
    fn items(&mut self, items: &mut Vec<Option<Item>>) -> Result<(), FormatError> {
        let start = self.at;
        if self.eat("_") {
            let gaps = if self.eat("x") { self.repetitions()? } else { 1 };
            self.repeat(start, items, gaps, || None)
        } else if self.rest().starts_with("{{") {
            self.histograms(items)
        } else {
            self.floats(items)
        }
    }

    fn floats(&mut self, items: &mut Vec<Option<Item>>) -> Result<(), FormatError> {
        let start = self.at;
        let mut value = if self.next_is(|c| !c.is_ascii_punctuation() && is_word(c) && !c.is_ascii_digit()) {
            let word = self.take_while(is_word);
            let value = if word == "stale" { Some(stale_nan()) } else { special(word) };
            value.ok_or_else(|| {
                self.error_at(
                    start,
                    format!("unexpected {word:?} in series values, expected number or \"stale\""),
                )
            })?
        } else {
            self.signed_number()?
        };
        let (step, times) = if self.eat("x") {
            (None, self.repetitions()? + 1)
        } else if self.next_is(|c| c == '+' || c == '-') {
            let step = self.signed_number()?;
            if !self.eat("x") {
                return Err(self.unexpected("series values", "\"x\" and a number of repetitions"));
            }
            (Some(step), self.repetitions()? + 1)
        } else {
            (None, 1)
        };
        self.repeat(start, items, times, || {
            let sample = Sample::Float(value);
            if let Some(step) = step {
                value += step;
            }
            Some(Item { sample, hint_written: false })
        })
    }

    fn signed_number(&mut self) -> Result<f64, FormatError> {
        let negative = self.eat("-");
        if !negative {
            self.eat("+");
        }
        if !self.next_is(|c| c.is_ascii_alphanumeric() || c == '.') {
            return Err(self.unexpected("series values", "number or \"stale\""));
        }
        let value = self.unsigned_number()?;
        Ok(if negative { -value } else { value })
    }

    fn histograms(&mut self, items: &mut Vec<Option<Item>>) -> Result<(), FormatError> {
        let start = self.at;
        let (mut histogram, mut hint_written) = self.histogram()?;
        let subtract = self.rest().starts_with("-{{");
        let step = if self.eat("+{{") || self.eat("-{{") {
            self.at -= 2;
            let (step, step_hint_written) = self.histogram()?;
            hint_written = step_hint_written;
            Some(step)
        } else {
            None
        };
        let times = if self.eat("x") {
            self.repetitions()? + 1
        } else if step.is_some() {
            return Err(self.unexpected("series values", "\"x\" and a number of repetitions"));
        } else {
            1
        };
        self.check_number(start, items, times)?;
        for nth in 0..times {
            if nth > 0
                && let Some(step) = &step
            {
                advance(&mut histogram, step, subtract).map_err(|message| self.error_at(start, message))?;
            }
            items.push(Some(Item { sample: Sample::Histogram(histogram.clone()), hint_written }));
        }
        Ok(())
    }

    fn check_number(&self, at: usize, items: &[Option<Item>], more: u64) -> Result<(), FormatError> {
        if items.len() as u64 + more > MAX_ITEMS {
            return Err(self.error_at(at, format!("more than {MAX_ITEMS} values in one series")));
        }
        Ok(())
    }

    fn repeat(
        &self,
        at: usize,
        items: &mut Vec<Option<Item>>,
        times: u64,
        mut item: impl FnMut() -> Option<Item>,
    ) -> Result<(), FormatError> {
        self.check_number(at, items, times)?;
        items.extend((0..times).map(|_| item()));
        Ok(())
    }
}

fn advance(histogram: &mut FloatHistogram, step: &FloatHistogram, subtract: bool) -> Result<(), String> {
    if histogram.schema > step.schema {
        return Err(format!(
            "error combining histograms: cannot merge from schema {} to {}",
            step.schema, histogram.schema
        ));
    }
    let result = if subtract { histogram.sub(step) } else { histogram.add(step) };
    result.map(|_| ()).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::is_stale;

    fn floats(text: &str) -> Vec<Option<f64>> {
        let items = parse_series(&format!("m {text}")).unwrap().items;
        let float = |item: Item| match item.sample {
            Sample::Float(value) => value,
            Sample::Histogram(h) => panic!("{h}"),
        };
        items.into_iter().map(|item| item.map(float)).collect()
    }

    #[test]
    fn values_repeat_and_step() {
        assert_eq!(floats(""), []);
        assert_eq!(floats("1 -1  +.5"), [Some(1.0), Some(-1.0), Some(0.5)]);
        assert_eq!(floats("_ _x2 _x0"), [None; 3]);
        assert_eq!(floats("2x1 0x2"), [Some(2.0), Some(2.0), Some(0.0), Some(0.0), Some(0.0)]);
        assert_eq!(floats("1-1x2"), [Some(1.0), Some(0.0), Some(-1.0)]);
        assert_eq!(floats("0.1+0.2x2"), [Some(0.1), Some(0.1 + 0.2), Some(0.1 + 0.2 + 0.2)]);
        assert_eq!(floats("-inf Inf"), [Some(f64::NEG_INFINITY), Some(f64::INFINITY)]);
        assert!(is_stale(floats("stale")[0].unwrap()));
        assert!(!is_stale(floats("NaN")[0].unwrap()));
    }

    #[test]
    fn metrics() {
        let metric = |text: &str| parse_series(text).map(|series| series.labels.to_string()).ok();
        assert_eq!(metric("up"), Some("up".to_owned()));
        assert_eq!(metric("up{ a = \"1\" , b='2', } 1"), Some(r#"up{a="1", b="2"}"#.to_owned()));
        assert_eq!(metric(r#"{"a.b", "c d"="e"} 1"#), Some(r#"{__name__="a.b", "c d"="e"}"#.to_owned()));
        assert_eq!(metric("a.b{ö.c='1'} 1"), Some(r#"{__name__="a.b", "ö.c"="1"}"#.to_owned()));
        assert_eq!(metric("{} 1"), Some("{}".to_owned()));
        for bad in ["", "1 2", "up {} 1", "up{a} 1", "up{a=1} 1", "up{,} 1", "up{a='1' b='2'} 1", "up{a='1'"]
        {
            assert_eq!(metric(bad), None, "{bad}");
        }
    }

    #[test]
    fn histograms_step() {
        let items =
            parse_series("m {{sum:1 count:1 buckets:[1]}}+{{sum:2 count:3 buckets:[1 2]}}x2").unwrap().items;
        let texts: Vec<String> = items
            .into_iter()
            .map(|item| match item.unwrap().sample {
                Sample::Histogram(h) => h.to_string(),
                Sample::Float(value) => panic!("{value}"),
            })
            .collect();
        assert_eq!(
            texts,
            [
                "{count:1, sum:1, (0.5,1]:1}",
                "{count:4, sum:3, (0.5,1]:2, (1,2]:2}",
                "{count:7, sum:5, (0.5,1]:3, (1,2]:4}"
            ]
        );
        let error = parse_series("m {{schema:1}}+{{schema:0}}x2").unwrap_err();
        assert_eq!(error.message, "error combining histograms: cannot merge from schema 0 to 1");
    }

    #[test]
    fn mistakes_are_found_with_their_column() {
        for (line, column) in [
            ("m 1-1", 6),
            ("m stalex3", 3),
            ("m what", 3),
            ("m 1 2 _5", 8),
            ("m 1x", 5),
            ("m 1x99999999999", 5),
            ("m 1x6000000 1x6000000", 13),
            ("m 1}", 4),
            ("m {{}} 1 {{}", 12),
            ("m {{}}+{{}}", 12),
        ] {
            assert_eq!(parse_series(line).unwrap_err().column, column, "{line}");
        }
    }
}
