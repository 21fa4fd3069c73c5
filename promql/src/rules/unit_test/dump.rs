//! All series of a test, for those who look for what is wrong with it.

use super::run::Running;
use crate::SampleRef;
use crate::model::number;

impl Running<'_> {
    /// All series, a line a sample.
    pub(super) fn dump(&self) -> String {
        let seconds = self.test.last_eval_time().div_euclid(1000) + 1;
        let query = self.suite.engine.parse(&format!("{{__name__=~\".+\"}}[{seconds}s]"));
        let at = self.test.start.saturating_add(seconds.saturating_mul(1000));
        let output = query.and_then(|query| query.instant(&self.source, at));
        let output = match output {
            Ok(output) => output,
            Err(error) => return error.to_string(),
        };
        let mut lines = Vec::new();
        for series in output.series() {
            lines.push(format!("{} =>", series.labels()));
            for (time, value) in series.samples() {
                let value = match value {
                    SampleRef::Float(value) => number::format_plain(value),
                    SampleRef::Histogram(histogram) => histogram.to_string(),
                };
                lines.push(format!("{value} @[{time}]"));
            }
        }
        lines.join("\n")
    }
}
