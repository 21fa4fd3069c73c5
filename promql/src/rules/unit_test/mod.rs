//! Unit tests of rules in promtool's format: series, and what alerts and expressions make of them.
//!
//! Whoever calls finds the files: [`read`] the test file, read the rule files it names with
//! [`rules::read`](super::read), and run its tests through a [`Suite`], in any order or at the same time.

mod compare;
mod coverage;
mod file;
mod histogram;
mod probe;
mod reach;
mod read;
mod report;
mod run;
mod series;

pub use coverage::{Branch, BranchCoverage, Coverage, Points, Reached, RuleCoverage};
pub use file::{AlertCase, ExpectedAlert, ExpectedSample, ExprCase, InputSeries, TestFile, TestGroup};
pub use read::{is_test_file, read};
pub use report::{Failure, RulePlace, TestReport};
pub use run::Suite;
