//! The canonical form of Prometheus: one line, one spelling.

use crate::ast::{
    Ast, At, BinaryModifiers, BinaryOp, DurationId, DurationKind, ExprId, Grouping, Kind, LabelMatcher,
    MatchOp, Modifiers, Number, Selector, Side,
};
use crate::builder::{is_set, plain_literal};
use crate::duration::{self, format_duration};
use crate::number;
use crate::quote::quote_into;
use crate::token::Tok;
use crate::unicode::is_letter;
use std::fmt::{self, Write};
use std::ops::Range;

/// The expression as Prometheus prints it.
#[must_use]
pub fn print(ast: &Ast, expr: ExprId) -> String {
    let mut printer = Printer::new(ast);
    printer.run(vec![Work::Expr(expr)]);
    printer.out
}

/// The whole query in canonical form, and where in it each node stands: a node's form is part of its parent's.
pub(crate) fn print_with_places(ast: &Ast) -> (String, Vec<Range<usize>>) {
    let mut printer = Printer::new(ast);
    printer.places = vec![0..0; ast.nodes().len()];
    printer.run(vec![Work::Expr(ast.root())]);
    (printer.out, printer.places)
}

impl fmt::Display for Ast {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&print(self, self.root()))
    }
}

/// What stands on the printer's stack.
enum Work {
    Text(&'static str),
    Expr(ExprId),
    /// An operand of what binds tighter than a sign.
    Base(ExprId),
    Duration(DurationId),
    /// An operator with its modifiers.
    Operator(ExprId),
    /// What follows the expression of a subquery.
    Suffix(ExprId),
    /// The node ends here; it started there.
    Ends(ExprId, usize),
}

/// Prints parts of a tree; used by [`pretty`](crate::pretty) too.
pub(crate) struct Printer<'a> {
    ast: &'a Ast,
    pub(crate) out: String,
    /// The modifiers that were printed last, if they end in an [open](is_open) offset: where, and with the offset first.
    open_end: Option<(Range<usize>, String)>,
    /// By node; empty if nobody asks.
    places: Vec<Range<usize>>,
}

impl<'a> Printer<'a> {
    pub(crate) fn new(ast: &'a Ast) -> Self {
        Printer { ast, out: String::new(), open_end: None, places: Vec::new() }
    }

    fn run(&mut self, mut stack: Vec<Work>) {
        while let Some(work) = stack.pop() {
            match work {
                Work::Text(text) => self.out.push_str(text),
                Work::Expr(id) => {
                    self.note_place(id, &mut stack);
                    self.expr(id, &mut stack);
                }
                Work::Base(id) => {
                    self.note_place(id, &mut stack);
                    match self.ast[id].kind {
                        // The sign of `+Inf` would be read as one before the whole power; Prometheus does print it.
                        Kind::Number(Number { value: f64::INFINITY, .. }) => self.out.push_str("Inf"),
                        _ => self.expr(id, &mut stack),
                    }
                }
                Work::Duration(id) => self.duration_node(id, &mut stack),
                Work::Operator(id) => {
                    self.close_offset(id);
                    self.out.push(' ');
                    self.operator(id);
                    self.out.push(' ');
                }
                Work::Suffix(id) => self.subquery_suffix(id),
                Work::Ends(id, start) => self.places[id.index()] = start..self.out.len(),
            }
        }
    }

    fn note_place(&self, id: ExprId, stack: &mut Vec<Work>) {
        if !self.places.is_empty() {
            stack.push(Work::Ends(id, self.out.len()));
        }
    }

    fn expr(&mut self, id: ExprId, stack: &mut Vec<Work>) {
        match &self.ast[id].kind {
            Kind::Number(number) => self.number(*number),
            Kind::String(text) => quote_into(&mut self.out, text),
            Kind::Selector(selector) => {
                self.selector(selector);
                self.modifiers(&selector.modifiers, [Self::at, Self::extended]);
            }
            Kind::Range { selector, range } => self.range(*selector, *range),
            Kind::Subquery { expr, .. } => stack.extend([Work::Suffix(id), Work::Base(*expr)]),
            Kind::Call { function, args, .. } => {
                self.out.push_str(function);
                self.arguments(args, stack);
            }
            Kind::Aggregate { args, .. } => {
                self.aggregation(id);
                self.arguments(args, stack);
            }
            Kind::Binary { op, lhs, rhs, .. } => {
                let left = if *op == BinaryOp::Pow { Work::Base(*lhs) } else { Work::Expr(*lhs) };
                stack.extend([Work::Expr(*rhs), Work::Operator(id), left]);
            }
            Kind::Unary { negative, expr } => {
                self.out.push(if *negative { '-' } else { '+' });
                stack.push(Work::Expr(*expr));
            }
            Kind::Paren(inner) => {
                self.out.push('(');
                stack.extend([Work::Text(")"), Work::Expr(*inner)]);
            }
            Kind::Bad => {}
        }
    }

    fn arguments(&mut self, args: &[ExprId], stack: &mut Vec<Work>) {
        self.out.push('(');
        stack.push(Work::Text(")"));
        for (place, &arg) in args.iter().enumerate().rev() {
            stack.push(Work::Expr(arg));
            if place > 0 {
                stack.push(Work::Text(", "));
            }
        }
    }

    fn number(&mut self, Number { value, is_duration }: Number) {
        if is_duration {
            // Prometheus cuts off what the fraction of a second lacks, and prints 1001ms as 1s.
            self.out.push_str(&format_duration((value * 1e3).round() as i64));
        } else {
            number::plain(&mut self.out, value);
        }
    }

    fn push_fmt(&mut self, text: fmt::Arguments<'_>) {
        // Writing to a string does not fail.
        let _ = self.out.write_fmt(text);
    }

    /// The name and the matchers. `{}` is printed, though Prometheus does not: without it `info(x, {})` is no query.
    fn selector(&mut self, selector: &Selector) {
        if let Some(name) = &selector.name {
            self.out.push_str(name);
        }
        if selector.matchers.is_empty() && selector.name.is_some() {
            return;
        }
        let mut matchers: Vec<String> =
            selector.matchers.iter().map(|matcher| self.matcher(matcher)).collect();
        matchers.sort_unstable();
        self.push_fmt(format_args!("{{{}}}", matchers.join(",")));
    }

    fn matcher(&self, matcher: &LabelMatcher) -> String {
        let mut out = String::new();
        label_into(&mut out, &matcher.name, self.ast.unquoted_utf8_names());
        out.push_str(match matcher.op {
            MatchOp::Equal => "=",
            MatchOp::NotEqual => "!=",
            MatchOp::Regex => "=~",
            MatchOp::NotRegex => "!~",
        });
        quote_into(&mut out, &matcher.value);
        out
    }

    fn range(&mut self, selector: ExprId, range: DurationId) {
        // Any other kind can only have been built by hand.
        if let Kind::Selector(selector) = &self.ast[selector].kind {
            self.selector(selector);
            self.out.push('[');
            self.whole_duration(range);
            self.out.push(']');
            self.modifiers(&selector.modifiers, [Self::extended, Self::at]);
        }
    }

    /// `[range:step]` and the modifiers.
    pub(crate) fn subquery_suffix(&mut self, id: ExprId) {
        if let Kind::Subquery { range, step, modifiers, .. } = &self.ast[id].kind {
            self.out.push('[');
            self.whole_duration(*range);
            self.out.push(':');
            if let Some(step) = step.filter(|_| is_set(self.ast, *step)) {
                self.whole_duration(step);
            }
            self.out.push(']');
            self.modifiers(modifiers, [Self::extended, Self::at]);
        }
    }

    fn modifiers(&mut self, modifiers: &Modifiers, order: [fn(&mut Self, &Modifiers); 2]) {
        let start = self.out.len();
        order.into_iter().for_each(|print| print(self, modifiers));
        let middle = self.out.len();
        self.offset(modifiers);
        if start < middle
            && modifiers
                .offset
                .is_some_and(|offset| is_open(self.ast, offset) || lost_its_signs(self.ast, offset))
        {
            let offset_first = format!("{}{}", &self.out[middle..], &self.out[start..middle]);
            self.open_end = Some((start..self.out.len(), offset_first));
        }
    }

    /// Arithmetic after an open offset would be read as part of it: there the offset goes before other modifiers.
    /// Prometheus prints `foo offset (5m) @ 9 * 2` as `foo @ 9.000 offset (5m) * 2`, which is another query.
    fn close_offset(&mut self, operator: ExprId) {
        let Some((place, offset_first)) = self.open_end.take() else { return };
        let Kind::Binary { op, .. } = self.ast[operator].kind else { return };
        if place.end == self.out.len() && matches!(op.as_str(), "+" | "-" | "*" | "/" | "%" | "^") {
            self.out.replace_range(place, &offset_first);
        }
    }

    fn at(&mut self, modifiers: &Modifiers) {
        match modifiers.at {
            None => {}
            Some(At::Start) => self.out.push_str(" @ start()"),
            Some(At::End) => self.out.push_str(" @ end()"),
            Some(At::Time(milliseconds)) => {
                self.push_fmt(format_args!(" @ {:.3}", milliseconds as f64 / 1000.0));
            }
        }
    }

    fn extended(&mut self, modifiers: &Modifiers) {
        if modifiers.anchored {
            self.out.push_str(" anchored");
        } else if modifiers.smoothed {
            self.out.push_str(" smoothed");
        }
    }

    fn offset(&mut self, modifiers: &Modifiers) {
        if let Some(offset) = modifiers.offset.filter(|_| is_set(self.ast, modifiers.offset)) {
            self.out.push_str(" offset ");
            let enclosed = lost_its_signs(self.ast, offset);
            self.out.push_str(if enclosed { "(" } else { "" });
            self.whole_duration(offset);
            self.out.push_str(if enclosed { ")" } else { "" });
        }
    }

    /// A range, step or offset: a literal in units, whatever it was written in.
    fn whole_duration(&mut self, id: DurationId) {
        match plain_literal(self.ast, id) {
            Some(number) => {
                let length = duration::milliseconds(number.value);
                self.out.push_str(&format_duration(duration::written_milliseconds(length)));
            }
            None => self.run(vec![Work::Duration(id)]),
        }
    }

    fn duration_node(&mut self, id: DurationId, stack: &mut Vec<Work>) {
        let node = &self.ast[id];
        if node.wrapped {
            self.out.push('(');
            stack.push(Work::Text(")"));
        }
        let two = |stack: &mut Vec<Work>, x, y| {
            stack.extend([Work::Text(")"), Work::Duration(y), Work::Text(", "), Work::Duration(x)]);
        };
        match node.kind {
            DurationKind::Literal(number) => self.number(number),
            DurationKind::Step => self.out.push_str("step()"),
            DurationKind::Range => self.out.push_str("range()"),
            DurationKind::Negative(operand) => {
                self.out.push('-');
                stack.push(Work::Duration(operand));
            }
            DurationKind::Binary(op, lhs, rhs) => stack.extend([
                Work::Duration(rhs),
                Work::Text(" "),
                Work::Text(op.as_str()),
                Work::Text(" "),
                Work::Duration(lhs),
            ]),
            DurationKind::MinOf(x, y) => {
                self.out.push_str("min_of(");
                two(stack, x, y);
            }
            DurationKind::MaxOf(x, y) => {
                self.out.push_str("max_of(");
                two(stack, x, y);
            }
        }
    }

    /// The aggregator and its clause.
    pub(crate) fn aggregation(&mut self, id: ExprId) {
        let Kind::Aggregate { op, grouping, .. } = &self.ast[id].kind else { return };
        self.out.push_str(op.as_str());
        match grouping.as_deref() {
            Some(Grouping { without: true, labels, .. }) => self.clause(" without", labels),
            Some(Grouping { labels, .. }) if !labels.is_empty() => self.clause(" by", labels),
            _ => return,
        }
        self.out.push(' ');
    }

    fn clause(&mut self, word: &str, labels: &[String]) {
        self.out.push_str(word);
        self.out.push_str(" (");
        for (place, label) in labels.iter().enumerate() {
            if place > 0 {
                self.out.push_str(", ");
            }
            // These words are no labels here unless quoted, though Prometheus does not quote them.
            if matches!(Tok::of_word(label), Some(Tok::Number | Tok::Without)) {
                quote_into(&mut self.out, label);
            } else {
                label_into(&mut self.out, label, self.ast.unquoted_utf8_names());
            }
        }
        self.out.push(')');
    }

    /// The operator with its modifiers.
    pub(crate) fn operator(&mut self, id: ExprId) {
        let Kind::Binary { op, modifiers, .. } = &self.ast[id].kind else { return };
        let BinaryModifiers { return_bool, matching, group, fill_left, fill_right } = &**modifiers;
        self.out.push_str(op.as_str());
        if *return_bool {
            self.out.push_str(" bool");
        }
        let (on, labels) =
            matching.as_ref().map_or((false, &[][..]), |matching| (matching.on, &matching.labels));
        if on || !labels.is_empty() || group.is_some() {
            self.clause(if on { " on" } else { " ignoring" }, labels);
        }
        if let Some(group) = group {
            let left = group.side == Side::Left;
            self.clause(if left { " group_left" } else { " group_right" }, &group.include);
        }
        match (fill_left, fill_right) {
            (Some(left), Some(right)) if left == right => self.fill("fill", Some(*left)),
            _ => {
                self.fill("fill_left", *fill_left);
                self.fill("fill_right", *fill_right);
            }
        }
    }

    fn fill(&mut self, word: &str, value: Option<f64>) {
        if let Some(value) = value {
            self.push_fmt(format_args!(" {word} ("));
            number::general(&mut self.out, value);
            self.out.push(')');
        }
    }
}

/// Whether an offset starts with a parenthesis or with two signs, so that arithmetic after it belongs to it.
fn is_open(ast: &Ast, offset: DurationId) -> bool {
    let mut node = &ast[offset];
    while let DurationKind::Binary(_, first, _) = node.kind
        && !node.wrapped
    {
        node = &ast[first];
    }
    match node.kind {
        _ if node.wrapped => true,
        DurationKind::Negative(operand) => {
            matches!(ast[operand].kind, DurationKind::Negative(_)) && !ast[operand].wrapped
        }
        _ => false,
    }
}

/// Whether arithmetic belongs to an offset only by signs that the tree does not keep, so that parentheses have to hold
/// it together. Prometheus prints `foo offset --2 * 2` as `foo offset 2 * 2`, which is another query.
fn lost_its_signs(ast: &Ast, offset: DurationId) -> bool {
    let node = &ast[offset];
    matches!(node.kind, DurationKind::Binary(..)) && !node.wrapped && !is_open(ast, offset)
}

/// A label's name, in quotes if it cannot be written without.
fn label_into(out: &mut String, label: &str, utf8_names: bool) {
    let starts =
        |c: char| c.is_ascii_alphabetic() || c == '_' || (utf8_names && !c.is_ascii() && is_letter(c));
    let goes_on = |c: char| starts(c) || c.is_ascii_digit() || (utf8_names && c == '.');
    if label.starts_with(starts) && label.chars().all(goes_on) {
        out.push_str(label);
    } else {
        quote_into(out, label);
    }
}
