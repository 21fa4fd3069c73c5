//! Two rows, step against step.

use super::element::{Element, Operand, element};
use super::float;
use super::lane::{NoteLane, Remark};
use crate::column::{Note, Row, RowMut, bits};
use promql_grammar::ast::BinaryOp;

/// Combines two rows into an empty one, for all operators but the set operators. A step holds a value if both rows
/// hold one there and the operation is defined for them; a filter comparison keeps the left sample.
pub fn combine(
    op: BinaryOp,
    return_bool: bool,
    left: Row<'_>,
    right: Row<'_>,
    out: &mut RowMut<'_>,
    lane: &mut NoteLane,
) {
    for (out, (left, right)) in out.floats.iter_mut().zip(left.floats.iter().zip(right.floats)) {
        *out = left & right;
    }
    if op.is_trim() {
        let note = Note::IncompatibleTypes { left_histogram: false, right_histogram: false };
        bits::iter(out.floats).for_each(|step| lane.raise(step, Remark::Note(note.clone())));
        out.floats.fill(0);
    } else if op.is_comparison() && !return_bool {
        out.values.copy_from_slice(left.values);
        float::retain_zip(op, left.values, right.values, out.floats);
    } else {
        float::zip(op, left.values, right.values, out.values);
    }
    if left.histograms.is_none() && right.histograms.is_none() {
        return;
    }
    for word in 0..left.floats.len() {
        let both = left.present_word(word) & right.present_word(word);
        for bit in bits::iter(&[both & !(left.floats[word] & right.floats[word])]) {
            let step = word * 64 + bit;
            let (Some(left), Some(right)) = (Operand::at(&left, step), Operand::at(&right, step)) else {
                continue;
            };
            match element(op, return_bool, left, right) {
                Element::Kept(sample, remark) => {
                    out.set(step, sample);
                    remark.into_iter().for_each(|remark| lane.raise(step, remark));
                }
                Element::Invalid(remark) => lane.raise(step, remark),
                Element::Filtered => {}
            }
        }
    }
}
