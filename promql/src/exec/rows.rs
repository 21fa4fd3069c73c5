//! A bound vector: its rows' labels are settled, its values are held or streamed.

use super::context::{Context, Held};
use super::fail::Fail;
use crate::column::{Heads, MakeHead, PackedRows, Row, Tile};
use crate::model::Grid;
use std::sync::Arc;

/// A vector over a grid.
pub(super) struct Rows {
    /// One head a row; rows without any sample count as well, and nobody sees them.
    pub heads: Heads,
    /// The evaluation times.
    pub grid: Grid,
    /// What reading them takes.
    pub load: Load,
    /// Where the values come from.
    pub body: Body,
    /// Counts the samples that are there.
    pub counted: Option<Arc<Held>>,
}

/// What reading a row takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Load {
    /// The longest row that is alive while one row is read, which bounds morsels.
    pub width: usize,
    /// How many streams are read through, which bounds the stack: see [`Rows::is_deep`].
    pub depth: usize,
}

impl Load {
    /// Of reading two inputs at a time.
    pub(super) fn and(self, other: Self) -> Self {
        Load { width: self.width.max(other.width), depth: self.depth.max(other.depth) }
    }
}

/// Streams that may stand on each other before their rows are held: enough for any query that people write.
const MOST_STREAMS: usize = 64;

/// Where values come from.
#[derive(Clone)]
pub(super) enum Body {
    /// They are there.
    Held(Arc<Tile>),
    /// They are there, and few.
    Packed(Arc<PackedRows>),
    /// They are computed when read.
    Stream(Arc<dyn Stream>),
}

/// Computes rows on demand; the same rows give the same values every time.
pub(super) trait Stream: Send + Sync {
    /// Fills `out` with the given rows, in the given order.
    fn read(&self, cx: &Context<'_>, rows: &[u32], out: &mut Tile) -> Result<(), Fail>;

    /// True if reading may raise notes or errors, so that no row may stay unread.
    fn speaks(&self) -> bool;
}

impl Rows {
    /// Rows that are there.
    pub(super) fn held(heads: Heads, grid: Grid, tile: Tile) -> Self {
        debug_assert_eq!(heads.len(), tile.rows());
        let load = Load { width: grid.len, depth: 0 };
        Rows { heads, grid, load, body: Body::Held(Arc::new(tile)), counted: None }
    }

    /// Rows that are there, without room for what they do not hold.
    pub(super) fn packed(heads: Heads, grid: Grid, rows: PackedRows) -> Self {
        debug_assert_eq!(heads.len(), rows.rows());
        let load = Load { width: grid.len, depth: 0 };
        Rows { heads, grid, load, body: Body::Packed(Arc::new(rows)), counted: None }
    }

    /// Rows that are computed from inputs, whose load is given.
    pub(super) fn stream(heads: Heads, grid: Grid, inputs: Load, stream: impl Stream + 'static) -> Self {
        let load = Load { width: inputs.width.max(grid.len), depth: inputs.depth + 1 };
        let body = Body::Stream(Arc::new(stream));
        Rows { heads, grid, load, body, counted: None }
    }

    /// Rows that are read from so many series, `distinct` if their labels are known to differ.
    pub(super) fn of_series(
        series: usize,
        distinct: bool,
        grid: Grid,
        stream: impl Stream + MakeHead + 'static,
    ) -> Self {
        let stream = Arc::new(stream);
        let heads = Heads::lazy(series, distinct, Arc::clone(&stream) as Arc<dyn MakeHead>);
        let load = Load { width: grid.len, depth: 1 };
        Rows { heads, grid, load, body: Body::Stream(stream), counted: None }
    }

    /// The same rows, their samples counted.
    pub(super) fn counted(self, counted: Held) -> Self {
        Rows { counted: Some(Arc::new(counted)), ..self }
    }

    /// So many streams stand on each other that reading or dropping more of them could exhaust the stack.
    pub(super) fn is_deep(&self) -> bool {
        self.load.depth >= MOST_STREAMS
    }

    /// The numbers of all rows.
    pub(super) fn numbers(&self) -> std::ops::Range<u32> {
        0..u32::try_from(self.heads.len()).expect("a vector has fewer than 2^32 rows")
    }

    /// No rows at all.
    pub(super) fn none(grid: Grid) -> Self {
        Rows::held(Heads::default(), grid, Tile::new(0, grid.len))
    }

    /// True if reading may raise notes or errors. A consumer then reads every row, also those that it has no use for.
    pub(super) fn speaks(&self) -> bool {
        match &self.body {
            Body::Held(_) | Body::Packed(_) => false,
            Body::Stream(stream) => stream.speaks(),
        }
    }

    /// The same values under other heads.
    pub(super) fn relabeled(self, heads: Heads) -> Self {
        debug_assert_eq!(heads.len(), self.heads.len());
        Rows { heads, ..self }
    }

    /// Reads some rows into a tile.
    pub(super) fn read(&self, cx: &Context<'_>, rows: &[u32], out: &mut Tile) -> Result<(), Fail> {
        match &self.body {
            Body::Stream(stream) => stream.read(cx, rows, out),
            Body::Packed(packed) => {
                out.reset(rows.len(), packed.len());
                for (to, &from) in rows.iter().enumerate() {
                    packed.unpack(from as usize, &mut out.row_mut(to));
                }
                Ok(())
            }
            Body::Held(tile) => {
                out.reset(rows.len(), tile.len());
                for (to, &from) in rows.iter().enumerate() {
                    out.copy_row(to, tile.row(from as usize));
                }
                Ok(())
            }
        }
    }
}

impl Rows {
    /// Reads some rows, into a tile of the evaluation's pool if they are not there yet, and works with them.
    pub(super) fn with_rows<T>(
        &self,
        cx: &Context<'_>,
        rows: &[u32],
        work: impl FnOnce(Morsel<'_>) -> Result<T, Fail>,
    ) -> Result<T, Fail> {
        if let Body::Held(tile) = &self.body {
            return work(Morsel { rows, tile, whole: true });
        }
        cx.with_scratch(|tile| {
            self.read(cx, rows, tile)?;
            work(Morsel { rows, tile, whole: false })
        })
    }
}

/// Some rows with their values.
#[derive(Clone, Copy)]
pub(super) struct Morsel<'a> {
    /// The numbers of the rows.
    pub rows: &'a [u32],
    tile: &'a Tile,
    /// The tile holds all rows of the vector, not only those of the morsel.
    whole: bool,
}

impl<'a> Morsel<'a> {
    /// The values of row `nth` of the morsel.
    pub(super) fn row(self, nth: usize) -> Row<'a> {
        self.tile.row(if self.whole { self.rows[nth] as usize } else { nth })
    }

    /// Numbers and values of the rows.
    pub(super) fn iter(self) -> impl Iterator<Item = (u32, Row<'a>)> {
        self.rows.iter().enumerate().map(move |(nth, &number)| (number, self.row(nth)))
    }
}

impl Rows {
    /// The same rows for two readers, of which the first reads first. What there is to say is said to the first alone.
    pub(super) fn twice(self) -> (Rows, Rows) {
        let body = match &self.body {
            Body::Stream(stream) if stream.speaks() => Body::Stream(Arc::new(Silent(Arc::clone(stream)))),
            body => body.clone(),
        };
        let counted = self.counted.clone();
        let again = Rows { heads: self.heads.clone(), grid: self.grid, load: self.load, body, counted };
        (self, again)
    }
}

/// A stream that was heard before.
struct Silent(Arc<dyn Stream>);

impl Stream for Silent {
    fn read(&self, cx: &Context<'_>, rows: &[u32], out: &mut Tile) -> Result<(), Fail> {
        self.0.read(&cx.unheard(), rows, out)
    }

    fn speaks(&self) -> bool {
        false
    }
}

/// A stream that changes the rows of its input in place.
struct InPlace<F> {
    input: Arc<Rows>,
    change: F,
    speaks: bool,
}

impl<F> Stream for InPlace<F>
where
    F: Fn(&Context<'_>, &[u32], &mut Tile) -> Result<(), Fail> + Send + Sync,
{
    fn read(&self, cx: &Context<'_>, rows: &[u32], out: &mut Tile) -> Result<(), Fail> {
        self.input.read(cx, rows, out)?;
        (self.change)(cx, rows, out)
    }

    fn speaks(&self) -> bool {
        self.speaks || self.input.speaks()
    }
}

impl Rows {
    /// Rows made by changing those of `input` in place, which raises nothing.
    pub(super) fn in_place<F>(input: Rows, heads: Heads, change: F) -> Self
    where
        F: Fn(&Context<'_>, &[u32], &mut Tile) -> Result<(), Fail> + Send + Sync + 'static,
    {
        let (grid, load) = (input.grid, input.load);
        Rows::stream(heads, grid, load, InPlace { input: Arc::new(input), change, speaks: false })
    }

    /// Rows made by changing those of `input` in place, which may raise notes or errors.
    pub(super) fn in_place_speaking<F>(input: Rows, heads: Heads, change: F) -> Self
    where
        F: Fn(&Context<'_>, &[u32], &mut Tile) -> Result<(), Fail> + Send + Sync + 'static,
    {
        let (grid, load) = (input.grid, input.load);
        Rows::stream(heads, grid, load, InPlace { input: Arc::new(input), change, speaks: true })
    }
}
