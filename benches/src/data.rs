//! The data of the range query benchmark, in memory.

use promql::model::{Labels, LabelsEdit, Millis, Sample};
use promql::source::MemorySource;

/// Distance of two samples of the range query benchmark, in milliseconds.
pub const INTERVAL: Millis = 10_000;
/// Samples of every series: a day and 10,000 steps.
pub const SAMPLES: usize = 8_640 + 10_000;

/// The series of Prometheus' range query benchmark: counters `a_X`, `b_X` and classic histograms `h_X` for X of one,
/// ten and a hundred label sets, and `sparse`, whose series come and go.
///
/// # Panics
/// Never: the samples are in order.
#[must_use]
pub fn range_query_data() -> MemorySource {
    let mut series: Vec<Labels> = Vec::new();
    let mut add = |name: String, labels: &[(&str, String)]| {
        let mut edit = LabelsEdit::default();
        edit.set("__name__", &name);
        for (label, value) in labels {
            edit.set(label, value);
        }
        series.push(edit.finish());
    };
    let bounds = || (0..10).map(|bound: usize| bound.to_string()).chain(["+Inf".to_owned()]);
    for name in ["a_one", "b_one"] {
        add(name.to_owned(), &[]);
    }
    for le in bounds() {
        add("h_one".to_owned(), &[("le", le)]);
    }
    for (count, suffix) in [(10, "ten"), (100, "hundred")] {
        for l in 0..count {
            let l = l.to_string();
            for prefix in ["a", "b"] {
                add(format!("{prefix}_{suffix}"), &[("l", l.clone())]);
            }
            for le in bounds() {
                add(format!("h_{suffix}"), &[("l", l.clone()), ("le", le)]);
            }
        }
    }
    let mut source = MemorySource::default();
    let total = real(series.len());
    for (index, labels) in series.iter().enumerate() {
        let id = source.series(labels);
        for sample in 0..SAMPLES {
            let value = real(sample) + real(index) / total;
            source.append_to(id, time(sample), Sample::Float(value), 0).expect("samples are in order");
        }
    }
    for sample in 0..SAMPLES {
        let labels =
            Labels::from_pairs([("__name__", "sparse".to_owned()), ("l", (sample / 372).to_string())]);
        source
            .append(&labels, time(sample), Sample::Float(real(sample) / total), 0)
            .expect("samples are in order");
    }
    source
}

fn time(sample: usize) -> Millis {
    INTERVAL * Millis::try_from(sample).expect("a small number")
}

#[expect(clippy::cast_precision_loss, reason = "small numbers")]
fn real(number: usize) -> f64 {
    number as f64
}
