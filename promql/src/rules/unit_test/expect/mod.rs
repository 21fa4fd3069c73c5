//! What a test expects of one text and of one number.

mod text;
mod value;

pub use text::{TextCondition, TextExpectation};
pub use value::{Comparison, Tolerance, ValueExpectation};

/// Whether anything else may be there besides what a list or a map names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Match {
    /// Nothing else.
    #[default]
    Exact,
    /// What is not named does not matter.
    Subset,
}
