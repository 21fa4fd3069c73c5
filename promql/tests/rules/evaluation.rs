//! What rules write and which alerts fire, told by unit tests.

use promql::rules::unit_test::{Suite, read};
use promql::rules::{self, ReadOptions};
use promql::{Engine, EngineOptions};

/// The lines and titles of all failures of a test file.
fn failures(rule_file: &str, test_file: &str) -> Vec<String> {
    let file = read(test_file).unwrap_or_else(|findings| panic!("{findings:?}"));
    let engine = Engine::new(EngineOptions {
        default_subquery_step: file.evaluation_interval,
        threads: 1,
        ..EngineOptions::default()
    });
    let reading = rules::read(rule_file, &engine, ReadOptions::default());
    assert_eq!(reading.findings, []);
    let rules = [reading.file];
    let suite = Suite { text: test_file, file: &file, rules: &rules, engine: &engine, dump: false };
    let failures = file.tests.iter().flat_map(|test| suite.run(test).failures);
    failures
        .map(|failure| {
            let line = failure.span.line_column(test_file).0;
            let detail = failure.text().lines().next().unwrap_or_default().to_owned();
            format!("{line}: {}: {detail}", failure.title)
        })
        .collect()
}

const NONE: [String; 0] = [];

#[test]
fn recording_rules_see_those_before_them() {
    let rules = "\
groups:
- name: g
  labels: {team: a, tier: x}
  rules:
  - {record: b, expr: a + 1, labels: {tier: y}}
  - {record: c, expr: b + 1}
  - {record: d, expr: 'c > 3'}
";
    let test = "\
tests:
- input_series: [{series: 'a{x=\"1\"}', values: 1 2 1}]
  promql_expr_test:
  - {expr: b, eval_time: 0, exp_samples: [{labels: 'b{x=\"1\", team=\"a\", tier=\"y\"}', value: 2}]}
  - {expr: c, eval_time: 1m, exp_samples: [{labels: 'c{x=\"1\", team=\"a\", tier=\"x\"}', value: 4}]}
  - {expr: count(d), eval_time: 1m, exp_samples: [{value: 1}]}
  - {expr: d, eval_time: 2m}
";
    assert_eq!(failures(rules, test), NONE);
}

#[test]
fn alerts_become_series() {
    let rules = "\
groups:
- name: g
  rules:
  - alert: A
    expr: a > 0
    for: 2m
    labels: {lost: '{{ $labels.nothing }}', kind: '{{ $labels.x }}'}
    annotations: {empty: '', value: '{{ $value }} of {{ $externalLabels.cluster }}'}
";
    let test = "\
tests:
- input_series: [{series: 'a{x=\"1\"}', values: 1+1x3 0 0}]
  external_labels: {cluster: c}
  alert_rule_test:
  - {eval_time: 1m59s, alertname: A}
  - eval_time: 2m30s
    alertname: A
    exp_alerts: [{exp_labels: {x: '1', kind: '1'}, exp_annotations: {empty: '', value: 3 of c}}]
  - {eval_time: 4m, alertname: A}
  promql_expr_test:
  - expr: ALERTS
    eval_time: 1m
    exp_samples:
    - {labels: 'ALERTS{alertname=\"A\", alertstate=\"pending\", x=\"1\", kind=\"1\", lost=\"{{ $labels.nothing }}\"}', value: 1}
  - {expr: 'sum by (alertstate) (ALERTS)', eval_time: 2m, exp_samples: [{labels: '{alertstate=\"firing\"}', value: 1}]}
  - {expr: sum(ALERTS_FOR_STATE), eval_time: 3m, exp_samples: [{value: 0}]}
  - {expr: ALERTS, eval_time: 4m}
";
    assert_eq!(failures(rules, test), NONE);
}

#[test]
fn limits_offsets_and_clashes() {
    let rules =
        |rule: &str| format!("groups:\n- name: g\n  limit: 1\n  query_offset: 1m\n  rules:\n  - {rule}\n");
    let test = "\
tests:
- input_series: [{series: 'a{x=\"1\"}', values: 1 2}, {series: 'a{x=\"2\"}', values: _ 3}]
  promql_expr_test:
  - {expr: r, eval_time: 2m, exp_samples: [{labels: r, value: 5}]}
";
    assert_eq!(failures(&rules("{record: r, expr: sum(a)}"), test), NONE);
    assert_eq!(
        failures(&rules("{record: r, expr: a}"), test),
        ["2: rule r failed at 2m: exceeded limit of 1 with 2 series"]
    );
    assert_eq!(
        failures(&rules("{alert: r, expr: a}"), test),
        ["2: rule r failed at 2m: exceeded limit of 1 with 2 alerts"]
    );
    assert_eq!(
        failures(&rules("{alert: r, expr: a, labels: {x: ''}}"), test),
        [
            "2: rule r failed at 2m: vector contains metrics with the same labelset after applying alert labels"
        ]
    );
    assert_eq!(
        failures(&rules("{record: r, expr: a, labels: {x: y}}"), test),
        ["2: rule r failed at 2m: vector contains metrics with the same labelset after applying rule labels"]
    );
}

#[test]
fn a_broken_template_of_a_group_shows_in_the_label() {
    let rules = "groups:\n- name: g\n  labels: {x: '{{ nope }}'}\n  rules: [{alert: A, expr: a}]\n";
    let test = "\
tests:
- input_series: [{series: a, values: 1}]
  alert_rule_test:
  - eval_time: 0
    alertname: A
    exp_alerts:
    - exp_labels:
        x: '<error expanding template: error parsing template __alert_A: template: __alert_A:1: function \"nope\" not defined>'
";
    assert_eq!(failures(rules, test), NONE);
}

#[test]
fn groups_are_evaluated_in_the_order_asked_for() {
    let rules = "\
groups:
- name: second
  rules: [{record: c, expr: b}]
- name: first
  rules: [{record: b, expr: a}]
";
    let test = |order: &str| {
        format!(
            "{order}\ntests:\n- input_series: [{{series: a, values: 1}}]\n  promql_expr_test:\n  \
             - {{expr: c, eval_time: 0, exp_samples: [{{labels: c, value: 1}}]}}\n"
        )
    };
    assert_eq!(failures(rules, &test("group_eval_order: [first, second]")), NONE);
    assert_eq!(failures(rules, &test("")), ["5: expr c at 0s: missing     c 1"]);
}

#[test]
fn an_empty_line_among_the_values_ends_the_series_as_for_promtool() {
    let test = "\
tests:
- input_series: [{series: a, values: \"1\\n\\n\"}, {series: b, values: 1}]
  promql_expr_test:
  - {expr: a or b, eval_time: 0, exp_samples: [{labels: a, value: 1}]}
";
    assert_eq!(failures("groups: []", test), NONE);
}

#[test]
fn samples_half_a_day_behind_the_newest_are_out_of_bounds() {
    let rules = |offset: &str| {
        format!("groups:\n- name: g\n  query_offset: {offset}\n  rules:\n  - {{record: r, expr: a}}\n")
    };
    let test = |last: usize| {
        format!(
            "evaluation_interval: 1h\ntests:\n- input_series: [{{series: a, values: 1}}, {{series: b, values: 1x{last}}}]\n  \
             promql_expr_test: [{{expr: 'count_over_time(r[40h])', eval_time: 20h, exp_samples: [{{value: 1}}]}}]\n"
        )
    };
    assert_eq!(failures(&rules("13h"), &test(12)), NONE);
    assert_eq!(failures(&rules("13h"), &test(14)), ["3: rule r failed at 13h: out of bounds"]);
    assert_eq!(failures(&rules("12h"), &test(14)), NONE);
}
