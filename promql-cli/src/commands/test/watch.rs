//! Waiting until one of the files of a run changes.

use std::collections::BTreeMap;
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// How often files are looked at. Looking costs less than asking the system to tell, which needs other means on each.
const PAUSE: Duration = Duration::from_millis(500);

/// What a run has read, each file as it was right before.
#[derive(Debug, Default)]
pub(super) struct Seen {
    files: BTreeMap<PathBuf, Stamp>,
    /// Folders and patterns, which new files may match.
    patterns: Vec<(PathBuf, String)>,
}

/// What tells one version of a file from another; none if there is no file.
type Stamp = Option<(Option<SystemTime>, u64)>;

fn stamp(path: &Path) -> Stamp {
    let of = |metadata: Metadata| (metadata.modified().ok(), metadata.len());
    std::fs::metadata(path).ok().map(of)
}

impl Seen {
    /// Notes a file that will be read now.
    pub(super) fn file(&mut self, path: &Path) {
        self.files.entry(path.to_owned()).or_insert_with(|| stamp(path));
    }

    /// Notes a pattern relative to a folder; what it matches is read later.
    pub(super) fn pattern(&mut self, folder: &Path, pattern: &str) {
        self.patterns.push((folder.to_owned(), pattern.to_owned()));
    }

    /// How many files there are.
    pub(super) fn len(&self) -> usize {
        self.files.len()
    }

    /// Blocks until something is different from what the run saw, and quiet again; tells what.
    pub(super) fn wait(&self) -> Vec<PathBuf> {
        let mut before = Vec::new();
        loop {
            std::thread::sleep(PAUSE);
            let now = self.changed();
            // An editor may write a file in several steps.
            if !now.is_empty() && now == before {
                return now.into_iter().map(|(path, _)| path).collect();
            }
            before = now;
        }
    }

    fn changed(&self) -> Vec<(PathBuf, Stamp)> {
        let matches = self
            .patterns
            .iter()
            .flat_map(|(folder, pattern)| super::unit::matching(folder, pattern).unwrap_or_default());
        let known = self.files.keys().cloned();
        let all: std::collections::BTreeSet<PathBuf> = known.chain(matches).collect();
        let now = all.into_iter().map(|path| {
            let stamp = stamp(&path);
            (path, stamp)
        });
        now.filter(|(path, stamp)| self.files.get(path) != Some(stamp)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_seen() {
        let folder = std::env::temp_dir().join(format!("promql-watch-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let (old, new) = (folder.join("old.yml"), folder.join("new.yml"));
        std::fs::write(&old, "a").unwrap();
        let mut seen = Seen::default();
        seen.file(&old);
        seen.file(&folder.join("missing.yml"));
        seen.pattern(&folder, "n*.yml");
        let changed = |seen: &Seen| seen.changed().into_iter().map(|(path, _)| path).collect::<Vec<_>>();
        assert!(changed(&seen).is_empty());
        std::fs::write(&new, "").unwrap();
        assert_eq!(changed(&seen), std::slice::from_ref(&new));
        std::fs::write(&old, "ab").unwrap();
        assert_eq!(seen.wait(), [new, old.clone()]);
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!(changed(&seen), [old]);
    }
}
