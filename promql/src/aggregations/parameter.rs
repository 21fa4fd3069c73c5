//! What the parameter alone decides: errors, notes and empty results, before any sample is looked at.

use super::AggregationError;
use crate::column::{Note, Notes, Param};
use crate::model::number::format_g;

/// The bounds of the integers a `k` may have: those of an `int64`, at the precision of a float.
const K_BOUNDS: (f64, f64) = (-9_223_372_036_854_775_808.0, 9_223_372_036_854_774_784.0);

/// The extremes of a scalar over its steps. NaN spreads as in Go: it hides everything but the extreme infinity.
#[derive(Clone, Copy, Debug)]
struct Extremes {
    min: f64,
    max: f64,
    any_nan: bool,
}

impl Extremes {
    fn of(param: Param<'_>) -> Self {
        match param {
            Param::Const(value) => Extremes { min: value, max: value, any_nan: value.is_nan() },
            Param::Row(values) => {
                let start = Extremes { min: f64::MAX, max: f64::MIN, any_nan: false };
                values.iter().fold(start, |seen, &value| Extremes {
                    min: -spreading_max(-seen.min, -value),
                    max: spreading_max(seen.max, value),
                    any_nan: seen.any_nan || value.is_nan(),
                })
            }
        }
    }
}

fn spreading_max(a: f64, b: f64) -> f64 {
    if a == f64::INFINITY || b == f64::INFINITY {
        f64::INFINITY
    } else if a.is_nan() || b.is_nan() {
        f64::NAN
    } else {
        a.max(b)
    }
}

/// How many series a group may show at each step.
#[derive(Clone, Debug)]
pub(super) enum Limits {
    Same(u32),
    Each(Vec<u32>),
}

impl Limits {
    /// The limits that a parameter `k` sets; none if no step shows anything.
    pub(super) fn new(k: Param<'_>) -> Result<Option<Self>, AggregationError> {
        let seen = Extremes::of(k);
        if seen.max < 1.0 {
            return Ok(None);
        }
        let fail = |text: String| Err(AggregationError::Parameter(text));
        if seen.any_nan {
            return fail("Parameter value is NaN".to_owned());
        }
        if seen.min <= K_BOUNDS.0 {
            return fail(format!("Scalar value {} underflows int64", format_g(seen.min)));
        }
        if seen.max >= K_BOUNDS.1 {
            return fail(format!("Scalar value {} overflows int64", format_g(seen.max)));
        }
        // The cast saturates: no query has more rows than that, and what is negative shows nothing.
        Ok(Some(match k {
            Param::Const(value) => Limits::Same(value as u32),
            Param::Row(values) => Limits::Each(values.iter().map(|&value| value as u32).collect()),
        }))
    }

    #[inline]
    pub(super) fn at(&self, step: usize) -> u32 {
        match self {
            Limits::Same(limit) => *limit,
            Limits::Each(limits) => limits[step],
        }
    }

    pub(super) fn min(&self) -> u32 {
        match self {
            Limits::Same(limit) => *limit,
            Limits::Each(limits) => limits.iter().copied().min().unwrap_or(0),
        }
    }

    pub(super) fn max(&self) -> u32 {
        match self {
            Limits::Same(limit) => *limit,
            Limits::Each(limits) => limits.iter().copied().max().unwrap_or(0),
        }
    }
}

/// Which share of the series shows at each step.
#[derive(Clone, Debug)]
pub(super) enum Ratios {
    Same(f64),
    Each(Vec<f64>),
}

impl Ratios {
    /// The shares that a parameter `r` sets; none if no step shows anything.
    pub(super) fn new(r: Param<'_>, notes: &mut Notes) -> Result<Option<Self>, AggregationError> {
        let seen = Extremes::of(r);
        if seen.max == 0.0 && seen.min == 0.0 {
            return Ok(None);
        }
        if seen.any_nan {
            return Err(AggregationError::Parameter("Ratio value is NaN".to_owned()));
        }
        if seen.max > 1.0 {
            notes.raise(Note::InvalidRatio(seen.max));
        }
        if seen.min < -1.0 {
            notes.raise(Note::InvalidRatio(seen.min));
        }
        Ok(Some(match r {
            Param::Const(value) => Ratios::Same(value.clamp(-1.0, 1.0)),
            Param::Row(values) => Ratios::Each(values.iter().map(|value| value.clamp(-1.0, 1.0)).collect()),
        }))
    }
}

/// True if the share `r` includes the series whose hash lies at `place` between 0 and 1.
#[inline]
pub(super) fn includes(r: f64, place: f64) -> bool {
    if r >= 0.0 { place < r } else { place >= 1.0 + r }
}

/// What is to be said about the parameter of `quantile`.
pub(super) fn quantile_notes(phi: Param<'_>, notes: &mut Notes) {
    let seen = Extremes::of(phi);
    if seen.any_nan {
        notes.raise(Note::InvalidQuantile(f64::NAN));
    }
    if seen.max > 1.0 {
        notes.raise(Note::InvalidQuantile(seen.max));
    }
    if seen.min < 0.0 {
        notes.raise(Note::InvalidQuantile(seen.min));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(k: Param<'_>) -> Result<Option<Limits>, String> {
        Limits::new(k).map_err(|error| error.to_string())
    }

    #[test]
    fn a_small_k_shows_nothing_whatever_else_is_wrong() {
        for k in [0.0, 0.9, -1.0, f64::NEG_INFINITY, -1e300] {
            assert!(matches!(limits(Param::Const(k)), Ok(None)), "{k}");
            assert!(matches!(limits(Param::Row(&[k])), Ok(None)), "{k}");
        }
    }

    #[test]
    fn a_bad_k_fails() {
        let text = |k: &[f64]| limits(Param::Row(k)).unwrap_err();
        assert_eq!(text(&[f64::NAN]), "Parameter value is NaN");
        assert_eq!(text(&[1.0, f64::NAN]), "Parameter value is NaN");
        assert_eq!(text(&[0.5, f64::NAN]), "Parameter value is NaN");
        assert!(text(&[1.0, 9_223_372_036_854_774_784.0]).ends_with("overflows int64"));
        assert!(text(&[1.0, f64::INFINITY]).ends_with("overflows int64"));
        assert!(text(&[1.0, -9_223_372_036_854_775_808.0]).ends_with("underflows int64"));
        assert!(limits(Param::Const(f64::NAN)).is_err());
    }

    #[test]
    fn fractions_of_k_are_cut_off() {
        let all = limits(Param::Row(&[1.9, 0.9, -3.0, 1e18])).unwrap().unwrap();
        assert_eq!((0..4).map(|step| all.at(step)).collect::<Vec<_>>(), [1, 0, 0, u32::MAX]);
        assert_eq!((all.min(), all.max()), (0, u32::MAX));
    }

    #[test]
    fn ratios_are_capped_with_one_note_a_side() {
        let mut notes = Notes::default();
        let Some(Ratios::Each(all)) = Ratios::new(Param::Row(&[2.0, 0.0, 3.0, -1.5]), &mut notes).unwrap()
        else {
            panic!("there is something to show");
        };
        assert_eq!(all, [1.0, 0.0, 1.0, -1.0]);
        let raised: Vec<Note> = notes.drain().collect();
        assert_eq!(raised, [Note::InvalidRatio(3.0), Note::InvalidRatio(-1.5)]);
        assert!(matches!(Ratios::new(Param::Row(&[0.0, -0.0]), &mut notes), Ok(None)));
        assert!(notes.is_empty());
        let error = Ratios::new(Param::Row(&[0.0, f64::NAN]), &mut notes).unwrap_err();
        assert_eq!(error.to_string(), "Ratio value is NaN");
    }

    #[test]
    fn a_share_and_its_complement_take_everything_once() {
        for place in [0.0, 0.2, 0.5, 0.999] {
            assert!(includes(0.2, place) != includes(-0.8, place), "{place}");
            assert!(includes(1.0, place) && includes(-1.0, place));
            assert!(!includes(0.0, place));
        }
    }

    #[test]
    fn quantiles_outside_the_range_are_noted_by_their_extremes() {
        let noted = |phi: &[f64]| {
            let mut notes = Notes::default();
            quantile_notes(Param::Row(phi), &mut notes);
            notes.drain().map(|note| format!("{note:?}")).collect::<Vec<_>>()
        };
        assert_eq!(noted(&[1.0, 2.0, 5.0, 3.0]), ["InvalidQuantile(5.0)"]);
        assert_eq!(noted(&[0.0, 1.0]), [""; 0]);
        assert_eq!(noted(&[-1.0, 0.5]), ["InvalidQuantile(-1.0)"]);
        // NaN hides finite extremes.
        assert_eq!(noted(&[f64::NAN, 5.0, -2.0]), ["InvalidQuantile(NaN)"]);
        assert_eq!(noted(&[f64::NAN, f64::INFINITY]), ["InvalidQuantile(NaN)", "InvalidQuantile(inf)"]);
    }
}
