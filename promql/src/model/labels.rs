//! Label sets: sorted by name, without empty values, cheap to clone.

use std::borrow::Cow;
use std::cell::Cell;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Range;
use std::sync::Arc;

/// The label that holds the metric name.
pub const METRIC_NAME: &str = "__name__";
/// The label that holds the metric type, where a source gives it.
pub const METRIC_TYPE: &str = "__type__";
/// The label that holds the metric unit, where a source gives it.
pub const METRIC_UNIT: &str = "__unit__";

/// True for the labels that describe the metric itself and that most operations remove.
#[must_use]
pub fn is_metadata(name: &str) -> bool {
    name == METRIC_NAME || name == METRIC_TYPE || name == METRIC_UNIT
}

/// A label set.
///
/// Names and values lie in one text, so comparing and hashing two sets touches one block of memory. Order is
/// Prometheus': pairs of name and value bytewise, a prefix first.
///
/// ```
/// use promql::model::Labels;
/// let labels = Labels::from_pairs([("job", "api"), ("__name__", "up"), ("empty", "")]);
/// assert_eq!(labels.get("job"), "api");
/// assert_eq!(labels.get("nothing"), "");
/// assert_eq!(labels.to_string(), r#"up{job="api"}"#);
/// ```
#[derive(Clone)]
pub struct Labels(
    /// Names and values in turn, each behind its length.
    Arc<str>,
);

/// Stands before a length that is too large for a character; ten digits follow.
const LONG: char = char::MAX;

/// Adds a name or a value behind its length. Lengths are written as characters: one byte for nearly all.
fn push_part(text: &mut String, part: &str) {
    match u32::try_from(part.len()).ok().and_then(char::from_u32).filter(|&length| length <= '\u{d7ff}') {
        Some(length) => text.push(length),
        None => {
            text.push(LONG);
            text.push_str(&format!("{:010}", part.len()));
        }
    }
    text.push_str(part);
}

/// Splits the first name or value off.
#[inline(always)]
fn split_part(text: &str) -> Option<(&str, &str)> {
    match *text.as_bytes().first()? {
        length @ 0..0x80 => text[1..].split_at_checked(length.into()),
        _ => split_long_part(text),
    }
}

fn split_long_part(text: &str) -> Option<(&str, &str)> {
    let length = text.chars().next()?;
    let rest = &text[length.len_utf8()..];
    if length == LONG {
        let (digits, rest) = rest.split_at_checked(10)?;
        return rest.split_at_checked(digits.parse().ok()?);
    }
    rest.split_at_checked(length as usize)
}

impl Labels {
    /// The empty set.
    #[must_use]
    pub fn empty() -> Self {
        static EMPTY: std::sync::OnceLock<Labels> = std::sync::OnceLock::new();
        EMPTY.get_or_init(|| Labels::from_sorted([])).clone()
    }

    /// A set from pairs in any order. Pairs with an empty value are left out, of equal names the last one counts.
    pub fn from_pairs<N: AsRef<str>, V: AsRef<str>>(pairs: impl IntoIterator<Item = (N, V)>) -> Self {
        let mut edit = LabelsEdit::default();
        for (name, value) in pairs {
            edit.set(name.as_ref(), value.as_ref());
        }
        edit.finish()
    }

    /// A set from pairs that are sorted by name, unique and not empty.
    pub(crate) fn from_sorted<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        thread_local! {
            static TEXT: Cell<String> = const { Cell::new(String::new()) };
        }
        let mut text = TEXT.take();
        text.clear();
        for (name, value) in pairs {
            push_part(&mut text, name);
            push_part(&mut text, value);
        }
        let labels = Labels(text.as_str().into());
        TEXT.set(text);
        labels
    }

    /// The number of labels.
    #[must_use]
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    /// True for the empty set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value of a label; empty if the set lacks it, as PromQL has it.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        self.iter().find(|(own, _)| *own == name).map_or("", |(_, value)| value)
    }

    /// The metric name; empty if there is none.
    #[must_use]
    pub fn name(&self) -> &str {
        self.get(METRIC_NAME)
    }

    /// Names and values in name order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let mut rest = &*self.0;
        std::iter::from_fn(move || {
            let (name, behind) = split_part(rest)?;
            let (value, behind) = split_part(behind)?;
            rest = behind;
            Some((name, value))
        })
    }

    /// The name of each label, and where both name and value lie in the text.
    fn places(&self) -> impl Iterator<Item = (&str, Range<usize>)> {
        let mut start = 0;
        std::iter::from_fn(move || {
            let rest = &self.0[start..];
            let (name, behind) = split_part(rest)?;
            let (_, behind) = split_part(behind)?;
            let place = start..start + rest.len() - behind.len();
            start = place.end;
            Some((name, place))
        })
    }

    /// Names and values in turn, in name order.
    pub(crate) fn parts(&self) -> impl Iterator<Item = &str> {
        let mut rest = &*self.0;
        std::iter::from_fn(move || {
            let (part, behind) = split_part(rest)?;
            rest = behind;
            Some(part)
        })
    }

    /// The set without labels that `drop` names.
    #[must_use]
    pub fn without(&self, drop: impl Fn(&str) -> bool) -> Self {
        // What stays is mostly one stretch of the text: the name of the metric stands in front.
        let mut kept = 0..0;
        for (_, place) in self.places().filter(|(name, _)| !drop(name)) {
            match kept.is_empty() {
                true => kept = place,
                false if kept.end == place.start => kept.end = place.end,
                false => return Labels::from_sorted(self.iter().filter(|(name, _)| !drop(name))),
            }
        }
        match kept.len() {
            0 => Labels::empty(),
            len if len == self.0.len() => self.clone(),
            _ => Labels(self.0[kept].into()),
        }
    }

    /// The set without `__name__`, `__type__` and `__unit__`.
    #[must_use]
    pub fn without_metadata(&self) -> Self {
        self.without(is_metadata)
    }

    /// The same set with another value of one label, where an empty one removes it.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> Self {
        let before = self.iter().take_while(|(own, _)| *own < name);
        let behind = self.iter().skip_while(|(own, _)| *own <= name);
        Labels::from_sorted(before.chain(Some((name, value)).filter(|_| !value.is_empty())).chain(behind))
    }

    /// Starts a changed copy.
    #[must_use]
    pub fn edit(&self) -> LabelsEdit<'_> {
        LabelsEdit { pairs: self.iter().map(|(name, value)| (name.into(), value.into())).collect() }
    }

    /// The hash by which `limit_ratio` samples: xxh64 of each name and value in name order, each behind its length
    /// (one byte, or 0xff and three bytes little endian from 255 on).
    #[must_use]
    pub fn sampling_hash(&self) -> u64 {
        let mut bytes = Vec::with_capacity(self.0.len());
        for (name, value) in self.iter() {
            for part in [name, value] {
                match u8::try_from(part.len()) {
                    Ok(short) if short < 255 => bytes.push(short),
                    _ => {
                        bytes.push(255);
                        bytes.extend_from_slice(&part.len().to_le_bytes()[..3]);
                    }
                }
                bytes.extend_from_slice(part.as_bytes());
            }
        }
        xxhash_rust::xxh64::xxh64(&bytes, 0)
    }
}

impl PartialEq for Labels {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0 == other.0
    }
}

impl Eq for Labels {}

impl Hash for Labels {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl Ord for Labels {
    fn cmp(&self, other: &Self) -> Ordering {
        self.iter().cmp(other.iter())
    }
}

impl PartialOrd for Labels {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Default for Labels {
    fn default() -> Self {
        Labels::empty()
    }
}

impl<N: AsRef<str>, V: AsRef<str>> FromIterator<(N, V)> for Labels {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        Labels::from_pairs(pairs)
    }
}

/// The form used by people: `name{a="b"}`.
impl fmt::Display for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.name();
        let plain_name = is_legacy_metric_name(name);
        if plain_name {
            f.write_str(name)?;
            if self.len() == 1 {
                return Ok(());
            }
        }
        write_pairs(f, self.iter().filter(|(label, _)| !plain_name || *label != METRIC_NAME))
    }
}

/// The form used in error texts: all labels in braces, the name too, `{__name__="up", job="api"}`.
impl fmt::Debug for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_pairs(f, self.iter())
    }
}

fn write_pairs<'a>(
    f: &mut fmt::Formatter<'_>,
    pairs: impl Iterator<Item = (&'a str, &'a str)>,
) -> fmt::Result {
    f.write_str("{")?;
    for (index, (name, value)) in pairs.enumerate() {
        if index > 0 {
            f.write_str(", ")?;
        }
        if is_legacy_label_name(name) {
            f.write_str(name)?;
        } else {
            f.write_str(&promql_grammar::quote(name))?;
        }
        write!(f, "={}", promql_grammar::quote(value))?;
    }
    f.write_str("}")
}

/// True for names that every Prometheus version accepts as a metric name: `[a-zA-Z_:][a-zA-Z0-9_:]*`.
#[must_use]
pub fn is_legacy_metric_name(name: &str) -> bool {
    is_name(name, |byte| byte == b':')
}

/// True for names that every Prometheus version accepts as a label name: `[a-zA-Z_][a-zA-Z0-9_]*`.
#[must_use]
pub fn is_legacy_label_name(name: &str) -> bool {
    is_name(name, |_| false)
}

/// True for label names that Prometheus accepts in functions: not empty and valid UTF-8.
#[must_use]
pub fn is_label_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| promql_grammar::ast::unescaped_byte(c).is_none())
}

fn is_name(name: &str, extra: impl Fn(u8) -> bool) -> bool {
    let start = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_' || extra(byte);
    match name.as_bytes() {
        [] => false,
        [first, rest @ ..] => start(*first) && rest.iter().all(|&byte| start(byte) || byte.is_ascii_digit()),
    }
}

/// A label set under change. What stays as it was is not copied before the end.
#[derive(Clone, Debug, Default)]
pub struct LabelsEdit<'a> {
    pairs: Vec<(Cow<'a, str>, Cow<'a, str>)>,
}

impl LabelsEdit<'_> {
    /// Sets a label; an empty value removes it.
    pub fn set(&mut self, name: &str, value: &str) -> &mut Self {
        match self.pairs.binary_search_by(|(own, _)| (**own).cmp(name)) {
            Ok(at) if value.is_empty() => {
                self.pairs.remove(at);
            }
            Ok(at) => self.pairs[at].1 = Cow::Owned(value.to_owned()),
            Err(_) if value.is_empty() => {}
            Err(at) => self.pairs.insert(at, (name.to_owned().into(), value.to_owned().into())),
        }
        self
    }

    /// True if there is such a label.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.pairs.binary_search_by(|(own, _)| (**own).cmp(name)).is_ok()
    }

    /// Removes a label.
    pub fn remove(&mut self, name: &str) -> &mut Self {
        self.set(name, "")
    }

    /// The finished set.
    #[must_use]
    pub fn finish(&self) -> Labels {
        Labels::from_sorted(self.pairs.iter().map(|(name, value)| (&**name, &**value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_label_is_set_in_its_place() {
        let labels = Labels::from_pairs([("b", "1"), ("d", "2")]);
        for name in ["a", "b", "c", "d", "e"] {
            for value in ["", "x", "y".repeat(200).as_str()] {
                assert_eq!(labels.with(name, value), labels.edit().set(name, value).finish(), "{name}");
                assert_eq!(Labels::empty().with(name, value), Labels::from_pairs([(name, value)]), "{name}");
            }
        }
    }

    #[test]
    fn sampling_hashes_are_those_of_prometheus() {
        let hash = |pairs: &[(&str, &str)]| Labels::from_pairs(pairs.iter().copied()).sampling_hash();
        assert_eq!(hash(&[("__name__", "up"), ("job", "a")]), 12372323049859431179);
        let request =
            [("__name__", "http_requests"), ("group", "canary"), ("instance", "0"), ("job", "api-server")];
        assert_eq!(hash(&request), 18045460440772787801);
        assert_eq!(hash(&[]), 17241709254077376921);
    }

    #[test]
    fn names_and_values_may_have_any_length() {
        for length in [1, 127, 128, 2047, 2048, 0xd7ff, 0xd800, 70_000] {
            let (name, value) = ("n".repeat(length), "é".repeat(length));
            let labels = Labels::from_pairs([(&name, &value), (&"z".to_owned(), &name)]);
            assert!(labels.iter().eq([(&*name, &*value), ("z", &*name)]), "{length}");
            assert_eq!((labels.len(), labels.get("z")), (2, &*name));
        }
    }

    #[test]
    fn order_is_by_pairs_and_prefixes_come_first() {
        let set = |pairs: &[(&str, &str)]| Labels::from_pairs(pairs.iter().copied());
        let mut sets =
            [set(&[("b", "1")]), set(&[("a", "2")]), set(&[("a", "1"), ("b", "1")]), set(&[("a", "1")])];
        sets.sort();
        let texts: Vec<String> = sets.iter().map(Labels::to_string).collect();
        assert_eq!(texts, [r#"{a="1"}"#, r#"{a="1", b="1"}"#, r#"{a="2"}"#, r#"{b="1"}"#]);
    }

    #[test]
    fn names_outside_the_old_rules_are_quoted() {
        let labels = Labels::from_pairs([("__name__", "a.b"), ("c.d", "e\"f")]);
        assert_eq!(labels.to_string(), r#"{__name__="a.b", "c.d"="e\"f"}"#);
    }

    #[test]
    fn setting_a_label_to_nothing_removes_it() {
        let labels = Labels::from_pairs([("a", "1"), ("b", "2")]);
        assert_eq!(labels.edit().set("a", "").finish().to_string(), r#"{b="2"}"#);
        assert_eq!(labels.without(|name| name == "b"), Labels::from_pairs([("a", "1")]));
    }
}
