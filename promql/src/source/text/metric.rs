//! Metrics: a name, labels, or both.

use super::scan::{Scanner, is_word};
use crate::model::{Labels, LabelsEdit, METRIC_NAME};
use crate::source::FormatError;

impl Scanner<'_> {
    /// `name`, `name{a="b"}` or `{"name", a="b"}`; names without quotes may hold any letters and dots.
    pub(super) fn metric(&mut self) -> Result<Labels, FormatError> {
        let mut labels = LabelsEdit::default();
        let mut name = "";
        if self.next_is(|c| c == ':' || starts_name(c)) {
            name = self.take_while(is_word);
        } else if !self.next_is(|c| c == '{') {
            return Err(self.unexpected("series description", "metric name or \"{\""));
        }
        if !self.rest().starts_with("{{") && self.eat("{") {
            self.label_set(&mut labels)?;
        }
        if !name.is_empty() {
            labels.set(METRIC_NAME, name);
        }
        Ok(labels.finish())
    }

    fn label_set(&mut self, labels: &mut LabelsEdit<'_>) -> Result<(), FormatError> {
        loop {
            self.skip_space();
            if self.eat("}") {
                return Ok(());
            }
            self.label(labels)?;
            self.skip_space();
            if !self.eat(",") && !self.next_is(|c| c == '}') {
                return Err(self.unexpected("label set", "\",\" or \"}\""));
            }
        }
    }

    fn label(&mut self, labels: &mut LabelsEdit<'_>) -> Result<(), FormatError> {
        let (name, quoted) = match self.string() {
            Some(name) => (name?, true),
            None if self.next_is(starts_name) => {
                (self.take_while(|c| is_word(c) && c != ':').to_owned(), false)
            }
            None => return Err(self.unexpected("label set", "identifier or \"}\"")),
        };
        self.skip_space();
        if !self.eat("=") {
            if quoted {
                labels.set(METRIC_NAME, &name);
                return Ok(());
            }
            return Err(self.unexpected("label set", "\"=\""));
        }
        self.skip_space();
        let value = self.string().unwrap_or_else(|| Err(self.unexpected("label set", "string")))?;
        labels.set(&name, &value);
        Ok(())
    }
}

fn starts_name(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_' || (!c.is_ascii() && c.is_alphabetic())
}
