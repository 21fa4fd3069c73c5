//! The queries of Prometheus' benchmarks and of Thanos' list.

use promql::model::Millis;

const SHORT_AND_LONG: &[Millis] = &[1, 1000];
const ALL: &[Millis] = &[1, 1000, 10_000];
const LONGEST: &[Millis] = &[10_000];

/// The expressions of the range query benchmark with their numbers of steps. `X` stands for the metrics of one series
/// and of a hundred.
const RANGE: &[(&str, &[Millis])] = &[
    ("a_X", SHORT_AND_LONG),
    ("rate(a_X[1m])", ALL),
    ("rate(sparse[1m])", LONGEST),
    ("rate(a_X[1m] smoothed)", ALL),
    ("rate(sparse[1m] smoothed)", LONGEST),
    ("double_exponential_smoothing(a_X[1d], 0.3, 0.3)", SHORT_AND_LONG),
    ("changes(a_X[1d])", SHORT_AND_LONG),
    ("rate(a_X[1d])", SHORT_AND_LONG),
    ("absent_over_time(a_X[1d])", SHORT_AND_LONG),
    ("-a_X", SHORT_AND_LONG),
    ("a_X - b_X", ALL),
    ("a_X and b_X{l=~'.*[0-4]$'}", SHORT_AND_LONG),
    ("a_X or b_X{l=~'.*[0-4]$'}", SHORT_AND_LONG),
    ("a_X unless b_X{l=~'.*[0-4]$'}", SHORT_AND_LONG),
    ("a_X and b_X{l='notfound'}", SHORT_AND_LONG),
    ("abs(a_X)", SHORT_AND_LONG),
    ("label_replace(a_X, 'l2', '$1', 'l', '(.*)')", SHORT_AND_LONG),
    ("label_join(a_X, 'l2', '-', 'l', 'l')", SHORT_AND_LONG),
    ("sum(a_X)", SHORT_AND_LONG),
    ("avg(a_X)", SHORT_AND_LONG),
    ("sum without (l)(h_X)", SHORT_AND_LONG),
    ("sum without (le)(h_X)", SHORT_AND_LONG),
    ("sum by (l)(h_X)", SHORT_AND_LONG),
    ("sum by (le)(h_X)", SHORT_AND_LONG),
    ("count_values('value', h_X)", &[100]),
    ("topk(1, a_X)", SHORT_AND_LONG),
    ("topk(5, a_X)", SHORT_AND_LONG),
    ("limitk(1, a_X)", SHORT_AND_LONG),
    ("limitk(5, a_X)", SHORT_AND_LONG),
    ("limit_ratio(0.1, a_X)", SHORT_AND_LONG),
    ("limit_ratio(0.5, a_X)", SHORT_AND_LONG),
    ("limit_ratio(-0.5, a_X)", SHORT_AND_LONG),
    ("rate(a_X[1m]) + rate(b_X[1m])", SHORT_AND_LONG),
    ("sum without (l)(rate(a_X[1m]))", SHORT_AND_LONG),
    ("sum without (l)(rate(a_X[1m])) / sum without (l)(rate(b_X[1m]))", SHORT_AND_LONG),
    ("histogram_quantile(0.9, rate(h_X[5m]))", SHORT_AND_LONG),
    ("a_X + on(l) group_right a_one", SHORT_AND_LONG),
    (r#"count({__name__!=""})"#, &[1]),
    (r#"count({__name__!="",l=""})"#, &[1]),
    ("quantile_over_time(time() % 100 / 100, a_X[1m:10s] @ 86400)", SHORT_AND_LONG),
    ("timestamp(a_X)", SHORT_AND_LONG),
];

/// The queries of the range query benchmark, each with its number of steps.
pub fn range() -> impl Iterator<Item = (String, Millis)> {
    RANGE.iter().flat_map(|(expr, steps)| {
        let sizes: &[&str] = if expr.contains('X') { &["one", "hundred"] } else { &[""] };
        sizes.iter().flat_map(move |size| steps.iter().map(move |&steps| (expr.replace('X', size), steps)))
    })
}

/// The queries of the join benchmark.
pub const JOIN: &[&str] = &[
    "rpc_request_success_total + rpc_request_error_total",
    "rpc_request_success_total + ON (job, instance) GROUP_LEFT rpc_request_error_total",
    r#"rpc_request_success_total AND rpc_request_error_total{instance=~"0.*"}"#,
    r#"rpc_request_success_total OR rpc_request_error_total{instance=~"0.*"}"#,
    r#"rpc_request_success_total UNLESS rpc_request_error_total{instance=~"0.*"}"#,
];

/// The queries of the benchmark of exponential histograms.
pub const NATIVE: &[&str] = &[
    "sum(native_histogram_series)",
    "sum(rate(native_histogram_series[2m]))",
    "sum(rate(native_histogram_series[20m]))",
    "histogram_count(sum(rate(native_histogram_series[2m])))",
    "histogram_count(sum(rate(native_histogram_series[20m])))",
    "histogram_count(sum(rate(native_histogram_series[2m]))) + histogram_sum(sum(rate(native_histogram_series[2m])))",
    "histogram_count(sum(rate(native_histogram_series[20m]))) + histogram_sum(sum(rate(native_histogram_series[20m])))",
    "sum(timestamp(native_histogram_series))",
];

/// The queries of the benchmark of histograms with custom buckets.
pub const CUSTOM: &[&str] = &[
    "sum(native_histogram_custom_bucket_series)",
    "sum(rate(native_histogram_custom_bucket_series[2m]))",
    "sum(rate(native_histogram_custom_bucket_series[20m]))",
    "histogram_count(sum(rate(native_histogram_custom_bucket_series[2m])))",
    "histogram_count(sum(rate(native_histogram_custom_bucket_series[20m])))",
];

/// The queries of the benchmark of `info`.
pub const INFO: &[&str] = &[
    r#"rate(http_server_request_duration_seconds_count[2m]) * on (job, instance) group_left (k8s_cluster_name) target_info{k8s_cluster_name="us-east"}"#,
    r#"info(rate(http_server_request_duration_seconds_count[2m]), {k8s_cluster_name="us-east"})"#,
    "sum by (k8s_cluster_name, http_status_code) (rate(http_server_request_duration_seconds_count[2m]) * on (job, instance) group_left (k8s_cluster_name) target_info)",
    r#"sum by (k8s_cluster_name, http_status_code) (info(rate(http_server_request_duration_seconds_count[2m]), {k8s_cluster_name=~".+"}))"#,
];

/// Thanos' list of range queries; `X` stands for `http_requests_total`.
const LIST: &[&str] = &[
    "X",
    "sum(X)",
    "sum by (pod) (X)",
    "topk(2, X)",
    "bottomk(2, X)",
    "limitk(2, X)",
    "limit_ratio(0.2, X)",
    "rate(X[1m])",
    "sum_over_time(rate(X[1m])[10m:1m])",
    "sum(rate(X[1m]))",
    "sum by (pod) (rate(X[1m]))",
    "quantile by (pod) (scalar(min(X)), X)",
    r#"X{container="c1"} / ignoring (container) http_responses_total"#,
    "X / on (pod) group_left () http_responses_total",
    "X * 10",
    "-X",
    "X > 10",
    "X offset 5m",
    "X @ 600",
    "X @ 600 offset 5m",
    "clamp(X, 5, 10)",
    "clamp_min(X, 10)",
    "clamp(1 - X, 10 - 5, 10)",
    "clamp(irate(X[30s]), 10 - 5, 10)",
    "clamp(rate(X[30s]), 10 - 5, 10)",
    "histogram_quantile(0.9, http_response_seconds_bucket)",
    "sort(X)",
    "sort_desc(X)",
    "absent(X)",
    "absent(nonexistent)",
    "double_exponential_smoothing(X[1m], 0.1, 0.1)",
    "stdvar_over_time(X[5m])",
    "last_over_time(X[5m])",
    "present_over_time(X[5m])",
];

/// The functions of windows in Thanos' list that are run over several lengths of windows, and these.
const LIST_WINDOWS: (&[&str], &[&str]) =
    (&["count", "sum", "avg", "min", "max", "stddev"], &["5m", "1h", "6h"]);

/// The queries of Thanos' list.
pub fn list() -> impl Iterator<Item = String> {
    let (functions, windows) = LIST_WINDOWS;
    let over = functions.iter().flat_map(move |function| {
        windows.iter().map(move |window| format!("{function}_over_time(X[{window}])"))
    });
    LIST.iter().map(|&expr| expr.to_owned()).chain(over).map(|expr| expr.replace('X', "http_requests_total"))
}

/// The query of Thanos' list that has a step of its own.
pub const LIST_WIDE: &str = "rate(http_requests_total[10m])";

/// The query of Thanos' benchmark of a single large query.
pub const SINGLE: &str = "sum(rate(http_requests_total[2m]))";

/// The inputs of the parser benchmark; the last six are errors.
pub const PARSER: &[&str] = &[
    "a",
    "metric",
    "1",
    "1 >= bool 1",
    "1 + 2/(3*1)",
    "foo or bar",
    "foo and bar unless baz or qux",
    "bar + on(foo) bla / on(baz, buz) group_right(test) blub",
    "foo / ignoring(test,blub) group_left(blub) bar",
    "foo - ignoring(test,blub) group_right(bar,foo) bar",
    r#"foo{a="b", foo!="bar", test=~"test", bar!~"baz"}"#,
    r#"min_over_time(rate(foo{bar="baz"}[2s])[5m:])[4m:3s]"#,
    "sum without(and, by, avg, count, alert, annotations)(some_metric) [30m:10s]",
    r#"sort_by_label(metric, "foo", "bar")"#,
    "(",
    "}",
    "1 or 1",
    "1 or on(bar) foo",
    "foo unless on(bar) group_left(baz) bar",
    "test[5d] OFFSET 10s [10m:5s]",
];
