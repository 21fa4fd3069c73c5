//! `info`: the labels of info metrics added to series. Its labels depend on values, so the evaluator itself does the
//! work; here is only the entry.

use super::{Arity, Function, Shape};
use crate::model::ValueType::Vector;

pub(super) static FUNCTIONS: &[Function] = &[Function {
    name: "info",
    doc: "Adds the labels of matching info metrics (target_info if none is named) to each series.",
    args: &[Vector, Vector],
    arity: Arity::Optional(1),
    experimental: true,
    shape: Shape::Info,
    keeps_name: true,
    ..Function::VECTOR
}];
