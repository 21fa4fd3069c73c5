//! What the grammar's actions do: they grow the tree and refuse what it cannot hold.

use crate::ast::{
    Aggregator, Ast, At, BinaryOp, Clauses, DurationId, DurationKind, DurationNode, ExprId, Group, Grouping,
    Kind, LabelMatcher, MatchOp, Matching, Modifiers, Number, Selector, Side, unescaped_byte,
};
use crate::duration::{self, DurationError};
use crate::error::{SyntaxError, SyntaxErrorKind};
use crate::literal;
use crate::span::Span;

/// The state of a parse.
pub(crate) struct Builder<'t> {
    text: &'t str,
    pub(crate) ast: Ast,
    /// Operators whose right operand has not ended, the innermost expression's last.
    waiting: Vec<Waiting>,
    /// Arguments of calls that have not ended, the innermost call's last.
    args: Vec<ExprId>,
    /// Clauses of aggregations that have not ended, the innermost one's last.
    groupings: Vec<Grouping>,
    /// Of the binary operator that is being read.
    pub(crate) clauses: Clauses,
    /// Of the list that is being read.
    labels: Vec<String>,
    /// Of the braces that are being read.
    matchers: Vec<LabelMatcher>,
    /// Errors with the offset at which they came to light.
    pub(crate) errors: Vec<(u32, SyntaxError)>,
}

/// An expression as far as it has been read, without an end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chain {
    /// Its first operator among those that wait.
    pub(crate) start: u32,
    /// The operand after the last operator.
    pub(crate) last: ExprId,
}

/// An operator that waits for its right operand to end.
enum Waiting {
    Sign { op: BinaryOp, start: u32 },
    Binary { op: BinaryOp, op_span: Span, lhs: ExprId, clauses: Clauses },
}

/// How tight an operator binds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Tier {
    Or,
    And,
    Compare,
    Sum,
    Product,
    /// Looser than `^`: `-1^2` is `-(1^2)`. To its right a sign may stand all the same: `2^-1*3` is `(2^(-1))*3`.
    Sign,
    Power,
}

impl Waiting {
    fn tier(&self) -> Tier {
        match self {
            Waiting::Sign { .. } => Tier::Sign,
            Waiting::Binary { op, .. } => Tier::of(*op),
        }
    }
}

impl Tier {
    fn of(op: BinaryOp) -> Tier {
        match op {
            BinaryOp::Or => Tier::Or,
            BinaryOp::And | BinaryOp::Unless => Tier::And,
            BinaryOp::Equal
            | BinaryOp::NotEqual
            | BinaryOp::Less
            | BinaryOp::LessEqual
            | BinaryOp::Greater
            | BinaryOp::GreaterEqual
            | BinaryOp::TrimUpper
            | BinaryOp::TrimLower => Tier::Compare,
            BinaryOp::Add | BinaryOp::Sub => Tier::Sum,
            BinaryOp::Mul | BinaryOp::Div | BinaryOp::Mod | BinaryOp::Atan2 => Tier::Product,
            BinaryOp::Pow => Tier::Power,
        }
    }
}

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
    pub(crate) fn new(text: &'t str, unquoted_utf8_names: bool, tokens: usize) -> Self {
        let mut ast = Ast::with_room(tokens);
        ast.set_unquoted_utf8_names(unquoted_utf8_names);
        Builder {
            text,
            ast,
            waiting: Vec::new(),
            args: Vec::new(),
            groupings: Vec::new(),
            clauses: Clauses::default(),
            labels: Vec::new(),
            matchers: Vec::new(),
            errors: Vec::new(),
        }
    }

    fn slice(&self, span: Span) -> &'t str {
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

    fn unary(&mut self, op: BinaryOp, expr: ExprId, start: u32) -> ExprId {
        let negative = op == BinaryOp::Sub;
        let node = self.ast.node_mut(expr);
        let span = Span { start, end: node.span.end };
        if let Kind::Number(number) = &mut node.kind {
            number.value = if negative { -number.value } else { number.value };
            node.span = span;
            return expr;
        }
        self.ast.push(Kind::Unary { negative, expr }, span)
    }

    /// How many operators wait outside of the expression that begins.
    fn waiting(&self) -> u32 {
        u32::try_from(self.waiting.len()).expect("a query has fewer than 2^32 tokens")
    }

    /// The first operand of an expression.
    pub(crate) fn first(&mut self, operand: ExprId) -> Chain {
        Chain { start: self.waiting(), last: operand }
    }

    /// A sign that an expression begins with.
    pub(crate) fn first_sign(&mut self, sign: (BinaryOp, Span)) -> u32 {
        let start = self.waiting();
        self.sign(sign);
        start
    }

    /// A sign before an operand.
    pub(crate) fn sign(&mut self, (op, span): (BinaryOp, Span)) {
        self.waiting.push(Waiting::Sign { op, start: span.start });
    }

    /// A binary operator after an operand, its clauses behind it.
    pub(crate) fn operator(&mut self, chain: Chain, (op, op_span): (BinaryOp, Span)) -> u32 {
        // Of equals the left one goes first, except for powers.
        let lhs = match Tier::of(op) {
            Tier::Power => chain.last,
            tier => self.complete(chain, tier),
        };
        let clauses = std::mem::take(&mut self.clauses);
        self.waiting.push(Waiting::Binary { op, op_span, lhs, clauses });
        chain.start
    }

    /// The end of an expression.
    pub(crate) fn end(&mut self, chain: Chain) -> ExprId {
        self.complete(chain, Tier::Or)
    }

    /// Gives the last operand to the operators that bind as tight as the tier or tighter.
    fn complete(&mut self, chain: Chain, tier: Tier) -> ExprId {
        let mut operand = chain.last;
        while self.waiting.len() > chain.start as usize
            && let Some(waiting) = self.waiting.pop_if(|waiting| waiting.tier() >= tier)
        {
            operand = match waiting {
                Waiting::Sign { op, start } => self.unary(op, operand, start),
                Waiting::Binary { op, op_span, lhs, clauses } => {
                    let span = self.ast[lhs].span.to(self.ast[operand].span);
                    self.ast.push(Kind::Binary { op, op_span, lhs, rhs: operand, modifiers: clauses }, span)
                }
            };
        }
        operand
    }

    /// `on` or `ignoring` with the labels read last.
    pub(crate) fn matching(&mut self, on: bool, span: Span) {
        let labels = std::mem::take(&mut self.labels);
        self.clauses.matching = Some(Matching { on, labels, span });
    }

    /// `group_left` or `group_right` with the labels read last.
    pub(crate) fn group(&mut self, side: Side, span: Span) {
        let include = std::mem::take(&mut self.labels);
        self.clauses.group = Some(Group { side, include, span });
    }

    /// `by` or `without` with the labels read last.
    pub(crate) fn grouping(&mut self, without: bool, span: Span) {
        let labels = std::mem::take(&mut self.labels);
        self.groupings.push(Grouping { without, labels, span });
    }

    pub(crate) fn no_args(&mut self) -> u32 {
        u32::try_from(self.args.len()).expect("a query has fewer than 2^32 tokens")
    }

    pub(crate) fn first_arg(&mut self, arg: ExprId) -> u32 {
        let first = self.no_args();
        self.arg(arg);
        first
    }

    pub(crate) fn arg(&mut self, arg: ExprId) {
        self.args.push(arg);
    }

    fn args_from(&mut self, first: u32) -> Vec<ExprId> {
        self.args.drain(first as usize..).collect()
    }

    pub(crate) fn call(&mut self, function_span: Span, args: u32, end: u32) -> ExprId {
        let (function, args) = (self.text(function_span), self.args_from(args));
        let span = Span { end, ..function_span };
        self.ast.push(Kind::Call { function, function_span, args }, span)
    }

    /// `grouped` if a clause was read before or after the arguments.
    pub(crate) fn aggregate(
        &mut self,
        (op, op_span): (Aggregator, Span),
        args: u32,
        grouped: bool,
        end: u32,
    ) -> ExprId {
        let args = self.args_from(args);
        let grouping = if grouped { self.groupings.pop().map(Box::new) } else { None };
        self.ast.push(Kind::Aggregate { op, op_span, args, grouping }, Span { end, ..op_span })
    }

    /// A selector with the matchers read last.
    pub(crate) fn selector(&mut self, name: Option<Span>, span: Span) -> ExprId {
        let name = name.map(|name| self.text(name));
        let matchers = std::mem::take(&mut self.matchers);
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
    pub(crate) fn label(&mut self, span: Span) {
        let label = self.text(span);
        if self.ast.unquoted_utf8_names() && label.contains(':') {
            self.fail(SyntaxErrorKind::GroupingLabel(label.clone()), span);
        }
        self.labels.push(label);
    }

    /// A quoted label of a clause.
    pub(crate) fn quoted_label(&mut self, span: Span) {
        let label = self.decoded(span);
        if label.is_empty() || label.chars().any(|c| unescaped_byte(c).is_some()) {
            self.fail(SyntaxErrorKind::GroupingLabel(label.clone()), span);
        }
        self.labels.push(label);
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
