//! What can be wrong with a template.

use std::fmt;

/// When a template failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TemplateErrorKind {
    /// The text is no template.
    Parse,
    /// The template could not be expanded.
    Execute,
}

/// Why a template has no text. Prints as Prometheus does:
/// `error executing template __alert_Down: template: __alert_Down:1:122: executing …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateError {
    pub(super) kind: TemplateErrorKind,
    pub(super) name: String,
    pub(super) message: String,
    pub(super) offset: usize,
}

impl TemplateError {
    /// When it failed.
    #[must_use]
    pub fn kind(&self) -> TemplateErrorKind {
        self.kind
    }

    /// The message without `error executing template …`, as checks of rule files print it.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Where in the text of the template, in bytes.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.offset
    }
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let doing = match self.kind {
            TemplateErrorKind::Parse => "parsing",
            TemplateErrorKind::Execute => "executing",
        };
        write!(f, "error {doing} template {}: {}", self.name, self.message)
    }
}

impl std::error::Error for TemplateError {}
