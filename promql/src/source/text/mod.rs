//! Series written as text, as in Prometheus' test scripts and unit tests: `metric{a="b"} 1+1x5 _ stale`, histogram
//! literals, start times, and the `load` blocks made of them.

mod histogram;
mod load;
mod metric;
mod nhcb;
mod scan;
mod series;
mod starts;
mod string;

pub use load::{Load, LoadError, LoadSeries, load, parse_load, script_lines};
pub use series::{Item, SeriesDescription, parse_series};
pub use starts::{StartTimes, is_start_line, parse_start_times};

/// No line and no block makes more samples than this.
const MAX_ITEMS: u64 = 10_000_000;
