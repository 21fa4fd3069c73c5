//! Blocks: a folder with an index, chunks, and what was deleted since.

use super::cursor::Cursor;
use super::error::TsdbError;
use super::index::{ChunkMeta, Index};
use super::map::Mapped;
use super::tombstones::Tombstones;
use crate::model::Millis;
use crate::source::chunk::Encoding;
use serde::Deserialize;
use std::path::{Path, PathBuf};

const MAGIC: u32 = 0x85bd_40dd;

/// What `meta.json` tells.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Meta {
    pub(super) ulid: String,
    pub(super) min_time: Millis,
    /// Exclusive.
    pub(super) max_time: Millis,
    version: u32,
    #[serde(default)]
    compaction: Compaction,
}

#[derive(Default, Deserialize)]
struct Compaction {
    #[serde(default)]
    parents: Vec<Parent>,
    /// Where the samples are from.
    #[serde(default)]
    hints: Vec<String>,
}

#[derive(Deserialize)]
struct Parent {
    ulid: String,
}

impl Meta {
    /// Reads `meta.json` in a folder.
    pub(super) fn read(folder: &Path) -> Result<Self, TsdbError> {
        let path = folder.join("meta.json");
        let text = std::fs::read(&path).map_err(|error| TsdbError::io(&path, error))?;
        let corrupt = |found: String, offset| TsdbError::Corrupt { path: path.clone(), offset, found };
        let meta: Meta = serde_json::from_slice(&text).map_err(|error| {
            let lines = text.split_inclusive(|byte| *byte == b'\n').take(error.line().saturating_sub(1));
            let before: usize = lines.map(<[u8]>::len).sum();
            corrupt(error.to_string(), (before + error.column()) as u64)
        })?;
        match meta.version {
            1 => Ok(meta),
            version => Err(corrupt(format!("the block has version {version}, only 1 is read"), 0)),
        }
    }

    /// True if the head may still hold samples of the time of the block.
    pub(super) fn is_of_a_part(&self) -> bool {
        let parts = ["from-out-of-order", "from-stale-series", "from-selected-series"];
        self.compaction.hints.iter().any(|hint| parts.contains(&hint.as_str()))
    }

    /// The blocks from which this one was made.
    pub(super) fn parents(&self) -> impl Iterator<Item = &str> {
        self.compaction.parents.iter().map(|parent| parent.ulid.as_str())
    }
}

/// An opened block.
pub(super) struct Block {
    pub(super) meta: Meta,
    pub(super) index: Index,
    pub(super) tombstones: Tombstones,
    segments: Vec<Mapped>,
}

impl Block {
    pub(super) fn open(folder: &Path, meta: Meta) -> Result<Self, TsdbError> {
        let index = Index::open(&folder.join("index"))?;
        let tombstones = Tombstones::open(&folder.join("tombstones"))?;
        let segments = numbered(&folder.join("chunks"))?;
        let segments = segments.iter().map(|(_, path)| open_segment(path)).collect::<Result<_, _>>()?;
        Ok(Block { meta, index, tombstones, segments })
    }

    /// The bytes of a chunk.
    pub(super) fn chunk(&self, meta: &ChunkMeta) -> Result<StoredChunk<'_>, TsdbError> {
        let (segment, offset) = ((meta.place >> 32) as usize, meta.place & 0xffff_ffff);
        let Some(file) = self.segments.get(segment) else {
            let last = self.segments.len();
            return Err(self.index.corrupt(format!("a chunk is in file {} of {last}", segment + 1)));
        };
        let mut cursor = file.rest(offset)?;
        let len = cursor.count(1)?;
        StoredChunk::new(file, cursor.checked(len + 1)?)
    }
}

/// A chunk in a file, its checksum verified.
pub(super) struct StoredChunk<'a> {
    file: &'a Mapped,
    offset: u64,
    pub(super) encoding: Encoding,
    pub(super) bytes: &'a [u8],
}

impl<'a> StoredChunk<'a> {
    /// The byte of the encoding, then the chunk.
    pub(super) fn new(file: &'a Mapped, mut cursor: Cursor<'a>) -> Result<Self, TsdbError> {
        let offset = cursor.offset();
        let code = cursor.u8()?;
        let encoding = Encoding::from_code(code)
            .ok_or_else(|| file.corrupt(offset, format!("there is no chunk encoding {code}")))?;
        Ok(StoredChunk { file, offset, encoding, bytes: cursor.take(cursor.left())? })
    }

    /// A chunk whose encoding stands elsewhere.
    pub(super) fn of(
        file: &'a Mapped,
        encoding: Encoding,
        mut cursor: Cursor<'a>,
    ) -> Result<Self, TsdbError> {
        Ok(StoredChunk { file, offset: cursor.offset(), encoding, bytes: cursor.take(cursor.left())? })
    }

    pub(super) fn corrupt(&self, error: &crate::source::chunk::ChunkError) -> TsdbError {
        self.file.corrupt(self.offset, error.to_string())
    }
}

fn open_segment(path: &Path) -> Result<Mapped, TsdbError> {
    let file = Mapped::open(path)?;
    let mut start = file.rest(0)?;
    if start.u32()? != MAGIC {
        return Err(file.corrupt(0, "this is no file of chunks"));
    }
    match start.u8()? {
        1 => Ok(file),
        version => Err(file.corrupt(4, format!("the chunks have version {version}, only 1 is read"))),
    }
}

/// The files of a folder whose names are numbers, in their order; none if there is no such folder.
pub(super) fn numbered(folder: &Path) -> Result<Vec<(u64, PathBuf)>, TsdbError> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(|error| TsdbError::io(folder, error))?,
    };
    let mut files = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| TsdbError::io(folder, error))?;
        if let Some(number) = entry.file_name().to_str().and_then(|name| name.parse().ok()) {
            files.push((number, entry.path()));
        }
    }
    files.sort_unstable();
    Ok(files)
}
