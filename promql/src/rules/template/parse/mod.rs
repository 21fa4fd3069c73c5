//! Text to tree. Accepts and refuses what Go's `text/template/parse` does, in its words.

mod cursor;
mod lexer;
mod named;
mod number;
mod pipeline;
mod token;
mod unquote;

pub(super) use number::Number;

use super::reference::Reference;
use super::tree::{Branch, Kind as Node, List, NodeId, Tree, Word};
use token::{Keyword, Kind, Token};

/// How deep parentheses and blocks may nest, all together.
const MAX_DEPTH: usize = 100;
/// The longest text that is looked at.
const MAX_LENGTH: usize = 16 << 20;

/// Why a text is not a template.
#[derive(Debug)]
pub(super) struct Fault {
    /// Complete, with name and line.
    pub(super) message: String,
    /// Where in the text.
    pub(super) at: usize,
}

/// A text that is a template.
#[derive(Debug)]
pub(super) struct Parsed {
    pub(super) tree: Tree,
    pub(super) references: Vec<Reference>,
}

/// Parses a text.
///
/// # Errors
/// The first mistake.
pub(super) fn parse(name: &str, text: &str) -> Result<Parsed, Fault> {
    if text.len() > MAX_LENGTH {
        let message = format!("template: {name}:1: text is longer than {MAX_LENGTH} bytes");
        return Err(Fault { message, at: 0 });
    }
    let mut parser = Parser {
        name,
        tokens: lexer::tokens(text),
        next: 0,
        last: 0,
        depth: 0,
        foreign_dot: 0,
        scope: Scope::new(true),
        tree: Tree::default(),
        references: Vec::new(),
    };
    parser.main()?;
    Ok(Parsed { tree: parser.tree, references: parser.references })
}

struct Parser<'s> {
    name: &'s str,
    tokens: Vec<Token<'s>>,
    /// The token that comes next; past the end it is the last one again.
    next: usize,
    /// The furthest token looked at: where errors are reported.
    last: usize,
    depth: usize,
    /// Blocks around that give the dot another meaning.
    foreign_dot: usize,
    scope: Scope,
    tree: Tree,
    references: Vec<Reference>,
}

/// What `define` and `block` begin anew.
struct Scope {
    variables: Vec<Box<str>>,
    ranges: usize,
    /// The line on which the current action started; 0 between actions.
    action_line: usize,
    /// The variables are those of the data.
    is_main: bool,
}

impl Scope {
    fn new(is_main: bool) -> Self {
        Scope { variables: vec!["$".into()], ranges: 0, action_line: 0, is_main }
    }
}

/// What ended a list.
enum End {
    End,
    /// With the word behind it, if that continues the chain.
    Else,
}

impl End {
    fn as_str(&self) -> &'static str {
        match self {
            End::End => "{{end}}",
            End::Else => "{{else}}",
        }
    }
}

/// An element of a list, or its end.
enum Item {
    Node(NodeId),
    End(End),
}

type Parse<T> = Result<T, Fault>;

impl<'s> Parser<'s> {
    fn main(&mut self) -> Parse<()> {
        let mut list = List::new();
        while self.peek().kind != Kind::End {
            if self.peek().kind == Kind::LeftDelim {
                let delim = self.next;
                self.next();
                if self.next_word().is(Keyword::Define) {
                    self.definition()?;
                    continue;
                }
                self.next = delim;
            }
            match self.item()? {
                Item::Node(node) => list.push(node),
                Item::End(end) => return Err(self.fault(format!("unexpected {}", end.as_str()))),
            }
        }
        self.add(self.name.into(), list)
    }

    fn list(&mut self) -> Parse<(List, End)> {
        self.enter()?;
        let mut list = List::new();
        while self.peek_word().kind != Kind::End {
            match self.item()? {
                Item::Node(node) => list.push(node),
                Item::End(end) => {
                    self.depth -= 1;
                    return Ok((list, end));
                }
            }
        }
        Err(self.fault("unexpected EOF"))
    }

    fn item(&mut self) -> Parse<Item> {
        let token = self.next_word();
        match token.kind {
            Kind::Text => Ok(Item::Node(self.tree.push(token.at, Node::Text(token.text.into())))),
            Kind::LeftDelim => {
                self.scope.action_line = token.line;
                let item = self.action();
                self.scope.action_line = 0;
                item
            }
            _ => Err(self.unexpected(&token, "input")),
        }
    }

    fn action(&mut self) -> Parse<Item> {
        let token = self.next_word();
        let Kind::Keyword(keyword) = token.kind else {
            self.back();
            return self.printed();
        };
        let node = match keyword {
            Keyword::Block => self.block()?,
            Keyword::Break => self.leave(&token, Node::Break, "{{break}}")?,
            Keyword::Continue => self.leave(&token, Node::Continue, "{{continue}}")?,
            Keyword::Else => {
                let next = self.peek_word();
                if !next.is(Keyword::If) && !next.is(Keyword::With) {
                    self.expect(Kind::RightDelim, "else")?;
                }
                return Ok(Item::End(End::Else));
            }
            Keyword::End => {
                self.expect(Kind::RightDelim, "end")?;
                return Ok(Item::End(End::End));
            }
            Keyword::If => self.branch(Word::If)?,
            Keyword::Range => self.branch(Word::Range)?,
            Keyword::With => self.branch(Word::With)?,
            Keyword::Template => self.template()?,
            Keyword::Define | Keyword::Dot | Keyword::Nil => {
                self.back();
                return self.printed();
            }
        };
        Ok(Item::Node(node))
    }

    fn printed(&mut self) -> Parse<Item> {
        let at = self.peek().at;
        let pipe = self.pipeline("command", Kind::RightDelim)?;
        Ok(Item::Node(self.tree.push(at, Node::Action { pipe })))
    }

    fn leave(&mut self, token: &Token<'_>, node: Node, written: &str) -> Parse<NodeId> {
        self.expect(Kind::RightDelim, written)?;
        if self.scope.ranges == 0 {
            return Err(self.fault(format!("{written} outside {{{{range}}}}")));
        }
        Ok(self.tree.push(token.at, node))
    }

    fn branch(&mut self, word: Word) -> Parse<NodeId> {
        let at = self.peek_word().at;
        let variables = self.scope.variables.len();
        let mut branch = Branch { word, arms: Vec::new(), otherwise: List::new() };
        loop {
            let pipe = self.pipeline(word.as_str(), Kind::RightDelim)?;
            self.foreign_dot += usize::from(word != Word::If);
            self.scope.ranges += usize::from(word == Word::Range);
            let (list, end) = self.list()?;
            self.scope.ranges -= usize::from(word == Word::Range);
            self.foreign_dot -= usize::from(word != Word::If);
            branch.arms.push((pipe, list));
            let next = match end {
                End::End => break,
                End::Else => self.peek(),
            };
            let chained =
                (word == Word::If && next.is(Keyword::If)) || (word == Word::With && next.is(Keyword::With));
            if !chained {
                let (otherwise, end) = self.list()?;
                if let End::Else = end {
                    return Err(self.fault(format!("expected end; found {}", end.as_str())));
                }
                branch.otherwise = otherwise;
                break;
            }
            self.next();
        }
        self.scope.variables.truncate(variables);
        Ok(self.tree.push(at, Node::Branch(Box::new(branch))))
    }
}
