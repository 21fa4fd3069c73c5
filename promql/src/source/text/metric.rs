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
            let at = self.at;
            name = self.take_while(is_word);
            if !names_a_metric(name) {
                let message = format!(
                    "unexpected {name:?} in series description: a word of the language names no metric"
                );
                return Err(self.error_at(at, message));
            }
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
        if labels.has(&name) {
            return Err(self.error(format!("label name {name:?} is not unique")));
        }
        labels.set(&name, &value);
        Ok(())
    }
}

/// False for the few words of the language that cannot be names, such as `on` and `inf`.
fn names_a_metric(word: &str) -> bool {
    /// No such word is longer.
    const LONGEST: usize = "group_right".len();
    let options = promql_grammar::ParseOptions { unquoted_utf8_names: true };
    let is_selector =
        |ast: promql_grammar::Ast| matches!(ast[ast.root()].kind, promql_grammar::ast::Kind::Selector(_));
    word.len() > LONGEST || word.contains(':') || promql_grammar::parse(word, &options).is_ok_and(is_selector)
}

fn starts_name(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_' || (!c.is_ascii() && c.is_alphabetic())
}

#[cfg(test)]
mod tests {
    use crate::source::text::parse_series;

    #[test]
    fn words_of_the_language_are_names_where_the_language_lets_them() {
        for word in ["sum", "by", "offset", "start", "group", "onward", "infinite", "é.a", "on:x"] {
            assert!(parse_series(&format!("{word} 1")).is_ok(), "{word}");
        }
        for word in ["on", "ON", "ignoring", "group_left", "bool", "atan2", "inf", "NaN"] {
            let error = parse_series(&format!("{word} 1")).unwrap_err().to_string();
            assert!(error.contains("names no metric"), "{error}");
        }
    }

    #[test]
    fn a_label_has_one_value() {
        let error = parse_series("m{a=\"1\", a=\"2\"} 1").unwrap_err().to_string();
        assert!(error.contains("label name \"a\" is not unique"), "{error}");
    }
}
