//! Encoded chunks, as Prometheus stores samples and sends them: a whole chunk to columns and back.
//!
//! Bytes from anywhere may be decoded: what is no chunk ends in an error, times ascend strictly in what comes out, and
//! a decoded chunk is never larger than a small multiple of its bytes. Nothing here knows files.

mod encode;
mod float_histogram;
mod floats;
mod histogram;
mod layout;
mod reader;
mod run;
mod start;
mod varbit;
mod window;
mod writer;
mod xor;
mod xor2;

pub use encode::{EncodeError, encode};
pub(crate) use layout::Detail;

use super::column::{Columns, TableColumn};
use crate::model::Millis;

macro_rules! encodings {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $text:literal;)*) => {
        /// How the samples of a chunk are written.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Encoding { $($(#[$doc])* $name = $code),* }

        impl Encoding {
            /// All encodings.
            pub const ALL: &[Encoding] = &[$(Encoding::$name),*];

            /// The encoding that is stored as this byte.
            #[must_use]
            pub fn from_code(code: u8) -> Option<Self> {
                match code {
                    $($code => Some(Encoding::$name),)*
                    _ => None,
                }
            }

            /// Prometheus' name of it.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Encoding::$name => $text),* }
            }
        }
    };
}

encodings! {
    /// Floats.
    Xor = 1, "XOR";
    /// Histograms with integer counts.
    Histogram = 2, "histogram";
    /// Histograms with float counts.
    FloatHistogram = 3, "floathistogram";
    /// Floats, with start times if there are any.
    Xor2 = 4, "XOR2";
    /// Histograms with integer counts and start times.
    HistogramStarts = 5, "histogramST";
    /// Histograms with float counts and start times.
    FloatHistogramStarts = 6, "floathistogramST";
}

impl Encoding {
    /// The byte that stands for it in files.
    #[must_use]
    pub fn code(self) -> u8 {
        self as u8
    }

    /// True for encodings of histograms.
    #[must_use]
    pub fn has_histograms(self) -> bool {
        !matches!(self, Encoding::Xor | Encoding::Xor2)
    }

    /// True for encodings whose header has a place for start times.
    fn has_starts(self) -> bool {
        matches!(self, Encoding::Xor2 | Encoding::HistogramStarts | Encoding::FloatHistogramStarts)
    }
}

/// Why bytes are no chunk.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChunkError {
    /// The bytes end before the samples do.
    #[error("the chunk ends before its {0} samples do")]
    Truncated(usize),
    /// A sample is not later than the one before.
    #[error("the times of the chunk do not ascend at sample {0}")]
    Disordered(usize),
    /// A histogram is broken.
    #[error("the histograms of the chunk are broken: {0}")]
    Histogram(String),
}

/// Appends the samples of a chunk to `out`. After an error `out` is as it was.
///
/// Histograms read as Prometheus reads them: the first counter of a chunk has an unknown reset hint, the others are
/// no resets.
///
/// # Errors
/// If the bytes are no chunk of this encoding.
pub fn decode(encoding: Encoding, bytes: &[u8], out: &mut Columns) -> Result<(), ChunkError> {
    decode_until(encoding, bytes, Millis::MAX, out)
}

/// As [`decode`]; samples later than `end` may be left out, and what is wrong behind it may stay unseen.
pub(in crate::source) fn decode_until(
    encoding: Encoding,
    bytes: &[u8],
    end: Millis,
    out: &mut Columns,
) -> Result<(), ChunkError> {
    match encoding {
        Encoding::Xor => whole(&mut out.floats, |column| xor::decode(bytes, end, column)),
        Encoding::Xor2 => whole(&mut out.floats, |column| xor2::decode(bytes, end, column)),
        _ => {
            let mut column = TableColumn::default();
            decode_table(encoding, bytes, &mut column, Detail::Everything)?;
            column.append_to(&mut out.histograms);
            Ok(())
        }
    }
}

/// As [`decode`], of histograms only, into rows of a table. After an error nobody knows what is in `out`.
///
/// # Errors
/// If the bytes are no chunk of this encoding.
pub(super) fn decode_table(
    encoding: Encoding,
    bytes: &[u8],
    out: &mut TableColumn,
    detail: Detail<'_>,
) -> Result<(), ChunkError> {
    match encoding {
        Encoding::FloatHistogram | Encoding::FloatHistogramStarts => {
            float_histogram::decode(encoding, bytes, out, detail)
        }
        _ => histogram::decode(encoding, bytes, out, detail),
    }
}

fn whole<T>(
    column: &mut super::Column<T>,
    read: impl FnOnce(&mut super::Column<T>) -> Result<(), ChunkError>,
) -> Result<(), ChunkError> {
    let before = column.len();
    let result = read(column);
    if result.is_err() {
        column.truncate(before);
    }
    result
}

/// The first two bytes, a number, and what is behind them.
fn count(bytes: &[u8]) -> Result<(u16, &[u8]), ChunkError> {
    match bytes {
        [high, low, rest @ ..] => Ok((u16::from_be_bytes([*high, *low]), rest)),
        _ => Err(ChunkError::Truncated(0)),
    }
}

#[cfg(test)]
mod tests;
