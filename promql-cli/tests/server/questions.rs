//! What is asked.

/// When the recorded data begins.
const BEGIN: i64 = 1_795_500_460;
/// When an instant query is asked.
const AT: When = When::At(BEGIN + 600);
/// Most of the data.
const ALL: When = When::From(BEGIN + 120, BEGIN + 660, 30);
/// Around the restart of one target: stale markers and counter resets.
const RESTART: When = When::From(BEGIN + 320, BEGIN + 370, 1);

/// Times in seconds.
#[derive(Clone, Copy)]
pub(crate) enum When {
    At(i64),
    /// Start, end, step.
    From(i64, i64, i64),
}

/// A query at its time.
pub(crate) struct Question {
    pub(crate) when: When,
    pub(crate) query: &'static str,
}

const fn at(query: &'static str) -> Question {
    Question { when: AT, query }
}

const fn all(query: &'static str) -> Question {
    Question { when: ALL, query }
}

const fn restart(query: &'static str) -> Question {
    Question { when: RESTART, query }
}

/// Asked of the server, and evaluated here from its raw series.
pub(crate) const SERVED: &[Question] = &[
    at("up"),
    at(r#"{__name__=~"node_load.*",job!="down"}"#),
    at("up[5s] offset 10s"),
    at("scalar(node_load1) + hour() + time()"),
    at(r#"sum by (code, handler) (rate(prometheus_http_requests_total{job="prometheus"}[1m]))"#),
    at("irate(node_context_switches_total[10s])"),
    at("topk by (cpu) (2, rate(node_cpu_seconds_total[1m]))"),
    at("quantile by (mode) (0.7, rate(node_cpu_seconds_total[1m]))"),
    at(r#"count_values("v", round(node_cpu_seconds_total, 10))"#),
    at("node_cpu_seconds_total * on (instance) group_left (nodename, machine) node_uname_info"),
    at("up and on (instance) node_load1 or vector(7) unless on () absent(up)"),
    at(
        r#"histogram_quantile(0.9, sum by (le) (rate(prometheus_http_request_duration_seconds_bucket{job="prometheus"}[2m])))"#,
    ),
    at(
        r#"histogram_quantile(0.9, sum by (handler) (rate(prometheus_http_request_duration_seconds{job="prometheus"}[2m])))"#,
    ),
    at(
        r#"histogram_quantile(0.5, rate(prometheus_http_request_duration_seconds{job="prometheus-nhcb"}[2m]))"#,
    ),
    at(r#"prometheus_http_request_duration_seconds{job=~"prometheus.*"}"#),
    at(r#"absent(up{job="nope",zone="a"})"#),
    // Remote read takes the matcher for a label that it adds itself.
    at(r#"absent(up{cluster="loopback"})"#),
    at(r#"label_replace(up, "host", "$1", "instance", "(.*):(.*)")"#),
    at("sort_desc(node_memory_MemFree_bytes or node_memory_MemTotal_bytes or node_memory_Cached_bytes)"),
    at("predict_linear(node_memory_MemAvailable_bytes[1m], 3600)"),
    at(r#"info(rate(process_cpu_seconds_total{job="node"}[1m]), {__name__="node_uname_info"})"#),
    at("sum_over_time(sum(up)[1m:])"),
    at("node_load1 @ 1795500760 > bool on (instance) node_load5"),
    all("rate(node_load1[1m])"),
    all("sum by (job) (increase(process_cpu_seconds_total[1m]))"),
    all("max_over_time(sum(rate(node_cpu_seconds_total[30s]))[2m:10s])"),
    all(r#"rate(prometheus_http_request_duration_seconds{handler="/api/v1/query"}[1m])"#),
    all(
        "histogram_quantile(0.99, sum(job:http_request_duration:rate1m)) + histogram_fraction(0, 0.01, sum(job:http_request_duration:rate1m))",
    ),
    all("up @ start() + up @ end() offset 45s"),
    restart("node_load1"),
    restart("resets(process_cpu_seconds_total[1m]) or absent(node_load1)"),
    restart("stddev_over_time(node_load1[20s]) + quantile_over_time(0.9, node_load1[20s])"),
    restart("ALERTS"),
];

/// Asked of the server, and evaluated here from the dump of these metrics.
pub(crate) const DUMPED: &[Question] = &[
    at("up"),
    at("node_load1[10s]"),
    at("sum by (job) (up) / on (job) job:up:count"),
    at(r#"rate(prometheus_http_requests_total{handler="/api/v1/query",job="prometheus"}[1m])"#),
    at(
        r#"histogram_quantile(0.9, sum by (le) (rate(prometheus_http_request_duration_seconds_bucket{handler="/api/v1/query",job="prometheus",le=~"0.1|\\+Inf"}[1m])))"#,
    ),
    at(r#"topk(2, increase(prometheus_http_requests_total{handler="/api/v1/query",job="prometheus"}[2m]))"#),
    at(r#"deriv(node_cpu_seconds_total{cpu="0",mode="user"}[1m])"#),
    at("sort(sum without (job) (avg_over_time(up[5m])))"),
    at(r#"label_join(up{job=~"n.*|d.*"}, "x", "-", "job", "instance")"#),
    at("quantile_over_time(0.9, node_load1[2m]) - mad_over_time(node_load1[2m])"),
    at("timestamp(up) - on (job) group_right time() * count by (job) (up)"),
    at(r#"ALERTS{alertstate="firing"} * on (job) group_left (env) up{env="test"} or ALERTS"#),
    all(
        r#"sum by (code) (rate(prometheus_http_requests_total{handler="/api/v1/query",job="prometheus"}[1m]))"#,
    ),
    all(
        r#"histogram_quantile(0.99, sum by (le) (rate(prometheus_http_request_duration_seconds_bucket{handler="/api/v1/query",job="prometheus",le=~"0.1|\\+Inf"}[1m])))"#,
    ),
    all(r#"increase(process_cpu_seconds_total{job="node"}[1m])"#),
    all("max_over_time(deriv(node_load1[30s])[2m:10s] offset 45s)"),
    all("predict_linear(instance:node_cpu_busy:ratio[1m], 60) > 0"),
    all(r#"count_values("value", up)"#),
    restart("ALERTS"),
    restart(r#"node_cpu_seconds_total{cpu="0",mode="user"}"#),
    restart(r#"resets(process_cpu_seconds_total{job="node"}[1m]) or absent(node_load1)"#),
    restart("count_over_time(node_load1[10s]) or absent_over_time(node_load1[10s])"),
];

/// Asked of the server, and evaluated here from samples as it prints them.
pub(crate) const PRINTED: &[Question] = &[
    at("up"),
    at("sum by (job) (rate(process_cpu_seconds_total[1m])) and on (job) up offset 10s"),
    at(
        r#"histogram_quantile(0.9, sum by (handler) (rate(prometheus_http_request_duration_seconds{job="prometheus"}[2m])))"#,
    ),
    at(r#"prometheus_http_request_duration_seconds{job=~"prometheus.*"}"#),
    all("max_over_time(sum(rate(node_cpu_seconds_total[30s]))[2m:10s])"),
];

/// The series of the dump: a metric, and what a selector must ask for to get no others.
pub(crate) const DUMPED_SERIES: &[(&str, &[(&str, &str)])] = &[
    ("ALERTS", &[]),
    ("instance:node_cpu_busy:ratio", &[]),
    ("job:up:count", &[]),
    ("node_cpu_seconds_total", &[("cpu", "0"), ("mode", "user")]),
    ("node_load1", &[]),
    ("process_cpu_seconds_total", &[("job", "node")]),
    ("prometheus_http_requests_total", &[("handler", "/api/v1/query"), ("job", "prometheus")]),
    ("up", &[]),
];
