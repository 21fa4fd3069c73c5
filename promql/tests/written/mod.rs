//! Queries that people wrote, read in place from `PROMQL_UPSTREAM`, by default from `../shared/upstream` beside the
//! repository: the rule files and test scripts of Prometheus, kube-prometheus and kubernetes-mixin.

use granit_parser::{Event, Parser, ScalarStyle};
use std::path::{Path, PathBuf};

/// Files that are meant not to be read, or whose queries are meant not to be accepted.
const BAD: &[&str] = &["bad-promql.yml", "bad-rules-syntax.yml", "rules-bad.yml"];

/// A query and where it comes from.
#[allow(dead_code, reason = "not every test tells the place")]
pub(crate) struct Written {
    /// File and line.
    pub(crate) place: String,
    /// The query.
    pub(crate) text: String,
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

/// All queries; none, and a word about it, where the files are not.
pub(crate) fn corpus() -> Vec<Written> {
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
