//! Queries as deep, as long and as wide as nobody writes them: everything that is done to a query is done to them, on
//! a stack of 2 MB, without recursion and in time that grows with the text and not faster.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that cannot start has failed, and says how it went"
)]

use promql::model::ValueType;
use promql::source::MemorySource;
use promql::{Engine, EngineOptions, Error, Features, QueryOutput, SampleRef};
use std::time::{Duration, Instant};

/// Far more than any of this takes, far less than what grows with the square would.
const PATIENCE: Duration = Duration::from_secs(20);

fn source() -> MemorySource {
    promql::source::text::load("load 30s\n  a{x=\"1\"} 1+1x20\n  a{x=\"2\"} 5+1x20\n  b{x=\"1\"} 3x20\n")
        .unwrap()
}

/// Parses, prints, lays out, and answers at one time and over a range; gives the instant answer.
fn walk(name: &'static str, text: String) -> Result<QueryOutput, Error> {
    let work = move || {
        let start = Instant::now();
        let features = Features::all();
        let engine = Engine::new(EngineOptions { threads: 1, features, ..EngineOptions::default() });
        let query = engine.parse(&text)?;
        let printed = query.ast().to_string();
        let again = engine.parse(&printed).expect("what is printed is a query");
        assert!(again.ast().to_string() == printed, "printing is stable");
        drop(again);
        let pretty = promql_grammar::pretty(query.ast());
        let again = engine.parse(&pretty).expect("what is laid out is a query");
        assert!(promql_grammar::pretty(again.ast()) == pretty, "the layout is stable");
        drop(again);
        let source = source();
        let answer = query.instant(&source, 600_000);
        if query.value_type() != ValueType::String {
            let range = query.range(&source, 300_000, 600_000, 60_000);
            assert_eq!(answer.is_ok(), range.is_ok(), "{name}");
        }
        drop(query);
        println!("{name}: {} bytes in {:?}", text.len(), start.elapsed());
        assert!(start.elapsed() < PATIENCE, "{name} took {:?}", start.elapsed());
        answer
    };
    let thread = std::thread::Builder::new().stack_size(2 << 20);
    thread.spawn(work).unwrap().join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// The sum of all floats of an answer.
fn total(name: &'static str, text: String) -> f64 {
    let answer = walk(name, text).unwrap_or_else(|error| panic!("{name}: {error}"));
    if let Some((_, value)) = answer.scalar() {
        return value;
    }
    let samples = answer.series().flat_map(|series| series.samples());
    samples.map(|(_, sample)| if let SampleRef::Float(value) = sample { value } else { f64::NAN }).sum()
}

fn nested(open: &str, inner: &str, close: &str, depth: usize) -> String {
    open.repeat(depth) + inner + &close.repeat(depth)
}

#[test]
fn parentheses() {
    assert_eq!(total("parentheses around a number", nested("(", "1", ")", 100_000)), 1.0);
    assert_eq!(total("parentheses around a selector", nested("(", "a", ")", 100_000)), 46.0);
}

#[test]
fn signs() {
    assert_eq!(total("signs before a number", "-".repeat(100_000) + "1"), 1.0);
    assert_eq!(total("signs before a selector", "-".repeat(100_001) + "a"), -46.0);
    assert_eq!(total("signs of both kinds", "+-".repeat(50_000) + "a"), 46.0);
    assert_eq!(total("signs in parentheses", nested("-(", "a", ")", 50_000)), 46.0);
}

#[test]
fn chains() {
    assert_eq!(total("a chain of numbers", "1 + ".repeat(99_999) + "1"), 100_000.0);
    assert_eq!(total("a chain to the right", "1 ^ ".repeat(99_999) + "1"), 1.0);
    assert_eq!(total("a vector and numbers", "a".to_owned() + &" + 1".repeat(99_999)), 200_044.0);
    assert_eq!(total("a vector under powers", "1 ^ ".repeat(99_999) + "a"), 2.0);
    assert_eq!(total("numbers before a vector", nested("(1 + ", "a", ")", 50_000)), 100_046.0);
}

#[test]
fn chains_of_vectors() {
    assert_eq!(total("added", "a + ".repeat(99_999) + "a"), 46.0 * 100_000.0);
    assert_eq!(total("to the right", nested("(a + ", "a", ")", 20_000)), 46.0 * 20_001.0);
    assert_eq!(total("balanced", nested("(a + a) + ", "a", "", 33_333)), 46.0 * 66_667.0);
    assert_eq!(total("any", "a or ".repeat(9_999) + "a"), 46.0);
    assert_eq!(total("all", "a and ".repeat(9_999) + "a"), 46.0);
    assert_eq!(total("matched", "a * on (x) group_left ".repeat(9_999) + "b"), f64::INFINITY);
}

#[test]
fn calls() {
    assert_eq!(total("abs", nested("abs(", "a", ")", 20_000)), 46.0);
    assert_eq!(total("vector and scalar", nested("vector(scalar(", "b", "))", 10_000)), 3.0);
    assert_eq!(
        total("label_replace", nested("label_replace(", "a", ", \"y\", \"z\", \"\", \"\")", 10_000)),
        46.0
    );
    assert_eq!(total("sort", nested("sort(", "a", ")", 10_000)), 46.0);
    assert_eq!(total("sum", nested("sum(", "a", ")", 20_000)), 46.0);
    assert_eq!(total("sum by", nested("sum by (x) (", "a", ")", 20_000)), 46.0);
    assert_eq!(total("topk", nested("topk(1, ", "a", ")", 10_000)), 25.0);
    assert_eq!(total("parameters", nested("bottomk(scalar(", "b", "), b)", 5_000)), 3.0);
    assert_eq!(total("absent", nested("absent(", "a", ")", 10_000)), 1.0);
    assert_eq!(total("clamp", nested("clamp(", "a", ", 0, 1)", 10_000)), 2.0);
    assert_eq!(total("histogram_quantile", nested("histogram_quantile(0.5, ", "a", ")", 5_000)), 0.0);
    assert_eq!(total("info", nested("info(", "a", ")", 200)), 46.0);
}

#[test]
fn subqueries() {
    assert_eq!(total("subqueries", nested("last_over_time(", "a", "[2m:1m])", 1_000)), 46.0);
    assert_eq!(total("subqueries of one step", nested("last_over_time(", "a", "[1m:1m])", 1_000)), 46.0);
    let far = walk("subqueries that reach far", nested("max_over_time(", "a", "[10y:1s])", 1_000));
    assert!(far.unwrap_err().to_string().contains("too many samples"));
}

#[test]
fn durations() {
    let sum = "(".to_owned() + &"1s + ".repeat(50_000) + "1s)";
    assert_eq!(total("a sum of durations", format!("last_over_time(a[{sum}])")), 46.0);
    assert_eq!(
        total("durations in parentheses", format!("a offset {}", nested("(", "1m", ")", 50_000))),
        42.0
    );
    assert_eq!(total("signs of a duration", format!("a offset ({}1m)", "-".repeat(50_000))), 42.0);
    assert_eq!(
        total("nested durations", format!("a offset {}", nested("max_of(1s, ", "1m", ")", 20_000))),
        42.0
    );
}

#[test]
fn lists() {
    let labels: Vec<String> = (0..100_000).map(|label| format!("l{label}")).collect();
    let labels = labels.join(", ");
    assert_eq!(total("labels of an aggregation", format!("sum by ({labels}) (a)")), 46.0);
    assert_eq!(total("labels left out", format!("sum without ({labels}) (a)")), 46.0);
    assert_eq!(total("labels to match on", format!("a + ignoring ({labels}) a")), 92.0);
    assert_eq!(total("labels taken along", format!("a * on (x) group_left ({labels}) b")), 63.0);
    let matchers: Vec<String> = (0..100_000).map(|label| format!("l{label}=\"\"")).collect();
    assert_eq!(total("matchers", format!("a{{{}}}", matchers.join(","))), 46.0);
    let sources: Vec<String> = (0..100_000).map(|label| format!("\"l{label}\"")).collect();
    assert_eq!(total("arguments", format!("label_join(a, \"y\", \"\", {})", sources.join(","))), 46.0);
}

#[test]
fn strings() {
    let long = "ä".repeat(500_000);
    let answer = walk("a string", format!("\"{long}\"")).unwrap();
    assert_eq!(answer.string().map(|(_, text)| text.len()), Some(1_000_000));
    assert_eq!(total("a matcher", format!("a{{y!=\"{long}\"}}")), 46.0);
    assert_eq!(total("a regular expression", format!("a{{y!~\"{}\"}}", "b".repeat(1_000_000))), 46.0);
    assert_eq!(total("alternatives", format!("a{{y!~\"{}\"}}", "bc|".repeat(300_000) + "b")), 46.0);
    assert_eq!(total("a comment", format!("a # {}\n", "b".repeat(1_000_000))), 46.0);
    assert_eq!(total("comments", format!("a\n{} + 1", "# b\n".repeat(100_000))), 48.0);
    assert_eq!(total("spaces", format!("a{} + 1", " ".repeat(1_000_000))), 48.0);
    assert_eq!(total("a name", format!("absent({})", "n".repeat(1_000_000))), 1.0);
}

#[test]
fn errors() {
    for (name, text) in [
        ("an open end", "(".repeat(100_000)),
        ("closed too often", ")".repeat(100_000)),
        ("operators", "+".repeat(100_000)),
        ("commas", "sum(".to_owned() + &",".repeat(100_000) + ")"),
        ("numbers", "1 ".repeat(100_000)),
        ("braces", "{".repeat(100_000)),
        ("brackets", "a".to_owned() + &"[".repeat(100_000)),
        ("ranges", "a".to_owned() + &"[5m]".repeat(20_000)),
        ("offsets", "a".to_owned() + &" offset 5m".repeat(20_000)),
        ("quotes", "\"".repeat(100_001)),
        ("backslashes", "\"".to_owned() + &"\\".repeat(100_001)),
        ("functions without name", nested("rate(", "a", ")", 20_000)),
        ("unknown functions", nested("foo(", "a", ")", 20_000)),
        ("groups of a regular expression", format!("a{{x=~\"{}\"}}", nested("(", "y", ")", 100_000))),
        ("open groups", format!("a{{x=~\"{}\"}}", "(".repeat(100_000))),
        ("repetitions", format!("a{{x=~\"{}\"}}", nested("(?:", "y", "){1000}", 100))),
        ("stars", format!("a{{x=~\"{}\"}}", nested("(", "y", ")*", 900))),
    ] {
        match walk(name, text) {
            Ok(_) => {}
            Err(error) => {
                assert!(!error.to_string().is_empty() && error.to_string().len() < 400_000, "{name}");
            }
        }
    }
}
