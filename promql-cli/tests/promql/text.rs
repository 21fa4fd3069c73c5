//! Commands that need no series: `fmt`, `parse`, `test`, `repl`.

use crate::fixture::{promql, promql_with};

#[test]
fn fmt_prints_the_pretty_form() {
    assert_eq!(promql(&["fmt", "-e", "sum(rate(a[5m]))by(job)"]), "sum by (job) (rate(a[5m]))\n");
    assert_eq!(promql_with("-a", &["fmt", "-e", "-"]), "-a\n");
    assert_eq!(promql(&["fmt", "-e", "-a"]), "-a\n");
}

#[test]
fn parse_prints_the_tree() {
    insta::assert_snapshot!(promql(&["parse", "sum by (a) (rate(x{b=\"c\"}[5m])) > bool 1"]), @r#"
    > bool  vector
    ├─ sum by (a)  vector
    │  └─ rate()  vector
    │     └─ x{b="c"}[5m]  matrix
    └─ 1  scalar
    "#);
    assert_eq!(promql(&["parse", "--format", "text", "sum(a)by(b)"]), "sum by (b) (a)\n");
    insta::assert_snapshot!(promql(&["parse", "--format", "json", "--", "-a offset 5m"]), @r#"{"type":"unaryExpr","op":"-","expr":{"type":"vectorSelector","name":"a","matchers":[{"name":"__name__","type":"=","value":"a"}],"offset":300000,"offsetExpr":null,"timestamp":null,"startOrEnd":null,"anchored":false,"smoothed":false,"span":[1,12]},"span":[0,12]}"#);
}

#[test]
fn depth_ends_nothing() {
    let text = "(".repeat(100_000) + "1" + &")".repeat(100_000);
    for format in ["tree", "json", "text"] {
        let report = promql_with(&text, &["parse", "--format", format, "-"]);
        assert!(report.len() > 100_000 && !report.contains("---"), "{format}");
    }
}

#[test]
fn test_counts_what_passed() {
    let folder = std::env::temp_dir().join(format!("promql-test-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let good = write("good.test", "load 1m\n  a 1 2\n\neval instant at 1m a\n  a 2\n");
    let bad = write("bad.test", "eval instant at 0 1 + 1\n  3\n");
    let report = promql(&["test", &good]).replace(folder.to_str().unwrap(), "DIR");
    assert_eq!(report, "ok    DIR/good.test: 1 passed\n1 passed, 0 failed\n");
    let report = promql(&["test", &good, &bad]).replace(folder.to_str().unwrap(), "DIR");
    insta::assert_snapshot!(report, @r"
    ok    DIR/good.test: 1 passed
    FAIL  DIR/bad.test: 0 passed, 1 failed

    DIR/bad.test:1: eval instant at 0 1 + 1
        expected 3
        got      2

    1 passed, 1 failed
    --- exit 1
    ");
    // As for promtool, a file that is not there is a failed test.
    assert!(promql(&["test", "missing.test"]).ends_with("--- exit 1\n"));
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_script_may_be_piped_into_the_prompt() {
    insta::assert_snapshot!(promql_with("1 + 1\n.format json\n.time 5\n\"x\"\n.nonsense\n", &["repl"]), @r#"
    2
    json
    at 1970-01-01 00:00:05Z
    {"resultType":"string","result":[5,"x"]}
    --- stderr
    error: there is no command .nonsense
     |
     = help: .help lists them
    --- exit 1
    "#);
    assert_eq!(promql_with("1\n.quit\n2\n", &["repl"]), "1\n");
}
