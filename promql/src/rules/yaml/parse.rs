//! From text to tree. The only file that knows the YAML parser.

use super::build::Builder;
use super::place::Style;
use super::{NodeId, Tree, Value, lines};
use granit_parser::{Event, Parser, ScalarStyle, ScanError, Span as Place};
use promql_grammar::Span;
use std::collections::HashMap;

/// Texts beyond this size are refused.
const LARGEST: usize = 256 << 20;

/// A text that is no YAML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SyntaxFault {
    pub(crate) span: Span,
    pub(crate) message: String,
}

/// Reads all documents. What could be read before a fault is kept.
pub(crate) fn parse(text: &str) -> (Tree<'_>, Option<SyntaxFault>) {
    if text.len() > LARGEST {
        let message = format!("the file is larger than {} MiB", LARGEST >> 20);
        return (Tree::default(), Some(SyntaxFault { span: Span::default(), message }));
    }
    match lines::read(text) {
        Some(tree) => (tree, None),
        None => parse_whole(text),
    }
}

/// Reads all documents by the parser alone.
pub(super) fn parse_whole(text: &str) -> (Tree<'_>, Option<SyntaxFault>) {
    let mut builder = Builder::default();
    let mut anchors: HashMap<usize, NodeId> = HashMap::new();
    let mut read = || {
        for event in events(text) {
            let (event, place) = event.map_err(|error| {
                syntax_fault(text, error.marker().byte_offset().unwrap_or(text.len()), error.info())
            })?;
            let span = span_of(text, &place, 0);
            match take(&mut builder, event, span) {
                Taken::Done => {}
                Taken::Anchored(id, anchor) => drop(anchors.insert(anchor, id)),
                Taken::Alias(anchor) => {
                    let refuse = |message: &str| SyntaxFault { span, message: message.to_owned() };
                    let target = anchors.get(&anchor).ok_or_else(|| refuse("there is no such anchor"))?;
                    if !builder.alias(*target, span) {
                        return Err(refuse("the anchor's value contains itself"));
                    }
                }
            }
        }
        Ok(())
    };
    let fault = read().err();
    (builder.tree, fault)
}

/// Reads a part of a text, `start` bytes into it, that stands for itself: no anchors, no aliases, no faults. The
/// first `skip` events tell what is open already; what closes it must come last.
pub(super) fn parse_part<'t>(
    builder: &mut Builder<'t>,
    part: &'t str,
    start: usize,
    skip: usize,
) -> Option<()> {
    let (mut depth, mut values) = (0usize, 0);
    let mut events = events(part).skip(skip);
    while let Some(event) = events.next() {
        let (event, place) = event.ok()?;
        match &event {
            Event::MappingEnd | Event::SequenceEnd if depth == 0 => {
                let is_over = events.all(|event| event.is_ok_and(|(event, _)| is_end(&event)));
                return (values == 1 && is_over).then_some(());
            }
            // Where a blank text stands depends on what follows it.
            Event::Scalar(text, ScalarStyle::Literal | ScalarStyle::Folded, ..)
                if text.trim_end().is_empty() =>
            {
                return None;
            }
            Event::MappingEnd | Event::SequenceEnd => depth -= 1,
            _ => {
                values += usize::from(depth == 0);
                depth += usize::from(matches!(event, Event::MappingStart(..) | Event::SequenceStart(..)));
            }
        }
        match take(builder, event, span_of(part, &place, start)) {
            Taken::Done => {}
            _ => return None,
        }
    }
    None
}

fn is_end(event: &Event<'_>) -> bool {
    matches!(event, Event::MappingEnd | Event::SequenceEnd | Event::DocumentEnd | Event::StreamEnd)
}

fn events(text: &str) -> impl Iterator<Item = Result<(Event<'_>, Place), ScanError>> {
    let options = granit_parser::options! {
        emit_comments: false,
        block_scalar_eof_without_line_feed: true,
    };
    Parser::new_from_str_with_options(text, options)
}

/// Where something is that stands at `place` of a part of a text, which begins at `start`.
fn span_of(part: &str, place: &Place, start: usize) -> Span {
    let range = place.byte_range().unwrap_or(0..0);
    // The parser counts the indentation of what follows a block scalar to it.
    let length = part.get(range.clone()).map_or(range.len(), |text| text.trim_end_matches(' ').len());
    Span::new(start + range.start, start + range.start + length)
}

/// What is left to do about an event.
enum Taken {
    Done,
    Anchored(NodeId, usize),
    Alias(usize),
}

/// Builds what an event says.
fn take<'t>(builder: &mut Builder<'t>, event: Event<'t>, span: Span) -> Taken {
    let (id, anchor) = match event {
        Event::Scalar(text, style, anchor, tag) => {
            let is_text = tag.is_some_and(|tag| tag.is_yaml_core_schema_tag("str"));
            (builder.scalar(text, style_of(style), is_text, span), anchor)
        }
        Event::SequenceStart(_, anchor, _) => (builder.open(Value::List(Vec::new()), span.start), anchor),
        Event::MappingStart(_, anchor, _) => (builder.open(Value::Map(Vec::new()), span.start), anchor),
        // Brackets have a place; the end of a block is where something else begins.
        Event::SequenceEnd | Event::MappingEnd => {
            builder.close((span.start < span.end).then_some(span.end));
            return Taken::Done;
        }
        Event::Alias(anchor) => return Taken::Alias(anchor),
        _ => return Taken::Done,
    };
    if anchor == 0 { Taken::Done } else { Taken::Anchored(id, anchor) }
}

/// A fault of the parser, which tells of tabs at the scalar before them.
fn syntax_fault(text: &str, at: usize, message: String) -> SyntaxFault {
    let at = text.floor_char_boundary(at.min(text.len()));
    let tab = message.contains("tab").then(|| text[at..].find('\t')).flatten();
    match tab {
        Some(tab) => {
            let message = "a tab stands where YAML wants spaces".to_owned();
            SyntaxFault { span: Span::new(at + tab, at + tab + 1), message }
        }
        None => SyntaxFault { span: Span::new(at, at), message },
    }
}

fn style_of(style: ScalarStyle) -> Style {
    match style {
        ScalarStyle::Plain => Style::Plain,
        ScalarStyle::SingleQuoted => Style::SingleQuoted,
        ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
        ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(tree: &Tree<'_>, id: NodeId) -> String {
        match tree.value(id) {
            Value::Scalar(scalar) => scalar.text.to_string(),
            Value::List(items) => {
                format!("[{}]", items.iter().map(|id| show(tree, *id)).collect::<Vec<_>>().join(","))
            }
            Value::Map(entries) => {
                let entry =
                    |(key, value): &(NodeId, NodeId)| format!("{}:{}", show(tree, *key), show(tree, *value));
                format!("{{{}}}", entries.iter().map(entry).collect::<Vec<_>>().join(","))
            }
        }
    }

    #[test]
    fn documents_become_trees() {
        let (tree, fault) = parse("a: &x [1, 'b']\nc: *x\n---\n- {d: e}\n");
        assert_eq!(fault, None);
        let shown: Vec<String> = tree.roots.iter().map(|id| show(&tree, *id)).collect();
        assert_eq!(shown, ["{a:[1,b],c:[1,b]}", "[{d:e}]"]);
    }

    #[test]
    fn faults_have_places() {
        let fault = |text: &str| parse(text).1.map(|fault| fault.span.line_column(text));
        assert_eq!(fault("a: 1\nb: [1,\n"), Some((2, 4)));
        assert_eq!(fault("a: 1\n\tb: 2\n"), Some((2, 1)));
        assert_eq!(fault("a: &a [1, *a]\n"), Some((1, 11)));
        assert!(fault("a: *b\n").is_some());
        assert_eq!(fault(""), None);
    }

    #[test]
    fn exploding_aliases_and_deep_nests_stay_small() {
        let mut bomb = "a0: &a0 [x]\n".to_owned();
        for level in 1..60 {
            let last = level - 1;
            bomb += &format!("a{level}: &a{level} [*a{last}, *a{last}, *a{last}]\n");
        }
        assert!(parse(&bomb).0.nodes.len() < 500);
        let _ = parse(&"[".repeat(100_000));
        let _ = parse(&"- ".repeat(100_000));
    }
}
