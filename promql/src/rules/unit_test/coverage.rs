//! How much of the rules the tests exercise.
//!
//! A **rule is reached** by a test if it can find something, because it reads a series of the test or what such rules
//! write, and if an expectation of the test depends on it: one about its alerts, one about an expression that may
//! read its series, or one about a rule behind them. A rule that is merely loaded, or evaluated without anybody
//! looking, is not reached.
//!
//! A **branch** is something that can go two ways in a rule. It is taken if it happened at any evaluation of a test
//! that reaches the rule, whether the test passes or not; see [`Branch`] for all of them. Operators inside a subquery
//! have no branches, for they are evaluated at other times than the rule.

use crate::rules::file::{Group, Rule, RuleFile};
use crate::rules::yaml::Text;
use promql_grammar::Span;
use promql_grammar::ast::{Ast, BinaryOp, ExprId, Kind};

/// A way that a rule can go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Branch {
    /// The alert was pending; only of alerts with `for`.
    Pending,
    /// The alert fired.
    Firing,
    /// The alert fired and was gone later.
    Resolved,
    /// A filter (`and`, `unless`, or a comparison without `bool`) let a sample pass.
    Kept,
    /// A filter held a sample back.
    Dropped,
    /// `or` took a sample of its left side.
    Left,
    /// `or` took a sample of its right side.
    Right,
}

impl Branch {
    /// Its name in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Branch::Pending => "pending",
            Branch::Firing => "firing",
            Branch::Resolved => "resolved",
            Branch::Kept => "kept",
            Branch::Dropped => "dropped",
            Branch::Left => "left",
            Branch::Right => "right",
        }
    }

    /// What did not happen if it was not taken.
    #[must_use]
    pub fn missed(self) -> &'static str {
        match self {
            Branch::Pending => "was never pending",
            Branch::Firing => "never fired",
            Branch::Resolved => "was never resolved",
            Branch::Kept => "never kept a sample",
            Branch::Dropped => "never dropped a sample",
            Branch::Left => "never took a sample of its left side",
            Branch::Right => "never took a sample of its right side",
        }
    }
}

/// What tests reached of a rule file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Its rules in the order of the file.
    pub rules: Vec<RuleCoverage>,
}

/// What tests reached of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleCoverage {
    /// Its place in the file.
    pub span: Span,
    /// The name of its group.
    pub group: String,
    /// The name of the alert or of the series.
    pub name: String,
    /// True for an alerting rule.
    pub is_alert: bool,
    /// How many tests reached it.
    pub tests: usize,
    /// The states of its alerts, then the operators of its expression in the order of the text.
    pub branches: Vec<BranchCoverage>,
}

/// Whether tests took a branch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BranchCoverage {
    /// What happens in it.
    pub branch: Branch,
    /// The operator in the file, or the name of the alert.
    pub span: Span,
    /// The operation as it is written; empty for states of alerts.
    pub text: String,
    /// How many tests took it.
    pub tests: usize,
}

/// So many of so many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Points {
    /// How many were reached.
    pub reached: usize,
    /// How many there are.
    pub total: usize,
}

/// What one test reached, to be added to the [`Coverage`] of each rule file.
#[derive(Clone, Debug, Default)]
pub struct Reached(pub(super) Vec<ReachedRule>);

#[derive(Clone, Debug)]
pub(super) struct ReachedRule {
    /// The number of the file and of the rule in it.
    pub(super) rule: (usize, usize),
    /// Of each of its branches whether it was taken.
    pub(super) taken: Vec<bool>,
}

impl Coverage {
    /// What there is to reach in a file, of which `text` is the text.
    #[must_use]
    pub fn new(file: &RuleFile, text: &str) -> Self {
        let rules = file.groups.iter().flat_map(|group| group.rules.iter().map(move |rule| (group, rule)));
        Coverage { rules: rules.map(|(group, rule)| RuleCoverage::new(group, rule, text)).collect() }
    }

    /// Counts what a test reached; `file` is the number of the rule file in the test's suite.
    pub fn add(&mut self, file: usize, reached: &Reached) {
        for ReachedRule { rule, taken } in reached.0.iter().filter(|reached| reached.rule.0 == file) {
            let Some(rule) = self.rules.get_mut(rule.1) else { continue };
            rule.tests += 1;
            for (branch, &taken) in rule.branches.iter_mut().zip(taken) {
                branch.tests += usize::from(taken);
            }
        }
    }

    /// How many rules were reached.
    #[must_use]
    pub fn rule_points(&self) -> Points {
        let reached = self.rules.iter().filter(|rule| rule.tests > 0).count();
        Points { reached, total: self.rules.len() }
    }

    /// How many branches were taken.
    #[must_use]
    pub fn branch_points(&self) -> Points {
        let branches = || self.rules.iter().flat_map(|rule| &rule.branches);
        let reached = branches().filter(|branch| branch.tests > 0).count();
        Points { reached, total: branches().count() }
    }
}

impl std::ops::Add for Points {
    type Output = Points;

    fn add(self, other: Points) -> Points {
        Points { reached: self.reached + other.reached, total: self.total + other.total }
    }
}

impl Points {
    /// The share in percent; none of nothing.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52 branches")]
    pub fn percent(self) -> Option<f64> {
        (self.total > 0).then(|| 100.0 * self.reached as f64 / self.total as f64)
    }
}

impl RuleCoverage {
    fn new(group: &Group, rule: &Rule, text: &str) -> Self {
        let head = rule.alert.as_ref().or(rule.record.as_ref()).map_or(rule.span, Text::span);
        let branch = |(branch, operator): (Branch, Option<Operator>)| {
            let (span, text) = match (operator, &rule.expr) {
                (Some(operator), Some(expr)) => {
                    let written = expr.as_str().get(operator.span.range()).unwrap_or_default();
                    (expr.locate(text, operator.op_span), written.to_owned())
                }
                _ => (head, String::new()),
            };
            BranchCoverage { branch, span, text, tests: 0 }
        };
        RuleCoverage {
            span: rule.span,
            group: group.name.clone(),
            name: rule.name().to_owned(),
            is_alert: rule.is_alert(),
            tests: 0,
            branches: branches(rule).into_iter().map(branch).collect(),
        }
    }
}

/// An operator that lets only some samples pass.
#[derive(Clone, Copy, Debug)]
pub(super) struct Operator {
    pub(super) id: ExprId,
    pub(super) op: BinaryOp,
    pub(super) span: Span,
    op_span: Span,
}

/// All branches of a rule.
pub(super) fn branches(rule: &Rule) -> Vec<(Branch, Option<Operator>)> {
    let mut all = Vec::new();
    if rule.is_alert() {
        let states =
            [(rule.hold > 0).then_some(Branch::Pending), Some(Branch::Firing), Some(Branch::Resolved)];
        all.extend(states.into_iter().flatten().map(|state| (state, None)));
    }
    for operator in rule.query.iter().flat_map(|query| operators(query.ast())) {
        let ways = match operator.op {
            BinaryOp::Or => [Branch::Left, Branch::Right],
            _ => [Branch::Kept, Branch::Dropped],
        };
        all.extend(ways.map(|way| (way, Some(operator))));
    }
    all
}

/// The operators outside of subqueries, in the order of the text.
fn operators(ast: &Ast) -> Vec<Operator> {
    let mut is_outside = vec![false; ast.nodes().len()];
    is_outside[ast.root().index()] = true;
    let mut found = Vec::new();
    for id in ast.ids().rev().filter(|id| !matches!(ast[*id].kind, Kind::Subquery { .. })) {
        if !is_outside[id.index()] {
            continue;
        }
        for child in ast.children(id) {
            is_outside[child.index()] = true;
        }
        if let Kind::Binary { op, op_span, modifiers, .. } = &ast[id].kind
            && (op.is_set() || op.is_comparison() && !modifiers.return_bool)
        {
            found.push(Operator { id, op: *op, span: ast[id].span, op_span: *op_span });
        }
    }
    found.sort_by_key(|operator| operator.op_span.start);
    found
}
