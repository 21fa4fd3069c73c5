//! Several sources as one: series with equal labels become one series.

use promql::model::{Labels, Matcher, TimeSpan};
use promql::source::{
    Applied, BoxFuture, Columns, MetricMetadata, RowData, RowSink, SelectRequest, Selection, SeriesSet,
    SeriesSource, SourceError,
};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::ControlFlow;
use std::sync::Arc;

/// Several sources as one. Where two have a sample of one series at one time, the source named first counts.
pub(crate) struct Merged(Vec<Arc<dyn SeriesSource>>);

impl Merged {
    pub(crate) fn new(sources: Vec<Arc<dyn SeriesSource>>) -> Self {
        Merged(sources)
    }
}

impl SeriesSource for Merged {
    fn select<'a>(
        &'a self,
        requests: &'a [SelectRequest],
    ) -> BoxFuture<'a, Result<Vec<Selection>, SourceError>> {
        Box::pin(async move {
            let mut merged: Vec<(Set, Vec<String>)> =
                requests.iter().map(|_| (Set::default(), Vec::new())).collect();
            for source in &self.0 {
                for ((set, warnings), selection) in merged.iter_mut().zip(source.select(requests).await?) {
                    set.add(selection.set);
                    warnings.extend(selection.warnings);
                }
            }
            let selection = |(set, warnings): (Set, _)| Selection {
                set: Box::new(set),
                applied: Applied::default(),
                warnings,
            };
            Ok(merged.into_iter().map(selection).collect())
        })
    }

    fn label_names<'a>(&'a self, matchers: &'a [Matcher]) -> BoxFuture<'a, Result<Vec<String>, SourceError>> {
        Box::pin(async move {
            let mut all = BTreeSet::new();
            for source in &self.0 {
                all.extend(source.label_names(matchers).await?);
            }
            Ok(all.into_iter().collect())
        })
    }

    fn label_values<'a>(
        &'a self,
        name: &'a str,
        matchers: &'a [Matcher],
    ) -> BoxFuture<'a, Result<Vec<String>, SourceError>> {
        Box::pin(async move {
            let mut all = BTreeSet::new();
            for source in &self.0 {
                all.extend(source.label_values(name, matchers).await?);
            }
            Ok(all.into_iter().collect())
        })
    }

    fn metadata(&self) -> BoxFuture<'_, Result<Vec<MetricMetadata>, SourceError>> {
        Box::pin(async {
            let mut all = BTreeMap::new();
            for source in self.0.iter().rev() {
                all.extend(source.metadata().await?.into_iter().map(|entry| (entry.name.clone(), entry)));
            }
            Ok(all.into_values().collect())
        })
    }
}

/// The series of several selections; each has a place in one or more of the parts.
#[derive(Default)]
struct Set {
    parts: Vec<Box<dyn SeriesSet>>,
    labels: Vec<Labels>,
    /// Part and row in it.
    places: Vec<Vec<(usize, u32)>>,
    index: HashMap<Labels, usize>,
}

impl Set {
    fn add(&mut self, part: Box<dyn SeriesSet>) {
        for row in 0..part.len() {
            let labels = part.labels(row);
            let at = *self.index.entry(labels.clone()).or_insert_with(|| {
                self.labels.push(labels.clone());
                self.places.push(Vec::new());
                self.labels.len() - 1
            });
            let row = u32::try_from(row).expect("rows are numbered in 32 bits");
            self.places[at].push((self.parts.len(), row));
        }
        self.parts.push(part);
    }
}

impl SeriesSet for Set {
    fn len(&self) -> usize {
        self.labels.len()
    }

    fn labels(&self, row: usize) -> &Labels {
        &self.labels[row]
    }

    fn read(&self, rows: &[u32], span: TimeSpan, sink: &mut dyn RowSink) -> Result<(), SourceError> {
        for (nth, row) in rows.iter().enumerate() {
            let broken = match self.places[*row as usize].as_slice() {
                [(part, row)] => {
                    let mut only = Renumbered { nth, sink, broken: false };
                    self.parts[*part].read(&[*row], span, &mut only)?;
                    only.broken
                }
                places => {
                    let mut stores = vec![Columns::default(); places.len()];
                    for ((part, row), store) in places.iter().zip(&mut stores) {
                        self.parts[*part].read(&[*row], span, store)?;
                    }
                    sink.row(nth, Columns::merge(&stores).within(span)).is_break()
                }
            };
            if broken {
                break;
            }
        }
        Ok(())
    }
}

/// Passes a row on under its number here.
struct Renumbered<'a> {
    nth: usize,
    sink: &'a mut dyn RowSink,
    broken: bool,
}

impl RowSink for Renumbered<'_> {
    fn row(&mut self, _: usize, data: RowData<'_>) -> ControlFlow<()> {
        let flow = self.sink.row(self.nth, data);
        self.broken = flow.is_break();
        flow
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A set of one series.
    struct One(Labels, Columns);

    impl SeriesSet for One {
        fn len(&self) -> usize {
            1
        }

        fn labels(&self, _: usize) -> &Labels {
            &self.0
        }

        fn read(&self, _: &[u32], span: TimeSpan, sink: &mut dyn RowSink) -> Result<(), SourceError> {
            let _ = sink.row(0, self.1.within(span));
            Ok(())
        }
    }

    fn one(samples: &[(i64, f64, i64)]) -> Box<dyn SeriesSet> {
        let mut columns = Columns::default();
        samples.iter().for_each(|&(time, value, start)| columns.floats.push(time, value, start));
        Box::new(One(Labels::from_pairs([("__name__", "m")]), columns))
    }

    #[test]
    fn a_series_of_two_sources_keeps_its_start_times() {
        let mut set = Set::default();
        set.add(one(&[(1000, 1.0, 500), (3000, 3.0, 500)]));
        set.add(one(&[(1000, 9.0, 900), (2000, 2.0, 1500)]));
        assert_eq!(set.len(), 1);
        let mut read = Columns::default();
        set.read(&[0], TimeSpan { start: 0, end: 9000 }, &mut read).unwrap();
        assert_eq!(read.floats.times, [1000, 2000, 3000]);
        assert_eq!(read.floats.values, [1.0, 2.0, 3.0]);
        assert_eq!(read.floats.starts, [500, 1500, 500]);
    }
}
