//! Single rules, the shortest case of each.

use super::{by, floats, grid, heads, lines, notes, run, run_groups};
use crate::aggregations::{Aggregation, Argument, Groups};
use crate::column::{Heads, Note, Param};
use crate::model::Sample;
use crate::model::histogram::{BucketSpan, CUSTOM_SCHEMA, FloatHistogram, Layout, ResetHint};
use promql_grammar::ast::Aggregator;
use std::sync::Arc;

fn scalar(value: f64) -> Argument<'static> {
    Argument::Scalar(Param::Const(value))
}

/// A histogram with one observation; exponential without bounds.
fn histogram(count: f64, bounds: &[f64]) -> Option<Sample> {
    let schema = if bounds.is_empty() { 0 } else { CUSTOM_SCHEMA };
    Some(Sample::Histogram(FloatHistogram {
        schema,
        count,
        sum: count,
        layout: Arc::new(Layout {
            positive: vec![BucketSpan { offset: 0, length: 1 }],
            negative: Vec::new(),
            bounds: bounds.to_vec(),
        }),
        buckets: vec![count].into(),
        ..FloatHistogram::default()
    }))
}

#[test]
fn rows_without_samples_do_not_show() {
    // The group b comes first because the first row of a is empty.
    let rows = vec![floats("_"), floats("2"), floats("3")];
    let result = run(Aggregator::Sum, Argument::None, &["a", "b", "a"], &rows, true).unwrap();
    assert_eq!(lines(&result), ["b: 2", "a: 3"]);
    assert_eq!(result.origins, [1, 0]);
    let rows = vec![floats("_ _"), floats("_ 2")];
    let result = run(Aggregator::Count, Argument::None, &["a", "b"], &rows, false).unwrap();
    assert_eq!(lines(&result), ["b: _ 1"]);
    let result = run(Aggregator::Quantile, scalar(0.5), &["a", "b"], &rows, false).unwrap();
    assert_eq!(lines(&result), ["b: _ 2"]);
}

#[test]
fn means_of_large_values_do_not_overflow() {
    for count in [1, 2, 300] {
        let names = vec!["a"; count];
        let rows = vec![floats("1e308 -1e308 5"); count];
        let result = run(Aggregator::Avg, Argument::None, &names, &rows, false).unwrap();
        let row = result.tile.row(0);
        assert!((row.values[0] / 1e308 - 1.0).abs() < 1e-14, "{count}: {}", row.values[0]);
        assert!((row.values[1] / -1e308 - 1.0).abs() < 1e-14, "{count}: {}", row.values[1]);
        assert_eq!(row.values[2], 5.0);
    }
    let rows = vec![floats("inf inf N 1e308"), floats("-inf 1 1 1e308"), floats("1 1 inf -inf")];
    let result = run(Aggregator::Avg, Argument::None, &["a"; 3], &rows, false).unwrap();
    assert_eq!(lines(&result), ["a: NaN inf NaN -inf"]);
}

#[test]
fn signs_of_zero_follow_prometheus() {
    let rows = vec![vec![Some(Sample::Float(-0.0))]];
    let zero =
        |op| run(op, Argument::None, &["a"], &rows, false).unwrap().tile.row(0).values[0].is_sign_negative();
    assert!(!zero(Aggregator::Sum));
    assert!(zero(Aggregator::Max) && zero(Aggregator::Min));
}

#[test]
fn floats_and_histograms_do_not_add_up() {
    let mixed = vec![vec![histogram(1.0, &[])], floats("1")];
    let result = run(Aggregator::Sum, Argument::None, &["a"; 2], &mixed, false).unwrap();
    assert_eq!((lines(&result).len(), notes(&result)), (0, vec![Note::MixedFloatsHistogramsInGroup]));
    let result = run(Aggregator::Count, Argument::None, &["a"; 2], &mixed, false).unwrap();
    assert_eq!(lines(&result), ["a: 2"]);
    let result = run(Aggregator::Max, Argument::None, &["a"; 2], &mixed, false).unwrap();
    assert_eq!(
        (lines(&result), notes(&result)),
        (vec!["a: 1".to_owned()], vec![Note::IgnoredHistogramInGroup])
    );
    // A left out histogram makes no group.
    let alone = vec![vec![histogram(1.0, &[])]];
    let result = run(Aggregator::Stddev, Argument::None, &["a"], &alone, false).unwrap();
    assert_eq!((lines(&result).len(), notes(&result)), (0, vec![Note::IgnoredHistogramInGroup]));
}

#[test]
fn what_is_said_about_a_mix_hangs_on_the_order() {
    let (float, exponential, custom) = (floats("1"), vec![histogram(1.0, &[])], vec![histogram(1.0, &[1.0])]);
    let said = |rows: [&Vec<Option<Sample>>; 3]| {
        let rows = rows.into_iter().cloned().collect();
        let result = run(Aggregator::Avg, Argument::None, &["a1", "a2", "a3"], &rows, false).unwrap();
        assert!(result.heads.is_empty());
        notes(&result)
    };
    let mixed = Note::MixedFloatsHistogramsInGroup;
    let broken = |name: &str| Note::MixedExponentialCustomInGroup(name.to_owned());
    // What comes after the break is ignored, so the float is not noticed.
    assert_eq!(said([&exponential, &custom, &float]), [broken("a2")]);
    assert_eq!(said([&custom, &exponential, &float]), [broken("a2")]);
    assert_eq!(said([&exponential, &float, &custom]), [mixed.clone(), broken("a3")]);
    // After a float, histograms are not even looked at.
    assert_eq!(said([&float, &exponential, &custom]), [mixed]);
}

#[test]
fn histograms_add_up_and_average() {
    let rows = vec![vec![histogram(1.0, &[]), None], vec![histogram(3.0, &[]), histogram(5.0, &[])]];
    let sum = run(Aggregator::Sum, Argument::None, &["a"; 2], &rows, false).unwrap();
    assert_eq!((lines(&sum), notes(&sum).len()), (vec!["a: h4 h5".to_owned()], 0));
    let mean = run(Aggregator::Avg, Argument::None, &["a"; 2], &rows, false).unwrap();
    assert_eq!(lines(&mean), ["a: h2 h5"]);
    let rows = vec![vec![histogram(1e308, &[])], vec![histogram(1e308, &[])]];
    let mean = run(Aggregator::Avg, Argument::None, &["a"; 2], &rows, false).unwrap();
    assert_eq!(mean.tile.row(0).histogram(0).unwrap().count, 1e308);
    let bounds = vec![vec![histogram(1.0, &[1.0, 2.0])], vec![histogram(3.0, &[1.0])]];
    let sum = run(Aggregator::Sum, Argument::None, &["a"; 2], &bounds, false).unwrap();
    assert_eq!((lines(&sum), notes(&sum)), (vec!["a: h4".to_owned()], vec![Note::ReconciledBounds]));
    let hinted = |hint| {
        histogram(1.0, &[]).map(|sample| match sample {
            Sample::Histogram(histogram) => Sample::Histogram(FloatHistogram { hint, ..histogram }),
            float @ Sample::Float(_) => float,
        })
    };
    let resets = vec![vec![hinted(ResetHint::Reset)], vec![hinted(ResetHint::NotReset)]];
    let sum = run(Aggregator::Sum, Argument::None, &["a"; 2], &resets, false).unwrap();
    assert_eq!((lines(&sum), notes(&sum)), (vec!["a: h2".to_owned()], vec![Note::ConflictingResets]));
}

#[test]
fn ties_keep_the_earlier_series() {
    let rows = vec![floats("1"), floats("2"), floats("2"), floats("N")];
    let top = |k| lines(&run(Aggregator::Topk, scalar(k), &["a"; 4], &rows, true).unwrap());
    assert_eq!(top(1.0), ["a1: 2"]);
    assert_eq!(top(3.0), ["a1: 2", "a2: 2", "a0: 1"]);
    assert_eq!(top(1e9), ["a1: 2", "a2: 2", "a0: 1", "a3: NaN"]);
    let bottom = |k| lines(&run(Aggregator::Bottomk, scalar(k), &["a"; 4], &rows, true).unwrap());
    assert_eq!(bottom(2.9), ["a0: 1", "a1: 2"]);
}

#[test]
fn instant_results_are_ranked_within_groups() {
    let rows = vec![floats("_"), floats("1"), floats("7"), floats("3"), floats("2")];
    let names = ["a", "b", "a", "b", "a"];
    let result = run(Aggregator::Topk, scalar(2.0), &names, &rows, true).unwrap();
    assert_eq!(lines(&result), ["b3: 3", "b1: 1", "a2: 7", "a4: 2"]);
    let result = run(Aggregator::Topk, scalar(2.0), &names, &rows, false).unwrap();
    assert_eq!(lines(&result), ["b1: 1", "a2: 7", "b3: 3", "a4: 2"]);
    let result = run(Aggregator::Limitk, scalar(1.0), &names, &rows, true).unwrap();
    assert_eq!(lines(&result), ["b1: 1", "a2: 7"]);
}

#[test]
fn a_range_shows_whoever_wins_at_some_step() {
    let rows = vec![floats("1 5 1"), floats("2 4 1"), floats("0 0 0")];
    let k = [1.0, 1.0, 0.0];
    let argument = Argument::Scalar(Param::Row(&k));
    let result = run(Aggregator::Topk, argument, &["a"; 3], &rows, false).unwrap();
    assert_eq!(lines(&result), ["a0: _ 5 _", "a1: 2 _ _"]);
    let result = run(Aggregator::Limitk, argument, &["a"; 3], &rows, false).unwrap();
    assert_eq!(lines(&result), ["a0: 1 5 _"]);
}

#[test]
fn histograms_rank_nowhere() {
    let rows = vec![vec![histogram(9.0, &[]), histogram(9.0, &[])], floats("1 1")];
    let k = |k: &[f64]| {
        let result = run(Aggregator::Topk, Argument::Scalar(Param::Row(k)), &["a"; 2], &rows, false).unwrap();
        (lines(&result), notes(&result))
    };
    assert_eq!(k(&[5.0, 5.0]), (vec!["a1: 1 1".to_owned()], vec![Note::IgnoredHistogramInGroup]));
    let rows = vec![vec![histogram(9.0, &[]), None], floats("1 1")];
    let k = Argument::Scalar(Param::Row(&[0.0, 1.0]));
    let result = run(Aggregator::Topk, k, &["a"; 2], &rows, false).unwrap();
    // Where k is 0 nobody looks.
    assert_eq!((lines(&result), notes(&result).len()), (vec!["a1: _ 1".to_owned()], 0));
}

#[test]
fn limitk_counts_samples_of_any_kind_step_by_step() {
    let rows = vec![vec![histogram(9.0, &[]), None, None], floats("1 1 _"), floats("2 2 2")];
    let result = run(Aggregator::Limitk, scalar(1.0), &["a"; 3], &rows, false).unwrap();
    assert_eq!(lines(&result), ["a0: h9 _ _", "a1: _ 1 _", "a2: _ _ 2"]);
}

#[test]
fn limitk_knows_when_it_has_enough() {
    let heads = heads(&["a", "b", "a", "b"]);
    let groups = Groups::bind(&heads, Some(&by(&["g"])));
    let aggregation = Aggregation::new(Aggregator::Limitk, scalar(1.0), groups, &heads, grid(2, false));
    let Ok(Aggregation::Fold(folding)) = aggregation else { panic!("limitk is a fold") };
    let tile = super::tile(&vec![floats("1 _"), floats("1 1"), floats("_ 1"), floats("1 1")], 2);
    let mut partial = folding.partial();
    let mut complete = Vec::new();
    for row in 0..4 {
        folding.fold(&mut partial, row, tile.row(row as usize)).unwrap();
        complete.push(folding.is_complete(&partial));
    }
    assert_eq!(complete, [false, false, true, true]);
}

#[test]
fn a_constant_ratio_reads_only_its_share() {
    let heads = heads(&["a"; 50]);
    let groups = || Groups::bind(&heads, None);
    let skipped =
        |r: f64| match Aggregation::new(Aggregator::LimitRatio, scalar(r), groups(), &heads, grid(1, true)) {
            Ok(Aggregation::Fold(folding)) => (0..50).map(|row| folding.skips(row)).collect::<Vec<_>>(),
            other => panic!("{other:?}"),
        };
    let share = skipped(0.4);
    assert!(skipped(-0.6).iter().zip(&share).all(|(complement, own)| complement != own));
    assert!((10..45).contains(&share.iter().filter(|&&skipped| skipped).count()));
    assert!(skipped(1.0).iter().chain(&skipped(-7.0)).all(|&skipped| !skipped));
}

#[test]
fn values_become_labels() {
    let count = |rows: &super::Rows, names: &[&str], grouping: Option<_>| {
        let (argument, heads) = (Argument::Label("v"), heads(names));
        let groups = Aggregation::bind(Aggregator::CountValues, argument, &heads, grouping);
        let grid = grid(rows[0].len(), false);
        let mut result =
            run_groups(Aggregator::CountValues, argument, groups, &heads, rows, grid, &[1]).unwrap();
        let packed = result.packed.take().unwrap();
        result.tile = crate::column::Tile::new(packed.rows(), grid.len);
        (0..packed.rows()).for_each(|row| packed.unpack(row, &mut result.tile.row_mut(row)));
        let shown = lines(&result).into_iter().zip(&result.heads);
        shown.map(|(line, head)| format!("{}{line}", head.labels.get("v"))).collect::<Vec<_>>()
    };
    let rows = vec![floats("1 1 2 2")];
    assert_eq!(count(&rows, &["a"], None), ["1: 1 1 _ _", "2: _ _ 1 1"]);
    let rows = vec![floats("1 N -0"), floats("1 1 N"), floats("0 1e21 2")];
    let wanted = ["1a: 2 1 _", "NaNa: _ 1 1", "-0a: _ _ 1", "0b: 1 _ _", "1000000000000000000000b: _ 1 _"];
    let grouping = by(&["g"]);
    let counted = count(&rows, &["a", "a", "b"], Some(&grouping));
    assert_eq!(counted[..5], wanted);
    assert_eq!(counted[5..], ["2b: _ _ 1"]);
    let without = promql_grammar::ast::Grouping { without: true, ..by(&["v"]) };
    // The label that would hold the value is dropped: all values count as one.
    let merged = count(&vec![floats("1 2"), floats("3 _")], &["a"; 2], Some(&without));
    assert_eq!(merged, ["a0: 1 1", "a1: 1 _"]);
    let histograms = vec![vec![histogram(1.0, &[])], vec![histogram(1.0, &[])]];
    let counted = count(&histograms, &["a"; 2], None);
    assert!(counted.len() == 1 && counted[0].starts_with("{count:1, sum:1") && counted[0].ends_with(": 2"));
}

#[test]
fn bad_parameters_fail_without_data() {
    let error = |op, argument| {
        Aggregation::new(
            op,
            argument,
            Groups::bind(&Heads::default(), None),
            &Heads::default(),
            grid(1, true),
        )
        .unwrap_err()
        .to_string()
    };
    assert_eq!(error(Aggregator::Topk, scalar(f64::NAN)), "Parameter value is NaN");
    assert_eq!(error(Aggregator::LimitRatio, scalar(f64::NAN)), "Ratio value is NaN");
    assert_eq!(error(Aggregator::Bottomk, scalar(f64::INFINITY)), "Scalar value +Inf overflows int64");
    assert_eq!(error(Aggregator::Limitk, scalar(1e19)), "Scalar value 1e+19 overflows int64");
    assert_eq!(error(Aggregator::CountValues, Argument::Label("")), r#"invalid label name """#);
    let nothing = |k| {
        matches!(
            Aggregation::new(
                Aggregator::Topk,
                scalar(k),
                Groups::bind(&Heads::default(), None),
                &Heads::default(),
                grid(1, true)
            ),
            Ok(Aggregation::Nothing)
        )
    };
    assert!(nothing(0.0) && nothing(-1e300) && !nothing(1.0));
    let empty = Aggregation::new(
        Aggregator::Topk,
        scalar(f64::NAN),
        Groups::bind(&Heads::default(), None),
        &Heads::default(),
        crate::model::Grid::range(5, 4, 1),
    );
    assert!(matches!(empty, Ok(Aggregation::Nothing)));
}

#[test]
fn parameter_notes_come_with_the_result_even_without_rows() {
    let noted = |op, value| {
        let result = run_groups(
            op,
            scalar(value),
            Groups::bind(&Heads::default(), None),
            &Heads::default(),
            &Vec::new(),
            grid(1, true),
            &[],
        );
        notes(&result.unwrap())
    };
    assert_eq!(noted(Aggregator::Quantile, 1.5), [Note::InvalidQuantile(1.5)]);
    assert_eq!(noted(Aggregator::LimitRatio, -1.1), [Note::InvalidRatio(-1.1)]);
    assert_eq!(noted(Aggregator::Quantile, 0.5), []);
}

#[test]
fn the_last_step_decides_about_names() {
    let mut rows_heads = heads(&["a", "a"]).into_vec();
    rows_heads[1].drop_name = true;
    let rows_heads = rows_heads.into();
    let flag = |rows: [&str; 2]| {
        let groups = Groups::bind(&rows_heads, Some(&by(&["__name__"])));
        let rows = rows.into_iter().map(floats).collect();
        let result =
            run_groups(Aggregator::Sum, Argument::None, groups, &rows_heads, &rows, grid(2, false), &[]);
        result.unwrap().heads[0].drop_name
    };
    assert!(!flag(["1 1", "1 _"]));
    assert!(flag(["1 _", "_ 1"]));
    assert!(flag(["1 1", "1 1"]));
}
