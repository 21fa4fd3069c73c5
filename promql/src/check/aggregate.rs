//! Aggregations: number and types of arguments.

use super::error::parameter;
use super::{CheckErrorKind, Checker, Place};
use crate::model::ValueType;
use promql_grammar::Span;
use promql_grammar::ast::{Aggregator, ExprId};

impl Checker<'_> {
    pub(super) fn aggregate(&mut self, op: Aggregator, args: &[ExprId], span: Span) {
        let parameter = parameter(op);
        let experimental = matches!(op, Aggregator::Limitk | Aggregator::LimitRatio);
        let expected = 1 + usize::from(parameter.is_some());
        if args.is_empty() {
            self.fail(CheckErrorKind::NoOperand(op), span, None);
        } else if experimental && !self.features.experimental_functions {
            self.fail(CheckErrorKind::AggregatorDisabled(op), span, None);
        } else if args.len() != expected {
            let kind = CheckErrorKind::AggregationArguments { op, expected, got: args.len() };
            self.fail(kind, span, None);
        } else {
            self.expect(args[expected - 1], ValueType::Vector, Place::Operand);
            if let Some(parameter) = parameter {
                self.expect(args[0], parameter, Place::Parameter);
            }
        }
    }
}
