//! What could be typed next.

use super::cache::Names;
use super::command::COMMANDS;
use super::context::{Context, at_end};
use promql::functions;
use promql::model::{is_legacy_label_name, is_legacy_metric_name, quote};
use promql_grammar::ast::{Aggregator, BinaryOp};
use rustyline::completion::Pair;

/// More candidates than this are no help.
const MOST: usize = 500;
/// Words of the language that are neither functions, aggregators nor operators.
const KEYWORDS: &[&str] = &[
    "anchored",
    "bool",
    "by",
    "fill",
    "fill_left",
    "fill_right",
    "group_left",
    "group_right",
    "ignoring",
    "offset",
    "on",
    "smoothed",
    "without",
];

/// Where the word before the cursor begins, and what it could become.
pub(super) fn complete(names: &Names, text: &str) -> (usize, Vec<Pair>) {
    if super::command::is_command(text) || text == "." {
        return command(text);
    }
    let (context, start) = at_end(text);
    let word = &text[start..];
    // A source that does not answer offers nothing; the query will say why.
    let mut found = match context {
        Context::Nothing => Vec::new(),
        Context::Value { label, metric } => {
            pairs(names.values(&label, metric.as_deref()).unwrap_or_default(), escape)
        }
        Context::Label(metric) => {
            let own = names.labels(metric.as_deref()).unwrap_or_default();
            let own = own.into_iter().filter(|name| name != promql::model::METRIC_NAME).collect();
            pairs(own, |name| if is_legacy_label_name(name) { name.to_owned() } else { quote(name) })
        }
        Context::Expression => expressions(names),
    };
    let lower = word.to_lowercase();
    let begins = |pair: &Pair| pair.replacement.to_lowercase().starts_with(&lower);
    // What begins with the word, or else what contains it.
    match found.iter().any(begins) {
        true => found.retain(begins),
        false => found.retain(|pair| pair.replacement.to_lowercase().contains(&lower)),
    }
    found.truncate(MOST);
    (start, found)
}

fn command(text: &str) -> (usize, Vec<Pair>) {
    let same = |name: &str| Pair { display: name.to_owned(), replacement: name.to_owned() };
    match text.split_once(' ') {
        None => {
            (0, COMMANDS.iter().map(|one| one.name).filter(|name| name.starts_with(text)).map(same).collect())
        }
        Some((".format", word)) => {
            use clap::ValueEnum;
            let names = crate::args::Format::value_variants().iter().filter_map(ValueEnum::to_possible_value);
            let fitting = names.filter(|value| value.get_name().starts_with(word.trim_start()));
            (text.len() - word.trim_start().len(), fitting.map(|value| same(value.get_name())).collect())
        }
        Some(_) => (text.len(), Vec::new()),
    }
}

fn pairs(names: Vec<String>, spell: impl Fn(&str) -> String) -> Vec<Pair> {
    let one = |name: String| Pair {
        replacement: spell(&name),
        display: crate::output::visible(&name).into_owned(),
    };
    names.into_iter().map(one).collect()
}

/// The value as it stands between double quotes.
fn escape(value: &str) -> String {
    let quoted = quote(value);
    quoted[1..quoted.len() - 1].to_owned()
}

fn expressions(names: &Names) -> Vec<Pair> {
    let metric = |name: &str| match is_legacy_metric_name(name) {
        true => name.to_owned(),
        false => format!("{{{}}}", quote(name)),
    };
    let call = |name: &str| Pair { display: format!("{name}()"), replacement: format!("{name}(") };
    let word = |name: &str| Pair { display: name.to_owned(), replacement: name.to_owned() };
    let operators =
        BinaryOp::ALL.iter().map(|op| op.as_str()).filter(|op| op.starts_with(char::is_alphabetic));
    let mut all = pairs(names.metrics().unwrap_or_default(), metric);
    all.extend(functions::functions().map(|function| call(function.name)));
    all.extend(Aggregator::ALL.iter().map(|op| word(op.as_str())));
    all.extend(operators.chain(KEYWORDS.iter().copied()).map(word));
    all
}
