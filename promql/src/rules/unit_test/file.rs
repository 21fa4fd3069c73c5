//! Test files as data.

use crate::model::{Labels, Millis};
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
    pub group_eval_order: Vec<String>,
    /// Values may differ in their last bit.
    pub fuzzy_compare: bool,
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
}

/// The alerts of one name that fire at a time.
#[derive(Clone, Debug)]
pub struct AlertCase {
    /// Its place in the file.
    pub span: Span,
    /// When, after the start.
    pub eval_time: Millis,
    /// The name of the alert; never empty in a good file.
    pub alertname: String,
    /// All alerts of that name that fire.
    pub expected: Vec<ExpectedAlert>,
}

/// An alert that fires.
#[derive(Clone, Debug)]
pub struct ExpectedAlert {
    /// Its place in the file.
    pub span: Span,
    /// Its labels without `alertname`.
    pub labels: BTreeMap<String, String>,
    /// Its annotations.
    pub annotations: BTreeMap<String, String>,
}

/// The answer to an expression at a time.
#[derive(Clone, Debug)]
pub struct ExprCase {
    /// Its place in the file.
    pub span: Span,
    /// The expression.
    pub expr: Option<Text>,
    /// When, after the start.
    pub eval_time: Millis,
    /// All samples of the answer.
    pub expected: Vec<ExpectedSample>,
}

/// A sample of an answer.
#[derive(Clone, Debug)]
pub struct ExpectedSample {
    /// Its place in the file.
    pub span: Span,
    /// Name and labels.
    pub labels: Option<Text>,
    /// Its value; 0 for a histogram.
    pub value: f64,
    /// A histogram literal.
    pub histogram: Option<Text>,
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
        alerts.chain(self.exprs.iter().map(|case| case.eval_time)).max().unwrap_or(0)
    }
}
