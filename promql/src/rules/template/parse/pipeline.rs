//! Pipelines, commands and operands, and what they refer to.

use super::super::functions;
use super::super::reference::{Reference, Referenced};
use super::super::tree::{Kind as Node, NodeId, Pipe};
use super::token::{Keyword, Kind};
use super::{Parse, Parser, number};
use crate::model::quote;

impl Parser<'_> {
    pub(super) fn pipeline(&mut self, context: &str, end: Kind) -> Parse<NodeId> {
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
