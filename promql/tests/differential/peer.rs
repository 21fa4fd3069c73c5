//! Prometheus' own engine, as the Go program in benches/peers/prometheus.

use crate::case::{Answer, Case};
use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

pub(crate) struct Peer {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Peer {
    /// Builds and starts it; none without Go.
    pub(crate) fn start() -> Option<Self> {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../benches/peers/prometheus");
        let program = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("prometheus-peer");
        let built = Command::new("go")
            .arg("build")
            .arg("-o")
            .arg(&program)
            .arg(".")
            .current_dir(folder)
            .status()
            .ok()?;
        assert!(built.success(), "the Go peer does not build");
        let mut child = Command::new(program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the Go peer starts");
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().expect("piped"));
        Some(Peer { child, input, output })
    }

    /// The answers to some cases, few enough to fit into the pipe together.
    pub(crate) fn ask(&mut self, cases: &[Case]) -> Vec<Answer> {
        let input = self.input.as_mut().expect("open until it is dropped");
        let output = &mut self.output;
        std::thread::scope(|scope| {
            scope.spawn(move || {
                for case in cases {
                    writeln!(input, "{}", case.to_json()).expect("the peer reads");
                }
                input.flush().expect("the peer reads");
            });
            cases.iter().map(|_| answer(output)).collect()
        })
    }
}

fn answer(output: &mut impl BufRead) -> Answer {
    let mut line = Vec::new();
    output.read_until(b'\n', &mut line).expect("the peer writes");
    let line = String::from_utf8_lossy(&line);
    let value: Value = serde_json::from_str(&line).expect("the peer writes JSON");
    let mut answer = Answer::from_json(&value);
    let text = line.strip_prefix("{\"data\":").and_then(|rest| rest.split_once(",\"error\":\""));
    answer.text = text.map_or("", |(text, _)| text).to_owned();
    answer
}

impl Drop for Peer {
    fn drop(&mut self) {
        // It ends with its input.
        self.input = None;
        let _ = self.child.wait();
    }
}
