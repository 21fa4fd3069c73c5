//! Answers for people: what all series share once on top, the rest in columns, a sparkline a series for ranges.

use super::grid::{self, Align, Column, GAP};
use super::{number, sparkline, visible};
use crate::answer::{Sample, Series, Value};
use crate::time;
use promql::Run;
use promql::model::{Labels, METRIC_NAME, Millis, number as digits};
use std::collections::BTreeSet;
use std::fmt::Write;

/// The width that tables are laid out for where there is no terminal to fill.
const PAPER: usize = 100;
/// The narrowest and the widest sparkline.
const SPARKLINE: (usize, usize) = (8, 120);

/// The answer as text, with colours, fitted to the terminal if there is one.
pub(crate) fn render(value: &Value, run: &Run, width: Option<usize>) -> String {
    match value {
        Value::String(_, text) => format!("{}\n", visible(text)),
        Value::Scalar(_, value) => format!("{}\n", digits::format_plain(*value)),
        Value::Vector(series) | Value::Matrix(series) if series.is_empty() => {
            let dim = anstyle::Style::new().dimmed();
            format!("{dim}no series {}{dim:#}\n", when(run))
        }
        Value::Vector(series) => vector(series, run, width),
        Value::Matrix(series) if run.step.is_some() => range(series, run, width),
        Value::Matrix(series) => samples(series, run, width),
    }
}

/// One row a series.
fn vector(series: &[Series], run: &Run, width: Option<usize>) -> String {
    let samples: Vec<_> = series.iter().flat_map(|series| series.points.first()).map(|(_, s)| s).collect();
    if let ([only], [sample]) = (series, samples.as_slice()) {
        let labels = only.labels.to_string();
        let bold = anstyle::Style::new().bold();
        return format!("{bold}{}{bold:#}  {}\n", visible(&labels), sample.text());
    }
    let (title, mut columns) = split_labels(series, |_| 1);
    columns.push(values("value", &samples));
    format!("{}{}", heading(&title, series.len(), run), grid::draw(columns, width))
}

/// One row a series: its picture, its extremes, its last value.
fn range(series: &[Series], run: &Run, width: Option<usize>) -> String {
    let (title, mut columns) = split_labels(series, |_| 1);
    let floats = |series: &Series| -> Vec<(Millis, f64)> {
        let float = |(time, sample): &(Millis, Sample)| match sample {
            Sample::Float(value) => Some((*time, *value)),
            Sample::Histogram(_) => None,
        };
        series.points.iter().filter_map(float).collect()
    };
    let extremes = |pick: fn((f64, f64)) -> f64| -> Vec<String> {
        let one = |series: &Series| {
            let values = floats(series).into_iter().map(|(_, value)| value).filter(|value| !value.is_nan());
            let extreme = pick(sparkline::bounds(values));
            // Without any value the bounds are turned around.
            let none = floats(series).iter().all(|(_, value)| value.is_nan());
            if none { String::new() } else { number::short(extreme) }
        };
        series.iter().map(one).collect()
    };
    let last = series.iter().flat_map(|series| series.points.last()).map(|(_, sample)| sample);
    let mut last = values("last", &last.collect::<Vec<_>>());
    if last.align == Align::Number {
        let shorter = |series: &Series| match series.points.last() {
            Some((_, Sample::Float(value))) => number::short(*value),
            _ => String::new(),
        };
        last.cells = series.iter().map(shorter).collect();
    }
    columns.push(Column { name: "min".into(), align: Align::Number, cells: extremes(|(low, _)| low) });
    columns.push(Column { name: "max".into(), align: Align::Number, cells: extremes(|(_, high)| high) });
    columns.push(last);

    let text: usize = columns.iter().map(|column| column.width() + GAP).sum();
    let room = width.unwrap_or(PAPER).saturating_sub(text).clamp(SPARKLINE.0, SPARKLINE.1);
    let picture = |series: &Series| sparkline::draw(&placed(&floats(series), run), room.min(steps(run)));
    let cells = series.iter().map(picture).collect();
    columns.push(Column { name: String::new(), align: Align::Picture, cells });
    format!("{}{}", heading(&title, series.len(), run), grid::draw(columns, width))
}

/// One row a raw sample.
fn samples(series: &[Series], run: &Run, width: Option<usize>) -> String {
    let (title, mut columns) = split_labels(series, |series| series.points.len());
    let points = || series.iter().flat_map(|series| &series.points);
    let times = points().map(|(time, _)| time::show(*time)).collect();
    columns.push(Column { name: "time".into(), align: Align::Picture, cells: times });
    columns.push(values("value", &points().map(|(_, sample)| sample).collect::<Vec<_>>()));
    format!("{}{}", heading(&title, series.len(), run), grid::draw(columns, width))
}

/// How many steps a range query has.
fn steps(run: &Run) -> usize {
    let step = run.step.unwrap_or(1).max(1);
    usize::try_from(run.end.saturating_sub(run.start) / step).unwrap_or(0).saturating_add(1)
}

/// The values with their times as positions between 0 and 1.
#[expect(clippy::cast_precision_loss, reason = "a picture")]
fn placed(values: &[(Millis, f64)], run: &Run) -> Vec<(f64, f64)> {
    // The last step has a cell of its own, hence one step more.
    let span = run.end.saturating_sub(run.start).saturating_add(run.step.unwrap_or(1)).max(1) as f64;
    values.iter().map(|(time, value)| (time.saturating_sub(run.start) as f64 / span, *value)).collect()
}

/// The labels that all series share, and the others as columns, each cell `rows` times.
fn split_labels(series: &[Series], rows: impl Fn(&Series) -> usize) -> (Labels, Vec<Column>) {
    let first = series.first().map(|series| series.labels.clone()).unwrap_or_default();
    let shared = |name: &str| series.iter().all(|series| series.labels.get(name) == first.get(name));
    let title = first.without(|name| !shared(name));
    let names: BTreeSet<&str> = series
        .iter()
        .flat_map(|series| series.labels.iter().map(|(name, _)| name))
        .filter(|name| title.get(name).is_empty())
        .collect();
    // The metric name comes first, as in a selector.
    let (metric, others): (Vec<&str>, Vec<&str>) = names.into_iter().partition(|name| *name == METRIC_NAME);
    let column = |name: &str| {
        let cells = series
            .iter()
            .flat_map(|series| {
                std::iter::repeat_n(visible(series.labels.get(name)).into_owned(), rows(series))
            })
            .collect();
        Column { name: visible(name).into_owned(), align: Align::Text, cells }
    };
    (title, metric.into_iter().chain(others).map(column).collect())
}

fn values(name: &str, samples: &[&Sample]) -> Column {
    let numbers = samples.iter().all(|sample| matches!(sample, Sample::Float(_)));
    let align = if numbers { Align::Number } else { Align::Text };
    Column { name: name.into(), align, cells: samples.iter().map(|sample| sample.text()).collect() }
}

/// `up{job="api"}  3 series at …`
fn heading(title: &Labels, count: usize, run: &Run) -> String {
    let (bold, dim) = (anstyle::Style::new().bold(), anstyle::Style::new().dimmed());
    let mut out = String::new();
    if !title.is_empty() {
        let _ = write!(out, "{bold}{}{bold:#}  ", visible(&title.to_string()));
    }
    let _ = writeln!(out, "{dim}{count} series {}{dim:#}", when(run));
    out
}

fn when(run: &Run) -> String {
    match run.step {
        None => format!("at {}", time::show(run.start)),
        Some(step) => {
            let (start, end) = (time::show(run.start), time::show(run.end));
            // The day is said once where it is the same.
            let day = start.find(' ').filter(|&at| end.get(..=at) == start.get(..=at)).map_or(0, |at| at + 1);
            format!("from {start} to {} every {}", &end[day..], time::Duration(step))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(pairs: &[(&str, &str)], values: &[f64]) -> Series {
        Series {
            labels: Labels::from_pairs(pairs.iter().copied()),
            points: values.iter().zip(0..).map(|(v, at)| (at * 60_000, Sample::Float(*v))).collect(),
        }
    }

    fn plain(value: &Value, run: &Run, width: Option<usize>) -> String {
        anstream::adapter::strip_str(&render(value, run, width)).to_string()
    }

    #[test]
    fn shared_labels_stand_on_top() {
        let up =
            |instance, value| series(&[("__name__", "up"), ("job", "api"), ("instance", instance)], &[value]);
        let value = Value::Vector(vec![up("a:9090", 1.0), up("b:9090", 0.25)]);
        insta::assert_snapshot!(plain(&value, &Run::instant(0), None), @r#"
        up{job="api"}  2 series at 1970-01-01 00:00:00Z
        instance  value
        a:9090     1
        b:9090     0.25
        "#);
    }

    #[test]
    fn one_series_is_one_line() {
        let value = Value::Vector(vec![series(&[("__name__", "up"), ("job", "api")], &[1.0])]);
        assert_eq!(plain(&value, &Run::instant(0), None), "up{job=\"api\"}  1\n");
        assert_eq!(plain(&Value::Vector(vec![series(&[], &[3.5])]), &Run::instant(0), None), "{}  3.5\n");
    }

    #[test]
    fn ranges_have_a_picture_a_series() {
        let value = Value::Matrix(vec![
            series(&[("job", "api")], &[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]),
            series(&[("job", "db")], &[1.0 / 3.0, 100.0, 1.0 / 3.0]),
        ]);
        insta::assert_snapshot!(plain(&value, &Run::range(0, 420_000, 60_000), Some(60)), @r"
        2 series from 1970-01-01 00:00:00Z to 00:07:00Z every 1m
        job       min  max      last
        api  0           7  7         ▁▂▃▄▅▆▇█
        db   0.333333  100  0.333333  ▁█▁
        ");
    }

    #[test]
    fn raw_samples_are_rows() {
        let value = Value::Matrix(vec![series(&[("__name__", "up")], &[1.0, 0.0])]);
        insta::assert_snapshot!(plain(&value, &Run::instant(60_000), None), @r"
        up  1 series at 1970-01-01 00:01:00Z
        time                  value
        1970-01-01 00:00:00Z      1
        1970-01-01 00:01:00Z      0
        ");
    }

    #[test]
    fn nothing_says_so() {
        assert_eq!(
            plain(&Value::Vector(Vec::new()), &Run::instant(0), None),
            "no series at 1970-01-01 00:00:00Z\n"
        );
        assert_eq!(plain(&Value::Scalar(0, 0.5), &Run::instant(0), None), "0.5\n");
    }

    #[test]
    fn a_matrix_of_nan_and_histograms_is_drawn() {
        let histogram = Sample::Histogram("{count:1, sum:1}".into());
        let mixed = Series { labels: Labels::empty(), points: vec![(0, histogram)] };
        let value = Value::Matrix(vec![series(&[("a", "b")], &[f64::NAN]), mixed]);
        let drawn = plain(&value, &Run::range(0, 0, 1), Some(80));
        assert!(drawn.contains("{count:1, sum:1}"), "{drawn}");
    }
}
