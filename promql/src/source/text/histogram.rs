//! Histogram literals: `{{schema:0 count:3 sum:5 buckets:[1 2]}}`.

use super::scan::Scanner;
use crate::model::histogram::{BucketSpan, FloatHistogram, Layout, ResetHint};
use crate::source::FormatError;
use std::sync::Arc;

/// What a key of a literal sets.
#[derive(Clone, Copy)]
enum Key {
    Schema,
    Sum,
    Count,
    ZeroBucket,
    ZeroBucketWidth,
    Buckets,
    Offset,
    NegativeBuckets,
    NegativeOffset,
    CustomValues,
    CounterResetHint,
}

const KEYS: [(&str, Key); 11] = [
    ("schema", Key::Schema),
    ("sum", Key::Sum),
    ("count", Key::Count),
    ("z_bucket", Key::ZeroBucket),
    ("z_bucket_w", Key::ZeroBucketWidth),
    ("buckets", Key::Buckets),
    ("offset", Key::Offset),
    ("n_buckets", Key::NegativeBuckets),
    ("n_offset", Key::NegativeOffset),
    ("custom_values", Key::CustomValues),
    ("counter_reset_hint", Key::CounterResetHint),
];

const HINTS: [ResetHint; 4] = [ResetHint::Unknown, ResetHint::Reset, ResetHint::NotReset, ResetHint::Gauge];

/// One side while it is read.
#[derive(Default)]
struct Side {
    offset: i32,
    counts: Vec<f64>,
}

impl Side {
    fn spans(&self) -> Vec<BucketSpan> {
        match u32::try_from(self.counts.len()) {
            Ok(length) if length > 0 => vec![BucketSpan { offset: self.offset, length }],
            _ => Vec::new(),
        }
    }
}

impl Scanner<'_> {
    /// A literal, and whether it has a `counter_reset_hint`.
    pub(super) fn histogram(&mut self) -> Result<(FloatHistogram, bool), FormatError> {
        const PLACE: &str = "histogram description";
        const EXPECTED: &str = "histogram description key, e.g. buckets:[5 10 7]";
        let mut h = FloatHistogram::default();
        let (mut positive, mut negative, mut bounds) = (Side::default(), Side::default(), Vec::new());
        let mut seen = [false; KEYS.len()];
        self.at += "{{".len();
        // Space before the first key is no more allowed than in Prometheus.
        let mut may_have_key = true;
        if self.skip_space() {
            may_have_key = false;
        }
        while !self.eat("}}") {
            if !may_have_key {
                return Err(self.unexpected(PLACE, "\"}}\" or a space and a key"));
            }
            let start = self.at;
            let word = self.take_while(|c| c.is_ascii_alphabetic() || c == '_');
            let Some(nth) = KEYS.iter().position(|(key, _)| word.eq_ignore_ascii_case(key)) else {
                if word.is_empty() {
                    return Err(self.unexpected(PLACE, EXPECTED));
                }
                return Err(self.error_at(start, format!("bad histogram descriptor found: {word:?}")));
            };
            let (name, key) = KEYS[nth];
            if !self.eat(":") {
                return Err(self.error(format!("missing `:` for histogram descriptor {name:?}")));
            }
            if std::mem::replace(&mut seen[nth], true) {
                return Err(self.error_at(start, format!("duplicate key {name:?} in histogram")));
            }
            match key {
                Key::Schema => h.schema = self.integer()?,
                Key::Sum => h.sum = self.literal_number()?,
                Key::Count => h.count = self.literal_number()?,
                Key::ZeroBucket => h.zero_count = self.literal_number()?,
                Key::ZeroBucketWidth if self.rest().starts_with('-') => {
                    return Err(self.unexpected(PLACE, "number"));
                }
                Key::ZeroBucketWidth => h.zero_threshold = self.literal_number()?,
                Key::Buckets => positive.counts = self.numbers()?,
                Key::Offset => positive.offset = self.integer()?,
                Key::NegativeBuckets => negative.counts = self.numbers()?,
                Key::NegativeOffset => negative.offset = self.integer()?,
                Key::CustomValues => bounds = self.numbers()?,
                Key::CounterResetHint => h.hint = self.hint()?,
            }
            may_have_key = self.skip_space();
        }
        h.layout = Arc::new(Layout { positive: positive.spans(), negative: negative.spans(), bounds });
        h.buckets = positive.counts.into_iter().chain(negative.counts).collect();
        Ok((h, seen[KEYS.len() - 1]))
    }

    fn literal_number(&mut self) -> Result<f64, FormatError> {
        let negative = self.eat("-");
        if !self.next_is(|c| c.is_ascii_alphanumeric()) {
            return Err(self.unexpected("histogram description", "number"));
        }
        let value = self.unsigned_number()?;
        Ok(if negative { -value } else { value })
    }

    fn integer(&mut self) -> Result<i32, FormatError> {
        let start = self.at;
        self.eat("-");
        let digits = self.take_while(|c| c.is_ascii_digit());
        let number = self.text[start..self.at].parse().ok().filter(|_| !digits.is_empty());
        number.ok_or_else(|| self.error_at(start, "expected an integer in histogram description"))
    }

    /// `[1 2 3]`
    fn numbers(&mut self) -> Result<Vec<f64>, FormatError> {
        const PLACE: &str = "buckets description";
        if !self.eat("[") {
            return Err(self.unexpected("histogram description", "\"[\""));
        }
        let mut numbers = vec![self.listed_number()?];
        loop {
            let space = self.skip_space();
            if self.eat("]") {
                return Ok(numbers);
            }
            if !space {
                return Err(self.unexpected(PLACE, "\"]\" or a space and a number"));
            }
            numbers.push(self.listed_number()?);
        }
    }

    /// As elsewhere, but infinity and NaN have no sign.
    fn listed_number(&mut self) -> Result<f64, FormatError> {
        if self.rest().starts_with('-') && !self.rest()[1..].starts_with(|c: char| c.is_ascii_digit()) {
            return Err(self.unexpected("buckets description", "number"));
        }
        self.literal_number()
    }

    fn hint(&mut self) -> Result<ResetHint, FormatError> {
        let start = self.at;
        let word = self.take_while(|c| c.is_ascii_alphabetic() || c == '_');
        HINTS.into_iter().find(|hint| word.eq_ignore_ascii_case(hint.as_str())).ok_or_else(|| {
            let known = HINTS.map(ResetHint::as_str).join(", ");
            self.error_at(start, format!("unknown counter reset hint {word:?}, expected one of {known}"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<(FloatHistogram, bool)> {
        let mut scanner = Scanner::new(text);
        scanner.histogram().ok().filter(|_| scanner.rest().is_empty())
    }

    #[test]
    fn empty_literals() {
        assert_eq!(read("{{}}").unwrap().0, FloatHistogram::default());
        assert_eq!(read("{{ }}").unwrap().0, FloatHistogram::default());
    }

    #[test]
    fn all_keys() {
        let (h, hinted) = read(
            "{{schema:1 SUM:-0.3 count:3.1 z_bucket:7.1 z_bucket_w:0.05 buckets:[5.1 -10 7 ] offset:-3 \
             n_buckets:[4 NaN] n_offset:5 counter_reset_hint:not_reset }}",
        )
        .unwrap();
        assert!(hinted);
        assert_eq!((h.schema, h.sum, h.count, h.zero_count, h.zero_threshold), (1, -0.3, 3.1, 7.1, 0.05));
        assert_eq!(h.positive_counts(), [5.1, -10.0, 7.0]);
        assert_eq!(h.layout.positive, [BucketSpan { offset: -3, length: 3 }]);
        assert_eq!(h.layout.negative, [BucketSpan { offset: 5, length: 2 }]);
        assert_eq!(h.hint, ResetHint::NotReset);
        let (h, hinted) = read("{{schema:-53 custom_values:[1 Inf] sum:-Inf}}").unwrap();
        assert!(!hinted);
        assert_eq!((h.layout.bounds.as_slice(), h.sum), (&[1.0, f64::INFINITY][..], f64::NEG_INFINITY));
    }

    #[test]
    fn what_prometheus_refuses() {
        for text in [
            "{{ sum:1}}",
            "{{sum: 1}}",
            "{{sum :1}}",
            "{{sum:.5}}",
            "{{sum:+1}}",
            "{{sum:1,count:1}}",
            "{{sum:1 sum:2}}",
            "{{buckets:[]}}",
            "{{buckets:[ 1]}}",
            "{{buckets:[-Inf]}}",
            "{{z_bucket_w:-1}}",
            "{{schema:1.5}}",
            "{{counter_reset_hint:maybe}}",
            "{{what:1}}",
            "{{sum:1",
            "{{",
        ] {
            assert!(read(text).is_none(), "{text}");
        }
    }
}
