//! Strings in quotes.

use super::scan::Scanner;
use crate::source::FormatError;
use promql_grammar::read_string;

impl Scanner<'_> {
    /// A PromQL string; none if there is no quote at the cursor.
    pub(super) fn string(&mut self) -> Option<Result<String, FormatError>> {
        Some(match read_string(self.rest())? {
            Ok((text, end)) => {
                self.at += end;
                Ok(text)
            }
            Err((at, kind)) => Err(self.error_at(self.at + at, kind.to_string())),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use promql_grammar::ast::escaped_byte;

    #[test]
    fn escapes_are_those_of_go() {
        let read = |source| Scanner::new(source).string().unwrap().ok();
        assert_eq!(read(r#""a\"b\n""#).as_deref(), Some("a\"b\n"));
        assert_eq!(read(r"'\x41\u00e9\102'").as_deref(), Some("AéB"));
        assert_eq!(read(r"`\n`").as_deref(), Some(r"\n"));
        assert_eq!(read(r"'\xff'"), Some(String::from(escaped_byte(0xff))));
        assert_eq!(read(r"'\q'"), None);
        assert_eq!(read(r#"'\"'"#), None);
        assert_eq!(read("\"abc"), None);
    }
}
