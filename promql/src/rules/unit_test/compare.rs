//! Expected and actual alerts and samples: whether they are the same, and what is different about them.

use super::histogram::literal;
use crate::SampleRef;
use crate::model::{Labels, number, quote};
use std::collections::BTreeMap;

/// An alert or a sample as both sides show it.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) labels: BTreeMap<String, String>,
    pub(super) annotations: BTreeMap<String, String>,
    pub(super) value: Option<Value>,
}

/// The value of a sample.
#[derive(Clone, Debug)]
pub(super) struct Value {
    pub(super) float: f64,
    pub(super) histogram: Option<String>,
}

impl Value {
    pub(super) fn of(sample: SampleRef<'_>) -> Self {
        match sample {
            SampleRef::Float(float) => Value { float, histogram: None },
            SampleRef::Histogram(histogram) => Value { float: 0.0, histogram: Some(literal(histogram)) },
        }
    }

    fn is_same(&self, other: &Value, fuzzy: bool) -> bool {
        let (a, b) = (self.float, other.float);
        let same = a == b || fuzzy && (a.next_up() == b || a.next_down() == b);
        same && self.histogram == other.histogram
    }

    fn show(&self) -> String {
        match &self.histogram {
            Some(histogram) => histogram.clone(),
            None => number::format_plain(self.float),
        }
    }
}

impl Item {
    pub(super) fn sample(labels: &Labels, value: Value) -> Self {
        Item { labels: pairs(labels), annotations: BTreeMap::new(), value: Some(value) }
    }

    fn is_same(&self, other: &Item, fuzzy: bool) -> bool {
        self.labels == other.labels
            && self.annotations == other.annotations
            && match (&self.value, &other.value) {
                (Some(own), Some(others)) => own.is_same(others, fuzzy),
                _ => true,
            }
    }

    /// How many labels and annotations differ; the name of a metric counts more.
    fn distance(&self, other: &Item) -> usize {
        let labels = differences(&self.labels, &other.labels);
        let of_name = labels.iter().filter(|(name, ..)| *name == "__name__").count();
        2 * labels.len() + 4 * of_name + differences(&self.annotations, &other.annotations).len()
    }

    fn show_labels(&self) -> String {
        Labels::from_pairs(self.labels.iter()).to_string()
    }

    fn show(&self) -> String {
        let mut text = self.show_labels();
        if let Some(value) = &self.value {
            text += &format!(" {}", value.show());
        }
        for (name, value) in &self.annotations {
            text += &format!("\n    {name}: {}", quote(value));
        }
        text
    }
}

/// What differs, a line a difference; nothing if all is the same. The order does not matter.
pub(super) fn compare(expected: &[Item], got: &[Item], fuzzy: bool) -> Option<String> {
    let mut unmatched: Vec<&Item> = got.iter().collect();
    let mut missing: Vec<&Item> = Vec::new();
    for item in expected {
        match unmatched.iter().position(|other| item.is_same(other, fuzzy)) {
            Some(at) => {
                unmatched.remove(at);
            }
            None => missing.push(item),
        }
    }
    if missing.is_empty() && unmatched.is_empty() {
        return None;
    }
    let mut lines = Vec::new();
    for item in missing {
        // What is most alike was probably meant, if at least half of its labels are the same.
        let nearest = unmatched.iter().enumerate().min_by_key(|(_, other)| item.distance(other));
        let near = nearest.filter(|(_, other)| {
            differences(&item.labels, &other.labels).len() <= item.labels.len().max(other.labels.len()) / 2
        });
        match near.map(|(at, _)| at) {
            Some(at) => lines.push(describe(item, unmatched.remove(at))),
            None => lines.push(format!("missing     {}", item.show())),
        }
    }
    lines.extend(unmatched.iter().map(|item| format!("unexpected  {}", item.show())));
    Some(lines.join("\n"))
}

fn describe(expected: &Item, got: &Item) -> String {
    let mut text = format!("different   {}", got.show_labels());
    let mut say = |what: &str, expected: &str, got: &str| {
        text += &format!("\n  {what}\n    expected  {expected}\n    got       {got}");
    };
    let show = |value: Option<&str>| value.map_or_else(|| "nothing".to_owned(), quote);
    for (name, expected, got) in differences(&expected.labels, &got.labels) {
        say(&format!("label {name}"), &show(expected), &show(got));
    }
    for (name, expected, got) in differences(&expected.annotations, &got.annotations) {
        say(&format!("annotation {name}"), &show(expected), &show(got));
    }
    if let (Some(own), Some(others)) = (&expected.value, &got.value)
        && !own.is_same(others, false)
    {
        say("value", &own.show(), &others.show());
        if own.histogram.is_some() && others.histogram.is_some() && own.histogram == others.histogram {
            text += "\n    a histogram has no `value` beside it";
        }
        if own.float.is_nan() && others.float.is_nan() {
            text += "\n    NaN is equal to nothing; test `expr != expr` instead";
        }
    }
    text
}

type Difference<'a> = (&'a str, Option<&'a str>, Option<&'a str>);

fn differences<'a>(
    expected: &'a BTreeMap<String, String>,
    got: &'a BTreeMap<String, String>,
) -> Vec<Difference<'a>> {
    let mut found: Vec<Difference<'a>> = Vec::new();
    for (name, value) in expected {
        let other = got.get(name);
        if other != Some(value) {
            found.push((name, Some(value), other.map(String::as_str)));
        }
    }
    let more = got.iter().filter(|(name, _)| !expected.contains_key(*name));
    found.extend(more.map(|(name, value)| (name.as_str(), None, Some(value.as_str()))));
    found
}

/// Labels as a map.
pub(super) fn pairs(labels: &Labels) -> BTreeMap<String, String> {
    labels.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(labels: &[(&str, &str)], float: f64) -> Item {
        let labels = Labels::from_pairs(labels.iter().copied());
        Item::sample(&labels, Value { float, histogram: None })
    }

    #[test]
    fn the_order_does_not_matter() {
        let (a, b) = (item(&[("a", "1")], 1.0), item(&[("a", "2")], 2.0));
        assert_eq!(compare(&[a.clone(), b.clone()], &[b.clone(), a.clone()], false), None);
        assert!(compare(&[a.clone(), a.clone()], &[a, b], false).is_some());
    }

    #[test]
    fn fuzzy_means_one_step() {
        let (three, low) = (item(&[], 3.0), item(&[], 2.999_999_999_999_999_6));
        assert!(compare(std::slice::from_ref(&three), std::slice::from_ref(&low), false).is_some());
        assert_eq!(compare(std::slice::from_ref(&three), &[low], true), None);
        assert!(compare(&[three], &[item(&[], 2.999_999_999_999_999)], true).is_some());
    }

    #[test]
    fn differences_are_told_label_by_label() {
        let expected = [item(&[("__name__", "up"), ("job", "a")], 1.0), item(&[("x", "y")], 1.0)];
        let got = [item(&[("__name__", "up"), ("job", "b")], 2.5), item(&[("__name__", "down")], 1.0)];
        let text = compare(&expected, &got, false).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines,
            [
                "different   up{job=\"b\"}",
                "  label job",
                "    expected  \"a\"",
                "    got       \"b\"",
                "  value",
                "    expected  1",
                "    got       2.5",
                "missing     {x=\"y\"} 1",
                "unexpected  down 1",
            ]
        );
    }
}
