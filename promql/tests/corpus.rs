//! Queries that people wrote: the rule files and test scripts of Prometheus, kube-prometheus and kubernetes-mixin.
//!
//! They are read in place from `PROMQL_UPSTREAM`, by default from `../shared/upstream` beside the repository.

use granit_parser::{Event, Parser, ScalarStyle};
use promql::{Engine, EngineOptions, Features};
use promql_grammar::ast::{ExprId, Kind};
use promql_grammar::{Ast, ParseOptions, Span, parse, pretty, tokens};
use std::path::{Path, PathBuf};

/// Files that are meant not to be read, or whose queries are meant not to be accepted.
const BAD: &[&str] = &["bad-promql.yml", "bad-rules-syntax.yml", "rules-bad.yml"];

const UTF8: ParseOptions = ParseOptions { unquoted_utf8_names: true };

/// A query and where it comes from.
struct Written {
    place: String,
    text: String,
}

fn upstream() -> Option<PathBuf> {
    let upstream = std::env::var_os("PROMQL_UPSTREAM").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/upstream"),
        PathBuf::from,
    );
    if !upstream.is_dir() {
        println!("skipped: Prometheus' files are not here, see PROMQL_UPSTREAM");
        return None;
    }
    Some(upstream)
}

fn files(folder: &Path, extensions: &[&str]) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| {
        path.extension().is_some_and(|found| extensions.iter().any(|wanted| found == *wanted))
    });
    files.sort();
    files
}

/// The values of all `expr` keys of a YAML text, wherever they stand.
fn expressions(path: &Path) -> Vec<Written> {
    let text = std::fs::read_to_string(path).unwrap();
    let mut queries = Vec::new();
    let mut after_key = false;
    for event in Parser::new_from_str(&text) {
        let Ok((event, span)) = event else { panic!("{}: {event:?}", path.display()) };
        if let Event::Scalar(value, style, ..) = event {
            if after_key {
                let place = format!("{}:{}", path.display(), span.start.line());
                queries.push(Written { place, text: value.clone().into_owned() });
            }
            after_key = !after_key && value == "expr" && style == ScalarStyle::Plain;
        } else {
            after_key = false;
        }
    }
    queries
}

/// The queries of all `eval` statements of a script.
fn statements(path: &Path) -> Vec<Written> {
    let text = std::fs::read_to_string(path).unwrap();
    let mut queries = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let Some(rest) = line.strip_prefix("eval") else { continue };
        let words: Vec<&str> = rest.split_whitespace().collect();
        let before = match words.as_slice() {
            ["instant", "at", ..] | [_, "instant", "at", ..] => 1,
            ["range", "from", ..] | [_, "range", "from", ..] => 5,
            _ => panic!("{}:{}: {line}", path.display(), number + 1),
        };
        let start = words.iter().position(|&word| word == "at" || word == "from").unwrap() + 1 + before;
        let query = words[start..].first().map_or("", |word| {
            let offset = word.as_ptr() as usize - line.as_ptr() as usize;
            line[offset..].trim_end()
        });
        queries.push(Written { place: format!("{}:{}", path.display(), number + 1), text: query.to_owned() });
    }
    queries
}

fn corpus() -> Vec<Written> {
    let Some(upstream) = upstream() else { return Vec::new() };
    let mut queries = Vec::new();
    for folder in ["kube-prometheus", "kubernetes-mixin", "kubernetes-mixin/tests", "promtool"] {
        let files = files(&upstream.join(folder), &["yaml", "yml"]);
        let good = |path: &&PathBuf| !BAD.iter().any(|bad| path.file_name().is_some_and(|name| name == *bad));
        queries.extend(files.iter().filter(good).flat_map(|path| expressions(path)));
    }
    let rules = queries.len();
    for script in files(&upstream.join("promqltest"), &["test"]) {
        queries.extend(statements(&script));
    }
    println!("{rules} rules, {} statements", queries.len() - rules);
    assert!(rules > 400 && queries.len() - rules > 2_000, "the corpus is not whole");
    queries
}

/// All language allowed: what a feature flag forbids is a query all the same.
fn engine() -> Engine {
    Engine::new(EngineOptions { features: Features::all(), threads: 1, ..EngineOptions::default() })
}

fn tree(text: &str) -> Ast {
    parse(text, &UTF8).unwrap_or_else(|failure| panic!("{text}\n{failure:?}"))
}

/// The nodes of a tree, without what has no meaning: places in the text, the order of matchers, empty clauses, the
/// spelling of durations.
fn meaning(ast: &Ast) -> Vec<Kind> {
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
        kind
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
