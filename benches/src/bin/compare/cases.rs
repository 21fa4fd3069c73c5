//! What is compared: the suites and their cases, each with the ratio that it shall reach.

use crate::protocol::Timed;
use clap::ValueEnum;
use promql::model::Millis;
use promql_benches::queries;

const SECOND: Millis = 1_000;
const HOUR: Millis = 3_600 * SECOND;

/// A group of cases over the same kind of data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Suite {
    /// Prometheus' range queries over counters and classic histograms
    Range,
    /// One series at one time
    Instant,
    /// Prometheus' joins of a thousand series with a thousand
    Join,
    /// Prometheus' native histograms, exponential and with custom buckets
    Native,
    /// Prometheus' info function
    Info,
    /// Thanos' list of range queries
    List,
    /// Thanos' single query over 15,000 series
    Single,
    /// Prometheus' parser inputs
    Parser,
}

/// One query, timed on both engines.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) suite: Suite,
    /// The name of its data set in peers/prometheus/data.go.
    pub(crate) data: Option<&'static str>,
    pub(crate) expr: String,
    pub(crate) start: Millis,
    pub(crate) end: Millis,
    /// 0 for an instant query.
    pub(crate) step: Millis,
    pub(crate) timed: Timed,
    /// Values tie, so that engines may choose different series.
    pub(crate) ties: bool,
    /// So many times faster than Prometheus we want to be.
    pub(crate) goal: Option<f64>,
}

impl Case {
    fn range(
        suite: Suite,
        data: &'static str,
        expr: impl Into<String>,
        times: (Millis, Millis, Millis),
    ) -> Self {
        let (start, end, step) = times;
        let expr = expr.into();
        Case { suite, data: Some(data), expr, start, end, step, timed: Timed::All, ties: false, goal: None }
    }

    fn goal(self, goal: f64) -> Self {
        Case { goal: Some(goal), ..self }
    }

    /// The number of steps as the benchmarks count them: one less than evaluations.
    pub(crate) fn steps(&self) -> Millis {
        if self.step == 0 { 0 } else { (self.end - self.start) / self.step }
    }

    /// What `--case` looks at.
    pub(crate) fn name(&self) -> String {
        let suite = self.suite.name();
        match self.timed {
            Timed::Parse => format!("{suite}: {}", self.expr),
            Timed::All | Timed::Execute => format!("{suite}: {} steps={}", self.expr, self.steps()),
        }
    }
}

impl Suite {
    /// Its name on the command line.
    pub(crate) fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    /// Its cases; those over the same data stand together.
    pub(crate) fn cases(self) -> Vec<Case> {
        // The last evaluation is one interval behind the last sample.
        let last = |samples: Millis| samples * 10 * SECOND;
        let steps = |samples: Millis, steps: Millis| (last(samples - steps), last(samples), 10 * SECOND);
        let hours = |hours: Millis| (0, hours * HOUR, 30 * SECOND);
        let case = |data: &'static str, expr: &str, times| Case::range(self, data, expr, times);
        match self {
            Suite::Range => queries::range()
                .map(|(expr, count)| {
                    let long_windows = expr.contains("[1d]") && count == 1000;
                    case("range", &expr, steps(18_640, count)).goal(if long_windows { 300.0 } else { 4.0 })
                })
                .collect(),
            Suite::Instant => vec![case("range", "a_one", (last(18_640), last(18_640), 0)).goal(5.0)],
            Suite::Join => {
                let join = |expr: &&str| case("join", expr, steps(13_640, 5_000)).goal(25.0);
                queries::JOIN.iter().map(join).collect()
            }
            Suite::Native => {
                let sets = [("native", queries::NATIVE), ("custom", queries::CUSTOM)];
                let cases =
                    sets.iter().flat_map(|(data, exprs)| exprs.iter().map(move |expr| (*data, *expr)));
                cases.map(|(data, expr)| case(data, expr, hours(2)).goal(10.0)).collect()
            }
            Suite::Info => {
                let info = |expr: &&str| Case { timed: Timed::Execute, ..case("info", expr, hours(2)) };
                queries::INFO.iter().map(info).collect()
            }
            Suite::List => {
                let list = |expr: String| {
                    let ties = expr.contains("topk") || expr.contains("bottomk");
                    Case { ties, ..case("list", &expr, hours(2)) }
                };
                let wide = case("list", queries::LIST_WIDE, (0, 2 * HOUR, 300 * SECOND));
                queries::list().map(list).chain([wide]).collect()
            }
            Suite::Single => vec![case("single", queries::SINGLE, hours(6)).goal(20.0)],
            Suite::Parser => {
                let parse = |expr: &&str| {
                    let case = case("", expr, (0, 0, 0)).goal(1.0);
                    Case { data: None, timed: Timed::Parse, ..case }
                };
                queries::PARSER.iter().map(parse).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use promql::{Engine, EngineOptions, Features};
    use std::collections::BTreeSet;

    fn all() -> impl Iterator<Item = Case> {
        Suite::value_variants().iter().flat_map(|suite| suite.cases())
    }

    #[test]
    fn names_tell_cases_apart() {
        let names: Vec<String> = all().map(|case| case.name()).collect();
        let different: BTreeSet<&String> = names.iter().collect();
        assert_eq!(different.len(), names.len());
        assert_eq!(names[0], "range: a_one steps=1");
        assert_eq!(names.len(), 156 + 1 + 5 + 13 + 4 + 53 + 1 + 20);
    }

    #[test]
    fn queries_are_queries() {
        let engine = Engine::new(EngineOptions { features: Features::all(), ..EngineOptions::default() });
        for case in all().filter(|case| case.timed != Timed::Parse) {
            assert!(engine.parse(&case.expr).is_ok(), "{}", case.expr);
            assert!(case.start <= case.end && case.end % 1000 == 0);
        }
    }
}
