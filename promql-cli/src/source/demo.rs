//! The built-in example series, which go on while somebody works with them.

use promql::model::{Matcher, Millis};
use promql::source::demo::{INTERVAL, source};
use promql::source::{
    BoxFuture, MemorySource, MetricMetadata, SelectRequest, Selection, SeriesSource, SourceError,
};
use std::sync::{Mutex, PoisonError};

/// The example series up to the time at which they are asked for.
pub(crate) struct Demo {
    now: fn() -> Millis,
    /// The series, and the number of the scrape up to which they go.
    made: Mutex<Option<(Millis, MemorySource)>>,
}

impl Demo {
    pub(crate) fn new(now: fn() -> Millis) -> Self {
        Demo { now, made: Mutex::default() }
    }

    fn current(&self) -> MemorySource {
        let now = (self.now)();
        let scrape = now.div_euclid(INTERVAL);
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        match &*made {
            Some((last, series)) if *last == scrape => series.clone(),
            _ => made.insert((scrape, source(now))).1.clone(),
        }
    }
}

impl SeriesSource for Demo {
    fn select<'a>(
        &'a self,
        requests: &'a [SelectRequest],
    ) -> BoxFuture<'a, Result<Vec<Selection>, SourceError>> {
        Box::pin(async { self.current().select(requests).await })
    }

    fn label_names<'a>(&'a self, matchers: &'a [Matcher]) -> BoxFuture<'a, Result<Vec<String>, SourceError>> {
        Box::pin(async { self.current().label_names(matchers).await })
    }

    fn label_values<'a>(
        &'a self,
        name: &'a str,
        matchers: &'a [Matcher],
    ) -> BoxFuture<'a, Result<Vec<String>, SourceError>> {
        Box::pin(async move { self.current().label_values(name, matchers).await })
    }

    fn metadata(&self) -> BoxFuture<'_, Result<Vec<MetricMetadata>, SourceError>> {
        Box::pin(async { self.current().metadata().await })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicI64, Ordering};

    #[test]
    fn series_go_on_with_the_clock() {
        static NOW: AtomicI64 = AtomicI64::new(1_800_000_000_000);
        let demo = Demo::new(|| NOW.load(Ordering::Relaxed));
        let end = |demo: &Demo| demo.current().time_span().map(|span| span.end);
        let before = end(&demo);
        NOW.fetch_add(INTERVAL, Ordering::Relaxed);
        assert_eq!(end(&demo), before.map(|before| before + INTERVAL));
    }
}
