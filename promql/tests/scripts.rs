//! Our own scripts, testdata/*.test.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test panics where it cannot go on and says why it is skipped"
)]

use promql::promqltest::run;
use std::path::Path;

#[test]
fn all_statements_of_our_scripts_pass() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata");
    let mut passed = 0;
    let mut failed = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "test") {
            continue;
        }
        let report = run(&std::fs::read_to_string(&path).unwrap());
        for failure in &report.failures {
            println!("{}:{}: {}\n{}\n", path.display(), failure.line, failure.statement, failure.problem);
        }
        passed += report.passed;
        failed += report.failures.len();
    }
    assert!(passed > 0);
    assert_eq!(failed, 0);
}
