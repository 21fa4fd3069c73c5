//! The layout of Prometheus' prettifier, with comments kept.
//!
//! A node stays on one line if its canonical form is at most 100 bytes long and no comment stands inside it. A
//! comment goes before the line of what it stood before, or to the end of the line of what it stood behind; one
//! inside of what is never split (a selector, a literal) goes before that.

use crate::ast::{Ast, Comment, ExprId, Kind};
use crate::print::{Printer, print_with_places};
use std::ops::Range;

/// Longest line of Prometheus' prettifier.
const WIDTH: usize = 100;

/// From here on lines are indented no further, or a deep tree would take memory quadratic in its depth.
const DEEPEST: usize = 128;

/// The query over several lines where it is long, with its comments.
///
/// ```
/// let query = promql_grammar::parse("foo # why\n + bar", &Default::default()).unwrap();
/// assert_eq!(promql_grammar::pretty(&query), "  foo # why\n+\n  bar");
/// ```
#[must_use]
pub fn pretty(ast: &Ast) -> String {
    let (canonical, places) = print_with_places(ast);
    let mut layout = Layout {
        ast,
        canonical,
        places,
        comments: place_comments(ast),
        next: 0,
        out: String::new(),
        prefix: String::new(),
        comment_ends_line: false,
    };
    layout.run();
    layout.out
}

/// A comment and where it will stand among the nodes.
struct Placed<'a> {
    comment: &'a Comment,
    /// Offset in the text; what starts here or later comes after it.
    at: u32,
    /// To be put at the end of the line before it.
    trailing: bool,
}

/// Moves comments out of what is never split.
fn place_comments(ast: &Ast) -> Vec<Placed<'_>> {
    let place = |comment| Placed { comment, at: comment.span.start, trailing: !comment.own_line };
    let mut placed: Vec<Placed<'_>> = ast.comments().iter().map(place).collect();
    if placed.is_empty() {
        return placed;
    }
    // Within `after..end`; the order of `at` is kept throughout.
    let mut shift = |within: Range<u32>, to: u32, trailing: bool| {
        let first = placed.partition_point(|placed| placed.at < within.start);
        for placed in placed[first..].iter_mut().take_while(|placed| placed.at < within.end) {
            placed.at = to;
            placed.trailing &= trailing;
        }
    };
    let mut in_chain = vec![false; ast.nodes().len()];
    for id in ast.ids() {
        let span = ast[id].span;
        if matches!(ast[id].kind, Kind::Selector(_) | Kind::Range { .. } | Kind::Number(_) | Kind::String(_))
        {
            shift(span.start + 1..span.end, span.start, false);
        }
    }
    // A chain of signs is one prefix, a chain of brackets one suffix.
    for id in ast.ids().rev() {
        let span = ast[id].span;
        let mut inner = id;
        match ast[id].kind {
            Kind::Unary { .. } if !in_chain[id.index()] => {
                while let Kind::Unary { expr, .. } = ast[inner].kind {
                    inner = expr;
                    in_chain[inner.index()] = true;
                }
                shift(span.start + 1..ast[inner].span.start + 1, span.start, false);
            }
            Kind::Subquery { .. } if !in_chain[id.index()] => {
                while let Kind::Subquery { expr, .. } = ast[inner].kind {
                    inner = expr;
                    in_chain[inner.index()] = true;
                }
                shift(ast[inner].span.end..span.end, span.end, true);
            }
            _ => {}
        }
    }
    placed
}

/// What stands on the stack.
enum Work {
    /// A node on lines of its own.
    Node(ExprId, usize),
    /// The line of a binary operator.
    Operator(ExprId, usize),
    /// The line of a closing parenthesis.
    Close(ExprId, usize),
    Suffix(ExprId),
    Comma,
}

struct Layout<'a> {
    ast: &'a Ast,
    canonical: String,
    places: Vec<Range<usize>>,
    comments: Vec<Placed<'a>>,
    /// The first comment that has not been written.
    next: usize,
    out: String,
    /// Signs that go before the next line.
    prefix: String,
    comment_ends_line: bool,
}

impl Layout<'_> {
    fn run(&mut self) {
        let mut stack = vec![Work::Node(self.ast.root(), 0)];
        while let Some(work) = stack.pop() {
            match work {
                Work::Node(id, level) => self.node(id, level, &mut stack),
                Work::Operator(id, level) => {
                    let Kind::Binary { op_span, .. } = self.ast[id].kind else { continue };
                    let mut printer = Printer::new(self.ast);
                    printer.operator(id);
                    self.line(level, op_span.start, &printer.out);
                }
                Work::Close(id, level) => {
                    let paren = self.ast[id].span.end.saturating_sub(1);
                    self.comments_before(paren, level + 1);
                    self.line(level, paren, ")");
                }
                Work::Suffix(id) => {
                    let mut printer = Printer::new(self.ast);
                    printer.subquery_suffix(id);
                    self.out.push_str(&printer.out);
                }
                Work::Comma => self.out.push(','),
            }
        }
        self.comments_before(u32::MAX, 0);
    }

    fn node(&mut self, id: ExprId, level: usize, stack: &mut Vec<Work>) {
        let node = &self.ast[id];
        if let Kind::Unary { negative, expr } = node.kind {
            self.prefix.push(if negative { '-' } else { '+' });
            stack.push(Work::Node(expr, level));
            return;
        }
        if !self.must_split(id) {
            let place = self.places[id.index()].clone();
            // As Prometheus has it.
            let flush_left = matches!(node.kind, Kind::Subquery { .. }) && self.prefix.is_empty();
            let level = if flush_left { 0 } else { level };
            let text = self.canonical[place].to_owned();
            self.line(level, node.span.start, &text);
            return;
        }
        match &node.kind {
            Kind::Binary { lhs, rhs, .. } => stack.extend([
                Work::Node(*rhs, level + 1),
                Work::Operator(id, level),
                Work::Node(*lhs, level + 1),
            ]),
            Kind::Subquery { expr, .. } => stack.extend([Work::Suffix(id), Work::Node(*expr, level)]),
            Kind::Paren(inner) => self.block(id, level, "", &[*inner], stack),
            Kind::Call { function, args, .. } => self.block(id, level, function, args, stack),
            Kind::Aggregate { args, .. } => {
                let mut printer = Printer::new(self.ast);
                printer.aggregation(id);
                self.block(id, level, &printer.out, args, stack);
            }
            _ => {}
        }
    }

    /// A parenthesis with one argument a line.
    fn block(&mut self, id: ExprId, level: usize, name: &str, args: &[ExprId], stack: &mut Vec<Work>) {
        self.line(level, self.ast[id].span.start, &format!("{name}("));
        stack.push(Work::Close(id, level));
        for (place, &arg) in args.iter().enumerate().rev() {
            if place + 1 < args.len() {
                stack.push(Work::Comma);
            }
            stack.push(Work::Node(arg, level + 1));
        }
    }

    /// Whether the node is longer than a line, or has a comment inside, and can be split.
    fn must_split(&self, id: ExprId) -> bool {
        let node = &self.ast[id];
        let can_split = matches!(
            node.kind,
            Kind::Binary { .. }
                | Kind::Subquery { .. }
                | Kind::Paren(_)
                | Kind::Call { .. }
                | Kind::Aggregate { .. }
        );
        let has_comment = || {
            let first = self.comments.partition_point(|placed| placed.at <= node.span.start);
            self.comments.get(first).is_some_and(|placed| placed.at < node.span.end)
        };
        can_split && (self.places[id.index()].len() > WIDTH || has_comment())
    }

    /// Writes a line for what starts at the offset, after the comments before it.
    fn line(&mut self, level: usize, offset: u32, text: &str) {
        self.comments_before(offset, level);
        self.new_line(level);
        let prefix = std::mem::take(&mut self.prefix);
        self.out.push_str(&prefix);
        self.out.push_str(text);
        self.comment_ends_line = false;
    }

    fn new_line(&mut self, level: usize) {
        if !self.out.is_empty() {
            self.out.push('\n');
        }
        (0..level.min(DEEPEST)).for_each(|_| self.out.push_str("  "));
    }

    fn comments_before(&mut self, offset: u32, level: usize) {
        while let Some(placed) = self.comments.get(self.next).filter(|placed| placed.at <= offset) {
            let text = placed.comment.text.trim_end();
            let trailing = placed.trailing && !self.out.is_empty() && !self.comment_ends_line;
            self.next += 1;
            if trailing {
                self.out.push(' ');
            } else {
                self.new_line(level);
            }
            self.out.push_str(text);
            self.comment_ends_line = true;
        }
    }
}
