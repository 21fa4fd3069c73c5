//! Text to tree. Accepts and refuses what Go's `text/template/parse` does, in its words.

mod lexer;
mod number;
mod pipeline;
mod token;
mod unquote;

pub(super) use number::Number;

use super::reference::Reference;
use super::text::Text;
use super::tree::{Branch, Kind as Node, List, NodeId, Tree, Word};
use crate::model::quote;
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
    // Tokens.

    fn peek(&mut self) -> Token<'s> {
        let next = self.next.min(self.tokens.len() - 1);
        self.last = self.last.max(next);
        self.tokens[next].clone()
    }

    fn next(&mut self) -> Token<'s> {
        let token = self.peek();
        self.next += 1;
        token
    }

    fn back(&mut self) {
        self.next -= 1;
    }

    fn peek_word(&mut self) -> Token<'s> {
        while self.peek().kind == Kind::Space {
            self.next();
        }
        self.peek()
    }

    fn next_word(&mut self) -> Token<'s> {
        self.peek_word();
        self.next()
    }

    fn expect(&mut self, kind: Kind, context: &str) -> Parse<Token<'s>> {
        let token = self.next_word();
        if token.kind == kind { Ok(token) } else { Err(self.unexpected(&token, context)) }
    }

    // Errors.

    fn fault(&self, message: impl AsRef<str>) -> Fault {
        self.fault_at(self.last, message)
    }

    fn fault_at(&self, token: usize, message: impl AsRef<str>) -> Fault {
        let Token { at, line, .. } = self.tokens[token];
        Fault { message: format!("template: {}:{line}: {}", self.name, message.as_ref()), at }
    }

    fn unexpected(&self, token: &Token<'_>, context: &str) -> Fault {
        if token.kind != Kind::Error {
            return self.fault(format!("unexpected {} in {context}", token.describe()));
        }
        let started = self.scope.action_line;
        let mut message = token.text.clone().into_owned();
        if started != 0 && started != token.line {
            let place = if message.ends_with(" action") { "" } else { " in action" };
            message = format!("{message}{place} started at {}:{started}", self.name);
        }
        self.fault(message)
    }

    fn enter(&mut self) -> Parse<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH { Err(self.fault("max expression depth exceeded")) } else { Ok(()) }
    }

    // Templates and lists.

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

    fn add(&mut self, name: Text, list: List) -> Parse<()> {
        match self.tree.templates.get(&name) {
            Some(old) if !self.tree.is_blank(old) => {
                if self.tree.is_blank(&list) {
                    return Ok(());
                }
                let name = quote(&name.to_str());
                Err(self.fault(format!("template: multiple definition of template {name}")))
            }
            _ => {
                self.tree.templates.insert(name, list);
                Ok(())
            }
        }
    }

    fn definition(&mut self) -> Parse<()> {
        let context = "define clause";
        let outer = std::mem::replace(&mut self.scope, Scope::new(false));
        let token = self.next_word();
        let name = self.template_name(&token, context)?;
        self.expect(Kind::RightDelim, context)?;
        let (list, end) = self.list()?;
        if let End::Else = end {
            return Err(self.fault(format!("unexpected {} in {context}", end.as_str())));
        }
        self.scope = outer;
        self.add(name, list)
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

    fn template(&mut self) -> Parse<NodeId> {
        let context = "template clause";
        let token = self.next_word();
        let name = self.template_name(&token, context)?;
        let pipe = if self.next_word().kind == Kind::RightDelim {
            None
        } else {
            self.back();
            Some(self.pipeline(context, Kind::RightDelim)?)
        };
        Ok(self.tree.push(token.at, Node::Template { name, pipe }))
    }

    fn block(&mut self) -> Parse<NodeId> {
        let context = "block clause";
        let token = self.next_word();
        let name = self.template_name(&token, context)?;
        let pipe = self.pipeline(context, Kind::RightDelim)?;
        let last = self.last;
        let outer = std::mem::replace(&mut self.scope, Scope::new(false));
        let (list, end) = self.list()?;
        if let End::Else = end {
            return Err(self.fault_at(last, format!("unexpected {} in {context}", end.as_str())));
        }
        self.scope = outer;
        self.add(name.clone(), list)?;
        Ok(self.tree.push(token.at, Node::Template { name, pipe: Some(pipe) }))
    }

    fn template_name(&mut self, token: &Token<'_>, context: &str) -> Parse<Text> {
        match token.kind {
            Kind::String | Kind::RawString => self.unquoted(token),
            _ => Err(self.unexpected(token, context)),
        }
    }

    fn unquoted(&self, token: &Token<'_>) -> Parse<Text> {
        unquote::string(&token.text).map(Text::from).ok_or_else(|| self.fault("invalid syntax"))
    }
}
