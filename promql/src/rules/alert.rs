//! Alerts and how they become pending, firing and inactive.

use crate::model::{Labels, Millis};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// So long a resolved alert is remembered.
const RESOLVED_RETENTION: Millis = 15 * 60 * 1000;

/// The state of an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlertState {
    /// Its cause is gone.
    Inactive,
    /// Its cause has not lasted for long enough.
    Pending,
    /// It fires.
    Firing,
}

impl AlertState {
    /// The value of the label `alertstate`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            AlertState::Inactive => "inactive",
            AlertState::Pending => "pending",
            AlertState::Firing => "firing",
        }
    }
}

/// Names and texts, sorted by name.
pub type Annotations = Vec<(String, String)>;

/// One alert of a rule.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Alert {
    /// Its state.
    pub state: AlertState,
    /// What it is told apart by, `alertname` among them.
    pub labels: Labels,
    /// What is said about it, by name; texts may be empty.
    pub annotations: Annotations,
    /// What the expression last answered; 0 for a native histogram, as in Prometheus.
    pub value: f64,
    /// When it became active.
    pub active_at: Millis,
    /// When it became inactive.
    pub resolved_at: Option<Millis>,
    /// When its cause was gone while it kept firing.
    keep_firing_since: Option<Millis>,
}

/// What a rule found for one alert.
#[derive(Clone, Debug, Default)]
pub(super) struct Found {
    pub(super) value: f64,
    pub(super) annotations: Annotations,
}

/// How long the states of a rule's alerts last.
#[derive(Clone, Copy, Debug)]
pub(super) struct Holds {
    pub(super) hold: Millis,
    pub(super) keep_firing_for: Millis,
}

/// The alerts of one rule.
#[derive(Clone, Debug, Default)]
pub(super) struct Alerts(BTreeMap<Labels, Alert>);

impl Alerts {
    /// Takes what the rule found at a time. Tells how many alerts are active.
    pub(super) fn update(&mut self, found: &BTreeMap<Labels, Found>, time: Millis, holds: Holds) -> usize {
        for (labels, Found { value, annotations }) in found {
            let fresh = || Alert {
                state: AlertState::Pending,
                labels: labels.clone(),
                annotations: annotations.clone(),
                value: *value,
                active_at: time,
                resolved_at: None,
                keep_firing_since: None,
            };
            match self.0.entry(labels.clone()) {
                Entry::Occupied(mut known) if known.get().state == AlertState::Inactive => {
                    known.insert(fresh());
                }
                Entry::Occupied(mut known) => {
                    let known = known.get_mut();
                    known.annotations.clone_from(annotations);
                    known.value = *value;
                }
                Entry::Vacant(place) => {
                    place.insert(fresh());
                }
            }
        }
        self.0.retain(|labels, alert| alert.step(found.contains_key(labels), time, holds));
        self.active().count()
    }

    /// All alerts in the order of their labels, resolved ones for a while as well.
    pub(super) fn all(&self) -> impl Iterator<Item = &Alert> {
        self.0.values()
    }

    /// Pending and firing alerts in the order of their labels.
    pub(super) fn active(&self) -> impl Iterator<Item = &Alert> {
        self.all().filter(|alert| alert.resolved_at.is_none())
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

impl Alert {
    /// Brings the state up to a time; false if the alert can be forgotten.
    fn step(&mut self, is_found: bool, time: Millis, holds: Holds) -> bool {
        if is_found {
            self.keep_firing_since = None;
        } else {
            if self.state == AlertState::Pending {
                return false;
            }
            if let Some(resolved) = self.resolved_at {
                return time.saturating_sub(resolved) <= RESOLVED_RETENTION;
            }
            let since = (holds.keep_firing_for > 0).then(|| *self.keep_firing_since.get_or_insert(time));
            if since.is_none_or(|since| time.saturating_sub(since) >= holds.keep_firing_for) {
                self.state = AlertState::Inactive;
                self.resolved_at = Some(time);
                return true;
            }
        }
        self.state = if time.saturating_sub(self.active_at) >= holds.hold {
            AlertState::Firing
        } else {
            AlertState::Pending
        };
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Millis = 60_000;

    /// The state of the only alert at each minute, as its first letter; `-` if it is not active.
    fn states(found: &str, hold: Millis, keep_firing_for: Millis) -> String {
        let mut alerts = Alerts::default();
        let holds = Holds { hold: hold * MINUTE, keep_firing_for: keep_firing_for * MINUTE };
        let one = BTreeMap::from([(Labels::from_pairs([("alertname", "A")]), Found::default())]);
        let none = BTreeMap::new();
        let minutes = found.chars().zip(0..);
        let state = |(found, minute): (char, Millis)| {
            alerts.update(if found == 'x' { &one } else { &none }, minute * MINUTE, holds);
            alerts.active().next().map_or("-", |alert| &alert.state.as_str()[..1]).to_owned()
        };
        minutes.map(state).collect()
    }

    #[test]
    fn alerts_wait_before_they_fire() {
        assert_eq!(states("xx", 0, 0), "ff");
        assert_eq!(states("xxxx..x", 2, 0), "ppff--p");
        assert_eq!(states("xx.xxx", 2, 0), "pp-ppf");
    }

    #[test]
    fn alerts_keep_firing() {
        assert_eq!(states("xxxxx....", 0, 2), "fffffff--");
        assert_eq!(states("x.x..x...", 0, 2), "ffffffff-");
        assert_eq!(states("x..", 1, 2), "p--");
    }

    #[test]
    fn resolved_alerts_are_forgotten_after_a_while() {
        let mut alerts = Alerts::default();
        let holds = Holds { hold: 0, keep_firing_for: 0 };
        let one = BTreeMap::from([(Labels::empty(), Found::default())]);
        alerts.update(&one, 0, holds);
        for minute in 1..=16 {
            alerts.update(&BTreeMap::new(), minute * MINUTE, holds);
            assert_eq!(alerts.0.len(), 1, "{minute}");
        }
        alerts.update(&BTreeMap::new(), 17 * MINUTE, holds);
        assert_eq!(alerts.0.len(), 0);
    }
}
