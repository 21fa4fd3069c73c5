//! The working form of a histogram in which layouts are changed: buckets as pairs of index and count.
//!
//! Used where two layouts differ; equal layouts are combined bucket by bucket without coming here.

use super::bucket::indexes;
use super::compensated::Count;
use super::{BucketSpan, CUSTOM_SCHEMA, FloatHistogram, HistogramError, Layout, bounds};
use crate::model::Kahan;

/// Buckets of one side in ascending order of their index.
pub(super) type Cells<C> = Vec<(i32, C)>;

/// A histogram without count, sum and hint.
#[derive(Clone)]
pub(super) struct Sparse<C> {
    pub(super) schema: i32,
    pub(super) zero_threshold: f64,
    pub(super) zero: C,
    pub(super) positive: Cells<C>,
    pub(super) negative: Cells<C>,
    pub(super) bounds: Vec<f64>,
}

impl Sparse<f64> {
    pub(super) fn of(h: &FloatHistogram) -> Self {
        Sparse::new(h.schema, h.zero_threshold, h.zero_count, &h.layout, &h.buckets)
    }
}

impl Sparse<Kahan> {
    pub(super) fn exactly(h: &FloatHistogram) -> Self {
        let counts: Vec<Kahan> = h.buckets.iter().map(|&count| Kahan::exact(count)).collect();
        Sparse::new(h.schema, h.zero_threshold, Kahan::exact(h.zero_count), &h.layout, &counts)
    }
}

impl<C: Count> Sparse<C> {
    pub(super) fn new(schema: i32, zero_threshold: f64, zero: C, layout: &Layout, counts: &[C]) -> Self {
        let positive: Cells<C> = indexes(&layout.positive).zip(counts.iter().copied()).collect();
        let rest = counts[positive.len()..].iter().copied();
        let negative = indexes(&layout.negative).zip(rest).collect();
        Sparse { schema, zero_threshold, zero, positive, negative, bounds: layout.bounds.clone() }
    }

    /// The layout and the counts in its order.
    pub(super) fn into_parts(self) -> (Layout, Vec<C>) {
        let layout =
            Layout { positive: spans(&self.positive), negative: spans(&self.negative), bounds: self.bounds };
        (layout, self.positive.into_iter().chain(self.negative).map(|(_, count)| count).collect())
    }

    /// Adds `other` after both were brought to a common zero bucket, schema and bounds; true if custom bounds had to
    /// be reduced to the common ones. Both are exponential or both custom.
    pub(super) fn add(&mut self, mut other: Sparse<C>) -> bool {
        if self.schema == CUSTOM_SCHEMA {
            let differ = self.bounds != other.bounds;
            if differ {
                let common = common_bounds(&self.bounds, &other.bounds);
                let mut sums = vec![C::exact(0.0); common.len() + 1];
                rebin(&self.positive, &self.bounds, &common, &mut sums);
                rebin(&other.positive, &other.bounds, &common, &mut sums);
                self.positive = (0..).zip(sums).filter(|(_, count)| !count.is_empty()).collect();
                self.bounds = common;
            } else {
                merge(&mut self.positive, &other.positive);
            }
            return differ;
        }
        let zero = self.reconcile_zero_buckets(&other);
        self.zero.add(zero);
        self.reduce(other.schema);
        other.reduce(self.schema);
        let (schema, threshold) = (self.schema, self.zero_threshold);
        // What lies inside the zero bucket has been counted there.
        let outside = |cells: &Cells<C>| {
            cells.partition_point(|&(index, _)| bounds::exponential(index, schema) <= threshold)
        };
        merge(&mut self.positive, &other.positive[outside(&other.positive)..]);
        merge(&mut self.negative, &other.negative[outside(&other.negative)..]);
        false
    }

    /// Joins buckets until the schema is at most `schema`.
    pub(super) fn reduce(&mut self, schema: i32) {
        if schema < self.schema {
            reduce(&mut self.positive, self.schema, schema);
            reduce(&mut self.negative, self.schema, schema);
            self.schema = schema;
        }
    }

    /// Widens the own zero bucket until it fits the other one's, and returns what the other's would then hold.
    fn reconcile_zero_buckets(&mut self, other: &Sparse<C>) -> C {
        let (mut threshold, mut zero) = (other.zero_threshold, other.zero);
        loop {
            if self.zero_threshold > threshold {
                (threshold, zero) = other.zero_with_threshold(self.zero_threshold);
            }
            if threshold > self.zero_threshold {
                (self.zero_threshold, self.zero) = self.zero_with_threshold(threshold);
                let (schema, threshold) = (self.schema, self.zero_threshold);
                let keep = |&(index, count): &(i32, C)| {
                    bounds::exponential(index.wrapping_sub(1), schema) >= threshold && !count.is_empty()
                };
                self.positive.retain(keep);
                self.negative.retain(keep);
            } else {
                // Equal, or not comparable.
                return zero;
            }
        }
    }

    /// What the zero bucket would hold if its threshold were at least this large. A threshold inside a populated
    /// bucket is raised to that bucket's end.
    pub(super) fn zero_with_threshold(&self, mut threshold: f64) -> (f64, C) {
        if threshold <= self.zero_threshold {
            return (self.zero_threshold, self.zero);
        }
        let bound = |index: i32| bounds::exponential(index, self.schema);
        'again: loop {
            let mut zero = self.zero;
            for (side, cells) in [&self.positive, &self.negative].into_iter().enumerate() {
                for &(index, count) in cells {
                    if bound(index.wrapping_sub(1)) >= threshold {
                        break;
                    }
                    zero.add(count);
                    let upper = bound(index);
                    if upper > threshold {
                        if count.value() != 0.0 {
                            threshold = upper;
                            if side == 1 {
                                // More positive buckets may be inside now.
                                continue 'again;
                            }
                        }
                        break;
                    }
                }
            }
            return (threshold, zero);
        }
    }
}

/// The spans of buckets in ascending order.
pub(super) fn spans<C>(cells: &Cells<C>) -> Vec<BucketSpan> {
    let mut spans: Vec<BucketSpan> = Vec::new();
    let mut end = 0i32;
    for &(index, _) in cells {
        let offset = index.wrapping_sub(end);
        match spans.last_mut() {
            Some(span) if offset == 0 => span.length += 1,
            _ => spans.push(BucketSpan { offset, length: 1 }),
        }
        end = index.wrapping_add(1);
    }
    spans
}

/// Joins the buckets that fall together in a lower schema.
pub(super) fn reduce<C: Count>(cells: &mut Cells<C>, from: i32, to: i32) {
    let shift = from.saturating_sub(to).clamp(0, 31);
    cells.dedup_by(|next, kept| {
        let target = |index: i32| index.wrapping_sub(1) >> shift;
        let same = target(next.0) == target(kept.0);
        if same {
            kept.1.add(next.1);
        }
        same
    });
    for (index, _) in cells {
        *index = (index.wrapping_sub(1) >> shift).wrapping_add(1);
    }
}

/// Adds buckets to buckets.
fn merge<C: Count>(into: &mut Cells<C>, from: &[(i32, C)]) {
    if from.is_empty() {
        return;
    }
    let mut merged = Vec::with_capacity(into.len() + from.len());
    let mut from = from.iter().copied().peekable();
    for &(index, mut count) in &*into {
        while let Some(before) = from.next_if(|&(other, _)| other < index) {
            merged.push(before);
        }
        if let Some((_, other)) = from.next_if(|&(other, _)| other == index) {
            count.add(other);
        }
        merged.push((index, count));
    }
    merged.extend(from);
    *into = merged;
}

/// The bounds that both have.
pub(super) fn common_bounds(a: &[f64], b: &[f64]) -> Vec<f64> {
    let mut b = b.iter().copied().peekable();
    let mut common = Vec::new();
    for &bound in a {
        while b.next_if(|&other| other < bound).is_some() {}
        common.extend(b.next_if(|&other| other == bound));
    }
    common
}

/// Adds custom buckets to those of fewer bounds: each goes to the first bound that is not below its own.
pub(super) fn rebin<C: Count>(cells: &[(i32, C)], bounds: &[f64], common: &[f64], sums: &mut [C]) {
    for &(index, count) in cells {
        let target = match usize::try_from(index).ok().and_then(|index| bounds.get(index)) {
            Some(bound) => common.partition_point(|other| other < bound),
            None => common.len(),
        };
        sums[target].add(count);
    }
}

/// Checks what joining buckets relies on: spans in ascending order, as many buckets as they say, indexes in range.
pub(super) fn check_spans(spans: &[BucketSpan], buckets: usize) -> Result<(), HistogramError> {
    let mut needed = 0u64;
    let mut end = 0i64;
    for (nth, span) in spans.iter().enumerate() {
        let number = nth + 1;
        if nth > 0 && span.offset < 0 {
            return Err(HistogramError::Invalid(format!(
                "span number {number} with offset {}: histogram has a span whose offset is negative",
                span.offset
            )));
        }
        if nth == 0 && span.offset == i32::MIN {
            return Err(HistogramError::Invalid(format!(
                "span number {number} starts at bucket index {}: {OUT_OF_RANGE}",
                span.offset
            )));
        }
        needed += u64::from(span.length);
        end += i64::from(span.offset) + i64::from(span.length);
        if end - 1 > i64::from(i32::MAX) {
            return Err(HistogramError::Invalid(format!(
                "span number {number} ends at bucket index {}: {OUT_OF_RANGE}",
                end - 1
            )));
        }
    }
    if needed != buckets as u64 {
        return Err(HistogramError::Invalid(format!(
            "spans need {needed} buckets, have {buckets} buckets: \
             histogram spans specify different number of buckets than provided"
        )));
    }
    Ok(())
}

const OUT_OF_RANGE: &str = "histogram has a span whose bucket index is out of range";
