//! `histogram_quantile`, `histogram_quantiles` and `histogram_fraction` over rows.
//!
//! A classic histogram is a group of rows that differ only in the label `le`, a native one is a row that holds
//! histograms. [`Groups::bind`] finds both from the labels, once; the kernels then run group by group on tiles that
//! hold the group's rows side by side. Nothing here knows where the rows come from.

mod buckets;
mod groups;
mod kernel;

pub use groups::{Group, Groups, Strays};
pub use kernel::{Column, columns, note_invalid_quantiles};
