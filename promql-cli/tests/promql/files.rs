//! Queries that files answer, or do not.

use crate::fixture::{promql, promql_with};

const LOAD: &str = "load 1m\n  requests_total{path=\"/a\"} 0+60x10\n  requests_total{path=\"/b\"} 0+6x10\n";

fn query(data: &str, args: &[&str]) -> String {
    promql_with(data, &[&["query", "-s", "-"], args].concat())
}

#[test]
fn arithmetic_needs_no_source() {
    assert_eq!(promql(&["query", "1 + 2 * 3"]), "7\n");
    assert_eq!(promql_with("\"hi\"", &["query", "-"]), "hi\n");
}

#[test]
fn a_selector_without_source_is_told_how_to_get_one() {
    insta::assert_snapshot!(promql(&["query", "up"]), @r#"
    --- stderr
    error: the query selects series, but there is no source: give --source URL, FILE or demo:, or set PROMQL_SOURCE
    --- exit 2
    "#);
}

#[test]
fn files_are_asked_at_their_newest_sample() {
    insta::assert_snapshot!(query(LOAD, &["rate(requests_total[5m])"]), @r#"
    2 series at 1970-01-01 00:10:00Z
    path  value
    /a      1
    /b      0.1
    "#);
}

#[test]
fn a_range_has_sparklines() {
    insta::assert_snapshot!(query(LOAD, &["--start", "start", "--step", "1m", "requests_total"]), @r#"
    requests_total  2 series from 1970-01-01 00:00:00Z to 00:10:00Z every 1m
    path  min  max  last
    /a      0  600   600  ▁▁▂▃▄▅▅▆▇██
    /b      0   60    60  ▁▁▂▃▄▅▅▆▇██
    "#);
}

#[test]
fn every_format_has_its_form() {
    let data = "up{job=\"a\"} 1 1500\n";
    assert_eq!(
        query(data, &["--format", "json", "up"]),
        "{\"resultType\":\"vector\",\"result\":[{\"metric\":{\"__name__\":\"up\",\"job\":\"a\"},\"value\":[1.500,\"1\"]}]}\n"
    );
    assert_eq!(query(data, &["--format", "csv", "up"]), "__name__,job,timestamp,value\nup,a,1.500,1\n");
    assert_eq!(query(data, &["--format", "tsv", "up"]), "__name__\tjob\ttimestamp\tvalue\nup\ta\t1.500\t1\n");
    assert_eq!(query(data, &["--format", "text", "up"]), "up{job=\"a\"} => 1 @[1.5]\n");
}

#[test]
fn every_bad_line_is_shown() {
    let lines: String = (0..1000)
        .map(|at| if at % 100 == 7 { format!("m{{i=\"{at}\"}}\n") } else { format!("m{{i=\"{at}\"}} 1\n") })
        .collect();
    let report = query(&lines, &["m"]);
    assert_eq!(report.matches("error: ").count(), 10, "{report}");
    assert!(report.contains("standard input:108:11"), "{report}");
    assert!(report.ends_with("--- exit 2\n"));
}

/// Writes a file that only the test of this name uses.
fn file(name: &str, content: &[u8]) -> String {
    let path = std::env::temp_dir().join(format!("promql-test-{}-{name}", std::process::id()));
    std::fs::write(&path, content).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Asks a file and deletes it.
fn ask(path: &str, expr: &str) -> String {
    let report = promql(&["query", "-s", path, expr]).replace(path, "FILE");
    std::fs::remove_file(path).unwrap();
    report
}

#[test]
fn a_file_that_breaks_off_is_refused() {
    insta::assert_snapshot!(ask(&file("cut.om", b"# TYPE m gauge\nm{a=\"b\"} 1\nm{a=\"c"), "m"), @r#"
    --- stderr
    error: this quote is not closed
     --> FILE:3:5
      |
    3 | m{a="c
      |     ^
    --- exit 2
    "#);
    insta::assert_snapshot!(ask(&file("lines.om", b"# TYPE m gauge\nm 1\n"), "m"), @r"
    --- stderr
    error: expected `# EOF`, found the end of the text
     --> FILE:2:5
      |
    2 | m 1
      |    ^
    --- exit 2
    ");
    insta::assert_snapshot!(ask(&file("cut.json", br#"{"status":"success","data":{"resultTy"#), "m"), @r#"
    --- stderr
    error: EOF while parsing a string
     --> FILE:1:37
      |
    1 | {"status":"success","data":{"resultTy
      |                                     ^
    --- exit 2
    "#);
    insta::assert_snapshot!(ask(&file("cut.test", b"load 1m\n  m 1 2 {{schema:0 cou"), "m"), @r#"
    --- stderr
    error: bad histogram descriptor found: "cou"
     --> FILE:2:20
      |
    2 |   m 1 2 {{schema:0 cou
      |                    ^
    --- exit 2
    "#);
}

#[test]
fn rubbish_is_named() {
    let rubbish: Vec<u8> = (0..100_000u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    insta::assert_snapshot!(ask(&file("rubbish", &rubbish), "m"), @r"
    --- stderr
    error: FILE is binary, no text
    --- exit 2
    ");
}

#[test]
fn a_hundred_megabytes_are_answered_or_refused() {
    let start = std::time::Instant::now();
    let lines =
        |count: usize| (0..count).map(|at| format!("m{{path=\"/item/{}\"}} {at} {at}000\n", at % 100));
    let good: String = lines(500_000).collect();
    assert_eq!(ask(&file("large", good.as_bytes()), "count(m)"), "{}  100\n");
    assert!(ask(&file("zeros", &vec![0; 100_000_000]), "m").ends_with("--- exit 2\n"));
    let line = "x".repeat(20_000_000);
    assert!(ask(&file("line", line.as_bytes()), "m").len() < 2_000);
    assert!(start.elapsed() < std::time::Duration::from_secs(60), "{:?}", start.elapsed());
}

#[test]
fn a_file_that_is_not_there_is_named() {
    insta::assert_snapshot!(promql(&["query", "-s", "missing.txt", "up"]), @r#"
    --- stderr
    error: source "missing.txt": no such file
     |
     = help: a source is a file, a data directory, `-`, http://HOST:PORT, scrape:URL or demo:
    --- exit 2
    "#);
}

#[test]
fn a_query_that_is_wrong_is_drawn() {
    insta::assert_snapshot!(promql(&["query", "sum(rate(x)) +\n  rat(x[5m])"]), @r#"
    --- stderr
    error[type-mismatch]: expected type range vector in call to function "rate", got instant vector
      |
    1 | sum(rate(x)) +
      |          ^ an instant vector
      |
      = help: add a range such as [5m] to a selector, or [5m:] to an expression
    error[unknown-function]: unknown function with name "rat"
      |
    2 |   rat(x[5m])
      |   ^^^
      |
      = help: did you mean `rate`?
    --- exit 1
    "#);
}

#[test]
fn notes_are_drawn_beside_the_answer() {
    insta::assert_snapshot!(query("load 1m\n  up 1x5\n", &["rate(up[5m])"]), @r#"
    {}  0
    --- stderr
    info: metric might not be a counter, name does not end in _total/_sum/_count/_bucket: "up"
      |
    1 | rate(up[5m])
      |      ^^^^^^
    "#);
}

#[test]
fn an_answer_of_a_billion_samples_is_refused() {
    let report =
        promql(&["query", "-s", "demo:", "--start", "0", "--end", "1000000000", "--step", "1", "vector(1)"]);
    assert!(report.contains("would load too many samples"), "{report}");
    assert!(report.ends_with("--- exit 1\n"));
}

#[test]
fn a_feature_that_is_off_is_named() {
    let report = promql(&["query", "mad_over_time(up[5m])"]);
    assert!(report.contains("promql-experimental-functions"), "{report}");
    let flag = "--enable-feature=promql-experimental-functions";
    assert!(!promql(&["query", flag, "-s", "demo:", "mad_over_time(up[5m])"]).contains("error"));
    assert!(promql(&["query", "--enable-feature=nonsense", "1"]).contains("unknown feature"));
}
