//! Test files as data.

use super::expect::{Match, TextExpectation, Tolerance, ValueExpectation};
use crate::model::{Labels, Millis};
use crate::rules::AlertState;
use crate::rules::yaml::Text;
use promql_grammar::Span;
use std::collections::BTreeMap;

/// A file of tests.
#[derive(Clone, Debug, Default)]
pub struct TestFile {
    /// Patterns of the rule files, relative to the test file.
    pub rule_files: Vec<Text>,
    /// How often rules are evaluated.
    pub evaluation_interval: Millis,
    /// Names of groups in the order in which they are evaluated.
    pub group_eval_order: Vec<Text>,
    /// What promtool passes over in silence is an error: a pattern without files, a name without a rule or a group.
    pub strict: bool,
    /// The tests.
    pub tests: Vec<TestGroup>,
}

/// Series, and what is expected of rules and expressions over them.
#[derive(Clone, Debug)]
pub struct TestGroup {
    /// Its place in the file.
    pub span: Span,
    /// Its name; may be empty.
    pub name: String,
    /// The distance of samples.
    pub interval: Millis,
    /// Groups are evaluated at their own interval where they have one.
    pub use_group_intervals: bool,
    /// The time of the first samples.
    pub start: Millis,
    /// The series.
    pub input_series: Vec<InputSeries>,
    /// What is expected of alerts.
    pub alerts: Vec<AlertCase>,
    /// What is expected of expressions.
    pub exprs: Vec<ExprCase>,
    /// `$externalLabels` of templates.
    pub external_labels: Labels,
    /// `$externalURL` of templates.
    pub external_url: String,
}

/// A series and its values as text.
#[derive(Clone, Debug)]
pub struct InputSeries {
    /// Its place in the file.
    pub span: Span,
    /// Name and labels.
    pub series: Option<Text>,
    /// The values.
    pub values: Option<Text>,
    /// Names and the texts that take the place of `${name}` one after the other; every combination is a series.
    pub repeat: Vec<(String, Vec<String>)>,
}

/// The alerts of one name at a time.
#[derive(Clone, Debug)]
pub struct AlertCase {
    /// Its place in the file.
    pub span: Span,
    /// When, after the start.
    pub eval_time: Millis,
    /// The name of the alert; never missing in a good file.
    pub alertname: Option<Text>,
    /// The state of alerts that say nothing else.
    pub state: AlertState,
    /// Whether other alerts may be there.
    pub matching: Match,
    /// All alerts of that name in one of the states that are named.
    pub expected: Vec<ExpectedAlert>,
}

/// An alert.
#[derive(Clone, Debug)]
pub struct ExpectedAlert {
    /// Its place in the file.
    pub span: Span,
    /// Its labels without `alertname`.
    pub labels: BTreeMap<String, TextExpectation>,
    /// Its annotations.
    pub annotations: BTreeMap<String, TextExpectation>,
    /// Its state.
    pub state: AlertState,
    /// Whether it may have other labels and annotations.
    pub matching: Match,
    /// False if there must be no such alert.
    pub present: bool,
}

/// When an expression is evaluated, after the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EvalTimes {
    /// Once.
    At(Millis),
    /// From the first to the last time at this distance.
    Range {
        /// The first time.
        start: Millis,
        /// The last possible time.
        end: Millis,
        /// Their distance, at least 1.
        step: Millis,
    },
}

impl EvalTimes {
    /// The last possible time.
    #[must_use]
    pub fn end(self) -> Millis {
        match self {
            EvalTimes::At(time) => time,
            EvalTimes::Range { end, .. } => end,
        }
    }
}

/// The answer to an expression.
#[derive(Clone, Debug)]
pub struct ExprCase {
    /// Its place in the file.
    pub span: Span,
    /// The expression.
    pub expr: Option<Text>,
    /// When.
    pub times: EvalTimes,
    /// Whether other series may be in the answer.
    pub matching: Match,
    /// All series of the answer.
    pub expected: Vec<ExpectedSample>,
    /// Why there is no answer; must not be there if not expected.
    pub error: Option<TextExpectation>,
    /// All warnings, if they matter.
    pub warnings: Option<Vec<TextExpectation>>,
    /// All infos, if they matter.
    pub infos: Option<Vec<TextExpectation>>,
}

/// A sample or, over a range, a series of an answer.
#[derive(Clone, Debug)]
pub struct ExpectedSample {
    /// Its place in the file.
    pub span: Span,
    /// Name and labels; may hold matchers.
    pub labels: Option<Text>,
    /// Its value, over a range the one at every time. None counts as 0 where all must be as expected.
    pub value: Option<ValueExpectation>,
    /// How far the value may be away.
    pub tolerance: Tolerance,
    /// A histogram literal.
    pub histogram: Option<Text>,
    /// The values at each time of a range, as input series write them.
    pub values: Option<Text>,
    /// Whether it may have other labels.
    pub matching: Match,
    /// False if there must be no such series.
    pub present: bool,
}

impl AlertCase {
    /// The name of the alert.
    #[must_use]
    pub fn name(&self) -> &str {
        self.alertname.as_ref().map_or("", Text::as_str)
    }
}

impl TestGroup {
    /// The name, or one made from its number.
    #[must_use]
    pub fn title(&self, nth: usize) -> String {
        if self.name.is_empty() { format!("unnamed#{nth}") } else { self.name.clone() }
    }

    /// The time of its last expectation, after the start.
    #[must_use]
    pub fn last_eval_time(&self) -> Millis {
        let alerts = self.alerts.iter().map(|case| case.eval_time);
        alerts.chain(self.exprs.iter().map(|case| case.times.end())).max().unwrap_or(0)
    }
}
