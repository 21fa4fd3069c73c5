//! Several sources as one: series with equal labels become one series.

use promql::model::{FloatHistogram, Labels, Matcher, Millis, TimeSpan};
use promql::source::{
    Applied, BoxFuture, Floats, Histograms, MetricMetadata, RowData, RowSink, SelectRequest, Selection,
    SeriesSet, SeriesSource, SourceError, Times,
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
                    let mut columns = Columns::default();
                    for (part, row) in places {
                        self.parts[*part].read(&[*row], span, &mut columns)?;
                    }
                    columns.give(nth, sink).is_break()
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

/// Samples of one series by time, those that came first.
#[derive(Default)]
struct Columns {
    floats: BTreeMap<Millis, f64>,
    histograms: BTreeMap<Millis, FloatHistogram>,
}

impl RowSink for Columns {
    fn row(&mut self, _: usize, data: RowData<'_>) -> ControlFlow<()> {
        if let RowData::Columns { floats, histograms } = data {
            for (at, value) in floats.values.iter().enumerate() {
                let time = match floats.times {
                    Times::At(times) => times[at],
                    Times::Every { first, interval } => {
                        first.saturating_add(interval.saturating_mul(i64::try_from(at).unwrap_or(i64::MAX)))
                    }
                };
                if !self.histograms.contains_key(&time) {
                    self.floats.entry(time).or_insert(*value);
                }
            }
            for (time, value) in histograms.times.iter().zip(histograms.values) {
                if !self.floats.contains_key(time) {
                    self.histograms.entry(*time).or_insert_with(|| value.clone());
                }
            }
        }
        ControlFlow::Continue(())
    }
}

impl Columns {
    fn give(self, nth: usize, sink: &mut dyn RowSink) -> ControlFlow<()> {
        let (times, values): (Vec<_>, Vec<_>) = self.floats.into_iter().unzip();
        let (histogram_times, histograms): (Vec<_>, Vec<_>) = self.histograms.into_iter().unzip();
        sink.row(
            nth,
            RowData::Columns {
                floats: Floats { times: Times::At(&times), values: &values, starts: None },
                histograms: Histograms { times: &histogram_times, values: &histograms, starts: None },
            },
        )
    }
}
