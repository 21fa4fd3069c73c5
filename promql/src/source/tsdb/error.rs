//! What is wrong with a data directory: the file, the place in it, and what was found.

use crate::source::SourceError;
use std::path::{Path, PathBuf};

/// Why a data directory could not be read. Prints as one line.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TsdbError {
    /// The operating system refused.
    #[error("{}: {error}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// A file is truncated or damaged, or of an unknown version.
    #[error("{}: {found} at byte {offset}", path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// Where in it.
        offset: u64,
        /// What is wrong there.
        found: String,
    },
    /// The folder holds neither blocks nor a write-ahead log.
    #[error("{}: neither blocks nor a write-ahead log are here", .0.display())]
    NotADataDirectory(PathBuf),
}

impl TsdbError {
    pub(super) fn io(path: &Path, error: std::io::Error) -> Self {
        TsdbError::Io { path: path.to_owned(), error }
    }

    /// True if a file was gone when it was opened: a server at work deletes whole blocks and segments.
    pub(super) fn is_missing(&self) -> bool {
        matches!(self, TsdbError::Io { error, .. } if error.kind() == std::io::ErrorKind::NotFound)
    }
}

impl From<TsdbError> for SourceError {
    fn from(error: TsdbError) -> Self {
        SourceError::Other(Box::new(error))
    }
}
