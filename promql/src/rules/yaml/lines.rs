//! The common kind of YAML, read line by line: blocks of keys and dashes with values of one line.
//!
//! Any other value is handed to the parser together with the lines that belong to it, and so is the whole text where
//! its lines are not of this kind. The tree is the one that the parser makes of the text, several times faster.

use super::build::Builder;
use super::parse::parse_part;
use super::{Style, Tree, Value};
use promql_grammar::Span;
use std::borrow::Cow;

/// Longer keys and deeper nests are the parser's, which limits both.
const LONGEST_KEY: usize = 256;
const DEEPEST: usize = 64;

/// Reads a text; none if it is of another kind.
pub(super) fn read(text: &str) -> Option<Tree<'_>> {
    // Looking at all bytes of a chunk is faster than stopping at the first one that is special.
    let is_ascii = |chunk: &[u8]| {
        chunk.iter().fold(true, |all, byte| all & (*byte == b'\n' || (b' '..=b'~').contains(byte)))
    };
    if !text.as_bytes().chunks(256).all(is_ascii) && !text.chars().all(is_plain) {
        return None;
    }
    let mut reader =
        Reader { text, builder: Builder::default(), blocks: Vec::new(), expected: None, is_begun: false };
    // Room for a value every 8 bytes, so that a large tree is not moved over and over.
    reader.builder.tree.nodes.reserve(text.len() / 8);
    let mut at = 0;
    while at < text.len() {
        at = reader.line(at)?;
    }
    reader.finish()
}

/// Characters that mean the same to everybody.
fn is_plain(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a1}'..='\u{1fff}' | '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{d7ff}' | '\u{10000}'..)
}

struct Reader<'t> {
    text: &'t str,
    builder: Builder<'t>,
    /// The open lists and maps.
    blocks: Vec<Block>,
    /// The innermost entry if its value has not come.
    expected: Option<Entry>,
    /// The document has begun, with its mark or with content.
    is_begun: bool,
}

struct Block {
    column: usize,
    is_list: bool,
}

/// A key or a dash.
#[derive(Clone, Copy)]
struct Entry {
    is_key: bool,
    /// Where its line begins.
    line: usize,
    column: usize,
    /// The dash or the colon.
    mark: usize,
    /// Dashes up to it on its line.
    dashes: usize,
}

impl<'t> Reader<'t> {
    /// Reads the line at `line` and those that go on with its value. Gives the start of the next one.
    fn line(&mut self, line: usize) -> Option<usize> {
        let end = self.text[line..].find('\n').map_or(self.text.len(), |length| line + length);
        let content = self.text[line..end].trim_ascii_start();
        if content.is_empty() || content.starts_with('#') {
            return Some(end + 1);
        }
        let mut at = end - content.len();
        let is_begun = std::mem::replace(&mut self.is_begun, true);
        if !is_begun && at == line && content.trim_ascii_end() == "---" {
            return Some(end + 1);
        }
        self.settle(at - line, is_dash(content))?;
        let mut dashes = 0;
        while is_dash(&self.text[at..end]) {
            dashes += 1;
            self.block(true, line, at)?;
            self.expected = Some(Entry { is_key: false, line, column: at - line, mark: at, dashes });
            at = self.skip_spaces(at + 1, end);
        }
        if let Some((key, style, colon)) = key(&self.text[at..end]) {
            self.block(false, line, at)?;
            let span = Span::new(at, at + colon);
            self.builder.scalar(Cow::Borrowed(key), style, false, span);
            let entry = Entry { is_key: true, line, column: at - line, mark: at + colon, dashes };
            self.expected = Some(entry);
            at = self.skip_spaces(entry.mark + 1, end);
        }
        let entry = self.expected?;
        let value = &self.text[at..end];
        if entry.line == line && (value.is_empty() || value.starts_with('#')) {
            return Some(end + 1);
        }
        match one_line(value).filter(|_| entry.line == line && !self.goes_on(end + 1, entry.column)) {
            Some((text, style, length)) => {
                self.builder.scalar(Cow::Borrowed(text), style, false, Span::new(at, at + length));
                self.expected = None;
                Some(end + 1)
            }
            None => self.delegate(entry, end + 1),
        }
    }

    /// Closes the blocks that end before a line with content at `column`.
    fn settle(&mut self, column: usize, is_dash: bool) -> Option<()> {
        if let Some(entry) = self.expected {
            if column > entry.column || (is_dash && entry.is_key && column == entry.column) {
                return Some(());
            }
            self.nothing(entry)?;
        }
        if self.blocks.is_empty() {
            // Nothing but the root may stand here.
            return self.builder.tree.nodes.is_empty().then_some(());
        }
        let is_over = |block: &mut Block| {
            block.column > column || (block.column == column && block.is_list && !is_dash)
        };
        while self.blocks.pop_if(is_over).is_some() {
            self.builder.close(None);
        }
        self.blocks.last().filter(|block| block.column == column && block.is_list == is_dash).map(|_| ())
    }

    /// Opens a list or a map that begins at `at`, unless one goes on there.
    fn block(&mut self, is_list: bool, line: usize, at: usize) -> Option<()> {
        let column = at - line;
        let goes_on =
            |block: &Block| block.column == column && block.is_list == is_list && self.expected.is_none();
        if self.blocks.last().is_some_and(goes_on) {
            return Some(());
        }
        if self.blocks.len() == DEEPEST {
            return None;
        }
        // A list no deeper than its key begins behind its first dash, to the parser.
        let is_deeper = self.blocks.last().is_none_or(|block| block.column < column);
        let start = if is_deeper { at } else { self.skip_spaces(at + 1, self.text.len()) };
        if !is_deeper && matches!(self.text.as_bytes().get(start), None | Some(b'\n' | b'#')) {
            return None;
        }
        let value = if is_list { Value::List(Vec::new()) } else { Value::Map(Vec::new()) };
        self.builder.open(value, u32::try_from(start).ok()?);
        self.blocks.push(Block { column, is_list });
        self.expected = None;
        Some(())
    }

    /// An entry without a value.
    fn nothing(&mut self, entry: Entry) -> Option<()> {
        self.expected = None;
        let span = Span::new(entry.mark, entry.mark);
        entry.is_key.then(|| self.builder.scalar(Cow::Borrowed("~"), Style::Plain, false, span))?;
        Some(())
    }

    /// Lets the parser read the value of an entry: all lines that are deeper. Gives the start of the next one.
    fn delegate(&mut self, entry: Entry, mut end: usize) -> Option<usize> {
        while end < self.text.len() && self.indent(end).is_none_or(|indent| indent > entry.column) {
            end = self.text[end..].find('\n').map_or(self.text.len(), |length| end + length + 1);
        }
        let end = end.min(self.text.len());
        // The start of the stream and of the document; the blocks of the dashes; the block of the key and the key.
        let skip = 2 + entry.dashes + if entry.is_key { 2 } else { 0 };
        parse_part(&mut self.builder, &self.text[entry.line..end], entry.line, skip)?;
        self.expected = None;
        Some(end)
    }

    /// The next line that is not blank is deeper than `column`.
    fn goes_on(&self, mut at: usize, column: usize) -> bool {
        while at < self.text.len() {
            match self.indent(at) {
                Some(indent) => return indent > column,
                None => at = self.skip_spaces(at, self.text.len()) + 1,
            }
        }
        false
    }

    /// The indentation of the line at `at`, unless it is blank.
    fn indent(&self, at: usize) -> Option<usize> {
        let end = self.skip_spaces(at, self.text.len());
        (!matches!(self.text.as_bytes().get(end), None | Some(b'\n'))).then_some(end - at)
    }

    fn skip_spaces(&self, at: usize, end: usize) -> usize {
        at + self.text[at..end].bytes().take_while(|byte| *byte == b' ').count()
    }

    fn finish(mut self) -> Option<Tree<'t>> {
        if let Some(entry) = self.expected {
            self.nothing(entry)?;
        }
        for _ in &self.blocks {
            self.builder.close(None);
        }
        (!self.blocks.is_empty()).then_some(self.builder.tree)
    }
}

/// The line goes on with an item of a list.
fn is_dash(content: &str) -> bool {
    content.starts_with("- ") || content == "-"
}

/// A key and its colon: the text, how it is written, and the offset of the colon.
fn key(content: &str) -> Option<(&str, Style, usize)> {
    let (text, style, colon) = match content.as_bytes().first()? {
        b'"' | b'\'' => quoted(content)?,
        first if first.is_ascii_alphanumeric() || *first == b'_' => {
            let is_key = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-./".contains(byte);
            let length = content.bytes().take_while(is_key).count();
            (&content[..length], Style::Plain, length)
        }
        _ => return None,
    };
    let rest = content[colon..].strip_prefix(':')?;
    let is_key = colon <= LONGEST_KEY && (rest.is_empty() || rest.starts_with(' '));
    is_key.then_some((text, style, colon))
}

/// A value that ends on its line: the text, how it is written, and its length there.
fn one_line(content: &str) -> Option<(&str, Style, usize)> {
    let first = *content.as_bytes().first()?;
    if matches!(first, b'"' | b'\'') {
        let found = quoted(content)?;
        let rest = &content[found.2..];
        let blank = rest.trim_ascii_start();
        return (blank.is_empty() || (blank.starts_with('#') && blank.len() < rest.len())).then_some(found);
    }
    if !first.is_ascii_alphanumeric() && !b"_(/.~+$".contains(&first) && first.is_ascii() {
        return None;
    }
    let bytes = content.as_bytes();
    let mut length = bytes.len();
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b':' if matches!(bytes.get(at + 1), None | Some(b' ')) => return None,
            b'#' if bytes[at - 1] == b' ' => {
                length = at;
                break;
            }
            _ => {}
        }
    }
    let text = content[..length].trim_ascii_end();
    Some((text, Style::Plain, text.len()))
}

/// A quoted text without escapes at the start of a line's rest: the text, how it is written, and its length there.
fn quoted(content: &str) -> Option<(&str, Style, usize)> {
    let quote = content.chars().next()?;
    let end = 1 + content[1..].find([quote, '\\'])?;
    let (style, is_plain) = match quote {
        '"' => (Style::DoubleQuoted, content[end..].starts_with('"')),
        _ => (Style::SingleQuoted, content[end..].starts_with('\'') && !content[end + 1..].starts_with('\'')),
    };
    is_plain.then_some((&content[1..end], style, end + 1))
}

#[cfg(test)]
mod tests {
    use super::super::parse::parse_whole;
    use super::*;

    /// True if the text is read line by line; then the parser must read it in the same way.
    fn agrees(text: &str) -> bool {
        let (whole, fault) = parse_whole(text);
        match read(text) {
            Some(tree) => {
                assert_eq!(fault, None, "{text:?}");
                assert_eq!(tree, whole, "{text:?}");
                true
            }
            None => false,
        }
    }

    #[test]
    fn what_rule_files_are_made_of_is_read_by_lines() {
        for text in [
            "a: b\n",
            "# c\n---\na:\n  - b\n  - c: d\n    e: f",
            "a:\n- b: c\n  d: e\n\n\n- b: 'x: y'\nf: \"g\"  # h\n",
            "a:\n  b: |\n    c\n      d\n\n    e\n\n  f: >-\n    g\n    h\ni: j\n",
            "- a: b\n     c\n  d: {e: [f, g]}\n  h:\n    i\n    j\n- \"k\\n\": l\n",
            "a:\nb: # c\nd:   \ne:\n",
            "- - a\n  - b: c\n- d #e\n-   f:\n      - g\n    h: i\n",
            "a: |+\n  b\n\n\nc: 1\n",
            "a: |\n  b",
            "a: sum by (é) (rate(b{c=\"d:e\"}[5m])) > 1 # f\n",
            "'a': b\n\"c d\":\n  - e\n",
        ] {
            assert!(agrees(text), "{text:?}");
        }
    }

    #[test]
    fn everything_else_is_left_to_the_parser() {
        for text in [
            "",
            "a",
            "[a]\n",
            "a: &b c\nd: *b\n",
            "a: b\n---\nc: d\n",
            "a:\tb\n",
            "a: b\r\n",
            "\u{feff}a: b\n",
            "a: b: c\n",
            "a: 'b\nc: d'\n",
            "- a\nb: c\n",
            "a: b\n  c: d\n",
            "---\n---\na: b\n",
            "a:\n-\n",
            "? a\n: b\n",
            "a: b\n...\n",
            "%YAML 1.2\n---\na: b\n",
            "  a: b\nc: d\n",
        ] {
            assert!(!agrees(text), "{text:?}");
        }
    }

    /// Numbers that look random and are the same in every run.
    fn random() -> impl FnMut(usize) -> usize {
        let mut state = 1u64;
        move |below| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % below
        }
    }

    /// How many texts to try.
    fn rounds() -> usize {
        std::env::var("PROMQL_YAML").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(50_000)
    }

    const PIECES: [&str; 48] = [
        "\n", "\n", "\n", "\n  ", "\n  ", "\n    ", "\n    ", "\n      ", "\n\n", " ", "  ", "- ", "- ",
        "- ", "-", "a: ", "a: ", "bc: ", "d:\n", "e:", "'f': ", "\"g\": ", "x", "y z", "1", "'s'", "\"t\"",
        "'", "\"", "\\n", "|\n", "|-\n", ">\n", "|+\n", "|2\n", "{a: b}", "[", "]", "{", "}", ", ", "# c",
        " # d", "#", ": ", "~", "é", "---\n",
    ];

    #[test]
    fn both_ways_agree_on_random_texts() {
        let mut random = random();
        let text = |_| (0..1 + random(24)).map(|_| PIECES[random(PIECES.len())]).collect::<String>();
        let read = (0..rounds()).map(text).filter(|text| agrees(text)).count();
        assert!(read > rounds() / 50, "{read} of {}", rounds());
    }

    /// Rule files and their tests as people write them, and parts of them with one thing changed.
    #[test]
    fn both_ways_agree_on_files() {
        let Ok(folder) = std::env::var("PROMQL_UPSTREAM") else { return };
        let folders = ["promtool", "kubernetes-mixin", "kubernetes-mixin/tests", "kube-prometheus"];
        let files = folders.iter().flat_map(|name| std::fs::read_dir(format!("{folder}/{name}")).unwrap());
        let paths =
            files.map(|file| file.unwrap().path()).filter(|path| path.to_string_lossy().contains(".y"));
        let texts: Vec<String> = paths.map(|path| std::fs::read_to_string(path).unwrap()).collect();
        let whole = texts.iter().filter(|text| agrees(text)).count();
        assert!(whole > texts.len() / 2, "{whole} of {}", texts.len());

        let mut random = random();
        let mut read = 0;
        for _ in 0..rounds() {
            let lines: Vec<&str> = texts[random(texts.len())].split_inclusive('\n').collect();
            let start = random(lines.len());
            let mut text = lines[start..].iter().take(1 + random(25)).copied().collect::<String>();
            for _ in 0..random(3) {
                let at = text.floor_char_boundary(random(text.len() + 1));
                let end = text.floor_char_boundary(text.len().min(at + random(4)).max(at));
                text.replace_range(at..end, PIECES[random(PIECES.len())]);
            }
            read += usize::from(agrees(&text));
        }
        assert!(read > rounds() / 10, "{read} of {}", rounds());
    }
}
