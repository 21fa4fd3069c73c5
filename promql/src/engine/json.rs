//! Answers as the `data` member of Prometheus' HTTP API, byte for byte.

use super::output::{QueryOutput, SampleRef};
use crate::model::{FloatHistogram, Labels, Millis, ValueType, number};
use promql_grammar::ast::unescaped_byte;
use std::io::{self, Write};

/// Bytes that are gathered before the writer is called.
const BUFFER: usize = 64 * 1024;

pub(super) fn write(output: &QueryOutput, out: &mut dyn Write) -> io::Result<()> {
    let mut json = Json { buffer: Vec::with_capacity(1024), out };
    json.data(output)?;
    json.flush()
}

struct Json<'a> {
    buffer: Vec<u8>,
    out: &'a mut dyn Write,
}

impl Json<'_> {
    fn flush(&mut self) -> io::Result<()> {
        self.out.write_all(&self.buffer)?;
        self.buffer.clear();
        Ok(())
    }

    fn data(&mut self, output: &QueryOutput) -> io::Result<()> {
        let value_type = output.value_type();
        self.raw("{\"resultType\":\"");
        self.raw(value_type.as_str());
        self.raw("\",\"result\":");
        if let Some((time, value)) = output.scalar() {
            self.buffer.push(b'[');
            self.short_time(time);
            self.buffer.push(b',');
            self.float(value);
            self.buffer.push(b']');
        } else if let Some((time, text)) = output.string() {
            self.buffer.push(b'[');
            self.short_time(time);
            self.buffer.push(b',');
            self.quoted(text, true);
            self.buffer.push(b']');
        } else {
            self.buffer.push(b'[');
            for (index, series) in output.series().enumerate() {
                if index > 0 {
                    self.buffer.push(b',');
                }
                self.raw("{\"metric\":");
                self.labels(series.labels());
                if value_type == ValueType::Vector {
                    for (time, sample) in series.samples() {
                        self.raw(match sample {
                            SampleRef::Float(_) => ",\"value\":",
                            SampleRef::Histogram(_) => ",\"histogram\":",
                        });
                        self.sample(time, sample);
                    }
                } else {
                    self.points(",\"values\":", series.samples(), |sample| {
                        matches!(sample, SampleRef::Float(_))
                    })?;
                    let histograms = |sample: &SampleRef<'_>| matches!(sample, SampleRef::Histogram(_));
                    self.points(",\"histograms\":", series.samples(), histograms)?;
                }
                self.buffer.push(b'}');
                if self.buffer.len() > BUFFER {
                    self.flush()?;
                }
            }
            self.buffer.push(b']');
        }
        self.buffer.push(b'}');
        Ok(())
    }

    fn points<'a>(
        &mut self,
        field: &str,
        points: impl Iterator<Item = (Millis, SampleRef<'a>)>,
        wanted: impl Fn(&SampleRef<'a>) -> bool,
    ) -> io::Result<()> {
        let mut any = false;
        for (time, sample) in points.filter(|(_, sample)| wanted(sample)) {
            self.raw(if any { "," } else { field });
            if !any {
                self.buffer.push(b'[');
            }
            any = true;
            self.sample(time, sample);
            if self.buffer.len() > BUFFER {
                self.flush()?;
            }
        }
        if any {
            self.buffer.push(b']');
        }
        Ok(())
    }

    fn sample(&mut self, time: Millis, sample: SampleRef<'_>) {
        self.buffer.push(b'[');
        self.time(time);
        self.buffer.push(b',');
        match sample {
            SampleRef::Float(value) => self.float(value),
            SampleRef::Histogram(histogram) => self.histogram(histogram),
        }
        self.buffer.push(b']');
    }

    fn time(&mut self, time: Millis) {
        if time < 0 {
            self.buffer.push(b'-');
        }
        let (seconds, millis) = (time.unsigned_abs() / 1000, time.unsigned_abs() % 1000);
        // Writing to a string cannot fail.
        let _ = write!(self.buffer, "{seconds}");
        if millis != 0 {
            let _ = write!(self.buffer, ".{millis:03}");
        }
    }

    /// The time of a scalar or a string, which Prometheus writes as a number like any other.
    #[expect(clippy::cast_precision_loss, reason = "milliseconds within any calendar are exact")]
    fn short_time(&mut self, time: Millis) {
        number::write_json(&mut self.buffer, time as f64 / 1000.0);
    }

    fn float(&mut self, value: f64) {
        self.buffer.push(b'"');
        number::write_json(&mut self.buffer, value);
        self.buffer.push(b'"');
    }

    fn histogram(&mut self, histogram: &FloatHistogram) {
        self.raw("{\"count\":");
        self.float(histogram.count);
        self.raw(",\"sum\":");
        self.float(histogram.sum);
        let mut any = false;
        for bucket in histogram.buckets().filter(|bucket| bucket.count != 0.0) {
            self.raw(if any { ",[" } else { ",\"buckets\":[[" });
            any = true;
            self.buffer.push(b'0' + bucket.boundary_code());
            for value in [bucket.lower, bucket.upper, bucket.count] {
                self.buffer.push(b',');
                self.float(value);
            }
            self.buffer.push(b']');
        }
        if any {
            self.buffer.push(b']');
        }
        self.buffer.push(b'}');
    }

    fn labels(&mut self, labels: &Labels) {
        self.buffer.push(b'{');
        for (index, (name, value)) in labels.iter().enumerate() {
            if index > 0 {
                self.buffer.push(b',');
            }
            self.text(name);
            self.buffer.push(b':');
            self.text(value);
        }
        self.buffer.push(b'}');
    }

    /// A label name or value in quotes. Bytes that are not UTF-8 go out as they are, as Prometheus lets them.
    fn text(&mut self, text: &str) {
        self.quoted(text, false);
    }

    /// A text in quotes; `html` escapes what browsers could take for markup, as Prometheus does in string results.
    fn quoted(&mut self, text: &str, html: bool) {
        self.buffer.push(b'"');
        for c in text.chars() {
            match c {
                '"' => self.raw("\\\""),
                '\\' => self.raw("\\\\"),
                '\n' => self.raw("\\n"),
                '\r' => self.raw("\\r"),
                '\t' => self.raw("\\t"),
                '\u{8}' if html => self.raw("\\b"),
                '\u{c}' if html => self.raw("\\f"),
                '<' | '>' | '&' | '\u{2028}' | '\u{2029}' if html => self.escape(c),
                c if c < ' ' => self.escape(c),
                c => match unescaped_byte(c) {
                    Some(_) if html => self.escape('\u{fffd}'),
                    Some(byte) => self.buffer.push(byte),
                    None => self.raw(c.encode_utf8(&mut [0; 4])),
                },
            }
        }
        self.buffer.push(b'"');
    }

    fn escape(&mut self, c: char) {
        // Writing to a buffer cannot fail.
        let _ = write!(self.buffer, "\\u{:04x}", u32::from(c));
    }

    fn raw(&mut self, text: &str) {
        self.buffer.extend_from_slice(text.as_bytes());
    }
}
