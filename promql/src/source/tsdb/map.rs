//! Files in memory, read-only.

use super::cursor::Cursor;
use super::error::TsdbError;
use memmap2::Mmap;
use std::fs::File;
use std::path::{Path, PathBuf};

/// A file in memory with its name.
pub(super) struct Mapped {
    path: PathBuf,
    /// None for an empty file, which cannot be mapped.
    map: Option<Mmap>,
}

impl Mapped {
    pub(super) fn open(path: &Path) -> Result<Self, TsdbError> {
        let io = |error| TsdbError::io(path, error);
        let file = File::open(path).map_err(io)?;
        let empty = file.metadata().map_err(io)?.len() == 0;
        let map = if empty { None } else { Some(map(&file).map_err(io)?) };
        Ok(Mapped { path: path.to_owned(), map })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.map.as_deref().unwrap_or_default()
    }

    /// A cursor over `from..to`; an error if the file is shorter.
    pub(super) fn part(&self, from: u64, to: u64) -> Result<Cursor<'_>, TsdbError> {
        let range = usize::try_from(from).ok().zip(usize::try_from(to).ok());
        match range.and_then(|(from, to)| self.bytes().get(from..to)) {
            Some(bytes) => Ok(Cursor::new(&self.path, bytes, from)),
            None => {
                Err(self.corrupt(from, format!("the file ends at byte {}, before {to}", self.bytes().len())))
            }
        }
    }

    /// A cursor from `from` to the end.
    pub(super) fn rest(&self, from: u64) -> Result<Cursor<'_>, TsdbError> {
        self.part(from, self.bytes().len() as u64)
    }

    pub(super) fn corrupt(&self, offset: u64, found: impl Into<String>) -> TsdbError {
        TsdbError::Corrupt { path: self.path.clone(), offset, found: found.into() }
    }
}

#[allow(unsafe_code, reason = "mapping files is the point of this module")]
fn map(file: &File) -> std::io::Result<Mmap> {
    // SAFETY: the map is read-only and private to us. Another process could change the bytes under it; Prometheus
    // writes each file of a block once and then only deletes it, which leaves maps intact, and appends to the files of
    // the head behind what is mapped here or over zeros. All reading is of plain bytes, bounds-checked, and a checksum
    // is compared before they are interpreted.
    unsafe { Mmap::map(file) }
}
