//! Columns to chunks.

use super::layout::FEW;
use super::{Encoding, float_histogram, histogram, xor, xor2};
use crate::model::FloatHistogram;
use crate::model::histogram::ResetHint;
use crate::source::{Column, Columns};

/// Why samples do not go into one chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// There are samples of the other kind.
    #[error("floats and histograms do not go into one chunk")]
    Kind,
    /// There are too many.
    #[error("a chunk holds no more than {0} samples of this encoding")]
    Many(u16),
    /// A sample is not later than the one before.
    #[error("the times of a chunk ascend")]
    Disordered,
    /// Buckets, schema, zero threshold, bounds or being a gauge change; or a series goes on behind a stale marker.
    #[error("the histograms of a chunk share one layout")]
    Layout,
    /// Counts are no integers.
    #[error("this encoding holds whole counts below 9e15 only")]
    Fraction,
}

/// Packs samples into one chunk. Start times get lost in encodings without them.
///
/// # Errors
/// If the samples do not go into one chunk of this encoding.
pub fn encode(encoding: Encoding, samples: &Columns) -> Result<Vec<u8>, EncodeError> {
    let (floats, histograms) = (&samples.floats, &samples.histograms);
    if !encoding.has_histograms() {
        check(floats, u16::MAX, histograms.is_empty())?;
        return Ok(if encoding == Encoding::Xor { xor::encode(floats) } else { xor2::encode(floats) });
    }
    let most = if encoding.has_starts() { FEW } else { u16::MAX };
    check(histograms, most, floats.is_empty())?;
    if !share_layout(&histograms.values) {
        return Err(EncodeError::Layout);
    }
    let plain: Column<FloatHistogram>;
    let column = if encoding.has_starts() {
        histograms
    } else {
        let Column { times, values, .. } = histograms.clone();
        plain = Column { times, values, starts: Vec::new() };
        &plain
    };
    let (mut writer, starts) = match encoding {
        Encoding::Histogram | Encoding::HistogramStarts => {
            let counts: Option<Vec<_>> = column.values.iter().map(histogram::integers).collect();
            histogram::encode(column, &counts.ok_or(EncodeError::Fraction)?)
        }
        _ => float_histogram::encode(column),
    };
    let flags = column.values.first().map_or(0, |first| histogram::flags(first.hint));
    let count = (column.len() as u16).to_be_bytes();
    let bytes = match encoding.has_starts() {
        true => [count[0] | flags, count[1], starts.header],
        false => [count[0], count[1], flags],
    };
    writer.header()[..3].copy_from_slice(&bytes);
    Ok(writer.finish())
}

fn check<T>(column: &Column<T>, most: u16, alone: bool) -> Result<(), EncodeError> {
    match () {
        () if !alone => Err(EncodeError::Kind),
        () if column.len() > usize::from(most) => Err(EncodeError::Many(most)),
        () if !column.times.is_sorted_by(|a, b| a < b) => Err(EncodeError::Disordered),
        () => Ok(()),
    }
}

fn share_layout(histograms: &[FloatHistogram]) -> bool {
    histograms.windows(2).all(|pair| {
        let [a, b] = pair else { return true };
        let gauge = |h: &FloatHistogram| h.hint == ResetHint::Gauge;
        b.is_stale()
            || !a.is_stale()
                && gauge(a) == gauge(b)
                && a.schema == b.schema
                && a.zero_threshold == b.zero_threshold
                && a.layout == b.layout
                && a.buckets.len() == b.buckets.len()
    })
}
