//! Text to tree. Accepts and refuses what Go's `text/template/parse` does, in its words.

mod lexer;
mod number;
mod token;
mod unquote;

pub(super) use number::Number;

use super::functions;
use super::reference::{Reference, Referenced};
use super::text::Text;
use super::tree::{Branch, Kind as Node, List, NodeId, Pipe, Tree, Word};
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

    // Pipelines.

    fn pipeline(&mut self, context: &str, end: Kind) -> Parse<NodeId> {
        self.enter()?;
        let at = self.peek_word().at;
        let mut pipe = self.declarations(context)?;
        loop {
            let token = self.next_word();
            if token.kind == end {
                break;
            }
            if !starts_operand(token.kind) {
                return Err(self.unexpected(&token, context));
            }
            self.back();
            pipe.commands.push(self.command()?);
        }
        self.check(&pipe, context)?;
        self.depth -= 1;
        Ok(self.tree.push(at, Node::Pipe(pipe)))
    }

    fn declarations(&mut self, context: &str) -> Parse<Pipe> {
        let mut pipe = Pipe::default();
        while self.peek_word().kind == Kind::Variable {
            let start = self.next;
            let variable = self.next().text;
            let next = self.peek_word();
            let is_comma = next.kind == Kind::Char && next.text == ",";
            if !is_comma && !matches!(next.kind, Kind::Assign | Kind::Declare) {
                // It is an argument.
                self.next = start;
                break;
            }
            self.next();
            pipe.assigns = next.kind == Kind::Assign;
            pipe.variables.push(variable.as_ref().into());
            self.scope.variables.push(variable.as_ref().into());
            if !is_comma {
                break;
            }
            if context != "range" || pipe.variables.len() > 1 {
                return Err(self.fault(format!("too many declarations in {context}")));
            }
            if !matches!(self.peek_word().kind, Kind::Variable | Kind::RightDelim | Kind::RightParen) {
                return Err(self.fault("range can only initialize variables"));
            }
        }
        Ok(pipe)
    }

    fn check(&self, pipe: &Pipe, context: &str) -> Parse<()> {
        if pipe.commands.is_empty() {
            return Err(self.fault(format!("missing value for {context}")));
        }
        let is_constant = |id: &NodeId| match &self.tree[*id].kind {
            Node::Command(words) => words.first().is_some_and(|&word| {
                use Node::{Bool, Dot, Nil, Number, String};
                matches!(self.tree[word].kind, Bool(_) | Dot | Nil | Number { .. } | String { .. })
            }),
            _ => false,
        };
        match pipe.commands[1..].iter().position(is_constant) {
            Some(stage) => Err(self.fault(format!("non executable command in pipeline stage {}", stage + 2))),
            None => Ok(()),
        }
    }

    fn command(&mut self) -> Parse<NodeId> {
        let at = self.peek_word().at;
        let mut words = Vec::new();
        loop {
            self.peek_word();
            words.extend(self.operand()?);
            let token = self.next();
            match token.kind {
                Kind::Space => {}
                Kind::RightDelim | Kind::RightParen => {
                    self.back();
                    break;
                }
                Kind::Pipe => break,
                _ => return Err(self.unexpected(&token, "operand")),
            }
        }
        if words.is_empty() {
            return Err(self.fault("empty command"));
        }
        self.refer_call(&words);
        Ok(self.tree.push(at, Node::Command(words)))
    }

    /// A term with the fields behind it; none if no term comes next.
    fn operand(&mut self) -> Parse<Option<NodeId>> {
        let start = self.peek_word().at;
        let Some(term) = self.term()? else { return Ok(None) };
        let at = self.peek().at;
        let mut fields = Vec::new();
        let mut end = at;
        while self.peek().kind == Kind::Field {
            let field = self.next();
            end = field.at + field.text.len();
            fields.push(Box::<str>::from(&field.text[1..]));
        }
        let (at, kind) = match term {
            Term::Node(id) if fields.is_empty() => return Ok(Some(id)),
            Term::Node(id) => {
                use Node::{Bool, Dot, Nil, Number, String};
                if matches!(self.tree[id].kind, Bool(_) | Dot | Nil | Number { .. } | String { .. }) {
                    let term = quote(&self.tree.render(id));
                    return Err(self.fault(format!("unexpected . after term {term}")));
                }
                (at, Node::Chain { of: id, fields })
            }
            Term::Field(first) => {
                let at = if fields.is_empty() { start } else { at };
                fields.insert(0, first);
                (at, Node::Field(fields))
            }
            Term::Variable(name) => {
                let at = if fields.is_empty() { start } else { at };
                (at, Node::Variable { name, fields })
            }
        };
        self.refer(&kind, start, end);
        Ok(Some(self.tree.push(at, kind)))
    }

    fn term(&mut self) -> Parse<Option<Term>> {
        let token = self.next_word();
        let node = match token.kind {
            Kind::Identifier => match functions::find(&token.text) {
                Some(function) => Node::Identifier(function),
                None => return Err(self.fault(format!("function {} not defined", quote(&token.text)))),
            },
            Kind::Keyword(Keyword::Dot) => Node::Dot,
            Kind::Keyword(Keyword::Nil) => Node::Nil,
            Kind::Variable => {
                if !self.scope.variables.iter().any(|known| **known == *token.text) {
                    return Err(self.fault(format!("undefined variable {}", quote(&token.text))));
                }
                return Ok(Some(Term::Variable(token.text.into())));
            }
            Kind::Field => return Ok(Some(Term::Field(token.text[1..].into()))),
            Kind::Bool => Node::Bool(token.text == "true"),
            Kind::CharConstant | Kind::Complex | Kind::Number => {
                let number =
                    number::number(&token.text, token.kind).map_err(|message| self.fault(message))?;
                Node::Number { written: token.text.into(), number }
            }
            Kind::LeftParen => {
                let pipe = self.pipeline("parenthesized pipeline", Kind::RightParen)?;
                return Ok(Some(Term::Node(pipe)));
            }
            Kind::String | Kind::RawString => {
                let text = self.unquoted(&token)?;
                Node::String { written: token.text.into(), text }
            }
            _ => {
                self.back();
                return Ok(None);
            }
        };
        Ok(Some(Term::Node(self.tree.push(token.at, node))))
    }

    // What the template refers to.

    fn refer(&mut self, kind: &Node, start: usize, end: usize) {
        let path: Vec<&str> = match kind {
            Node::Variable { name, fields } if self.scope.is_main => {
                std::iter::once(&**name).chain(fields.iter().map(|field| &**field)).collect()
            }
            Node::Field(fields) if self.scope.is_main && self.foreign_dot == 0 => {
                std::iter::once("$").chain(fields.iter().map(|field| &**field)).collect()
            }
            _ => return,
        };
        if let Some(what) = Referenced::of_path(&path) {
            self.references.push(Reference { what, span: start..end });
        }
    }

    /// Labels named by a string: `index $labels "job"`, and the query of `query "up"`.
    fn refer_call(&mut self, words: &[NodeId]) {
        let kinds: Vec<&Node> = words.iter().map(|&word| &self.tree[word].kind).collect();
        let (function, Some(Node::String { text, written })) = (kinds.first(), kinds.last()) else { return };
        let Some(Node::Identifier(function)) = function else { return };
        let name = text.to_str().into_owned();
        let what = match (function.name, &kinds[1..]) {
            ("query", [_]) => Referenced::Query(name),
            ("index", [Node::Variable { name: of, fields }, _])
                if fields.is_empty() && self.scope.is_main =>
            {
                match &**of {
                    "$labels" => Referenced::Label(name),
                    "$externalLabels" => Referenced::ExternalLabel(name),
                    _ => return,
                }
            }
            _ => return,
        };
        let at = self.tree[words[words.len() - 1]].at;
        self.references.push(Reference { what, span: at..at + written.len() });
    }
}

/// The start of an operand, before the fields behind it are read.
enum Term {
    Node(NodeId),
    Field(Box<str>),
    Variable(Box<str>),
}

fn starts_operand(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Bool
            | Kind::CharConstant
            | Kind::Complex
            | Kind::Keyword(Keyword::Dot | Keyword::Nil)
            | Kind::Field
            | Kind::Identifier
            | Kind::Number
            | Kind::RawString
            | Kind::String
            | Kind::Variable
            | Kind::LeftParen
    )
}
