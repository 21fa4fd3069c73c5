//! Functions of a window of samples.

use super::Function;

/// The families of range functions.
pub(crate) static RANGE_FUNCTIONS: &[&[Function]] = &[];
