use super::*;
use crate::model::is_stale;

fn page(text: &str) -> Exposition {
    parse(text.as_bytes(), &ExpositionOptions::default()).unwrap_or_else(|errors| panic!("{errors:?}"))
}

fn errors_with(text: &[u8], options: &ExpositionOptions) -> Vec<String> {
    match parse(text, options) {
        Ok(page) => panic!("no error, but {page:?}"),
        Err(errors) => errors.iter().map(FormatError::to_string).collect(),
    }
}

#[track_caller]
fn check_error(text: &str, error: &str) {
    assert_eq!(errors_with(text.as_bytes(), &ExpositionOptions::default()), [error], "{text}");
}

fn dump(page: &Exposition) -> Vec<String> {
    let samples = |series: &ParsedSeries| {
        let pairs = series.times.iter().zip(&series.values);
        pairs.map(|(time, value)| format!(" {value}@{time}")).collect::<String>()
    };
    page.series.iter().map(|series| format!("{}{}", series.labels, samples(series))).collect()
}

#[test]
fn a_line_is_a_sample() {
    assert_eq!(dump(&page("up 1")), ["up 1@0"]);
    assert_eq!(dump(&page("up{a=\"b\",} 1 2000\r\n")), [r#"up{a="b"} 1@2000"#]);
    assert_eq!(dump(&page("")), [""; 0]);
    assert_eq!(dump(&page(" up\t { a = \"b\" , c=\"\" } \t +Inf -5 \n")), [r#"up{a="b"} inf@-5"#]);
    assert_eq!(dump(&page("a_b:c{x=\"}\\\"\\\\\\n\\q\"} 1e-3\n")), [r#"a_b:c{x="}\"\\\n\\q"} 0.001@0"#]);
}

#[test]
fn quoted_names_are_any_text() {
    let text = "{\"a.b\",\"c d\"=\"e\"} 1\n{__name__=\"up\",job=\"x\"} 2\n";
    assert_eq!(dump(&page(text)), [r#"{__name__="a.b", "c d"="e"} 1@0"#, r#"up{job="x"} 2@0"#]);
}

#[test]
fn comments_are_metadata() {
    let text = "# HELP a b\\nc\\\\ d\n# TYPE a counter\n# TYPE \"b.c\" untyped\n# anything\n#\na 1\n";
    let page = page(text);
    let all: Vec<_> = page.metadata.iter().map(|m| (&*m.name, &*m.kind, &*m.help)).collect();
    assert_eq!(all, [("a", "counter", "b\nc\\ d"), ("b.c", "unknown", "")]);
}

#[test]
fn open_metrics_has_seconds_exemplars_and_units() {
    let text = "# TYPE a_seconds counter\n# UNIT a_seconds seconds\n\
        a_seconds_total{x=\"y\"} 1 1.001 # {trace=\"z\"} 0.5 3.2\n\
        a_seconds_total{x=\"y\"} 2 1795500465.618\n\
        a_seconds_created{x=\"y\"} 1.5e3 1e3\nb 1 # {} 1\n# EOF\n";
    let page = page(text);
    assert_eq!(
        dump(&page),
        [
            r#"a_seconds_total{x="y"} 1@1001 2@1795500465618"#,
            r#"a_seconds_created{x="y"} 1500@1000000"#,
            "b 1@0"
        ]
    );
    assert_eq!(page.metadata[0].unit, "seconds");
}

#[test]
fn series_are_known_again() {
    let text = "a 1 1\na{x=\"1\",y=\"2\"} 1 1\nb 1 1\na 2 2\na {x=\"1\",y=\"2\"} 2 2\na{y=\"2\",x=\"1\"} 3 3\nb 2 2\nb 3 3\n";
    assert_eq!(dump(&page(text)), ["a 1@1 2@2", r#"a{x="1", y="2"} 1@1 2@2 3@3"#, "b 1@1 2@2 3@3"]);
}

#[test]
fn plain_nan_may_be_a_stale_marker() {
    let text = b"a NaN\n# EOF\n";
    let read = |nan_is_stale| {
        let options = ExpositionOptions { nan_is_stale, ..Default::default() };
        parse(text, &options).unwrap().series[0].values[0]
    };
    assert!(is_stale(read(true)));
    assert!(read(false).is_nan() && !is_stale(read(false)));
}

#[test]
fn errors_have_a_place_and_say_what_was_expected() {
    check_error("a", "line 1, column 2: expected `{` or a blank, found the end of the text");
    check_error("a b", "line 1, column 3: expected a number, found `b`");
    check_error("a 1 x", "line 1, column 5: expected a time in whole milliseconds, found `x`");
    check_error("a 1 1.5", "line 1, column 5: expected a time in whole milliseconds, found `1.5`");
    check_error("a 1 x\n# EOF", "line 1, column 5: expected a time in seconds, found `x`");
    check_error("a 1 1 1", "line 1, column 7: expected the end of the line, found `1`");
    check_error("a{b} 1", "line 1, column 4: expected `=`, found `}`");
    check_error("a{b=c} 1", "line 1, column 5: expected a label value in double quotes, found `c}`");
    check_error("a{b=\"c} 1", "line 1, column 5: this quote is not closed");
    check_error("a{b=\"c\" d=\"e\"} 1", "line 1, column 9: expected `,` or `}`, found `d=\"e\"}`");
    check_error("a{b=\"c\",b=\"d\"} 1", "line 1, column 9: label `b` is given twice");
    check_error("a{\"b\"} 1", "line 1, column 3: the metric name is given twice");
    check_error("{b=\"c\"} 1", "line 1, column 1: the metric name is missing");
    check_error("1a 1", "line 1, column 1: `1a` is not a metric name");
    check_error("\n a-b 1", "line 2, column 3: expected `{` or a blank, found `-b`");
    check_error("a 0x1p4", "line 1, column 3: expected a number, found `0x1p4`");
    check_error("a 1 2\na 1 1", "line 2, column 3: out of order: a has a sample at 0.002 already");
    check_error("a 1\na 2", "line 2, column 3: twice: a has the value 1 at 0 already");
    check_error(
        "# TYPE a foo",
        "line 1, column 10: expected one of counter, gauge, histogram, summary, untyped, found `foo`",
    );
    check_error("# EOF\na 1\n# EOF", "line 2, column 1: nothing may follow `# EOF`");
    check_error(
        "a {count:1,sum:2} 1",
        "line 1, column 3: expected a number, found a native histogram, which cannot be read from this format",
    );
}

#[test]
fn values_may_run_over_line_ends_in_text_only() {
    assert_eq!(dump(&page("a{b=\"c\nd\"} 1\n")), [r#"a{b="c\nd"} 1@0"#]);
    let errors = errors_with(b"a{b=\"c\nd\"} 1\n# EOF", &ExpositionOptions::default());
    assert_eq!(errors[0], "line 1, column 5: this quote is not closed");
    let errors = errors_with(b"a{b=\"c} 1\nd{e=\"f\"} 1\nx y", &ExpositionOptions::default());
    assert_eq!(
        errors,
        ["line 1, column 5: this quote is not closed", "line 3, column 3: expected a number, found `y`"]
    );
}

#[test]
fn the_same_sample_twice_is_one() {
    assert_eq!(dump(&page("a 1\na 1\n")), ["a 1@0"]);
}

#[test]
fn reading_goes_on_behind_bad_lines() {
    let text: String = (0..1000)
        .map(|line| if line % 100 == 50 { format!("m{line}{{x=\"1\" bad\n") } else { format!("m{line} 1\n") })
        .collect();
    let options = ExpositionOptions { max_errors: 20, ..Default::default() };
    let lines: Vec<usize> =
        parse(text.as_bytes(), &options).unwrap_err().iter().map(|error| error.line).collect();
    assert_eq!(lines, (0..10).map(|nth| nth * 100 + 51).collect::<Vec<_>>());
    let options = ExpositionOptions { max_errors: 3, ..options };
    assert_eq!(parse(text.as_bytes(), &options).unwrap_err().len(), 3);
}

#[test]
fn bytes_that_are_not_utf8_are_told_by_line() {
    let all = errors_with(b"a 1\nb{c=\"\xff\"} 1\nd x\ne\xfe 1\n", &ExpositionOptions::default());
    let expected = [
        "line 2, column 6: byte 0xff is not UTF-8",
        "line 3, column 3: expected a number, found `x`",
        "line 4, column 2: byte 0xfe is not UTF-8",
    ];
    assert_eq!(all, expected);
}

#[test]
fn explicit_open_metrics_wants_its_end() {
    let options = ExpositionOptions { format: ExpositionFormat::OpenMetrics, ..Default::default() };
    assert_eq!(
        errors_with(b"a 1\n", &options),
        ["line 2, column 1: expected `# EOF`, found the end of the text"]
    );
    assert_eq!(
        errors_with(b"# foo\n# EOF", &options),
        [
            "line 1, column 1: expected `# HELP`, `# TYPE`, `# UNIT` or `# EOF`; OpenMetrics has no other comments"
        ]
    );
}

#[test]
fn no_bytes_panic() {
    let alphabet = b"ab{}\"\\=, #\n\rE1.+-N\xff\xc3\xa9";
    let mut state = 1_u64;
    for _ in 0..20_000 {
        let text: Vec<u8> = (0..24)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                alphabet[(state >> 33) as usize % alphabet.len()]
            })
            .collect();
        for format in [ExpositionFormat::Detect, ExpositionFormat::OpenMetrics] {
            let _ = parse(&text, &ExpositionOptions { format, ..Default::default() });
        }
    }
}

#[test]
fn a_real_dump_is_read() {
    let shared = std::env::var("PROMQL_SHARED").unwrap_or_else(|_| "../../shared".to_owned());
    let path = format!("{shared}/data/selfscrape/selected.om.txt");
    let Ok(text) = std::fs::read(&path) else {
        println!("skipped: {path} is not there");
        return;
    };
    let options = ExpositionOptions { nan_is_stale: true, ..Default::default() };
    let page = parse(&text, &options).unwrap();
    let values = || page.series.iter().flat_map(|series| &series.values);
    assert_eq!(values().count(), 9322);
    assert_eq!(values().filter(|value| is_stale(**value)).count(), 10);
}

#[test]
fn the_test_data_is_read() {
    let read = |name: &str| {
        let path = format!("{}/../testdata/{name}", env!("CARGO_MANIFEST_DIR"));
        let options = ExpositionOptions::default();
        parse(&std::fs::read(path).unwrap(), &options).unwrap().into_source().unwrap()
    };
    assert_eq!(read("webshop.prom").sample_count(), read("webshop.prom").series_count());
    let shop = read("django.om");
    assert_eq!((shop.series_count(), shop.sample_count()), (139, 5484));
}

#[test]
fn a_long_text_that_breaks_off_is_refused_at_once() {
    let options = ExpositionOptions { format: ExpositionFormat::OpenMetrics, ..ExpositionOptions::default() };
    for text in ["m 1\n".repeat(2), "m 1\n".repeat(super::LONG / 4 + 1)] {
        let errors = parse(text.as_bytes(), &options).unwrap_err();
        let lines = text.lines().count();
        if text.len() > super::LONG {
            assert_eq!((errors.len(), errors[0].line, errors[0].column), (1, lines + 1, 1));
        }
        assert!(errors.iter().all(|error| error.line <= lines + 1));
    }
}
