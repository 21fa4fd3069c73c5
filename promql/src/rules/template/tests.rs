//! Templates from the text to the output. The numbers are Prometheus'.

use super::{Data, Referenced, Template, TemplateError};
use crate::model::{Labels, Sample};

type Answer = Result<Vec<(Labels, Sample)>, String>;

fn expand(template: Result<Template, TemplateError>, value: f64, query: &dyn Fn(&str) -> Answer) -> String {
    expand_sample(template, &Sample::Float(value), query)
}

fn expand_sample(
    template: Result<Template, TemplateError>,
    value: &Sample,
    query: &dyn Fn(&str) -> Answer,
) -> String {
    let data = Data {
        labels: &Labels::from_pairs([("__name__", "m"), ("b", "2"), ("a", "1")]),
        external_labels: &Labels::from_pairs([("cluster", "eu")]),
        external_url: "http://example.org",
        value,
        time: 1_353_755_652_000,
        query,
        server_url: Some("http://testhost:9090/path/prefix"),
    };
    template.and_then(|template| template.expand(&data)).unwrap_or_else(|error| error.to_string())
}

fn run(text: &str) -> String {
    alert(text, 1.0)
}

fn alert(text: &str, value: f64) -> String {
    expand(Template::alert("A", text), value, &|_| Ok(Vec::new()))
}

/// Without the variables of alerts, so that columns are those of the text.
fn plain(text: &str) -> String {
    expand(Template::parse("test", text), 1.0, &|_| Ok(Vec::new()))
}

/// With the histogram `{{schema:0 sum:5 count:4 buckets:[1 2 1]}}` for a value.
fn histogram(text: &str) -> String {
    let series = crate::source::text::parse_series("h {{schema:0 sum:5 count:4 buckets:[1 2 1]}}").unwrap();
    let sample = series.items[0].clone().unwrap().sample;
    expand_sample(Template::alert("A", text), &sample, &|_| Ok(Vec::new()))
}

#[test]
fn text_stays_as_it_is() {
    assert_eq!(run(""), "");
    assert_eq!(run("a } {b\n"), "a } {b\n");
    assert_eq!(run("a {{- /* comment */ -}} b"), "ab");
    assert_eq!(run("a \n {{- 1 -}} \n b"), "a1b");
}

#[test]
fn values_print_as_in_go() {
    for (value, text) in [
        (90061.0, "90061"),
        (1e6, "1e+06"),
        (1_234_567.891, "1.234567891e+06"),
        (123_456_789.0, "1.23456789e+08"),
        (100_000.0, "100000"),
        (1e-10, "1e-10"),
        (f64::NAN, "NaN"),
        (f64::INFINITY, "+Inf"),
    ] {
        assert_eq!(alert("{{ $value }}", value), text);
    }
    assert_eq!(run("{{ $labels }}"), "map[__name__:m a:1 b:2]");
    assert_eq!(run("{{ . }}"), "{map[__name__:m a:1 b:2] map[cluster:eu] http://example.org 1}");
    assert_eq!(run(r#"{{ print 1 2 "x" "y" 3 }}"#), "1 2x y3".replace("x y", "xy"));
    assert_eq!(run("{{ true }} {{ 'a' }} {{ 0x1F }} {{ 1e3 }} {{ 1_000 }}"), "true 97 31 1000 1000");
}

#[test]
fn printf_is_that_of_go() {
    for (arguments, text) in [
        (r#""%.2f" $value"#, "1.00"),
        (r#""%d" $value"#, "%!d(float64=1)"),
        (r#""%s" $value"#, "%!s(float64=1)"),
        (r#""%q" $value"#, "%!q(float64=1)"),
        (r#""%x" $value"#, "0x1p+00"),
        (r#""%08.3f" $value"#, "0001.000"),
        (r#""%+d" 5"#, "+5"),
        (r#""%t" true"#, "true"),
        (r#""%5s|%-5s|" "a" "b""#, "    a|b    |"),
        (r#""%d%%""#, "%!d(MISSING)%"),
        (r#""%d" 1 2"#, "1%!(EXTRA int=2)"),
        (r#""%[2]d %[1]d" 1 2"#, "2 1"),
        (r#""%*d" 5 42"#, "   42"),
        (r#""%q" $labels"#, r#"map["__name__":"m" "a":"1" "b":"2"]"#),
        (r#""%T" $labels"#, "map[string]string"),
        (r#""%v" nil"#, "<nil>"),
        (r#""%""#, "%!(NOVERB)"),
    ] {
        assert_eq!(run(&format!("{{{{ printf {arguments} }}}}")), text, "{arguments}");
    }
}

#[test]
fn numbers_are_made_for_people() {
    for (function, cases) in [
        (
            "humanize",
            &[
                ("0", "0"),
                (".0001234", "123.4u"),
                (".5", "500m"),
                ("1.2345", "1.234"),
                ("61", "61"),
                ("3725.6", "3.726k"),
                ("1e6", "1M"),
                ("123456789", "123.5M"),
                ("1e21", "1Z"),
                ("1e-10", "100p"),
                ("\"NaN\"", "NaN"),
                ("\"Inf\"", "+Inf"),
            ][..],
        ),
        (
            "humanize1024",
            &[("1e6", "976.6ki"), ("1234567.891", "1.177Mi"), (".5", "0.5"), ("1e21", "867.4Ei")],
        ),
        (
            "humanizePercentage",
            &[(".5", "50%"), ("1.2345", "123.4%"), (".0001234", "0.01234%"), ("3725.6", "3.726e+05%")],
        ),
        (
            "humanizeDuration",
            &[
                ("0", "0s"),
                (".0001234", "123.4us"),
                (".5", "500ms"),
                ("1.2345", "1.234s"),
                ("59.999", "60s"),
                ("61", "1m 1s"),
                ("3725.6", "1h 2m 5s"),
                ("90061", "1d 1h 1m 1s"),
                ("-75", "-1m 15s"),
                ("\"NaN\"", "NaN"),
            ],
        ),
        (
            "humanizeTimestamp",
            &[
                ("1600000000.5", "2020-09-13 12:26:40.5 +0000 UTC"),
                ("-1", "1969-12-31 23:59:59 +0000 UTC"),
                ("\"NaN\"", "NaN"),
            ],
        ),
    ] {
        for (value, text) in cases {
            assert_eq!(run(&format!("{{{{ {function} {value} }}}}")), *text, "{function} {value}");
        }
    }
}

#[test]
fn strings_are_changed() {
    for (call, text) in [
        (r#"graphLink "up == 1""#, "/graph?g0.expr=up+%3D%3D+1&g0.tab=0"),
        (r#"tableLink "up""#, "/graph?g0.expr=up&g0.tab=1"),
        (r#"title "hello world-foo bar_baz""#, "Hello World-Foo Bar_baz"),
        (r#"title "aa bb CC it's 1st""#, "Aa Bb CC It's 1St"),
        (r#"toUpper "aé""#, "AÉ"),
        (r#"stripDomain "a.b.c:80""#, "a:80"),
        (r#"stripDomain "1.2.3.4:80""#, "1.2.3.4:80"),
        (r#"stripDomain "[::1]:80""#, "[::1]:80"),
        (r#"stripDomain "01.2.3.4""#, "01"),
        (r#"stripDomain "fe80::1%eth0.100""#, "fe80::1%eth0.100"),
        (r#"stripDomain "[fe80::1%eth0.100]:9090""#, "[fe80::1%eth0.100]:9090"),
        (r#"stripPort "[2001:db8::1]:12345""#, "2001:db8::1"),
        (r#"stripPort "[a]:b:c""#, "[a]:b:c"),
        (r#"reReplaceAll "(a)b" "x$1" "ab.ab""#, "xa.xa"),
        (r#"reReplaceAll "a*" "-" "baac""#, "-b-c-"),
        (r#"match "a+" "bab""#, "true"),
        (r#"html "<a href='x'>&\"""#, "&lt;a href=&#39;x&#39;&gt;&amp;&#34;"),
        (r#"js "a='b'""#, r"a\u003D\'b\'"),
        (r#"urlquery "a b/c""#, "a+b%2Fc"),
        (r#"parseDuration "-1h2m10ms""#, "-3720.01"),
        ("externalURL", "http://testhost:9090/path/prefix"),
        ("pathPrefix", "/path/prefix"),
        ("now", "1.353755652e+09"),
    ] {
        assert_eq!(run(&format!("{{{{ {call} }}}}")), text, "{call}");
    }
}

#[test]
fn times_have_methods() {
    assert_eq!(run(r#"{{ (now | toTime).Format "Mon Jan 2 15:04:05 2006" }}"#), "Sat Nov 24 11:14:12 2012");
    assert_eq!(run("{{ (\"1800\" | toDuration).String }}"), "30m0s");
    assert_eq!(
        run(r#"{{ ("-30m" | parseDuration | toDuration | (now | toTime).Add).UnixMilli }}"#),
        "1353753852000"
    );
}

#[test]
fn queries_give_samples() {
    let samples = |text: &str| -> Answer {
        match text {
            "empty" => Ok(Vec::new()),
            "bad" => Err("no such thing".into()),
            _ => Ok(vec![
                (Labels::from_pairs([("instance", "b")]), Sample::Float(21.0)),
                (Labels::from_pairs([("instance", "a"), ("__value__", "v")]), Sample::Float(1e6)),
            ]),
        }
    };
    let run = |text: &str| expand(Template::parse("test", text), 0.0, &samples);
    assert_eq!(run(r#"{{ query "m" | first | value }}"#), "21");
    assert_eq!(run(r#"{{ query "m" | first | label "instance" }}"#), "b");
    assert_eq!(
        run(r#"{{ range query "m" | sortByLabel "instance" }}{{ .Labels.instance }}:{{ .Value }} {{ end }}"#),
        "a:1e+06 b:21 "
    );
    assert_eq!(run(r#"{{ with query "empty" }}x{{ else }}none{{ end }}"#), "none");
    assert_eq!(run(r#"{{ query "m" | first }}"#), "{map[instance:b] 21}");
    assert_eq!(
        run(r#"{{ query "empty" | first }}"#),
        "error executing template test: template: test:1:19: executing \"test\" at <first>: \
         error calling first: first() called on vector with no elements"
    );
    assert_eq!(
        run(r#"{{ query "bad" }}"#),
        "error executing template test: template: test:1:3: executing \"test\" at <query \"bad\">: \
         error calling query: no such thing"
    );
}

#[test]
fn blocks_choose_and_repeat() {
    assert_eq!(run("{{ if gt $value 2.0 }}a{{ else if gt $value 0.5 }}b{{ else }}c{{ end }}"), "b");
    assert_eq!(run("{{ with $labels.nope }}a{{ else with $labels.a }}{{ . }}{{ end }}"), "1");
    assert_eq!(
        run("{{ range $name, $value := $labels }}{{ $name }}={{ $value }} {{ end }}"),
        "__name__=m a=1 b=2 "
    );
    assert_eq!(run("{{ range 3 }}{{ if eq . 1 }}{{ continue }}{{ end }}{{ . }}{{ else }}e{{ end }}"), "02");
    assert_eq!(run("{{ range 9 }}{{ if eq . 3 }}{{ break }}{{ end }}{{ . }}{{ end }}"), "012");
    assert_eq!(run("{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ $x := 3 }}{{ end }}{{ $x }}"), "2");
    assert_eq!(
        run(r#"{{ define "x" }}{{ .arg0 }} {{ .arg1 }}{{ end }}{{ template "x" (args 1 "2") }}"#),
        "1 2"
    );
    assert_eq!(run(r#"{{ block "x" $labels }}{{ .a }}{{ end }}"#), "1");
    assert_eq!(run(r#"{{ template "x" }}{{ define "x" }}{{ . }}{{ end }}"#), "<no value>");
}

#[test]
fn missing_labels_are_empty_but_missing_fields_are_not() {
    assert_eq!(run("[{{ $labels.nope }}{{ index $labels \"nope\" }}]"), "[]");
    assert!(run("{{ .Foo }}").ends_with(
        "at <.Foo>: can't evaluate field Foo in type struct { Labels map[string]string; \
         ExternalLabels map[string]string; ExternalURL string; Value interface {} }"
    ));
    assert!(
        run("{{ $labels.foo.bar }}")
            .ends_with("at <$labels.foo.bar>: can't evaluate field bar in type string")
    );
}

#[test]
fn errors_are_those_of_prometheus() {
    for (text, error) in [
        ("{{", "parsing template test: template: test:1: unclosed action"),
        ("a\n{{ end }}", "parsing template test: template: test:2: unexpected {{end}}"),
        ("{{ nope }}", "parsing template test: template: test:1: function \"nope\" not defined"),
        ("{{ $x }}", "parsing template test: template: test:1: undefined variable \"$x\""),
        ("{{ if }}", "parsing template test: template: test:1: missing value for if"),
        ("{{ if 1 }}", "parsing template test: template: test:1: unexpected EOF"),
        ("{{ \"a }}", "parsing template test: template: test:1: unterminated quoted string"),
        ("{{\u{a0}}}", "parsing template test: template: test:1: unrecognized character in action: U+00A0"),
        (
            "{{ 1 | 2 }}",
            "parsing template test: template: test:1: non executable command in pipeline stage 2",
        ),
        ("{{ break }}", "parsing template test: template: test:1: {{break}} outside {{range}}"),
        (
            "{{ humanize \"one\" }}",
            "executing template test: template: test:1:3: executing \"test\" at <humanize \"one\">: \
             error calling humanize: strconv.ParseFloat: parsing \"one\": invalid syntax",
        ),
        (
            "\n {{ gt .Value 0 }}",
            "executing template test: template: test:2:4: executing \"test\" at <gt .Value 0>: \
             error calling gt: incompatible types for comparison: float64 and int",
        ),
        (
            "{{ (query \"x\").banana }}",
            "executing template test: template: test:1:10: executing \"test\" at <\"x\">: \
             can't evaluate field banana in type template.queryResult",
        ),
        (
            "{{ reReplaceAll \"(\" \"\" \"\" }}",
            "executing template test: template: test:1:3: executing \"test\" at <reReplaceAll \"(\" \"\" \"\">: \
             error calling reReplaceAll: regexp: Compile(`(`): error parsing regexp: missing closing ): `(`",
        ),
        (
            "{{ toTime 1e300 }}",
            "executing template test: template: test:1:3: executing \"test\" at <toTime 1e300>: error calling \
             toTime: 1e+300 cannot be represented as a nanoseconds timestamp since it overflows int64",
        ),
    ] {
        assert_eq!(plain(text), format!("error {error}"));
    }
}

#[test]
fn errors_know_their_place_in_the_text() {
    let error = Template::alert("A", "good\n {{ nope }}").unwrap_err();
    assert_eq!(error.offset(), 9);
    assert_eq!(error.message(), "template: __alert_A:2: function \"nope\" not defined");
}

#[test]
fn nothing_runs_or_grows_for_ever() {
    for (text, reason) in [
        ("{{ range 9223372036854775807 }}{{ end }}", "template takes more than 1000000 steps"),
        ("{{ range 9999999 }}aaaaaaaaaaaaaaaaaaaaaaaaaaa{{ end }}", "text is longer than 1048576 bytes"),
        (
            "{{ $x := \"a\" }}{{ range 99 }}{{ $x = print $x $x }}{{ end }}",
            "text is longer than 1048576 bytes",
        ),
        ("{{ printf \"%999999d%999999d%999999d\" 1 1 1 }}", "text is longer than 1048576 bytes"),
        ("{{ $x := args 1 }}{{ range 99 }}{{ $x = args $x $x }}{{ end }}", "args nest deeper than 50"),
        (
            "{{ $x := args 1 }}{{ range 40 }}{{ $x = args $x $x }}{{ end }}{{ $x }}",
            "text is longer than 1048576 bytes",
        ),
        (
            "{{ define \"x\" }}{{ template \"x\" }}{{ end }}{{ template \"x\" }}",
            "exceeded maximum template depth (100)",
        ),
        (
            "{{ $x := printf \"%999999d\" 1 }}{{ reReplaceAll \"\" $x $x }}",
            "text is longer than 1048576 bytes",
        ),
    ] {
        let end = run(text);
        assert!(end.ends_with(reason), "{text}: {}", &end[..end.len().min(300)]);
    }
}

#[test]
fn depth_is_limited_on_any_stack() {
    let run = || {
        for (open, close) in
            [("(", ")"), ("{{ if true }}", "{{ end }}"), ("{{ range 1 }}{{ with 1 }}", "{{ end }}{{ end }}")]
        {
            for depth in [10, 45, 97, 100, 100_000] {
                let (open, close) = (open.repeat(depth), close.repeat(depth));
                let text = if open.starts_with('(') {
                    format!("{{{{ {open}1{close} }}}}")
                } else {
                    format!("{open}1{close}")
                };
                let out = plain(&text);
                assert!(
                    out == "1" || out.ends_with("max expression depth exceeded"),
                    "{depth}: {}",
                    &out[..out.len().min(300)]
                );
                assert!(depth > 45 || out == "1", "{out}");
            }
        }
        let chain =
            format!("{{{{ if false }}}}{}{{{{ else }}}}1{{{{ end }}}}", "{{ else if false }}".repeat(10_000));
        assert_eq!(plain(&chain), "1");
        let recursive = "{{ define \"x\" }}{{ if true }}{{ print (print (print 1)) }}{{ template \"x\" }}{{ end }}{{ end }}{{ template \"x\" }}";
        assert!(plain(recursive).contains("exceeded maximum template depth"));
    };
    std::thread::Builder::new().stack_size(1 << 20).spawn(run).unwrap().join().unwrap();
}

#[test]
fn references_have_places() {
    let text = "{{ $labels.job }} {{ .Value }} {{ range query \"up{}\" }}{{ .Labels.x }}{{ $labels.a }}{{ end }}\
                {{ index $labels \"b c\" }} {{ $externalLabels.e }}";
    let template = Template::alert("A", text).unwrap();
    let found: Vec<_> = template
        .references()
        .iter()
        .map(|reference| (&text[reference.span.clone()], reference.what.clone()))
        .collect();
    let label = |name: &str| Referenced::Label(name.into());
    assert_eq!(
        found,
        [
            ("$labels.job", label("job")),
            (".Value", Referenced::Value),
            ("\"up{}\"", Referenced::Query("up{}".into())),
            ("$labels.a", label("a")),
            ("$labels", Referenced::Labels),
            ("\"b c\"", label("b c")),
            ("$externalLabels.e", Referenced::ExternalLabel("e".into())),
        ]
    );
}

#[test]
fn histograms_print_as_in_go() {
    assert_eq!(histogram("{{ $value }}"), "{count:4, sum:5, (0.5,1]:1, (1,2]:2, (2,4]:1}");
    assert_eq!(
        histogram(r#"{{ printf "%.1f" $value }}"#),
        "&{%!f(histogram.CounterResetHint=0) %!f(int32=0) 0.0 0.0 4.0 5.0 [{%!f(int32=0) %!f(uint32=3)}] [] \
         [1.0 2.0 1.0] [] []}"
    );
    assert_eq!(
        histogram(r#"{{ printf "%t" (args $value) }}"#),
        "map[%!t(string=arg0):%!t(*histogram.FloatHistogram=&{0 0 0 0 4 5 [{0 3}] [] [1 2 1] [] []})]"
    );
    assert_eq!(
        histogram(r#"{{ printf "%#v" $value }}"#),
        "&histogram.FloatHistogram{CounterResetHint:0x0, Schema:0, ZeroThreshold:0, ZeroCount:0, Count:4, Sum:5, \
         PositiveSpans:[]histogram.Span{histogram.Span{Offset:0, Length:0x3}}, \
         NegativeSpans:[]histogram.Span(nil), PositiveBuckets:[]float64{1, 2, 1}, \
         NegativeBuckets:[]float64(nil), CustomValues:[]float64(nil)}"
    );
}

#[test]
fn histograms_have_fields() {
    assert_eq!(histogram("{{ $value.Count }} {{ .Value.Sum }} {{ $value.Schema }}"), "4 5 0");
    assert_eq!(histogram("{{ $value.CounterResetHint }} {{ $value.UsesCustomBuckets }}"), "0 false");
    let lists = "{{ $value.PositiveBuckets }} {{ $value.PositiveSpans }} {{ $value.CustomValues }}";
    assert_eq!(histogram(lists), "[1 2 1] [{0 3}] []");
    assert_eq!(
        histogram("{{ range $i, $n := $value.PositiveBuckets }}{{ $i }}:{{ $n }} {{ end }}"),
        "0:1 1:2 2:1 "
    );
    assert_eq!(histogram("{{ index $value.PositiveBuckets 1 }} {{ len $value.PositiveSpans }}"), "2 1");
    assert_eq!(histogram("{{ slice $value.PositiveBuckets 1 }}"), "[2 1]");
    assert_eq!(histogram("{{ (index $value.PositiveSpans 0).Length }}"), "3");
    assert!(histogram("{{ humanize $value.PositiveBuckets }}").ends_with("can't convert []float64 to float"));
    assert!(histogram("{{ $value.Nope }}").ends_with("field Nope in type *histogram.FloatHistogram"));
}

/// As promtool 3.16 expands them.
#[test]
fn complex_constants_are_those_of_go() {
    for (text, expanded) in [
        ("{{ 1i }}", "(0+1i)"),
        ("{{ -1-2.5e3i }}", "(-1-2500i)"),
        ("{{ printf `%.2f %T` 1+2i 1i }}", "(1.00+2.00i) complex128"),
        ("{{ printf `%5.1f` 1i }}", "(  0.0 +1.0i)"),
        ("{{ printf `%d` 1i }}", "%!d(complex128=(0+1i))"),
        ("{{ eq 1i 1i 2i }} {{ ne 1i 2i }}", "true true"),
        ("{{ if 0i }}a{{ else }}b{{ end }}", "b"),
    ] {
        assert_eq!(plain(text), expanded, "{text}");
    }
    assert!(plain("{{ lt 1i 2i }}").ends_with("error calling lt: invalid type for comparison"));
}

#[test]
fn the_local_time_is_utc() {
    assert_eq!(
        plain("{{ (toTime 1.0).Local }} {{ (toTime 1.0).IsDST }}"),
        "1970-01-01 00:00:01 +0000 UTC false"
    );
    assert_eq!(
        plain("{{ (toTime 1.0).GoString }}"),
        "time.Date(1970, time.January, 1, 0, 0, 1, 0, time.UTC)"
    );
}
