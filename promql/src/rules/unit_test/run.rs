//! Running one test: time goes on tick by tick; at each one samples appear, rules are evaluated, alerts compared.

use super::file::{AlertCase, TestFile, TestGroup};
use super::reach::reached;
use super::report::{Failure, RulePlace, TestReport};
use super::series::{Input, input};
use super::strict;
use crate::model::{Millis, format_duration};
use crate::rules::evaluate::RuleState;
use crate::rules::expand::TemplateContext;
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
        let mut input = match input(test, self.text) {
            Ok(input) => input,
            Err(failure) => return TestReport { failures: vec![failure], dump: None },
        };
        if let Some(case) = test.alerts.iter().find(|case| case.name().is_empty()) {
            let title = "the alert test has no `alertname`".to_owned();
            return TestReport { failures: vec![Failure::new(case.span, title)], dump: None };
        }
        let mut running = Running {
            suite: self,
            test,
            source: MemorySource::default(),
            rules: self.load(test, &input),
            failures: if self.file.strict { strict::failures(self, test) } else { Vec::new() },
        };
        if running.ticks(&mut input) {
            let failures = test.exprs.iter().filter_map(|case| running.check_expr(case).err());
            let failures: Vec<Failure> = failures.collect();
            running.failures.extend(failures);
        }
        let dump = self.dump.then(|| running.dump());
        TestReport { failures: running.failures, dump }
    }

    /// The rules in the order of evaluation.
    fn load(&self, test: &TestGroup, input: &Input) -> Vec<Loaded> {
        let order: HashMap<&str, usize> =
            self.file.group_eval_order.iter().enumerate().map(|(nth, name)| (name.as_str(), nth)).collect();
        let groups = self
            .rules
            .iter()
            .enumerate()
            .flat_map(|(file, rules)| rules.groups.iter().map(move |group| (file, group)));
        let mut groups: Vec<_> = groups.collect();
        // Groups that the order does not name count as first, as for promtool.
        groups.sort_by_key(|(_, group)| order.get(group.name.as_str()).copied().unwrap_or(0));
        let rules: Vec<_> =
            groups.iter().flat_map(|(_, group)| group.rules.iter().map(move |rule| (*group, rule))).collect();
        let reached = reached(&rules, &input.labels());
        let files = groups.iter().flat_map(|(file, group)| std::iter::repeat_n(*file, group.rules.len()));
        let loaded =
            rules.iter().zip(files).zip(reached).filter_map(|(((group, rule), file), is_reached)| {
                Some(Loaded {
                    state: RuleState::new(group, rule)?,
                    place: RulePlace { file, span: rule.span },
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
                })
            });
        loaded.collect()
    }
}

impl Running<'_> {
    /// Evaluates all rules from the start to the last expectation; false if one of them failed.
    fn ticks(&mut self, input: &mut Input) -> bool {
        let (start, interval) = (self.test.start, self.suite.file.evaluation_interval);
        let end = start.saturating_add(self.test.last_eval_time());
        let context = TemplateContext {
            external_labels: self.test.external_labels.clone(),
            external_url: self.test.external_url.clone(),
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
                if let Err(problem) = rule.state.evaluate(&mut self.source, time, &context) {
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
