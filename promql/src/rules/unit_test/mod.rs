//! Unit tests of rules in promtool's format: series, and what alerts and expressions make of them.
//!
//! Whoever calls finds the files: [`read`] the test file, read the rule files it names with
//! [`rules::read`](super::read), and run its tests through a [`Suite`], in any order or at the same time.

mod alerts;
mod compare;
mod coverage;
mod difference;
mod dump;
mod expect;
mod explain;
mod exprs;
mod fields;
mod file;
mod histogram;
mod item;
mod pairing;
mod probe;
mod reach;
mod read;
mod read_case;
mod repeat;
mod report;
mod run;
mod sample;
mod series;
mod strict;

pub use coverage::{Branch, BranchCoverage, Coverage, Points, Reached, RuleCoverage};
pub use difference::{Difference, FieldDifference, Mark, Outcome};
pub use expect::{Comparison, Match, TextCondition, TextExpectation, Tolerance, ValueExpectation};
pub use explain::{Explanation, Part};
pub use file::{
    AlertCase, EvalTimes, ExpectedAlert, ExpectedSample, ExprCase, InputSeries, TestFile, TestGroup,
};
pub use read::{is_test_file, read};
pub use report::{Failure, RulePlace, TestReport};
pub use run::Suite;
pub use strict::unknown_groups;
