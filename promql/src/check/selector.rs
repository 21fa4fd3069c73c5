//! Selectors: matchers compiled, metric name set once, not everything selected.

use super::{CheckErrorKind, Checker, Reach};
use crate::model::{METRIC_NAME, Matcher};
use promql_grammar::Span;
use promql_grammar::ast::Selector;
use std::sync::Arc;

impl Checker<'_> {
    /// The matchers of a selector; those that are wrong are left out.
    pub(super) fn selector(&mut self, selector: &Selector, span: Span, reach: Reach) -> Arc<[Matcher]> {
        if let (Some(name), []) = (&selector.name, &selector.matchers[..]) {
            return Arc::new([Matcher::equal(METRIC_NAME, name)]);
        }
        let mut matchers = Vec::with_capacity(selector.matchers.len() + 1);
        let mut complete = true;
        for written in &selector.matchers {
            match Matcher::new(&written.name, written.op, &written.value) {
                Ok(matcher) => matchers.push(matcher),
                Err(error) => {
                    complete = false;
                    self.fail(CheckErrorKind::Regex(error), written.span, None);
                }
            }
        }
        if let Some(name) = &selector.name {
            if let Some(inside) = selector.matchers.iter().find(|matcher| matcher.name == METRIC_NAME) {
                let kind = CheckErrorKind::MetricNameTwice(name.clone(), inside.value.clone());
                self.fail(kind, span, Some(inside.span));
            }
            matchers.push(Matcher::equal(METRIC_NAME, name));
        } else if complete
            && reach != Reach::InfoSelector
            && matchers.iter().all(|matcher| matcher.matches(""))
        {
            self.fail(CheckErrorKind::EmptySelector, span, None);
        }
        matchers.into()
    }
}
