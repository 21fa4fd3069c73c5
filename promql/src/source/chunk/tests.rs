use super::*;
use crate::model::histogram::{BucketSpan, CUSTOM_SCHEMA, Layout, ResetHint};
use crate::model::{FloatHistogram, stale_nan};
use crate::source::Column;
use proptest::prelude::*;
use std::sync::Arc;

fn floats(samples: &[(i64, f64, i64)]) -> Columns {
    let mut columns = Columns::default();
    samples.iter().for_each(|&(time, value, start)| columns.floats.push(time, value, start));
    columns
}

fn same(a: &Columns, b: &Columns) -> bool {
    let bits = |column: &Column<f64>| column.values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
    let starts = |column: &Columns| -> Vec<i64> {
        let floats = (0..column.floats.len()).map(|at| column.floats.start(at));
        floats.chain((0..column.histograms.len()).map(|at| column.histograms.start(at))).collect()
    };
    a.floats.times == b.floats.times
        && bits(&a.floats) == bits(&b.floats)
        && a.histograms.times == b.histograms.times
        && a.histograms.values == b.histograms.values
        && starts(a) == starts(b)
}

fn round_trip(encoding: Encoding, columns: &Columns) -> Columns {
    let bytes = encode(encoding, columns).unwrap();
    let mut read = Columns::default();
    decode(encoding, &bytes, &mut read).unwrap();
    read
}

#[test]
fn nothing_and_one_sample() {
    for &encoding in Encoding::ALL {
        assert!(same(&round_trip(encoding, &Columns::default()), &Columns::default()));
        assert_eq!(Encoding::from_code(encoding.code()), Some(encoding));
    }
    let one = floats(&[(-5, 1.5, 0)]);
    assert!(same(&round_trip(Encoding::Xor, &one), &one));
    assert_eq!(encode(Encoding::Xor, &one).unwrap(), [0, 1, 9, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0]);
}

#[test]
fn histograms_read_with_the_hints_of_their_place() {
    let mut columns = Columns::default();
    for (time, count) in [(10, 1.0), (20, 4.0), (30, 4.0)] {
        let h = FloatHistogram { count, hint: ResetHint::Reset, ..FloatHistogram::default() };
        columns.histograms.push(time, h, 0);
    }
    columns.histograms.push(40, FloatHistogram::stale(), 0);
    for encoding in [Encoding::Histogram, Encoding::FloatHistogram] {
        let read = round_trip(encoding, &columns);
        assert!(same(&read, &columns));
        let hints: Vec<_> = read.histograms.values.iter().map(|h| h.hint).collect();
        use ResetHint::{NotReset, Unknown};
        assert_eq!(hints, [Unknown, NotReset, NotReset, Unknown]);
    }
    columns.histograms.values.iter_mut().for_each(|h| h.hint = ResetHint::Gauge);
    let read = round_trip(Encoding::HistogramStarts, &columns);
    assert_eq!(read.histograms.values[0].hint, ResetHint::Gauge);
    assert_eq!(read.histograms.values[2].hint, ResetHint::Gauge);
}

#[test]
fn what_does_not_fit_is_told() {
    let two = floats(&[(1, 1.0, 0), (1, 1.0, 0)]);
    assert_eq!(encode(Encoding::Xor, &two), Err(EncodeError::Disordered));
    assert_eq!(encode(Encoding::Histogram, &two), Err(EncodeError::Kind));
    let mut half = Columns::default();
    half.histograms.push(1, FloatHistogram { count: 0.5, ..FloatHistogram::default() }, 0);
    assert_eq!(encode(Encoding::Histogram, &half), Err(EncodeError::Fraction));
    assert!(encode(Encoding::FloatHistogram, &half).is_ok());
}

#[test]
fn a_broken_chunk_leaves_the_column_as_it_was() {
    let samples = floats(&[(1, 1.0, 0), (2, 3.0, 0), (5, 4.0, 0)]);
    let bytes = encode(Encoding::Xor, &samples).unwrap();
    let mut out = samples.clone();
    assert_eq!(decode(Encoding::Xor, &bytes[..bytes.len() - 1], &mut out), Err(ChunkError::Truncated(3)));
    assert!(same(&out, &samples));
    // A long run behind the end of the bytes.
    let long = [&[0xff, 0xff][..], &bytes[2..]].concat();
    assert_eq!(decode(Encoding::Xor, &long, &mut out), Err(ChunkError::Truncated(65_535)));
    assert!(same(&out, &samples));
    let same_time = [&[0, 2][..], &[2, 0, 0, 0, 0, 0, 0, 0, 0], &[0, 0]].concat();
    assert_eq!(decode(Encoding::Xor, &same_time, &mut out), Err(ChunkError::Disordered(2)));
    assert_eq!(decode(Encoding::Histogram, &[0], &mut out), Err(ChunkError::Truncated(0)));
}

fn value() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => Just(1.0),
        2 => (0..1000i32).prop_map(f64::from),
        2 => any::<f64>(),
        1 => any::<u64>().prop_map(f64::from_bits),
        1 => Just(stale_nan()),
    ]
}

fn step() -> impl Strategy<Value = i64> {
    prop_oneof![5 => Just(15_000i64), 3 => 14_990..15_010i64, 2 => 1..100_000i64, 1 => 1..1i64 << 50]
}

fn float_columns() -> impl Strategy<Value = Columns> {
    let start = prop_oneof![3 => Just(0i64), 2 => Just(7_000), 1 => 1..1i64 << 40];
    // Samples mostly go on like the one before.
    let run = (prop_oneof![3 => Just(1u32), 1 => 1..70u32], prop_oneof![Just(0.0), Just(1.0), Just(1e-9)]);
    let samples = prop::collection::vec((step(), value(), start, run), 0..100);
    (any::<i32>(), samples, any::<bool>()).prop_map(|(first, samples, starts)| {
        let mut time = i64::from(first) * 1000;
        let mut columns = Columns::default();
        for (step, value, start, (length, growth)) in samples {
            for nth in 0..length {
                time += step;
                columns.floats.push(time, value + f64::from(nth) * growth, if starts { start } else { 0 });
            }
        }
        columns
    })
}

fn histogram_columns(whole: bool) -> impl Strategy<Value = Columns> {
    let spans = || prop::collection::vec((1..5i32, 0..4u32), 0..3);
    let counts = prop::collection::vec((0..2000u32, any::<f64>()), 20);
    let samples = prop::collection::vec((step(), counts, value(), 0..3i64), 0..30);
    (spans(), spans(), -4..=8i32, any::<bool>(), samples).prop_map(move |(p, n, schema, custom, samples)| {
        let spans = |all: Vec<(i32, u32)>| -> Vec<BucketSpan> {
            all.into_iter().map(|(offset, length)| BucketSpan { offset, length }).collect()
        };
        let (positive, negative) = (spans(p), if custom { Vec::new() } else { spans(n) });
        let bounds = if custom { vec![0.005, 1.0, 33554.431] } else { Vec::new() };
        let layout = Arc::new(Layout { positive, negative, bounds });
        let size: u32 = layout.positive.iter().chain(&layout.negative).map(|span| span.length).sum();
        let mut columns = Columns::default();
        let mut time = 0;
        for (step, counts, sum, start) in samples {
            time += step;
            let number =
                |(whole_count, count): &(u32, f64)| if whole { f64::from(*whole_count) } else { *count };
            let buckets: Vec<f64> = counts.iter().cycle().take(size as usize).map(number).collect();
            let h = FloatHistogram {
                hint: ResetHint::Unknown,
                schema: if custom { CUSTOM_SCHEMA } else { schema },
                zero_threshold: if custom { 0.0 } else { 0.001 },
                zero_count: number(&counts[0]),
                count: number(&counts[1]),
                sum: if crate::model::is_stale(sum) { 0.0 } else { sum },
                layout: Arc::clone(&layout),
                buckets: buckets.into(),
            };
            columns.histograms.push(time, h, start * 1000);
        }
        columns
    })
}

fn without_starts(mut columns: Columns) -> Columns {
    columns.floats.starts.clear();
    columns.histograms.starts.clear();
    columns
}

proptest! {
    #[test]
    fn floats_survive(columns in float_columns()) {
        let read = round_trip(Encoding::Xor2, &columns);
        prop_assert!(same(&read, &columns), "{read:?}");
        let columns = without_starts(columns);
        prop_assert!(same(&round_trip(Encoding::Xor, &columns), &columns));
    }

    #[test]
    fn what_is_later_may_be_left_out(columns in float_columns(), at in any::<prop::sample::Index>(), off in -1..2i64) {
        let times = &columns.floats.times;
        let end = if times.is_empty() { 0 } else { times[at.index(times.len())].saturating_add(off) };
        for (encoding, columns) in [(Encoding::Xor2, columns.clone()), (Encoding::Xor, without_starts(columns))] {
            let mut read = Columns::default();
            decode_until(encoding, &encode(encoding, &columns).unwrap(), end, &mut read).unwrap();
            prop_assert!(read.floats.len() >= columns.floats.times.partition_point(|&time| time <= end));
            let mut first = columns;
            first.floats.truncate(read.floats.len());
            prop_assert!(same(&read, &first));
        }
    }

    #[test]
    fn histograms_survive(columns in histogram_columns(true)) {
        for encoding in [Encoding::HistogramStarts, Encoding::FloatHistogramStarts] {
            prop_assert!(same(&round_trip(encoding, &columns), &columns));
        }
        let columns = without_starts(columns);
        prop_assert!(same(&round_trip(Encoding::Histogram, &columns), &columns));
    }

    #[test]
    fn float_histograms_survive(columns in histogram_columns(false)) {
        prop_assert!(same(&round_trip(Encoding::FloatHistogramStarts, &columns), &columns));
    }

    #[test]
    fn random_bytes_are_answered(mut bytes in prop::collection::vec(any::<u8>(), 0..200), few in any::<bool>()) {
        if few && bytes.len() > 2 {
            (bytes[0], bytes[1]) = (0, bytes[1] & 15);
        }
        for &encoding in Encoding::ALL {
            let mut out = Columns::default();
            let _ = decode(encoding, &bytes, &mut out);
            prop_assert!(out.floats.times.is_sorted_by(|a, b| a < b));
            prop_assert!(out.histograms.times.is_sorted_by(|a, b| a < b));
        }
    }

    #[test]
    fn flipped_bits_are_answered(columns in float_columns(), bits in prop::collection::vec(any::<u16>(), 1..4)) {
        let mut bytes = encode(Encoding::Xor2, &columns).unwrap();
        for bit in bits {
            let at = usize::from(bit) % (bytes.len() * 8);
            bytes[at / 8] ^= 1 << (at % 8);
        }
        let _ = decode(Encoding::Xor2, &bytes, &mut Columns::default());
    }
}
