//! Colours for a line while it is typed. Widths stay as they are.

use anstyle::{AnsiColor, Effects, Style};
use promql_grammar::{ParseOptions, TokenClass, tokens};
use std::borrow::Cow;
use std::fmt::Write;

/// Longer lines are left plain: they are coloured anew at every key.
const LONGEST: usize = 20_000;

/// The line with colours.
pub(super) fn highlight(line: &str) -> Cow<'_, str> {
    if line.len() > LONGEST {
        return Cow::Borrowed(line);
    }
    let mut out = String::with_capacity(line.len() * 2);
    let mut done = 0;
    for (class, span) in tokens(line, &ParseOptions::default()) {
        let (start, end) = (span.start as usize, span.end as usize);
        let (Some(between), Some(text)) = (line.get(done..start), line.get(start..end)) else { continue };
        let style = style(class);
        let _ = write!(out, "{between}{style}{text}{style:#}");
        done = end;
    }
    out.push_str(line.get(done..).unwrap_or_default());
    Cow::Owned(out)
}

fn style(class: TokenClass) -> Style {
    match class {
        TokenClass::Keyword => AnsiColor::Magenta.on_default(),
        TokenClass::Aggregator => AnsiColor::Cyan.on_default().bold(),
        TokenClass::Function => AnsiColor::Cyan.on_default(),
        TokenClass::Number | TokenClass::Duration => AnsiColor::Yellow.on_default(),
        TokenClass::String => AnsiColor::Green.on_default(),
        TokenClass::Comment => Style::new().dimmed(),
        TokenClass::Error => AnsiColor::Red.on_default().effects(Effects::UNDERLINE),
        _ => Style::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_change_no_text() {
        for line in ["sum by (job) (rate(x{a=\"b\"}[5m])) > 1 # note", "\"open", "é ((", ""] {
            assert_eq!(anstream::adapter::strip_str(&highlight(line)).to_string(), line);
        }
    }
}
