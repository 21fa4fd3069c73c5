//! What rustyline asks while a line is typed.

use super::cache::Names;
use super::{command, complete, highlight};
use rustyline::completion::{Completer, Pair};
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::{Hinter, HistoryHinter};
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Context, Helper, Result};
use std::borrow::Cow;

/// Completion, colours, hints from old lines, and whether a line goes on.
pub(super) struct PromqlHelper {
    pub(super) names: Names,
    hinter: HistoryHinter,
}

impl PromqlHelper {
    pub(super) fn new(names: Names) -> Self {
        PromqlHelper { names, hinter: HistoryHinter::new() }
    }
}

impl Helper for PromqlHelper {}

impl Completer for PromqlHelper {
    type Candidate = Pair;

    fn complete(&self, line: &str, pos: usize, _: &Context<'_>) -> Result<(usize, Vec<Pair>)> {
        Ok(complete::complete(&self.names, &line[..pos]))
    }
}

impl Hinter for PromqlHelper {
    type Hint = String;

    fn hint(&self, line: &str, pos: usize, context: &Context<'_>) -> Option<String> {
        self.hinter.hint(line, pos, context)
    }
}

impl Highlighter for PromqlHelper {
    fn highlight<'l>(&self, line: &'l str, _: usize) -> Cow<'l, str> {
        if command::is_command(line) { Cow::Borrowed(line) } else { highlight::highlight(line) }
    }

    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(&'s self, prompt: &'p str, _: bool) -> Cow<'b, str> {
        let bold = anstyle::AnsiColor::Green.on_default().bold();
        Cow::Owned(format!("{bold}{prompt}{bold:#}"))
    }

    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        let dim = anstyle::Style::new().dimmed();
        Cow::Owned(format!("{dim}{hint}{dim:#}"))
    }

    fn highlight_char(&self, _: &str, _: usize, _: CmdKind) -> bool {
        true
    }
}

impl Validator for PromqlHelper {
    fn validate(&self, context: &mut ValidationContext<'_>) -> Result<ValidationResult> {
        let text = context.input();
        let goes_on = !command::is_command(text) && promql_grammar::brackets_open(text);
        Ok(if goes_on { ValidationResult::Incomplete } else { ValidationResult::Valid(None) })
    }
}
