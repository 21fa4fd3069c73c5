//! Warnings and infos that travel beside a result.

mod text;

pub use text::text;

use promql_grammar::Span;

/// How serious an annotation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// The result is probably not what was meant.
    Warning,
    /// The result deserves a second look.
    Info,
}

/// A warning or an info in Prometheus' words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Annotation {
    /// How serious it is.
    pub level: Level,
    /// The text, with the prefix `PromQL warning: ` or `PromQL info: ` where the engine speaks, without position.
    pub text: String,
    /// The expression concerned; none for what a source said.
    pub span: Option<Span>,
}

impl Annotation {
    /// The text as Prometheus prints it, with line and column of the expression in `query`.
    #[must_use]
    pub fn render(&self, query: &str) -> String {
        match self.span {
            Some(span) => {
                let (line, column) = span.line_column(query);
                format!("{} ({line}:{column})", self.text)
            }
            None => self.text.clone(),
        }
    }
}
