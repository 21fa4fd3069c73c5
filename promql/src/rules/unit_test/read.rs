//! From text to test files. Unknown fields are errors, as they are for promtool.

use super::expect::Tolerance;
use super::file::{InputSeries, TestFile, TestGroup};
use super::read_case::{Defaults, alert_case, expr_case, tolerance};
use super::repeat::read_repeat;
use crate::diagnostic::Diagnostic;
use crate::model::{Labels, Millis, number};
use crate::rules::decode::{Decoder, Shape};
use crate::rules::fault;
use crate::rules::yaml::{NodeId, Text, Value, parse};

const FILE: Shape = Shape {
    what: "a test file",
    fields: &[
        "rule_files",
        "evaluation_interval",
        "group_eval_order",
        "tests",
        "fuzzy_compare",
        "tolerance",
        "use_group_intervals",
        "strict",
    ],
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
        "tolerance",
        "use_group_intervals",
    ],
    foreign: &[],
};
const SERIES: Shape =
    Shape { what: "an input series", fields: &["series", "values", "repeat"], foreign: &[] };
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

/// True if a text looks like a test file rather than a script: it is YAML with one of the fields of one, or JSON.
#[must_use]
pub fn is_test_file(text: &str) -> bool {
    let keys = FILE.fields.iter().chain(&["groups", "apiVersion"]);
    let is_key = |line: &str, key: &str| {
        let rest = line.trim_start_matches([' ', '"', '\'']).strip_prefix(key);
        let rest = rest.and_then(|rest| rest.trim_start_matches(['"', '\'', ' ']).strip_prefix(':'));
        // Names of series may hold colons.
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r']))
    };
    text.trim_start().starts_with('{') || text.lines().any(|line| keys.clone().any(|key| is_key(line, key)))
}

fn read_file(decoder: &mut Decoder<'_>, root: NodeId) -> Option<TestFile> {
    let tree = decoder.tree;
    if let Value::Map(entries) = tree.value(root)
        && let Some((key, _)) =
            entries.iter().find(|(key, _)| tree.text(*key).is_some_and(|key| key.as_str() == "groups"))
        && tree.get(root, "tests").is_none()
    {
        let mut finding =
            fault::error("no-test-file", tree.span(*key), "this is a file of rules, not of their tests");
        let help = "check it with `promql check rules`; test files name it in their `rule_files`";
        finding.help = Some(help.to_owned());
        decoder.findings.push(finding);
        return None;
    }
    let fields = decoder.fields(root, &FILE)?;
    let texts = |decoder: &mut Decoder<'_>, name: &str| -> Vec<Text> {
        let items = decoder.list(fields.get(name), name);
        items.into_iter().filter_map(|id| decoder.text(Some(id), name)).collect()
    };
    let rule_files = texts(decoder, "rule_files");
    let mut group_eval_order: Vec<Text> = Vec::new();
    for name in texts(decoder, "group_eval_order") {
        if group_eval_order.iter().any(|known| known.as_str() == name.as_str()) {
            let message = format!("group name repeated in evaluation order: {}", name.as_str());
            decoder.error("group-order", name.span(), message);
        }
        group_eval_order.push(name);
    }
    let interval = decoder.duration(fields.get("evaluation_interval"), "evaluation_interval");
    let mut flag = |name: &str| decoder.boolean(fields.get(name), name).unwrap_or(false);
    let (is_fuzzy, use_group_intervals, strict) =
        (flag("fuzzy_compare"), flag("use_group_intervals"), flag("strict"));
    let exactness = if is_fuzzy { Tolerance::LastBit } else { Tolerance::Exact };
    let tolerance = tolerance(decoder, &fields).unwrap_or(exactness);
    let mut file = TestFile {
        rule_files,
        evaluation_interval: interval.filter(|interval| *interval != 0).unwrap_or(DEFAULT_INTERVAL),
        group_eval_order,
        strict,
        tests: Vec::new(),
    };
    let defaults = Defaults { tolerance, step: file.evaluation_interval };
    for id in decoder.list(fields.get("tests"), "tests") {
        file.tests.extend(read_test(decoder, id, defaults, use_group_intervals));
    }
    Some(file)
}

fn read_test(
    decoder: &mut Decoder<'_>,
    id: NodeId,
    mut defaults: Defaults,
    use_group_intervals: bool,
) -> Option<TestGroup> {
    let fields = decoder.fields(id, &TEST)?;
    defaults.tolerance = tolerance(decoder, &fields).unwrap_or(defaults.tolerance);
    let owned = |text: Option<Text>| text.map(|text| text.as_str().to_owned()).unwrap_or_default();
    let interval = decoder.duration(fields.get("interval"), "interval").filter(|interval| *interval != 0);
    let mut test = TestGroup {
        span: decoder.tree.span(id),
        name: owned(decoder.text(fields.get("name"), "name")),
        interval: interval.unwrap_or(defaults.step),
        use_group_intervals: decoder
            .boolean(fields.get("use_group_intervals"), "use_group_intervals")
            .unwrap_or(use_group_intervals),
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
            repeat: read_repeat(decoder, fields.get("repeat")),
        });
    }
    for id in decoder.list(fields.get("alert_rule_test"), "alert_rule_test") {
        test.alerts.extend(alert_case(decoder, id));
    }
    for id in decoder.list(fields.get("promql_expr_test"), "promql_expr_test") {
        test.exprs.extend(expr_case(decoder, id, defaults));
    }
    Some(test)
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

fn labels(pairs: &[(Text, Text)]) -> Labels {
    Labels::from_pairs(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())))
}
