//! `check rules` and `test` on the files that promtool is tested with.

use crate::fixture::{promql, promql_with};
use std::path::{Path, PathBuf};

const FEATURES: &str = "--enable-feature=promql-experimental-functions,promql-binop-fill-modifiers";

/// The exit codes of promtool 3.16, in this order: `check rules` plain, with `--lint-fatal`, with
/// `--ignore-unknown-fields`, with features; `test rules` plain, with features, with `--ignore-unknown-fields`, with
/// `--run=correct`.
const VERDICTS: [(&str, [u8; 8]); 28] = [
    ("at-modifier-test.yml", [1, 1, 0, 1, 0, 0, 0, 0]),
    ("at-modifier.yml", [0, 0, 0, 0, 1, 1, 1, 1]),
    ("bad-input-series.yml", [1, 1, 0, 1, 1, 1, 1, 0]),
    ("bad-promql.yml", [1, 1, 0, 1, 1, 1, 1, 0]),
    ("bad-rules-error-test.yml", [1, 1, 0, 1, 1, 1, 1, 0]),
    ("bad-rules-error.yml", [0, 0, 0, 0, 1, 1, 1, 1]),
    ("bad-rules-syntax-test.yml", [1, 1, 0, 1, 1, 1, 1, 0]),
    ("bad-rules-syntax.yml", [1, 1, 1, 1, 1, 1, 1, 1]),
    ("experimental-functions-test.yml", [1, 1, 0, 1, 1, 0, 1, 0]),
    ("experimental-functions.yml", [1, 1, 1, 0, 1, 1, 1, 1]),
    ("failing.yml", [1, 1, 0, 1, 1, 1, 1, 0]),
    ("features.yml", [1, 1, 1, 0, 1, 1, 1, 1]),
    ("long-period.yml", [1, 1, 0, 1, 0, 0, 0, 0]),
    ("negative-offset-test.yml", [1, 1, 0, 1, 0, 0, 0, 0]),
    ("negative-offset.yml", [0, 0, 0, 0, 1, 1, 1, 1]),
    ("no-test-group-interval.yml", [1, 1, 0, 1, 0, 0, 0, 0]),
    ("prometheus-rules.lint.yml", [0, 3, 0, 0, 1, 1, 1, 1]),
    ("rules-bad.yml", [1, 1, 1, 1, 1, 1, 1, 1]),
    ("rules.yml", [0, 0, 0, 0, 1, 1, 1, 1]),
    ("rules_duplicates.yml", [0, 3, 0, 0, 1, 1, 1, 1]),
    ("rules_extrafields.yml", [1, 1, 0, 1, 1, 1, 1, 1]),
    ("rules_large.yml", [0, 3, 0, 0, 1, 1, 1, 1]),
    ("rules_run.yml", [1, 1, 0, 1, 1, 1, 1, 0]),
    ("rules_run_extrafields.yml", [1, 1, 0, 1, 1, 1, 0, 0]),
    ("rules_run_fuzzy.yml", [1, 1, 0, 1, 1, 1, 1, 0]),
    ("rules_run_no_fuzzy.yml", [1, 1, 0, 1, 1, 1, 1, 1]),
    ("start-time-test.yml", [1, 1, 0, 1, 0, 0, 0, 0]),
    ("unittest.yml", [1, 1, 0, 1, 0, 0, 0, 0]),
];

fn upstream() -> Option<PathBuf> {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/upstream");
    let folder = std::env::var_os("PROMQL_UPSTREAM").map_or(default, PathBuf::from).join("promtool");
    if !folder.is_dir() {
        println!("skipped: there is no {}", folder.display());
        return None;
    }
    Some(folder)
}

fn exit_code(args: &[&str]) -> u8 {
    let report = promql(args);
    let last = report.lines().last().unwrap_or_default();
    last.strip_prefix("--- exit ").map_or(0, |code| code.parse().unwrap())
}

#[test]
fn verdicts_are_those_of_promtool() {
    let Some(folder) = upstream() else { return };
    for (name, verdicts) in VERDICTS {
        let file = folder.join(name);
        let file = file.to_str().unwrap();
        let codes = [
            exit_code(&["check", "rules", file]),
            exit_code(&["check", "rules", "--lint-fatal", file]),
            exit_code(&["check", "rules", "--ignore-unknown-fields", file]),
            exit_code(&["check", "rules", FEATURES, file]),
            exit_code(&["test", "rules", file]),
            exit_code(&["test", FEATURES, file]),
            exit_code(&["test", "--ignore-unknown-fields", file]),
            exit_code(&["test", "--run=correct", file]),
        ];
        assert_eq!(codes, verdicts, "{name}");
    }
}

#[test]
fn rules_come_from_standard_input() {
    let rules = "groups:\n- name: a\n  rules:\n  - {record: x, expr: sum(}\n";
    for args in [&["check", "rules"][..], &["check", "rules", "-"]] {
        insta::allow_duplicates! {
            insta::assert_snapshot!("a_rule_with_a_fault", promql_with(rules, args));
        }
    }
    assert_eq!(promql_with("groups: []\n", &["check", "rules"]), "ok    <stdin>: 0 rules\n");
}

#[test]
fn unknown_features_are_a_warning() {
    for flag in ["--enable-feature=nonsense", "--enable-feature=promql-experimental-functions,nonsense"] {
        let report = promql_with("groups: []\n", &["check", "rules", flag]);
        assert!(report.starts_with("ok    <stdin>: 0 rules\n"), "{report}");
        assert!(report.contains("warning: --enable-feature: unknown feature \"nonsense\""), "{report}");
        assert!(!report.contains("--- exit"), "{report}");
    }
    assert_eq!(
        promql_with("groups: []\n", &["check", "rules", "--enable-feature=", "--lint="]),
        "ok    <stdin>: 0 rules\n"
    );
}

#[test]
fn broken_files_do_not_stop_the_others() {
    let folder = std::env::temp_dir().join(format!("promql-rules-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    write(
        "rules-a.yml",
        "groups:\n- name: a\n  rules:\n  - {record: b, expr: a}\n  - {record: a, expr: b}\n",
    );
    write(
        "rules-b.yml",
        "groups:\n- name: b\n  rules:\n  - {alert: Up, expr: up > 0, annotations: {text: '{{ $value }}'}}\n",
    );
    let tab = write("tab.yml", "tests:\n- name: a\n\tinterval: 1m\n");
    let types = write("types.yml", "tests:\n- interval: soon\n  nmae: a\n");
    let circle = write(
        "circle.yml",
        "rule_files: [rules-a.yml]\ntests:\n- input_series: [{series: a, values: 1 2}]\n  promql_expr_test:\n  - {expr: b, eval_time: 1m}\n",
    );
    let good = write(
        "good.yml",
        "rule_files: [rules-b.yml, 'missing*.yml']\ntests:\n- name: two alerts\n  input_series:\n  - {series: 'up{job=\"a\"}', values: 1}\n  - {series: 'up{job=\"b\"}', values: 2}\n  alert_rule_test:\n  - eval_time: 0m\n    alertname: Up\n    exp_alerts:\n    - {exp_labels: {job: a}, exp_annotations: {text: '1'}}\n    - {exp_labels: {job: b}, exp_annotations: {text: '3'}}\n",
    );
    let junit = folder.join("report.xml");
    let option = format!("--junit={}", junit.display());
    let report = promql(&["test", &option, &tab, &types, &circle, &good]);
    let report = report.replace(folder.to_str().unwrap(), "DIR");
    insta::assert_snapshot!("broken_files", report);
    let xml = std::fs::read_to_string(&junit).unwrap().replace(folder.to_str().unwrap(), "DIR");
    insta::assert_snapshot!("broken_files_as_junit", xml);
    std::fs::remove_dir_all(&folder).unwrap();
}
