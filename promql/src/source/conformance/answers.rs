//! What holds for answers as a whole, before any sample is read.

use super::{Violation, broken, one, select, wait};
use crate::model::{Labels, METRIC_NAME, Matcher};
use crate::source::{SelectRequest, Selection, SeriesSet, SeriesSource};
use std::collections::HashSet;

/// Holds `selection`, the answer to `request`, and more answers like it to the contract.
pub(super) fn check<S: SeriesSource + ?Sized>(
    source: &S,
    selection: &Selection,
    request: &SelectRequest,
) -> Result<(), Violation> {
    let labels = labels(&*selection.set);
    check_labels(&labels, &request.matchers)?;
    check_metric(&*selection.set, &labels)?;
    if labels_of(&one(source, request)?) != labels {
        return broken("a request has the same answer every time", "other series, or another order");
    }
    check_many(source, &labels, request)?;
    check_names(source, &labels, &request.matchers)
}

fn labels(set: &dyn SeriesSet) -> Vec<Labels> {
    (0..set.len()).map(|row| set.labels(row).clone()).collect()
}

fn labels_of(selection: &Selection) -> Vec<Labels> {
    labels(&*selection.set)
}

fn check_labels(labels: &[Labels], matchers: &[Matcher]) -> Result<(), Violation> {
    let mut known = HashSet::new();
    for labels in labels {
        if !known.insert(labels) {
            return broken("label sets are unique in a selection", format!("{labels} twice"));
        }
        if let Some(matcher) = matchers.iter().find(|matcher| !matcher.matches_labels(labels)) {
            return broken(
                "series fit all matchers",
                format!("{labels} does not fit the one on {}", matcher.name),
            );
        }
    }
    Ok(())
}

fn check_metric(set: &dyn SeriesSet, labels: &[Labels]) -> Result<(), Violation> {
    let rest: HashSet<Labels> = labels.iter().map(Labels::without_metadata).collect();
    if set.is_one_metric() && rest.len() < labels.len() {
        return broken("series of one metric differ without its labels", "some do not");
    }
    Ok(())
}

/// Several requests at once: answer `i` belongs to request `i`.
fn check_many<S: SeriesSource + ?Sized>(
    source: &S,
    labels: &[Labels],
    request: &SelectRequest,
) -> Result<(), Violation> {
    let picked = [labels.first(), labels.get(labels.len() / 2), labels.last()];
    let mut requests = vec![request.clone()];
    for labels in picked.into_iter().flatten() {
        let mut narrow = request.clone();
        let own = labels.iter().map(|(name, value)| Matcher::equal(name.to_owned(), value));
        narrow.matchers = narrow.matchers.iter().cloned().chain(own).collect();
        requests.push(narrow);
    }
    let mut nothing = request.clone();
    let unknown = Matcher::equal(METRIC_NAME, "no metric has this name\u{0}");
    nothing.matchers = nothing.matchers.iter().cloned().chain([unknown]).collect();
    requests.insert(1, nothing);
    let answers = select(source, &requests)?;
    if answers.len() != requests.len() {
        let found = format!("{} answers for {} requests", answers.len(), requests.len());
        return broken("there is one answer for each request", found);
    }
    for (request, answer) in requests.iter().zip(&answers) {
        let fitting =
            |labels: &&Labels| request.matchers.iter().all(|matcher| matcher.matches_labels(labels));
        let expected: Vec<&Labels> = labels.iter().filter(fitting).collect();
        if labels_of(answer).iter().collect::<Vec<_>>() != expected {
            return broken(
                "answer i belongs to request i",
                "other series when several are asked for at once",
            );
        }
    }
    match select(source, &[])?.len() {
        0 => Ok(()),
        some => broken("there is one answer for each request", format!("{some} answers for no request")),
    }
}

/// Label names and values, from sources that know them.
fn check_names<S: SeriesSource + ?Sized>(
    source: &S,
    labels: &[Labels],
    matchers: &[Matcher],
) -> Result<(), Violation> {
    const NAMES: &str = "label names are sorted and complete, or none are given";
    const VALUES: &str = "label values are sorted and complete, or none are given";
    let names = match wait(source.label_names(matchers)) {
        Ok(names) => names,
        Err(error) => return broken(NAMES, error.to_string()),
    };
    let mut known: Vec<&str> = labels.iter().flat_map(Labels::iter).map(|(name, _)| name).collect();
    known.sort_unstable();
    known.dedup();
    check_list(NAMES, &names, &known)?;
    for name in known {
        let values = match wait(source.label_values(name, matchers)) {
            Ok(values) => values,
            Err(error) => return broken(VALUES, error.to_string()),
        };
        let mut known: Vec<&str> = labels.iter().map(|labels| labels.get(name)).collect();
        known.retain(|value| !value.is_empty());
        known.sort_unstable();
        known.dedup();
        check_list(VALUES, &values, &known)?;
    }
    Ok(())
}

/// A list may hold more than the series of one span have, but not less.
fn check_list(rule: &'static str, list: &[String], known: &[&str]) -> Result<(), Violation> {
    if !list.is_sorted_by(|a, b| a < b) {
        return broken(rule, format!("{list:?} is not sorted, or holds something twice"));
    }
    let missing = known.iter().find(|known| list.binary_search_by(|own| own.as_str().cmp(known)).is_err());
    match missing {
        Some(missing) if !list.is_empty() => broken(rule, format!("{missing:?} is missing")),
        _ => Ok(()),
    }
}
