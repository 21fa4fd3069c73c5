//! Where old lines are kept: `$XDG_STATE_HOME/promql/history`, by default below `~/.local/state`.

use rustyline::history::FileHistory;
use rustyline::{Editor, Helper};
use std::path::PathBuf;

/// Loads the old lines; without a file there are none.
pub(super) fn load<H: Helper>(editor: &mut Editor<H, FileHistory>) {
    if let Some(path) = path() {
        let _ = editor.load_history(&path);
    }
}

/// Keeps a line at once, so that it survives whatever its query does. A history that cannot be written is no reason
/// to stop.
pub(super) fn add<H: Helper>(editor: &mut Editor<H, FileHistory>, line: &str) {
    if editor.add_history_entry(line).unwrap_or(false)
        && let Some(path) = path()
    {
        let _ = path.parent().map(std::fs::create_dir_all);
        let _ = editor.append_history(&path);
    }
}

fn path() -> Option<PathBuf> {
    let absolute = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = absolute("XDG_STATE_HOME").or_else(|| Some(absolute("HOME")?.join(".local/state")))?;
    Some(state.join("promql/history"))
}
