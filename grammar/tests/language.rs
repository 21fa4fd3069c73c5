//! What is a query and what is not, how it prints, and what is said if it is none. Decisions and texts are those of
//! Prometheus 3.16.
#![allow(clippy::unwrap_used)]

use promql_grammar::{ParseOptions, parse};

const PLAIN: ParseOptions = ParseOptions { unquoted_utf8_names: false };
const UTF8_NAMES: ParseOptions = ParseOptions { unquoted_utf8_names: true };

fn printed(text: &str, options: ParseOptions) -> Result<String, String> {
    match parse(text, &options) {
        Ok(ast) => Ok(ast.to_string()),
        Err(failure) => Err(failure.errors[0].to_string()),
    }
}

/// Pairs of a query and its canonical form.
fn prints(cases: &[(&str, &str)]) {
    for &(text, form) in cases {
        assert_eq!(printed(text, PLAIN), Ok(form.to_owned()), "{text}");
        assert_eq!(printed(form, PLAIN), Ok(form.to_owned()), "{text}, printed");
    }
}

/// Pairs of a text and what is wrong with it.
fn fails(cases: &[(&str, &str)]) {
    for &(text, message) in cases {
        assert_eq!(printed(text, PLAIN), Err(message.to_owned()), "{text}");
    }
}

#[test]
fn operators_bind_as_documented() {
    for (text, grouped) in [
        ("a or b and c", "a or (b and c)"),
        ("a and b unless c", "(a and b) unless c"),
        ("a and b == c", "a and (b == c)"),
        ("a >/ b == c", "(a >/ b) == c"),
        ("a </ b ^ c", "a </ (b ^ c)"),
        ("a + b * c", "a + (b * c)"),
        ("a - b - c", "(a - b) - c"),
        ("a * b atan2 c % d", "((a * b) atan2 c) % d"),
        ("a ^ b ^ c", "a ^ (b ^ c)"),
        ("-a ^ b", "-(a ^ b)"),
        ("-a * b", "(-a) * b"),
        ("a ^ -b ^ c", "a ^ (-(b ^ c))"),
        ("a ^ -b * c", "(a ^ (-b)) * c"),
        ("-a offset 5m", "-(a offset 5m)"),
    ] {
        let shape = |text: &str| {
            let ast = parse(text, &PLAIN).unwrap();
            let kinds = ast.ids().filter(|&id| !matches!(ast[id].kind, promql_grammar::ast::Kind::Paren(_)));
            kinds.map(|id| promql_grammar::print(&ast, id).replace(['(', ')'], "")).collect::<Vec<_>>()
        };
        assert_eq!(shape(text), shape(grouped), "{text}");
    }
}

#[test]
fn an_offset_takes_arithmetic_only_if_it_starts_open() {
    let is_binary = |text: &str| {
        let ast = parse(text, &PLAIN).unwrap();
        matches!(ast[ast.root()].kind, promql_grammar::ast::Kind::Binary { .. })
    };
    for text in [
        "foo offset 5m * 2",
        "foo offset -5m ^ 2",
        "foo offset step() * 2",
        "foo offset min_of(1s, 2s) * 2",
        "foo offset -(5m) * 2",
        "foo offset (5m) > 3",
        "foo offset (5m) and bar",
        "foo offset (5m) atan2 bar",
        "foo offset (5m) @ 9 * 2",
    ] {
        assert!(is_binary(text), "{text}");
    }
    for text in
        ["foo offset (5m) * 2", "foo offset (step()) + 3", "foo offset --5m * 2", "foo offset -+step() ^ 2"]
    {
        assert!(!is_binary(text), "{text}");
    }
    fails(&[(
        "foo offset (5m) + bar",
        "unexpected identifier \"bar\" in offset, expected number, duration, step(), or range()",
    )]);
}

#[test]
fn forms_are_canonical() {
    prints(&[
        ("SUM(foo) BY (a,b,)", "sum by (a, b) (foo)"),
        ("sum by () (foo)", "sum(foo)"),
        ("sum without () (foo)", "sum without () (foo)"),
        ("a + on() b", "a + on () b"),
        ("a + ignoring() b", "a + b"),
        ("a + ignoring() group_left b", "a + ignoring () group_left () b"),
        ("a == bool on(x) group_right(y) fill(-1) b", "a == bool on (x) group_right (y) fill (-1) b"),
        ("a + fill_right(2) fill_left(1e6) b", "a + fill_left (1e+06) fill_right (2) b"),
        ("foo{b='x',a=~`y`,}", "foo{a=~\"y\",b=\"x\"}"),
        ("{'a b'='\\xff', \"foo\"}", "{\"a b\"=\"\\xff\",__name__=\"foo\"}"),
        ("1e6", "1000000"),
        ("0x10", "16"),
        (".5", "0.5"),
        ("90d", "90d"),
        ("14d", "2w"),
        ("- 300s", "-5m"),
        ("foo[300]", "foo[5m]"),
        ("foo offset -1.5", "foo offset -1s500ms"),
        ("foo offset 0", "foo"),
        ("foo offset 0 offset 5m", "foo offset 5m"),
        ("foo offset +(5)", "foo offset (5)"),
        ("foo offset -(5)", "foo offset -(5)"),
        ("foo[((5s))]", "foo[(5s)]"),
        ("foo[STEP()+1:min_of(1m,range())]", "foo[step() + 1:min_of(1m, range())]"),
        ("foo anchored[5m]", "foo[5m] anchored"),
        ("foo @ 1m40s smoothed offset 1h", "foo @ 100.000 smoothed offset 1h"),
        ("foo offset 1h @ end()", "foo @ end() offset 1h"),
        ("foo[1h:] @ start()", "foo[1h:] @ start()"),
        ("foo offset (5m) @ 9 * 2", "foo offset (5m) @ 9.000 * 2"),
        ("sum by ('without', \"nan\", 'é', on) (foo)", "sum by (\"without\", \"nan\", \"é\", on) (foo)"),
        ("info(x, {})", "info(x, {})"),
    ]);
}

#[test]
fn keywords_are_names_where_a_name_is_expected() {
    prints(&[
        ("and and and", "and and and"),
        ("sum + by", "sum + by"),
        ("offset offset 5m", "offset offset 5m"),
        ("start @ end()", "start @ end()"),
        ("fill + fill(0) fill", "fill + fill (0) fill"),
        ("anchored anchored", "anchored anchored"),
        ("step{inf=\"1\"}", "step{inf=\"1\"}"),
        ("sum by (sum, bool, group_left, atan2) (sum)", "sum by (sum, bool, group_left, atan2) (sum)"),
    ]);
    fails(&[
        ("on", "unexpected <on>"),
        ("atan2", "unexpected <op:atan2>"),
        ("foo + bool", "unexpected end of input"),
        ("sum by (without) (foo)", "unexpected <without> in grouping opts, expected label"),
        ("sum by (inf) (foo)", "unexpected number \"inf\" in grouping opts, expected label"),
    ]);
}

#[test]
fn square_brackets_hold_durations_and_one_colon() {
    for text in [
        "foo[range():1s]",
        "foo[step():]",
        "foo[STEP():step()]",
        "foo[min_of(step(),range()):1m]",
        "foo[(5m):(1m)]",
        "foo[-step():1m]",
        "foo[5m # c\n]",
    ] {
        assert!(printed(text, PLAIN).is_ok(), "{text}");
    }
    fails(&[
        ("foo[:1m]", "unexpected colon before duration in duration expression"),
        ("rate(foo[5m])[:1s]", "unexpected colon before duration in duration expression"),
        ("foo[5m:1m:1s]", "unexpected colon ':'"),
        ("foo[step()::1m]", "unexpected repeated colon in duration expression"),
        (
            "foo[step:1m]",
            "unexpected \":\" in subquery or range selector, expected number, duration, step(), or range()",
        ),
        ("foo[ # c\n5m]", "unexpected character in duration expression: '#'"),
        ("foo[5m x]", "unexpected character: 'x', expected ':'"),
        ("foo[5m[5m]]", "unexpected left bracket '['"),
        ("foo[\"5m\"]", "unexpected character in duration expression: '\"'"),
    ]);
}

#[test]
fn what_the_tree_cannot_hold_is_refused() {
    fails(&[
        ("foo[0]", "duration must be greater than 0"),
        ("foo[5m:-1s]", "duration must be greater than 0"),
        ("foo[1h/0]", "division by zero"),
        ("foo offset (1h % 0)", "modulo by zero"),
        ("foo[9223372037]", "duration out of range"),
        ("foo[5m1h]", "not a valid duration string: \"5m1h\""),
        ("1[5m]", "ranges only allowed for vector selectors"),
        ("(foo)[5m]", "ranges only allowed for vector selectors"),
        ("foo offset 5m[5m]", "no offset modifiers allowed before range"),
        ("foo @ 5[5m]", "no @ modifiers allowed before range"),
        ("foo offset 5m offset 5m", "offset may not be set multiple times"),
        ("foo @ 5 @ end()", "@ <timestamp> may not be set multiple times"),
        ("foo @ -Inf", "timestamp out of bounds for @ modifier: -Inf"),
        ("foo @ 9223372036854775808", "timestamp out of bounds for @ modifier: 9223372036854775808.000000"),
        ("foo anchored smoothed", "anchored and smoothed modifiers cannot be used together"),
        ("foo[5m:] anchored", "anchored modifier is not supported for subqueries"),
        ("1 smoothed", "smoothed modifier not implemented"),
        (
            "(foo) offset 5m",
            "offset modifier must be preceded by an instant vector selector or range vector selector or a subquery",
        ),
        (
            "1 @ 5",
            "@ modifier must be preceded by an instant vector selector or range vector selector or a subquery",
        ),
        ("foo{__name__=\"bar\"}", "metric name must not be set twice: \"foo\" or \"bar\""),
        ("sum by (\"\") (foo)", "invalid label name for grouping: \"\""),
        ("sum by (\"\\xff\") (foo)", "invalid label name for grouping: \"\\xff\""),
        ("abs(foo,)", "trailing commas not allowed in function call args"),
    ]);
}

#[test]
fn misplaced_tokens_are_named_with_their_context() {
    fails(&[
        ("*1", "unexpected <op:*>"),
        ("foo{a b}", "unexpected identifier \"b\" in label matching, expected label matching operator"),
        ("foo{,}", "unexpected \",\" in label matching, expected identifier or \"}\""),
        ("foo{a=b}", "unexpected identifier \"b\" in label matching, expected string"),
        ("foo{a='x' b}", "unexpected identifier \"b\" in label matching, expected \",\" or \"}\""),
        ("foo{1}", "unexpected character inside braces: '1'"),
        ("sum by foo (bar)", "unexpected identifier \"foo\" in grouping opts, expected \"(\""),
        ("sum by (a b) (bar)", "unexpected identifier \"b\" in grouping opts, expected \",\" or \")\""),
        ("sum by (a) foo", "unexpected identifier \"foo\" in aggregation"),
        ("a + on b", "unexpected identifier \"b\" in grouping opts, expected \"(\""),
        ("foo @ start", "unexpected end of input in @, expected timestamp"),
        ("foo offset", "unexpected end of input in offset, expected number, duration, step(), or range()"),
        ("foo[5m", "unclosed left bracket"),
        ("foo[5m 5m]", "unexpected duration \"5m\" in subquery or range, expected \":\" or \"]\""),
        ("foo[5m:1m 1m]", "unexpected duration \"1m\" in subquery selector, expected \"]\""),
        ("a + group_left (b) c", "unexpected <group_left>"),
        ("foo =~ 'x'", "unexpected character after '=': '~'"),
        ("!foo", "unexpected character after '!': 'f'"),
    ]);
}

#[test]
fn unquoted_utf8_names_stand_behind_their_option() {
    for text in [
        "http.server.requests{service.name=\"api\"}",
        "温度{場所=\"東京\"}",
        "foo..bar",
        "foo.",
        "foo.5",
        "_.x",
        ":a.b",
        "a.b:c",
        "Inf.total",
        "NaN.x + 1",
        "sum.total",
        "sum(foo.bar)",
        "sum by (service.name) (x)",
        "a + on (s.n) group_left (é) b",
        "foo{a.=\"c\"}",
        "x.y[5m] offset 1m",
        "fill.x + fill (0) fill.y",
    ] {
        assert_eq!(printed(text, UTF8_NAMES), Ok(text.to_owned()));
        assert!(printed(text, PLAIN).is_err(), "{text}");
    }
    for text in [
        ".foo",
        "5foo",
        "9é",
        "foo{.a=\"c\"}",
        "foo{a:b=\"c\"}",
        "foo😀",
        "foo²",
        "foo١",
        "foo·bar",
        "Ⅷ",
        "o\u{308}",
        "foo[5m.foo]",
        "foo[step.x()]",
        "on",
        "a.b{\"a.b\"}",
    ] {
        assert!(printed(text, UTF8_NAMES).is_err() && printed(text, PLAIN).is_err(), "{text}");
    }
    assert_eq!(printed("foo offset.5", PLAIN), Ok("foo offset 500ms".to_owned()));
    assert_eq!(printed("foo offset.5", UTF8_NAMES), Err("unexpected identifier \"offset.5\"".to_owned()));
    assert_eq!(printed("sum by (a:b) (x)", PLAIN), Ok("sum by (\"a:b\") (x)".to_owned()));
    assert_eq!(
        printed("sum by (a:b) (x)", UTF8_NAMES),
        Err("invalid label name for grouping: \"a:b\"".to_owned())
    );
    assert_eq!(printed("{\"a.b\"=\"c\"}", UTF8_NAMES), Ok("{a.b=\"c\"}".to_owned()));
}

#[test]
fn parentheses_stand_in_for_signs_that_the_tree_forgets() {
    for (text, printed) in [
        ("foo offset --2 * 2", "foo offset (2 * 2)"),
        ("foo offset ---2 * 2 @ 5", "foo @ 5.000 offset (-2 * 2)"),
        ("foo @ 5 offset --2 * 2 > 3", "foo @ 5.000 offset (2 * 2) > 3"),
        ("foo offset --step() * 2", "foo offset --step() * 2"),
    ] {
        let print = |text: &str| promql_grammar::parse(text, &Default::default()).unwrap().to_string();
        assert_eq!(print(text), printed);
        assert_eq!(print(printed), printed);
    }
}
