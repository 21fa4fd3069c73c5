//! A Prometheus data directory as a source: its blocks, then the newest samples from `chunks_head` and the
//! write-ahead log.
//!
//! The directory is read as it was when it was opened, and never written to; a server may go on working beside it.
//! Files are mapped into memory; lengths are checked and checksums compared before bytes are used, so a damaged file
//! is an error that names the file and the place. What is not read: exemplars, metadata, and the snapshots of the head
//! that a server may leave on shutdown, since the log says the same.

mod block;
mod cursor;
mod error;
mod gather;
mod head;
mod head_chunks;
mod head_index;
mod index;
mod lookup;
mod map;
mod packing;
mod record;
mod segments;
mod set;
mod tail;
mod tombstones;

pub use error::TsdbError;

use crate::model::{Labels, Matcher, TimeSpan};
use crate::source::{Applied, BoxFuture, Needs, SelectRequest, Selection, SeriesSource, SourceError};
use block::{Block, Meta};
use head::{Head, join};
use lookup::matching;
use set::{Data, TsdbSet};
use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// So often a directory is opened anew when files vanish meanwhile.
const ATTEMPTS: usize = 5;

/// A data directory. Clones share what is open.
#[derive(Clone)]
pub struct TsdbSource(Arc<Data>);

impl TsdbSource {
    /// Opens the data directory of a Prometheus server, or a folder with nothing but blocks.
    ///
    /// # Errors
    /// If this is no data directory, or a file is damaged.
    pub fn open(folder: impl AsRef<Path>) -> Result<Self, TsdbError> {
        let folder = folder.as_ref();
        // A server at work joins blocks and drops old segments.
        for _ in 1..ATTEMPTS {
            match open(folder) {
                Err(error) if error.is_missing() && folder.exists() => {}
                result => return result,
            }
        }
        open(folder)
    }

    /// True if a folder looks like a data directory.
    #[must_use]
    pub fn is_data_directory(folder: impl AsRef<Path>) -> bool {
        let folder = folder.as_ref();
        folder.join("wal").is_dir() || block_folders(folder).is_ok_and(|blocks| !blocks.is_empty())
    }

    /// The times of the first and the last sample, roughly where samples were deleted; none without samples.
    #[must_use]
    pub fn time_span(&self) -> Option<TimeSpan> {
        let blocks = self
            .0
            .blocks
            .iter()
            .map(|block| TimeSpan { start: block.meta.min_time, end: block.meta.max_time.saturating_sub(1) });
        blocks.chain(self.0.head.bounds()).reduce(join)
    }

    fn names(&self, matchers: &[Matcher]) -> Result<Vec<String>, TsdbError> {
        let data = &self.0;
        let mut names: BTreeSet<String> = BTreeSet::new();
        if matchers.is_empty() {
            let all =
                data.blocks.iter().flat_map(|block| block.index.names()).chain(data.head.index().names());
            names.extend(all.map(str::to_owned));
        } else {
            self.each(matchers, &mut |labels| {
                for (name, _) in labels.iter() {
                    if !names.contains(name) {
                        names.insert(name.to_owned());
                    }
                }
            })?;
        }
        Ok(names.into_iter().collect())
    }

    fn values(&self, name: &str, matchers: &[Matcher]) -> Result<Vec<String>, TsdbError> {
        let data = &self.0;
        let mut values: BTreeSet<String> = BTreeSet::new();
        if matchers.is_empty() {
            for block in &data.blocks {
                values.extend(block.index.values(name)?.into_iter().map(str::to_owned));
            }
            values.extend(data.head.index().values(name).map(str::to_owned));
        } else {
            self.each(matchers, &mut |labels| {
                let value = labels.get(name);
                if !value.is_empty() && !values.contains(value) {
                    values.insert(value.to_owned());
                }
            })?;
        }
        Ok(values.into_iter().collect())
    }

    /// Calls `take` with the labels of all series that fit.
    fn each(&self, matchers: &[Matcher], take: &mut dyn FnMut(&Labels)) -> Result<(), TsdbError> {
        for block in &self.0.blocks {
            for series in matching(&block.index, matchers)? {
                take(&block.index.series(series)?.0);
            }
        }
        let Ok(in_head) = matching(self.0.head.index(), matchers);
        for series in in_head {
            take(self.0.head.labels(series));
        }
        Ok(())
    }
}

fn open(folder: &Path) -> Result<TsdbSource, TsdbError> {
    let folders = block_folders(folder)?;
    if folders.is_empty() && !folder.join("wal").is_dir() {
        return Err(TsdbError::NotADataDirectory(folder.to_owned()));
    }
    let mut metas = Vec::new();
    for folder in folders {
        metas.push((Meta::read(&folder)?, folder));
    }
    // A block that another one was made from is about to go.
    let replaced: HashSet<String> =
        metas.iter().flat_map(|(meta, _)| meta.parents().map(str::to_owned)).collect();
    let kept = metas.into_iter().filter(|(meta, _)| !replaced.contains(&meta.ulid));
    let mut blocks = kept.map(|(meta, folder)| Block::open(&folder, meta)).collect::<Result<Vec<_>, _>>()?;
    blocks.sort_by_key(|block| (block.meta.min_time, block.meta.max_time));
    let whole = blocks.iter().filter(|block| !block.meta.is_of_a_part());
    let begin = whole.map(|block| block.meta.max_time).max().unwrap_or(i64::MIN);
    let head = Head::open(folder, begin)?;
    Ok(TsdbSource(Arc::new(Data { blocks, head })))
}

/// The blocks of a directory: folders with a `meta.json`, which is written last.
fn block_folders(folder: &Path) -> Result<Vec<PathBuf>, TsdbError> {
    let mut blocks = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|error| TsdbError::io(folder, error))? {
        let path = entry.map_err(|error| TsdbError::io(folder, error))?.path();
        let temporary = path.extension().is_some();
        if !temporary && path.join("meta.json").is_file() {
            blocks.push(path);
        }
    }
    blocks.sort_unstable();
    Ok(blocks)
}

impl SeriesSource for TsdbSource {
    fn select<'a>(
        &'a self,
        requests: &'a [SelectRequest],
    ) -> BoxFuture<'a, Result<Vec<Selection>, SourceError>> {
        let mut selections = Vec::with_capacity(requests.len());
        let answer = requests.iter().try_for_each(|request| {
            let histogram_stats = request.hints.needs < Needs::Everything;
            let set = TsdbSet::select(&self.0, &request.matchers, request.span, histogram_stats)?;
            let applied = Applied { histogram_stats };
            selections.push(Selection { set: Box::new(set), applied, warnings: Vec::new() });
            Ok(())
        });
        let answer = answer.map(|()| selections);
        Box::pin(std::future::ready(answer))
    }

    fn label_names<'a>(&'a self, matchers: &'a [Matcher]) -> BoxFuture<'a, Result<Vec<String>, SourceError>> {
        Box::pin(std::future::ready(self.names(matchers).map_err(SourceError::from)))
    }

    fn label_values<'a>(
        &'a self,
        name: &'a str,
        matchers: &'a [Matcher],
    ) -> BoxFuture<'a, Result<Vec<String>, SourceError>> {
        Box::pin(std::future::ready(self.values(name, matchers).map_err(SourceError::from)))
    }
}

#[cfg(test)]
mod tests;
