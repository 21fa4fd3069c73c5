//! Trees and errors as they look, one small snapshot a case.
#![allow(clippy::unwrap_used)]

use promql_grammar::{Ast, ParseOptions, ast::Kind, parse};
use std::fmt::Write;

/// One line a node, children before parents.
fn tree(text: &str) -> String {
    let ast: Ast = parse(text, &ParseOptions::default()).unwrap();
    let mut out = String::new();
    for id in ast.ids() {
        let node = &ast[id];
        let kind = match &node.kind {
            Kind::Selector(selector) => format!("Selector {:?} {:?}", selector.name, selector.modifiers),
            Kind::Binary { op, modifiers, .. } => format!("Binary {op} {modifiers:?}"),
            other => format!("{other:?}"),
        };
        writeln!(out, "{} `{}` {kind}", id.index(), &text[node.span.range()]).unwrap();
    }
    out
}

/// The query with the errors below, each with code and help.
fn errors(text: &str) -> String {
    let failure = parse(text, &ParseOptions::default()).unwrap_err();
    let mut out = format!("{text}\n");
    for error in failure.errors {
        let span = error.span().range();
        let marks = "^".repeat(span.len().max(1));
        writeln!(out, "{}{marks} {}: {error}", " ".repeat(span.start), error.code()).unwrap();
        if let Some(help) = error.help() {
            writeln!(out, "  help: {help}").unwrap();
        }
    }
    out
}

macro_rules! snapshots {
    ($make:ident: $($name:ident: $text:literal,)*) => { $(
        #[test]
        fn $name() {
            insta::assert_snapshot!($make($text));
        }
    )* };
}

snapshots! { tree:
    tree_number: "- 1",
    tree_sign_binds_like_a_product: "-1 ^ 2",
    tree_sign_in_exponent: "2 ^ -1 * 3",
    tree_modifiers: "foo[5m] anchored offset -1h @ end()",
    tree_subquery: "foo[1h:5m] offset step()",
    tree_aggregation: "topk(2, foo) by (a, on)",
    tree_matching: "a > bool on (x) group_left (y) fill_left (-1) b",
    tree_offset_ends: "foo offset 5m * 2",
    tree_offset_goes_on: "foo offset (5m) * 2",
    tree_keywords_as_names: "sum + by and and",
}

snapshots! { errors:
    error_empty: "",
    error_missing_operand: "foo +",
    error_unclosed: "sum(rate(foo[5m])",
    error_stray: "sum(foo))",
    error_several: "foo{a} + bar[x] + baz offset",
    error_label: "sum by (1) (foo)",
    error_assign: "foo = 1",
    error_misspelt: "sum(foo) bye (job)",
    error_range_on_call: "rate(foo)[5m]",
    error_offset_before_range: "foo offset 5m [5m]",
    error_offset_twice: "foo offset 5m offset 5m",
    error_zero_range: "foo[0]",
    error_division: "foo[1h / 0]",
    error_name_twice: "foo{\"bar\"}",
    error_escape: "'\\d'",
    error_and: "foo && bar",
    error_other_script: "température",
    error_fraction: "foo[1.5h]",
    error_trailing_comma: "abs(foo,)",
}
