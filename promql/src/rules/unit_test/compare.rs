//! Expected and actual alerts and series: which belong together, and what is different about them.

use super::difference::{Difference, FieldDifference, Outcome};
use super::expect::{Match, TextExpectation, Tolerance, ValueExpectation};
use super::histogram::literal;
use crate::SampleRef;
use crate::model::{Labels, METRIC_NAME, Millis, format_duration, number, quote};
use crate::rules::AlertState;
use std::collections::{BTreeMap, VecDeque};

/// An alert or a series that was found.
#[derive(Clone, Debug, Default)]
pub(super) struct Item {
    pub(super) labels: BTreeMap<String, String>,
    pub(super) annotations: BTreeMap<String, String>,
    pub(super) state: Option<AlertState>,
    /// One a step; none for alerts.
    pub(super) values: Vec<Option<Value>>,
}

/// The value of a sample.
#[derive(Clone, Debug)]
pub(super) struct Value {
    pub(super) float: f64,
    pub(super) histogram: Option<String>,
}

/// An alert or a series that is expected.
#[derive(Clone, Debug, Default)]
pub(super) struct Expected {
    pub(super) labels: BTreeMap<String, TextExpectation>,
    pub(super) annotations: BTreeMap<String, TextExpectation>,
    pub(super) state: Option<AlertState>,
    /// One a step; none if they do not matter.
    pub(super) values: Vec<Option<ExpectedValue>>,
    pub(super) tolerance: Tolerance,
    pub(super) matching: Match,
    /// False if there must be none.
    pub(super) present: bool,
}

/// The expected value of a sample.
#[derive(Clone, Debug)]
pub(super) struct ExpectedValue {
    pub(super) float: ValueExpectation,
    pub(super) histogram: Option<String>,
}

/// Where the values of series stand in time.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Axis {
    pub(super) start: Millis,
    /// None if there is only one.
    pub(super) step: Option<Millis>,
}

/// So many differences are paired with what was probably meant; it takes long, and nobody reads more.
const MOST_PAIRED: usize = 50;
/// Differences of values that are told one by one.
const MOST_VALUES: usize = 8;

impl Value {
    pub(super) fn of(sample: SampleRef<'_>) -> Self {
        match sample {
            SampleRef::Float(float) => Value { float, histogram: None },
            SampleRef::Histogram(histogram) => Value { float: 0.0, histogram: Some(literal(histogram)) },
        }
    }

    fn show(&self) -> String {
        self.histogram.clone().unwrap_or_else(|| number::format_plain(self.float))
    }
}

impl ExpectedValue {
    fn holds(&self, got: &Value, tolerance: Tolerance) -> bool {
        self.histogram == got.histogram && self.float.holds(got.float, tolerance)
    }

    fn show(&self, tolerance: Tolerance) -> String {
        self.histogram.clone().unwrap_or_else(|| self.float.show(tolerance))
    }
}

impl Item {
    fn show_labels(&self) -> String {
        Labels::from_pairs(self.labels.iter()).to_string()
    }

    fn show(&self) -> String {
        let mut text =
            self.show_labels() + &show_values(self.values.iter().map(|v| v.as_ref().map(Value::show)));
        text += &show_state(self.state);
        for (name, value) in &self.annotations {
            text += &format!("\n  {name}: {}", quote(value));
        }
        text
    }
}

impl Expected {
    fn is_same(&self, got: &Item) -> bool {
        self.state == got.state
            && fits(&self.labels, &got.labels, self.matching)
            && fits(&self.annotations, &got.annotations, self.matching)
            && (self.values.is_empty() || self.values.len() == got.values.len())
            && self.values.iter().zip(&got.values).all(|pair| match pair {
                (Some(own), Some(got)) => own.holds(got, self.tolerance),
                (own, got) => own.is_none() && got.is_none(),
            })
    }

    /// How much differs; the name of a metric counts more.
    fn distance(&self, got: &Item) -> usize {
        let labels = differences("", &self.labels, &got.labels, self.matching);
        let of_name = labels.iter().filter(|field| field.field.ends_with(METRIC_NAME)).count();
        let annotations = differences("", &self.annotations, &got.annotations, self.matching);
        2 * labels.len() + 4 * of_name + annotations.len() + usize::from(self.state != got.state)
    }

    fn exact_labels(&self) -> BTreeMap<String, String> {
        let exact =
            |(name, text): (&String, &TextExpectation)| Some((name.clone(), text.exact()?.to_owned()));
        self.labels.iter().filter_map(exact).collect()
    }

    fn show(&self) -> String {
        let mut labels = self.labels.clone();
        let name = labels.get(METRIC_NAME).and_then(TextExpectation::exact).map(str::to_owned);
        if name.is_some() {
            labels.remove(METRIC_NAME);
        }
        let mut parts: Vec<String> = labels.iter().map(|(name, text)| text.show_as_matchers(name)).collect();
        if self.matching == Match::Subset {
            parts.push("…".to_owned());
        }
        let mut text = name.unwrap_or_default();
        if !parts.is_empty() || text.is_empty() {
            text += &format!("{{{}}}", parts.join(", "));
        }
        text += &show_values(self.values.iter().map(|v| v.as_ref().map(|v| v.show(self.tolerance))));
        text += &show_state(self.state);
        for (name, value) in &self.annotations {
            text += &format!("\n  {name}: {value}");
        }
        text
    }
}

/// Values behind labels; ` _` where there is none.
fn show_values(values: impl ExactSizeIterator<Item = Option<String>>) -> String {
    const MOST_SHOWN: usize = 20;
    let more = values.len() > MOST_SHOWN;
    let shown: String =
        values.take(MOST_SHOWN).map(|value| format!(" {}", value.as_deref().unwrap_or("_"))).collect();
    if more { shown + " …" } else { shown }
}

/// Firing is what everyone expects.
fn show_state(state: Option<AlertState>) -> String {
    match state {
        None | Some(AlertState::Firing) => String::new(),
        Some(state) => format!(" {}", state.as_str()),
    }
}

/// Pairs what belongs together; the order does not matter. None if all is as expected.
pub(super) fn compare(expected: &[Expected], got: &[Item], matching: Match, axis: Axis) -> Option<Outcome> {
    let (wanted, forbidden): (Vec<_>, Vec<_>) = expected.iter().partition(|expected| expected.present);
    let owner = pair(&wanted, got);
    let mut outcome = Outcome::default();
    let mut unmatched: Vec<&Item> = Vec::new();
    for (item, owner) in got.iter().zip(&owner) {
        let is_forbidden = forbidden.iter().any(|expected| expected.is_same(item));
        match owner {
            _ if is_forbidden => {
                outcome.focus.push(item.labels.clone());
                let note = Some("`present: false` says that it must not be there".to_owned());
                outcome.differences.push(Difference::Unexpected { got: item.show(), note });
            }
            Some(_) => outcome.same.push(item.show()),
            None => unmatched.push(item),
        }
    }
    let missing = (0..wanted.len()).filter(|nth| !owner.contains(&Some(*nth)));
    for expected in missing.map(|nth| wanted[nth]) {
        outcome.focus.push(expected.exact_labels());
        // What is most alike was probably meant, if at least half of its labels are the same.
        let candidates = if outcome.focus.len() <= MOST_PAIRED { &unmatched[..] } else { &[] };
        let nearest = candidates.iter().enumerate().min_by_key(|(_, got)| expected.distance(got));
        let near = nearest.filter(|(_, got)| {
            let labels = differences("", &expected.labels, &got.labels, expected.matching);
            labels.len() <= expected.labels.len().max(got.labels.len()) / 2
        });
        outcome.differences.push(match near.map(|(at, _)| at) {
            Some(at) => describe(expected, unmatched.remove(at), axis),
            None => Difference::Missing { expected: expected.show() },
        });
    }
    if matching == Match::Exact {
        for item in unmatched {
            outcome.focus.push(item.labels.clone());
            outcome.differences.push(Difference::Unexpected { got: item.show(), note: None });
        }
    }
    (!outcome.differences.is_empty()).then_some(outcome)
}

/// For each item the number of what is expected of it. As many as possible are paired, along augmenting paths: an
/// expectation that fits two items leaves the one to another that fits no other.
fn pair(expected: &[&Expected], got: &[Item]) -> Vec<Option<usize>> {
    let mut owner: Vec<Option<usize>> = vec![None; got.len()];
    for first in 0..expected.len() {
        // The expectation from which each item was reached.
        let mut reached_from: Vec<Option<usize>> = vec![None; got.len()];
        let mut of_expected: BTreeMap<usize, usize> = BTreeMap::new();
        let mut queue = VecDeque::from([first]);
        let mut free = None;
        'search: while let Some(nth) = queue.pop_front() {
            for (at, item) in got.iter().enumerate() {
                if reached_from[at].is_some() || !expected[nth].is_same(item) {
                    continue;
                }
                reached_from[at] = Some(nth);
                match owner[at] {
                    None => {
                        free = Some(at);
                        break 'search;
                    }
                    Some(other) => {
                        of_expected.insert(other, at);
                        queue.push_back(other);
                    }
                }
            }
        }
        while let Some(at) = free {
            let Some(nth) = reached_from[at] else { break };
            owner[at] = Some(nth);
            free = of_expected.get(&nth).copied();
        }
    }
    owner
}

fn describe(expected: &Expected, got: &Item, axis: Axis) -> Difference {
    let mut fields = differences("label ", &expected.labels, &got.labels, expected.matching);
    fields.extend(differences("annotation ", &expected.annotations, &got.annotations, expected.matching));
    if let (Some(own), Some(other)) = (expected.state, got.state)
        && own != other
    {
        fields.push(field("state", own.as_str(), other.as_str()));
    }
    let values = expected.values.iter().zip(&got.values).enumerate();
    let mut of_values: Vec<_> =
        values.filter_map(|(nth, (own, other))| value_difference(expected, own, other, nth, axis)).collect();
    let count = of_values.len();
    of_values.truncate(MOST_VALUES);
    fields.extend(of_values);
    if count > MOST_VALUES {
        let rest = format!("{} more values", count - MOST_VALUES);
        fields.push(field("values", "as above", &rest));
    }
    Difference::Different { labels: got.show_labels(), expected: expected.show(), got: got.show(), fields }
}

fn value_difference(
    expected: &Expected,
    own: &Option<ExpectedValue>,
    got: &Option<Value>,
    nth: usize,
    axis: Axis,
) -> Option<FieldDifference> {
    let is_same = match (own, got) {
        (Some(own), Some(got)) => own.holds(got, expected.tolerance),
        _ => own.is_none() && got.is_none(),
    };
    if is_same {
        return None;
    }
    let name = match (axis.step, i64::try_from(nth)) {
        (Some(step), Ok(nth)) => {
            let at = axis.start.saturating_add(step.saturating_mul(nth));
            format!("value at {}", format_duration(at))
        }
        _ => "value".to_owned(),
    };
    let own_text = own.as_ref().map_or_else(|| "nothing".to_owned(), |own| own.show(expected.tolerance));
    let got_text = got.as_ref().map_or_else(|| "nothing".to_owned(), Value::show);
    let mut difference = field(&name, &own_text, &got_text);
    if let (Some(own), Some(got)) = (own, got) {
        let is_nan = matches!(own.float, ValueExpectation::Number { value, .. } if value.is_nan());
        difference.note = match (&own.histogram, &got.histogram) {
            (Some(a), Some(b)) if a == b => Some("a histogram has no `value` beside it"),
            (None, None) if is_nan && got.float.is_nan() => {
                Some("the number .nan is equal to nothing; `value: NaN` is equal to NaN")
            }
            _ => None,
        };
    }
    Some(difference)
}

fn field(name: &str, expected: &str, got: &str) -> FieldDifference {
    FieldDifference { field: name.to_owned(), expected: expected.to_owned(), got: got.to_owned(), note: None }
}

fn fits(
    expected: &BTreeMap<String, TextExpectation>,
    got: &BTreeMap<String, String>,
    matching: Match,
) -> bool {
    expected.iter().all(|(name, text)| text.holds(got.get(name).map(String::as_str)))
        && (matching == Match::Subset || got.keys().all(|name| expected.contains_key(name)))
}

fn differences(
    what: &str,
    expected: &BTreeMap<String, TextExpectation>,
    got: &BTreeMap<String, String>,
    matching: Match,
) -> Vec<FieldDifference> {
    let show = |value: Option<&String>| value.map_or_else(|| "nothing".to_owned(), |text| quote(text));
    let mut found = Vec::new();
    for (name, text) in expected {
        let other = got.get(name);
        if !text.holds(other.map(String::as_str)) {
            found.push(field(&format!("{what}{name}"), &text.to_string(), &show(other)));
        }
    }
    if matching == Match::Exact {
        let more = got.iter().filter(|(name, _)| !expected.contains_key(*name));
        found.extend(more.map(|(name, text)| field(&format!("{what}{name}"), "nothing", &quote(text))));
    }
    found
}

/// Labels as a map.
pub(super) fn pairs(labels: &Labels) -> BTreeMap<String, String> {
    labels.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::MatchOp;

    fn item(labels: &[(&str, &str)], float: f64) -> Item {
        let labels = Labels::from_pairs(labels.iter().copied());
        Item {
            labels: pairs(&labels),
            values: vec![Some(Value { float, histogram: None })],
            ..Item::default()
        }
    }

    fn expected(labels: &[(&str, &str)], float: f64) -> Expected {
        let text = |(name, value): &(&str, &str)| ((*name).to_owned(), TextExpectation::equals(*value));
        Expected {
            labels: labels.iter().map(text).collect(),
            values: vec![Some(ExpectedValue { float: ValueExpectation::number(float), histogram: None })],
            present: true,
            ..Expected::default()
        }
    }

    fn differ(expected: &[Expected], got: &[Item]) -> Option<Outcome> {
        compare(expected, got, Match::Exact, Axis::default())
    }

    #[test]
    fn the_order_does_not_matter() {
        let (a, b) = (expected(&[("a", "1")], 1.0), expected(&[("a", "2")], 2.0));
        let (c, d) = (item(&[("a", "1")], 1.0), item(&[("a", "2")], 2.0));
        assert!(differ(&[a.clone(), b], &[d.clone(), c.clone()]).is_none());
        assert!(differ(&[a.clone(), a], &[c, d]).is_some());
    }

    #[test]
    fn what_fits_several_leaves_one_to_others() {
        let any = |op, value: &str| {
            let mut any = expected(&[], 1.0);
            any.labels.insert("a".into(), TextExpectation::matcher(op, value).unwrap());
            any
        };
        let all = [any(MatchOp::Regex, ".+"), any(MatchOp::Regex, "1|2"), any(MatchOp::Equal, "1")];
        let got = [item(&[("a", "1")], 1.0), item(&[("a", "2")], 1.0), item(&[("a", "3")], 1.0)];
        assert!(differ(&all, &got).is_none());
        let text = differ(&all, &[item(&[("a", "1")], 1.0), item(&[("a", "2")], 1.0)]).unwrap().to_string();
        assert_eq!(text, "missing     {a=\"1\"} 1");
    }

    #[test]
    fn others_may_be_there_and_some_must_not() {
        let mut part = expected(&[("a", "1")], 1.0);
        part.matching = Match::Subset;
        let got = [item(&[("a", "1"), ("b", "2")], 1.0), item(&[("a", "3")], 1.0)];
        let subset = |expected: &[Expected]| compare(expected, &got, Match::Subset, Axis::default());
        assert!(subset(&[part.clone()]).is_none());
        assert!(differ(&[part.clone()], &got).is_some());
        part.present = false;
        let text = subset(&[part]).unwrap().to_string();
        assert!(text.starts_with("unexpected  {a=\"1\", b=\"2\"} 1\n  `present: false`"), "{text}");
    }

    #[test]
    fn many_differences_are_counted() {
        let label = |nth: usize| nth.to_string();
        let expected: Vec<_> = (0..2000).map(|nth| expected(&[("a", &label(nth))], 1.0)).collect();
        let got: Vec<_> = (0..2000).map(|nth| item(&[("b", &label(nth))], 1.0)).collect();
        let text = differ(&expected, &got).unwrap().to_string();
        assert_eq!(text.lines().count(), 21);
        assert!(text.ends_with("… and 3980 more differences"), "{text}");
    }

    #[test]
    fn differences_are_told_label_by_label() {
        let expected = [expected(&[("__name__", "up"), ("job", "a")], 1.0), expected(&[("x", "y")], 1.0)];
        let got = [item(&[("__name__", "up"), ("job", "b")], 2.5), item(&[("__name__", "down")], 1.0)];
        let outcome = differ(&expected, &got).unwrap();
        let text = outcome.to_string();
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
        let sign = |mark| match mark {
            super::super::Mark::Both => ' ',
            super::super::Mark::Expected => '-',
            super::super::Mark::Got => '+',
        };
        let unified: Vec<String> =
            outcome.unified().iter().map(|(mark, line)| format!("{}{line}", sign(*mark))).collect();
        assert_eq!(unified, ["-up{job=\"a\"} 1", "+up{job=\"b\"} 2.5", "-{x=\"y\"} 1", "+down 1"]);
    }
}
