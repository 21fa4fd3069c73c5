//! A series as a line of small bars.

const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Draws the values, placed by their position between 0 and 1, in `width` cells.
///
/// A cell with several values shows the one farthest from the mean of the series, so that neither peaks nor dips are
/// lost. The bars span smallest to largest value; a constant series is drawn in the middle; nothing is a blank.
pub(crate) fn draw(values: &[(f64, f64)], width: usize) -> String {
    let finite = || values.iter().map(|(_, value)| *value).filter(|value| value.is_finite());
    let count = finite().count();
    #[expect(clippy::cast_precision_loss, reason = "a picture")]
    let (mean, cells) = (finite().map(|value| value / count as f64).sum::<f64>(), width as f64);
    let (low, high) = bounds(finite());

    let mut extremes: Vec<Option<f64>> = vec![None; width];
    for (position, value) in values.iter().filter(|(_, value)| !value.is_nan()) {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "cast saturates at 0")]
        let cell = ((position * cells) as usize).min(width.saturating_sub(1));
        if let Some(slot) = extremes.get_mut(cell)
            && slot.is_none_or(|old| (old - mean).abs() < (value - mean).abs())
        {
            *slot = Some(*value);
        }
    }
    extremes.into_iter().map(|cell| cell.map_or(' ', |value| bar(value, low, high))).collect()
}

/// Smallest and largest of the values.
pub(crate) fn bounds(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)))
}

fn bar(value: f64, low: f64, high: f64) -> char {
    if value >= high && value <= low {
        return BARS[3];
    }
    // Halves keep the distance of huge values finite.
    let share = (value / 2.0 - low / 2.0) / (high / 2.0 - low / 2.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "cast saturates")]
    let level = (share * 8.0) as usize;
    BARS[level.min(7)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(values: &[f64], width: usize) -> String {
        let count = values.len() as f64;
        let placed: Vec<_> =
            values.iter().enumerate().map(|(at, value)| (at as f64 / count, *value)).collect();
        draw(&placed, width)
    }

    #[test]
    fn bars_span_the_values() {
        assert_eq!(line(&[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0], 8), "▁▂▃▄▅▆▇█");
        assert_eq!(line(&[5.0, 5.0], 2), "▄▄");
        assert_eq!(line(&[f64::NAN, 1.0, f64::INFINITY, 0.0], 4), " ██▁");
        assert_eq!(line(&[-f64::MAX, f64::MAX], 2), "▁█");
        assert_eq!(line(&[], 3), "   ");
        assert_eq!(line(&[1.0], 0), "");
        assert_eq!(line(&[f64::INFINITY, f64::NEG_INFINITY], 2).chars().count(), 2);
    }

    #[test]
    fn peaks_and_dips_survive() {
        let mut values = vec![1.0; 1000];
        values[500] = 9.0;
        values[900] = -7.0;
        let drawn = line(&values, 10);
        assert_eq!(drawn, "▅▅▅▅▅█▅▅▅▁");
    }
}
