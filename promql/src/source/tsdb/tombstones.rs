//! Deleted spans of time.

use super::cursor::Cursor;
use super::error::TsdbError;
use super::map::Mapped;
use crate::model::{Millis, TimeSpan};
use std::collections::HashMap;
use std::path::Path;

const MAGIC: u32 = 0x0130_ba30;
/// Magic number and version, of which only the stones behind are summed up.
const HEADER: u64 = 5;

/// Deleted spans by the number of a series.
#[derive(Default)]
pub(super) struct Tombstones(HashMap<u64, Vec<TimeSpan>>);

impl Tombstones {
    /// Reads the file of a block; a block without one has nothing deleted.
    pub(super) fn open(path: &Path) -> Result<Self, TsdbError> {
        let file = match Mapped::open(path) {
            Err(error) if error.is_missing() => return Ok(Tombstones::default()),
            file => file?,
        };
        let mut start = file.rest(0)?;
        if start.u32()? != MAGIC {
            return Err(file.corrupt(0, "these are no tombstones"));
        }
        let version = start.u8()?;
        if version != 1 {
            return Err(file.corrupt(4, format!("the tombstones have version {version}, only 1 is read")));
        }
        let mut body = file.rest(HEADER)?;
        let len =
            body.left().checked_sub(4).ok_or_else(|| file.corrupt(HEADER, "the tombstones are cut off"))?;
        let mut stones = body.checked(len)?;
        let mut all = Tombstones::default();
        while !stones.is_at_end() {
            let series = stones.uvarint()?;
            all.add(series, read_span(&mut stones)?);
        }
        Ok(all)
    }

    pub(super) fn add(&mut self, series: u64, span: TimeSpan) {
        self.0.entry(series).or_default().push(span);
    }

    /// Nothing of a series is deleted any more.
    pub(super) fn forget(&mut self, series: u64) {
        self.0.remove(&series);
    }

    /// The deleted spans of a series, in any order.
    pub(super) fn of(&self, series: u64) -> &[TimeSpan] {
        if self.0.is_empty() { &[] } else { self.0.get(&series).map_or(&[], Vec::as_slice) }
    }
}

/// First and last millisecond.
pub(super) fn read_span(cursor: &mut Cursor<'_>) -> Result<TimeSpan, TsdbError> {
    let (start, end): (Millis, Millis) = (cursor.varint()?, cursor.varint()?);
    Ok(TimeSpan { start, end })
}
