//! Queries that people wrote: all are accepted, and neither printing nor layout changes what they say.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that cannot start has failed, and says how it went"
)]

mod written;

use promql::{Engine, EngineOptions, Features};
use promql_grammar::ast::{ExprId, Kind};
use promql_grammar::{Ast, ParseOptions, Span, parse, pretty, tokens};
use written::{Written, corpus};

const UTF8: ParseOptions = ParseOptions { unquoted_utf8_names: true };

/// All language allowed: what a feature flag forbids is a query all the same.
fn engine() -> Engine {
    Engine::new(EngineOptions { features: Features::all(), threads: 1, ..EngineOptions::default() })
}

fn tree(text: &str) -> Ast {
    parse(text, &UTF8).unwrap_or_else(|failure| panic!("{text}\n{failure:?}"))
}

/// The nodes of a tree, without what has no meaning: places in the text, the order of matchers, empty clauses, the
/// spelling of durations.
fn meaning(ast: &Ast) -> Vec<String> {
    let span = Span::default();
    let meaning = |id: ExprId| {
        let mut kind = ast[id].kind.clone();
        match &mut kind {
            Kind::Selector(selector) => {
                selector.matchers.iter_mut().for_each(|matcher| matcher.span = span);
                selector.matchers.sort_by_key(|matcher| format!("{matcher:?}"));
            }
            Kind::Call { function_span, .. } => *function_span = span,
            Kind::Aggregate { op_span, grouping, .. } => {
                *op_span = span;
                grouping.iter_mut().for_each(|grouping| grouping.span = span);
                grouping.take_if(|grouping| !grouping.without && grouping.labels.is_empty());
            }
            Kind::Binary { op_span, modifiers, .. } => {
                *op_span = span;
                modifiers.group.iter_mut().for_each(|group| group.span = span);
                modifiers.matching.iter_mut().for_each(|matching| matching.span = span);
                let grouped = modifiers.group.is_some();
                modifiers.matching.take_if(|matching| !grouped && !matching.on && matching.labels.is_empty());
            }
            _ => {}
        }
        format!("{kind:?}")
    };
    ast.ids().map(meaning).collect()
}

#[test]
fn every_query_is_accepted() {
    let engine = engine();
    for Written { place, text } in corpus() {
        if let Err(error) = engine.parse(&text) {
            panic!("{place}: {text}\n{error}");
        }
    }
}

#[test]
fn what_is_printed_says_the_same() {
    for Written { place, text } in corpus() {
        let ast = tree(&text);
        let printed = tree(&ast.to_string());
        assert_eq!(meaning(&printed), meaning(&ast), "{place}: {text}\n{printed}");
        assert_eq!(printed.to_string(), ast.to_string(), "{place}: {text}");
    }
}

#[test]
fn what_is_laid_out_says_the_same_and_stays() {
    for Written { place, text } in corpus() {
        let ast = tree(&text);
        let laid_out = pretty(&ast);
        let again = tree(&laid_out);
        assert_eq!(meaning(&again), meaning(&ast), "{place}: {text}\n{laid_out}");
        assert_eq!(pretty(&again), laid_out, "{place}: {text}");
        let texts =
            |ast: &Ast| ast.comments().iter().map(|comment| comment.text.trim_end().to_owned()).collect();
        let (before, after): (Vec<String>, Vec<String>) = (texts(&ast), texts(&again));
        assert_eq!(after, before, "{place}: {text}");
    }
}

#[test]
fn comments_survive_wherever_they_stand() {
    for Written { place, text } in corpus() {
        let mut ends: Vec<usize> = tokens(&text, &UTF8).iter().map(|(_, span)| span.end as usize).collect();
        ends.insert(0, 0);
        // One comment at a time, then all at once.
        let cases = ends.iter().map(std::slice::from_ref).chain([ends.as_slice()]);
        for case in cases {
            let (mut commented, mut from) = (String::new(), 0);
            for (number, &end) in case.iter().enumerate() {
                commented += &format!("{} # {number}\n", &text[from..end]);
                from = end;
            }
            commented += &text[from..];
            let Ok(ast) = parse(&commented, &UTF8) else { continue };
            let laid_out = pretty(&ast);
            let again = tree(&laid_out);
            assert_eq!(again.to_string(), ast.to_string(), "{place}: {commented}\n{laid_out}");
            assert_eq!(pretty(&again), laid_out, "{place}: {commented}");
            let texts: Vec<&str> = again.comments().iter().map(|comment| comment.text.as_str()).collect();
            let expected: Vec<&str> = ast.comments().iter().map(|comment| comment.text.as_str()).collect();
            assert_eq!(texts, expected, "{place}: {commented}\n{laid_out}");
            assert!(expected.len() >= case.len());
        }
    }
}
