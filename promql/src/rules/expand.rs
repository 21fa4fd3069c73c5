//! Templates of labels and annotations as rules use them.

use super::evaluate::{owned, vector};
use super::template::{Data, Template, TemplateError};
use crate::model::{Labels, Millis, Sample};
use crate::source::SeriesSource;
use crate::{Cancel, Engine, Run, SampleRef};
use std::sync::{Arc, OnceLock};

/// What an evaluation needs besides the rule and its series.
#[derive(Clone, Debug, Default)]
pub struct RuleContext {
    /// `$externalLabels` of templates.
    pub external_labels: Labels,
    /// `$externalURL` of templates.
    pub external_url: String,
    /// Ends the evaluation from outside.
    pub cancel: Cancel,
}

/// The sample that a template speaks about, and what it may look up.
pub(super) struct Subject<'a> {
    pub(super) labels: &'a Labels,
    pub(super) value: SampleRef<'a>,
    pub(super) time: Millis,
    pub(super) context: &'a RuleContext,
    pub(super) engine: &'a Engine,
    pub(super) source: &'a dyn SeriesSource,
}

/// A text of an alert, which may be a template.
#[derive(Clone, Debug)]
pub(super) struct Program {
    alert: String,
    text: String,
    /// Compiled when the alert is first found, which for most alerts is never.
    template: OnceLock<Result<Arc<Template>, TemplateError>>,
}

impl Program {
    pub(super) fn new(alert: &str, text: &str) -> Self {
        Program { alert: alert.to_owned(), text: text.to_owned(), template: OnceLock::new() }
    }

    /// Compiles the text, if it is a template, to see whether it can be.
    pub(super) fn check(alert: &str, text: &str) -> Result<(), TemplateError> {
        if is_template(text) { Template::alert(alert, text).map(|_| ()) } else { Ok(()) }
    }

    /// The finished text; if it cannot be made, a text that says why.
    pub(super) fn expand(&self, subject: &Subject<'_>) -> String {
        if !is_template(&self.text) {
            return self.text.clone();
        }
        let compile = || Template::alert(&self.alert, &self.text).map(Arc::new);
        let template = self.template.get_or_init(compile).as_ref();
        let expanded = match template {
            Ok(template) => Program::expand_template(template, subject),
            Err(error) => Err(error.clone()),
        };
        expanded.unwrap_or_else(|error| format!("<error expanding template: {error}>"))
    }

    fn expand_template(template: &Template, subject: &Subject<'_>) -> Result<String, TemplateError> {
        let query = |text: &str| -> Result<Vec<(Labels, Sample)>, String> {
            let query = subject.engine.parse(text).map_err(|error| error.to_string())?;
            let run = Run { cancel: subject.context.cancel.clone(), ..Run::instant(subject.time) };
            let output = query.run(subject.source, &run).map_err(|error| error.to_string())?;
            let samples = vector(&output).map_err(|error| error.to_string())?;
            Ok(samples.into_iter().map(|(labels, value)| (labels, owned(value))).collect())
        };
        let data = Data {
            labels: subject.labels,
            external_labels: &subject.context.external_labels,
            external_url: &subject.context.external_url,
            value: &owned(subject.value),
            time: subject.time,
            query: &query,
            server_url: None,
        };
        template.expand(&data)
    }
}

/// Texts without any action are their own expansion.
fn is_template(text: &str) -> bool {
    text.contains("{{")
}
