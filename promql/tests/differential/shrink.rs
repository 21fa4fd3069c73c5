//! Making a case on which two engines disagree as small as it gets.

use crate::case::Case;
use promql::source::text::load;
use promql_grammar::{ParseOptions, parse};

/// Enough for most cases.
const TRIES: usize = 600;

/// The smallest case found for which `disagrees` still holds.
pub(crate) fn shrink(case: &Case, mut disagrees: impl FnMut(&Case) -> bool) -> Case {
    let mut best = case.clone();
    let mut tries = TRIES;
    'again: loop {
        for candidate in smaller(&best) {
            tries -= 1;
            if tries == 0 {
                return best;
            }
            if disagrees(&candidate) {
                best = candidate;
                continue 'again;
            }
        }
        return best;
    }
}

/// Cases that are one step smaller, the greatest steps first.
fn smaller(case: &Case) -> Vec<Case> {
    let mut cases: Vec<Case> =
        queries(&case.query).into_iter().map(|query| Case { query, ..case.clone() }).collect();
    for flag in [
        |case: &mut Case| case.use_start_timestamps = false,
        |case: &mut Case| case.type_and_unit = false,
        |case: &mut Case| case.delayed_name_removal = false,
        |case: &mut Case| case.step = 0,
        |case: &mut Case| case.end -= case.step,
        |case: &mut Case| case.start += case.step,
    ] {
        let mut candidate = case.clone();
        flag(&mut candidate);
        if candidate != *case && candidate.start <= candidate.end {
            cases.push(candidate);
        }
    }
    cases.extend(loads(&case.load).into_iter().map(|load| Case { load, ..case.clone() }));
    cases
}

/// Each expression replaced by one of its parts or by something simple, and without one of its modifiers.
fn queries(query: &str) -> Vec<String> {
    let options = ParseOptions { unquoted_utf8_names: true };
    let Ok(ast) = parse(query, &options) else { return Vec::new() };
    let mut found = Vec::new();
    for id in ast.ids().rev() {
        let outer = ast[id].span.range();
        let mut replace = |text: &str| {
            if text.len() < outer.len() {
                found.push(format!("{}{text}{}", &query[..outer.start], &query[outer.end..]));
            }
        };
        for inner in ast.ids().rev() {
            let inner = ast[inner].span.range();
            if inner != outer && outer.start <= inner.start && inner.end <= outer.end {
                replace(&query[inner]);
            }
        }
        for simple in ["1", "vector(1)", "g", "h", "n", "c_total"] {
            replace(simple);
        }
    }
    // Words that stand behind something.
    for word in [
        " offset ",
        " @ ",
        " fill",
        " group_",
        " by ",
        " without ",
        " on ",
        " ignoring ",
        " smoothed",
        " anchored",
        " bool",
        "{",
    ] {
        for (at, _) in query.match_indices(word) {
            for (end, _) in query.match_indices([')', ' ', '}', ',', ']']).chain([(query.len(), "")]) {
                if end > at + 1 && end < at + 40 {
                    for end in [end, (end + 1).min(query.len())] {
                        if let (Some(head), Some(tail)) = (query.get(..at), query.get(end..)) {
                            found.push(format!("{head}{tail}"));
                        }
                    }
                }
            }
        }
    }
    found.sort_by_key(String::len);
    found.dedup();
    found.retain(|text| text.len() < query.len() && parse(text, &options).is_ok());
    found
}

/// The data with fewer series, or with fewer samples.
fn loads(text: &str) -> Vec<String> {
    let blocks: Vec<&str> = text.split("\n\n").filter(|block| !block.trim().is_empty()).collect();
    let join = |blocks: &[String]| blocks.join("\n\n") + "\n\n";
    let owned: Vec<String> = blocks.iter().map(|block| (*block).to_owned()).collect();
    let mut found = Vec::new();
    for size in [owned.len() / 2, owned.len() / 4, 1] {
        for from in (0..owned.len()).step_by(size.max(1)) {
            let mut fewer = owned.clone();
            fewer.drain(from..(from + size).min(owned.len()));
            found.push(join(&fewer));
        }
    }
    if owned.len() > 6 {
        return found;
    }
    for (nth, block) in owned.iter().enumerate() {
        let lines: Vec<&str> = block.lines().collect();
        let Some(series) = lines.last().map(|line| items(line)) else { continue };
        let mut push = |edit: &dyn Fn(&mut Vec<String>)| {
            let lines: Vec<String> = lines
                .iter()
                .enumerate()
                .map(|(at, line)| {
                    let mut items = if at == 0 { return (*line).to_owned() } else { items(line) };
                    edit(&mut items);
                    format!("  {}", items.join(" "))
                })
                .collect();
            let mut edited = owned.clone();
            edited[nth] = lines.join("\n");
            found.push(join(&edited));
        };
        if lines.len() == 3 {
            let without = [lines[0], lines[2]].join("\n");
            let mut edited = owned.clone();
            edited[nth] = without;
            found.push(join(&edited));
            continue;
        }
        for at in (1..series.len()).rev() {
            push(&|items| items.truncate(at));
            if series.get(at).is_some_and(|item| item != "_") {
                push(&|items| items[at] = "_".to_owned());
                if series[at].parse::<f64>().is_ok_and(|value| value != 1.0) {
                    push(&|items| items[at] = "1".to_owned());
                }
            }
        }
    }
    found.retain(|text| load(text).is_ok());
    found
}

/// The name and the samples of a series.
fn items(line: &str) -> Vec<String> {
    let mut items = Vec::new();
    let (mut depth, mut item) = (0, String::new());
    for c in line.trim().chars() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if c == ' ' && depth == 0 {
            items.push(std::mem::take(&mut item));
        } else {
            item.push(c);
        }
    }
    items.push(item);
    items
}
