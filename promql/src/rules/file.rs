//! Rule files as data.

use super::yaml::Text;
use crate::Query;
use crate::model::{Labels, Millis};
use promql_grammar::Span;
use std::collections::BTreeMap;

/// The groups of a file.
#[derive(Clone, Debug, Default)]
pub struct RuleFile {
    /// In the order of the file.
    pub groups: Vec<Group>,
}

/// Rules that are evaluated one after the other.
#[derive(Clone, Debug)]
pub struct Group {
    /// Its place in the file.
    pub span: Span,
    /// Its name; unique in the file.
    pub name: String,
    /// How often it is evaluated, in milliseconds.
    pub interval: Option<Millis>,
    /// How far in the past it is evaluated, in milliseconds.
    pub query_offset: Option<Millis>,
    /// The most alerts or series of a rule; 0 for no limit.
    pub limit: i64,
    /// Labels of all its rules.
    pub labels: Vec<(Text, Text)>,
    /// Its rules.
    pub rules: Vec<Rule>,
}

/// A recording or an alerting rule.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its place in the file.
    pub span: Span,
    /// The name of the series it writes.
    pub record: Option<Text>,
    /// The name of the alert.
    pub alert: Option<Text>,
    /// The expression as it is written.
    pub expr: Option<Text>,
    /// The expression is there, but no text.
    pub(super) is_expr_broken: bool,
    /// The expression; none if it is missing or wrong.
    pub query: Option<Query>,
    /// `for`: how long an alert is pending before it fires, in milliseconds.
    pub hold: Millis,
    /// How long an alert keeps firing when its cause is gone, in milliseconds.
    pub keep_firing_for: Millis,
    /// Labels to add, templates in alerting rules.
    pub labels: Vec<(Text, Text)>,
    /// Annotations to add, templates all of them.
    pub annotations: Vec<(Text, Text)>,
}

impl Rule {
    /// The name of the alert or of the series.
    #[must_use]
    pub fn name(&self) -> &str {
        let name = self.alert.as_ref().filter(|name| !name.as_str().is_empty()).or(self.record.as_ref());
        name.map_or("", Text::as_str)
    }

    /// True for an alerting rule.
    #[must_use]
    pub fn is_alert(&self) -> bool {
        self.alert.as_ref().is_some_and(|name| !name.as_str().is_empty())
    }

    /// The labels of its group and its own, which go before; templates unexpanded.
    #[must_use]
    pub fn all_labels(&self, group: &Group) -> Labels {
        Labels::from_pairs(self.label_pairs(group))
    }

    /// Names and values of the labels of its group and its own, by name. An empty value removes a label from results.
    pub(super) fn label_pairs(&self, group: &Group) -> BTreeMap<String, String> {
        let pairs = group.labels.iter().chain(&self.labels);
        pairs.map(|(name, value)| (name.as_str().to_owned(), value.as_str().to_owned())).collect()
    }
}
