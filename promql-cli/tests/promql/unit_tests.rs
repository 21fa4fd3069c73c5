//! `test` on unit tests: what failures look like in every format, and what broken files do.

use crate::fixture::promql;
use std::path::PathBuf;

/// A folder that goes away with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("promql-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) -> String {
        let path = self.0.join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// What the command says, with the folder as `DIR`.
    fn test(&self, args: &[&str]) -> String {
        let all: Vec<&str> = ["test"].iter().chain(args).copied().collect();
        promql(&all).replace(self.0.to_str().unwrap(), "DIR")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

const RULES: &str = "\
groups:
- name: g
  rules:
  - alert: Slow
    expr: sum by (job) (rate(busy[5m])) > 0.5
    for: 10m
    annotations: {text: '{{ $labels.job }} is slow'}
";

const FAILING: &str = "\
rule_files: [rules.yml]
tests:
- name: slow jobs
  input_series:
  - {series: 'busy{job=\"a\"}', values: 0+60x30}
  - {series: 'busy{job=\"b\"}', values: 0+1x30}
  alert_rule_test:
  - eval_time: 15m
    alertname: Slow
    exp_alerts:
    - {exp_labels: {job: a}, exp_annotations: {text: 'a is fast'}}
    - {match: subset, exp_labels: {job: b}}
  - {eval_time: 5m, alertname: Slow, exp_alerts: [{match: subset}]}
  promql_expr_test:
  - expr: busy{job=\"b\"} / 3
    eval_time: 1m
    exp_samples: [{labels: '{job=\"b\"}', value: 0.33, tolerance: 1%}]
";

#[test]
fn failures_tell_what_differs_and_why() {
    let folder = Folder::new("failures");
    folder.write("rules.yml", RULES);
    let file = folder.write("failing.yml", FAILING);
    insta::assert_snapshot!("failures", folder.test(&[&file]));
    insta::assert_snapshot!("failures_as_diff", folder.test(&["--diff", &file]));
    insta::assert_snapshot!("failures_as_json", folder.test(&["--format", "json", &file]));
    insta::assert_snapshot!("failures_for_github", folder.test(&["--format", "github", &file]));
}

#[test]
fn broken_files_are_told_at_their_place_and_the_others_are_tested() {
    let folder = Folder::new("broken");
    folder.write("template.rules", RULES.replace("$labels.job", "nofunc 1"));
    folder.write("syntax.rules", RULES.replace("> 0.5", ">"));
    let good = folder.write("good.yml", "tests:\n- name: fine\n");
    let series = ["{series: a, values: 1}"; 3000].join(", ");
    let aliases = "\n- {name: b, input_series: *a}".repeat(3000);
    let with_rules = |name: &str| format!("rule_files: [{name}]\ntests:\n- name: a\n");
    for (text, place) in [
        ("tests: [\n".into(), "broken.yml:1:8"),
        ("tests:\n- name: a\n\tinterval: 1m\n".into(), "broken.yml:3:1"),
        ("tests:\n- name: a\n  name: b\n".into(), "broken.yml:3:3"),
        ("tests: {a: b}\n".into(), "broken.yml:1:8"),
        ("tests:\n- interval: [1m]\n".into(), "broken.yml:2:13"),
        ("tests:\n- nmae: a\n".into(), "broken.yml:2:3"),
        ("tests: &a\n- *a\n".into(), "broken.yml:2:3"),
        (format!("tests:\n- input_series: &a [{series}]{aliases}\n"), "broken.yml:2:20"),
        (format!("tests: {}", "[".repeat(100_000)), "broken.yml:1:"),
        (format!("tests: [{}\n", "{name: a},".repeat(600_000)), "broken.yml:1:8"),
        ("tests:\n- name: a\0b\n".into(), "broken.yml:2:10"),
        ("rule_files: ['[']\ntests: []\n".into(), "broken.yml:1:14"),
        (with_rules("template.rules"), "template.rules:7:29"),
        (with_rules("syntax.rules"), "syntax.rules:5:42"),
    ] {
        let broken = folder.write("broken.yml", &text);
        let report = folder.test(&[&broken, &good]);
        let text = &text[..text.len().min(60)];
        assert!(report.contains(&format!("--> DIR/{place}")), "{text}\n{report}");
        assert!(report.contains("\n1 passed, 0 failed\n") && report.ends_with("exit 1\n"), "{report}");
    }
    for (text, said) in
        [(&b"tests: \xff"[..], "it is not UTF-8"), (b"rule_files: [.]\ntests: [{name: a}]\n", "a directory")]
    {
        let broken = folder.write("broken.yml", text);
        let report = folder.test(&[&broken, &good]);
        assert!(report.contains(said) && report.contains("\n1 passed, 0 failed\n"), "{report}");
    }
}

#[test]
fn rules_that_read_each_other_in_a_circle_end() {
    let folder = Folder::new("circle");
    folder.write(
        "rules.yml",
        "groups:\n- name: g\n  rules:\n  - {record: b, expr: a + 1}\n  - {record: a, expr: b}\n",
    );
    let circle = folder.write(
        "circle.yml",
        "rule_files: [rules.yml]\ntests:\n- input_series: [{series: a, values: 1}]\n  promql_expr_test: [{expr: a, eval_time: 3m}]\n",
    );
    insta::assert_snapshot!("rules_in_a_circle", folder.test(&[&circle]));
}

#[test]
fn names_that_nothing_has_are_errors_if_asked_for() {
    let folder = Folder::new("strict");
    folder.write("rules.yml", RULES);
    let alert = folder.write(
        "alert.yml",
        "rule_files: [rules.yml]\ntests:\n- alert_rule_test: [{alertname: Slwo, eval_time: 0m}]\n",
    );
    let file = folder.write("file.yml", "rule_files: [rule.yml]\ntests:\n- name: a\n");
    let group =
        folder.write("group.yml", "rule_files: [rules.yml]\ngroup_eval_order: [G, g]\ntests:\n- name: a\n");
    let report = folder.test(&[&alert, &file, &group]);
    assert!(report.contains("3 passed, 0 failed\n"), "{report}");
    insta::assert_snapshot!("names_that_nothing_has", folder.test(&["--strict", &alert, &file, &group]));
}
