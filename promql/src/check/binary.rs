//! Binary operators: types of operands, and which clauses fit which operator.

use super::{CheckErrorKind, Checker};
use crate::model::ValueType;
use promql_grammar::Span;
use promql_grammar::ast::{BinaryModifiers, BinaryOp, ExprId};

impl Checker<'_> {
    pub(super) fn binary(
        &mut self,
        op: BinaryOp,
        op_span: Span,
        operands: [ExprId; 2],
        modifiers: &BinaryModifiers,
        span: Span,
    ) -> Option<ValueType> {
        use ValueType::{Scalar, Vector};
        let types = operands.map(|operand| self.type_of(operand));
        let scalars = types == [Some(Scalar), Some(Scalar)];
        let filled = modifiers.fill_left.is_some() || modifiers.fill_right.is_some();
        if filled && !self.features.fill_modifiers {
            self.fail(CheckErrorKind::FillDisabled, span, None);
        }
        if modifiers.return_bool && !op.is_comparison() {
            self.fail(CheckErrorKind::BoolWithoutComparison(op), op_span, None);
        }
        if op.is_comparison() && !modifiers.return_bool && scalars {
            self.fail(CheckErrorKind::ScalarComparison, op_span, None);
        }
        self.on_and_group(modifiers, op_span);
        for (operand, value_type) in operands.into_iter().zip(types) {
            if let Some(got) = value_type.filter(|got| !matches!(got, Scalar | Vector)) {
                self.fail(CheckErrorKind::BinaryOperand(got), self.ast[operand].span, None);
            }
        }
        // What is unknown, or wrong already, is taken to be a vector.
        if types.contains(&Some(Scalar)) {
            self.with_scalar(op, modifiers, filled, span);
        } else if op.is_set() {
            if let Some(group) = &modifiers.group {
                self.fail(CheckErrorKind::GroupOnSet(op), span, Some(group.span));
            }
            if filled && self.features.fill_modifiers {
                self.fail(CheckErrorKind::FillOnSet, span, None);
            }
        }
        if scalars {
            Some(Scalar)
        } else if types.contains(&Some(Vector)) || !types.contains(&None) {
            Some(Vector)
        } else {
            None
        }
    }

    fn with_scalar(&mut self, op: BinaryOp, modifiers: &BinaryModifiers, filled: bool, span: Span) {
        // An empty list asks for nothing and passes.
        if let Some(matching) = modifiers.matching.as_ref().filter(|matching| !matching.labels.is_empty()) {
            self.fail(CheckErrorKind::MatchingWithScalar, span, Some(matching.span));
        }
        if filled && self.features.fill_modifiers {
            self.fail(CheckErrorKind::FillWithScalar, span, None);
        }
        if op.is_set() {
            self.fail(CheckErrorKind::SetWithScalar(op), span, None);
        }
    }

    fn on_and_group(&mut self, modifiers: &BinaryModifiers, op_span: Span) {
        let (Some(matching), Some(group)) = (&modifiers.matching, &modifiers.group) else { return };
        if !matching.on {
            return;
        }
        for label in matching.labels.iter().filter(|label| group.include.contains(label)) {
            self.fail(CheckErrorKind::OnAndGroup(label.clone()), op_span, Some(group.span));
        }
    }
}
