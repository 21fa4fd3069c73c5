//! Running one test: time goes on tick by tick; at each one samples appear, rules are evaluated, alerts compared.

use super::compare::{Item, Value, compare, pairs};
use super::coverage::Reached;
use super::file::{AlertCase, ExpectedSample, ExprCase, TestFile, TestGroup};
use super::probe::Probe;
use super::reach::Reach;
use super::report::{Failure, RulePlace, TestReport};
use super::series::{Input, input};
use crate::Engine;
use crate::model::{Labels, Millis, Sample, format_duration, is_stale, number};
use crate::rules::evaluate::{RuleSample, RuleState, vector};
use crate::rules::expand::RuleContext;
use crate::rules::file::RuleFile;
use crate::rules::yaml::Text;
use crate::rules::{fault, validate};
use crate::source::MemorySource;
use crate::source::text::parse_series;
use std::collections::{BTreeMap, HashMap};

/// What tests are run with.
#[derive(Clone, Copy, Debug)]
pub struct Suite<'a> {
    /// The text of the test file.
    pub text: &'a str,
    /// The test file.
    pub file: &'a TestFile,
    /// Its rule files in order, without errors.
    pub rules: &'a [RuleFile],
    /// Evaluates rules and expressions; its default subquery step should be the evaluation interval of the file.
    pub engine: &'a Engine,
    /// Tell all series at the end.
    pub dump: bool,
}

/// A rule with its place in the order of evaluation.
struct Loaded {
    state: RuleState,
    place: RulePlace,
    name: String,
    is_alert: bool,
    /// It can find something; otherwise it is evaluated once.
    is_reached: bool,
    /// What coverage wants to know about it.
    probe: Option<Probe>,
}

impl Loaded {
    /// Evaluates the rule and writes its samples.
    ///
    /// # Errors
    /// Prometheus' text. Samples that could be written have been written.
    fn evaluate(
        &mut self,
        source: &mut MemorySource,
        time: Millis,
        context: &RuleContext,
    ) -> Result<(), String> {
        if let Some(probe) = &mut self.probe {
            probe.before(source, time);
        }
        let samples = self.state.evaluate(source, time, context).map_err(|error| error.to_string())?;
        if let Some(probe) = &mut self.probe {
            probe.after(&self.state);
        }
        let mut result = Ok(());
        for RuleSample { labels, time, sample } in samples {
            let is_end = matches!(sample, Sample::Float(value) if is_stale(value));
            if let Err(error) = source.append(&labels, time, sample, 0)
                && !is_end
            {
                result = Err(error.to_string());
            }
        }
        result
    }
}

struct Running<'a> {
    suite: &'a Suite<'a>,
    test: &'a TestGroup,
    source: MemorySource,
    rules: Vec<Loaded>,
    failures: Vec<Failure>,
}

impl Suite<'_> {
    /// Runs one of the tests.
    #[must_use]
    pub fn run(&self, test: &TestGroup) -> TestReport {
        self.run_with(test, false).0
    }

    /// Runs one of the tests and watches what it reaches; see [`Coverage`](super::Coverage). Takes longer.
    #[must_use]
    pub fn run_covered(&self, test: &TestGroup) -> (TestReport, Reached) {
        self.run_with(test, true)
    }

    fn run_with(&self, test: &TestGroup, is_watched: bool) -> (TestReport, Reached) {
        let refused = |failure| (TestReport { failures: vec![failure], dump: None }, Reached::default());
        let mut input = match input(test, self.text) {
            Ok(input) => input,
            Err(failure) => return refused(failure),
        };
        if let Some(case) = test.alerts.iter().find(|case| case.alertname.is_empty()) {
            let title = "the alert test has no `alertname`".to_owned();
            return refused(failure(case.span, title));
        }
        let mut running = Running {
            suite: self,
            test,
            source: MemorySource::default(),
            rules: self.load(test, &input, is_watched),
            failures: Vec::new(),
        };
        if running.ticks(&mut input) {
            for case in &test.exprs {
                running.check_expr(case);
            }
        }
        let dump = self.dump.then(|| running.dump());
        let probes = running.rules.into_iter().filter_map(|rule| rule.probe);
        let reached = Reached(probes.map(Probe::into_seen).collect());
        (TestReport { failures: running.failures, dump }, reached)
    }

    /// The rules in the order of evaluation.
    fn load(&self, test: &TestGroup, input: &Input, is_watched: bool) -> Vec<Loaded> {
        let order: HashMap<&str, usize> =
            self.file.group_eval_order.iter().enumerate().map(|(nth, name)| (name.as_str(), nth)).collect();
        let mut groups = Vec::new();
        for (file, rules) in self.rules.iter().enumerate() {
            let mut first = 0;
            for group in &rules.groups {
                groups.push((group, (file, first)));
                first += group.rules.len();
            }
        }
        // Groups that the order does not name count as first, as for promtool.
        groups.sort_by_key(|(group, _)| order.get(group.name.as_str()).copied().unwrap_or(0));
        let rules: Vec<_> =
            groups.iter().flat_map(|(group, _)| group.rules.iter().map(move |rule| (*group, rule))).collect();
        let numbers = groups
            .iter()
            .flat_map(|(group, (file, first))| (0..group.rules.len()).map(move |nth| (*file, first + nth)));
        let reach = Reach::new(&rules);
        let found = reach.finders(&input.labels());
        let looked_at = if is_watched { self.looked_at(test, &reach) } else { vec![false; rules.len()] };
        let loaded = rules.iter().zip(numbers).zip(found.into_iter().zip(looked_at)).filter_map(
            |(((group, rule), number), (is_reached, is_looked_at))| {
                let is_watched = is_reached && is_looked_at;
                Some(Loaded {
                    state: RuleState::new(group, rule)?,
                    place: RulePlace { file: number.0, span: rule.span },
                    name: rule.name().to_owned(),
                    is_alert: rule.is_alert(),
                    is_reached: is_reached || self.dump,
                    probe: is_watched.then(|| Probe::new(group, rule, number, self.engine)),
                })
            },
        );
        loaded.collect()
    }

    /// For each rule whether an expectation depends on it.
    fn looked_at(&self, test: &TestGroup, reach: &Reach<'_>) -> Vec<bool> {
        let alerts: Vec<&str> = test.alerts.iter().map(|case| case.alertname.as_str()).collect();
        let exprs = test.exprs.iter().filter_map(|case| case.expr.as_ref());
        let queries: Vec<_> = exprs.filter_map(|expr| self.engine.parse(expr.as_str()).ok()).collect();
        reach.looked_at(&alerts, &queries)
    }
}

impl Running<'_> {
    /// Evaluates all rules from the start to the last expectation; false if one of them failed.
    fn ticks(&mut self, input: &mut Input) -> bool {
        let (start, interval) = (self.test.start, self.suite.file.evaluation_interval);
        let end = start.saturating_add(self.test.last_eval_time());
        let context = RuleContext {
            external_labels: self.test.external_labels.clone(),
            external_url: self.test.external_url.clone(),
            ..RuleContext::default()
        };
        let mut cases: BTreeMap<Millis, Vec<&AlertCase>> = BTreeMap::new();
        for case in &self.test.alerts {
            cases.entry(case.eval_time).or_default().push(case);
        }
        let mut time = start;
        while time <= end {
            if let Err(failure) = input.append_until(&mut self.source, time) {
                self.failures.push(failure);
                return true;
            }
            let mut all_good = true;
            for rule in &mut self.rules {
                if !rule.is_reached && time > start {
                    continue;
                }
                if let Err(problem) = rule.evaluate(&mut self.source, time, &context) {
                    all_good = false;
                    let after = time.saturating_sub(start);
                    let title = format!("rule {} failed at {}", rule.name, format_duration(after));
                    let mut failure = failure(self.test.span, title);
                    failure.detail = problem;
                    failure.rules.push(rule.place);
                    self.failures.push(failure);
                }
            }
            if !all_good {
                return false;
            }
            let from = time.saturating_sub(start);
            let due = cases.range(from..from.saturating_add(interval));
            for case in due.flat_map(|(_, cases)| cases.iter().copied()).collect::<Vec<_>>() {
                self.check_alerts(case);
            }
            let Some(next) = time.checked_add(interval) else { break };
            time = next;
        }
        true
    }

    fn check_alerts(&mut self, case: &AlertCase) {
        let rules = self.rules.iter().filter(|rule| rule.is_alert && rule.name == case.alertname);
        let firing = rules.clone().flat_map(|rule| rule.state.alerts());
        let firing = firing.filter(|alert| alert.state == crate::rules::AlertState::Firing);
        let got: Vec<Item> = firing
            .map(|alert| Item {
                labels: pairs(&alert.labels),
                annotations: alert.annotations.iter().cloned().collect(),
                value: None,
            })
            .collect();
        let expected: Vec<Item> = case
            .expected
            .iter()
            .map(|alert| {
                let mut labels = alert.labels.clone();
                labels.insert("alertname".to_owned(), case.alertname.clone());
                Item { labels, annotations: alert.annotations.clone(), value: None }
            })
            .collect();
        let Some(mut detail) = compare(&expected, &got, false) else { return };
        let places: Vec<RulePlace> = rules.map(|rule| rule.place).collect();
        if places.is_empty() {
            detail += &format!("\nthere is no alert of the name {}", case.alertname);
        }
        let title = format!("alert {} at {}", case.alertname, format_duration(case.eval_time));
        self.failures.push(Failure { detail, rules: places, ..failure(case.span, title) });
    }

    fn check_expr(&mut self, case: &ExprCase) {
        if let Err(failure) = self.try_expr(case) {
            self.failures.push(failure);
        }
    }

    fn try_expr(&self, case: &ExprCase) -> Result<(), Failure> {
        let text = case.expr.as_ref().map_or("", Text::as_str);
        let title = format!("expr {} at {}", one_line(text), format_duration(case.eval_time));
        let span = case.expr.as_ref().map_or(case.span, Text::span);
        let broken = |error: &crate::Error| {
            let findings = case.expr.as_ref().map(|expr| validate::in_file(error, expr, self.suite.text));
            let detail = error.to_string();
            Failure { detail, findings: findings.unwrap_or_default(), ..failure(span, title.clone()) }
        };
        let query = self.suite.engine.parse(text).map_err(|error| broken(&error))?;
        let at = self.test.start.saturating_add(case.eval_time);
        let output = query.instant(&self.source, at).map_err(|error| broken(&error))?;
        let got = vector(&output)
            .map_err(|error| Failure { detail: error.to_string(), ..failure(span, title.clone()) })?;
        let got: Vec<Item> =
            got.into_iter().map(|(labels, value)| Item::sample(&labels, Value::of(value))).collect();
        let expected = case.expected.iter().map(|sample| self.expected_sample(sample, &title));
        let expected = expected.collect::<Result<Vec<Item>, Failure>>()?;
        match compare(&expected, &got, self.suite.file.fuzzy_compare) {
            Some(detail) => Err(Failure { detail, ..failure(case.span, title) }),
            None => Ok(()),
        }
    }

    fn expected_sample(&self, sample: &ExpectedSample, title: &str) -> Result<Item, Failure> {
        let wrong = |text: &Text, column: usize, message: String| {
            let at = text.locate(self.suite.text, promql_grammar::Span::new(column, column));
            let findings = vec![fault::error("expected-sample", at, message.clone())];
            Failure { detail: message, findings, ..failure(sample.span, title.to_owned()) }
        };
        let labels = match &sample.labels {
            Some(text) if !text.as_str().trim().is_empty() => match parse_series(text.as_str()) {
                Ok(series) if series.items.is_empty() => series.labels,
                Ok(_) => return Err(wrong(text, 0, "`labels` holds a value".to_owned())),
                Err(error) => return Err(wrong(text, error.column - 1, error.message)),
            },
            _ => Labels::empty(),
        };
        let histogram = match &sample.histogram {
            Some(text) => {
                let series = parse_series(&format!("{{}} {}", text.as_str()))
                    .map_err(|error| wrong(text, error.column.saturating_sub(4), error.message))?;
                match series.items.as_slice() {
                    [Some(item)] => match &item.sample {
                        Sample::Histogram(histogram) => Some(super::histogram::literal(histogram)),
                        Sample::Float(_) => return Err(wrong(text, 0, "expected a histogram".to_owned())),
                    },
                    items => {
                        let message = format!("expected 1 value, found {}", items.len());
                        return Err(wrong(text, 0, message));
                    }
                }
            }
            None => None,
        };
        Ok(Item::sample(&labels, Value { float: sample.value, histogram }))
    }

    /// All series, a line a sample.
    fn dump(&self) -> String {
        let seconds = self.test.last_eval_time().div_euclid(1000) + 1;
        let query = self.suite.engine.parse(&format!("{{__name__=~\".+\"}}[{seconds}s]"));
        let at = self.test.start.saturating_add(seconds.saturating_mul(1000));
        let output = query.and_then(|query| query.instant(&self.source, at));
        let output = match output {
            Ok(output) => output,
            Err(error) => return error.to_string(),
        };
        let mut lines = Vec::new();
        for series in output.series() {
            lines.push(format!("{} =>", series.labels()));
            for (time, value) in series.samples() {
                let value = match value {
                    crate::SampleRef::Float(value) => number::format_plain(value),
                    crate::SampleRef::Histogram(histogram) => histogram.to_string(),
                };
                lines.push(format!("{value} @[{time}]"));
            }
        }
        lines.join("\n")
    }
}

pub(super) fn failure(span: promql_grammar::Span, title: String) -> Failure {
    Failure { span, title, detail: String::new(), findings: Vec::new(), rules: Vec::new() }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
