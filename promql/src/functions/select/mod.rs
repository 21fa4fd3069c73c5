//! Selectors outside range functions: the sample that stands for a series at each step, and what a bare range
//! selector shows under `anchored` and `smoothed`.

mod instant;
mod smoothed;

pub use instant::{Picks, Take, instant};
pub use smoothed::smoothed_instant;

pub use super::range::extended_points;
