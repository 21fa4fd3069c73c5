//! A small web shop to try queries on: the last six hours of it, scraped every 15 seconds.
//!
//! Every value is a function of its absolute time alone, so the data moves with the clock and never changes. There are
//! counters that are reset (`cart-1` restarts every three hours), an outage with stale markers (`cart-2`), an incident
//! (payments fail and slow down), the same latencies as classic and as native histograms, and a memory leak.

mod shop;

use super::{MemorySource, MetricMetadata, ParsedSeries};
use crate::model::histogram::{BucketSpan, Layout, ResetHint};
use crate::model::number::format_openmetrics;
use crate::model::{FloatHistogram, Labels, METRIC_NAME, Millis, stale_nan};
use shop::{BOUNDS, INCIDENT, INCIDENT_SLOWER, LATENCIES, METRICS, Route, TARGETS, Target};
use std::sync::Arc;

/// The distance of two scrapes.
pub const INTERVAL: Millis = 15_000;
/// How much of the past there is.
pub const WINDOW: Millis = 6 * 3600 * 1000;

/// The shop up to `now`, as a source.
#[must_use]
pub fn source(now: Millis) -> MemorySource {
    let mut source = MemorySource::default();
    for series in series(now) {
        series.append_to(&mut source).expect("series are unique and their times ascend");
    }
    source.set_metadata(metadata());
    source
}

/// What is known about the metrics.
#[must_use]
pub fn metadata() -> Vec<MetricMetadata> {
    let entry = |&(name, kind, help): &(&str, &str, &str)| {
        let unit =
            ["seconds", "bytes"].into_iter().find(|unit| name.trim_end_matches("_total").ends_with(unit));
        let (name, kind, help) = (name.to_owned(), kind.to_owned(), help.to_owned());
        MetricMetadata { name, kind, help, unit: unit.unwrap_or_default().to_owned() }
    };
    METRICS.iter().map(entry).collect()
}

/// The series of the shop up to `now`.
#[must_use]
pub fn series(now: Millis) -> Vec<ParsedSeries> {
    let end = now.div_euclid(INTERVAL);
    let window = end.saturating_sub(WINDOW / INTERVAL)..=end;
    TARGETS.iter().enumerate().flat_map(|(index, target)| scrapes(target, index, &window)).collect()
}

/// All scrapes of a target. Counters start at the restart before the window.
fn scrapes(target: &Target, index: usize, window: &std::ops::RangeInclusive<i64>) -> Vec<ParsedSeries> {
    let labels = |name: &str, more: &[(&str, &str)]| {
        let own = [(METRIC_NAME, name), ("job", target.job), ("instance", target.instance)];
        Labels::from_pairs(own.into_iter().chain(more.iter().copied()))
    };
    let new =
        |name: &str, more: &[(&str, &str)]| ParsedSeries { labels: labels(name, more), ..Default::default() };
    let mut up = new("up", &[]);
    let mut process = [
        new("process_cpu_seconds_total", &[]),
        new("process_resident_memory_bytes", &[]),
        new("process_start_time_seconds", &[]),
        new("http_requests_in_flight", &[]),
        new("target_info", &[("version", target.version), ("region", "eu-1")]),
    ];
    let mut routes: Vec<Counters> = target.routes.iter().map(|route| Counters::new(route, new)).collect();
    let mut dice = Dice(index as u64 + 1);
    let mut cpu = 0.0;

    let start = window.start().saturating_sub(target.restarts.since(*window.start()));
    let mut was_down = false;
    for tick in start..=*window.end() {
        let age = target.restarts.since(tick);
        if age == 0 {
            cpu = 0.0;
            routes.iter_mut().for_each(Counters::reset);
        }
        dice.start(tick);
        let mut served = 0.0;
        for route in &mut routes {
            served += route.serve(target, tick, &mut dice);
        }
        cpu += 0.3 + 0.002 * served;
        if !window.contains(&tick) {
            continue;
        }
        let time = tick.saturating_mul(INTERVAL);
        let down = target.outages.is_on(tick);
        push(&mut up, time, if down { 0.0 } else { 1.0 });
        if down {
            if !was_down && tick > *window.start() {
                let stale = |series: &mut ParsedSeries| push(series, time, stale_nan());
                process.iter_mut().for_each(stale);
                routes.iter_mut().for_each(|route| route.end(time));
            }
        } else {
            // Exact: both are far below 2^53.
            let (age, started) = (age as f64, (tick - age).saturating_mul(INTERVAL / 1000) as f64);
            let memory = 9e7 + age * 40_960.0 + (dice.roll() * 500.0).floor() * 4096.0;
            let in_flight = (served * 0.02 + dice.roll() * 3.0).floor();
            let values = [cpu, memory, started, in_flight, 1.0];
            process.iter_mut().zip(values).for_each(|(series, value)| push(series, time, value));
            routes.iter_mut().for_each(|route| route.scrape(time));
        }
        was_down = down;
    }
    let routes = routes.into_iter().flat_map(Counters::finish);
    std::iter::once(up).chain(process).chain(routes).collect()
}

fn push(series: &mut ParsedSeries, time: Millis, value: f64) {
    series.times.push(time);
    series.values.push(value);
}

const STATUSES: [&str; 3] = ["200", "404", "500"];

/// The counters of one route.
struct Counters {
    rate: f64,
    statuses: [f64; 3],
    classes: Vec<f64>,
    seconds: f64,
    requests: [ParsedSeries; 3],
    buckets: Vec<ParsedSeries>,
    count: ParsedSeries,
    sum: ParsedSeries,
    native: ParsedSeries,
    layout: Arc<Layout>,
}

/// The schema of the native histogram.
const SCHEMA: i32 = 3;

impl Counters {
    fn new(route: &Route, new: impl Fn(&str, &[(&str, &str)]) -> ParsedSeries) -> Self {
        let labels = [("method", route.method), ("handler", route.handler)];
        let [method, handler] = labels;
        let bucket = |bound: &f64| {
            new(
                "http_request_duration_seconds_bucket",
                &[method, handler, ("le", &format_openmetrics(*bound))],
            )
        };
        // Every latency has a native bucket of its own, so each span is one bucket.
        let mut end = 0;
        let span = |(seconds, _): &(f64, f64)| {
            let index = (seconds.log2() * f64::from(1 << SCHEMA)).ceil() as i32;
            let offset = index - std::mem::replace(&mut end, index + 1);
            BucketSpan { offset, length: 1 }
        };
        let layout = Layout { positive: LATENCIES.iter().map(span).collect(), ..Layout::default() };
        Counters {
            rate: route.rate,
            statuses: [0.0; 3],
            classes: vec![0.0; LATENCIES.len()],
            seconds: 0.0,
            requests: STATUSES
                .map(|status| new("http_requests_total", &[method, handler, ("status", status)])),
            buckets: BOUNDS.iter().map(bucket).collect(),
            count: new("http_request_duration_seconds_count", &labels),
            sum: new("http_request_duration_seconds_sum", &labels),
            native: new("http_request_duration_seconds", &labels),
            layout: Arc::new(layout),
        }
    }

    fn reset(&mut self) {
        self.statuses = [0.0; 3];
        self.classes.fill(0.0);
        self.seconds = 0.0;
    }

    /// Serves the requests of one interval; gives their number.
    fn serve(&mut self, target: &Target, tick: i64, dice: &mut Dice) -> f64 {
        let expected = self.rate * shop::load(tick) * (INTERVAL / 1000) as f64;
        let incident = target.job == "payment" && INCIDENT.is_on(tick);
        let slower = target.slower + if incident { INCIDENT_SLOWER } else { 0 };
        let mut all = 0.0;
        for (class, (_, share)) in LATENCIES.iter().enumerate() {
            let requests = dice.whole(expected * share / 100.0);
            let class = (class + slower).min(LATENCIES.len() - 1);
            self.classes[class] += requests;
            self.seconds += requests * LATENCIES[class].0;
            all += requests;
        }
        let (failed, missing) = shop::bad_shares(target, tick);
        let failed = dice.whole(all * failed).min(all);
        let missing = dice.whole(all * missing).min(all - failed);
        for (status, more) in self.statuses.iter_mut().zip([all - failed - missing, missing, failed]) {
            *status += more;
        }
        all
    }

    fn scrape(&mut self, time: Millis) {
        for (series, value) in self.requests.iter_mut().zip(self.statuses) {
            push(series, time, value);
        }
        let (mut below, mut class) = (0.0, 0);
        for (series, bound) in self.buckets.iter_mut().zip(BOUNDS) {
            while class < LATENCIES.len() && LATENCIES[class].0 <= *bound {
                below += self.classes[class];
                class += 1;
            }
            push(series, time, below);
        }
        push(&mut self.count, time, below);
        push(&mut self.sum, time, self.seconds);
        let histogram = FloatHistogram {
            hint: ResetHint::Unknown,
            schema: SCHEMA,
            zero_threshold: f64::from_bits(0x3580_0000_0000_0000),
            zero_count: 0.0,
            count: below,
            sum: self.seconds,
            layout: self.layout.clone(),
            buckets: self.classes.as_slice().into(),
        };
        self.native.histograms.push((time, histogram));
    }

    /// Marks the series as ended.
    fn end(&mut self, time: Millis) {
        let others = [&mut self.count, &mut self.sum];
        for series in self.requests.iter_mut().chain(&mut self.buckets).chain(others) {
            push(series, time, stale_nan());
        }
        self.native.histograms.push((time, FloatHistogram::stale()));
    }

    fn finish(self) -> impl Iterator<Item = ParsedSeries> {
        self.requests.into_iter().chain(self.buckets).chain([self.count, self.sum, self.native])
    }
}

/// Chance that depends on the target and the tick only.
struct Dice(u64);

impl Dice {
    /// Starts the throws of a tick; the target stays in the low bits.
    fn start(&mut self, tick: i64) {
        self.0 = (self.0 & 0xff) | (tick.cast_unsigned() << 8);
        self.0 = mix(self.0) << 8 | (self.0 & 0xff);
    }

    /// A number from 0 up to 1.
    fn roll(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c00);
        (mix(self.0) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A whole number near `expected`, equal to it on average.
    fn whole(&mut self, expected: f64) -> f64 {
        (expected * (0.8 + 0.4 * self.roll()) + self.roll()).floor()
    }
}

/// The finish of splitmix64.
fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::is_stale;
    use std::collections::HashMap;

    const NOW: Millis = 1_795_500_465_618;

    type Samples = HashMap<(String, Millis), u64>;

    fn floats(series: &[ParsedSeries]) -> Samples {
        let samples = |series: &ParsedSeries| {
            let name = series.labels.to_string();
            let pairs = series.times.iter().zip(&series.values);
            pairs.map(|(time, value)| ((name.clone(), *time), value.to_bits())).collect::<Vec<_>>()
        };
        series.iter().flat_map(samples).collect()
    }

    #[test]
    fn the_past_does_not_change() {
        let (before, after) = (series(NOW), series(NOW + 3_600_000 + 7));
        let (first, second) = (floats(&before), floats(&after));
        let shared = first.iter().filter(|(at, _)| second.contains_key(at));
        assert!(shared.clone().count() > first.len() / 2);
        assert!(shared.clone().all(|(at, value)| second[at] == *value));
        let native =
            |series: &[ParsedSeries]| series.iter().find(|s| !s.histograms.is_empty()).unwrap().clone();
        let (first, second) = (native(&before), native(&after));
        let at = first.histograms.iter().position(|(time, _)| *time == second.histograms[0].0).unwrap();
        assert!(
            first.histograms[at..]
                .iter()
                .zip(&second.histograms)
                .all(|(a, b)| a == b && a.1.buckets == b.1.buckets)
        );
    }

    #[test]
    fn there_is_something_to_find() {
        let series = series(NOW);
        let resets =
            |series: &ParsedSeries| series.values.windows(2).filter(|pair| pair[1] < pair[0]).count();
        let counters = series.iter().filter(|series| series.labels.name() == "http_requests_total");
        assert!(counters.clone().map(resets).sum::<usize>() > 0, "no reset");
        let is_ended = |series: &&ParsedSeries| series.values.iter().any(|value| is_stale(*value));
        assert!(counters.clone().filter(is_ended).count() > 0, "no outage");
        let down =
            series.iter().filter(|series| series.labels.name() == "up" && series.values.contains(&0.0));
        assert_eq!(down.count(), 1);
        let last = |name: &str, label: &str, value: &str| {
            let fits = |s: &&ParsedSeries| s.labels.name() == name && s.labels.get(label) == value;
            series.iter().filter(fits).filter_map(|s| s.values.last()).sum::<f64>()
        };
        assert!(last("http_requests_total", "status", "500") > 100.0);
        let count = last("http_request_duration_seconds_count", "job", "web");
        assert_eq!(
            count,
            last("http_request_duration_seconds_bucket", "le", "+Inf")
                - last("http_request_duration_seconds_count", "job", "cart")
                - last("http_request_duration_seconds_count", "job", "payment")
        );
    }

    #[test]
    fn every_metric_is_described() {
        let described = |name: &str| {
            let family =
                ["_bucket", "_count", "_sum"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
            METRICS.iter().any(|(own, ..)| *own == family)
        };
        assert!(series(NOW).iter().all(|series| described(series.labels.name())));
    }

    #[test]
    fn histograms_are_valid_and_fit_a_source() {
        let source = source(NOW);
        assert_eq!(source.series_count(), series(NOW).len());
        assert!(source.sample_count() > 200_000);
    }

    #[test]
    fn any_time_will_do() {
        for now in [i64::MIN, -1, 0, i64::MAX] {
            let series = series(now);
            assert!(series.iter().all(|series| series.times.is_sorted()));
        }
    }
}
