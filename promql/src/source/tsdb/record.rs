//! What records of a write-ahead log tell.

use super::cursor::Cursor;
use super::error::TsdbError;
use super::head_chunks::ChunkPlace;
use super::tombstones::read_span;
use crate::model::histogram::{BucketSpan, CUSTOM_SCHEMA, Layout, ResetHint};
use crate::model::{FloatHistogram, Labels, Millis, Sample, TimeSpan};
use std::sync::Arc;

/// The finest schema that is worked with.
const FINEST: i32 = 8;

/// Takes what records tell, in order. A series is known by a number that a record before gave it.
pub(super) trait Replay {
    fn series(&mut self, series: u64, labels: Labels);
    fn sample(&mut self, series: u64, time: Millis, sample: Sample, start: Millis);
    fn deleted(&mut self, series: u64, span: TimeSpan);
    /// The late samples so far are in a chunk that begins there.
    fn stored(&mut self, series: u64, place: ChunkPlace);
    /// Nothing before this time counts.
    fn begins(&mut self, time: Millis);
}

/// Reads one record. Kinds that tell nothing about samples, and kinds of later versions, are passed over.
pub(super) fn read(record: &mut Cursor<'_>, replay: &mut dyn Replay) -> Result<(), TsdbError> {
    if record.is_at_end() {
        return Ok(());
    }
    match record.u8()? {
        1 => each(record, |record| {
            let series = record.u64()?;
            replay.series(series, read_labels(record)?);
            Ok(())
        }),
        2 => first_version(record, replay, read_float),
        3 => each(record, |record| {
            let series = record.u64()?;
            replay.deleted(series, read_span(record)?);
            Ok(())
        }),
        5 => each(record, |record| {
            let (series, place) = (record.u64()?, record.u64()?);
            replay.stored(series, (place >> 32, place & 0xffff_ffff));
            Ok(())
        }),
        7 | 9 => first_version(record, replay, read_histogram),
        8 | 10 => first_version(record, replay, read_float_histogram),
        11 => second_version(record, replay, read_float),
        12 => second_version(record, replay, read_histogram),
        13 => second_version(record, replay, read_float_histogram),
        14 => {
            replay.begins(record.i64()?);
            Ok(())
        }
        _ => Ok(()),
    }
}

type ReadSample = fn(&mut Cursor<'_>) -> Result<Option<Sample>, TsdbError>;

fn each(
    record: &mut Cursor<'_>,
    mut read: impl FnMut(&mut Cursor<'_>) -> Result<(), TsdbError>,
) -> Result<(), TsdbError> {
    while !record.is_at_end() {
        read(record)?;
    }
    Ok(())
}

/// Series and times as differences to those at the start.
fn first_version(
    record: &mut Cursor<'_>,
    replay: &mut dyn Replay,
    read: ReadSample,
) -> Result<(), TsdbError> {
    if record.is_at_end() {
        return Ok(());
    }
    let (first, begin) = (record.u64()?, record.i64()?);
    each(record, |record| {
        let series = first.wrapping_add_signed(record.varint()?);
        let time = begin.wrapping_add(record.varint()?);
        if let Some(sample) = read(record)? {
            replay.sample(series, time, sample, 0);
        }
        Ok(())
    })
}

/// Series as differences to the one before, times to the first; start times by a mark: 0 none, 1 the one before,
/// others a difference to the first.
fn second_version(
    record: &mut Cursor<'_>,
    replay: &mut dyn Replay,
    read: ReadSample,
) -> Result<(), TsdbError> {
    let mut first: Option<(Millis, Millis)> = None;
    let (mut series, mut start) = (0u64, 0);
    each(record, |record| {
        series = series.wrapping_add_signed(record.varint()?);
        let time = match first {
            None => {
                let begin = (record.varint()?, record.varint()?);
                first = Some(begin);
                start = begin.1;
                begin.0
            }
            Some((begin, first_start)) => {
                let time = begin.wrapping_add(record.varint()?);
                start = match record.u8()? {
                    0 => 0,
                    1 => start,
                    _ => first_start.wrapping_add(record.varint()?),
                };
                time
            }
        };
        if let Some(sample) = read(record)? {
            replay.sample(series, time, sample, start);
        }
        Ok(())
    })
}

fn read_labels(record: &mut Cursor<'_>) -> Result<Labels, TsdbError> {
    let count = record.count(2)?;
    let pairs = (0..count).map(|_| Ok((record.text()?, record.text()?)));
    Ok(Labels::from_pairs(pairs.collect::<Result<Vec<_>, TsdbError>>()?))
}

fn read_float(record: &mut Cursor<'_>) -> Result<Option<Sample>, TsdbError> {
    record.f64().map(Sample::Float).map(Some)
}

fn read_histogram(record: &mut Cursor<'_>) -> Result<Option<Sample>, TsdbError> {
    // Buckets are differences to the one before.
    let buckets = |record: &mut Cursor<'_>, into: &mut Vec<f64>| {
        let mut sum = 0i64;
        for _ in 0..record.count(1)? {
            sum = sum.wrapping_add(record.varint()?);
            into.push(sum as f64);
        }
        Ok(())
    };
    read_any_histogram(record, |record| Ok(record.uvarint()? as f64), buckets)
}

fn read_float_histogram(record: &mut Cursor<'_>) -> Result<Option<Sample>, TsdbError> {
    let buckets = |record: &mut Cursor<'_>, into: &mut Vec<f64>| {
        for _ in 0..record.count(8)? {
            into.push(record.f64()?);
        }
        Ok(())
    };
    read_any_histogram(record, Cursor::f64, buckets)
}

/// A histogram; none if nothing is known of its schema.
fn read_any_histogram<'a>(
    record: &mut Cursor<'a>,
    number: impl Fn(&mut Cursor<'a>) -> Result<f64, TsdbError>,
    read_buckets: impl Fn(&mut Cursor<'a>, &mut Vec<f64>) -> Result<(), TsdbError>,
) -> Result<Option<Sample>, TsdbError> {
    let hint = match record.u8()? {
        1 => ResetHint::Reset,
        2 => ResetHint::NotReset,
        3 => ResetHint::Gauge,
        _ => ResetHint::Unknown,
    };
    let schema = record.varint()? as i32;
    let zero_threshold = record.f64()?;
    let (zero_count, count) = (number(record)?, number(record)?);
    let sum = record.f64()?;
    let (positive, negative) = (read_spans(record)?, read_spans(record)?);
    let mut buckets = Vec::new();
    read_buckets(record, &mut buckets)?;
    read_buckets(record, &mut buckets)?;
    let mut bounds = Vec::new();
    if schema == CUSTOM_SCHEMA {
        for _ in 0..record.count(8)? {
            bounds.push(record.f64()?);
        }
    }
    if schema != CUSTOM_SCHEMA && !(-9..=52).contains(&schema) {
        return Ok(None);
    }
    let layout = Arc::new(Layout { positive, negative, bounds });
    let buckets = buckets.into();
    let mut h = FloatHistogram { hint, schema, zero_threshold, zero_count, count, sum, layout, buckets };
    if schema > FINEST {
        h.reduce_resolution(FINEST).map_err(|error| record.corrupt(error.to_string()))?;
    }
    Ok(Some(Sample::Histogram(h)))
}

fn read_spans(record: &mut Cursor<'_>) -> Result<Vec<BucketSpan>, TsdbError> {
    let count = record.count(2)?;
    (0..count)
        .map(|_| Ok(BucketSpan { offset: record.varint()? as i32, length: record.uvarint()? as u32 }))
        .collect()
}
