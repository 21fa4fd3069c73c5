//! What we want to reach, over groups of cases.

use crate::cases::Suite;
use crate::turns::Outcome;

/// A number over some outcomes, and what it shall be at least.
pub(crate) struct Goal {
    pub(crate) name: &'static str,
    pub(crate) value: f64,
    pub(crate) least: f64,
}

/// The geometric mean, none of nothing.
pub(crate) fn geomean(ratios: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = ratios.fold((0.0, 0.0), |(sum, count), ratio| (sum + ratio.ln(), count + 1.0));
    (count > 0.0).then(|| f64::exp(sum / count))
}

/// The goals that the outcomes say something about.
pub(crate) fn goals(outcomes: &[Outcome]) -> Vec<Goal> {
    let of = |suite: Suite| move |outcome: &&Outcome| outcome.case.suite == suite;
    let hundred = |outcome: &&Outcome| {
        of(Suite::Range)(outcome) && outcome.case.steps() == 1000 && outcome.case.expr.contains("_hundred")
    };
    let long = |outcome: &&Outcome| hundred(outcome) && outcome.case.expr.contains("[1d]");
    let mean =
        |wanted: &dyn Fn(&&Outcome) -> bool| geomean(outcomes.iter().filter(wanted).map(Outcome::ratio));
    let least = |wanted: &dyn Fn(&&Outcome) -> bool| {
        outcomes.iter().filter(wanted).map(Outcome::ratio).reduce(f64::min)
    };
    let goals = [
        ("range queries over a hundred series, 1000 steps, mean", mean(&hundred), 20.0),
        ("range queries, the slowest", least(&of(Suite::Range)), 4.0),
        ("range queries with windows of a day, 1000 steps, the slowest", least(&long), 300.0),
        ("an instant query over one series", least(&of(Suite::Instant)), 5.0),
        ("joins, the slowest", least(&of(Suite::Join)), 25.0),
        ("native histograms, the slowest", least(&of(Suite::Native)), 10.0),
        ("sum(rate) over 15,000 series", least(&of(Suite::Single)), 20.0),
        ("sum(rate) over 15,000 series, two threads against one", speedup(outcomes), 1.8),
        ("parser, mean", mean(&of(Suite::Parser)), 1.5),
        ("parser, the slowest", least(&of(Suite::Parser)), 1.0),
    ];
    goals.into_iter().filter_map(|(name, value, least)| Some(Goal { name, value: value?, least })).collect()
}

fn speedup(outcomes: &[Outcome]) -> Option<f64> {
    let time = |threads: usize| {
        let single = |outcome: &&Outcome| outcome.case.suite == Suite::Single && outcome.threads == threads;
        outcomes.iter().find(single).map(|outcome| outcome.ours.nanos)
    };
    Some(time(1)? / time(2)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::turns::Side;

    fn outcome(suite: Suite, threads: usize, ours: f64, peer: f64) -> Outcome {
        let side = |nanos| Side { nanos, peak_kb: 0 };
        let case = suite.cases().remove(0);
        Outcome { case, threads, ours: side(ours), peer: side(peer), difference: None }
    }

    #[test]
    fn only_what_was_run_has_goals() {
        assert!(goals(&[]).is_empty());
        let goals = goals(&[outcome(Suite::Parser, 1, 10.0, 20.0), outcome(Suite::Parser, 1, 10.0, 80.0)]);
        let values: Vec<f64> = goals.iter().map(|goal| goal.value).collect();
        assert_eq!(goals[0].name, "parser, mean");
        assert!((values[0] - 4.0).abs() < 1e-12 && values[1] == 2.0, "{values:?}");
    }

    #[test]
    fn threads_are_set_against_each_other() {
        let outcomes = [outcome(Suite::Single, 1, 30.0, 60.0), outcome(Suite::Single, 2, 20.0, 60.0)];
        assert_eq!(goals(&outcomes).iter().map(|goal| goal.value).collect::<Vec<_>>(), [2.0, 1.5]);
    }
}
