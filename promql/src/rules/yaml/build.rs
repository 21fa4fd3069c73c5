//! Trees built from what is read, in the order of the text.

use super::{Node, NodeId, Scalar, Style, Tree, Value};
use promql_grammar::Span;
use std::borrow::Cow;

/// A tree under construction.
#[derive(Default)]
pub(super) struct Builder<'t> {
    pub(super) tree: Tree<'t>,
    open: Vec<Open>,
    /// Where the last value ends.
    end: u32,
}

/// A list or a map whose end has not come.
struct Open {
    id: NodeId,
    /// The key whose value comes next.
    key: Option<NodeId>,
}

impl<'t> Builder<'t> {
    pub(super) fn scalar(&mut self, text: Cow<'t, str>, style: Style, is_text: bool, span: Span) -> NodeId {
        self.end = span.end;
        let id = self.node(span, Value::Scalar(Scalar { text, style, is_text }));
        self.add(id);
        id
    }

    /// Begins a list or a map, which is to be closed.
    pub(super) fn open(&mut self, value: Value<'t>, start: u32) -> NodeId {
        let id = self.node(Span { start, end: start }, value);
        self.add(id);
        self.open.push(Open { id, key: None });
        id
    }

    /// Ends the innermost list or map: where its brackets end, or its last value.
    pub(super) fn close(&mut self, bracket: Option<u32>) {
        let Some(done) = self.open.pop() else { return };
        self.end = bracket.unwrap_or(self.end);
        let span = &mut self.tree.nodes[done.id as usize].span;
        span.end = self.end.max(span.start);
    }

    /// Names a node once more; false if that would put it into itself.
    pub(super) fn alias(&mut self, id: NodeId, span: Span) -> bool {
        let is_outside = self.open.iter().all(|open| open.id != id);
        if is_outside {
            self.end = span.end;
            self.add(id);
        }
        is_outside
    }

    fn node(&mut self, span: Span, value: Value<'t>) -> NodeId {
        let id = NodeId::try_from(self.tree.nodes.len()).expect("fewer nodes than bytes");
        self.tree.nodes.push(Node { span, value });
        id
    }

    /// Puts a node where it belongs.
    fn add(&mut self, id: NodeId) {
        let Some(parent) = self.open.last_mut() else {
            self.tree.roots.push(id);
            return;
        };
        match &mut self.tree.nodes[parent.id as usize].value {
            Value::List(items) => items.push(id),
            Value::Map(entries) => match parent.key.take() {
                Some(key) => entries.push((key, id)),
                None => parent.key = Some(id),
            },
            Value::Scalar(_) => {}
        }
    }
}
