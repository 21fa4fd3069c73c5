//! `test --coverage` and `test --watch`.

use crate::fixture::promql;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

const RULES: &str = "\
groups:
- name: g
  rules:
  - {alert: High, expr: a > 5, for: 1m}
  - {record: unused, expr: sum(b)}
";
const TEST: &str = "\
rule_files: [ru*.yml]
tests:
- input_series: [{series: a, values: 1 9 9}]
  alert_rule_test:
  - {eval_time: 2m, alertname: High, exp_alerts: [{}]}
";

/// A folder with rules and two tests of them, gone with the value.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("promql-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let folder = Folder(folder.canonicalize().unwrap());
        std::fs::write(folder.path("rules.yml"), RULES).unwrap();
        std::fs::write(folder.path("a-test.yml"), TEST).unwrap();
        let resolved = "  - {eval_time: 4m, alertname: High}\n";
        std::fs::write(folder.path("b-test.yml"), TEST.replace("1 9 9", "1 9 9 1 1") + resolved).unwrap();
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn run(&self, args: &[&str], tests: &[&str]) -> String {
        let tests: Vec<String> = tests.iter().map(|name| text(&self.path(name))).collect();
        let args: Vec<&str> = ["test"]
            .into_iter()
            .chain(args.iter().copied())
            .chain(tests.iter().map(String::as_str))
            .collect();
        promql(&args).replace(self.0.to_str().unwrap(), "DIR")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

#[test]
fn coverage_adds_up_over_files() {
    let folder = Folder::new("coverage");
    insta::assert_snapshot!(folder.run(&["--coverage"], &["a-test.yml", "b-test.yml"]));
}

#[test]
fn too_little_coverage_is_a_failure() {
    let folder = Folder::new("coverage-min");
    let last = |least: &str| {
        let report = folder.run(&["--coverage-min", least], &["a-test.yml"]);
        report.lines().rev().take(3).map(str::to_owned).collect::<Vec<_>>()
    };
    // One of two rules, four of five branches.
    assert_eq!(last("71.4")[0], "1 passed, 0 failed");
    assert_eq!(
        last("72"),
        [
            "--- exit 1",
            "error: coverage is too low: 71.4% of rules and branches are covered, --coverage-min is 72%",
            "--- stderr"
        ]
    );
    assert!(last("101")[0].contains("exit 2"));
    std::fs::write(folder.path("rules.yml"), "groups: []").unwrap();
    let report = folder.run(&["--coverage-min=0"], &["b-test.yml", "a-test.yml"]);
    assert!(report.contains("there are no rules"), "{report}");
    assert!(report.ends_with("--- exit 1\n"), "{report}");
}

#[test]
fn coverage_goes_to_files_of_known_forms() {
    let folder = Folder::new("coverage-out");
    let (lcov, json) = (text(&folder.path("lcov.info")), text(&folder.path("coverage.json")));
    folder.run(&["--coverage-out", &lcov, "--coverage-out", &json], &["b-test.yml"]);
    assert!(std::fs::read_to_string(lcov).unwrap().ends_with("end_of_record\n"));
    assert!(std::fs::read_to_string(json).unwrap().contains("\"branch\": \"resolved\""));
    let report = folder.run(&["--coverage-out", "coverage.xml"], &["b-test.yml"]);
    assert!(report.contains("end in .info or .lcov for lcov, or in .json"), "{report}");
    assert!(report.ends_with("--- exit 2\n"), "{report}");
}

#[test]
fn watching_runs_again() {
    let folder = Folder::new("watch");
    let mut child = Command::new(env!("CARGO_BIN_EXE_promql"))
        .args(["test", "--watch", &text(&folder.path("a-test.yml"))])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let (sender, sums) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let sums = lines.map_while(Result::ok).filter(|line| line.contains(" passed, "));
        sums.for_each(|line| sender.send(line).unwrap());
    });
    let next = || sums.recv_timeout(Duration::from_secs(60)).unwrap_or_else(|error| error.to_string());
    assert_eq!(next(), "1 passed, 0 failed");
    std::fs::write(folder.path("rules.yml"), RULES.replace("a > 5", "a > 500")).unwrap();
    assert_eq!(next(), "0 passed, 1 failed");
    // A new file that the pattern matches.
    std::fs::write(folder.path("rules.yml"), "groups: []").unwrap();
    std::fs::write(folder.path("rules2.yml"), RULES).unwrap();
    assert_eq!(next(), "1 passed, 0 failed");
    let _ = child.kill();
    child.wait().unwrap();
}
