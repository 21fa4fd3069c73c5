use super::{Violation, check};
use crate::model::{FloatHistogram, Labels, Millis, TimeSpan, stale_nan};
use crate::source::text::load;
use crate::source::{
    Applied, BoxFuture, Floats, Histograms, MemorySource, RowData, RowSink, SelectRequest, Selection,
    SeriesSet, SeriesSource, SourceError, Times,
};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU64, Ordering};

fn good() -> MemorySource {
    load(
        "load 1m
           up{job=\"api\"} 1 1 NaN _ stale 1 -0
           up{job=\"db\"} _x10
           mixed 1 2 {{count:2 buckets:[2]}} {{count:5 buckets:[3 2]}} stale 4
           h{a=\"1\"} {{count:1 buckets:[1]}}+{{count:2 buckets:[1 0 1]}}x20
           late _x30 1+1x100
           started@st -30s _x3
           started 1 2 3 4",
    )
    .unwrap()
}

#[test]
fn the_memory_source_conforms() {
    check(&good()).unwrap();
    check(&MemorySource::default()).unwrap();
    check(&Box::new(&good())).unwrap();
}

/// The ways in which [`Broken`] is broken.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    None,
    SameLabelsTwice,
    SeveralMetrics,
    IgnoresMatchers,
    OneAnswerForAll,
    RowsBackwards,
    RowTwice,
    TimesRepeat,
    ColumnsDiffer,
    LosesBorder,
    OtherEveryTime,
    NotRepeatableNan,
    GoesOnAfterBreak,
    FailsOnBreak,
    NamesUnsorted,
    ReducesSilently,
    PresenceWithoutStale,
}

struct Broken(Fault);

struct BrokenSet {
    fault: Fault,
    labels: Vec<Labels>,
    needs: super::Needs,
    reads: AtomicU64,
}

impl SeriesSource for Broken {
    fn select<'a>(
        &'a self,
        requests: &'a [SelectRequest],
    ) -> BoxFuture<'a, Result<Vec<Selection>, SourceError>> {
        let series = |(name, n): (&str, &str)| Labels::from_pairs([("__name__", name), ("n", n)]);
        let third = match self.0 {
            Fault::SameLabelsTwice => ("m", "2"),
            Fault::SeveralMetrics => ("o", "2"),
            _ => ("m", "3"),
        };
        let all: Vec<Labels> = [("m", "1"), ("m", "2"), third].map(series).into();
        let answer = |request: &SelectRequest| {
            let fits = |labels: &&Labels| request.matchers.iter().all(|m| m.matches_labels(labels));
            let labels = if self.0 == Fault::IgnoresMatchers {
                all.clone()
            } else {
                all.iter().filter(fits).cloned().collect()
            };
            let needs = request.hints.needs;
            let set = BrokenSet { fault: self.0, labels, needs, reads: AtomicU64::new(0) };
            Selection { set: Box::new(set), applied: Applied::default(), warnings: Vec::new() }
        };
        let requests =
            if self.0 == Fault::OneAnswerForAll { &requests[..requests.len().min(1)] } else { requests };
        let answers = requests.iter().map(answer).collect();
        Box::pin(async { Ok(answers) })
    }

    fn label_names<'a>(
        &'a self,
        _: &'a [crate::model::Matcher],
    ) -> BoxFuture<'a, Result<Vec<String>, SourceError>> {
        let names = if self.0 == Fault::NamesUnsorted { ["n", "__name__"] } else { ["__name__", "n"] };
        Box::pin(async move { Ok(names.map(str::to_owned).into()) })
    }
}

impl SeriesSet for BrokenSet {
    fn len(&self) -> usize {
        self.labels.len()
    }

    fn labels(&self, row: usize) -> &Labels {
        &self.labels[row]
    }

    fn is_one_metric(&self) -> bool {
        true
    }

    fn read(&self, rows: &[u32], span: TimeSpan, sink: &mut dyn RowSink) -> Result<(), SourceError> {
        let fault = self.fault;
        let reads = self.reads.fetch_add(1, Ordering::Relaxed);
        let mut order: Vec<usize> = (0..rows.len()).collect();
        if fault == Fault::RowsBackwards {
            order.reverse();
        }
        if fault == Fault::RowTwice && rows.len() == 3 {
            order.push(2);
        }
        for nth in order {
            let mut times: Vec<Millis> = (0..10).map(|at| at * 1000).collect();
            let mut values: Vec<f64> =
                times.iter().map(|&time| (time + i64::from(rows[nth])) as f64).collect();
            values[3] = stale_nan();
            match fault {
                Fault::TimesRepeat => times[5] = times[4],
                Fault::ColumnsDiffer => drop(values.pop()),
                Fault::LosesBorder => {
                    let keep = times.iter().filter(|&&time| time > span.start).count();
                    times.drain(..10 - keep);
                    values.drain(..10 - keep);
                }
                Fault::OtherEveryTime => values[9] = reads as f64,
                Fault::NotRepeatableNan => values[9] = f64::from_bits(0x7ff8_0000_0000_0001 + reads % 2),
                Fault::PresenceWithoutStale if self.needs == super::Needs::Presence => values[3] = 1.0,
                _ => {}
            }
            let mut histogram = FloatHistogram { count: 2.0, zero_count: 2.0, ..FloatHistogram::default() };
            if fault == Fault::ReducesSilently && self.needs == super::Needs::HistogramStats {
                histogram.zero_count = 0.0;
            }
            let histograms = [histogram];
            let data = RowData::Columns {
                floats: Floats { times: Times::At(&times), values: &values, starts: None },
                histograms: Histograms {
                    times: &[20_000],
                    values: histograms.as_slice().into(),
                    starts: None,
                },
            };
            if let ControlFlow::Break(()) = sink.row(nth, data) {
                match fault {
                    Fault::GoesOnAfterBreak => {}
                    Fault::FailsOnBreak => return Err(SourceError::Other("stopped".into())),
                    _ => return Ok(()),
                }
            }
        }
        Ok(())
    }
}

#[test]
fn every_fault_is_found() {
    assert_eq!(check(&Broken(Fault::None)), Ok(()));
    for (fault, rule) in [
        (Fault::SameLabelsTwice, "label sets are unique in a selection"),
        (Fault::SeveralMetrics, "series of one metric differ without its labels"),
        (Fault::IgnoresMatchers, "answer i belongs to request i"),
        (Fault::OneAnswerForAll, "there is one answer for each request"),
        (Fault::RowsBackwards, "rows arrive in the order asked for, each at most once"),
        (Fault::RowTwice, "rows arrive in the order asked for, each at most once"),
        (Fault::TimesRepeat, "times ascend strictly within each kind"),
        (Fault::ColumnsDiffer, "columns are equally long"),
        (
            Fault::LosesBorder,
            "read gives the same samples every time, all of those inside the span, to the bit",
        ),
        (
            Fault::OtherEveryTime,
            "read gives the same samples every time, all of those inside the span, to the bit",
        ),
        (
            Fault::NotRepeatableNan,
            "read gives the same samples every time, all of those inside the span, to the bit",
        ),
        (Fault::GoesOnAfterBreak, "a sink that breaks ends the call with Ok"),
        (Fault::FailsOnBreak, "a sink that breaks ends the call with Ok"),
        (Fault::NamesUnsorted, "label names are sorted and complete, or none are given"),
        (
            Fault::ReducesSilently,
            "histograms are reduced to count, sum and hint only where the answer says so",
        ),
        (
            Fault::PresenceWithoutStale,
            "hints do not change which samples there are, nor which of them are stale markers",
        ),
    ] {
        let found: Violation = check(&Broken(fault)).expect_err(&format!("{fault:?}"));
        assert_eq!(found.rule, rule, "{fault:?}: {found}");
    }
}
