//! The newest samples of a series, which are in no full chunk yet: packed as a server packs them, since they would
//! take eight times the memory as columns.

use crate::model::TimeSpan;
use crate::source::chunk::{Encoding, encode};
use crate::source::column::{Column, Columns};

/// So many samples go into a chunk, as in a server.
const CHUNK: usize = 120;

/// A packed chunk.
pub(super) struct Packed {
    pub(super) span: TimeSpan,
    pub(super) encoding: Encoding,
    pub(super) bytes: Vec<u8>,
}

/// Packs floats; none if there is a histogram, whose layout may change with every sample.
pub(super) fn pack(samples: &Columns) -> Option<Vec<Packed>> {
    let floats = &samples.floats;
    let encoding = if floats.starts.is_empty() { Encoding::Xor } else { Encoding::Xor2 };
    let chunk = |from: usize| {
        let range = from..floats.len().min(from + CHUNK);
        let column = Column {
            times: floats.times[range.clone()].to_vec(),
            values: floats.values[range.clone()].to_vec(),
            starts: floats.starts.get(range.clone()).map(<[_]>::to_vec).unwrap_or_default(),
        };
        let span = TimeSpan { start: floats.times[range.start], end: floats.times[range.end - 1] };
        let bytes = encode(encoding, &Columns { floats: column, ..Columns::default() }).ok()?;
        Some(Packed { span, encoding, bytes })
    };
    if samples.histograms.is_empty() { (0..floats.len()).step_by(CHUNK).map(chunk).collect() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::FloatHistogram;
    use crate::source::chunk::decode;

    fn floats(len: i64, start: i64) -> Columns {
        let mut columns = Columns::default();
        (0..len).for_each(|nth| columns.floats.push(nth * 10, nth as f64, start));
        columns
    }

    #[test]
    fn floats_come_back_in_chunks() {
        for (start, encoding) in [(0, Encoding::Xor), (5, Encoding::Xor2)] {
            let columns = floats(250, start);
            let packed = pack(&columns).unwrap();
            let spans: Vec<_> = packed.iter().map(|chunk| (chunk.span.start, chunk.span.end)).collect();
            assert_eq!(spans, [(0, 1190), (1200, 2390), (2400, 2490)]);
            let mut back = Columns::default();
            for chunk in packed {
                assert_eq!(chunk.encoding, encoding);
                decode(chunk.encoding, &chunk.bytes, &mut back).unwrap();
            }
            assert_eq!(back.floats.times, columns.floats.times);
            assert_eq!(back.floats.values, columns.floats.values);
            assert_eq!(back.floats.starts, columns.floats.starts);
        }
    }

    #[test]
    fn histograms_stay_as_they_are() {
        assert_eq!(pack(&Columns::default()).unwrap().len(), 0);
        let mut columns = floats(3, 0);
        columns.histograms.push(30, FloatHistogram::default(), 0);
        assert!(pack(&columns).is_none());
    }
}
