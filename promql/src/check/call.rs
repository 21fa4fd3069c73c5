//! Calls: the function, whether it is enabled, number and types of arguments.

use super::suggest::nearest;
use super::{Bound, CheckErrorKind, Checker, Place};
use crate::functions::{Arity, Function, Shape};
use crate::model::ValueType;
use promql_grammar::Span;
use promql_grammar::ast::{ExprId, Kind};

impl Checker<'_> {
    pub(super) fn call(
        &mut self,
        id: ExprId,
        name: &str,
        name_span: Span,
        args: &[ExprId],
    ) -> Option<ValueType> {
        let Some(function) = self.facts[id.index()].function() else {
            let kind = CheckErrorKind::UnknownFunction { name: name.to_owned(), nearest: nearest(name) };
            self.fail(kind, name_span, None);
            return None;
        };
        if function.experimental && !self.features.experimental_functions {
            self.fail(CheckErrorKind::FunctionDisabled(function.name), name_span, None);
            return Some(function.returns);
        }
        self.count(function, args.len(), self.ast[id].span);
        for (index, &arg) in args.iter().enumerate() {
            if index == 1 && matches!(function.shape, Shape::Info) {
                self.info_selector(function, arg, self.ast[id].span);
            } else if let Some(expected) = function.arg(index) {
                self.expect(arg, expected, Place::Call(function.name));
            }
        }
        Some(function.returns)
    }

    fn count(&mut self, function: &'static Function, got: usize, span: Span) {
        let fixed = function.arity == Arity::Fixed;
        let (least, most) = (function.min_args(), function.max_args().unwrap_or(usize::MAX));
        let (bound, limit) = match got {
            _ if (least..=most).contains(&got) => return,
            _ if fixed => (Bound::Exactly, least),
            _ if got < least => (Bound::AtLeast, least),
            _ => (Bound::AtMost, most),
        };
        let (function, signature) = (function.name, function.signature());
        self.fail(CheckErrorKind::ArgumentCount { function, bound, limit, got, signature }, span, None);
    }

    /// The second argument of `info` only looks like a selector: it is never selected.
    fn info_selector(&mut self, function: &'static Function, arg: ExprId, span: Span) {
        let expected = ValueType::Vector;
        let node = &self.ast[arg];
        match (&node.kind, self.type_of(arg)) {
            (Kind::Selector(selector), _) => {
                if selector.name.is_some() {
                    self.fail(CheckErrorKind::InfoMetricName, node.span, None);
                }
            }
            (_, Some(got)) if got != expected => {
                let kind = CheckErrorKind::Type { place: Place::Call(function.name), expected, got };
                self.fail(kind, span, Some(node.span));
            }
            (_, None) => {}
            _ => self.fail(CheckErrorKind::InfoNoSelector, node.span, None),
        }
    }
}
