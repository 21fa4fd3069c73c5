//! Where groups are found, and what is found wrong with them, at which place.

use promql::Engine;
use promql::rules::{ReadOptions, Reading, read};

fn reading(text: &str) -> Reading {
    read(text, &Engine::default(), ReadOptions::default())
}

/// The groups and their numbers of rules.
fn groups(text: &str) -> String {
    let reading = reading(text);
    assert_eq!(reading.findings, [], "{text}");
    let group = |group: &promql::rules::Group| format!("{}:{}", group.name, group.rules.len());
    reading.file.groups.iter().map(group).collect::<Vec<_>>().join(" ")
}

/// Codes and places of all findings.
fn findings(text: &str) -> Vec<String> {
    let place = |finding: &promql::diagnostic::Diagnostic| {
        let (line, column) = finding.labels[0].0.line_column(text);
        format!("{line}:{column} {}", finding.code)
    };
    reading(text).findings.iter().map(place).collect()
}

const GROUP: &str = "groups: [{name: a, rules: [{record: x, expr: '1'}]}]";

#[test]
fn groups_are_found_in_every_form() {
    assert_eq!(groups(""), "");
    assert_eq!(groups("groups:\n"), "");
    assert_eq!(groups(GROUP), "a:1");
    assert_eq!(groups(&format!("{GROUP}\n---\n{GROUP}\n")), "a:1 a:1");
    let crd = format!("apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nspec: {{{GROUP}}}\n");
    assert_eq!(groups(&crd), "a:1");
    assert_eq!(groups("apiVersion: v1\nkind: Service\n---\n"), "");
    assert_eq!(
        groups(&format!("apiVersion: v1\nkind: List\nitems:\n- spec: {{{GROUP}}}\n- spec: {{{GROUP}}}\n")),
        "a:1 a:1"
    );
    assert_eq!(groups(&format!("prometheus:\n  additional:\n  - {{{GROUP}}}\n")), "a:1");
    let map =
        format!("apiVersion: v1\nkind: ConfigMap\ndata:\n  a.yml: |\n    {GROUP}\n  b.txt: 'groups: x: y'\n");
    assert_eq!(groups(&map), "a:1");
}

#[test]
fn aliases_and_merged_maps_are_followed() {
    let text = "\
groups:
- name: a
  rules:
  - &base {alert: A, expr: up == 0, labels: &labels {severity: page}}
  - {<<: *base, alert: B, for: 1m}
  - alert: C
    expr: up == 1
    labels: {<<: [*labels, {severity: info, team: x}]}
";
    assert_eq!(groups(text), "a:3");
    let file = reading(text).file;
    let labels = |rule: usize| file.groups[0].rules[rule].all_labels(&file.groups[0]).to_string();
    assert_eq!(
        (labels(1), labels(2)),
        ("{severity=\"page\"}".into(), "{severity=\"page\", team=\"x\"}".into())
    );
    assert_eq!(file.groups[0].rules[1].hold, 60_000);
}

#[test]
fn every_finding_has_its_place() {
    let text = "\
groups:
- name: a
  interval: 5
  rules:
  - record: x
    record: y
    expr: [1]
  - alert: z
    expr: |
      sum(
        rate(foo[5m]
      )
    annotations: {summary: '{{ $lables.x }}'}
    anotations: {}
  - {record: 'a{}', expr: '1', for: 1m, labels: {__name__: x}}
  - {expr: a}
- name: a
";
    let expected = [
        "3:13 duration",
        "6:5 duplicate-key",
        "7:11 yaml-type",
        "10:10 unclosed-bracket",
        "13:39 template",
        "14:5 unknown-field",
        "15:14 recording-rule",
        "15:14 recording-rule",
        "15:50 label-name",
        "16:5 rule-kind",
        "17:3 group-name",
    ];
    assert_eq!(findings(text), expected);
}

#[test]
fn places_inside_a_config_map_are_those_of_the_file() {
    let text = "\
kind: ConfigMap
data:
  a.yml: |
    groups:
    - name: a
      rules:
      - record: x
        expr: |
          sum(
            raet(x[5m]))
";
    assert_eq!(findings(text), ["10:13 unknown-function"]);
}

#[test]
fn fields_of_others_are_refused_by_name() {
    let text = "\
namespace: team
groups:
- name: a
  partial_response_strategy: abort
  source_tenants: [a]
  rules: []
";
    assert_eq!(findings(text), ["1:1 foreign-field", "4:3 foreign-field", "5:3 foreign-field"]);
    assert!(reading(text).findings[1].message.contains("Thanos"));
    let options = ReadOptions { ignore_unknown_fields: true, ..ReadOptions::default() };
    assert_eq!(read(text, &Engine::default(), options).findings, []);
}

#[test]
fn comments_may_be_as_many_as_they_like() {
    let text = format!("groups:\n{}- name: a\n  rules: []\n", "# comment\n".repeat(200));
    assert_eq!(findings(&text), [""; 0]);
    assert_eq!(findings(&text.replace("rules: []", "rules: !!seq []")), [""; 0]);
}

/// As for the library that Prometheus reads YAML with.
#[test]
fn a_block_that_the_file_ends_in_has_no_line_end() {
    let text = |end: &str| format!("groups:\n- name: a\n  rules:\n  - record: b\n    expr: |\n      up{end}");
    let expr = |end: &str| {
        reading(&text(end)).file.groups[0].rules[0].expr.as_ref().map(|expr| expr.as_str().to_owned())
    };
    assert_eq!(expr("").as_deref(), Some("up"));
    assert_eq!(expr("\n").as_deref(), Some("up\n"));
}

#[test]
fn what_is_no_rule_file_says_so() {
    assert_eq!(findings("tests: []\n"), ["1:1 unknown-field"]);
    assert_eq!(findings("- groups\n"), ["1:1 yaml-type"]);
    assert_eq!(findings("groups:\n- name: a\n\trules: []\n")[0].split(' ').next_back(), Some("yaml-syntax"));
    let options = ReadOptions { ignore_unknown_fields: true, ..ReadOptions::default() };
    assert!(!read("tests: []\n", &Engine::default(), options).has_errors());
}

#[test]
fn exploding_aliases_end() {
    let rules = ["*r"; 3000].join(",");
    let groups = ["{name: a, rules: *rs}"; 3000].join(",");
    let text = format!("x: [&r {{record: x, expr: '1'}}]\ny: &rs [{rules}]\ngroups: [{groups}]\n");
    assert!(findings(&text).iter().any(|finding| finding.ends_with("yaml-aliases")));
}
