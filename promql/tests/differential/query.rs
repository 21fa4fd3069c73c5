//! Random queries over the data of [`crate::data`], nearly always well-typed.

use crate::random::Random;
use promql::functions::{Function, functions};
use promql::model::ValueType;

/// A query that gives any type, or one that a range query takes.
pub(crate) fn query(random: &mut Random, range: bool) -> String {
    if random.one_in(40) {
        return spoiled(random, range);
    }
    let depth = if random.one_in(8) { 5 } else { random.below(4) };
    if random.one_in(20) {
        return query(random, range).replacen(
            " (",
            random.pick(&["\n  (", "\t(", " # a comment\n (", "  ("]),
            2,
        );
    }
    match random.below(30) {
        0 => scalar(random, depth),
        1 if !range => matrix(random, depth, "").0,
        2 if !range => string(random),
        _ => vector(random, depth, ""),
    }
}

/// A query with a word too much, too little, or another one.
fn spoiled(random: &mut Random, range: bool) -> String {
    let depth = random.below(3);
    let query =
        if random.one_in(4) && !range { matrix(random, depth, "").0 } else { vector(random, depth, "") };
    let ends: Vec<usize> =
        query.match_indices([' ', '(', ')', ',', '{', '}', '[', ']']).map(|(at, _)| at).collect();
    let (Some(&from), Some(&to)) = (
        ends.first().map(|_| &ends[random.below(ends.len())]),
        ends.last().map(|_| &ends[random.below(ends.len())]),
    ) else {
        return query;
    };
    let (from, to) = (from.min(to), from.max(to));
    let word = random.pick(&[
        "",
        "",
        "",
        ")",
        "(",
        ",",
        " sum",
        " by (a)",
        " bool",
        "1",
        "\"a\"",
        "[5m]",
        "[5m:1m]",
        " offset 1m",
        " @ 5",
        "-",
        " + ",
        " and ",
        " on(a) ",
        "time()",
        "g",
        "{",
        "}",
        " smoothed",
        " group_left ",
        " fill(0) ",
        "rate",
        "[1m",
        "\"",
        "#",
        ": ",
        " == ",
        "topk",
        "5m",
        " offset g",
        " @ g",
        "!",
        "{a=\"b\"}",
        "{a=~\"(\"}",
        "=~",
        "\u{e9}",
        "0x",
        "1e",
        "08",
        "start()",
        "NaN",
        "limitk(",
        " unless ",
    ]);
    match random.below(3) {
        0 => format!("{}{word}{}", &query[..from], &query[to..]),
        1 => format!("{}{word}{}", &query[..=from], &query[from + 1..]),
        _ => format!("{}{word}{}", &query[..from], &query[from + 1..]),
    }
}

const METRICS: &[&str] = &["c_total", "d_total", "g", "k", "h", "hg", "n", "mix", "b_bucket", "target_info"];

fn metric(random: &mut Random, wish: &str) -> &'static str {
    if random.one_in(5) {
        return random.pick(METRICS);
    }
    match wish {
        "counter" => random.pick(&["c_total", "d_total", "h", "n", "mix"]),
        "float" => random.pick(&["c_total", "g", "k"]),
        "native" => random.pick(&["h", "hg", "n", "mix"]),
        "buckets" => random.pick(&["b_bucket", "b_bucket", "h", "n", "mix"]),
        "info" => random.pick(&["c_total", "g", "h"]),
        _ => random.pick(METRICS),
    }
}

/// What a function is most interesting on.
fn wish(function: &str) -> &'static str {
    match function {
        "histogram_quantile" | "histogram_quantiles" | "histogram_fraction" => "buckets",
        "rate" | "increase" | "irate" | "resets" | "delta" | "idelta" => "counter",
        "info" => "info",
        name if name.starts_with("histogram_") => "native",
        name if name.ends_with("_over_time") => "",
        "changes" | "sort" | "sort_desc" | "timestamp" | "start_timestamp" | "absent" => "",
        _ => "float",
    }
}

fn matchers(random: &mut Random) -> String {
    random
        .pick(&[
            "",
            "",
            "",
            "{a=\"x\"}",
            "{a!=\"x\"}",
            "{a=~\"x|y\"}",
            "{b=\"1\"}",
            "{b=\"\"}",
            "{a=~\".+\",b!~\"2\"}",
            "{__type__=\"counter\"}",
            "{le=\"+Inf\"}",
            "{instance=\"i1\"}",
            "{a=\"none\"}",
        ])
        .to_owned()
}

fn selector(random: &mut Random, wish: &str) -> String {
    match random.below(14) {
        0 => format!("{{__name__=~\"{}|{}\"}}", metric(random, wish), metric(random, wish)),
        1 => "{\"cafés.open\"}".to_owned(),
        2 => format!("{{a=\"{}\",__name__!~\".*_info\"}}", random.pick(&["x", "y"])),
        _ => format!("{}{}", metric(random, wish), matchers(random)),
    }
}

fn at(random: &mut Random) -> String {
    match random.below(4) {
        0 => " @ start()".to_owned(),
        1 => " @ end()".to_owned(),
        _ => format!(" @ {}", random.pick(&["0", "60", "300.5", "7m", "900", "-30", "1e3"])),
    }
}

fn offset(random: &mut Random) -> String {
    let by = random.pick(&[
        "1m",
        "30s",
        "-1m",
        "90s",
        "7",
        "-2m30s",
        "(1m + 5s)",
        "(step())",
        "(range() / 2)",
        "0s",
        "-step()",
    ]);
    format!(" offset {by}")
}

fn modifiers(random: &mut Random) -> String {
    match random.below(12) {
        0 => at(random),
        1 => offset(random),
        2 => at(random) + &offset(random),
        _ => String::new(),
    }
}

fn duration(random: &mut Random) -> String {
    random
        .pick(&[
            "1m",
            "2m",
            "5m",
            "90s",
            "3m",
            "10m",
            "15s",
            "1s",
            "61s",
            "1h",
            "5m",
            "5m",
            "2m + 30s",
            "step() * 2",
            "max_of(step(), 2m)",
            "min_of(range(), 5m)",
            "300",
            "2 ^ 7",
            "step() + 1m",
            "1m * 1.5",
            "range()",
        ])
        .to_owned()
}

fn window(random: &mut Random) -> &'static str {
    match random.below(10) {
        0 => " anchored",
        1 => " smoothed",
        _ => "",
    }
}

/// A range vector, and whether it is a subquery.
fn matrix(random: &mut Random, depth: usize, wish: &str) -> (String, bool) {
    if depth > 0 && random.one_in(3) {
        let inner = vector(random, depth - 1, wish);
        let range = duration(random);
        let step = random.pick(&["", "1m", "30s", "15s", "2m", "7s", "step()", "45s", "10m"]);
        return (format!("{}[{range}:{step}]{}", primary(random, inner), modifiers(random)), true);
    }
    let window = window(random);
    (format!("{}[{}]{window}{}", selector(random, wish), duration(random), modifiers(random)), false)
}

/// In parentheses, where something is appended.
fn primary(random: &mut Random, text: String) -> String {
    let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if plain && random.one_in(2) { text } else { format!("({text})") }
}

fn scalar(random: &mut Random, depth: usize) -> String {
    let depth_left = depth.saturating_sub(1);
    match if depth == 0 { random.below(3) } else { random.below(12) } {
        0..3 => number(random).to_owned(),
        3 => "time()".to_owned(),
        4 => random.pick(&["start()", "end()", "range()", "step()", "pi()"]).to_owned(),
        5 => {
            let name = random.pick(&["min_of", "max_of"]);
            format!("{name}({}, {})", scalar(random, depth_left), scalar(random, depth_left))
        }
        6..9 => format!("scalar({})", vector(random, depth_left, "float")),
        9 => format!("-({})", scalar(random, depth_left)),
        _ => {
            let op = random
                .pick(&["+", "-", "*", "/", "%", "^", "atan2", "== bool", "> bool", "<= bool", "!= bool"]);
            format!("({} {op} {})", scalar(random, depth_left), scalar(random, depth_left))
        }
    }
}

fn number(random: &mut Random) -> &'static str {
    random.pick(&[
        "1", "2", "0", "0.5", "-1", "3", "10", "NaN", "Inf", "-Inf", "1e3", "0x1F", "5m", "1.5", "-0.25",
        "100", "1_000", "0.99", "-0",
    ])
}

fn string(random: &mut Random) -> String {
    random.pick(&["\"a\"", "'it\\'s'", "`raw\\n`", "\"<é&>\\u2028\\n\"", "\"\"", "\"\\xff\""]).to_owned()
}

fn label(random: &mut Random) -> &'static str {
    random.pick(&["a", "b", "le", "instance", "job", "version", "__name__", "__type__", "none", "new"])
}

fn label_list(random: &mut Random) -> String {
    let count = random.below(4);
    let labels: Vec<&str> = (0..count)
        .map(|_| {
            random.pick(&[
                "a", "a", "b", "le", "instance", "job", "__name__", "__type__", "__unit__", "none", "\"b\"",
            ])
        })
        .collect();
    format!("({})", labels.join(", "))
}

pub(crate) fn vector(random: &mut Random, depth: usize, wish: &str) -> String {
    if depth == 0 {
        let modifiers = match random.below(20) {
            0 => " smoothed".to_owned(),
            1 => " anchored".to_owned(),
            _ => modifiers(random),
        };
        return selector(random, wish) + &modifiers;
    }
    let left = depth - 1;
    match random.below(21) {
        0 => vector(random, 0, wish),
        1..6 => aggregation(random, left, wish),
        6..9 => binary(random, left, wish),
        9 => format!("-{}", vector(random, left, wish)),
        10 => format!("({})", vector(random, left, wish)),
        11 => format!("vector({})", scalar(random, left)),
        12 | 13 if wish == "native" || wish == "buckets" => {
            format!(
                "{}({})",
                random.pick(&["rate", "increase", "sum_over_time", "last_over_time"]),
                matrix(random, left, wish).0
            )
        }
        _ => call(random, left),
    }
}

fn aggregation(random: &mut Random, depth: usize, wish: &str) -> String {
    let op = random.pick(&[
        "sum",
        "sum",
        "avg",
        "count",
        "min",
        "max",
        "group",
        "stddev",
        "stdvar",
        "topk",
        "bottomk",
        "count_values",
        "quantile",
        "limitk",
        "limit_ratio",
    ]);
    let parameter = match op {
        "topk" | "bottomk" | "limitk" => {
            let k = random.pick(&["1", "2", "3", "0", "2.9", "-1", "100"]).to_owned();
            if random.one_in(6) { parameter(random, depth) + ", " } else { k + ", " }
        }
        "quantile" => {
            let phi = random.pick(&["0.5", "0.9", "0", "1", "0.25", "2", "-1", "NaN"]).to_owned();
            if random.one_in(6) { parameter(random, depth) + ", " } else { phi + ", " }
        }
        "limit_ratio" => random.pick(&["0.5", "-0.5", "1", "0.3", "-0.7", "2", "0"]).to_owned() + ", ",
        "count_values" => format!("\"{}\", ", random.pick(&["v", "a", "b", "__name__", "é"])),
        _ => String::new(),
    };
    let grouping = match random.below(4) {
        0 => String::new(),
        1 => format!(" without {}", label_list(random)),
        _ => format!(" by {}", label_list(random)),
    };
    format!("{op}{grouping}({parameter}{})", vector(random, depth, wish))
}

/// A scalar without `@`: Prometheus does not pin selectors in parameters, but reads samples as if it did.
fn parameter(random: &mut Random, depth: usize) -> String {
    let scalar = scalar(random, depth);
    if scalar.contains('@') { number(random).to_owned() } else { scalar }
}

fn binary(random: &mut Random, depth: usize, wish: &str) -> String {
    let op = random.pick(&[
        "+", "-", "*", "/", "%", "^", "atan2", "==", "!=", "<", "<=", ">", ">=", "</", ">/", "and", "or",
        "unless", "+", "-", "*", "/", "or",
    ]);
    let is_set = matches!(op, "and" | "or" | "unless");
    let comparison = matches!(op, "==" | "!=" | "<" | "<=" | ">" | ">=");
    let wish = match random.below(3) {
        0 if matches!(op, "</" | ">/") => "native",
        _ => wish,
    };
    let bool = if comparison && random.one_in(3) { " bool" } else { "" };
    if !is_set && random.one_in(3) {
        let (vector, scalar) = (vector(random, depth, wish), scalar(random, depth));
        let (vector, scalar) = (format!("({vector})"), format!("({scalar})"));
        return if random.one_in(3) {
            format!("{scalar} {op}{bool} {vector}")
        } else {
            format!("{vector} {op}{bool} {scalar}")
        };
    }
    let mut clauses = String::new();
    let matching = random.below(4);
    if matching > 0 {
        let word = if matching == 1 { "ignoring" } else { "on" };
        clauses += &format!(" {word} {}", label_list(random));
    }
    if matching > 0 && !is_set && random.one_in(2) {
        let side = random.pick(&["group_left", "group_right"]);
        let include = match random.below(3) {
            0 => String::new(),
            1 => " ()".to_owned(),
            _ => format!(" ({})", label(random)),
        };
        clauses += &format!(" {side}{include}");
    }
    if !is_set && random.one_in(5) {
        let value = random.pick(&["0", "1", "-1", "NaN", "23"]);
        clauses += &match random.below(4) {
            0 => format!(" fill({value})"),
            1 => format!(" fill_left({value})"),
            2 => format!(" fill_right({value})"),
            _ => format!(" fill_left({value}) fill_right(0)"),
        };
    }
    // Equal sides match more often, and are evaluated once.
    let (left, right) = match random.below(6) {
        0 | 1 => {
            let name = selector(random, wish);
            (name.clone() + &modifiers(random), name + &modifiers(random))
        }
        2 => {
            let left = vector(random, depth, wish);
            let around = random.pick(&["", "", "sum", "count", "-", "max by (a)", "abs", "absent"]);
            let right = format!("{around}({left})");
            (left, right)
        }
        _ => (vector(random, depth, wish), vector(random, depth, wish)),
    };
    format!("({left}) {op}{bool}{clauses} ({right})")
}

fn call(random: &mut Random, depth: usize) -> String {
    let function = loop {
        let all = functions();
        let function = all.clone().nth(random.below(all.len())).expect("below the length");
        if function.returns == ValueType::Vector {
            break function;
        }
    };
    call_of(random, depth, function)
}

fn call_of(random: &mut Random, depth: usize, function: &Function) -> String {
    let wish = wish(function.name);
    let least = function.min_args();
    let most = function.max_args().unwrap_or(least + 2);
    let count = least + random.below(most.min(least + 2) - least + 1);
    let args: Vec<String> = (0..count)
        .map(|nth| match function.arg(nth) {
            Some(ValueType::Scalar) => scalar_arg(random, depth, function.name),
            Some(ValueType::String) => string_arg(random, function.name, nth),
            Some(ValueType::Matrix) => {
                let (text, is_subquery) = matrix(random, depth, wish);
                if is_subquery || function.smoothed || random.one_in(20) {
                    text
                } else {
                    let text = if function.anchored { text } else { text.replace(" anchored", "") };
                    text.replace(" smoothed", "")
                }
            }
            _ if function.name == "info" && nth == 1 => random
                .pick(&[
                    "{}",
                    "{version=~\".+\"}",
                    "{a=~\".*\"}",
                    "{__name__=\"build_info\"}",
                    "{__name__=~\".+_info\",version!=\"1\"}",
                ])
                .to_owned(),
            // Of large or inexact numbers these keep nothing but the error.
            _ if matches!(function.name, "sin" | "cos" | "tan") => vector(random, 0, wish),
            _ => vector(random, depth, wish),
        })
        .collect();
    format!("{}({})", function.name, args.join(", "))
}

fn scalar_arg(random: &mut Random, depth: usize, function: &str) -> String {
    if random.one_in(8) {
        return scalar(random, depth);
    }
    match function {
        "histogram_quantile" | "histogram_quantiles" | "quantile_over_time" => {
            random.pick(&["0.5", "0.9", "0.99", "0", "1", "0.1", "-1", "2", "NaN"])
        }
        "double_exponential_smoothing" => random.pick(&["0.5", "0.1", "0.9"]),
        "integral" => random.pick(&["0", "1", "2", "3", "0.5"]),
        "histogram_fraction" => random.pick(&["0", "1", "-1", "2.5", "Inf", "-Inf", "0.5", "NaN"]),
        "round" => random.pick(&["1", "0.1", "5", "-2", "0"]),
        _ => number(random),
    }
    .to_owned()
}

fn string_arg(random: &mut Random, function: &str, nth: usize) -> String {
    let text = match (function, nth) {
        ("label_replace", 1) => label(random),
        ("label_replace", 2) => random.pick(&["$1", "n-$1", "", "${0}x", "y", "$name"]),
        ("label_replace", 3) => label(random),
        ("label_replace", _) => {
            random.pick(&["(.*)", "x", "(x|y)", ".*", "(?P<name>.)(.*)", "(.+)_total", "("])
        }
        ("label_join", 2) => random.pick(&["", "-", "é"]),
        ("histogram_quantiles", _) => random.pick(&["q", "le", "a"]),
        _ => label(random),
    };
    format!("\"{text}\"")
}
