//! What flows through the evaluator: rows of values over a grid with presence bits, tiles of rows, columns of raw
//! samples with window edges, and the notes that kernels raise.
//!
//! Kernels (functions, aggregations, operators) take and make what is here; nothing here knows plans or sources.

pub mod bits;
mod cancel;
mod head;
mod heads;
mod note;
mod packed;
mod row;
mod samples;
mod tile;
mod window;

pub use cancel::{Cancel, CancelOnDrop, Stop};
pub use head::{NameRemoval, RowHead};
pub use heads::{Heads, MakeHead};
pub use note::{Note, Notes};
pub use packed::{PackedRows, PackedSample};
pub use row::{Param, Row, RowMut};
pub use samples::{FloatColumn, HistogramColumn, HistogramValues, SeriesColumns};
pub use tile::{HistogramRow, Tile};
pub(crate) use window::longest_run;
pub use window::{Edges, Windows};
