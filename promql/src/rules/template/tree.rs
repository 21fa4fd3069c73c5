//! The parsed template: nodes in one vector, children by number.

use super::functions::Function;
use super::parse::Number;
use super::text::Text;
use crate::model::quote;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::ops::Index;

/// The number of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NodeId(u32);

/// A node with its place in the source, in bytes. The place of a chain is that of its last field, as in Go.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) at: usize,
    pub(super) kind: Kind,
}

/// What is executed one after the other.
pub(super) type List = Vec<NodeId>;

#[derive(Debug)]
pub(super) enum Kind {
    Text(Box<str>),
    Action { pipe: NodeId },
    Branch(Box<Branch>),
    Break,
    Continue,
    Template { name: Text, pipe: Option<NodeId> },
    Pipe(Pipe),
    Command(Vec<NodeId>),
    Identifier(&'static Function),
    Variable { name: Box<str>, fields: Vec<Box<str>> },
    Dot,
    Nil,
    Field(Vec<Box<str>>),
    Chain { of: NodeId, fields: Vec<Box<str>> },
    Bool(bool),
    Number { written: Box<str>, number: Number },
    String { written: Box<str>, text: Text },
}

/// Commands, each of which gets the value of the one before, and variables for the last value.
#[derive(Debug, Default)]
pub(super) struct Pipe {
    pub(super) variables: Vec<Box<str>>,
    /// The variables exist already.
    pub(super) assigns: bool,
    pub(super) commands: Vec<NodeId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    If,
    With,
    Range,
}

impl Word {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Word::If => "if",
            Word::With => "with",
            Word::Range => "range",
        }
    }
}

/// `if`, `with` or `range`, with every `else if` in a row, so that long chains are not deep.
#[derive(Debug)]
pub(super) struct Branch {
    pub(super) word: Word,
    pub(super) arms: Vec<(NodeId, List)>,
    pub(super) otherwise: List,
}

/// All templates of a text.
#[derive(Debug, Default)]
pub(super) struct Tree {
    nodes: Vec<Node>,
    /// The main template under its name, and the defined ones.
    pub(super) templates: BTreeMap<Text, List>,
}

impl Index<NodeId> for Tree {
    type Output = Node;

    fn index(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }
}

impl Tree {
    pub(super) fn push(&mut self, at: usize, kind: Kind) -> NodeId {
        self.nodes.push(Node { at, kind });
        NodeId(
            u32::try_from(self.nodes.len() - 1)
                .expect("a template has fewer nodes than bytes, and those are limited"),
        )
    }

    /// True if nothing but blanks would come out.
    pub(super) fn is_blank(&self, list: &[NodeId]) -> bool {
        list.iter().all(|&id| matches!(&self[id].kind, Kind::Text(text) if text.trim().is_empty()))
    }

    /// The node as Go writes it into messages.
    pub(super) fn render(&self, id: NodeId) -> String {
        let mut out = String::new();
        self.write(&mut out, id);
        out
    }

    fn write(&self, out: &mut String, id: NodeId) {
        match &self[id].kind {
            Kind::Text(text) => out.push_str(&quote(text)),
            Kind::Action { pipe } => {
                out.push_str("{{");
                self.write(out, *pipe);
                out.push_str("}}");
            }
            // Only their pipelines can be wrong.
            Kind::Branch(branch) => out.push_str(branch.word.as_str()),
            Kind::Break => out.push_str("{{break}}"),
            Kind::Continue => out.push_str("{{continue}}"),
            Kind::Template { name, pipe } => {
                let _ = write!(out, "{{{{template {}", quote(&name.to_str()));
                if let Some(pipe) = pipe {
                    out.push(' ');
                    self.write(out, *pipe);
                }
                out.push_str("}}");
            }
            Kind::Pipe(pipe) => {
                if !pipe.variables.is_empty() {
                    out.push_str(&pipe.variables.join(", "));
                    out.push_str(if pipe.assigns { " = " } else { " := " });
                }
                self.write_all(out, &pipe.commands, " | ");
            }
            Kind::Command(words) => self.write_all(out, words, " "),
            Kind::Identifier(function) => out.push_str(function.name),
            Kind::Variable { name, fields } => {
                out.push_str(name);
                write_fields(out, fields);
            }
            Kind::Dot => out.push('.'),
            Kind::Nil => out.push_str("nil"),
            Kind::Field(fields) => write_fields(out, fields),
            Kind::Chain { of, fields } => {
                self.write_operand(out, *of);
                write_fields(out, fields);
            }
            Kind::Bool(value) => {
                let _ = write!(out, "{value}");
            }
            Kind::Number { written, .. } | Kind::String { written, .. } => out.push_str(written),
        }
    }

    fn write_all(&self, out: &mut String, all: &[NodeId], between: &str) {
        for (index, &id) in all.iter().enumerate() {
            if index > 0 {
                out.push_str(between);
            }
            self.write_operand(out, id);
        }
    }

    fn write_operand(&self, out: &mut String, id: NodeId) {
        if let Kind::Pipe(_) = self[id].kind {
            out.push('(');
            self.write(out, id);
            out.push(')');
        } else {
            self.write(out, id);
        }
    }
}

fn write_fields(out: &mut String, fields: &[Box<str>]) {
    for field in fields {
        out.push('.');
        out.push_str(field);
    }
}
