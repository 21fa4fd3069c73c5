//! What planning, checking and documentation need to know about each binary operator.

use crate::functions::Stats;
use promql_grammar::ast::BinaryOp;

/// A binary operator of the language.
#[derive(Debug)]
pub struct Operator {
    /// The operator.
    pub op: BinaryOp,
    /// One line for people.
    pub doc: &'static str,
    /// Its values no longer are what the metric name says, so metadata labels go. With `bool` that holds for every
    /// comparison.
    pub changes_schema: bool,
    /// What it does to statistics-only reading of histograms below it.
    pub stats: Stats,
}

/// All binary operators, in the order of [`BinaryOp::ALL`].
pub static OPERATORS: [Operator; 18] = {
    use BinaryOp as Op;
    const fn entry(op: BinaryOp, changes_schema: bool, stats: Stats, doc: &'static str) -> Operator {
        Operator { op, doc, changes_schema, stats }
    }
    [
        entry(
            Op::Or,
            false,
            Stats::Neutral,
            "the left series, and the right series without a match on the left",
        ),
        entry(Op::And, false, Stats::Neutral, "the left series that have a match on the right"),
        entry(Op::Unless, false, Stats::Neutral, "the left series that have no match on the right"),
        entry(Op::Equal, false, Stats::Off, "keeps what is equal"),
        entry(Op::NotEqual, false, Stats::Off, "keeps what is not equal"),
        entry(Op::Less, false, Stats::Neutral, "keeps what is less"),
        entry(Op::LessEqual, false, Stats::Neutral, "keeps what is less or equal"),
        entry(Op::Greater, false, Stats::Neutral, "keeps what is greater"),
        entry(Op::GreaterEqual, false, Stats::Neutral, "keeps what is greater or equal"),
        entry(Op::TrimUpper, false, Stats::Off, "the observations of a histogram up to a value"),
        entry(Op::TrimLower, false, Stats::Off, "the observations of a histogram from a value on"),
        entry(Op::Add, true, Stats::Neutral, "sum"),
        entry(Op::Sub, true, Stats::Neutral, "difference"),
        entry(Op::Mul, true, Stats::Neutral, "product"),
        entry(Op::Div, true, Stats::Neutral, "quotient"),
        entry(Op::Mod, true, Stats::Neutral, "remainder, with the sign of the left side"),
        entry(
            Op::Atan2,
            true,
            Stats::Neutral,
            "angle in radians, from the y on the left and the x on the right",
        ),
        entry(Op::Pow, true, Stats::Neutral, "power"),
    ]
};

/// The table entry of an operator.
#[must_use]
pub fn operator(op: BinaryOp) -> &'static Operator {
    &OPERATORS[op as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operator_finds_its_own_entry() {
        assert_eq!(OPERATORS.len(), BinaryOp::ALL.len());
        for &op in BinaryOp::ALL {
            assert_eq!(operator(op).op, op);
        }
    }
}
