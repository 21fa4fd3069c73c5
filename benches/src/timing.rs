//! The stopwatch.

use std::time::{Duration, Instant};

/// Repeats `run` and returns the smallest of its results and how many there were: at least three and until the budget
/// is spent; two of slow ones that spend ten budgets, as the first still finds its data out of reach.
pub fn fastest(budget: Duration, mut run: impl FnMut() -> f64) -> (f64, u32) {
    let begin = Instant::now();
    let (mut nanos, mut runs) = (f64::INFINITY, 0);
    loop {
        nanos = nanos.min(run());
        runs += 1;
        let spent = begin.elapsed();
        if spent >= budget && runs >= 3 || spent >= budget * 10 && runs >= 2 {
            return (nanos, runs);
        }
    }
}

/// Nanoseconds since then.
#[expect(clippy::cast_precision_loss, reason = "2^53 nanoseconds are a hundred days")]
#[must_use]
pub fn nanos_since(begin: Instant) -> f64 {
    begin.elapsed().as_nanos() as f64
}
