//! Draws findings and failures on standard error.

use crate::failure::Failure;
use crate::terminal;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use promql::diagnostic::{Diagnostic, Severity};
use promql::source::FormatError;
use promql_grammar::Span;
use std::io::Write;
use std::ops::Range;

/// Findings beyond this many are counted, not drawn.
const MOST_FINDINGS: usize = 20;
/// Bytes of a long line that are drawn on each side of a finding.
const CONTEXT: usize = 200;
/// Of files beyond this size only the surroundings of a finding are drawn.
const LARGE_FILE: usize = 64 << 10;

/// Draws a failure; a reader that went away is none.
pub(crate) fn report(failure: &Failure) {
    let text = match failure {
        _ if failure.is_broken_pipe() => return,
        Failure::Query { text, findings } => return draw(text, findings),
        Failure::File { name, text, faults } => return draw_faults(name, text, faults),
        Failure::Setup { message, help } => {
            let title = Level::ERROR.primary_title(message.as_str());
            let group = title.elements(help.as_deref().map(|help| Level::HELP.message(help)));
            renderer().render(&[group])
        }
        Failure::Output(error) => {
            let title = Level::ERROR.primary_title(format!("cannot write the output: {error}"));
            renderer().render(&[Group::with_title(title)])
        }
    };
    print(&text);
}

/// Draws findings at their places in the query.
pub(crate) fn draw(query: &str, findings: &[Diagnostic]) {
    for finding in findings.iter().take(MOST_FINDINGS) {
        print(&render(&renderer(), None, query, finding));
    }
    count_rest(findings.len());
}

/// Draws findings at their places in a file.
pub(crate) fn draw_in(name: &str, text: &str, findings: &[Diagnostic]) {
    print(&drawn_in(name, text, findings));
}

/// The drawing of [`draw_in`].
pub(crate) fn drawn_in(name: &str, text: &str, findings: &[Diagnostic]) -> String {
    let drawn = findings.iter().take(MOST_FINDINGS);
    let mut parts: Vec<String> =
        drawn.map(|finding| render(&renderer(), Some(name), text, finding)).collect();
    parts.extend(more(findings.len()));
    parts.join("\n")
}

/// Draws the faults of a file at their lines.
fn draw_faults(name: &str, text: &str, faults: &[FormatError]) {
    let mut lines = text.split_inclusive('\n');
    let (mut line, mut offset, mut length) = (0, 0, 0);
    for fault in faults.iter().take(MOST_FINDINGS) {
        // Faults come in the order of their lines.
        while line < fault.line {
            offset += length;
            length = lines.next().map_or(0, str::len);
            line += 1;
        }
        let start = offset + (fault.column.max(1) - 1).min(length);
        let finding = Diagnostic {
            code: "",
            severity: Severity::Error,
            message: fault.message.clone(),
            labels: vec![(Span::new(start, start), String::new())],
            help: None,
        };
        print(&render(&renderer(), Some(name), text, &finding));
    }
    count_rest(faults.len());
}

fn count_rest(count: usize) {
    if let Some(line) = more(count) {
        print(&line);
    }
}

/// What is said about findings that are not drawn.
fn more(count: usize) -> Option<String> {
    let more = count.checked_sub(MOST_FINDINGS).filter(|more| *more > 0)?;
    let title = Level::NOTE.primary_title(format!("{more} more like these"));
    Some(renderer().render(&[Group::with_title(title)]))
}

/// Prints one line that is no finding.
pub(crate) fn say(message: &str) {
    print(message);
}

fn print(text: &str) {
    // Nobody is left to tell if standard error is gone.
    let _ = writeln!(anstream::stderr(), "{text}");
}

fn renderer() -> Renderer {
    match terminal::stderr_width() {
        Some(width) => Renderer::styled().term_width(width),
        None => Renderer::styled(),
    }
}

fn render(renderer: &Renderer, path: Option<&str>, query: &str, finding: &Diagnostic) -> String {
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
    };
    let title = level.primary_title(finding.message.as_str());
    let mut group = Group::with_title(if finding.code.is_empty() { title } else { title.id(finding.code) });
    if let Some((main, _)) = finding.labels.first() {
        let window = window(query, *main, path.is_some());
        let line = query[..window.start].matches('\n').count() + 1;
        let mut snippet = Snippet::source(&query[window.clone()]).line_start(line).fold(true).path(path);
        let inside = |span: Span| {
            let (start, end) = (floor(query, span.start as usize), floor(query, span.end as usize));
            (window.contains(&start) || start == window.end)
                .then(|| start - window.start..end.clamp(start, window.end) - window.start)
        };
        for (index, (span, label)) in finding.labels.iter().enumerate() {
            let kind = if index == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
            if let Some(range) = inside(*span) {
                let annotation = kind.span(range);
                snippet = snippet.annotation(if label.is_empty() {
                    annotation
                } else {
                    annotation.label(label.as_str())
                });
            }
        }
        group = group.element(snippet);
    }
    if let Some(help) = &finding.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    renderer.render(&[group])
}

/// The part of the query that is drawn: all of a short one, the surroundings of the finding in a very long one. Of
/// files all is offered, so that two places of one finding can be far from each other.
fn window(query: &str, span: Span, is_file: bool) -> Range<usize> {
    if query.len() <= if is_file { LARGE_FILE } else { 4 * CONTEXT } {
        return 0..query.len();
    }
    let (start, end) = (floor(query, span.start as usize), floor(query, span.end as usize));
    let line_start = query[..start].rfind('\n').map_or(0, |at| at + 1);
    let from = floor(query, start.saturating_sub(CONTEXT)).max(line_start);
    let stop = end.max(start).min(start + 2 * CONTEXT) + CONTEXT;
    from..floor(query, stop)
}

/// The next place at or before `offset` where the text may be cut.
fn floor(text: &str, offset: usize) -> usize {
    text.floor_char_boundary(offset.min(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(span: Span, label: &str) -> Diagnostic {
        Diagnostic {
            code: "unknown-function",
            severity: Severity::Error,
            message: "there is no function `rat`".into(),
            labels: vec![(span, label.into())],
            help: Some("did you mean `rate`?".into()),
        }
    }

    #[test]
    fn a_finding_points_at_its_place() {
        let drawn = render(
            &Renderer::plain(),
            None,
            "sum(\n  rat(x[5m])\n)",
            &finding(Span::new(7, 10), "no such function"),
        );
        insta::assert_snapshot!(drawn, @r"
        error[unknown-function]: there is no function `rat`
          |
        2 |   rat(x[5m])
          |   ^^^ no such function
          |
          = help: did you mean `rate`?
        ");
    }

    #[test]
    fn places_outside_the_text_or_inside_a_character_do_no_harm() {
        for span in [Span::new(1, 2), Span::new(0, 99), Span::new(50, 99), Span::new(2, 1)] {
            let drawn = render(&Renderer::plain(), None, "é", &finding(span, ""));
            assert!(drawn.contains("there is no function"), "{drawn}");
        }
    }

    #[test]
    fn of_a_long_query_only_the_surroundings_are_drawn() {
        let query = "a + ".repeat(300_000);
        let drawn = render(&Renderer::plain(), None, &query, &finding(Span::new(600_000, 600_001), "here"));
        assert!(drawn.len() < 2000, "{}", drawn.len());
        assert!(drawn.contains("here"));
        let whole = render(&Renderer::plain(), None, &query, &finding(Span::new(0, query.len()), "all"));
        assert!(whole.len() < 4000, "{}", whole.len());
    }
}
