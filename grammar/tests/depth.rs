//! Depth costs time in proportion and no stack: everything here runs on a test thread's 2 MB.
#![allow(clippy::unwrap_used)]

use promql_grammar::{Ast, ParseOptions, brackets_open, parse, pretty, tokens};
use std::time::{Duration, Instant};

const DEPTH: usize = 100_000;

/// Generous: this is an unoptimised build. What it must catch is quadratic work, which takes minutes.
const LIMIT: Duration = Duration::from_secs(5);

fn read(text: &str) -> Ast {
    parse(text, &ParseOptions::default()).unwrap_or_else(|failure| panic!("{}", failure.errors[0]))
}

/// Parses, prints and lays out, there and back.
fn survives(text: &str) {
    let start = Instant::now();
    let ast = read(text);
    let printed = ast.to_string();
    assert_eq!(read(&printed).to_string(), printed);
    let laid_out = pretty(&ast);
    assert_eq!(pretty(&read(&laid_out)).len(), laid_out.len());
    assert!(start.elapsed() < LIMIT, "{:?} for {}..", start.elapsed(), &text[..20]);
}

#[test]
fn nested_parentheses() {
    survives(&format!("{}foo{}", "(".repeat(DEPTH), ")".repeat(DEPTH)));
}

#[test]
fn chains_of_operands() {
    survives(&vec!["foo"; DEPTH].join(" + "));
    survives(&vec!["foo"; DEPTH].join(" ^ "));
    survives(&vec!["foo"; DEPTH].join(" or "));
}

#[test]
fn chains_of_signs() {
    survives(&format!("{}foo", "-".repeat(DEPTH)));
}

#[test]
fn nested_calls_aggregations_and_subqueries() {
    survives(&format!("{}foo{}", "abs(".repeat(DEPTH), ")".repeat(DEPTH)));
    survives(&format!("{}foo{}", "sum by (a) (".repeat(DEPTH / 10), ")".repeat(DEPTH / 10)));
    survives(&format!("foo{}", "[5m:]".repeat(DEPTH)));
}

#[test]
fn deep_durations() {
    survives(&format!("foo[{}step(){}]", "-(".repeat(DEPTH), ")".repeat(DEPTH)));
    survives(&format!("foo offset ({})", vec!["step()"; DEPTH].join(" ^ ")));
}

#[test]
fn comments_everywhere() {
    survives(&("foo # bar\n+\n# baz\n".repeat(DEPTH / 10) + "foo"));
    survives(&format!("{}foo{}", "-#\n".repeat(DEPTH), " # c\n".repeat(DEPTH)));
    survives(&format!("{}foo{}", "(# c\n".repeat(DEPTH / 10), ")# d\n".repeat(DEPTH / 10)));
    survives(&format!("foo{}", "[5m: # c\n]".repeat(DEPTH / 10)));
}

#[test]
fn deep_errors() {
    let fails = |text: &str| {
        let start = Instant::now();
        let failure = parse(text, &ParseOptions::default()).unwrap_err();
        assert!(!failure.errors.is_empty());
        let _ = (tokens(text, &ParseOptions::default()), brackets_open(text));
        assert!(start.elapsed() < LIMIT, "{:?} for {}..", start.elapsed(), &text[..20]);
    };
    for unit in [
        "(", ")", "[", "{", "\"", "'\n", "`", "-", "a ", "a,", "f(", "a(b c)", "a[", "5m1h ", "\\", "é",
        "sum by (", "@ ",
    ] {
        fails(&unit.repeat(DEPTH));
    }
    fails(&format!("{}foo bar{}", "(".repeat(DEPTH), ")".repeat(DEPTH)));
    fails(&format!("foo offset {}foo", "(".repeat(DEPTH)));
    fails(&vec!["1[5m]"; DEPTH].join("+"));
    fails(&vec!["(foo bar)"; DEPTH].join("+"));
    fails(&vec!["foo bar"; DEPTH].join("+"));
    fails(&format!("a{}", "#\r".repeat(DEPTH) + "b"));
}
