//! Series and metadata as they come in.

use super::Exposition;
use crate::model::{Labels, Millis, is_stale, stale_nan};
use crate::source::{MetricMetadata, ParsedSeries};
use hashbrown::HashMap;
use std::collections::BTreeMap;

/// Gathers samples. A series is known again by the bytes it is written with, so that its labels are read once.
pub(super) struct Collector<'t> {
    nan_is_stale: bool,
    /// Every spelling of a series.
    texts: Vec<Text<'t>>,
    by_text: HashMap<&'t str, u32>,
    by_labels: HashMap<Labels, u32>,
    series: Vec<ParsedSeries>,
    metadata: BTreeMap<String, MetricMetadata>,
    /// The text of the line before.
    last: usize,
}

struct Text<'t> {
    text: &'t str,
    series: u32,
    /// The text that came behind this one the last time: the next scrape has the same order.
    next: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Meta {
    Help,
    Type,
    Unit,
    None,
}

impl<'t> Collector<'t> {
    pub(super) fn new(nan_is_stale: bool) -> Self {
        Collector {
            nan_is_stale,
            texts: Vec::new(),
            by_text: HashMap::new(),
            by_labels: HashMap::new(),
            series: Vec::new(),
            metadata: BTreeMap::new(),
            last: 0,
        }
    }

    /// The series that a line starts with if it is the same as on the line before (dumps) or the one that followed
    /// it earlier (scrapes), and the length of its text.
    pub(super) fn guess(&mut self, line: &str) -> Option<(usize, u32)> {
        let next = self.texts.get(self.last)?.next;
        for guess in [self.last, next] {
            let Text { text, series, .. } = self.texts[guess];
            // Behind a bare name labels may come, also behind a blank.
            let behind = line.as_bytes().get(text.len()..);
            let ends = matches!(behind, Some([b' ', after, ..]) if !matches!(after, b' ' | b'\t' | b'{'));
            if ends && line.starts_with(text) {
                self.pass(guess);
                return Some((text.len(), series));
            }
        }
        None
    }

    /// The series of a text read before.
    pub(super) fn known(&mut self, text: &str) -> Option<u32> {
        let at = *self.by_text.get(text)? as usize;
        self.pass(at);
        Some(self.texts[at].series)
    }

    /// The series of a text that is new.
    pub(super) fn series(&mut self, text: &'t str, labels: Labels) -> u32 {
        let index = |len: usize| u32::try_from(len).unwrap_or(u32::MAX);
        let series = *self.by_labels.entry(labels).or_insert_with_key(|labels| {
            self.series.push(ParsedSeries { labels: labels.clone(), ..Default::default() });
            index(self.series.len() - 1)
        });
        let at = self.texts.len();
        self.texts.push(Text { text, series, next: 0 });
        self.by_text.insert(text, index(at));
        self.pass(at);
        series
    }

    fn pass(&mut self, at: usize) {
        if at != self.last {
            self.texts[self.last].next = at;
            self.last = at;
        }
    }

    /// Takes a sample.
    ///
    /// # Errors
    /// If it is older than the last one of its series, or another one of the same time.
    pub(super) fn sample(&mut self, series: u32, time: Millis, value: f64) -> Result<(), String> {
        let value = if self.nan_is_stale && value.is_nan() { stale_nan() } else { value };
        let series = &mut self.series[series as usize];
        if let (Some(&last), Some(&before)) = (series.times.last(), series.values.last()) {
            let labels = &series.labels;
            if time < last {
                return Err(format!("out of order: {labels} has a sample at {} already", seconds(last)));
            }
            if time == last {
                if value.to_bits() == before.to_bits() {
                    return Ok(());
                }
                let before =
                    if is_stale(before) { "NaN".to_owned() } else { crate::model::number::format_g(before) };
                return Err(format!("twice: {labels} has the value {before} at {} already", seconds(time)));
            }
        }
        series.times.push(time);
        series.values.push(value);
        Ok(())
    }

    /// Takes what a comment says about a metric; the last one counts.
    pub(super) fn metadata(&mut self, kind: Meta, name: &str, text: String) {
        let entry = self.metadata.entry(name.to_owned()).or_default();
        match kind {
            Meta::Help => entry.help = text,
            // The name that Prometheus has for it.
            Meta::Type if text == "untyped" => entry.kind = "unknown".to_owned(),
            Meta::Type => entry.kind = text,
            Meta::Unit => entry.unit = text,
            Meta::None => {}
        }
    }

    pub(super) fn finish(self) -> Exposition {
        let metadata =
            self.metadata.into_iter().map(|(name, data)| MetricMetadata { name, ..data }).collect();
        Exposition { series: self.series, metadata }
    }
}

/// A time for an error text, in seconds.
fn seconds(time: Millis) -> String {
    let (whole, part) = (time.unsigned_abs() / 1000, time.unsigned_abs() % 1000);
    let sign = if time < 0 { "-" } else { "" };
    if part == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{part:03}") }
}
