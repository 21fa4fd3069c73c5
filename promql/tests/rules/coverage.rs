//! Which rules and branches tests reach.

use promql::rules::unit_test::{Coverage, Suite, read};
use promql::rules::{self, ReadOptions};
use promql::{Engine, EngineOptions};

/// What is missed of `rules` (indented by two) by one test with these series and expectations.
fn missed(rules: &str, series: &str, expectations: &str) -> Vec<String> {
    let engine = Engine::new(EngineOptions { threads: 1, ..EngineOptions::default() });
    let rules = format!("groups:\n- name: g\n  rules:\n{rules}");
    let reading = rules::read(&rules, &engine, ReadOptions::default());
    assert_eq!(reading.findings, []);
    let test = format!("tests:\n- input_series: [{series}]\n{expectations}");
    let file = read(&test).unwrap_or_else(|findings| panic!("{findings:?}"));
    let loaded = [reading.file];
    let suite = Suite { text: &test, file: &file, rules: &loaded, engine: &engine, dump: false };
    let mut coverage = Coverage::new(&loaded[0], &rules);
    for test in &file.tests {
        let (report, reached) = suite.run_covered(test);
        assert!(report.failures.is_empty(), "{report:?}");
        coverage.add(0, &reached);
    }
    let mut missed = Vec::new();
    for rule in &coverage.rules {
        if rule.tests == 0 {
            missed.push(rule.name.clone());
            continue;
        }
        for branch in rule.branches.iter().filter(|branch| branch.tests == 0) {
            let operator = &rules[branch.span.range()];
            missed.push(format!("{} {operator} {}", rule.name, branch.branch.as_str()));
        }
    }
    missed
}

const NONE: [&str; 0] = [];

/// An expectation about an expression that is empty.
fn nothing(expr: &str, minute: u32) -> String {
    format!("  promql_expr_test: [{{expr: '{expr}', eval_time: {minute}m}}]\n")
}

#[test]
fn rules_need_data_and_somebody_who_looks() {
    let rules = "  - {record: a, expr: in}\n  - {record: b, expr: a}\n  - {record: c, expr: other}\n";
    let series = "{series: in, values: 1}";
    assert_eq!(missed(rules, series, &nothing("b > 1", 0)), ["c"]);
    assert_eq!(missed(rules, series, &nothing("a > 1", 0)), ["b", "c"]);
    assert_eq!(missed(rules, series, &nothing("c > 1", 0)), ["a", "b", "c"]);
    assert_eq!(missed(rules, "", &nothing("b", 0)), ["a", "b", "c"]);
}

#[test]
fn alerts_have_states() {
    let rules = "  - {alert: A, expr: in, for: 2m}\n";
    let fires = |values: &str, minute: u32, fires: &str| {
        let case = format!("  - {{alertname: A, eval_time: {minute}m, exp_alerts: [{fires}]}}\n");
        missed(rules, &format!("{{series: in, values: '{values}'}}"), &format!("  alert_rule_test:\n{case}"))
    };
    assert_eq!(fires("1x9", 1, ""), ["A A firing", "A A resolved"]);
    assert_eq!(fires("1x9", 3, "{}"), ["A A resolved"]);
    assert_eq!(fires("1 stale", 3, ""), ["A A firing", "A A resolved"]);
    assert_eq!(fires("1 1 1 1 stale", 4, ""), NONE);
    // Without `for` nothing is ever pending.
    let series = "{series: in, values: 1 stale}";
    let expectation = "  alert_rule_test: [{alertname: B, eval_time: 1m}]\n";
    assert_eq!(missed("  - {alert: B, expr: in}\n", series, expectation), NONE);
}

#[test]
fn filters_keep_and_drop() {
    let one = |expr: &str, series: &str| {
        missed(&format!("  - {{record: r, expr: '{expr}'}}\n"), series, &nothing("r == 42", 1))
    };
    let a = |values: &str| format!("{{series: 'a{{x=\"1\"}}', values: '{values}'}}");
    assert_eq!(one("a > 1", &a("2 2")), ["r > dropped"]);
    assert_eq!(one("a > 1", &a("1 1")), ["r > kept"]);
    assert_eq!(one("a > 1", &a("1 2")), NONE);
    assert_eq!(one("1 < a", &a("1 2")), NONE);
    assert_eq!(one("1 < a", &a("2 2")), ["r < dropped"]);
    // Without samples nothing is dropped.
    assert_eq!(one("a > 1", &a("_ 2")), ["r > dropped"]);
    assert_eq!(one("a > bool 1", &a("1")), NONE);
    // Two series go both ways at once.
    let both = format!("{}, {{series: 'a{{x=\"2\"}}', values: 1}}", a("2"));
    assert_eq!(one("a > 1", &both), NONE);

    let b = format!("{}, {{series: 'b{{x=\"1\"}}', values: '_ 1'}}", a("1 1"));
    assert_eq!(one("a and b", &b), NONE);
    assert_eq!(one("a unless b", &b), NONE);
    assert_eq!(one("b and a", &b), ["r and dropped"]);
    assert_eq!(one("b unless a", &b), ["r unless kept"]);
    assert_eq!(one("a or b", &b), ["r or right"]);
    assert_eq!(one("b or a", &b), NONE);
    assert_eq!(one("b * on (x) group_right () a > 0", &b), ["r > dropped"]);
    assert_eq!(one("b < on (x) group_right () a", &b), ["r < kept"]);
}

#[test]
fn operators_have_places_and_order() {
    let rules = "  - record: r\n    expr: |\n      (a > 1 or a < 5)\n        and (a == 7)\n";
    let got = missed(rules, "{series: a, values: 2}", &nothing("r", 0));
    assert_eq!(got, ["r > dropped", "r or right", "r < dropped", "r and kept", "r == kept"]);
    // Inside a subquery an operator is evaluated at other times than the rule.
    let rules = "  - {record: r, expr: 'max_over_time((a > 1)[5m:1m])'}\n";
    assert_eq!(missed(rules, "{series: a, values: 0}", &nothing("r", 0)), NONE);
}

#[test]
fn offsets_of_groups_are_respected() {
    let rules = "  - {record: r, expr: a > 1}\n  query_offset: 1m\n";
    assert_eq!(missed(rules, "{series: a, values: 1 2}", &nothing("r", 1)), ["r > kept"]);
    let late = "  promql_expr_test: [{expr: count(r), eval_time: 2m, exp_samples: [{value: 1}]}]\n";
    assert_eq!(missed(rules, "{series: a, values: 1 2}", late), NONE);
}
