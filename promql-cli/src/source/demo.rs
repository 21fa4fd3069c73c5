//! Built-in example series: a small fleet that lives by the clock. Values are functions of time, so the same question
//! about the same time has the same answer.

use promql::model::{Labels, METRIC_NAME, Matcher, Millis, TimeSpan};
use promql::source::{
    Applied, BoxFuture, Floats, Histograms, MetricMetadata, RowData, RowSink, SelectRequest, Selection,
    SeriesSet, SeriesSource, SourceError, Times,
};
use std::collections::BTreeSet;
use std::f64::consts::TAU;
use std::sync::Arc;

const INTERVAL: Millis = 15_000;
const HISTORY: Millis = 14 * DAY;
const DAY: Millis = 86_400_000;

/// The example series.
pub(crate) struct Demo {
    series: Arc<Vec<Example>>,
    now: Millis,
}

struct Example {
    labels: Labels,
    value: Shape,
}

/// A value over time.
#[derive(Clone, Copy)]
enum Shape {
    Constant(f64),
    /// 1, but 0 for five minutes of every two hours.
    Flapping,
    /// A swing of a day with smaller ones on it.
    Gauge {
        base: f64,
        swing: f64,
        phase: f64,
    },
    /// Grows by `rate` a second on average, more by day than by night; starts again every three days.
    Counter {
        rate: f64,
        phase: f64,
        whole: bool,
    },
}

/// Name, type, help.
const METRICS: &[(&str, &str, &str)] = &[
    ("http_request_duration_seconds", "histogram", "How long requests took."),
    ("http_requests_total", "counter", "Requests answered."),
    ("node_cpu_seconds_total", "counter", "Seconds the CPUs spent in each mode."),
    ("node_memory_MemAvailable_bytes", "gauge", "Memory that can be had."),
    ("node_memory_MemTotal_bytes", "gauge", "Memory there is."),
    ("queue_depth", "gauge", "Jobs that wait."),
    ("service_build_info", "gauge", "Which version runs."),
    ("up", "gauge", "Whether the last scrape succeeded."),
];

impl Demo {
    /// The series as they are at a time.
    pub(crate) fn new(now: Millis) -> Self {
        Demo { series: Arc::new(fleet()), now }
    }

    fn matching(&self, matchers: &[Matcher]) -> Vec<u32> {
        let fits = |example: &Example| matchers.iter().all(|matcher| matcher.matches_labels(&example.labels));
        (0..).zip(self.series.iter()).filter(|(_, example)| fits(example)).map(|(row, _)| row).collect()
    }
}

fn fleet() -> Vec<Example> {
    let mut all = Vec::new();
    let mut add = |name: &str, pairs: &[(&str, &str)], value: Shape| {
        let labels = Labels::from_pairs([(METRIC_NAME, name)].iter().chain(pairs).copied());
        all.push(Example { labels, value });
    };
    for (instance, phase) in [("api-1:8080", 0.0), ("api-2:8080", 0.4), ("api-3:8080", 0.9)] {
        let target = [("job", "api"), ("instance", instance)];
        let with = |more: &[(&'static str, &'static str)]| [target.as_slice(), more].concat();
        add("up", &target, if instance == "api-3:8080" { Shape::Flapping } else { Shape::Constant(1.0) });
        let version = if phase > 0.5 { "1.5.0" } else { "1.4.2" };
        add("service_build_info", &with(&[("version", version)]), Shape::Constant(1.0));
        for (method, code, rate) in
            [("GET", "200", 40.0), ("GET", "404", 0.8), ("POST", "200", 12.0), ("POST", "500", 0.15)]
        {
            let labels = with(&[("method", method), ("code", code)]);
            add("http_requests_total", &labels, Shape::Counter { rate, phase, whole: true });
        }
        for (le, share) in
            [("0.05", 0.55), ("0.1", 0.8), ("0.25", 0.94), ("0.5", 0.98), ("1", 0.995), ("+Inf", 1.0)]
        {
            let count = Shape::Counter { rate: 52.95 * share, phase, whole: true };
            add("http_request_duration_seconds_bucket", &with(&[("le", le)]), count);
        }
        let counter = |rate, whole| Shape::Counter { rate, phase, whole };
        add("http_request_duration_seconds_count", &target, counter(52.95, true));
        add("http_request_duration_seconds_sum", &target, counter(4.5, false));
    }
    for (instance, phase) in [("node-1:9100", 0.2), ("node-2:9100", 0.7)] {
        let target = [("job", "node"), ("instance", instance)];
        let with = |more: &[(&'static str, &'static str)]| [target.as_slice(), more].concat();
        add("up", &target, Shape::Constant(1.0));
        for cpu in ["0", "1"] {
            for (mode, rate) in [("idle", 0.62), ("system", 0.08), ("user", 0.25), ("iowait", 0.05)] {
                let labels = with(&[("cpu", cpu), ("mode", mode)]);
                add("node_cpu_seconds_total", &labels, Shape::Counter { rate, phase, whole: false });
            }
        }
        let bytes = 16.0 * 1024.0 * 1024.0 * 1024.0;
        add("node_memory_MemTotal_bytes", &target, Shape::Constant(bytes));
        let free = Shape::Gauge { base: bytes * 0.4, swing: bytes * 0.2, phase };
        add("node_memory_MemAvailable_bytes", &target, free);
    }
    for (queue, base) in [("mail", 40.0), ("billing", 7.0)] {
        let labels = [("job", "worker"), ("instance", "worker-1:8081"), ("queue", queue)];
        add("queue_depth", &labels, Shape::Gauge { base, swing: base, phase: base });
    }
    add("up", &[("job", "worker"), ("instance", "worker-1:8081")], Shape::Constant(1.0));
    all.sort_by(|a, b| a.labels.cmp(&b.labels));
    all
}

impl Shape {
    #[expect(clippy::cast_precision_loss, reason = "times of the demo are small")]
    fn at(self, time: Millis) -> f64 {
        let days = |time: Millis| time as f64 / DAY as f64;
        match self {
            Shape::Constant(value) => value,
            Shape::Flapping => f64::from(u8::from(time.rem_euclid(2 * 3_600_000) >= 5 * 60_000)),
            Shape::Gauge { base, swing, phase } => {
                let turn = TAU * (days(time) + phase);
                (base + swing * (0.6 * turn.sin() + 0.3 * (turn * 23.0).sin() + 0.1 * (turn * 211.0).sin()))
                    .max(0.0)
                    .round()
            }
            Shape::Counter { rate, phase, whole } => {
                // The integral of rate * (1 + 0.5 sin) since the start of the process.
                let shift = (phase * DAY as f64) as Millis;
                let start = (time + shift).div_euclid(3 * DAY) * 3 * DAY - shift;
                let turn = |time| TAU * (days(time) + phase);
                let elapsed = (time - start) as f64 / 1000.0;
                let swing = 0.5 * 86_400.0 / TAU * (turn(start).cos() - turn(time).cos());
                let value = rate * (elapsed + swing);
                if whole { value.floor() } else { value }
            }
        }
    }
}

impl SeriesSource for Demo {
    fn select<'a>(
        &'a self,
        requests: &'a [SelectRequest],
    ) -> BoxFuture<'a, Result<Vec<Selection>, SourceError>> {
        let selection = |request: &SelectRequest| Selection {
            set: Box::new(Set {
                rows: self.matching(&request.matchers),
                series: Arc::clone(&self.series),
                now: self.now,
            }),
            applied: Applied::default(),
            warnings: Vec::new(),
        };
        let all = requests.iter().map(selection).collect();
        Box::pin(async { Ok(all) })
    }

    fn label_names<'a>(&'a self, matchers: &'a [Matcher]) -> BoxFuture<'a, Result<Vec<String>, SourceError>> {
        let rows = self.matching(matchers);
        let names =
            rows.iter().flat_map(|row| self.series[*row as usize].labels.iter().map(|(name, _)| name));
        let all: BTreeSet<_> = names.map(str::to_owned).collect();
        Box::pin(async { Ok(all.into_iter().collect()) })
    }

    fn label_values<'a>(
        &'a self,
        name: &'a str,
        matchers: &'a [Matcher],
    ) -> BoxFuture<'a, Result<Vec<String>, SourceError>> {
        let rows = self.matching(matchers);
        let values = rows.iter().map(|row| self.series[*row as usize].labels.get(name));
        let all: BTreeSet<_> = values.filter(|value| !value.is_empty()).map(str::to_owned).collect();
        Box::pin(async { Ok(all.into_iter().collect()) })
    }

    fn metadata(&self) -> BoxFuture<'_, Result<Vec<MetricMetadata>, SourceError>> {
        let entry = |(name, kind, help): &(&str, &str, &str)| MetricMetadata {
            name: (*name).into(),
            kind: (*kind).into(),
            help: (*help).into(),
            unit: String::new(),
        };
        Box::pin(async move { Ok(METRICS.iter().map(entry).collect()) })
    }
}

struct Set {
    series: Arc<Vec<Example>>,
    rows: Vec<u32>,
    now: Millis,
}

impl SeriesSet for Set {
    fn len(&self) -> usize {
        self.rows.len()
    }

    fn labels(&self, row: usize) -> &Labels {
        &self.series[self.rows[row] as usize].labels
    }

    fn read(&self, rows: &[u32], span: TimeSpan, sink: &mut dyn RowSink) -> Result<(), SourceError> {
        let (start, end) = (span.start.max(self.now - HISTORY), span.end.min(self.now));
        let first = start.div_euclid(INTERVAL) * INTERVAL;
        let count = usize::try_from((end - first).div_euclid(INTERVAL) + 1).unwrap_or(0);
        for (nth, row) in rows.iter().enumerate() {
            let shape = self.series[self.rows[*row as usize] as usize].value;
            let values: Vec<f64> =
                (0..).take(count).map(|step: i64| shape.at(first + step * INTERVAL)).collect();
            let times = Times::Every { first, interval: INTERVAL };
            let floats = Floats { times, values: &values, starts: None };
            if sink.row(nth, RowData::Columns { floats, histograms: Histograms::default() }).is_break() {
                break;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_grow_until_they_start_again() {
        let counter = Shape::Counter { rate: 10.0, phase: 0.0, whole: true };
        let values: Vec<f64> = (0..20_000).map(|at| counter.at(at * INTERVAL)).collect();
        let resets = values.windows(2).filter(|pair| pair[1] < pair[0]).count();
        assert_eq!(resets, 1);
        assert!(values.iter().all(|value| *value >= 0.0));
    }

    #[test]
    fn label_sets_are_unique() {
        let fleet = fleet();
        assert!(fleet.windows(2).all(|pair| pair[0].labels < pair[1].labels));
    }
}
