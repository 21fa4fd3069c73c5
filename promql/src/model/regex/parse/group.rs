//! An open group while it is read.

use super::Flags;
use crate::model::regex::fault::Fault;
use crate::model::regex::node::Node;

/// An open group, or the whole expression.
pub(super) struct Group {
    capture: Option<u32>,
    /// The flags that hold again behind the group.
    pub(super) outer: Flags,
    alternatives: Vec<Node>,
    items: Vec<Node>,
    /// Plain characters that stand behind the items and are not an item yet.
    pub(super) run: String,
}

impl Group {
    pub(super) fn open(capture: Option<u32>, outer: Flags) -> Self {
        Group { capture, outer, alternatives: Vec::new(), items: Vec::new(), run: String::new() }
    }

    fn end_run(&mut self) {
        if !self.run.is_empty() {
            self.items.push(Node::literal(std::mem::take(&mut self.run)));
        }
    }

    pub(super) fn push(&mut self, node: Node) {
        self.end_run();
        self.items.push(node);
    }

    /// The part that a repetition operator refers to.
    pub(super) fn pop(&mut self) -> Option<Node> {
        match self.run.pop() {
            Some(c) => {
                self.end_run();
                Some(Node::literal(c.into()))
            }
            None => self.items.pop(),
        }
    }

    pub(super) fn end_alternative(&mut self) -> Result<(), Fault> {
        self.end_run();
        self.alternatives.push(Node::concat(std::mem::take(&mut self.items))?);
        Ok(())
    }

    pub(super) fn close(mut self) -> Result<Node, Fault> {
        self.end_alternative()?;
        let node = Node::alternation(self.alternatives)?;
        match self.capture {
            Some(index) => Node::capture(index, node),
            None => Ok(node),
        }
    }
}
