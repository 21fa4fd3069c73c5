//! Strings in quotes.

use super::scan::Scanner;
use crate::source::FormatError;
use promql_grammar::ast::escaped_byte;

impl Scanner<'_> {
    /// A string in double, single or back quotes with Go's escapes; none if there is no quote at the cursor.
    pub(super) fn string(&mut self) -> Option<Result<String, FormatError>> {
        let quote = self.peek().filter(|c| matches!(c, '"' | '\'' | '`'))?;
        Some(self.quoted(quote))
    }

    fn quoted(&mut self, quote: char) -> Result<String, FormatError> {
        let start = self.at;
        self.at += 1;
        let mut bytes = Vec::new();
        loop {
            let Some(c) = self.peek() else {
                return Err(self.error_at(start, "unterminated quoted string"));
            };
            let escape = self.at;
            self.at += c.len_utf8();
            if c == quote {
                return Ok(text(&bytes));
            }
            if c == '\\' && quote != '`' {
                self.escape(quote, &mut bytes)
                    .ok_or_else(|| self.error_at(escape, "unknown escape sequence in string"))?;
            } else {
                bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            }
        }
    }

    fn escape(&mut self, quote: char, bytes: &mut Vec<u8>) -> Option<()> {
        let c = self.peek()?;
        let simple = match c {
            'a' => 7,
            'b' => 8,
            'f' => 12,
            'n' => b'\n',
            'r' => b'\r',
            't' => b'\t',
            'v' => 11,
            '\\' => b'\\',
            c if c == quote => c as u8,
            'x' | 'u' | 'U' => {
                self.at += 1;
                let digits = match c {
                    'x' => 2,
                    'u' => 4,
                    _ => 8,
                };
                let code = self.digits(digits, 16)?;
                if c == 'x' {
                    bytes.push(u8::try_from(code).ok()?);
                } else {
                    bytes.extend_from_slice(char::from_u32(code)?.encode_utf8(&mut [0; 4]).as_bytes());
                }
                return Some(());
            }
            '0'..='7' => {
                let code = self.digits(3, 8)?;
                bytes.push(u8::try_from(code).ok()?);
                return Some(());
            }
            _ => return None,
        };
        self.at += 1;
        bytes.push(simple);
        Some(())
    }

    fn digits(&mut self, count: usize, radix: u32) -> Option<u32> {
        let digits = self.rest().get(..count)?;
        let value =
            digits.chars().all(|c| c.is_digit(radix)).then(|| u32::from_str_radix(digits, radix).ok())?;
        self.at += count;
        value
    }
}

/// The text of any bytes: those that are not UTF-8 become their stand-in characters.
fn text(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|&byte| escaped_byte(byte)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

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
