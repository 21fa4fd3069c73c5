//! From text to test files. Unknown fields are errors, as they are for promtool.

use super::file::{AlertCase, ExpectedAlert, ExpectedSample, ExprCase, InputSeries, TestFile, TestGroup};
use crate::diagnostic::Diagnostic;
use crate::model::{Labels, Millis, number};
use crate::rules::decode::{Decoder, Shape};
use crate::rules::fault;
use crate::rules::yaml::{NodeId, Text, parse};
use std::collections::BTreeMap;

const FILE: Shape = Shape {
    what: "a test file",
    fields: &["rule_files", "evaluation_interval", "group_eval_order", "tests", "fuzzy_compare"],
    foreign: &[],
};
const TEST: Shape = Shape {
    what: "a test",
    fields: &[
        "name",
        "interval",
        "start_timestamp",
        "input_series",
        "alert_rule_test",
        "promql_expr_test",
        "external_labels",
        "external_url",
    ],
    foreign: &[],
};
const SERIES: Shape = Shape { what: "an input series", fields: &["series", "values"], foreign: &[] };
const ALERT_CASE: Shape =
    Shape { what: "an alert test", fields: &["eval_time", "alertname", "exp_alerts"], foreign: &[] };
const EXPECTED_ALERT: Shape =
    Shape { what: "an expected alert", fields: &["exp_labels", "exp_annotations"], foreign: &[] };
const EXPR_CASE: Shape =
    Shape { what: "an expression test", fields: &["expr", "eval_time", "exp_samples"], foreign: &[] };
const EXPECTED_SAMPLE: Shape =
    Shape { what: "an expected sample", fields: &["labels", "value", "histogram"], foreign: &[] };

const DEFAULT_INTERVAL: Millis = 60_000;

/// Reads a test file; of several documents the first.
///
/// # Errors
/// Everything that is wrong with it, in the order of the file.
pub fn read(text: &str) -> Result<TestFile, Vec<Diagnostic>> {
    let (tree, broken) = parse(text);
    if let Some(broken) = broken {
        return Err(vec![fault::error("yaml-syntax", broken.span, broken.message)]);
    }
    let mut decoder = Decoder::new(&tree, false);
    let file = tree.roots.first().and_then(|root| read_file(&mut decoder, *root));
    let mut findings = decoder.findings;
    if fault::any_error(&findings) {
        fault::sort(&mut findings);
        return Err(findings);
    }
    Ok(file.unwrap_or_else(|| TestFile { evaluation_interval: DEFAULT_INTERVAL, ..TestFile::default() }))
}

/// True if a text looks like a test file rather than a script: it is YAML with one of the fields of one.
#[must_use]
pub fn is_test_file(text: &str) -> bool {
    let keys = FILE.fields.iter().chain(&["groups", "apiVersion"]);
    text.lines().any(|line| {
        keys.clone().any(|key| line.strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with(':')))
    })
}

fn read_file(decoder: &mut Decoder<'_>, root: NodeId) -> Option<TestFile> {
    let fields = decoder.fields(root, &FILE)?;
    let texts = |decoder: &mut Decoder<'_>, name: &str| -> Vec<Text> {
        let items = decoder.list(fields.get(name), name);
        items.into_iter().filter_map(|id| decoder.text(Some(id), name)).collect()
    };
    let rule_files = texts(decoder, "rule_files");
    let mut group_eval_order: Vec<String> = Vec::new();
    for name in texts(decoder, "group_eval_order") {
        if group_eval_order.iter().any(|known| known == name.as_str()) {
            let message = format!("group name repeated in evaluation order: {}", name.as_str());
            decoder.error("group-order", name.span(), message);
        }
        group_eval_order.push(name.as_str().to_owned());
    }
    let interval = decoder.duration(fields.get("evaluation_interval"), "evaluation_interval");
    let mut file = TestFile {
        rule_files,
        evaluation_interval: interval.filter(|interval| *interval != 0).unwrap_or(DEFAULT_INTERVAL),
        group_eval_order,
        fuzzy_compare: decoder.boolean(fields.get("fuzzy_compare"), "fuzzy_compare").unwrap_or(false),
        tests: Vec::new(),
    };
    for id in decoder.list(fields.get("tests"), "tests") {
        file.tests.extend(read_test(decoder, id, file.evaluation_interval));
    }
    Some(file)
}

fn read_test(decoder: &mut Decoder<'_>, id: NodeId, default_interval: Millis) -> Option<TestGroup> {
    let fields = decoder.fields(id, &TEST)?;
    let owned = |text: Option<Text>| text.map(|text| text.as_str().to_owned()).unwrap_or_default();
    let interval = decoder.duration(fields.get("interval"), "interval").filter(|interval| *interval != 0);
    let mut test = TestGroup {
        span: decoder.tree.span(id),
        name: owned(decoder.text(fields.get("name"), "name")),
        interval: interval.unwrap_or(default_interval),
        start: start_timestamp(decoder, fields.get("start_timestamp")),
        input_series: Vec::new(),
        alerts: Vec::new(),
        exprs: Vec::new(),
        external_labels: labels(&decoder.pairs(fields.get("external_labels"), "external_labels")),
        external_url: owned(decoder.text(fields.get("external_url"), "external_url")),
    };
    for id in decoder.list(fields.get("input_series"), "input_series") {
        let Some(fields) = decoder.fields(id, &SERIES) else { continue };
        test.input_series.push(InputSeries {
            span: decoder.tree.span(id),
            series: decoder.text(fields.get("series"), "series"),
            values: decoder.text(fields.get("values"), "values"),
        });
    }
    for id in decoder.list(fields.get("alert_rule_test"), "alert_rule_test") {
        test.alerts.extend(read_alert_case(decoder, id));
    }
    for id in decoder.list(fields.get("promql_expr_test"), "promql_expr_test") {
        test.exprs.extend(read_expr_case(decoder, id));
    }
    Some(test)
}

fn read_alert_case(decoder: &mut Decoder<'_>, id: NodeId) -> Option<AlertCase> {
    let fields = decoder.fields(id, &ALERT_CASE)?;
    let name = decoder.text(fields.get("alertname"), "alertname");
    let mut case = AlertCase {
        span: decoder.tree.span(id),
        eval_time: decoder.duration(fields.get("eval_time"), "eval_time").unwrap_or(0),
        alertname: name.map(|name| name.as_str().to_owned()).unwrap_or_default(),
        expected: Vec::new(),
    };
    for id in decoder.list(fields.get("exp_alerts"), "exp_alerts") {
        let Some(fields) = decoder.fields(id, &EXPECTED_ALERT) else { continue };
        case.expected.push(ExpectedAlert {
            span: decoder.tree.span(id),
            labels: map(decoder.pairs(fields.get("exp_labels"), "exp_labels")),
            annotations: map(decoder.pairs(fields.get("exp_annotations"), "exp_annotations")),
        });
    }
    Some(case)
}

fn read_expr_case(decoder: &mut Decoder<'_>, id: NodeId) -> Option<ExprCase> {
    let fields = decoder.fields(id, &EXPR_CASE)?;
    let mut case = ExprCase {
        span: decoder.tree.span(id),
        expr: decoder.text(fields.get("expr"), "expr"),
        eval_time: decoder.duration(fields.get("eval_time"), "eval_time").unwrap_or(0),
        expected: Vec::new(),
    };
    for id in decoder.list(fields.get("exp_samples"), "exp_samples") {
        let Some(fields) = decoder.fields(id, &EXPECTED_SAMPLE) else { continue };
        case.expected.push(ExpectedSample {
            span: decoder.tree.span(id),
            labels: decoder.text(fields.get("labels"), "labels"),
            value: decoder.float(fields.get("value"), "value").unwrap_or(0.0),
            histogram: decoder
                .text(fields.get("histogram"), "histogram")
                .filter(|text| !text.as_str().is_empty()),
        });
    }
    Some(case)
}

/// Unix seconds or RFC 3339.
fn start_timestamp(decoder: &mut Decoder<'_>, id: Option<NodeId>) -> Millis {
    let Some(text) = decoder.text(id, "start_timestamp") else { return 0 };
    #[expect(clippy::cast_possible_truncation, reason = "saturates")]
    if let Some(seconds) = number::parse_float(text.as_str()) {
        return (seconds * 1000.0).floor() as Millis;
    }
    match chrono::DateTime::parse_from_rfc3339(text.as_str()) {
        Ok(time) => time.timestamp_millis(),
        Err(_) => {
            let message = format!("cannot parse {:?} to a valid timestamp", text.as_str());
            decoder.error("timestamp", text.span(), message);
            0
        }
    }
}

fn map(pairs: Vec<(Text, Text)>) -> BTreeMap<String, String> {
    pairs.into_iter().map(|(name, value)| (name.as_str().to_owned(), value.as_str().to_owned())).collect()
}

fn labels(pairs: &[(Text, Text)]) -> Labels {
    Labels::from_pairs(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())))
}
