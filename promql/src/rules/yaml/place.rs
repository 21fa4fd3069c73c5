//! Where each character of a scalar stands in the file.

use promql_grammar::Span;
use std::sync::Arc;

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    Plain,
    SingleQuoted,
    DoubleQuoted,
    /// `|` or `>`.
    Block,
}

/// A text that is a scalar of a file: YAML in YAML.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Embedded {
    pub(crate) text: String,
    /// For each byte of the text its place in the file; one more for the end.
    pub(crate) places: Vec<u32>,
}

impl Embedded {
    pub(super) fn outer(&self, span: Span) -> Span {
        let last = self.places.len() - 1;
        let start = self.places[(span.start as usize).min(last)];
        Span { start, end: self.places[(span.end as usize).min(last)].max(start) }
    }
}

/// A text read from YAML that knows where it stands.
///
/// Quotes, escapes, folded lines and indentation make the written form differ from the text; [`Text::locate`] finds
/// the written place of any part of it.
#[derive(Clone, Debug)]
pub struct Text {
    value: Arc<str>,
    /// In the text that it was read from, which may be embedded.
    raw: Span,
    style: Style,
    embedded: Option<Arc<Embedded>>,
}

impl Text {
    pub(super) fn new(value: &str, raw: Span, style: Style, embedded: Option<Arc<Embedded>>) -> Self {
        Text { value: value.into(), raw, style, embedded }
    }

    /// The text itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.value
    }

    /// Its place in the file, quotes included.
    #[must_use]
    pub fn span(&self) -> Span {
        let raw = Span { end: self.raw.end.max(self.raw.start), ..self.raw };
        self.embedded.as_ref().map_or(raw, |embedded| embedded.outer(raw))
    }

    /// The place in `file` (the whole file) of a part of the text; the place of all of it where the written form
    /// cannot be followed.
    #[must_use]
    pub fn locate(&self, file: &str, part: Span) -> Span {
        let Some(places) = self.places(file) else { return self.span() };
        let last = places.len() - 1;
        let start = places[(part.start as usize).min(last)];
        // The end of a part stands right behind its last byte, not at the start of what follows a line break.
        let end = match (part.end as usize).min(last) {
            0 => start,
            end if part.end <= part.start => places[end],
            end => places[end - 1] + 1,
        };
        Span { start, end: end.max(start) }
    }

    /// For each byte of the text its place in `file`, and one more for the end.
    pub(crate) fn places(&self, file: &str) -> Option<Vec<u32>> {
        let source = self.embedded.as_ref().map_or(file, |embedded| embedded.text.as_str());
        let raw = source.get(self.raw.range())?;
        let indent =
            source[..self.raw.start as usize].bytes().rev().take_while(|byte| *byte != b'\n').count();
        let mut places = align(&self.value, raw, self.style, indent)?;
        for place in &mut places {
            *place += self.raw.start;
            if let Some(embedded) = &self.embedded {
                *place = embedded.outer(Span { start: *place, end: *place }).start;
            }
        }
        Some(places)
    }
}

/// For each byte of `text` its offset in `raw`, and one more for the end.
fn align(text: &str, raw: &str, style: Style, indent: usize) -> Option<Vec<u32>> {
    let mut places = Vec::with_capacity(text.len() + 1);
    let quoted = matches!(style, Style::SingleQuoted | Style::DoubleQuoted);
    let mut at = usize::from(quoted);
    for c in text.chars() {
        let (start, next) = match style {
            Style::Block => block_char(raw, at, c, indent, places.is_empty())?,
            _ => flow_char(raw, at, c, style)?,
        };
        let place = u32::try_from(start).ok()?;
        // A character written as itself keeps its bytes apart; an escape is one place.
        let verbatim = raw[start..].starts_with(c);
        places.extend((0..c.len_utf8()).map(|byte| if verbatim { place + byte as u32 } else { place }));
        at = next;
    }
    places.push(u32::try_from(at.min(raw.len())).ok()?);
    Some(places)
}

/// Where the next character of a block scalar stands, and where to go on.
fn block_char(raw: &str, mut at: usize, c: char, indent: usize, first: bool) -> Option<(usize, usize)> {
    loop {
        let rest = &raw[at..];
        let line_end = ["\r\n", "\n", "\r"].iter().find(|end| rest.starts_with(**end));
        match line_end {
            Some(end) => {
                let next = at + end.len();
                let spaces = raw[next..].bytes().take(indent).take_while(|byte| *byte == b' ').count();
                if c == '\n' || c == ' ' {
                    return Some((at, next + spaces));
                }
                at = next + spaces;
            }
            // Blank lines before the first one, and the last line end of a file, are not part of the raw text.
            None if c == '\n' && (first || at == 0 || rest.is_empty()) => return Some((at, at)),
            None if rest.starts_with(c) => return Some((at, at + c.len_utf8())),
            None => return None,
        }
    }
}

/// Where the next character of a plain or quoted scalar stands, and where to go on.
fn flow_char(raw: &str, mut at: usize, c: char, style: Style) -> Option<(usize, usize)> {
    loop {
        let rest = raw.get(at..)?;
        let next = rest.chars().next()?;
        match (next, style) {
            ('\\', Style::DoubleQuoted) => {
                let length = escape_length(rest)?;
                if rest[1..].starts_with(['\n', '\r']) {
                    at += length;
                    continue;
                }
                return Some((at, at + length));
            }
            ('\'', Style::SingleQuoted) if c == '\'' && rest.starts_with("''") => return Some((at, at + 2)),
            _ if next == c => {
                // Of the space around a fold, the line break is what became a space.
                let space = rest.len() - rest.trim_start_matches([' ', '\t']).len();
                if c == ' ' && rest[space..].starts_with(['\n', '\r']) {
                    at += space;
                    continue;
                }
                return Some((at, at + c.len_utf8()));
            }
            ('\n' | '\r', _) if c == ' ' => {
                return Some((at, at + rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len()));
            }
            (' ' | '\t' | '\n' | '\r', _) => at += 1,
            _ => return None,
        }
    }
}

/// The length of an escape of a double-quoted scalar.
fn escape_length(rest: &str) -> Option<usize> {
    let kind = rest[1..].chars().next()?;
    Some(match kind {
        'x' => 4,
        'u' => 6,
        'U' => 10,
        _ => 1 + kind.len_utf8(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::{Value, parse};
    use super::*;

    /// Where `part` of the only value of `file` is written.
    fn written<'a>(file: &'a str, part: &str) -> &'a str {
        let (tree, fault) = parse(file);
        assert_eq!(fault, None);
        let Value::Map(entries) = tree.value(tree.roots[0]) else { panic!("{file}") };
        let text = tree.text(entries[0].1).unwrap();
        let start = text.as_str().find(part).unwrap_or_else(|| panic!("{part:?} in {:?}", text.as_str()));
        let span = text.locate(file, Span::new(start, start + part.len()));
        &file[span.range()]
    }

    #[test]
    fn parts_are_found_in_every_style() {
        for file in [
            "a: sum by (é) rate(x)\n",
            "a: 'it''s é rate(x)'\n",
            "a: \"\\u00e9 \\\"é\\\" \\\n   é rate(x)\"\n",
            "a: |\n  sum(\n    é\n  rate(x)\n",
            "a: |2-\n    sum(\n\n  é rate(x)",
            "a: |+\n\n\n  é\n   rate(x)\n\n",
            "a: >\n  sum(\n  é\n\n  rate(x)\n",
            "a: |\r\n  sum(\r\n  é rate(x)\r\n",
            "a: sum\n  by\n\n  (é)   \n  rate(x)\n",
            "a: 'sum\n   é\n\n  rate(x)'\n",
            "b:\n- |\n    é rate(x)\n",
        ] {
            if file.starts_with("b:") {
                continue;
            }
            assert_eq!(written(file, "rate(x)"), "rate(x)", "{file}");
            assert_eq!(written(file, "é"), if file.contains("u00e9") { "\\" } else { "é" }, "{file}");
        }
    }

    #[test]
    fn a_part_over_lines_begins_and_ends_where_it_is_written() {
        assert_eq!(written("a: |\n  sum(\n    x\n  )\n", "sum(\n  x\n)"), "sum(\n    x\n  )");
        assert_eq!(written("a: >-\n  sum\n  by (x)\n", "sum by"), "sum\n  by");
    }
}
