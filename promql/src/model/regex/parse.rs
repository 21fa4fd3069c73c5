//! RE2's syntax, with the limits and error texts of Go's `regexp/syntax`.

use super::RegexError;
use super::class;
use super::node::Node;
use promql_grammar::ast::unescaped_byte;
use regex_syntax::hir::{ClassUnicode, Look};

/// What is wrong, in Go's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    CharRange,
    Escape,
    NamedCapture,
    PerlOp,
    RepeatOp,
    RepeatSize,
    Utf8,
    MissingBracket,
    MissingParen,
    MissingRepeatArgument,
    TrailingBackslash,
    UnexpectedParen,
    NestingDepth,
    Large,
}

impl Fault {
    pub(super) fn error(self, text: &str) -> RegexError {
        let what = match self {
            Fault::CharRange => "invalid character class range",
            Fault::Escape => "invalid escape sequence",
            Fault::NamedCapture => "invalid named capture",
            Fault::PerlOp => "invalid or unsupported Perl syntax",
            Fault::RepeatOp => "invalid nested repetition operator",
            Fault::RepeatSize => "invalid repeat count",
            Fault::Utf8 => "invalid UTF-8",
            Fault::MissingBracket => "missing closing ]",
            Fault::MissingParen => "missing closing )",
            Fault::MissingRepeatArgument => "missing argument to repetition operator",
            Fault::TrailingBackslash => "trailing backslash at end of expression",
            Fault::UnexpectedParen => "unexpected )",
            Fault::NestingDepth => "expression nests too deeply",
            Fault::Large => "expression too large",
        };
        RegexError { message: format!("{what}: `{text}`") }
    }
}

/// The flags of `(?imsU)`.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Flags {
    fold_case: bool,
    multi_line: bool,
    dot_newline: bool,
    swap_greed: bool,
}

impl Flags {
    pub(super) const DOT_MATCHES_NEWLINE: Flags =
        Flags { fold_case: false, multi_line: false, dot_newline: true, swap_greed: false };
}

/// The largest number that a repetition may have.
const MAX_REPEAT: u32 = 1000;
/// The largest number of class limits in an expression.
const MAX_CLASS_LIMITS: usize = (128 << 20) / 4;

/// An open group, or the whole expression.
struct Group {
    capture: Option<u32>,
    /// The flags that hold again behind the group.
    outer: Flags,
    alternatives: Vec<Node>,
    items: Vec<Node>,
    /// Plain characters that stand behind the items and are not an item yet.
    run: String,
}

impl Group {
    fn open(capture: Option<u32>, outer: Flags) -> Self {
        Group { capture, outer, alternatives: Vec::new(), items: Vec::new(), run: String::new() }
    }

    fn end_run(&mut self) {
        if !self.run.is_empty() {
            self.items.push(Node::literal(std::mem::take(&mut self.run)));
        }
    }

    fn push(&mut self, node: Node) {
        self.end_run();
        self.items.push(node);
    }

    /// The part that a repetition operator refers to.
    fn pop(&mut self) -> Option<Node> {
        match self.run.pop() {
            Some(c) => {
                self.end_run();
                Some(Node::literal(c.into()))
            }
            None => self.items.pop(),
        }
    }

    fn end_alternative(&mut self) -> Result<(), Fault> {
        self.end_run();
        self.alternatives.push(Node::concat(std::mem::take(&mut self.items))?);
        Ok(())
    }

    fn close(mut self) -> Result<Node, Fault> {
        self.end_alternative()?;
        let node = Node::alternation(self.alternatives)?;
        match self.capture {
            Some(index) => Node::capture(index, node),
            None => Ok(node),
        }
    }
}

struct Parser<'p> {
    pattern: &'p str,
    at: usize,
    flags: Flags,
    /// The groups around the innermost one.
    outer: Vec<Group>,
    group: Group,
    names: Vec<Option<String>>,
    class_limits: usize,
}

/// Parses an expression; gives the names of its groups too, the first of which is the whole match.
pub(super) fn parse(pattern: &str, flags: Flags) -> Result<(Node, Vec<Option<String>>), RegexError> {
    let mut parser = Parser {
        pattern,
        at: 0,
        flags,
        outer: Vec::new(),
        group: Group::open(None, flags),
        names: vec![None],
        class_limits: 0,
    };
    parser.run()?;
    if !parser.outer.is_empty() {
        return Err(Fault::MissingParen.error(pattern));
    }
    let node = parser.group.close().map_err(|fault| fault.error(pattern))?;
    Ok((node, parser.names))
}

impl<'p> Parser<'p> {
    fn run(&mut self) -> Result<(), RegexError> {
        // Where the repetition just read starts: a second one behind it is an error.
        let mut repeated = None;
        while let Some(byte) = self.peek() {
            let start = self.at;
            let before = repeated.take();
            match byte {
                b'(' if self.rest().starts_with("(?") => self.perl_group()?,
                b'(' => {
                    self.at += 1;
                    self.open_capture(None);
                }
                b'|' => {
                    self.at += 1;
                    self.group.end_alternative().map_err(|fault| fault.error(self.pattern))?;
                }
                b')' => {
                    self.at += 1;
                    self.close_group()?;
                }
                b'^' => self.look(1, if self.flags.multi_line { Look::StartLF } else { Look::Start }),
                b'$' => self.look(1, if self.flags.multi_line { Look::EndLF } else { Look::End }),
                b'.' => {
                    self.at += 1;
                    self.group.push(Node::dot(self.flags.dot_newline));
                }
                b'[' => self.bracket()?,
                b'*' | b'+' | b'?' => {
                    self.at += 1;
                    let (min, max) = match byte {
                        b'*' => (0, None),
                        b'+' => (1, None),
                        _ => (0, Some(1)),
                    };
                    self.repeat(start, before, min, max, false)?;
                    repeated = Some(before.unwrap_or(start));
                }
                b'{' => match self.counts() {
                    Some((min, max)) => {
                        let valid =
                            min <= MAX_REPEAT && max.is_none_or(|max| min <= max && max <= MAX_REPEAT);
                        if !valid {
                            return Err(Fault::RepeatSize.error(self.since(start)));
                        }
                        self.repeat(start, before, min, max, true)?;
                        repeated = Some(before.unwrap_or(start));
                    }
                    None => {
                        self.at += 1;
                        self.literal(u32::from('{'));
                    }
                },
                b'\\' => self.backslash()?,
                _ => {
                    let c = self.next()?.unwrap_or_default();
                    self.literal(u32::from(c));
                }
            }
        }
        Ok(())
    }

    fn peek(&self) -> Option<u8> {
        self.pattern.as_bytes().get(self.at).copied()
    }

    fn rest(&self) -> &'p str {
        &self.pattern[self.at..]
    }

    fn since(&self, start: usize) -> &'p str {
        &self.pattern[start..self.at]
    }

    /// The next character; none at the end.
    fn next(&mut self) -> Result<Option<char>, RegexError> {
        let Some(c) = self.rest().chars().next() else { return Ok(None) };
        if unescaped_byte(c).is_some() {
            return Err(Fault::Utf8.error(self.rest()));
        }
        self.at += c.len_utf8();
        Ok(Some(c))
    }

    fn look(&mut self, len: usize, look: Look) {
        self.at += len;
        self.group.push(Node::look(look));
    }

    fn literal(&mut self, code: u32) {
        let class = ClassUnicode::new(class::code_points(code, code));
        let class = if self.flags.fold_case { class::folded(class) } else { class };
        match char::from_u32(code) {
            Some(c) if class.ranges().len() == 1 && class.ranges()[0].len() == 1 => self.group.run.push(c),
            _ => self.group.push(Node::class(class)),
        }
    }

    fn class(&mut self, class: ClassUnicode) -> Result<(), RegexError> {
        self.class_limits += 2 * class.ranges().len();
        if self.class_limits > MAX_CLASS_LIMITS {
            return Err(Fault::Large.error(self.pattern));
        }
        self.group.push(Node::class(class));
        Ok(())
    }

    fn open(&mut self, capture: Option<u32>, outer: Flags) {
        let around = std::mem::replace(&mut self.group, Group::open(capture, outer));
        self.outer.push(around);
    }

    fn open_capture(&mut self, name: Option<String>) {
        let index = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        self.names.push(name);
        self.open(Some(index), self.flags);
    }

    fn close_group(&mut self) -> Result<(), RegexError> {
        let Some(around) = self.outer.pop() else {
            return Err(Fault::UnexpectedParen.error(self.pattern));
        };
        let group = std::mem::replace(&mut self.group, around);
        self.flags = group.outer;
        let node = group.close().map_err(|fault| fault.error(self.pattern))?;
        self.group.push(node);
        Ok(())
    }

    /// A repetition whose operator starts at `start` and was just read; `before` is where the one before it starts.
    fn repeat(
        &mut self,
        start: usize,
        before: Option<usize>,
        min: u32,
        max: Option<u32>,
        counted: bool,
    ) -> Result<(), RegexError> {
        let lazy = self.peek() == Some(b'?');
        self.at += usize::from(lazy);
        if let Some(before) = before {
            return Err(Fault::RepeatOp.error(self.since(before)));
        }
        let Some(part) = self.group.pop() else {
            return Err(Fault::MissingRepeatArgument.error(self.since(start)));
        };
        let greedy = lazy == self.flags.swap_greed;
        let node = part.repeat(min, max, greedy, counted).map_err(|fault| match fault {
            Fault::RepeatSize => fault.error(self.since(start)),
            _ => fault.error(self.pattern),
        })?;
        self.group.push(node);
        Ok(())
    }

    /// `{min}`, `{min,}` or `{min,max}`; anything else is text.
    fn counts(&mut self) -> Option<(u32, Option<u32>)> {
        let rest = self.rest().strip_prefix('{')?;
        let (inner, after) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit() && c != ',')?);
        after.strip_prefix('}')?;
        let counts = match inner.split_once(',') {
            None => {
                let min = count(inner)?;
                (min, Some(min))
            }
            Some((min, "")) => (count(min)?, None),
            Some((min, max)) => (count(min)?, Some(count(max)?)),
        };
        self.at += inner.len() + 2;
        Some(counts)
    }

    /// `(?P<name>`, `(?<name>`, `(?flags:` or `(?flags)`.
    fn perl_group(&mut self) -> Result<(), RegexError> {
        let start = self.at;
        let rest = self.rest();
        let named = rest.strip_prefix("(?P<").filter(|name| !name.is_empty());
        if let Some(name) = named.or_else(|| rest.strip_prefix("(?<").filter(|name| !name.is_empty())) {
            let Some((name, after)) = name.split_once('>') else {
                utf8(rest)?;
                return Err(Fault::NamedCapture.error(rest));
            };
            utf8(name)?;
            self.at = self.pattern.len() - after.len();
            if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
                return Err(Fault::NamedCapture.error(self.since(start)));
            }
            self.open_capture(Some(name.to_owned()));
            return Ok(());
        }
        self.at += 2;
        let outer = self.flags;
        let (mut flags, mut on, mut any) = (outer, true, false);
        while let Some(c) = self.next()? {
            let flag = match c {
                'i' => &mut flags.fold_case,
                'm' => &mut flags.multi_line,
                's' => &mut flags.dot_newline,
                'U' => &mut flags.swap_greed,
                '-' if on => {
                    (on, any) = (false, false);
                    continue;
                }
                ':' | ')' if on || any => {
                    if c == ':' {
                        self.open(None, outer);
                    }
                    self.flags = flags;
                    return Ok(());
                }
                _ => break,
            };
            *flag = on;
            any = true;
        }
        Err(Fault::PerlOp.error(self.since(start)))
    }

    /// Whatever starts with a backslash, outside of brackets.
    fn backslash(&mut self) -> Result<(), RegexError> {
        let start = self.at;
        match self.pattern.as_bytes().get(self.at + 1) {
            Some(b'A') => self.look(2, Look::Start),
            Some(b'z') => self.look(2, Look::End),
            Some(b'b') => self.look(2, Look::WordAscii),
            Some(b'B') => self.look(2, Look::WordAsciiNegate),
            Some(b'C') => return Err(Fault::Escape.error("\\C")),
            Some(b'Q') => {
                self.at += 2;
                let end = self.rest().find("\\E").map_or(self.pattern.len(), |len| self.at + len);
                while self.at < end {
                    let c = self.next()?.unwrap_or_default();
                    self.literal(u32::from(c));
                }
                self.at = (end + 2).min(self.pattern.len());
            }
            _ => match self.named_class()? {
                Some(class) => self.class(class)?,
                None => {
                    let code = self.escape(start)?;
                    self.literal(code);
                }
            },
        }
        Ok(())
    }

    /// `\pN`, `\p{Name}`, `\d` and their like; none if something else stands here.
    fn named_class(&mut self) -> Result<Option<ClassUnicode>, RegexError> {
        let start = self.at;
        let Some(rest) = self.rest().strip_prefix('\\') else { return Ok(None) };
        let Some(letter) = rest.bytes().next() else { return Ok(None) };
        if matches!(letter, b'p' | b'P') {
            self.at += 2;
            let name = match self.next()? {
                Some('{') => {
                    let Some((name, _)) = self.rest().split_once('}') else {
                        utf8(&self.pattern[start..])?;
                        return Err(Fault::CharRange.error(&self.pattern[start..]));
                    };
                    utf8(name)?;
                    self.at += name.len() + 1;
                    name
                }
                Some(_) => self.since(start + 2),
                None => "",
            };
            let plain = name.strip_prefix('^');
            let Some(class) = class::unicode(plain.unwrap_or(name)) else {
                return Err(Fault::CharRange.error(self.since(start)));
            };
            let negated = (letter == b'P') != plain.is_some();
            return Ok(Some(self.cased(class, negated)));
        }
        let Some((class, negated)) = class::perl(letter) else { return Ok(None) };
        self.at += 2;
        Ok(Some(self.cased(class, negated)))
    }

    fn cased(&self, class: ClassUnicode, negated: bool) -> ClassUnicode {
        let mut class = if self.flags.fold_case { class::folded(class) } else { class };
        if negated {
            class.negate();
        }
        class
    }

    /// An escape that stands for one code point; the backslash is at `start`, where we are.
    fn escape(&mut self, start: usize) -> Result<u32, RegexError> {
        self.at = start + 1;
        let Some(c) = self.next()? else { return Err(Fault::TrailingBackslash.error("")) };
        let digit = |byte: Option<u8>| byte.filter(|byte| (b'0'..=b'7').contains(byte));
        Ok(match c {
            'a' => 7,
            'f' => 12,
            'n' => 10,
            'r' => 13,
            't' => 9,
            'v' => 11,
            '0'..='7' if c == '0' || digit(self.peek()).is_some() => {
                let mut code = u32::from(c) - u32::from('0');
                for _ in 1..3 {
                    let Some(byte) = digit(self.peek()) else { break };
                    code = code * 8 + u32::from(byte - b'0');
                    self.at += 1;
                }
                code
            }
            'x' => match self.hexadecimal()? {
                Some(code) => code,
                None => return Err(Fault::Escape.error(self.since(start))),
            },
            c if c.is_ascii() && !c.is_ascii_alphanumeric() => u32::from(c),
            _ => return Err(Fault::Escape.error(self.since(start))),
        })
    }

    /// What follows `\x`: two digits, or any number of them in braces.
    fn hexadecimal(&mut self) -> Result<Option<u32>, RegexError> {
        let Some(first) = self.next()? else { return Ok(None) };
        if first != '{' {
            let second = self.next()?.and_then(|c| c.to_digit(16));
            return Ok(first.to_digit(16).zip(second).map(|(high, low)| high * 16 + low));
        }
        let (mut code, mut digits) = (0, 0);
        while let Some(c) = self.next()? {
            if c == '}' {
                return Ok((digits > 0).then_some(code));
            }
            let Some(digit) = c.to_digit(16) else { break };
            code = code * 16 + digit;
            digits += 1;
            if code > u32::from(char::MAX) {
                break;
            }
        }
        Ok(None)
    }

    /// `[…]`
    fn bracket(&mut self) -> Result<(), RegexError> {
        let start = self.at;
        self.at += 1;
        let negated = self.peek() == Some(b'^');
        self.at += usize::from(negated);
        // Case variants are added to what is written out, not to what `\W` leaves over.
        let (mut written, mut named) = (Vec::new(), ClassUnicode::empty());
        let first = self.at;
        while self.peek() != Some(b']') || self.at == first {
            if let Some((name, after)) = self.rest().strip_prefix("[:").and_then(|rest| rest.split_once(":]"))
            {
                let item = self.at;
                self.at = self.pattern.len() - after.len();
                let Some((class, opposite)) = class::posix(name) else {
                    return Err(Fault::CharRange.error(self.since(item)));
                };
                named.union(&self.cased(class, opposite));
                continue;
            }
            if let Some(class) = self.named_class()? {
                named.union(&class);
                continue;
            }
            let item = self.at;
            let low = self.class_char(start)?;
            let is_range = matches!(self.rest().as_bytes(), [b'-', after, ..] if *after != b']');
            let high = if is_range {
                self.at += 1;
                self.class_char(start)?
            } else {
                low
            };
            if high < low {
                return Err(Fault::CharRange.error(self.since(item)));
            }
            written.extend(class::code_points(low, high));
        }
        self.at += 1;
        let mut class = self.cased(ClassUnicode::new(written), false);
        class.union(&named);
        if negated {
            class.negate();
        }
        self.class(class)
    }

    /// One character of the bracket that starts at `bracket`.
    fn class_char(&mut self, bracket: usize) -> Result<u32, RegexError> {
        match self.peek() {
            Some(b'\\') => self.escape(self.at),
            _ => match self.next()? {
                Some(c) => Ok(u32::from(c)),
                None => Err(Fault::MissingBracket.error(&self.pattern[bracket..])),
            },
        }
    }
}

/// A number without leading zeros; one that is too large stays so.
fn count(text: &str) -> Option<u32> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let canonical = text == "0" || !text.starts_with('0');
    (plain && canonical).then(|| text.parse().unwrap_or(u32::MAX))
}

fn utf8(text: &str) -> Result<(), RegexError> {
    match text.char_indices().find(|(_, c)| unescaped_byte(*c).is_some()) {
        Some((at, _)) => Err(Fault::Utf8.error(&text[at..])),
        None => Ok(()),
    }
}
