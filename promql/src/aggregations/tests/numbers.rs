//! Numbers that Prometheus' own test scripts expect.

use super::{Rows, by, grid, run_groups};
use crate::aggregations::{Aggregated, Aggregation, Argument, Folding, Gathering, Partial};
use crate::column::{Heads, Param, RowHead};
use crate::model::{Labels, Sample};
use promql_grammar::ast::{Aggregator, Grouping};

/// Eight series that stand at 100, 200, … 800.
fn requests() -> (Heads, Rows) {
    let mut heads = Vec::new();
    for job in ["api", "app"] {
        for group in ["production", "canary"] {
            for instance in ["0", "1"] {
                let labels = [("__name__", "r"), ("job", job), ("group", group), ("instance", instance)];
                heads.push(RowHead::new(Labels::from_pairs(labels)));
            }
        }
    }
    let rows = (1..=8).map(|index| vec![Some(Sample::Float(f64::from(index) * 100.0))]).collect();
    (heads.into(), rows)
}

/// Runs over a point with every possible cut; the results must agree.
fn run(op: Aggregator, argument: Argument<'_>, grouping: Option<&Grouping>) -> Aggregated {
    let (heads, rows) = requests();
    let run = |cuts: &[usize]| {
        let groups = Aggregation::bind(op, argument, &heads, grouping);
        run_groups(op, argument, groups, &heads, &rows, grid(1, true), cuts).unwrap()
    };
    let whole = run(&[]);
    for cut in 0..=8 {
        let parts = run(&[cut, cut, cut.max(6)]);
        assert_eq!(format!("{:?}", values(&whole)), format!("{:?}", values(&parts)), "{op} cut at {cut}");
        assert_eq!(whole.heads, parts.heads);
    }
    whole
}

fn values(result: &Aggregated) -> Vec<f64> {
    result.tile.iter().map(|row| row.values[0]).collect()
}

#[test]
fn reductions() {
    let of = |op, grouping: Option<&Grouping>| values(&run(op, Argument::None, grouping));
    let (job, both) = (by(&["job", "nonexistent"]), by(&["job", "group"]));
    assert_eq!(of(Aggregator::Sum, None), [3600.0]);
    assert_eq!(of(Aggregator::Sum, Some(&job)), [1000.0, 2600.0]);
    assert_eq!(of(Aggregator::Sum, Some(&both)), [300.0, 700.0, 1100.0, 1500.0]);
    assert_eq!(of(Aggregator::Count, Some(&job)), [4.0, 4.0]);
    assert_eq!(of(Aggregator::Group, Some(&job)), [1.0, 1.0]);
    assert_eq!(of(Aggregator::Avg, Some(&job)), [250.0, 650.0]);
    assert_eq!(of(Aggregator::Min, Some(&job)), [100.0, 500.0]);
    assert_eq!(of(Aggregator::Max, Some(&job)), [400.0, 800.0]);
    assert_eq!(of(Aggregator::Stdvar, None), [52500.0]);
    assert_eq!(of(Aggregator::Stdvar, Some(&by(&["instance"]))), [50000.0, 50000.0]);
    let deviation = of(Aggregator::Stddev, None)[0];
    assert!((deviation - 229.12878474779).abs() < 1e-10, "{deviation}");
    let median = run(Aggregator::Quantile, Argument::Scalar(Param::Const(0.5)), Some(&job));
    assert_eq!(values(&median), [250.0, 650.0]);
}

#[test]
fn selections() {
    let of =
        |op, k, grouping: Option<&Grouping>| values(&run(op, Argument::Scalar(Param::Const(k)), grouping));
    let group = by(&["group"]);
    assert_eq!(of(Aggregator::Topk, 3.0, None), [800.0, 700.0, 600.0]);
    assert_eq!(of(Aggregator::Bottomk, 3.0, None), [100.0, 200.0, 300.0]);
    assert_eq!(of(Aggregator::Topk, 1.0, Some(&group)), [600.0, 800.0]);
    assert_eq!(of(Aggregator::Bottomk, 2.0, Some(&group)), [100.0, 200.0, 300.0, 400.0]);
    assert_eq!(of(Aggregator::Bottomk, 9_999_999_999.0, None).len(), 8);
    assert_eq!(of(Aggregator::Limitk, 2.0, Some(&group)), [100.0, 200.0, 300.0, 400.0]);
    assert_eq!(of(Aggregator::LimitRatio, 1.0, None).len(), 8);
    assert_eq!(of(Aggregator::LimitRatio, 0.2, None).len() + of(Aggregator::LimitRatio, -0.8, None).len(), 8);
}

#[test]
fn the_work_can_be_shared_among_threads() {
    fn shared<T: Send + Sync>() {}
    fn handed_over<T: Send>() {}
    shared::<Folding>();
    shared::<Gathering>();
    handed_over::<Partial>();
}
