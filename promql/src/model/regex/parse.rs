//! RE2's syntax, with the limits and error texts of Go's `regexp/syntax`.

mod bracket;
mod escape;
mod group;
mod perl;

use super::RegexError;
use super::class;
use super::fault::Fault;
use super::node::Node;
use group::Group;
use promql_grammar::ast::unescaped_byte;
use regex_syntax::hir::{ClassUnicode, Look};

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
