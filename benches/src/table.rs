//! Tables that are Markdown too.

use std::fmt::Write as _;

/// A length of time in its unit.
#[must_use]
pub fn time(nanos: f64) -> String {
    match nanos {
        ..1e3 => format!("{nanos:.0} ns"),
        ..1e6 => format!("{:.2} µs", nanos / 1e3),
        ..1e9 => format!("{:.2} ms", nanos / 1e6),
        _ => format!("{:.2} s", nanos / 1e9),
    }
}

/// How many times something is more.
#[must_use]
pub fn ratio(ratio: f64) -> String {
    if ratio < 10.0 { format!("{ratio:.2}x") } else { format!("{ratio:.1}x") }
}

/// Appends a table with padded columns and an empty line behind it; nothing without rows.
pub fn table(text: &mut String, head: &[&str], rows: &[Vec<String>]) {
    if rows.is_empty() {
        return;
    }
    let head: Vec<String> = head.iter().map(|&name| name.to_owned()).collect();
    let width = |column: usize| {
        rows.iter().chain([&head]).map(|row| row[column].chars().count()).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let rule: Vec<String> = widths.iter().map(|&width| "-".repeat(width)).collect();
    for row in [&head, &rule].into_iter().chain(rows) {
        for (cell, width) in row.iter().zip(&widths) {
            let _ = write!(text, "| {cell:width$} ");
        }
        text.push_str("|\n");
    }
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_units() {
        let times = [199.6, 2_345.0, 1_500_000.0, 2e9].map(time);
        assert_eq!(times, ["200 ns", "2.35 µs", "1.50 ms", "2.00 s"]);
        assert_eq!([0.987, 9.5, 120.04].map(ratio), ["0.99x", "9.50x", "120.0x"]);
    }

    #[test]
    fn tables_are_markdown() {
        let mut text = String::new();
        table(&mut text, &["a", "b"], &[]);
        assert_eq!(text, "");
        table(&mut text, &["a", "long"], &[vec!["1 µs".to_owned(), String::new()]]);
        assert_eq!(text, "| a    | long |\n| ---- | ---- |\n| 1 µs |      |\n\n");
    }
}
