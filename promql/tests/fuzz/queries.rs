//! Inputs: noise, soup of tokens, queries out of the grammar, and what people wrote, spoilt.

use crate::random::Random;
use promql::functions::{Function, functions};
use promql::model::ValueType;
use promql_grammar::ast::{Aggregator, BinaryOp};
use promql_grammar::{Ast, ParseOptions};

impl Random {
    /// The generator of one input of a run.
    pub(crate) fn of_input(seed: u64, number: u64) -> Self {
        let mut random = Random(seed ^ number.wrapping_mul(0xd134_2543_de82_ef95));
        random.next();
        random
    }

    /// A place in the text where it may be cut.
    fn place(&mut self, text: &str) -> usize {
        text.floor_char_boundary(self.below(text.len() + 1))
    }
}

const TOKENS: &[&str] = &[
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "@",
    "=",
    "!=",
    "=~",
    "!~",
    "+",
    "-",
    "*",
    "/",
    "%",
    "^",
    "==",
    "<",
    ">",
    "<=",
    ">=",
    "</",
    ">/",
    "and",
    "or",
    "unless",
    "atan2",
    "bool",
    "on",
    "ignoring",
    "group_left",
    "group_right",
    "fill",
    "fill_left",
    "fill_right",
    "by",
    "without",
    "offset",
    "anchored",
    "smoothed",
    "start",
    "end",
    "step()",
    "range()",
    "min_of",
    "max_of",
    "sum",
    "topk",
    "quantile",
    "count_values",
    "limitk",
    "limit_ratio",
    "rate",
    "info",
    "timestamp",
    "absent",
    "m",
    "c_total",
    "h",
    "mix",
    "b_bucket",
    "\"a.b\"",
    "\"x\"",
    "'y'",
    "`z`",
    "\"\\xff\"",
    "\"",
    "5m",
    "1h30m",
    "1ms",
    "1i",
    "0",
    "1",
    "NaN",
    "Inf",
    "0x1F",
    "1e400",
    "007",
    "1_000",
    "# c\n",
    " ",
    "\n",
    "é",
    "\u{0}",
    "9223372036854775807",
    "106751991167y",
    "a=\"x\"",
    "[5m]",
    "[5m:1m]",
    "offset 5m",
    "@ 10",
    "@ start()",
    "()",
    "{}",
];

const NUMBERS: &[&str] = &[
    "0",
    "1",
    "2",
    "-1",
    "0.5",
    "1.5",
    "3",
    "NaN",
    "Inf",
    "-Inf",
    "1e308",
    "-1e308",
    "1e-320",
    "9007199254740993",
    "1e19",
    "5m",
    "time()",
    "scalar(one)",
    "scalar(m)",
    "pi()",
    "0x7fffffffffffffff",
    "4294967296",
    "1e300",
];

const DURATIONS: &[&str] = &[
    "1m",
    "30s",
    "5m",
    "1s",
    "1ms",
    "10m",
    "1h",
    "1y",
    "290y",
    "2m30s",
    "step()",
    "range()",
    "(1m + step())",
    "(1m*2)",
    "max_of(1m, step())",
    "-1m",
    "9223372036s",
    "(1m ^ 2)",
    "(5m / 2)",
    "(5m % 2m)",
];

const TIMES: &[&str] =
    &["0", "300", "-100", "600.5", "start()", "end()", "9223372036854775", "-9223372036854775", "1e15"];

const SELECTORS: &[&str] = &[
    "m",
    "c_total",
    "h",
    "mix",
    "b_bucket",
    "target_info",
    "one",
    "up",
    "none",
    "{__name__=~\"m|h|mix\"}",
    "{__name__!=\"\"}",
    "m{a=\"x\"}",
    "h{a!=\"x\"}",
    "{\"a.b\"}",
    "m{a=~\"x|y|\"}",
    "c_total{a!~\"(?i:X)\"}",
    "{a=\"x\"}",
    "b_bucket{a=\"y\"}",
    "mix{a=\"x\"}",
    "h{a=\"z\"}",
];

const LABELS: &[&str] =
    &["a", "b", "job", "instance", "le", "__name__", "none", "\"ü\"", "version", "__type__"];

const TEXTS: &[&str] = &[
    "\"a\"",
    "\"b\"",
    "\"x\"",
    "\"\"",
    "\"$1\"",
    "\"(.*)\"",
    "\"__name__\"",
    "\"le\"",
    "\"q\\xff\"",
    "\"no:label\"",
    "\"${1}-$2\"",
    "\"sum\"",
    "\"prod\"",
    "\"count\"",
];

const SHORT: &str = "()[]{}\"'`\\,:@=!~<>+-*/%^#0123456789.eExyNaIf_ \n\té\u{10ffff}\u{0}ms";

/// Nothing in particular.
pub(crate) fn noise(random: &mut Random) -> String {
    let length = random.below(40);
    if random.one_in(2) {
        let bytes: Vec<u8> = (0..length).map(|_| random.next() as u8).collect();
        return String::from_utf8_lossy(&bytes).into_owned();
    }
    let letters: Vec<char> = SHORT.chars().collect();
    (0..length).map(|_| letters[random.below(letters.len())]).collect()
}

/// Tokens in any order.
pub(crate) fn soup(random: &mut Random) -> String {
    let separator = random.pick(&["", " "]);
    let tokens: Vec<&str> = (0..1 + random.below(20)).map(|_| random.pick(TOKENS)).collect();
    tokens.join(separator)
}

/// A text with something cut, doubled, swapped in or changed, in a few places.
pub(crate) fn spoilt(random: &mut Random, text: &str, other: &str) -> String {
    let mut text = text.to_owned();
    for _ in 0..1 + random.below(3) {
        let (a, b) = (random.place(&text), random.place(&text));
        let (from, to) = (a.min(b), a.max(b).min(text.floor_char_boundary(a.min(b) + 12)));
        match random.below(8) {
            0 => text.replace_range(from..to, ""),
            1 => text.truncate(from),
            2 => text.insert_str(from, random.pick(TOKENS)),
            3 => text.replace_range(from..to, random.pick(TOKENS)),
            4 => text.insert_str(to, &text[from..to].repeat(1 + random.below(4))),
            5 => text.insert(from, char::from_u32(random.below(0x250) as u32).unwrap_or(' ')),
            6 => {
                let (c, d) = (random.place(other), random.place(other));
                text.replace_range(from..to, &other[c.min(d)..c.max(d)]);
            }
            // Another number.
            _ => {
                let digit = |c: char| c.is_ascii_digit();
                let Some(start) = text[from..].find(digit).map(|at| at + from) else { continue };
                let stop = text[start..].find(|c| !digit(c)).map_or(text.len(), |at| at + start);
                let number = random.pick(&[
                    "0",
                    "1",
                    "2",
                    "60",
                    "007",
                    "1e9",
                    "9223372036854775807",
                    "99999999999999999999",
                    "0.1",
                ]);
                text.replace_range(start..stop, number);
            }
        }
    }
    text
}

/// A query with one of its parts replaced by a part of another one.
pub(crate) fn spliced(random: &mut Random, text: &str, other: &str) -> String {
    let options = ParseOptions { unquoted_utf8_names: true };
    let parse = |text: &str| promql_grammar::parse(text, &options).ok();
    let (Some(ast), Some(from)) = (parse(text), parse(other)) else { return spoilt(random, text, other) };
    let mut part = |ast: &Ast| {
        let span = ast.nodes()[random.below(ast.nodes().len())].span;
        span.start as usize..span.end as usize
    };
    let (hole, piece) = (part(&ast), part(&from));
    format!("{}({}){}", &text[..hole.start], &other[piece], &text[hole.end..])
}

/// A query out of the grammar whose types fit, as a rule.
pub(crate) fn grown(random: &mut Random) -> String {
    let depth = 1 + random.below(4);
    match random.below(12) {
        0 => scalar(random, depth),
        1 => matrix(random, depth),
        _ => vector(random, depth),
    }
}

fn of_type(random: &mut Random, value_type: ValueType, depth: usize) -> String {
    match value_type {
        ValueType::Scalar => scalar(random, depth),
        ValueType::Vector => vector(random, depth),
        ValueType::Matrix => matrix(random, depth),
        ValueType::String => random.pick(TEXTS).to_owned(),
    }
}

fn scalar(random: &mut Random, depth: usize) -> String {
    if depth == 0 || random.one_in(2) {
        return random.pick(NUMBERS).to_owned();
    }
    match random.below(3) {
        0 => format!("scalar({})", vector(random, depth - 1)),
        1 => format!("-({})", scalar(random, depth - 1)),
        _ => {
            let (l, r) = (scalar(random, depth - 1), scalar(random, depth - 1));
            format!(
                "({l} {} {r})",
                random.pick(&["+", "-", "*", "/", "%", "^", "atan2", "== bool", "< bool"])
            )
        }
    }
}

fn selector(random: &mut Random) -> String {
    random.pick(SELECTORS).to_owned()
}

fn modifiers(random: &mut Random) -> String {
    let mut out = String::new();
    if random.one_in(4) {
        out += &format!(" offset {}", random.pick(DURATIONS));
    }
    if random.one_in(4) {
        out += &format!(" @ {}", random.pick(TIMES));
    }
    out
}

fn matrix(random: &mut Random, depth: usize) -> String {
    let range = random.pick(DURATIONS);
    if depth == 0 || random.one_in(2) {
        let extended = random.pick(&["", "", "", " anchored", " smoothed"]);
        return format!("{}[{range}]{extended}{}", selector(random), modifiers(random));
    }
    let step = random.pick(&["", "1m", "30s", "7s", "step()"]);
    format!("({})[{range}:{step}]{}", vector(random, depth - 1), modifiers(random))
}

fn vector(random: &mut Random, depth: usize) -> String {
    if depth == 0 {
        return format!("{}{}", selector(random), modifiers(random));
    }
    let depth = depth - 1;
    match random.below(10) {
        0 => format!("{}{}{}", selector(random), random.pick(&["", " smoothed"]), modifiers(random)),
        1 => format!("-({})", vector(random, depth)),
        2 => aggregation(random, depth),
        3 | 4 => binary(random, depth),
        _ => {
            let all: Vec<&Function> = functions().collect();
            let function = all[random.below(all.len())];
            call(random, function, depth)
        }
    }
}

fn call(random: &mut Random, function: &Function, depth: usize) -> String {
    let least = function.min_args();
    let most = function.max_args().unwrap_or(least + 2).max(least);
    let count = least + random.below(most - least + 1);
    let args: Vec<String> = (0..count)
        .map(|index| of_type(random, function.arg(index).unwrap_or(ValueType::Vector), depth))
        .collect();
    format!("{}({})", function.name, args.join(", "))
}

fn labels(random: &mut Random) -> String {
    let labels: Vec<&str> = (0..random.below(4)).map(|_| random.pick(LABELS)).collect();
    labels.join(", ")
}

fn aggregation(random: &mut Random, depth: usize) -> String {
    let op = Aggregator::ALL[random.below(Aggregator::ALL.len())];
    let clause = match random.below(3) {
        0 => String::new(),
        1 => format!(" by ({})", labels(random)),
        _ => format!(" without ({})", labels(random)),
    };
    let parameter = match op {
        Aggregator::CountValues => "\"v\", ".to_owned(),
        Aggregator::Topk
        | Aggregator::Bottomk
        | Aggregator::Quantile
        | Aggregator::Limitk
        | Aggregator::LimitRatio => {
            format!("{}, ", scalar(random, depth.min(1)))
        }
        _ => String::new(),
    };
    format!("{op}{clause} ({parameter}{})", vector(random, depth))
}

fn binary(random: &mut Random, depth: usize) -> String {
    let op = BinaryOp::ALL[random.below(BinaryOp::ALL.len())];
    let lhs = vector(random, depth);
    let rhs = if random.one_in(4) && !op.is_set() { scalar(random, depth) } else { vector(random, depth) };
    let mut clause = String::new();
    if op.is_comparison() && random.one_in(2) {
        clause += " bool";
    }
    if random.one_in(2) {
        clause += &format!(" {} ({})", random.pick(&["on", "ignoring"]), labels(random));
        if !op.is_set() && random.one_in(2) {
            clause += &format!(" {} ({})", random.pick(&["group_left", "group_right"]), labels(random));
        }
    }
    if !op.is_set() && random.one_in(5) {
        clause += &format!(
            " {} ({})",
            random.pick(&["fill", "fill_left", "fill_right"]),
            random.pick(&["0", "NaN", "-1"])
        );
    }
    if random.one_in(8) {
        format!("({rhs}) {op}{clause} ({lhs})")
    } else {
        format!("({lhs}) {op}{clause} ({rhs})")
    }
}
