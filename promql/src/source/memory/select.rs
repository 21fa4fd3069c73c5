//! Reading: the source trait of the memory source.

use super::{MemorySource, Store};
use crate::model::{Labels, METRIC_NAME, MatchOp, Matcher, TimeSpan};
#[cfg(feature = "tsdb")]
use crate::source::column::Columns;
use crate::source::{
    Applied, BoxFuture, MetricMetadata, RowSink, SelectRequest, Selection, SeriesSet, SeriesSource,
    SourceError,
};
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::Arc;

impl SeriesSource for MemorySource {
    fn select<'a>(
        &'a self,
        requests: &'a [SelectRequest],
    ) -> BoxFuture<'a, Result<Vec<Selection>, SourceError>> {
        let selection = |request: &SelectRequest| {
            let rows = self.0.matching(&request.matchers);
            let set = Box::new(MemorySet { store: Arc::clone(&self.0), rows });
            Selection { set, applied: Applied::default(), warnings: Vec::new() }
        };
        let answer = requests.iter().map(selection).collect();
        Box::pin(std::future::ready(Ok(answer)))
    }

    fn label_names<'a>(&'a self, matchers: &'a [Matcher]) -> BoxFuture<'a, Result<Vec<String>, SourceError>> {
        let labels = self.0.matching_labels(matchers);
        let names: BTreeSet<&str> = labels.flat_map(|labels| labels.iter().map(|(name, _)| name)).collect();
        let names = names.into_iter().map(str::to_owned).collect();
        Box::pin(std::future::ready(Ok(names)))
    }

    fn label_values<'a>(
        &'a self,
        name: &'a str,
        matchers: &'a [Matcher],
    ) -> BoxFuture<'a, Result<Vec<String>, SourceError>> {
        let labels = self.0.matching_labels(matchers);
        let values: BTreeSet<&str> = labels.map(|labels| labels.get(name)).collect();
        let values = values.into_iter().filter(|value| !value.is_empty()).map(str::to_owned).collect();
        Box::pin(std::future::ready(Ok(values)))
    }

    fn metadata(&self) -> BoxFuture<'_, Result<Vec<MetricMetadata>, SourceError>> {
        Box::pin(std::future::ready(Ok(self.0.metadata.clone())))
    }
}

#[cfg(feature = "tsdb")]
/// Rows by their numbers in the order of appearance, for sources that keep part of their series here.
impl MemorySource {
    pub(in crate::source) fn take_columns(&mut self, row: u32) -> Columns {
        let series = Arc::make_mut(&mut Arc::make_mut(&mut self.0).series[row as usize]);
        (series.run, series.packed) = (0, 0);
        std::mem::take(&mut series.columns)
    }
}

impl Store {
    /// The series that all matchers fit, in the order in which they appeared.
    fn matching(&self, matchers: &[Matcher]) -> Vec<u32> {
        let by_name = |m: &Matcher| m.name == METRIC_NAME && m.op == MatchOp::Equal;
        let rest: Vec<&Matcher>;
        let fits = |rest: &[&Matcher], row: u32| {
            let labels = &self.series[row as usize].labels;
            rest.iter().all(|matcher| matcher.matches_labels(labels))
        };
        match matchers.iter().position(by_name) {
            Some(at) => {
                let named = self.names.get(matchers[at].value.as_str()).map_or(&[][..], Vec::as_slice);
                rest = matchers.iter().enumerate().filter(|&(i, _)| i != at).map(|(_, m)| m).collect();
                named.iter().copied().filter(|&row| fits(&rest, row)).collect()
            }
            None => {
                rest = matchers.iter().collect();
                (0..self.series.len() as u32).filter(|&row| fits(&rest, row)).collect()
            }
        }
    }

    fn matching_labels(&self, matchers: &[Matcher]) -> impl Iterator<Item = &Labels> {
        self.matching(matchers).into_iter().map(|row| &self.series[row as usize].labels)
    }
}

/// Selected series of a snapshot.
struct MemorySet {
    store: Arc<Store>,
    rows: Vec<u32>,
}

impl SeriesSet for MemorySet {
    fn len(&self) -> usize {
        self.rows.len()
    }

    fn labels(&self, row: usize) -> &Labels {
        &self.store.series[self.rows[row] as usize].labels
    }

    fn read(&self, rows: &[u32], span: TimeSpan, sink: &mut dyn RowSink) -> Result<(), SourceError> {
        for (nth, &row) in rows.iter().enumerate() {
            let series = &self.store.series[self.rows[row as usize] as usize];
            let data = series.columns.within(span);
            if let ControlFlow::Break(()) = sink.row(nth, data) {
                break;
            }
        }
        Ok(())
    }
}
