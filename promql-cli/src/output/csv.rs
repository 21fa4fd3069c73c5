//! A row a sample: the labels in columns, then time and value. For spreadsheets and `join`.

use crate::answer::{Sample, Series, Value};
use crate::time;
use promql::model::{Millis, number};
use std::collections::BTreeSet;
use std::io::{self, Write};

/// Writes the rows under one line of names; `timestamp` is in seconds since the epoch.
pub(crate) fn write(value: &Value, separator: u8, out: &mut dyn Write) -> io::Result<()> {
    let none = Vec::new();
    let series = match value {
        Value::Vector(series) | Value::Matrix(series) => series,
        Value::String(..) | Value::Scalar(..) => &none,
    };
    let names: BTreeSet<&str> =
        series.iter().flat_map(|series| series.labels.iter().map(|(name, _)| name)).collect();
    let mut row = Row { out, separator, first: true };
    for name in &names {
        row.field(name)?;
    }
    row.end("timestamp", "value")?;
    match value {
        Value::String(time, text) => row.end(&time::seconds(*time), text)?,
        Value::Scalar(time, value) => row.end(&time::seconds(*time), &number::format_plain(*value))?,
        Value::Vector(_) | Value::Matrix(_) => {
            for Series { labels, points } in series {
                for (time, sample) in points {
                    for name in &names {
                        row.field(labels.get(name))?;
                    }
                    row.sample(*time, sample)?;
                }
            }
        }
    }
    Ok(())
}

struct Row<'a> {
    out: &'a mut dyn Write,
    separator: u8,
    first: bool,
}

impl Row<'_> {
    fn field(&mut self, text: &str) -> io::Result<()> {
        if !self.first {
            self.out.write_all(&[self.separator])?;
        }
        self.first = false;
        let special = |byte: u8| byte == self.separator || matches!(byte, b'"' | b'\n' | b'\r');
        if text.bytes().any(special) {
            write!(self.out, "\"{}\"", text.replace('"', "\"\""))
        } else {
            self.out.write_all(text.as_bytes())
        }
    }

    fn sample(&mut self, time: Millis, sample: &Sample) -> io::Result<()> {
        self.end(&time::seconds(time), &sample.text())
    }

    fn end(&mut self, time: &str, value: &str) -> io::Result<()> {
        self.field(time)?;
        self.field(value)?;
        self.first = true;
        self.out.write_all(b"\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use promql::model::Labels;

    fn csv(value: &Value) -> String {
        let mut out = Vec::new();
        write(value, b',', &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_sample_is_a_row() {
        let series = |pairs: &[(&str, &str)], points: &[(Millis, f64)]| Series {
            labels: Labels::from_pairs(pairs.iter().copied()),
            points: points.iter().map(|(time, value)| (*time, Sample::Float(*value))).collect(),
        };
        let value = Value::Matrix(vec![
            series(&[("__name__", "up"), ("job", "a,b")], &[(0, 1.0), (1500, 0.0)]),
            series(&[("__name__", "up"), ("path", "say \"hi\"")], &[(0, f64::NAN)]),
        ]);
        insta::assert_snapshot!(csv(&value), @r#"
        __name__,job,path,timestamp,value
        up,"a,b",,0,1
        up,"a,b",,1.500,0
        up,,"say ""hi""",0,NaN
        "#);
        assert_eq!(csv(&Value::Scalar(0, 2.5)), "timestamp,value\n0,2.5\n");
        assert_eq!(csv(&Value::Vector(Vec::new())), "timestamp,value\n");
    }
}
