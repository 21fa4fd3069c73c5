//! Remote read: raw samples with everything that JSON loses, stale markers and native histograms.

use super::protobuf::{Broken, Fields, Wire, put_bytes, put_int};
use promql::model::histogram::{BucketSpan, Layout, ResetHint};
use promql::model::{FloatHistogram, Labels, MatchOp, Millis};
use promql::source::SelectRequest;

/// A series with its samples in two columns a kind.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct RawSeries {
    pub(crate) labels: Labels,
    pub(crate) times: Vec<Millis>,
    pub(crate) values: Vec<f64>,
    pub(crate) histogram_times: Vec<Millis>,
    pub(crate) histograms: Vec<FloatHistogram>,
}

/// The message that asks for all selectors at once.
pub(crate) fn request(requests: &[SelectRequest]) -> Vec<u8> {
    let mut message = Vec::new();
    for request in requests {
        let mut query = Vec::new();
        put_int(&mut query, 1, request.span.start);
        put_int(&mut query, 2, request.span.end);
        for matcher in &*request.matchers {
            let mut part = Vec::new();
            let kind = match matcher.op {
                MatchOp::Equal => 0,
                MatchOp::NotEqual => 1,
                MatchOp::Regex => 2,
                MatchOp::NotRegex => 3,
            };
            put_int(&mut part, 1, kind);
            put_bytes(&mut part, 2, matcher.name.as_bytes());
            put_bytes(&mut part, 3, matcher.value.as_bytes());
            put_bytes(&mut query, 3, &part);
        }
        put_bytes(&mut message, 1, &query);
    }
    message
}

/// The series of every selector.
pub(crate) fn response(message: &[u8]) -> Result<Vec<Vec<RawSeries>>, Broken> {
    messages(message, 1).map(|result| messages(result?, 1).map(|one| series(one?)).collect()).collect()
}

/// The messages in the fields `number`.
fn messages(message: &[u8], number: u64) -> impl Iterator<Item = Result<&[u8], Broken>> {
    Fields(message).filter_map(move |field| match field {
        Ok((found, wire)) => (found == number).then(|| Ok(wire.bytes())),
        Err(broken) => Some(Err(broken)),
    })
}

fn series(message: &[u8]) -> Result<RawSeries, Broken> {
    let mut series = RawSeries::default();
    let mut labels = Vec::new();
    for field in Fields(message) {
        match field? {
            (1, wire) => labels.push(label(wire.bytes())?),
            (2, wire) => {
                let (mut time, mut value) = (0, 0.0);
                for field in Fields(wire.bytes()) {
                    match field? {
                        (1, wire) => value = wire.double(),
                        (2, wire) => time = wire.int(),
                        _ => {}
                    }
                }
                series.times.push(time);
                series.values.push(value);
            }
            (4, wire) => {
                let (time, value) = histogram(wire.bytes())?;
                series.histogram_times.push(time);
                series.histograms.push(value);
            }
            _ => {}
        }
    }
    series.labels = Labels::from_pairs(labels);
    Ok(series)
}

fn label(message: &[u8]) -> Result<(String, String), Broken> {
    let mut pair = (String::new(), String::new());
    for field in Fields(message) {
        let (number, wire) = field?;
        let text = String::from_utf8_lossy(wire.bytes()).into_owned();
        match number {
            1 => pair.0 = text,
            2 => pair.1 = text,
            _ => {}
        }
    }
    Ok(pair)
}

/// One side of the buckets: integer histograms have deltas, float histograms counts.
#[derive(Default)]
struct Side {
    spans: Vec<BucketSpan>,
    deltas: Vec<i64>,
    counts: Vec<f64>,
}

impl Side {
    #[expect(clippy::cast_precision_loss, reason = "as Prometheus converts counts")]
    fn counts(self) -> Vec<f64> {
        if !self.counts.is_empty() {
            return self.counts;
        }
        let mut count = 0_i64;
        let next = |delta: &i64| {
            count = count.wrapping_add(*delta);
            count as f64
        };
        self.deltas.iter().map(next).collect()
    }

    fn fits(&self) -> bool {
        let buckets: u64 = self.spans.iter().map(|span| u64::from(span.length)).sum();
        buckets == self.counts.len().max(self.deltas.len()) as u64
    }
}

#[expect(clippy::cast_precision_loss, reason = "as Prometheus converts counts")]
fn histogram(message: &[u8]) -> Result<(Millis, FloatHistogram), Broken> {
    let (mut positive, mut negative, mut bounds) = (Side::default(), Side::default(), Vec::new());
    let (mut time, mut schema, mut hint) = (0, 0, ResetHint::Unknown);
    let (mut count, mut sum, mut zero_count, mut zero_threshold) = (0.0, 0.0, 0.0, 0.0);
    for field in Fields(message) {
        let (number, wire) = field?;
        match number {
            1 => count = wire.uint() as f64,
            2 => count = wire.double(),
            3 => sum = wire.double(),
            4 => schema = i32::try_from(wire.zigzag()).map_err(|_| Broken)?,
            5 => zero_threshold = wire.double(),
            6 => zero_count = wire.uint() as f64,
            7 => zero_count = wire.double(),
            8 => negative.spans.push(span(wire)?),
            9 => wire.zigzags(&mut negative.deltas)?,
            10 => wire.doubles(&mut negative.counts),
            11 => positive.spans.push(span(wire)?),
            12 => wire.zigzags(&mut positive.deltas)?,
            13 => wire.doubles(&mut positive.counts),
            14 => {
                hint = match wire.uint() {
                    1 => ResetHint::Reset,
                    2 => ResetHint::NotReset,
                    3 => ResetHint::Gauge,
                    _ => ResetHint::Unknown,
                }
            }
            15 => time = wire.int(),
            16 => wire.doubles(&mut bounds),
            _ => {}
        }
    }
    if !positive.fits() || !negative.fits() {
        return Err(Broken);
    }
    let spans = |side: &mut Side| std::mem::take(&mut side.spans);
    let layout = Layout { positive: spans(&mut positive), negative: spans(&mut negative), bounds };
    let mut buckets = positive.counts();
    buckets.extend(negative.counts());
    let (layout, buckets) = (layout.into(), buckets.into());
    Ok((time, FloatHistogram { hint, schema, zero_threshold, zero_count, count, sum, layout, buckets }))
}

fn span(wire: Wire<'_>) -> Result<BucketSpan, Broken> {
    let mut span = BucketSpan { offset: 0, length: 0 };
    for field in Fields(wire.bytes()) {
        match field? {
            (1, wire) => span.offset = i32::try_from(wire.zigzag()).map_err(|_| Broken)?,
            (2, wire) => span.length = u32::try_from(wire.uint()).map_err(|_| Broken)?,
            _ => {}
        }
    }
    Ok(span)
}

#[cfg(test)]
mod tests {
    use super::*;
    use promql::model::{STALE_NAN_BITS, is_stale};

    fn double(out: &mut Vec<u8>, number: u8, value: f64) {
        out.push(number << 3 | 1);
        out.extend(value.to_bits().to_le_bytes());
    }

    fn message(number: u8, build: impl Fn(&mut Vec<u8>)) -> Vec<u8> {
        let (mut inner, mut out) = (Vec::new(), Vec::new());
        build(&mut inner);
        put_bytes(&mut out, number, &inner);
        out
    }

    #[test]
    fn samples_and_stale_markers_arrive() {
        let series = message(1, |out| {
            out.extend(message(1, |out| {
                put_bytes(out, 1, b"__name__");
                put_bytes(out, 2, b"up");
            }));
            out.extend(message(2, |out| {
                double(out, 1, f64::from_bits(STALE_NAN_BITS));
                put_int(out, 2, 1000);
            }));
        });
        let found = response(&message(1, |out| out.extend(&series))).unwrap();
        assert_eq!(found[0][0].labels.to_string(), "up");
        assert_eq!(found[0][0].times, [1000]);
        assert!(is_stale(found[0][0].values[0]));
    }

    #[test]
    fn integer_histograms_become_absolute() {
        let mut bytes = Vec::new();
        put_int(&mut bytes, 1, 6);
        double(&mut bytes, 3, 10.0);
        put_int(&mut bytes, 4, 2); // zigzag of 1
        bytes.extend(message(11, |out| {
            put_int(out, 1, 0);
            put_int(out, 2, 2);
        }));
        put_bytes(&mut bytes, 12, &[4, 4]); // +2, +2
        put_int(&mut bytes, 14, 3);
        put_int(&mut bytes, 15, 5000);
        let (time, value) = histogram(&bytes).unwrap();
        assert_eq!((time, value.schema, value.count, value.hint), (5000, 1, 6.0, ResetHint::Gauge));
        assert_eq!(*value.buckets, [2.0, 4.0]);
        put_bytes(&mut bytes, 12, &[4]);
        assert!(histogram(&bytes).is_err());
    }
}
