//! What unit tests may expect beyond promtool: the files under testdata/unit_tests pass, and each expectation fails at
//! its line when it is changed.

use promql::rules::unit_test::{Suite, TestFile, read, unknown_groups};
use promql::rules::{self, ReadOptions};
use promql::{Engine, EngineOptions};
use std::path::{Path, PathBuf};

const NONE: [usize; 0] = [];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/unit_tests")
}

fn text(name: &str) -> String {
    std::fs::read_to_string(folder().join(name)).unwrap()
}

fn file(text: &str) -> TestFile {
    read(text).unwrap_or_else(|findings| panic!("{findings:?} in {text}"))
}

/// The lines of the failures of a test file, in order.
fn failing_lines(text: &str) -> Vec<usize> {
    let file = file(text);
    let engine = Engine::new(EngineOptions {
        default_subquery_step: file.evaluation_interval,
        threads: 1,
        ..EngineOptions::default()
    });
    let rules = self::text("rules.yml");
    let rules = if file.rule_files.is_empty() { "groups: []" } else { &rules };
    let reading = rules::read(rules, &engine, ReadOptions::default());
    assert_eq!(reading.findings, []);
    let rules = [reading.file];
    assert_eq!(unknown_groups(&file, &rules), []);
    let suite = Suite { text, file: &file, rules: &rules, engine: &engine, dump: false };
    let failures = file.tests.iter().flat_map(|test| suite.run(test).failures);
    let mut lines: Vec<usize> = failures.map(|failure| failure.span.line_column(text).0).collect();
    lines.sort_unstable();
    lines
}

/// The file with its only `from` replaced.
fn changed(name: &str, from: &str, to: &str) -> String {
    let text = text(name);
    assert_eq!(text.matches(from).count(), 1, "{from} in {name}");
    text.replace(from, to)
}

#[test]
fn all_examples_pass() {
    let mut count = 0;
    for entry in std::fs::read_dir(folder()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if !name.ends_with(".yml") || name == "rules.yml" {
            continue;
        }
        assert_eq!(failing_lines(&text(&name)), NONE, "{name}");
        count += 1;
    }
    assert_eq!(count, 8);
}

#[test]
fn the_examples_of_the_page_pass() {
    let page = text("README.md");
    let examples: Vec<&str> =
        page.split("```yaml\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert_eq!(examples.len(), 7);
    for example in examples {
        assert_eq!(failing_lines(example), NONE, "{example}");
    }
}

#[test]
fn a_file_of_rules_is_told_from_a_file_of_tests() {
    let findings = read(&text("rules.yml")).unwrap_err();
    assert_eq!(findings.iter().map(|finding| finding.code).collect::<Vec<_>>(), ["no-test-file"]);
    assert!(findings[0].help.as_ref().unwrap().contains("promql check rules"));
}

#[test]
fn a_series_has_a_name_or_labels() {
    let test = |values: &str| format!("tests:\n- input_series: [{{series: '{{}}', values: {values}}}]\n");
    assert_eq!(failing_lines(&test("1")), [2]);
    assert_eq!(failing_lines(&test("_")), NONE);
}

#[test]
fn a_changed_expectation_fails_at_its_line() {
    let mut wrong = Vec::new();
    for (name, from, to, lines) in [
        // Parts and forms of labels and annotations.
        ("labels.yml", "exp_labels: {severity: ticket}", "exp_labels: {severity: page}", &[10][..]),
        ("labels.yml", "exp_labels: {severity: ticket}", "exp_labels: {team: x}", &[10]),
        ("labels.yml", "- match: subset                     # what", "- #", &[10]),
        ("labels.yml", "{regex: 'web-[0-9]+'}", "{regex: 'web'}", &[15]),
        ("labels.yml", "{regex: 'web-[0-9]+'}", "{not_regex: 'web-1'}", &[15]),
        ("labels.yml", "{regex: 'web-[0-9]+'}", "{regex: 'web.*', not_equals: web-1}", &[15]),
        ("labels.yml", "device: {present: true}", "device: {present: false}", &[15]),
        ("labels.yml", "device: {present: true} ", "# ", &[15]),
        ("labels.yml", "{contains: 'only 5%'}", "{contains: 'only 6%'}", &[15]),
        ("labels.yml", "exp_labels: {host: web-2}", "exp_labels: {host: web-1}", &[24]),
        ("labels.yml", "match: subset                       # other alerts", "#", &[24]),
        ("labels.yml", "host=~\"web-.*\"", "host!~\"web-.*\"", &[32]),
        ("labels.yml", "device!=\"\"", "device=\"\"", &[32]),
        ("labels.yml", "match: subset                       # other series", "#", &[36]),
        (
            "labels.yml",
            "'disk_size_bytes', match: subset",
            "'disk_size_bytes', value: 99, match: subset",
            &[36],
        ),
        ("labels.yml", "'disk_used_bytes'", "'disk_free_bytes'", &[36]),
        // Values.
        ("values.yml", "tolerance: 1e-9 ", "tolerance: 1e-12 ", &[11]),
        ("values.yml", "tolerance: 0.1 ", "tolerance: 10% ", &[14]),
        ("values.yml", "tolerance: 0.1 ", "tolerance: 0.03 ", &[14]),
        ("values.yml", "'> 0.04 and < 0.06'", "'> 0.04 and < 0.05'", &[18]),
        ("values.yml", "'<= 0'", "'< 0'", &[21]),
        ("values.yml", "'<= 0'", "'!= 0'", &[21]),
        ("values.yml", "value: NaN", "value: .nan", &[24]),
        ("values.yml", "value: NaN", "value: 0", &[24]),
        // Errors, warnings, infos.
        ("errors.yml", "many-to-many matching ", "one-to-one ", &[9]),
        ("errors.yml", "exp_error: many-to-many matching", "#", &[9]),
        ("errors.yml", "unclosed left", "unclosed right", &[12]),
        ("errors.yml", "exp_samples: [{value: 2}]", "exp_error: x", &[16]),
        ("errors.yml", "exp_infos: [metric might not be a counter]", "exp_infos: []", &[21]),
        ("errors.yml", "exp_infos: [metric might not be a counter]", "exp_warnings: [metric]", &[21]),
        ("errors.yml", "exp_warnings: [quantile", "exp_warnings: [x, quantile", &[25]),
        ("errors.yml", "match: subset ", "#", &[25]),
        ("errors.yml", "exp_error: not a vector", "exp_error: no vector", &[15]),
        // Pending alerts.
        ("pending.yml", "exp_state: pending\n", "exp_state: firing\n", &[10]),
        (
            "pending.yml",
            "{eval_time: 5m, alertname: HighErrors}",
            "{eval_time: 11m, alertname: HighErrors}",
            &[15],
        ),
        ("pending.yml", "{eval_time: 15m, alertname", "{eval_time: 9m, alertname", &[16]),
        ("pending.yml", "eval_time: 15m\n", "eval_time: 10m\n", &[17]),
        // Ranges.
        ("ranges.yml", "'1 2x1 _ 5'", "'1 2x2 5'", &[10]),
        ("ranges.yml", "'1 2x1 _ 5'", "'1 2x1 _ NaN'", &[10]),
        ("ranges.yml", "'1 2x1 _ 5'", "'1 2x1'", &[10]),
        ("ranges.yml", "'> 6'", "'> 7'", &[10]),
        ("ranges.yml", "start: 0m", "start: 1m", &[15]),
        // Many series, intervals.
        ("repeat.yml", "value: 40", "value: 39", &[10]),
        ("repeat.yml", "zone: [a, b]", "zone: [a, c]", &[11]),
        ("intervals.yml", "\nuse_group_intervals: true", "", &[11]),
        ("intervals.yml", "use_group_intervals: false", "", &[23]),
        // Names.
        ("strict.yml", "alertname: DiskFull", "alertname: DiskFul", &[8]),
    ] {
        let failing = failing_lines(&changed(name, from, to));
        if failing != lines {
            wrong.push(format!("{from} -> {to} in {name}: {failing:?} instead of {lines:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn without_strict_an_alert_that_no_rule_has_passes() {
    let text = changed("strict.yml", "alertname: DiskFull", "alertname: DiskFul");
    assert_eq!(failing_lines(&text.replace("strict: true\n", "")), NONE);
}

#[test]
fn what_makes_no_sense_is_told_at_its_place() {
    let findings = |test: &str| -> Vec<String> {
        let text = format!("tests:\n- {test}\n");
        let findings = read(&text).err().unwrap_or_default();
        let place = |finding: &promql::diagnostic::Diagnostic| {
            let (line, column) = finding.labels[0].0.line_column(&text);
            format!("{line}:{column} {}", finding.code)
        };
        findings.iter().map(place).collect()
    };
    let plain: fn(&str) -> String = |fields| fields.to_owned();
    let expr: fn(&str) -> String = |fields| format!("promql_expr_test: [{{expr: a, {fields}}}]");
    let alert: fn(&str) -> String = |fields| format!("alert_rule_test: [{{alertname: a, {fields}}}]");
    let series: fn(&str) -> String = |fields| format!("input_series: [{{series: a, {fields}}}]");
    let mut wrong = Vec::new();
    for (test, fields, expected) in [
        (expr, "eval_time: 1m, end: 2m", &["2:22 range"][..]),
        (expr, "start: 1m", &["2:39 range"]),
        (expr, "start: 2m, end: 1m", &["2:39 range"]),
        (expr, "end: 1m, step: 0s", &["2:47 range"]),
        (expr, "end: 1y, step: 1ms", &["2:47 range"]),
        (expr, "eval_time: 1m, exp_samples: [{values: 1}]", &["2:70 range"]),
        (expr, "end: 1m, exp_samples: [{values: 1, value: 1}]", &["2:64 range"]),
        (expr, "exp_samples: [{value: about 5}]", &["2:54 yaml-type"]),
        (expr, "exp_samples: [{value: [5]}]", &["2:54 yaml-type"]),
        (expr, "tolerance: -1", &["2:43 yaml-type"]),
        (expr, "match: some", &["2:39 yaml-type"]),
        (expr, "exp_error: x, exp_samples: [{value: 1}]", &["2:59 expected-error"]),
        (expr, "exp_error: {regex: '('}", &["2:51 expected-text"]),
        (expr, "exp_error: {}", &["2:43 expected-text"]),
        (alert, "exp_state: inactive", &["2:47 yaml-type"]),
        (alert, "exp_alerts: [{exp_labels: {a: {like: b}}}]", &["2:67 unknown-field"]),
        (alert, "exp_alerts: [{exp_labels: {a: [b]}}]", &["2:66 yaml-type"]),
        (series, "repeat: {a: 5}", &["2:42 yaml-type"]),
        (series, "repeat: {a: 1..2000, b: 1..2000}", &["2:51 repeat"]),
        (plain, "strict: true", &["2:3 unknown-field"]),
    ] {
        let found = findings(&test(fields));
        if found != expected {
            wrong.push(format!("{fields}: {found:?} instead of {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn repeated_series_that_cannot_be_are_told() {
    let failures = |series: &str| -> Vec<String> {
        let text = format!("tests:\n- input_series: [{series}]\n");
        let file = file(&text);
        let engine = Engine::default();
        let suite = Suite { text: &text, file: &file, rules: &[], engine: &engine, dump: false };
        suite.run(&file.tests[0]).failures.into_iter().map(|failure| failure.detail).collect()
    };
    assert!(failures("{series: a, values: 1, repeat: {n: 1..3}}")[0].contains("must be part of `series`"));
    assert!(failures("{series: 'a{n=\"${n}\"}', values: '${m}', repeat: {n: 1..3}}")[0].contains("`${m}`"));
    assert!(failures("{series: 'a{n=\"${n\"}', values: 1, repeat: {n: 1..3}}")[0].contains("`${n}`"));
    assert!(
        failures("{series: 'a{n=\"${n}\"}', values: '${n}', repeat: {n: ['1 x']}}")[0].contains("values")
    );
    let many = "{series: 'a{n=\"${n}\"}', values: 1x99999, repeat: {n: 1..1000}}";
    assert!(failures(many)[0].contains("more than 10000000 values"), "{:?}", failures(many));
}
