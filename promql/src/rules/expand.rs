//! Templates of labels and annotations, with the variables that alerts have.

use crate::SampleRef;
use crate::model::{Labels, Millis, number};
use crate::source::SeriesSource;
use promql_grammar::Span;

/// Why a text is no template.
pub(super) struct TemplateFault {
    pub(super) message: String,
    /// Where in the text.
    pub(super) span: Option<Span>,
}

/// What templates may ask for besides the alert itself.
#[derive(Clone, Debug, Default)]
pub struct TemplateContext {
    /// `$externalLabels`
    pub external_labels: Labels,
    /// `$externalURL`
    pub external_url: String,
}

/// The sample that a template speaks about.
pub(super) struct Subject<'a> {
    pub(super) labels: &'a Labels,
    pub(super) value: SampleRef<'a>,
    pub(super) time: Millis,
    pub(super) context: &'a TemplateContext,
    pub(super) source: &'a dyn SeriesSource,
}

/// A compiled template.
#[derive(Clone, Debug)]
pub(super) struct Program(String);

impl Program {
    /// Compiles a text of an alert.
    pub(super) fn compile(alert: &str, text: &str) -> Result<Self, TemplateFault> {
        let _ = alert;
        Ok(Program(text.to_owned()))
    }

    /// The finished text; if it cannot be made, a text that says why.
    pub(super) fn expand(&self, subject: &Subject<'_>) -> String {
        let _ = (subject.time, subject.context, subject.source);
        let mut out = String::new();
        let mut rest = self.0.as_str();
        while let Some((before, action)) = rest.split_once("{{") {
            out.push_str(before);
            let (action, after) = action.split_once("}}").unwrap_or((action, ""));
            let action = action.trim();
            if let Some(label) = action.strip_prefix("$labels.") {
                out.push_str(subject.labels.get(label));
            } else if action == "$value"
                && let SampleRef::Float(value) = subject.value
            {
                out.push_str(&number::format_g(value));
            }
            rest = after;
        }
        out + rest
    }
}
