//! What the grammar's actions do: they grow the tree and refuse what it cannot hold.

use crate::ast::{
    Ast, At, BinaryModifiers, BinaryOp, DurationId, DurationKind, DurationNode, ExprId, Kind, LabelMatcher,
    MatchOp, Modifiers, Number, Selector, unescaped_byte,
};
use crate::duration::{self, DurationError};
use crate::error::{SyntaxError, SyntaxErrorKind};
use crate::literal;
use crate::span::Span;

/// The state of a parse.
pub(crate) struct Builder<'t> {
    text: &'t str,
    pub(crate) ast: Ast,
    /// Of the braces that are being read.
    pub(crate) matchers: Vec<LabelMatcher>,
    /// Errors with the offset at which they came to light.
    pub(crate) errors: Vec<(u32, SyntaxError)>,
}

/// Modifiers of a binary operator; boxed and absent when there are none, to keep the parser's stack small.
pub(crate) type Mods = Option<Box<BinaryModifiers>>;

/// The `__name__` label.
const METRIC_NAME: &str = "__name__";

/// A literal that stands for itself: not in parentheses.
pub(crate) fn plain_literal(ast: &Ast, id: DurationId) -> Option<Number> {
    match ast[id] {
        DurationNode { kind: DurationKind::Literal(number), wrapped: false, .. } => Some(number),
        _ => None,
    }
}

/// Whether an offset changes anything: one of zero is as if it were not there, in Prometheus' parser too.
pub(crate) fn is_set(ast: &Ast, offset: Option<DurationId>) -> bool {
    offset.is_some_and(|id| {
        plain_literal(ast, id).is_none_or(|number| duration::nanoseconds(number.value) != 0)
    })
}

impl<'t> Builder<'t> {
    pub(crate) fn new(text: &'t str, unquoted_utf8_names: bool) -> Self {
        let mut ast = Ast::default();
        ast.set_unquoted_utf8_names(unquoted_utf8_names);
        Builder { text, ast, matchers: Vec::new(), errors: Vec::new() }
    }

    pub(crate) fn slice(&self, span: Span) -> &'t str {
        self.text.get(span.range()).unwrap_or_default()
    }

    fn fail(&mut self, kind: SyntaxErrorKind, span: Span) {
        self.errors.push((span.end, SyntaxError::new(kind, span)));
    }

    pub(crate) fn text(&self, span: Span) -> String {
        self.slice(span).to_owned()
    }

    pub(crate) fn decoded(&self, span: Span) -> String {
        literal::string(self.slice(span))
    }

    pub(crate) fn number(&mut self, is_duration: bool, span: Span) -> Number {
        let text = self.slice(span);
        let value = if is_duration { literal::duration(text) } else { literal::number(text) };
        let value = value.unwrap_or_else(|kind| {
            self.fail(kind, span);
            // Not zero, which would be refused again as a duration.
            1.0
        });
        Number { value, is_duration }
    }

    pub(crate) fn unary(&mut self, op: BinaryOp, expr: ExprId, span: Span) -> ExprId {
        let negative = op == BinaryOp::Sub;
        let node = self.ast.node_mut(expr);
        if let Kind::Number(number) = &mut node.kind {
            number.value = if negative { -number.value } else { number.value };
            node.span = span;
            return expr;
        }
        self.ast.push(Kind::Unary { negative, expr }, span)
    }

    pub(crate) fn binary(
        &mut self,
        lhs: ExprId,
        (op, op_span): (BinaryOp, Span),
        mods: Mods,
        rhs: ExprId,
    ) -> ExprId {
        let span = self.ast[lhs].span.to(self.ast[rhs].span);
        let modifiers = mods.map_or_else(BinaryModifiers::default, |mods| *mods);
        self.ast.push(Kind::Binary { op, op_span, lhs, rhs, modifiers }, span)
    }

    pub(crate) fn selector(
        &mut self,
        name: Option<String>,
        matchers: Vec<LabelMatcher>,
        span: Span,
    ) -> ExprId {
        self.ast.push(Kind::Selector(Selector { name, matchers, modifiers: Modifiers::default() }), span)
    }

    pub(crate) fn matcher(&mut self, name: String, op: MatchOp, value: Span, span: Span) {
        let value = self.decoded(value);
        self.matchers.push(LabelMatcher { name, op, value, span });
    }

    /// A quoted metric name inside braces.
    pub(crate) fn name_matcher(&mut self, value: Span) {
        self.matcher(METRIC_NAME.to_owned(), MatchOp::Equal, value, value);
    }

    /// A label of a clause.
    pub(crate) fn label(&mut self, span: Span) -> String {
        let label = self.text(span);
        if self.ast.unquoted_utf8_names() && label.contains(':') {
            self.fail(SyntaxErrorKind::GroupingLabel(label.clone()), span);
        }
        label
    }

    /// A quoted label of a clause.
    pub(crate) fn quoted_label(&mut self, span: Span) -> String {
        let label = self.decoded(span);
        if label.is_empty() || label.chars().any(|c| unescaped_byte(c).is_some()) {
            self.fail(SyntaxErrorKind::GroupingLabel(label.clone()), span);
        }
        label
    }

    pub(crate) fn trailing_comma(&mut self, span: Span) {
        self.fail(SyntaxErrorKind::TrailingComma, span);
    }

    /// The modifiers of a selector, of the selector in a range, or of a subquery.
    fn modifiers(&mut self, expr: ExprId) -> Option<&mut Modifiers> {
        let holder = match self.ast[expr].kind {
            Kind::Range { selector, .. } => selector,
            _ => expr,
        };
        match &mut self.ast.node_mut(holder).kind {
            Kind::Selector(Selector { modifiers, .. }) | Kind::Subquery { modifiers, .. } => Some(modifiers),
            _ => None,
        }
    }

    fn extend_to(&mut self, expr: ExprId, end: u32) {
        self.ast.node_mut(expr).span.end = end;
    }

    pub(crate) fn offset(&mut self, expr: ExprId, offset: DurationId, end: u32) -> ExprId {
        let Some(modifiers) = self.modifiers(expr) else {
            return self.refuse_modifier(SyntaxErrorKind::OffsetTarget, expr);
        };
        let before = modifiers.offset.replace(offset);
        if is_set(&self.ast, before) {
            self.fail(SyntaxErrorKind::OffsetTwice, self.ast[expr].span);
        }
        self.extend_to(expr, end);
        expr
    }

    /// `@` with a number of seconds.
    pub(crate) fn at_time(&mut self, expr: ExprId, seconds: f64, end: u32) -> ExprId {
        // Both bounds are exact: 2^63.
        if !(seconds > i64::MIN as f64 && seconds < i64::MAX as f64) {
            self.fail(SyntaxErrorKind::AtOutOfBounds(seconds), self.ast[expr].span);
        }
        self.at(expr, At::Time((seconds * 1000.0).round() as i64), end)
    }

    pub(crate) fn at(&mut self, expr: ExprId, at: At, end: u32) -> ExprId {
        let Some(modifiers) = self.modifiers(expr) else {
            return self.refuse_modifier(SyntaxErrorKind::AtTarget, expr);
        };
        if modifiers.at.replace(at).is_some() {
            self.fail(SyntaxErrorKind::AtTwice, self.ast[expr].span);
        }
        self.extend_to(expr, end);
        expr
    }

    /// `anchored` or `smoothed`.
    pub(crate) fn extended(&mut self, expr: ExprId, anchored: bool, end: u32) -> ExprId {
        let word = if anchored { "anchored" } else { "smoothed" };
        if matches!(self.ast[expr].kind, Kind::Subquery { .. }) {
            return self.refuse_modifier(SyntaxErrorKind::ExtendedSubquery(word), expr);
        }
        let Some(modifiers) = self.modifiers(expr) else {
            return self.refuse_modifier(SyntaxErrorKind::ExtendedTarget(word), expr);
        };
        *(if anchored { &mut modifiers.anchored } else { &mut modifiers.smoothed }) = true;
        if modifiers.anchored && modifiers.smoothed {
            self.fail(SyntaxErrorKind::AnchoredAndSmoothed, self.ast[expr].span);
        }
        self.extend_to(expr, end);
        expr
    }

    fn refuse_modifier(&mut self, kind: SyntaxErrorKind, expr: ExprId) -> ExprId {
        if self.ast[expr].kind != Kind::Bad {
            self.fail(kind, self.ast[expr].span);
        }
        expr
    }

    /// `expr[range]`; `brackets` is where the brackets stand.
    pub(crate) fn range(&mut self, expr: ExprId, range: DurationId, brackets: Span) -> ExprId {
        let refusal = match &self.ast[expr].kind {
            Kind::Selector(selector) if is_set(&self.ast, selector.modifiers.offset) => {
                Some(SyntaxErrorKind::OffsetBeforeRange)
            }
            Kind::Selector(selector) => selector.modifiers.at.map(|_| SyntaxErrorKind::AtBeforeRange),
            other => {
                if *other != Kind::Bad {
                    self.fail(SyntaxErrorKind::RangeTarget, brackets);
                }
                return self.ast.push(Kind::Bad, self.ast[expr].span.to(brackets));
            }
        };
        if let Some(kind) = refusal {
            self.fail(kind, brackets);
        }
        let span = self.ast[expr].span.to(brackets);
        self.ast.push(Kind::Range { selector: expr, range }, span)
    }

    pub(crate) fn subquery(
        &mut self,
        expr: ExprId,
        range: DurationId,
        step: Option<DurationId>,
        end: u32,
    ) -> ExprId {
        let span = Span { start: self.ast[expr].span.start, end };
        self.ast.push(Kind::Subquery { expr, range, step, modifiers: Modifiers::default() }, span)
    }

    fn push_duration(&mut self, kind: DurationKind, span: Span) -> DurationId {
        self.ast.push_duration(DurationNode { kind, span, wrapped: false })
    }

    /// What stands for a duration that has been refused.
    fn bad_duration(&mut self, kind: SyntaxErrorKind, span: Span) -> DurationId {
        self.fail(kind, span);
        self.some_duration(span)
    }

    /// A duration that raises no further errors.
    pub(crate) fn some_duration(&mut self, span: Span) -> DurationId {
        self.push_duration(DurationKind::Literal(Number { value: 1.0, is_duration: true }), span)
    }

    pub(crate) fn duration_literal(&mut self, number: Number, span: Span) -> DurationId {
        if duration::is_out_of_range(number.value) {
            return self.bad_duration(DurationError::OutOfRange.into(), span);
        }
        self.push_duration(DurationKind::Literal(number), span)
    }

    pub(crate) fn duration_call(&mut self, kind: DurationKind, span: Span) -> DurationId {
        self.push_duration(kind, span)
    }

    /// The number or duration inside parentheses of its own.
    pub(crate) fn wrap(&mut self, id: DurationId, parens: Span) -> DurationId {
        let was_plain = plain_literal(&self.ast, id).is_some();
        let node = self.ast.duration_mut(id);
        node.wrapped = true;
        if was_plain {
            node.span = parens;
        }
        id
    }

    pub(crate) fn signed_duration(&mut self, op: BinaryOp, id: DurationId, start: u32) -> DurationId {
        let negative = op == BinaryOp::Sub;
        let is_plain = plain_literal(&self.ast, id).is_some();
        let node = self.ast.duration_mut(id);
        let span = Span { start, end: node.span.end };
        match &mut node.kind {
            DurationKind::Literal(number) if is_plain => {
                number.value = if negative { -number.value } else { number.value };
                node.span = span;
                id
            }
            _ if negative => self.push_duration(DurationKind::Negative(id), span),
            _ => id,
        }
    }

    pub(crate) fn duration_binary(
        &mut self,
        lhs: DurationId,
        (op, at): (BinaryOp, Span),
        rhs: DurationId,
    ) -> DurationId {
        if plain_literal(&self.ast, rhs).is_some_and(|number| number.value == 0.0) {
            match op {
                BinaryOp::Div => return self.bad_duration(SyntaxErrorKind::DivisionByZero, at),
                BinaryOp::Mod => return self.bad_duration(SyntaxErrorKind::ModuloByZero, at),
                _ => {}
            }
        }
        let span = self.ast[lhs].span.to(self.ast[rhs].span);
        self.push_duration(DurationKind::Binary(op, lhs, rhs), span)
    }

    /// A duration that stands for a range or a step.
    pub(crate) fn positive(&mut self, id: DurationId) -> DurationId {
        match plain_literal(&self.ast, id) {
            Some(number) if number.value <= 0.0 => {
                self.bad_duration(SyntaxErrorKind::DurationNotPositive, self.ast[id].span)
            }
            _ => id,
        }
    }

    /// What can only be told once all of the text is known to be well formed.
    pub(crate) fn check_names(&mut self) {
        let mut errors = Vec::new();
        for node in self.ast.nodes() {
            let Kind::Selector(Selector { name: Some(name), matchers, .. }) = &node.kind else { continue };
            for matcher in matchers.iter().filter(|matcher| matcher.name == METRIC_NAME) {
                let kind = SyntaxErrorKind::NameTwice { name: name.clone(), other: matcher.value.clone() };
                errors.push((node.span.start, SyntaxError::new(kind, node.span)));
            }
        }
        self.errors.extend(errors);
    }
}
