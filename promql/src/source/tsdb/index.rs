//! The index of a block: symbols, series, and which series have which labels.

use super::cursor::Cursor;
use super::error::TsdbError;
use super::lookup::LabelIndex;
use super::map::Mapped;
use crate::model::{Labels, Millis};
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

const MAGIC: u32 = 0xbaaa_d700;
/// Six offsets and a checksum.
const CONTENTS_SIZE: u64 = 6 * 8 + 4;
/// Series begin at multiples of this; the multiple is the number of the series.
const ALIGNMENT: u64 = 16;

/// An opened index.
pub(super) struct Index {
    file: Mapped,
    /// Where each symbol begins: its length, then the text.
    symbols: Vec<u32>,
    symbols_at: u64,
    /// Where the values of each label stand in the table of postings, in the order of the values.
    labels: BTreeMap<String, Vec<u32>>,
    table_at: u64,
    table_size: u64,
    /// Where the list of all series is.
    all: Option<u64>,
}

/// Where a chunk is and what time it covers.
#[derive(Clone, Copy, Debug)]
pub(super) struct ChunkMeta {
    pub(super) first: Millis,
    pub(super) last: Millis,
    /// The number of the file in the upper half, the offset in the lower one.
    pub(super) place: u64,
}

impl Index {
    pub(super) fn open(path: &Path) -> Result<Self, TsdbError> {
        let file = Mapped::open(path)?;
        let mut start = file.rest(0)?;
        if start.u32()? != MAGIC {
            return Err(file.corrupt(0, "this is no index"));
        }
        let version = start.u8()?;
        if version != 2 {
            return Err(file.corrupt(4, format!("the index has version {version}, only 2 is read")));
        }
        let size = file.bytes().len() as u64;
        let contents_at =
            size.checked_sub(CONTENTS_SIZE).ok_or_else(|| file.corrupt(size, "the index is cut off"))?;
        let mut contents = file.rest(contents_at)?.checked(CONTENTS_SIZE as usize - 4)?;
        let symbols_at = contents.u64()?;
        // Series, label indexes, their table, postings: found through the others, or no longer used.
        contents.take(4 * 8)?;
        let table_at = contents.u64()?;
        let mut index = Index {
            symbols: Vec::new(),
            symbols_at: symbols_at + 4,
            labels: BTreeMap::new(),
            table_at: table_at + 4,
            table_size: 0,
            all: None,
            file,
        };
        if symbols_at != 0 {
            index.symbols = index.read_symbols(symbols_at)?;
        }
        if table_at != 0 {
            index.read_table(table_at)?;
        }
        Ok(index)
    }

    fn read_symbols(&self, at: u64) -> Result<Vec<u32>, TsdbError> {
        let mut section = self.file.rest(at)?.section()?;
        let count = section.u32()? as usize;
        if count > section.left() {
            return Err(section.corrupt(format!("there is no room for {count} symbols")));
        }
        let mut starts = Vec::with_capacity(count);
        for _ in 0..count {
            starts.push((section.offset() - self.symbols_at) as u32);
            section.text()?;
        }
        Ok(starts)
    }

    fn read_table(&mut self, at: u64) -> Result<(), TsdbError> {
        let mut labels: BTreeMap<String, Vec<u32>> = BTreeMap::new();
        let mut section = self.file.rest(at)?.section()?;
        self.table_size = section.left() as u64;
        let count = section.u32()?;
        let mut current: (&str, Vec<u32>) = ("", Vec::new());
        let mut last_value = "";
        for _ in 0..count {
            if section.u8()? != 2 {
                return Err(section.corrupt("an entry of the table of postings is no pair"));
            }
            let name = section.text()?;
            let value_at = (section.offset() - self.table_at) as u32;
            let value = section.text()?;
            let list = section.uvarint()?;
            if name.is_empty() && value.is_empty() {
                self.all = Some(list);
                continue;
            }
            if name != current.0 {
                let (done, values) = std::mem::replace(&mut current, (name, Vec::new()));
                if !values.is_empty() {
                    labels.insert(done.to_owned(), values);
                }
            } else if value <= last_value {
                return Err(section.corrupt("the table of postings is not sorted"));
            }
            current.1.push(value_at);
            last_value = value;
        }
        if !current.1.is_empty() {
            labels.insert(current.0.to_owned(), current.1);
        }
        self.labels = labels;
        Ok(())
    }

    fn symbol(&self, number: u64, at: &Cursor<'_>) -> Result<&str, TsdbError> {
        let start = usize::try_from(number).ok().and_then(|number| self.symbols.get(number));
        let start = start.ok_or_else(|| at.corrupt(format!("there is no symbol {number}")))?;
        self.file.rest(self.symbols_at + u64::from(*start))?.text()
    }

    /// The value and the place of the list behind an entry of the table.
    fn entry(&self, at: u32) -> Result<(&str, u64), TsdbError> {
        let mut entry = self.file.part(self.table_at + u64::from(at), self.table_at + self.table_size)?;
        Ok((entry.text()?, entry.uvarint()?))
    }

    fn list(&self, at: u64) -> Result<Vec<u32>, TsdbError> {
        let mut section = self.file.rest(at)?.section()?;
        let count = section.u32()? as usize;
        let bytes = section.take(section.left())?;
        let (numbers, rest) = bytes.as_chunks::<4>();
        if numbers.len() != count || !rest.is_empty() {
            return Err(self.file.corrupt(at, format!("a list of {count} series has {} bytes", bytes.len())));
        }
        let list: Vec<u32> = numbers.iter().map(|number| u32::from_be_bytes(*number)).collect();
        if !list.is_sorted_by(|a, b| a < b) {
            return Err(self.file.corrupt(at, "a list of series is not sorted"));
        }
        Ok(list)
    }

    /// The labels of a series and where its chunks are listed.
    pub(super) fn series(&self, number: u32) -> Result<(Labels, Range<u64>), TsdbError> {
        let mut entry = self.entry_of(number)?;
        let count = entry.count(2)?;
        let mut pairs: Vec<(&str, &str)> = Vec::with_capacity(count);
        for _ in 0..count {
            let (name, value) = (entry.uvarint()?, entry.uvarint()?);
            let pair = (self.symbol(name, &entry)?, self.symbol(value, &entry)?);
            if pair.1.is_empty() || pairs.last().is_some_and(|last| last.0 >= pair.0) {
                return Err(entry.corrupt("the labels of a series are not in order"));
            }
            pairs.push(pair);
        }
        let chunks = entry.offset()..entry.offset() + entry.left() as u64;
        Ok((Labels::from_sorted(pairs), chunks))
    }

    fn entry_of(&self, number: u32) -> Result<Cursor<'_>, TsdbError> {
        let mut entry = self.file.rest(u64::from(number) * ALIGNMENT)?;
        let len = entry.count(1)?;
        entry.checked(len)
    }

    /// The chunks that [`Index::series`] found, in time order.
    pub(super) fn chunks(&self, place: Range<u64>) -> Result<Chunks<'_>, TsdbError> {
        let mut cursor = self.file.part(place.start, place.end)?;
        let left = cursor.count(3)?;
        Ok(Chunks { cursor, left, last: None })
    }

    /// The chunks from where [`Chunks::place`] was told.
    pub(super) fn chunks_from(&self, place: &ChunksPlace) -> Result<Chunks<'_>, TsdbError> {
        let cursor = self.file.part(place.at.start, place.at.end)?;
        Ok(Chunks { cursor, left: place.left, last: place.last })
    }

    pub(super) fn corrupt(&self, found: String) -> TsdbError {
        self.file.corrupt(0, found)
    }

    /// True if there is a label of that name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.labels.contains_key(name)
    }

    /// The names of all labels.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.labels.keys().map(String::as_str)
    }
}

impl LabelIndex for Index {
    type Error = TsdbError;

    fn all(&self) -> Result<Vec<u32>, TsdbError> {
        self.all.map_or(Ok(Vec::new()), |at| self.list(at))
    }

    fn with_value(&self, name: &str, value: &str) -> Result<Vec<u32>, TsdbError> {
        let Some(values) = self.labels.get(name) else { return Ok(Vec::new()) };
        let (mut low, mut high) = (0, values.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            let (found, list) = self.entry(values[middle])?;
            match found.cmp(value) {
                std::cmp::Ordering::Equal => return self.list(list),
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        Ok(Vec::new())
    }

    fn with_values(&self, name: &str, fits: &dyn Fn(&str) -> bool) -> Result<Vec<Vec<u32>>, TsdbError> {
        let mut lists = Vec::new();
        for &at in self.labels.get(name).map_or(&[][..], Vec::as_slice) {
            let (value, list) = self.entry(at)?;
            if fits(value) {
                lists.push(self.list(list)?);
            }
        }
        Ok(lists)
    }
}

impl Index {
    /// The values of a label, sorted.
    pub(super) fn values(&self, name: &str) -> Result<Vec<&str>, TsdbError> {
        let values = self.labels.get(name).map_or(&[][..], Vec::as_slice);
        values.iter().map(|&at| self.entry(at).map(|(value, _)| value)).collect()
    }
}

/// The chunks of a series.
pub(super) struct Chunks<'a> {
    cursor: Cursor<'a>,
    left: usize,
    last: Option<ChunkMeta>,
}

/// A place in a list of chunks.
pub(super) struct ChunksPlace {
    at: Range<u64>,
    left: usize,
    last: Option<ChunkMeta>,
}

impl Chunks<'_> {
    /// The place of the next chunk.
    pub(super) fn place(&self) -> ChunksPlace {
        let at = self.cursor.offset();
        ChunksPlace { at: at..at + self.cursor.left() as u64, left: self.left, last: self.last }
    }

    /// The number of chunks that are left.
    pub(super) fn left(&self) -> usize {
        self.left
    }

    /// The next chunk.
    pub(super) fn next(&mut self) -> Result<Option<ChunkMeta>, TsdbError> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        let c = &mut self.cursor;
        let (first, length, place) = match self.last {
            None => (c.varint()?, c.uvarint()?, c.uvarint()?),
            Some(last) => {
                let (gap, length) = (c.uvarint()?, c.uvarint()?);
                (last.last.saturating_add_unsigned(gap), length, last.place.wrapping_add_signed(c.varint()?))
            }
        };
        let meta = ChunkMeta { first, last: first.saturating_add_unsigned(length), place };
        self.last = Some(meta);
        Ok(self.last)
    }
}
