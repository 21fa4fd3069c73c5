//! What is asked of a source, and that nobody sees a difference.

use crate::model::{MatchOp, Matcher};
use crate::source::text::load;
use crate::source::{BoxFuture, MemorySource, SelectRequest, Selection, SeriesSource, SourceError};
use crate::{Engine, EngineOptions, Features, Run};
use std::cell::Cell;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::sync::Mutex;

thread_local! {
    /// Queries of this thread are planned without the pass.
    pub(super) static IS_OFF: Cell<bool> = const { Cell::new(false) };
}

#[derive(Default)]
struct Spy {
    inner: MemorySource,
    asked: Mutex<Vec<String>>,
}

impl SeriesSource for Spy {
    fn select<'a>(
        &'a self,
        requests: &'a [SelectRequest],
    ) -> BoxFuture<'a, Result<Vec<Selection>, SourceError>> {
        self.asked.lock().unwrap().extend(requests.iter().map(|request| written(&request.matchers)));
        self.inner.select(requests)
    }
}

/// Matchers with the metric's name first.
fn written(matchers: &[Matcher]) -> String {
    let (mut metric, mut others) = (String::new(), String::new());
    for Matcher { name, op, value, .. } in matchers {
        let op = match op {
            MatchOp::Equal if name == "__name__" => {
                metric.clone_from(value);
                continue;
            }
            MatchOp::Equal => "=",
            MatchOp::NotEqual => "!=",
            MatchOp::Regex => "=~",
            MatchOp::NotRegex => "!~",
        };
        let _ = write!(others, " {name}{op}{value}");
    }
    metric + &others
}

fn engine(delayed_name_removal: bool) -> Engine {
    let features = Features { delayed_name_removal, ..Features::all() };
    Engine::new(EngineOptions { features, ..EngineOptions::default() })
}

/// What a source is asked, one selector a text.
fn asked(query: &str) -> Vec<String> {
    let spy = Spy::default();
    engine(false).parse(query).unwrap().instant(&spy, 0).unwrap();
    spy.asked.into_inner().unwrap()
}

/// The first request, of a query whose second one is `b x=1`.
fn first(query: &str) -> String {
    let asked = asked(query);
    assert!(asked[1].starts_with("b x=1"), "{query}: {asked:?}");
    asked[0].clone()
}

#[test]
fn every_kind_of_condition_goes_to_the_other_side() {
    assert_eq!(asked(r#"b{x="1"} and on (x) a"#), ["b x=1", "a x=1"]);
    assert_eq!(asked(r#"a and on (x) b{x="1"}"#), ["a x=1", "b x=1"]);
    assert_eq!(asked(r#"b{x="1", y!="", z=~"u|v", w!~"k"} and a"#)[1], "a x=1 y!= z=~u|v w!~k");
    assert_eq!(asked(r#"a{x!="2"} and b{x="1"}"#), ["a x!=2 x=1", "b x=1 x!=2"]);
    assert_eq!(asked(r#"a{x="1"} and b{x="1"}"#), ["a x=1", "b x=1"]);
    assert_eq!(asked(r#"b{x="1"} unless on (x) a"#)[1], "a x=1");
    assert_eq!(asked(r#"b{x="1", y="2"} and on (x) a"#)[1], "a x=1");
    assert_eq!(asked(r#"b{x="1", y="2"} and ignoring (x) a"#)[1], "a y=2");
}

#[test]
fn joins_carry_where_the_one_side_cannot_be_ambiguous() {
    let count = r#"count by (x) (b{x="1"})"#;
    assert_eq!(first(&format!("a * on (x) group_left {count}")), "a x=1");
    assert_eq!(first(&format!("a * on (x, y) group_left {count}")), "a x=1");
    assert_eq!(first(&format!("a * on (x) {count}")), "a x=1");
    assert_eq!(asked(r#"b{x="1"} * on (x) group_left count by (x) (a)"#), ["b x=1", "a x=1"]);
    assert_eq!(asked(r#"count by (x) (a) * on (x) group_right b{x="1"}"#), ["a x=1", "b x=1"]);
    assert_eq!(asked(r#"b{x="1"} / count without (y) (a)"#)[1], "a x=1");
    assert_eq!(asked(r#"b{x="1"} / ignoring (z) count without (y) (a)"#)[1], "a");
    assert_eq!(asked(r#"b{x="1"} / ignoring (y) count without (y) (a)"#)[1], "a x=1");
    // Nothing but what metadata says could tell two rows apart.
    assert_eq!(asked(r#"b{x="1"} / a{__type__="", __unit__=""}"#)[1], "a __type__= __unit__= x=1");
    for query in [
        "a / b{x='1'}",
        "a * on (x) group_left b{x='1'}",
        "a * on (x) count by (x, y) (b{x='1'})",
        "a * on () count by (x) (b{x='1'})",
        "count by (x) (a) * on (x) group_left b{x='1'}",
        "a * on (x) group_right count by (x) (b{x='1'})",
        "a * on (x) fill_left (0) count by (x) (b{x='1'})",
        "a * on (x) group_left fill (0) count by (x) (b{x='1'})",
        "a * on (y) count by (y) (b{x='1'})",
    ] {
        assert_eq!(first(query), "a", "{query}");
    }
}

#[test]
fn conditions_travel_through_what_is_silent() {
    for query in [
        "last_over_time(a[5m])",
        "last_over_time(a[5m:1m])",
        "a @ 0",
        "a offset 5m",
        "count by (x) (a)",
        "count without (y) (a)",
        "abs(count by (x) (a) + 1)",
        "count by (x) (a) > 2",
        "-group by (x) (a)",
        "count by (x) (count by (x, y) (a))",
        "(a unless on (y) vector(1))",
        "hour(timestamp(a{__type__='', __unit__=''}))",
    ] {
        let query = format!("{query} and on (x) b{{x='1'}}");
        assert!(first(&query).ends_with("x=1"), "{query}");
    }
    assert_eq!(asked(r#"(a and on (y) c) and on (x) b{x="1"}"#), ["a x=1", "c", "b x=1"]);
    assert_eq!(asked(r#"(a or on (y) c) and on (x) b{x="1"}"#), ["a", "c x=1", "b x=1"]);
    assert_eq!(asked(r#"(a or on (x) c) and on (x) b{x="1"}"#), ["a x=1", "c x=1", "b x=1"]);
    assert_eq!(asked(r#"a and on (x) (c and on (x) b{x="1"})"#), ["a x=1", "c x=1", "b x=1"]);
    assert_eq!(asked(r#"a and on (x) (c * on (x, y) b{x="1"})"#), ["a x=1", "c", "b x=1"]);
    assert_eq!(asked(r#"a and on (x) (b{x="1"} or c{x="1"})"#)[0], "a x=1");
}

#[test]
fn conditions_stop_where_somebody_could_see_it() {
    for query in [
        // Rows on the left of `or` and `unless` stay.
        "a or b{x='1'}",
        "a unless b{x='1'}",
        // Notes about values, also about histograms.
        "rate(a[5m]) and b{x='1'}",
        "sum by (x) (a) and on (x) b{x='1'}",
        "max by (x) (a) and on (x) b{x='1'}",
        "(a > 0) and b{x='1'}",
        "a smoothed and b{x='1'}",
        "quantile by (x) (2, a) and on (x) b{x='1'}",
        "histogram_quantile(0.9, a) and b{x='1'}",
        // Equal labels without the type.
        "abs(a) and b{x='1'}",
        "-a and b{x='1'}",
        "count by (x) (count_over_time(a[5m])) and b{x='1'}",
        "timestamp(a) and b{x='1'}",
        // Rows that depend on others.
        "topk by (x) (1, a) and on (x) b{x='1'}",
        "limitk(1, a) and on (x) b{x='1'}",
        "count(a) and on () b{x='1'}",
        "count by (y) (a) and on (y) b{x='1'}",
        "count by (x) (a) and on (x) (b{x='1'} or c)",
        "absent(a) and b{x='1'}",
        "scalar(a) * b{x='1'}",
        "sort(a) and b{x='1'}",
        "info(a) and b{x='1'}",
        // Labels that change.
        "label_replace(a, 'x', '1', '', '') and b{x='1'}",
        "a and label_replace(b{x='1'}, 'x', '2', '', '')",
        "a and label_join(b{x='1'}, 'x', '')",
        "a and on (x) count_values by (x) ('x', b{x='1'})",
        "count_values by (x) ('v', a) and on (x) b{x='1'}",
        "a and on (__name__) b{x='1'}",
        "a and on (y) b{x='1'}",
        "a and ignoring (x) b{x='1'}",
        "a and on (x) (b{x='1'} / fill (0) c)",
        "a and on () count(b{x='1'})",
        "a and on (x) absent(b{x='1'})",
    ] {
        assert_eq!(first(query), "a", "{query}");
    }
}

#[test]
fn what_several_read_stays_whole() {
    assert_eq!(asked(r#"(a and on (x) b{x="1"}) or a"#), ["a", "b x=1"]);
    assert_eq!(asked(r#"count by (x) (a) / on (x) count by (x) (b{x="1"}) or a"#), ["a", "b x=1"]);
    let both = asked(r#"(a and on (x) b{x="1"}) or (a and on (x) b{x="1"})"#);
    assert_eq!(both, ["a x=1", "b x=1"]);
}

/// A generator of pseudo-random numbers (SplitMix64).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) >> 33).unwrap_or_default() % limit
    }

    fn pick(&mut self, from: &[&'static str]) -> &'static str {
        from[self.below(from.len())]
    }

    /// Series of a few metrics with few labels, some of them histograms or with a type.
    fn data(&mut self) -> MemorySource {
        let (mut text, mut series) = (String::new(), BTreeSet::new());
        for _ in 0..self.below(24) + 4 {
            let name = self.pick(&["a", "b", "c_total"]);
            let mut labels = Vec::new();
            for label in ["x", "y"] {
                match self.below(4) {
                    0 => {}
                    value => labels.push(format!("{label}=\"{value}\"")),
                }
            }
            if self.below(6) == 0 {
                labels.push(format!("__type__=\"{}\"", self.pick(&["counter", "gauge"])));
            }
            let labels = labels.join(",");
            if !series.insert((name, labels.clone())) {
                continue;
            }
            let values = self.pick(&[
                "1x9",
                "1+2x9",
                "5 4 3 _ _ _ 9 stale 1 1",
                "_x6 7 8 9",
                "{{schema:0 sum:1 count:1 buckets:[1]}}x9",
                "1 2 {{schema:0 sum:1 count:1 buckets:[1]}}x4 3",
                "{{schema:-53 sum:1 count:1 custom_values:[2] buckets:[1]}}x9",
            ]);
            let _ = writeln!(text, "load 1m\n  {name}{{{labels}}} {values}\n");
        }
        load(&text).unwrap()
    }

    fn vector(&mut self, depth: usize) -> String {
        if depth == 0 {
            let matchers = ["", "", "x='1'", "x!='1'", "y=~'1|2'", "y=''", "x='2',__type__='',__unit__=''"];
            return format!("{}{{{}}}", self.pick(&["a", "b", "c_total"]), self.pick(&matchers));
        }
        let inner = depth - 1;
        match self.below(12) {
            0 => self.vector(0),
            1 => format!("-({})", self.vector(inner)),
            2 => format!("{}({})", self.pick(&["abs", "hour", "timestamp"]), self.vector(inner)),
            3 => format!("({}) {} 2", self.vector(inner), self.pick(&["+", "*", ">", "== bool"])),
            4 => {
                let window = self.pick(&["[5m]", "[2m] offset 1m", "[3m] @ 300"]);
                let function = self.pick(&["last_over_time", "count_over_time", "rate", "max_over_time"]);
                format!("{function}({}{window})", self.vector(0))
            }
            5 => {
                let function = self.pick(&["last_over_time", "first_over_time", "present_over_time"]);
                format!("{function}(({})[3m:1m])", self.vector(inner))
            }
            6 | 7 => {
                let op = self.pick(&["count", "count", "group", "sum", "max", "topk", "count_values"]);
                let param = match op {
                    "topk" => "1, ",
                    "count_values" => "'x', ",
                    _ => "",
                };
                let by = self.pick(&["by (x)", "by (x)", "by (x, y)", "without (y)", "by (__name__, x)", ""]);
                format!("{op} {by} ({param}{})", self.vector(inner))
            }
            _ => {
                let ops = ["and", "and", "unless", "or", "+", "*", ">", "/", "== bool"];
                let op = self.pick(&ops);
                let on = ["on (x)", "on (x)", "on (x, y)", "ignoring (y)", "", "on (__name__, x)", "on ()"];
                let on = self.pick(&on);
                let group = match self.below(6) {
                    _ if on.is_empty() || matches!(op, "and" | "or" | "unless") => "",
                    0 | 1 => "group_left ()",
                    2 => "group_right ()",
                    3 => "fill (1)",
                    4 => "group_left () fill_right (2)",
                    _ => "",
                };
                let left = self.vector(inner);
                let right = if self.below(8) == 0 { left.clone() } else { self.vector(inner) };
                format!("({left}) {op} {on} {group} ({right})")
            }
        }
    }
}

/// What a source was asked, and the answer with its notes, or the error with those.
fn answer(engine: &Engine, query: &str, spy: &Spy, run: &Run, is_off: bool) -> (Vec<String>, String) {
    IS_OFF.set(is_off);
    let answer = engine.parse(query).unwrap().run(spy, run);
    IS_OFF.set(false);
    let asked = std::mem::take(&mut *spy.asked.lock().unwrap());
    let answer = match answer {
        Ok(output) => {
            let mut json = Vec::new();
            output.write_json(&mut json).unwrap();
            format!("{} {:?}", String::from_utf8_lossy(&json), output.annotations())
        }
        Err(error) => format!("{error:?}"),
    };
    (asked, answer)
}

#[test]
fn nobody_sees_a_difference() {
    let (mut random, mut carried, mut answered) = (Random(1), 0, 0);
    for case in 0..6_000 {
        let spy = Spy { inner: random.data(), asked: Mutex::default() };
        let engine = engine(case % 2 == 0);
        for _ in 0..8 {
            let query = random.vector(3);
            let run = match random.below(3) {
                0 => Run::instant(300_000),
                _ => Run::range(0, 540_000, 60_000),
            };
            let (asked_plain, plain) = answer(&engine, &query, &spy, &run, true);
            let (asked, carrying) = answer(&engine, &query, &spy, &run, false);
            assert_eq!(carrying, plain, "{case}: {query}");
            if asked != asked_plain {
                carried += 1;
                answered += usize::from(plain.contains("\"metric\""));
            }
        }
    }
    assert!(carried > 1_000 && answered > 500, "{carried} queries ask for less, {answered} find something");
}
