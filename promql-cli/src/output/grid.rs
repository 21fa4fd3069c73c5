//! Cells in aligned columns, fitted to a width. Knows nothing of queries.

use super::number::whole_part;
use std::fmt::Write;
use unicode_width::UnicodeWidthStr;

/// How the cells of a column stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Align {
    /// Text, from the left; may be cut in the middle.
    Text,
    /// Numbers, one decimal point below the other.
    Number,
    /// From the left, never cut.
    Picture,
}

/// A column with its name on top.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) align: Align,
    pub(crate) cells: Vec<String>,
}

/// Blanks between two columns.
pub(crate) const GAP: usize = 2;
/// Text is not cut below this.
const LEAST: usize = 8;

/// Draws the columns under their names, in at most `width` columns of the terminal where that is possible.
pub(crate) fn draw(mut columns: Vec<Column>, width: Option<usize>) -> String {
    let mut widths: Vec<usize> = columns.iter().map(Column::width).collect();
    for column in &mut columns {
        if column.align == Align::Number {
            align_points(&mut column.cells);
        }
    }
    if let Some(width) = width {
        shrink(&columns, &mut widths, width);
    }
    let mut out = String::new();
    let dim = anstyle::Style::new().dimmed();
    let names = columns.iter().map(|column| (column.name.as_str(), column.align));
    let _ = write!(out, "{dim}");
    line(&mut out, names, &widths);
    out.pop();
    let _ = writeln!(out, "{dim:#}");
    for row in 0..columns.first().map_or(0, |column| column.cells.len()) {
        line(&mut out, columns.iter().map(|column| (column.cells[row].as_str(), column.align)), &widths);
    }
    out
}

impl Column {
    /// The width that the column takes, the name included.
    pub(crate) fn width(&self) -> usize {
        let cells = match self.align {
            Align::Number => {
                let (whole, part) = point_widths(&self.cells);
                whole + part
            }
            Align::Text | Align::Picture => self.cells.iter().map(|cell| cell.width()).max().unwrap_or(0),
        };
        cells.max(self.name.width())
    }
}

/// The most characters before a decimal point, and from it on.
fn point_widths(cells: &[String]) -> (usize, usize) {
    let widths = cells.iter().map(|cell| (whole_part(cell), cell.len() - whole_part(cell)));
    widths.fold((0, 0), |(whole, part), (own, rest)| (whole.max(own), part.max(rest)))
}

/// Pads numbers to one width with their points below each other.
fn align_points(cells: &mut [String]) {
    let (whole, part) = point_widths(cells);
    for cell in cells {
        let at = whole_part(cell);
        *cell = format!("{}{cell}{}", " ".repeat(whole - at), " ".repeat(part - (cell.len() - at)));
    }
}

/// Takes width from the widest text column until all fit, or until no text is left to cut.
fn shrink(columns: &[Column], widths: &mut [usize], limit: usize) {
    let gaps = GAP * widths.len().saturating_sub(1);
    loop {
        let excess = (widths.iter().sum::<usize>() + gaps).saturating_sub(limit);
        let texts = || (0..columns.len()).filter(|&at| columns[at].align == Align::Text);
        let Some(widest) = texts().max_by_key(|&at| widths[at]) else { return };
        if excess == 0 || widths[widest] <= LEAST {
            return;
        }
        let next = texts().filter(|&at| at != widest).map(|at| widths[at]).max().unwrap_or(0);
        let floor = widths[widest].saturating_sub(excess).max(LEAST);
        // Down to the next widest at once, then one at a time among equals.
        widths[widest] = if next < widths[widest] { floor.max(next) } else { widths[widest] - 1 };
    }
}

fn line<'a>(out: &mut String, cells: impl Iterator<Item = (&'a str, Align)>, widths: &[usize]) {
    // Blanks are written in front of text only: no line ends in blanks.
    let mut blanks = 0;
    for ((cell, align), width) in cells.zip(widths) {
        let cell = cut(cell, *width);
        let text = cell.trim_end_matches(' ');
        let left = if align == Align::Number { width.saturating_sub(cell.width()) } else { 0 };
        if !text.is_empty() {
            out.extend(std::iter::repeat_n(' ', blanks + left));
            out.push_str(text);
            blanks = 0;
        }
        blanks += GAP + width.saturating_sub(if text.is_empty() { 0 } else { left + text.width() });
    }
    out.push('\n');
}

/// The text in at most `width` columns; what is too long loses its middle.
pub(crate) fn cut(text: &str, width: usize) -> std::borrow::Cow<'_, str> {
    if text.width() <= width {
        return text.into();
    }
    let room = width.saturating_sub(1);
    let head = take(text.chars(), room.div_ceil(2));
    let tail: String = take(text.chars().rev(), room / 2).chars().rev().collect();
    format!("{head}…{tail}").into()
}

fn take(chars: impl Iterator<Item = char>, width: usize) -> String {
    let mut used = 0;
    chars
        .take_while(|c| {
            used += unicode_width::UnicodeWidthChar::width(*c).unwrap_or(0);
            used <= width
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(name: &str, align: Align, cells: &[&str]) -> Column {
        Column { name: name.into(), align, cells: cells.iter().map(|&cell| cell.into()).collect() }
    }

    fn plain(columns: Vec<Column>, width: Option<usize>) -> String {
        anstream::adapter::strip_str(&draw(columns, width)).to_string()
    }

    #[test]
    fn points_stand_below_each_other() {
        let drawn = plain(
            vec![
                column("job", Align::Text, &["a", "longer", ""]),
                column("value", Align::Number, &["1", "12.25", "+Inf"]),
            ],
            None,
        );
        insta::assert_snapshot!(drawn, @r"
        job       value
        a          1
        longer    12.25
                +Inf
        ");
    }

    #[test]
    fn long_text_loses_its_middle() {
        let long = "kube-state-metrics-6d7c5bb8f8-xk2lp";
        let columns =
            || vec![column("pod", Align::Text, &[long]), column("value", Align::Number, &["123456.5"])];
        insta::assert_snapshot!(plain(columns(), Some(30)), @r"
        pod                      value
        kube-state…8f8-xk2lp  123456.5
        ");
        // Too narrow for anything: numbers are never cut.
        assert!(plain(columns(), Some(5)).contains("123456.5"));
    }

    #[test]
    fn width_is_that_of_the_terminal_not_of_bytes() {
        assert_eq!(cut("日本語テキスト", 7), "日…ト");
        assert_eq!(cut("abc", 3), "abc");
        assert_eq!(cut("abc", 0), "…");
    }
}
