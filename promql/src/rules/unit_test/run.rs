//! Running one test: time goes on tick by tick; at each one samples appear, rules are evaluated, alerts compared.

use super::coverage::Reached;
use super::file::{AlertCase, TestFile, TestGroup};
use super::probe::Probe;
use super::reach::Reach;
use super::report::{Failure, RulePlace, TestReport};
use super::series::{Input, input};
use super::strict;
use crate::model::{Millis, Sample, format_duration, is_stale};
use crate::rules::evaluate::{RuleSample, RuleState};
use crate::rules::expand::RuleContext;
use crate::rules::file::RuleFile;
use crate::source::MemorySource;
use crate::{Engine, Query};
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

const HALF_A_DAY: Millis = 12 * 60 * 60 * 1000;

/// A rule with its place in the order of evaluation.
pub(super) struct Loaded {
    pub(super) state: RuleState,
    pub(super) place: RulePlace,
    pub(super) name: String,
    pub(super) is_alert: bool,
    pub(super) query: Option<Query>,
    pub(super) hold: Millis,
    pub(super) query_offset: Millis,
    /// It can find something; otherwise it is evaluated once.
    is_reached: bool,
    interval: Millis,
    /// When it is evaluated next.
    due: Millis,
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
        // Prometheus' storage takes nothing that is half a day older than the newest sample.
        let newest = (self.query_offset > HALF_A_DAY).then(|| source.time_span()).flatten();
        let oldest = newest.map_or(Millis::MIN, |span| span.end.saturating_sub(HALF_A_DAY));
        let mut result = Ok(());
        for RuleSample { labels, time, sample } in samples {
            if time < oldest {
                result = Err("out of bounds".to_owned());
                continue;
            }
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

pub(super) struct Running<'a> {
    pub(super) suite: &'a Suite<'a>,
    pub(super) test: &'a TestGroup,
    pub(super) source: MemorySource,
    pub(super) rules: Vec<Loaded>,
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
        if let Some(case) = test.alerts.iter().find(|case| case.name().is_empty()) {
            let title = "the alert test has no `alertname`".to_owned();
            return refused(Failure::new(case.span, title));
        }
        let mut running = Running {
            suite: self,
            test,
            source: MemorySource::default(),
            rules: self.load(test, &input, is_watched),
            failures: if self.file.strict { strict::failures(self, test) } else { Vec::new() },
        };
        if running.ticks(&mut input) {
            let failures = test.exprs.iter().filter_map(|case| running.check_expr(case).err());
            let failures: Vec<Failure> = failures.collect();
            running.failures.extend(failures);
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
                    query: rule.query.clone(),
                    hold: rule.hold,
                    query_offset: group.query_offset.unwrap_or(0),
                    is_reached: is_reached || self.dump,
                    interval: group
                        .interval
                        .filter(|_| test.use_group_intervals)
                        .unwrap_or(self.file.evaluation_interval),
                    due: test.start,
                    probe: is_watched.then(|| Probe::new(group, rule, number, self.engine)),
                })
            },
        );
        loaded.collect()
    }

    /// For each rule whether an expectation depends on it.
    fn looked_at(&self, test: &TestGroup, reach: &Reach<'_>) -> Vec<bool> {
        let alerts: Vec<&str> = test.alerts.iter().map(AlertCase::name).collect();
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
        let (mut time, mut tick) = (start, start);
        while time <= end {
            if let Err(failure) = input.append_until(&mut self.source, time) {
                self.failures.push(failure);
                return true;
            }
            let mut all_good = true;
            for nth in 0..self.rules.len() {
                let rule = &mut self.rules[nth];
                if time < rule.due {
                    continue;
                }
                rule.due = time.saturating_add(rule.interval);
                if !rule.is_reached && time > start {
                    continue;
                }
                if let Err(problem) = rule.evaluate(&mut self.source, time, &context) {
                    all_good = false;
                    let after = time.saturating_sub(start);
                    let title = format!("rule {} failed at {}", rule.name, format_duration(after));
                    let mut failure = Failure::new(self.test.span, title);
                    failure.detail = problem;
                    failure.explanations = self.explain(self.rules[nth..].iter().take(1), time, &[]);
                    self.failures.push(failure);
                }
            }
            if !all_good {
                return false;
            }
            // Series appear at the interval of the file, whatever those of the groups are.
            if tick <= time {
                tick = time.saturating_add(interval);
            }
            let next = self.rules.iter().map(|rule| rule.due).min().map_or(tick, |due| due.min(tick));
            let due = cases.range(time.saturating_sub(start)..next.saturating_sub(start));
            for case in due.flat_map(|(_, cases)| cases) {
                self.failures.extend(self.check_alerts(case, time));
            }
            if next <= time {
                break;
            }
            time = next;
        }
        true
    }
}
