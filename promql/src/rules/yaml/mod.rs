//! YAML as a flat tree in which every node knows its place in the file.
//!
//! An alias is another number for the node it names, so the tree is never larger than its text; who walks it counts
//! the steps. The scalars' types are those of the Go libraries that Prometheus reads YAML with.

mod build;
mod lines;
mod parse;
mod place;
mod scalar;

pub(super) use parse::parse;
pub use place::Text;
pub(super) use place::{Embedded, Style};

use promql_grammar::Span;
use std::borrow::Cow;
use std::sync::Arc;

/// Number of a node.
pub(super) type NodeId = u32;

/// All documents of a text.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Tree<'t> {
    pub(super) nodes: Vec<Node<'t>>,
    /// The roots of the documents.
    pub(super) roots: Vec<NodeId>,
    /// Where the text comes from, if it is itself a scalar of another text.
    pub(super) embedded: Option<Arc<Embedded>>,
}

/// A value with its place in the text.
#[derive(Debug, PartialEq)]
pub(super) struct Node<'t> {
    pub(super) span: Span,
    pub(super) value: Value<'t>,
}

/// What a node is.
#[derive(Debug, PartialEq)]
pub(super) enum Value<'t> {
    Scalar(Scalar<'t>),
    List(Vec<NodeId>),
    /// Keys and values in the order of the file.
    Map(Vec<(NodeId, NodeId)>),
}

/// A scalar before it is read as anything.
#[derive(Debug, PartialEq)]
pub(super) struct Scalar<'t> {
    pub(super) text: Cow<'t, str>,
    pub(super) style: Style,
    /// Tagged as a string.
    pub(super) is_text: bool,
}

impl<'t> Tree<'t> {
    pub(super) fn node(&self, id: NodeId) -> &Node<'t> {
        &self.nodes[id as usize]
    }

    pub(super) fn value(&self, id: NodeId) -> &Value<'t> {
        &self.node(id).value
    }

    /// The place of a node in the file.
    pub(super) fn span(&self, id: NodeId) -> Span {
        self.outer(self.node(id).span)
    }

    /// The place in the file of a place in the text.
    pub(super) fn outer(&self, span: Span) -> Span {
        self.embedded.as_ref().map_or(span, |embedded| embedded.outer(span))
    }

    /// The entry of a map with this key.
    pub(super) fn get(&self, id: NodeId, key: &str) -> Option<NodeId> {
        let Value::Map(entries) = self.value(id) else { return None };
        let is_key = |id: NodeId| matches!(self.value(id), Value::Scalar(scalar) if &*scalar.text == key);
        entries.iter().find(|(name, _)| is_key(*name)).map(|(_, value)| *value)
    }

    /// A scalar as text.
    pub(super) fn text(&self, id: NodeId) -> Option<Text> {
        let node = self.node(id);
        match &node.value {
            Value::Scalar(scalar) => {
                Some(Text::new(&scalar.text, node.span, scalar.style, self.embedded.clone()))
            }
            _ => None,
        }
    }
}
