//! The templates of alerts: Go's `text/template` with the functions of Prometheus.
//!
//! Prints what Prometheus prints, digit for digit, and fails with its messages. Not the whole of Go: values are those
//! that an alert can have, so there is no reflection, and complex constants are refused. What runs for too long or
//! becomes too large ends in an error.
//!
//! Text goes through `parse` into a `tree`, which `eval` walks; `call` fits arguments to the tables of `functions`,
//! and `print` writes values as Go's `fmt`.

mod call;
mod data;
mod error;
mod eval;
mod field;
mod functions;
mod limit;
mod parse;
mod print;
mod reference;
mod text;
mod time;
mod tree;
mod unicode;
mod value;

#[cfg(test)]
mod tests;

pub use data::{Data, Query};
pub use error::{TemplateError, TemplateErrorKind};
pub use reference::{Reference, Referenced};

/// What Prometheus puts before the templates of alerts.
const ALERT_VARIABLES: &str = "{{$labels := .Labels}}{{$externalLabels := .ExternalLabels}}\
    {{$externalURL := .ExternalURL}}{{$value := .Value}}";

/// A template, ready to be expanded.
#[derive(Debug)]
pub struct Template {
    name: String,
    /// With the variables of alerts before it.
    source: String,
    /// Where the text that was given starts.
    start: usize,
    parsed: parse::Parsed,
}

impl Template {
    /// Parses a template. Its name appears in messages.
    ///
    /// # Errors
    /// The first mistake.
    pub fn parse(name: &str, text: &str) -> Result<Self, TemplateError> {
        Template::with_variables(name.to_owned(), "", text)
    }

    /// Parses a template of an alert, which knows `$labels`, `$value`, `$externalLabels` and `$externalURL`.
    ///
    /// # Errors
    /// The first mistake, with the message of Prometheus; its columns count the variables too.
    ///
    /// ```
    /// use promql::model::{Labels, Sample};
    /// use promql::rules::template::{Data, Template};
    ///
    /// let template = Template::alert("Down", "{{ $labels.job }} lost {{ $value | humanizePercentage }}")?;
    /// let data = Data {
    ///     labels: &Labels::from_pairs([("job", "api")]),
    ///     external_labels: &Labels::empty(),
    ///     external_url: "",
    ///     value: &Sample::Float(0.25),
    ///     time: 0,
    ///     query: &|_| Ok(Vec::new()),
    ///     server_url: None,
    /// };
    /// assert_eq!(template.expand(&data)?, "api lost 25%");
    /// # Ok::<(), promql::rules::template::TemplateError>(())
    /// ```
    pub fn alert(alert: &str, text: &str) -> Result<Self, TemplateError> {
        Template::with_variables(format!("__alert_{alert}"), ALERT_VARIABLES, text)
    }

    fn with_variables(name: String, variables: &str, text: &str) -> Result<Self, TemplateError> {
        let (start, source) = (variables.len(), format!("{variables}{text}"));
        match parse::parse(&name, &source) {
            Ok(mut parsed) => {
                // What the variables themselves refer to is nobody's concern.
                parsed.references.retain(|reference| reference.span.start >= start);
                for reference in &mut parsed.references {
                    reference.span = reference.span.start - start..reference.span.end - start;
                }
                Ok(Template { name, source, start, parsed })
            }
            Err(fault) => {
                let offset = fault.at.saturating_sub(start);
                Err(TemplateError { kind: TemplateErrorKind::Parse, name, message: fault.message, offset })
            }
        }
    }

    /// The text that comes out.
    ///
    /// # Errors
    /// The error that ends the execution, with the message of Prometheus. What it has written is lost.
    pub fn expand(&self, data: &Data<'_>) -> Result<String, TemplateError> {
        match eval::execute(&self.name, &self.source, &self.parsed.tree, data) {
            Ok(bytes) => Ok(text::to_str(&bytes).into_owned()),
            Err(stop) => Err(TemplateError {
                kind: TemplateErrorKind::Execute,
                name: self.name.clone(),
                message: stop.message,
                offset: stop.at.saturating_sub(self.start),
            }),
        }
    }

    /// What the template takes from its data, in order, as far as that can be told without running it.
    #[must_use]
    pub fn references(&self) -> &[Reference] {
        &self.parsed.references
    }
}

/// The names of all functions, sorted without regard to case.
pub fn function_names() -> impl Iterator<Item = &'static str> {
    functions::names()
}
