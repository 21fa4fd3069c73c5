//! Instant selectors: the sample that stands for a series at each step.

mod instant;
mod smoothed;

pub use instant::{Take, instant};
pub use smoothed::smoothed_instant;
