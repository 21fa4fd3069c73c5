//! Records of a write-ahead log: fragments in pages in numbered segments.

use super::block::numbered;
use super::cursor::{Cursor, is_sound};
use super::error::TsdbError;
use super::map::Mapped;
use super::packing::Unpacker;
use std::path::Path;

const PAGE: usize = 32 * 1024;

/// Calls `take` with each record of the log in `folder`, in order, from segment `from` on.
///
/// The end of the last segment may be what a server is writing at the moment: a record that is cut off there is none.
pub(super) fn read_log(
    folder: &Path,
    from: u64,
    take: &mut dyn FnMut(&mut Cursor<'_>) -> Result<(), TsdbError>,
) -> Result<(), TsdbError> {
    let mut segments = numbered(folder)?;
    segments.retain(|(number, _)| *number >= from);
    let mut unpacker = Unpacker::default();
    for (at, (number, path)) in segments.iter().enumerate() {
        let file = Mapped::open(path)?;
        if at > 0 && segments[at - 1].0 + 1 != *number {
            return Err(file.corrupt(0, format!("segment {} is missing before this one", number - 1)));
        }
        read_segment(&file, at + 1 == segments.len(), &mut unpacker, take)?;
    }
    Ok(())
}

fn read_segment(
    file: &Mapped,
    is_last: bool,
    unpacker: &mut Unpacker,
    take: &mut dyn FnMut(&mut Cursor<'_>) -> Result<(), TsdbError>,
) -> Result<(), TsdbError> {
    let size = file.bytes().len();
    let mut record = Vec::new();
    let mut begun: Option<u64> = None;
    let mut cursor = file.rest(0)?;
    while !cursor.is_at_end() {
        let offset = cursor.offset();
        let page_end = size.min((offset as usize / PAGE + 1) * PAGE);
        let mut page = file.part(offset, page_end as u64)?;
        let flags = page.u8()?;
        let kind = flags & 0b111;
        if kind == 0 {
            if page.take(page.left())?.iter().any(|byte| *byte != 0) {
                return Err(file.corrupt(offset, "there are bytes in the empty rest of a page"));
            }
            cursor = file.rest(page_end as u64)?;
            continue;
        }
        let cut_off = is_last && page_end == size;
        if cut_off && page.left() < 6 {
            return Ok(());
        }
        let len = usize::from(page.u16()?);
        let stored = page.u32()?;
        if cut_off && page.left() < len {
            return Ok(());
        }
        let fragment = page.take(len)?;
        if !is_sound(fragment, stored) {
            return Err(file.corrupt(offset, format!("the checksum of {len} bytes is wrong")));
        }
        cursor = file.rest(page.offset())?;
        match (kind, begun) {
            (1 | 2, None) => {
                record.clear();
                begun = Some(offset);
            }
            (3 | 4, Some(_)) => {}
            _ => return Err(file.corrupt(offset, format!("a fragment of kind {kind} is out of place"))),
        }
        record.extend_from_slice(fragment);
        if let (1 | 4, Some(start)) = (kind, begun.take_if(|_| kind == 1 || kind == 4)) {
            let unpacked = unpacker.unpack(&record, flags).map_err(|found| file.corrupt(start, found))?;
            take(&mut Cursor::new(file.path(), unpacked, start))?;
        }
    }
    match begun {
        Some(start) if !is_last => Err(file.corrupt(start, "a record does not end")),
        _ => Ok(()),
    }
}
