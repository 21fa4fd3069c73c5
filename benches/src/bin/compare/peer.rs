//! Prometheus' side: its program and the data that both sides read.

use crate::Result;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where the Go program's source is.
const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/peers/prometheus");

/// The built Go program, and a folder for data.
pub(crate) struct Peer {
    folder: PathBuf,
    keep: bool,
}

impl Peer {
    /// Builds the program. Data is kept in `folder` for the next time, or thrown away if there is none.
    pub(crate) fn build(folder: Option<PathBuf>) -> Result<Self> {
        let keep = folder.is_some();
        let temporary = || std::env::temp_dir().join(format!("promql-compare-{}", std::process::id()));
        let folder = folder.unwrap_or_else(temporary);
        fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let peer = Peer { folder: fs::canonicalize(folder)?, keep };
        run(Command::new("go").args(["build", "-o"]).arg(peer.program()).arg(".").current_dir(SOURCE))?;
        Ok(peer)
    }

    /// The built program.
    pub(crate) fn program(&self) -> PathBuf {
        self.folder.join("prometheus-peer")
    }

    /// The directory of a data set, written if it is not there yet.
    pub(crate) fn data(&self, set: &str) -> Result<PathBuf> {
        let folder = self.folder.join(set);
        if !folder.exists() {
            let unfinished = self.folder.join(format!("{set}.unfinished"));
            remove(&unfinished)?;
            run(Command::new(self.program()).args(["data", set]).arg(&unfinished))?;
            fs::rename(&unfinished, &folder)?;
        }
        Ok(folder)
    }

    /// Throws away the directory of a data set, unless data is kept.
    pub(crate) fn done(&self, set: &str) -> Result<()> {
        if self.keep { Ok(()) } else { remove(&self.folder.join(set)) }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        if !self.keep {
            // What stays behind is in the system's folder for that.
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}

fn remove(folder: &Path) -> Result<()> {
    if folder.exists() { Ok(fs::remove_dir_all(folder)?) } else { Ok(()) }
}

fn run(command: &mut Command) -> Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let status = command.status().map_err(|error| format!("{name} does not start: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{name} failed: {status}").into()) }
}
