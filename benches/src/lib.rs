//! Data sets and queries that the benchmarks share: those of Prometheus' own engine and parser benchmarks, so that
//! times can be set beside its times.

use promql::model::{Labels, Millis, Sample};
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
        let mut edit = Labels::empty().edit();
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

/// The expressions of the range query benchmark over a hundred series, each run at 1 and at 1000 steps.
pub const RANGE_QUERIES: &[&str] = &[
    "a_hundred",
    "rate(a_hundred[1m])",
    "rate(a_hundred[1m] smoothed)",
    "double_exponential_smoothing(a_hundred[1d], 0.3, 0.3)",
    "changes(a_hundred[1d])",
    "rate(a_hundred[1d])",
    "absent_over_time(a_hundred[1d])",
    "-a_hundred",
    "a_hundred - b_hundred",
    "a_hundred and b_hundred{l=~'.*[0-4]$'}",
    "a_hundred or b_hundred{l=~'.*[0-4]$'}",
    "a_hundred unless b_hundred{l=~'.*[0-4]$'}",
    "a_hundred and b_hundred{l='notfound'}",
    "abs(a_hundred)",
    "label_replace(a_hundred, 'l2', '$1', 'l', '(.*)')",
    "label_join(a_hundred, 'l2', '-', 'l', 'l')",
    "sum(a_hundred)",
    "avg(a_hundred)",
    "sum without (l)(h_hundred)",
    "sum without (le)(h_hundred)",
    "sum by (l)(h_hundred)",
    "sum by (le)(h_hundred)",
    "topk(1, a_hundred)",
    "topk(5, a_hundred)",
    "limitk(1, a_hundred)",
    "limitk(5, a_hundred)",
    "limit_ratio(0.1, a_hundred)",
    "limit_ratio(0.5, a_hundred)",
    "limit_ratio(-0.5, a_hundred)",
    "rate(a_hundred[1m]) + rate(b_hundred[1m])",
    "sum without (l)(rate(a_hundred[1m]))",
    "sum without (l)(rate(a_hundred[1m])) / sum without (l)(rate(b_hundred[1m]))",
    "histogram_quantile(0.9, rate(h_hundred[5m]))",
    "a_hundred + on(l) group_right a_one",
    "timestamp(a_hundred)",
];

/// Expressions of the range query benchmark that are not run at 1 and 1000 steps, with their steps.
pub const OTHER_RANGE_QUERIES: &[(&str, Millis)] = &[
    ("rate(a_hundred[1m])", 10_000),
    ("rate(sparse[1m])", 10_000),
    ("rate(sparse[1m] smoothed)", 10_000),
    ("a_hundred - b_hundred", 10_000),
    ("count_values('value', h_hundred)", 100),
    (r#"count({__name__!=""})"#, 1),
    (r#"count({__name__!="",l=""})"#, 1),
];

/// The inputs of Prometheus' parser benchmark.
pub const PARSER_INPUTS: &[&str] = &[
    "a",
    "metric",
    "1",
    "1 >= bool 1",
    "1 + 2/(3*1)",
    "foo or bar",
    "foo and bar unless baz or qux",
    "bar + on(foo) bla / on(baz, buz) group_right(test) blub",
    "foo / ignoring(test,blub) group_left(blub) bar",
    "foo - ignoring(test,blub) group_right(bar,foo) bar",
    r#"foo{a="b", foo!="bar", test=~"test", bar!~"baz"}"#,
    r#"min_over_time(rate(foo{bar="baz"}[2s])[5m:])[4m:3s]"#,
    "sum without(and, by, avg, count, alert, annotations)(some_metric) [30m:10s]",
    r#"sort_by_label(metric, "foo", "bar")"#,
    "(",
    "}",
    "1 or 1",
    "1 or on(bar) foo",
    "foo unless on(bar) group_left(baz) bar",
    "test[5d] OFFSET 10s [10m:5s]",
];
