//! Templates of labels and annotations as rules use them.

use super::evaluate::{owned, vector};
use super::template::{Data, Template, TemplateError};
use crate::model::{Labels, Millis, Sample};
use crate::source::SeriesSource;
use crate::{Cancel, Engine, Run, SampleRef};
use std::sync::Arc;

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

/// A compiled template.
#[derive(Clone, Debug)]
pub(super) enum Program {
    /// Without any action.
    Plain(String),
    Template(Arc<Template>),
}

impl Program {
    /// Compiles a text of an alert.
    pub(super) fn compile(alert: &str, text: &str) -> Result<Self, TemplateError> {
        if !text.contains("{{") {
            return Ok(Program::Plain(text.to_owned()));
        }
        Template::alert(alert, text).map(|template| Program::Template(Arc::new(template)))
    }

    /// The finished text; if it cannot be made, a text that says why.
    pub(super) fn expand(&self, subject: &Subject<'_>) -> String {
        let template = match self {
            Program::Plain(text) => return text.clone(),
            Program::Template(template) => template,
        };
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
        template.expand(&data).unwrap_or_else(|error| format!("<error expanding template: {error}>"))
    }
}
