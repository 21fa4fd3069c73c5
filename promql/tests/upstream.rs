//! Prometheus' own test scripts, read in place.
//!
//! They are looked for in the folder `promqltest` of `PROMQL_UPSTREAM`, by default of `../shared/upstream` beside the
//! repository. Anyone with Go has them too: `go mod download -json github.com/prometheus/prometheus@v0.316.0` prints
//! the module's folder, in which they are `promql/promqltest/testdata`.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test panics where it cannot go on and says why it is skipped"
)]

use promql::promqltest::run;
use std::path::PathBuf;

fn scripts() -> Option<Vec<PathBuf>> {
    let upstream = std::env::var_os("PROMQL_UPSTREAM").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/upstream"),
        PathBuf::from,
    );
    let entries = std::fs::read_dir(upstream.join("promqltest")).ok()?;
    let mut scripts: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    scripts.retain(|path| path.extension().is_some_and(|extension| extension == "test"));
    scripts.sort();
    Some(scripts)
}

#[test]
fn all_statements_of_the_upstream_scripts_pass() {
    let Some(scripts) = scripts() else {
        println!("skipped: the upstream scripts are not here, see PROMQL_UPSTREAM");
        return;
    };
    let (mut passed, mut failed) = (0, 0);
    for path in scripts {
        let report = run(&std::fs::read_to_string(&path).unwrap());
        let name = path.file_name().unwrap().to_string_lossy();
        println!("{name}: {} passed, {} failed", report.passed, report.failures.len());
        for failure in &report.failures {
            println!("{name}:{}: {}\n{}\n", failure.line, failure.statement, failure.problem);
        }
        passed += report.passed;
        failed += report.failures.len();
    }
    assert_eq!((passed, failed), (2434, 0));
}
