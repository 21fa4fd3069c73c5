//! Random series as `load` blocks, one series a block so that their order is the same everywhere.

use crate::random::Random;
use std::fmt::Write;

impl Random {
    /// A number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        low + (self.next() % (high - low + 1) as u64) as i64
    }
}

/// The data of several cases.
pub(crate) fn load(random: &mut Random) -> String {
    let interval = random.pick(&["15s", "30s", "1m", "1m", "90s"]);
    let len = random.between(8, 40) as usize;
    let mut data = Data { random, text: String::new(), interval, len };
    data.counters();
    data.gauges();
    data.native();
    data.classic();
    data.info();
    data.text
}

struct Data<'a> {
    random: &'a mut Random,
    text: String,
    interval: &'static str,
    len: usize,
}

impl Data<'_> {
    fn series(&mut self, name: &str, labels: &str, samples: &[String]) {
        let starts = self.random.one_in(4);
        self.text += &format!("load {}\n", self.interval);
        let labels = if labels.is_empty() { String::new() } else { format!("{{{labels}}}") };
        if starts {
            let offsets: Vec<String> = samples.iter().map(|_| self.start_offset()).collect();
            let _ = writeln!(self.text, "  {name}{labels}@st {}", offsets.join(" "));
        }
        let _ = writeln!(self.text, "  {name}{labels} {}\n", samples.join(" "));
    }

    fn start_offset(&mut self) -> String {
        match self.random.below(8) {
            0 => "_".to_owned(),
            1 => "-1ms".to_owned(),
            2 => "0s".to_owned(),
            3 => "5s".to_owned(),
            4 => "-10m".to_owned(),
            _ => format!("-{}s", self.random.between(1, 120)),
        }
    }

    /// Labels of a series, each set once by `nth`.
    fn labels(&mut self, nth: usize) -> String {
        let mut labels = vec![format!("a=\"{}\"", ["x", "y", "z"][nth % 3])];
        if nth >= 3 || self.random.one_in(2) {
            labels.push(format!("b=\"{}\"", nth / 3 + 1));
        }
        if self.random.one_in(6) {
            labels.push(format!("__type__=\"{}\"", self.random.pick(&["counter", "gauge", "histogram"])));
        }
        if self.random.one_in(8) {
            labels.push("__unit__=\"seconds\"".to_owned());
        }
        if self.random.one_in(3) {
            labels.push(format!("instance=\"{}\",job=\"j\"", self.random.pick(&["i1", "i2"])));
        }
        labels.join(",")
    }

    /// Leaves out samples and ends series, more or less often.
    fn with_holes(&mut self, mut sample: impl FnMut(&mut Random) -> String) -> Vec<String> {
        let holes = self.random.below(3);
        let mut open = true;
        (0..self.len)
            .map(|_| {
                if holes > 0 && self.random.one_in(if open { 12 } else { 5 }) {
                    open = !open;
                    if !open && self.random.one_in(2) {
                        return "stale".to_owned();
                    }
                }
                let sample = sample(self.random);
                if open && !(holes == 2 && self.random.one_in(4)) { sample } else { "_".to_owned() }
            })
            .collect()
    }

    fn counters(&mut self) {
        for name in ["c_total", "d_total"] {
            for nth in 0..self.random.below(5) {
                let (labels, resets) = (self.labels(nth), self.random.one_in(2));
                let fraction = self.random.one_in(2);
                let mut value = self.random.between(0, 100) as f64;
                let samples = self.with_holes(|random| {
                    value += random.between(0, 30) as f64 / if fraction { 7.0 } else { 1.0 };
                    if resets && random.one_in(6) {
                        value = random.between(0, 3) as f64;
                    }
                    value.to_string()
                });
                self.series(name, &labels, &samples);
            }
        }
    }

    fn gauges(&mut self) {
        for name in ["g", "k", "cafés.open"] {
            for nth in 0..self.random.below(5) {
                let (labels, kind) = (self.labels(nth), self.random.below(4));
                let samples = self.with_holes(|random| gauge(random, kind));
                let quoted = format!("\"{name}\"");
                if name.is_ascii() {
                    self.series(name, &labels, &samples);
                } else {
                    self.series("", &format!("{quoted},{labels}"), &samples);
                }
            }
        }
    }

    fn native(&mut self) {
        for (name, kinds) in [
            ("h", &[Kind::Counter] as &[Kind]),
            ("hg", &[Kind::Gauge]),
            ("n", &[Kind::Custom]),
            ("mix", &[Kind::Float, Kind::Counter, Kind::Custom]),
            ("b_bucket", &[Kind::Counter]),
        ] {
            let most = if name == "b_bucket" { 2 } else { 4 };
            for nth in 0..self.random.below(most) {
                let labels = self.labels(nth);
                let mut histogram = Histogram::new(self.random);
                let mut kind = kinds[self.random.below(kinds.len())];
                let samples = self.with_holes(|random| {
                    if random.one_in(4) {
                        kind = kinds[random.below(kinds.len())];
                    }
                    histogram.next(random, kind)
                });
                self.series(name, &labels, &samples);
            }
        }
    }

    fn classic(&mut self) {
        for nth in 0..self.random.below(3) {
            let labels = self.labels(nth);
            let bounds: &[&str] = self.random.pick(&[
                &["0.1", "1", "10", "+Inf"] as &[&str],
                &["-1", "0", "1e1", "Inf"],
                &["1", "2", "+Inf", "1.0"],
                &["1", "2", "nope"],
                &["5", "+Inf"],
            ]);
            let monotonic = !self.random.one_in(3);
            let mut base = 0.0;
            for bound in bounds {
                let mut value = base;
                let samples = self.with_holes(|random| {
                    value += random.between(0, 5) as f64;
                    if !monotonic && random.one_in(4) {
                        value -= 4.0;
                    }
                    value.to_string()
                });
                base += self.random.between(0, 9) as f64;
                self.series("b_bucket", &format!("{labels},le=\"{bound}\""), &samples);
            }
        }
    }

    fn info(&mut self) {
        for (nth, instance) in ["i1", "i2", "i1"].iter().enumerate().take(self.random.below(4)) {
            let name = self.random.pick(&["target_info", "target_info", "build_info"]);
            let mut labels = format!("instance=\"{instance}\",job=\"j\",version=\"{nth}\"");
            if self.random.one_in(4) {
                labels += ",a=\"info\"";
            }
            let samples = self.with_holes(|_| "1".to_owned());
            self.series(name, &labels, &samples);
        }
    }
}

fn gauge(random: &mut Random, kind: usize) -> String {
    match (kind, random.below(12)) {
        (0, _) => random.between(-3, 3).to_string(),
        (1, 0) => random.pick(&["NaN", "Inf", "-Inf", "-0", "0"]).to_owned(),
        (2, 0..3) => {
            random.pick(&["1e300", "1.7e308", "-1.7e308", "3e-305", "1e-300", "9007199254740993"]).to_owned()
        }
        (3, _) => (1_700_000_000 + random.between(0, 100_000_000)).to_string(),
        _ => (random.between(-100_000, 100_000) as f64 / 1000.0).to_string(),
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Float,
    Counter,
    Gauge,
    Custom,
}

/// A growing histogram.
struct Histogram {
    schema: i64,
    offset: i64,
    bounds: &'static str,
    zero_width: &'static str,
    positive: Vec<i64>,
    negative: Vec<i64>,
    zero: i64,
    sum: f64,
    resets: bool,
}

const BOUNDS: &[&str] = &["1 2 4", "1 2 4", "1 3 4 8", "0.5 2", "-2 0 2", "5"];

impl Histogram {
    fn new(random: &mut Random) -> Self {
        let negative = if random.one_in(3) { random.below(4) } else { 0 };
        Histogram {
            schema: random.between(-2, 3),
            offset: random.between(-4, 4),
            bounds: random.pick(BOUNDS),
            zero_width: random.pick(&["0.001", "0.001", "0.5", "0"]),
            positive: vec![0; 1 + random.below(5)],
            negative: vec![0; negative],
            zero: 0,
            sum: 0.0,
            resets: random.one_in(2),
        }
    }

    fn next(&mut self, random: &mut Random, kind: Kind) -> String {
        for bucket in self.positive.iter_mut().chain(&mut self.negative).chain([&mut self.zero]) {
            if kind == Kind::Gauge {
                *bucket = random.between(0, 9);
            } else {
                *bucket += random.between(0, 4);
            }
        }
        self.sum += random.between(-10, 40) as f64 / 4.0;
        if self.resets && random.one_in(6) {
            match random.below(4) {
                0 => self.schema = random.between(-2, 3),
                1 => self.bounds = random.pick(BOUNDS),
                2 => self.zero_width = random.pick(&["0.001", "0.5", "0", "3"]),
                _ => self.positive.iter_mut().chain(&mut self.negative).for_each(|bucket| *bucket /= 3),
            }
        }
        let list = |buckets: &[i64]| buckets.iter().map(i64::to_string).collect::<Vec<_>>().join(" ");
        let total = |buckets: &[i64]| buckets.iter().sum::<i64>();
        let sum = if random.one_in(60) { "NaN".to_owned() } else { self.sum.to_string() };
        let hint = match (kind, random.below(12)) {
            (Kind::Gauge, 0) => "",
            (Kind::Gauge, _) => " counter_reset_hint:gauge",
            (_, 0) => random.pick(&[
                " counter_reset_hint:reset",
                " counter_reset_hint:not_reset",
                " counter_reset_hint:unknown",
                " counter_reset_hint:gauge",
            ]),
            _ => "",
        };
        if kind == Kind::Float {
            return self.sum.to_string();
        }
        if kind == Kind::Custom {
            let buckets = &self.positive[..self.positive.len().min(self.bounds.split(' ').count() + 1)];
            let count = total(buckets);
            return format!(
                "{{{{schema:-53 custom_values:[{}] sum:{sum} count:{count}{hint} buckets:[{}]}}}}",
                self.bounds,
                list(buckets)
            );
        }
        let count = total(&self.positive) + total(&self.negative) + self.zero;
        let negative = if self.negative.is_empty() {
            String::new()
        } else {
            format!(" n_offset:{} n_buckets:[{}]", self.offset, list(&self.negative))
        };
        format!(
            "{{{{schema:{} sum:{sum} count:{count} z_bucket:{} z_bucket_w:{}{hint} offset:{} buckets:[{}]{negative}}}}}",
            self.schema,
            self.zero,
            self.zero_width,
            self.offset,
            list(&self.positive)
        )
    }
}
