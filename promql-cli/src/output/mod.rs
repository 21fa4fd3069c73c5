//! The forms in which answers are written. One file a form; what a form is called stands in [`Format`].

mod csv;
mod grid;
mod number;
mod sparkline;
mod table;
mod text;
mod visible;

pub(crate) use grid::{Align, Column, draw};
pub(crate) use visible::visible;

use crate::answer::Answer;
use crate::args::Format;
use crate::failure::Failure;
use crate::terminal;
use promql::Run;
use std::io::{self, BufWriter, Write};

/// Writes an answer to standard output.
///
/// Forms for machines go out as they are; forms for people lose their colours where nobody sees them.
pub(crate) fn write(answer: &Answer, format: Format, run: &Run) -> Result<(), Failure> {
    let value = || answer.data.value().map_err(|error| Failure::setup(format!("unreadable answer: {error}")));
    let out = &mut BufWriter::with_capacity(1 << 16, io::stdout().lock());
    match format {
        Format::Json => {
            answer.data.write_json(out)?;
            out.write_all(b"\n")?;
        }
        Format::Csv => csv::write(&value()?, b',', out)?,
        Format::Tsv => csv::write(&value()?, b'\t', out)?,
        Format::Text => text::write(&value()?, out)?,
        Format::Table => {
            let table = table::render(&value()?, run, terminal::width());
            anstream::AutoStream::auto(io::stdout()).write_all(table.as_bytes())?;
        }
    }
    Ok(out.flush()?)
}
