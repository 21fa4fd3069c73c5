//! What queries are run against, and what the readers of formats are given before it is spoilt.

use promql::source::MemorySource;
use promql::source::text::load;

/// Floats with gaps, resets, NaN and infinities, histograms of many kinds, both in one series, info series, buckets.
pub(crate) const SERIES: &str = r#"load 30s
  m{a="x",job="j",instance="i"} 1+1x10 _x3 5 stale 7 8 NaN 10 Inf -Inf 3
  m{a="y",job="j",instance="k"} 0 1e308 -1e308 1e-320 0 -0 1 1 1 2 2 2 3x9
  m{b="z"} 1 _x20 2
  c_total{a="x",job="j",instance="i"} 0+10x9 0+3x9
  c_total{a="y",job="j",instance="k"} 100 90 80 200 NaN 5 stale stale 1e300 2e300
  c_total{a="z",le="1"} 1e16+1x20
  h{a="x"} {{schema:0 count:10 sum:5 buckets:[2 3 5]}}x5 {{schema:1 count:3 sum:1 buckets:[1 1 1] counter_reset_hint:reset}}x5
  h{a="y"} {{schema:-53 count:6 sum:9 custom_values:[1 2 5] buckets:[1 2 3]}}x4 {{schema:-53 count:6 sum:9 custom_values:[1 3] buckets:[3 2 1]}}x4
  h{a="z"} {{schema:3 z_bucket:2 z_bucket_w:0.001 count:12 sum:-3 offset:-4 buckets:[1 0 0 4] n_offset:2 n_buckets:[2 3]}}+{{schema:3 count:2 buckets:[2]}}x9
  h{a="g"} {{schema:2 count:4 sum:NaN buckets:[4] counter_reset_hint:gauge}}x3 stale {{schema:8 count:1e300 sum:Inf buckets:[1e300]}}x3
  mix{a="x"} 1 2 {{schema:0 count:1 sum:1 buckets:[1]}} 3 {{schema:0 count:2 sum:1 buckets:[1 1]}}x3 4 _ 5
  mix{a="y"} {{schema:0 count:1 sum:1 buckets:[1]}}x8 1x8
  b_bucket{le="0.1",a="x"} 0+1x20
  b_bucket{le="1",a="x"} 0+2x20
  b_bucket{le="+Inf",a="x"} 0+3x20
  b_bucket{le="1",a="y"} 5 4 3 NaN
  b_bucket{le="Inf",a="y"} 1 2 3 4
  b_bucket{le="bad",a="y"} 1 2 3 4
  target_info{job="j",instance="i",version="1"} 1x10
  target_info{job="j",instance="i",version="2"} _x8 1x10
  target_info{job="j",instance="k",version="1"} 1 stale 1
  {"a.b",__type__="counter",__unit__="s","ü"="ö"} 1 2 1 2 1 2 1 2
  one 1x20
  up{a=""} 1x20
"#;

/// A script with every kind of statement.
pub(crate) const SCRIPT: &str = r#"clear
load 5m
  m{a="x"} 0+10x10 _ stale 5
  h {{schema:0 count:1 sum:2 buckets:[1]}}+{{count:1 buckets:[1]}}x3
load_with_nhcb 1m
  b_bucket{le="1"} 0+1x5
  b_bucket{le="+Inf"} 0+2x5
# a comment

eval instant at 5m m
  m{a="x"} 10

eval range from 0 to 10m step 5m sum(m)
  {} 0 10 20

eval instant at 5m rate(m[5m])
  expect no_warn
  expect info
  {a="x"} 0.0333333333333333

eval instant at 0 m + on() m
  expect fail msg: found duplicate series

eval_fail instant at 1m m and 1
eval_ordered instant at 50m sort(m)
  m{a="x"} 100

eval instant at 1m m[2m]
  expect range vector from 0 to 1m step 30s
  m{a="x"} 0

eval instant at 0 "a"
  expect string "a"

eval instant at 4m h
  h {{schema:0 count:1 sum:2 buckets:[1]}}
"#;

/// Lines of series, start times and durations.
pub(crate) const LINES: &[&str] = &[
    r#"m{a="x",b='y'} 1 -2+3x4 _x5 stale NaN 0x1f 1e-3 +Inf"#,
    r#"{"a.b", "c d"="e\n\u00e4\xff"} 1x2 {{schema:-53 sum:3 count:1 custom_values:[0.5 1] buckets:[1 0 2]}}x2"#,
    "h {{schema:1 sum:-0.3 count:3.1 z_bucket:7.1 z_bucket_w:0.05 buckets:[5.1 10 7] offset:-3 n_buckets:[4.1 5] n_offset:-5 counter_reset_hint:not_reset}}",
    "h {{}}+{{schema:0 count:1 buckets:[1]}}x3 {{count:4}}-{{count:1}}x2 1",
    "@st 1m 2m _ 5mx3 -1s",
    "1h30m5s250ms",
    "1.5e3",
    "-5m",
    "9223372036854775807ms",
];

/// Pages of text formats.
pub(crate) const PAGES: &[&str] = &[
    "# HELP m Help \\n text\n# TYPE m counter\nm_total{a=\"b\",c=\"d\\\"\"} 1 1600000000.123 # {trace_id=\"x\"} 0.5 1600000000\nm_total{a=\"b\",c=\"d\\\"\"} 2 1600000001.123\n# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 2\nh_sum 3\nh_count 2\n# UNIT s_seconds seconds\n# EOF\n",
    "# TYPE up gauge\nup{job=\"api\", } 1 1600000000000\nup 0x1p-2\nup NaN\n{\"a.b\",c=\"d\"} -Inf\n\n# a comment\nm{le=\"+Inf\"} 1e400 -5\n",
    "go_gc_duration_seconds{quantile=\"0\"} 4.9351e-05 1\ngo_gc_duration_seconds{quantile=\"0\"} 3 9223372036854775807\n",
];

/// Answers of the API.
pub(crate) const ANSWERS: &[&str] = &[
    r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{"__name__":"up","a":"b"},"value":[1435781451.781,"1"]},{"metric":{},"histogram":[1,{"count":"10","sum":"5.5","buckets":[[0,"0.5","1","3"],[3,"-0.1","0.1","2"],[1,"-2","-1","5"]]}]}]},"warnings":["w"]}"#,
    r#"{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"a":"b"},"values":[[0,"1"],[15.5,"NaN"],[30,"+Inf"]],"histograms":[[60,{"count":"1","sum":"2","buckets":[[0,"1","1e308","1"]]}]]}]}}"#,
    r#"{"resultType":"scalar","result":[-1e3,"-Inf"]}"#,
    r#"{"resultType":"string","result":[1,"text \u00e4 \ud83d\ude00"]}"#,
    r#"{"status":"error","errorType":"bad_data","error":"1:3: parse error: unexpected end of input","infos":[]}"#,
];

pub(crate) fn source() -> MemorySource {
    load(SERIES).expect("the series are well formed")
}
