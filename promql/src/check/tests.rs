//! Facts and errors of whole queries.

use super::*;
use promql_grammar::ParseOptions;

fn parse(text: &str) -> Ast {
    promql_grammar::parse(text, &ParseOptions::default()).expect("the syntax is right in this test")
}

fn ok(text: &str) -> Checked {
    check(parse(text), &Features::all()).unwrap_or_else(|errors| panic!("{text}: {errors:?}"))
}

/// The errors of a query, each with the text that it is about.
fn errors(text: &str, features: &Features) -> Vec<(String, String)> {
    let errors = check(parse(text), features).err().unwrap_or_default();
    errors.iter().map(|error| (text[error.span.range()].to_owned(), error.to_string())).collect()
}

#[track_caller]
fn assert_error(text: &str, place: &str, message: &str) {
    assert_eq!(errors(text, &Features::all()), [(place.to_owned(), message.to_owned())], "{text}");
}

#[test]
fn types_follow_from_operands() {
    use ValueType::{Matrix, Scalar, String, Vector};
    for (text, expected) in [
        ("1", Scalar),
        ("5m", Scalar),
        ("'s'", String),
        ("foo", Vector),
        ("(((foo[5m])))", Matrix),
        ("foo[5m:1m]", Matrix),
        ("1 + 2", Scalar),
        ("1 + foo", Vector),
        ("-(time())", Scalar),
        ("-foo", Vector),
        ("1 == bool 2", Scalar),
        ("sum(foo)", Vector),
        ("scalar(foo)", Scalar),
        ("vector(1)", Vector),
        ("hour()", Vector),
        ("1 </ 2", Scalar),
        ("foo + on() 1", Vector),
    ] {
        let checked = ok(text);
        assert_eq!(checked.value_type(checked.ast().root()), expected, "{text}");
    }
}

#[test]
fn matchers_are_compiled_with_the_name_last() {
    let checked = ok(r#"foo{a!="b",c=~"d|e"}"#);
    let matchers = checked.matchers(checked.ast().root());
    let names: Vec<_> = matchers.iter().map(|matcher| &*matcher.name).collect();
    assert_eq!(names, ["a", "c", "__name__"]);
    assert!(matchers[1].matches("e") && !matchers[1].matches("de"));
}

#[test]
fn calls_know_their_function() {
    let checked = ok("rate(foo[5m])");
    assert_eq!(checked.function(checked.ast().root()).name, "rate");
}

#[test]
fn names_must_be_known_and_enabled() {
    assert_error("Rate(foo[5m])", "Rate", r#"unknown function with name "Rate""#);
    let off = |text| errors(text, &Features::default());
    let disabled = |place: &str, message: &str| [(place.to_owned(), message.to_owned())];
    assert_eq!(off("info(foo)"), disabled("info", r#"function "info" is not enabled"#));
    assert_eq!(
        off("limitk(1, foo)"),
        disabled(
            "limitk(1, foo)",
            "limitk() is experimental and must be enabled with --enable-feature=promql-experimental-functions"
        )
    );
    assert_eq!(
        off("a + fill (1) b"),
        disabled("a + fill (1) b", "binop fill modifiers are experimental and not enabled")
    );
    assert!(off("first_over_time(foo[5m])").is_empty());
}

#[test]
fn calls_take_what_their_signature_says() {
    assert_error("floor()", "floor()", r#"expected 1 argument(s) in call to "floor", got 0"#);
    assert_error("floor(a, b)", "floor(a, b)", r#"expected 1 argument(s) in call to "floor", got 2"#);
    assert_error("hour(a, b)", "hour(a, b)", r#"expected at most 1 argument(s) in call to "hour", got 2"#);
    assert_error(
        r#"label_join(a, "b")"#,
        r#"label_join(a, "b")"#,
        r#"expected at least 3 argument(s) in call to "label_join", got 2"#,
    );
    assert_error(
        "rate(a)",
        "a",
        r#"expected type range vector in call to function "rate", got instant vector"#,
    );
    assert_error(
        r#"label_join(a, "b", ",", "c", 1)"#,
        "1",
        r#"expected type string in call to function "label_join", got scalar"#,
    );
    assert!(errors(r#"histogram_quantiles(a, "q", 0.1, 0.2, 0.3)"#, &Features::all()).is_empty());
}

#[test]
fn info_wants_matchers_only() {
    ok(r#"info(a, {})"#);
    ok(r#"info(a, {b=~".*"})"#);
    assert_error("info(a, b)", "b", "expected label selectors only, got vector selector instead");
    assert_error(r#"info(a, ({b="c"}))"#, r#"({b="c"})"#, "expected label selectors only");
    assert_error(
        "info(a, 1)",
        "info(a, 1)",
        r#"expected type instant vector in call to function "info", got scalar"#,
    );
    assert_error("info({}, {})", "{}", "vector selector must contain at least one non-empty matcher");
}

#[test]
fn aggregations_take_one_or_two_arguments() {
    assert_error("sum()", "sum()", "no arguments for aggregate expression provided");
    assert_error(
        "sum(a, b)",
        "sum(a, b)",
        "wrong number of arguments for aggregate expression provided, expected 1, got 2",
    );
    assert_error(
        "topk(a)",
        "topk(a)",
        "wrong number of arguments for aggregate expression provided, expected 2, got 1",
    );
    assert_error(
        "sum(a[5m])",
        "a[5m]",
        "expected type instant vector in aggregation expression, got range vector",
    );
    assert_error("topk(a, b)", "a", "expected type scalar in aggregation parameter, got instant vector");
    assert_error("count_values(1, b)", "1", "expected type string in aggregation parameter, got scalar");
}

#[test]
fn operators_and_clauses_must_fit() {
    assert_error("1 == 2", "==", "comparisons between scalars must use BOOL modifier");
    assert_error("a + bool b", "+", "bool modifier can only be used on comparison operators");
    assert_error(
        "a + on(x) group_left(x) b",
        "+",
        r#"label "x" must not occur in ON and GROUP clause at once"#,
    );
    ok("a + ignoring(x) group_left(x) b");
    let operand = "binary expression must contain only scalar and instant vector types";
    assert_error("a[5m] + 1", "a[5m]", operand);
    assert_error("1 + 'b'", "'b'", operand);
    assert_error("1 + on(x) a", "1 + on(x) a", "vector matching only allowed between instant vectors");
    assert_error(
        "1 + fill (0) a",
        "1 + fill (0) a",
        "filling in missing series only allowed between instant vectors",
    );
    assert_error(
        "a and fill (0) b",
        "a and fill (0) b",
        "filling in missing series not allowed for set operators",
    );
    assert_error(
        "a and on(x) group_left(y) b",
        "a and on(x) group_left(y) b",
        r#"no grouping allowed for "and" operation"#,
    );
    assert_error("a or 1", "a or 1", r#"set operator "or" not allowed in binary scalar expression"#);
    assert_error(
        "-a[5m]",
        "-a[5m]",
        "unary expression only allowed on expressions of type scalar or instant vector, got \"range vector\"",
    );
    assert_error(
        "time()[5m:1m]",
        "time()[5m:1m]",
        "subquery is only allowed on instant vector, got scalar instead",
    );
}

#[test]
fn selectors_must_select_something() {
    let empty = "vector selector must contain at least one non-empty matcher";
    assert_error("{}", "{}", empty);
    assert_error(r#"{a=~".*",b!="c"}"#, r#"{a=~".*",b!="c"}"#, empty);
    assert_error(r#"rate({a=""}[5m])"#, r#"{a=""}"#, empty);
    ok(r#"{a=~".+"}"#);
    ok(r#"{"foo"}"#);
}

#[test]
fn all_errors_are_told_in_text_order_without_echoes() {
    let found = errors(r#"nofunc(sum(a[5m])) + rate(b) * {c=~"("}"#, &Features::all());
    let places: Vec<_> = found.iter().map(|(place, _)| place.as_str()).collect();
    assert_eq!(places, ["nofunc", "a[5m]", "b", r#"c=~"(""#]);
}

#[test]
fn diagnostics_say_what_to_do() {
    let text = "raet(a) + on(x) 1";
    let found = check(parse(text), &Features::default()).err().unwrap_or_default();
    let diagnostics: Vec<_> = found.iter().map(CheckError::diagnostic).collect();
    assert_eq!(diagnostics[0].code, "unknown-function");
    assert_eq!(diagnostics[0].help.as_deref(), Some("did you mean `rate`?"));
    assert_eq!(diagnostics[1].code, "vector-matching");
    let (place, said) = &diagnostics[1].labels[1];
    assert_eq!((&text[place.range()], said.as_str()), ("on(x)", "this clause"));
}

#[test]
fn depth_is_no_limit() {
    let text = format!("{}foo{}", "-(".repeat(50_000), ")".repeat(50_000));
    assert_eq!(ok(&text).value_type(ok(&text).ast().root()), ValueType::Vector);
}
