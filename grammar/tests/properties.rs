//! What holds for every query, and for every text.
#![allow(clippy::unwrap_used)]

use promql_grammar::ast::Kind;
use promql_grammar::{Ast, ParseOptions, brackets_open, parse, pretty, tokens};
use proptest::prelude::*;

/// Options on: more texts are queries.
const OPTIONS: ParseOptions = ParseOptions { unquoted_utf8_names: true };

fn name() -> impl Strategy<Value = String> {
    const WORDS: &[&str] =
        &["foo", "a:b", "sum", "by", "offset", "and", "start", "fill", "step", "x.y", "é", "max_of"];
    prop::sample::select(WORDS).prop_map(str::to_owned)
}

fn label() -> impl Strategy<Value = String> {
    prop::sample::select(&["job", "on", "'without'", "'nan'", "\"a b\"", "'é'", "bool", "x.y"][..])
        .prop_map(str::to_owned)
}

fn labels() -> impl Strategy<Value = String> {
    prop::collection::vec(label(), 0..3).prop_map(|labels| format!("({})", labels.join(", ")))
}

fn string() -> impl Strategy<Value = String> {
    const STRINGS: &[&str] =
        &["''", "\"a\\n\"", "`\\d`", "'\\xff\\u00e9'", "\"é😀\"", "'it\"s'", "\"# no comment\""];
    prop::sample::select(STRINGS).prop_map(str::to_owned)
}

fn number() -> impl Strategy<Value = String> {
    const NUMBERS: &[&str] = &[
        "0", "1", "-1", "+2.5", "1e-9", "1e300", "0x1F", "010", "(Inf)", "NaN", "5m", "1h30m", "-90d", "1w2d",
    ];
    prop::sample::select(NUMBERS).prop_map(str::to_owned)
}

fn duration() -> impl Strategy<Value = String> {
    let atom =
        prop::sample::select(&["5m", "300", "1h30m", "step()", "range()", "0.5"][..]).prop_map(str::to_owned);
    atom.prop_recursive(3, 8, 2, |inner| {
        let two = (inner.clone(), inner.clone());
        prop_oneof![
            inner.clone().prop_map(|d| format!("({d})")),
            inner.clone().prop_map(|d| format!("-({d})")),
            inner.prop_map(|d| format!("+{d}")),
            two.clone().prop_map(|(x, y)| format!("max_of({x}, {y})")),
            (two, prop::sample::select(&["+", "-", "*", "/", "%", "^"][..]))
                .prop_map(|((x, y), op)| format!("{x} {op} {y}")),
        ]
    })
}

fn selector() -> impl Strategy<Value = String> {
    let matcher = (label(), prop::sample::select(&["=", "!=", "=~", "!~"][..]), string())
        .prop_map(|(label, op, value)| format!("{label}{op}{value}"));
    let braces = prop::collection::vec(matcher, 0..3)
        .prop_map(|matchers| format!("{{{}}}", matchers.join(",")))
        .boxed();
    prop_oneof![name(), braces.clone(), (name(), braces).prop_map(|(name, braces)| name + &braces)]
}

fn modifiers() -> impl Strategy<Value = String> {
    let at = prop::sample::select(&["", " @ 10.5", " @ start()", " @ -1h", " @ end()"][..]);
    let offset = prop_oneof![Just(String::new()), duration().prop_map(|d| format!(" offset ({d})"))];
    let extended = prop::sample::select(&["", "", " anchored", " SMOOTHED"][..]);
    (at, offset, extended).prop_map(|(at, offset, extended)| format!("{extended}{offset}{at}"))
}

fn expression() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        number(),
        string(),
        (selector(), modifiers()).prop_map(|(selector, modifiers)| selector + &modifiers),
        (selector(), duration(), modifiers())
            .prop_map(|(selector, range, modifiers)| format!("{selector}[{range}]{modifiers}")),
    ];
    let op = prop::sample::select(
        &[
            "+", "-", "*", "/", "%", "^", "atan2", "==", "!=", "<", "</", ">/", "and", "or", "UNLESS",
            "< bool",
        ][..],
    );
    let matching = prop_oneof![
        Just(String::new()),
        labels().prop_map(|labels| format!("on {labels}")),
        labels().prop_map(|labels| format!("ignoring {labels} group_left")),
        (labels(), labels()).prop_map(|(on, include)| format!("on {on} group_right {include} fill(-1)")),
        Just("fill_left(2) fill_right(NaN)".to_owned()),
    ];
    leaf.prop_recursive(5, 24, 3, move |inner| {
        let args = prop::collection::vec(inner.clone(), 1..3).prop_map(|args| args.join(", "));
        prop_oneof![
            inner.clone().prop_map(|e| format!("({e})")),
            inner.clone().prop_map(|e| format!("-({e})")),
            inner.clone().prop_map(|e| format!("- {e}")),
            inner.clone().prop_map(|e| format!("({e})[1h:]")),
            (inner.clone(), duration(), duration())
                .prop_map(|(e, r, s)| format!("({e})[{r}:{s}] offset -5m")),
            args.clone().prop_map(|args| format!("rate({args})")),
            (args.clone(), labels()).prop_map(|(args, labels)| format!("topk({args}) without {labels}")),
            (args, labels()).prop_map(|(args, labels)| format!("sum by {labels} ({args})")),
            (inner.clone(), op.clone(), matching.clone(), inner)
                .prop_map(|(l, op, m, r)| format!("{l} {op} {m} {r}")),
        ]
    })
}

/// A query whose spaces have become comments here and there.
fn commented() -> impl Strategy<Value = String> {
    let gap = prop::sample::select(&[" ", " ", " ", " # c\n", "\n# own\n", " # 1\n # 2 \n"][..]);
    (expression(), prop::collection::vec(gap, 40), prop::sample::select(&["", "# first\n", " # x\n\n"][..]))
        .prop_map(|(text, gaps, first)| {
            let mut gaps = gaps.into_iter().cycle();
            let mut out = first.to_owned();
            let mut quoted = None;
            for c in text.chars() {
                match quoted {
                    None if c == ' ' => out.push_str(gaps.next().unwrap_or(" ")),
                    _ => out.push(c),
                }
                quoted = match quoted {
                    Some(quote) if quote == c => None,
                    None if "\"'`".contains(c) => Some(c),
                    other => other,
                };
            }
            out
        })
}

fn comments(ast: &Ast) -> Vec<&str> {
    ast.comments().iter().map(|comment| comment.text.trim_end()).collect()
}

/// Up to where the seconds that they are kept as run out of digits.
#[test]
fn durations_say_the_same_after_printing() {
    let tree = |text: &str| parse(text, &OPTIONS).unwrap();
    let number = |ast: &Ast| match ast[ast.root()].kind {
        Kind::Unary { expr, .. } => ast[expr].kind.clone(),
        ref kind => kind.clone(),
    };
    let lengths = (1..5_000).chain((0..43).map(|bits| (1i64 << bits) + 1)).chain([3_003_003_003_002]);
    for length in lengths {
        for text in [format!("{length}ms"), format!("-{length}ms")] {
            let ast = tree(&text);
            assert_eq!(number(&tree(&ast.to_string())), number(&ast), "{text}");
        }
        for text in [
            format!("foo[{length}ms]"),
            format!("foo[{}.{:03}]", length / 1000 + 1, length % 1000),
            format!("foo offset -{length}ms"),
        ] {
            let printed = tree(&text).to_string();
            assert_eq!(tree(&printed).to_string(), printed, "{text}");
        }
    }
    assert_eq!(tree("1001ms").to_string(), "1s1ms");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn printing_and_parsing_is_the_identity(text in expression()) {
        let Ok(ast) = parse(&text, &OPTIONS) else { return Ok(()) };
        let printed = ast.to_string();
        let again = parse(&printed, &OPTIONS).map_err(|failure| TestCaseError::fail(format!("{printed}: {:?}", failure.errors)))?;
        prop_assert_eq!(again.to_string(), printed);
    }

    #[test]
    fn laying_out_keeps_the_query_and_its_comments(text in commented()) {
        let Ok(ast) = parse(&text, &OPTIONS) else { return Ok(()) };
        let laid_out = pretty(&ast);
        let again = parse(&laid_out, &OPTIONS).map_err(|failure| TestCaseError::fail(format!("{laid_out}: {:?}", failure.errors)))?;
        prop_assert_eq!(again.to_string(), ast.to_string());
        prop_assert_eq!(comments(&again), comments(&ast));
        prop_assert_eq!(pretty(&again), laid_out);
    }

    #[test]
    fn no_text_panics(text in any::<String>()) {
        reads(&text);
    }

    #[test]
    fn no_broken_query_panics(text in commented(), cut in any::<prop::sample::Index>(), noise in "[-+*/()\\[\\]{}:,@#'\"`=!~a5m. \n]{0,3}") {
        let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        let at = places[cut.index(places.len())];
        reads(&format!("{}{noise}{}", &text[..at], &text[at..]));
        reads(&format!("{}{noise}", &text[..at]));
    }
}

/// Errors have places in the text, tokens do not overlap, what is left can be printed.
fn reads(text: &str) {
    for unquoted_utf8_names in [false, true] {
        let options = ParseOptions { unquoted_utf8_names };
        if let Err(failure) = parse(text, &options) {
            assert!(!failure.errors.is_empty());
            for error in &failure.errors {
                assert!(text.get(error.span().range()).is_some(), "{error} at {:?}", error.span());
                assert!(!error.to_string().is_empty() && !error.code().is_empty());
                let _ = error.help();
            }
            if let Some(partial) = failure.partial {
                partial.to_string();
                let _ = pretty(&partial);
            }
        }
        let tokens = tokens(text, &options);
        for pair in tokens.windows(2) {
            assert!(pair[0].1.end <= pair[1].1.start, "{pair:?}");
        }
        assert!(tokens.iter().all(|(_, span)| text.get(span.range()).is_some()));
        let _ = brackets_open(text);
    }
}
