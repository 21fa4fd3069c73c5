//! Full chunks of the newest samples, in `chunks_head`.

use super::block::{StoredChunk, numbered};
use super::error::TsdbError;
use super::map::Mapped;
use crate::model::{Millis, TimeSpan};
use crate::source::chunk::Encoding;
use std::path::Path;

const MAGIC: u32 = 0x0130_bc91;
const HEADER: u64 = 8;
/// Set in the byte of the encoding for chunks of late samples.
const LATE: u8 = 0x80;
/// Series, first and last time, encoding.
const CHUNK_HEADER: usize = 8 + 8 + 8 + 1;

/// The files.
pub(super) struct HeadChunks {
    files: Vec<Mapped>,
    end: ChunkPlace,
}

/// Where a chunk begins: the number of the file, the byte in it.
pub(super) type ChunkPlace = (u64, u64);

/// A chunk of a series.
#[derive(Clone, Copy, Debug)]
pub(super) struct HeadChunk {
    pub(super) series: u64,
    pub(super) first: Millis,
    pub(super) last: Millis,
    /// It holds samples that came too late for the others.
    pub(super) late: bool,
    encoding: Encoding,
    file: u32,
    offset: u64,
    len: u64,
}

impl HeadChunk {
    pub(super) fn span(&self) -> TimeSpan {
        TimeSpan { start: self.first, end: self.last }
    }
}

impl HeadChunks {
    /// Opens the files and calls `take` with each chunk in the order in which they were written.
    pub(super) fn open(folder: &Path, take: &mut dyn FnMut(HeadChunk)) -> Result<Self, TsdbError> {
        let paths = numbered(folder)?;
        let mut all = HeadChunks { files: Vec::new(), end: (0, 0) };
        for (at, (number, path)) in paths.iter().enumerate() {
            let file = Mapped::open(path)?;
            read_file(&file, at as u32, at + 1 == paths.len(), &mut |chunk| {
                all.end = (*number, chunk.offset);
                take(chunk);
            })?;
            all.files.push(file);
        }
        Ok(all)
    }

    /// All chunks begin before.
    pub(super) fn end(&self) -> ChunkPlace {
        self.end
    }

    /// The bytes of a chunk, whose checksum was verified when the files were opened.
    pub(super) fn chunk(&self, chunk: &HeadChunk) -> Result<StoredChunk<'_>, TsdbError> {
        let file = &self.files[chunk.file as usize];
        let bytes = file.part(chunk.offset, chunk.offset + chunk.len)?;
        StoredChunk::of(file, chunk.encoding, bytes)
    }
}

/// Behind the last chunk there are zeros. In the last file a server may be at work: what is not finished there is
/// still in the write-ahead log.
fn read_file(
    file: &Mapped,
    number: u32,
    is_last: bool,
    take: &mut dyn FnMut(HeadChunk),
) -> Result<(), TsdbError> {
    let size = file.bytes().len() as u64;
    if size == 0 && is_last {
        return Ok(());
    }
    let mut start = file.rest(0)?;
    let magic = start.u32()?;
    if magic == 0 && is_last {
        return Ok(());
    }
    if magic != MAGIC {
        return Err(file.corrupt(0, "this is no file of head chunks"));
    }
    let version = start.u8()?;
    if version != 1 {
        return Err(file.corrupt(4, format!("the head chunks have version {version}, only 1 is read")));
    }
    let mut cursor = file.rest(HEADER)?;
    while !cursor.is_at_end() {
        let offset = cursor.offset();
        match read_chunk(file, number, offset) {
            Ok(Some((chunk, end))) => {
                if let Some(chunk) = chunk {
                    take(chunk);
                }
                cursor = file.rest(end)?;
            }
            Ok(None) => return Ok(()),
            Err(_) if is_last && is_unfinished(file, offset) => return Ok(()),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// The chunk at an offset, none if its encoding is of a later version, and its end; none where only zeros follow.
fn read_chunk(
    file: &Mapped,
    number: u32,
    offset: u64,
) -> Result<Option<(Option<HeadChunk>, u64)>, TsdbError> {
    let mut cursor = file.rest(offset)?;
    if file.rest(offset)?.take(cursor.left())?.iter().take(CHUNK_HEADER).all(|byte| *byte == 0) {
        let rest = cursor.take(cursor.left())?;
        return match rest.iter().position(|byte| *byte != 0) {
            None => Ok(None),
            Some(at) => Err(file.corrupt(offset + at as u64, "there are bytes behind the end of the chunks")),
        };
    }
    let (series, first, last, code) = (cursor.u64()?, cursor.i64()?, cursor.i64()?, cursor.u8()?);
    let len = cursor.count(1)?;
    let (begin, whole) = (cursor.offset(), (cursor.offset() - offset) as usize + len);
    let mut checked = file.rest(offset)?;
    checked.checked(whole)?;
    let chunk = Encoding::from_code(code & !LATE).map(|encoding| HeadChunk {
        series,
        first,
        last,
        late: code & LATE != 0,
        encoding,
        file: number,
        offset: begin,
        len: len as u64,
    });
    Ok(Some((chunk, checked.offset())))
}

/// True if something was begun at `offset` and nothing can follow it: the file ends within it, or in zeros.
fn is_unfinished(file: &Mapped, offset: u64) -> bool {
    let Ok(mut cursor) = file.rest(offset) else { return true };
    let Some(len) =
        cursor.take(CHUNK_HEADER).and_then(|_| cursor.uvarint()).ok().and_then(|len| len.checked_add(4))
    else {
        return true;
    };
    match file.rest(cursor.offset().saturating_add(len)) {
        Ok(mut behind) => {
            let left = behind.left();
            let stored = file.rest(cursor.offset() + len - 4).and_then(|mut sum| sum.u32());
            // The checksum is written last.
            stored.is_ok_and(|stored| stored == 0)
                && behind.take(left).is_ok_and(|rest| rest.iter().all(|b| *b == 0))
        }
        Err(_) => true,
    }
}
