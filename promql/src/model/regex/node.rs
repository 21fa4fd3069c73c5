//! A parsed part of an expression with what the limits of Go's parser need to know about it.

use super::fault::Fault;
use super::shape::Shape;
use regex_syntax::hir::{Capture, Class, ClassUnicode, ClassUnicodeRange, Dot, Hir, Look, Repetition};

/// The tree may be this high.
const MAX_HEIGHT: u32 = 1000;
/// The program may have this many instructions.
const MAX_SIZE: u64 = (128 << 20) / 40;
/// No part may be repeated more often, nested repetitions multiplied.
const MAX_COPIES: u32 = 1000;
/// Classes with more members are not listed.
const MAX_LISTED: usize = 64;

#[derive(Debug)]
pub(super) struct Node {
    pub(super) hir: Hir,
    pub(super) shape: Shape,
    /// About the number of states of an automaton.
    pub(super) weight: u64,
    pub(super) height: u32,
    /// The number of instructions as Go counts them.
    size: u64,
    /// How often the innermost part is repeated at most.
    copies: u32,
}

impl Node {
    fn leaf(hir: Hir, shape: Shape, size: u64, weight: u64) -> Self {
        Node { hir, shape, weight, height: 1, size: size.max(1), copies: 1 }
    }

    pub(super) fn empty() -> Self {
        Node::leaf(Hir::empty(), Shape::strings(vec![String::new()]), 1, 1)
    }

    pub(super) fn literal(text: String) -> Self {
        let (runes, bytes) = (text.chars().count() as u64, text.len() as u64);
        Node::leaf(Hir::literal(text.as_bytes()), Shape::strings(vec![text]), runes, bytes)
    }

    pub(super) fn look(look: Look) -> Self {
        Node::leaf(Hir::look(look), Shape::opaque(), 1, 1)
    }

    pub(super) fn dot(newline: bool) -> Self {
        match newline {
            true => Node::leaf(Hir::dot(Dot::AnyChar), Shape::AnyChar, 1, 16),
            false => Node::leaf(Hir::dot(Dot::AnyCharExceptLF), Shape::opaque(), 1, 16),
        }
    }

    pub(super) fn class(class: ClassUnicode) -> Self {
        let members: usize = class.ranges().iter().map(ClassUnicodeRange::len).sum();
        let shape = if (1..=MAX_LISTED).contains(&members) {
            let chars = class.ranges().iter().flat_map(|range| range.start()..=range.end());
            Shape::strings(chars.map(String::from).collect())
        } else {
            Shape::opaque()
        };
        let weight = 8 * class.ranges().len() as u64;
        Node::leaf(Hir::class(Class::Unicode(class)), shape, 1, weight)
    }

    pub(super) fn capture(index: u32, sub: Node) -> Result<Node, Fault> {
        let hir = Hir::capture(Capture { index, name: None, sub: Box::new(sub.hir) });
        Node { hir, height: sub.height + 1, size: sub.size + 2, weight: sub.weight + 2, ..sub }.checked()
    }

    pub(super) fn concat(mut parts: Vec<Node>) -> Result<Node, Fault> {
        match parts.len() {
            0 => Ok(Node::empty()),
            1 => Ok(parts.remove(0)),
            _ => Node::join(parts, 0, Hir::concat, Shape::concat),
        }
    }

    pub(super) fn alternation(mut parts: Vec<Node>) -> Result<Node, Fault> {
        match parts.len() {
            1 => Ok(parts.remove(0)),
            count => Node::join(parts, count as u64 - 1, Hir::alternation, Shape::alternation),
        }
    }

    fn join(
        parts: Vec<Node>,
        extra: u64,
        hir: fn(Vec<Hir>) -> Hir,
        shape: fn(Vec<Shape>) -> Shape,
    ) -> Result<Node, Fault> {
        let sum = |of: fn(&Node) -> u64| parts.iter().map(of).sum::<u64>() + extra;
        let most = |of: fn(&Node) -> u32| parts.iter().map(of).max().unwrap_or(1);
        let (size, weight) = (sum(|part| part.size), sum(|part| part.weight));
        let (height, copies) = (most(|part| part.height) + 1, most(|part| part.copies));
        let (hirs, shapes) = parts.into_iter().map(|part| (part.hir, part.shape)).unzip();
        Node { hir: hir(hirs), shape: shape(shapes), weight, height, size, copies }.checked()
    }

    /// The part repeated; `counted` tells `{1}` from the operators `* + ?`, which do not count as copies.
    pub(super) fn repeat(
        self,
        min: u32,
        max: Option<u32>,
        greedy: bool,
        counted: bool,
    ) -> Result<Node, Fault> {
        let times = max.unwrap_or(min);
        let copies = match (counted, max) {
            (true, Some(0)) => 1,
            (true, _) => self.copies.saturating_mul(times.max(1)),
            (false, _) => self.copies,
        };
        let size = match (min, max) {
            (0, None) => self.size + 2,
            (_, None) => self.size * u64::from(min) + 1,
            (_, Some(max)) => self.size * u64::from(max) + u64::from(max.saturating_sub(min)),
        };
        let weight = self.weight.saturating_mul(u64::from(times.max(1)));
        let sub = Box::new(self.hir);
        let node = Node {
            hir: Hir::repetition(Repetition { min, max, greedy, sub }),
            shape: self.shape.repeat(min, max),
            weight,
            height: self.height + 1,
            size: size.max(1),
            copies,
        }
        .checked()?;
        if counted && times >= 2 && node.copies > MAX_COPIES { Err(Fault::RepeatSize) } else { Ok(node) }
    }

    fn checked(self) -> Result<Node, Fault> {
        if self.size > MAX_SIZE {
            Err(Fault::Large)
        } else if self.height > MAX_HEIGHT {
            Err(Fault::NestingDepth)
        } else {
            Ok(self)
        }
    }
}
