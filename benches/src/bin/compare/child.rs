//! A process that answers tasks.

use crate::Result;
use crate::protocol::{Task, Timing};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// One of the two engines at work. It ends with the value.
pub(crate) struct Worker {
    name: &'static str,
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Worker {
    /// Starts it.
    pub(crate) fn start(name: &'static str, command: &mut Command) -> Result<Self> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{name} does not start: {error}"))?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(format!("{name} has no pipes").into());
        };
        Ok(Worker { name, child, input, output: BufReader::new(output) })
    }

    /// Has it run a task.
    pub(crate) fn ask(&mut self, task: &Task) -> Result<Timing> {
        let mut line = serde_json::to_string(task)?;
        line.push('\n');
        self.input.write_all(line.as_bytes()).map_err(|error| format!("{} is gone: {error}", self.name))?;
        line.clear();
        self.output.read_line(&mut line)?;
        serde_json::from_str(&line)
            .map_err(|error| format!("{} gave no answer to {}: {error}", self.name, task.expr).into())
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // It has nothing to save.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
