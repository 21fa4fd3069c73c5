//! From text to tree. The only file that knows the YAML parser.

use super::place::Style;
use super::{Node, NodeId, Scalar, Tree, Value};
use granit_parser::{Event, Parser, ScalarStyle};
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

/// A list or a map whose end has not come.
struct Open {
    id: NodeId,
    /// The key whose value comes next.
    key: Option<NodeId>,
}

/// Reads all documents. What could be read before a fault is kept.
pub(crate) fn parse(text: &str) -> (Tree, Option<SyntaxFault>) {
    let mut tree = Tree::default();
    if text.len() > LARGEST {
        let message = format!("the file is larger than {} MiB", LARGEST >> 20);
        return (tree, Some(SyntaxFault { span: Span::default(), message }));
    }
    // Room for a value every 16 bytes, so that a large tree is not moved over and over; what is not used costs nothing.
    tree.nodes.reserve(text.len() / 16);
    let fault = read(text, &mut tree).err();
    (tree, fault)
}

fn read(text: &str, tree: &mut Tree) -> Result<(), SyntaxFault> {
    let mut anchors: HashMap<usize, NodeId> = HashMap::new();
    let mut open: Vec<Open> = Vec::new();
    for event in Parser::new_from_str(text) {
        let (event, place) = event.map_err(|error| {
            syntax_fault(text, error.marker().byte_offset().unwrap_or(text.len()), error.info())
        })?;
        let range = place.byte_range().unwrap_or(0..0);
        let span = Span::new(range.start, range.end);
        let (value, anchor) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let is_text = tag.is_some_and(|tag| tag.is_yaml_core_schema_tag("str"));
                let scalar = Scalar { text: text.into(), style: style_of(style), is_text };
                (Value::Scalar(scalar), anchor)
            }
            Event::SequenceStart(_, anchor, _) => (Value::List(Vec::new()), anchor),
            Event::MappingStart(_, anchor, _) => (Value::Map(Vec::new()), anchor),
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some(done) = open.pop() {
                    let start = tree.nodes[done.id as usize].span.start;
                    tree.nodes[done.id as usize].span = Span { start, end: span.end.max(start) };
                }
                continue;
            }
            Event::Alias(anchor) => {
                let target = anchors.get(&anchor).copied();
                match target {
                    Some(target) if open.iter().any(|open| open.id == target) => {
                        let message = "the anchor's value contains itself".to_owned();
                        return Err(SyntaxFault { span, message });
                    }
                    Some(target) => add(tree, &mut open, target),
                    None => {
                        return Err(SyntaxFault { span, message: "there is no such anchor".to_owned() });
                    }
                }
                continue;
            }
            _ => continue,
        };
        let id = u32::try_from(tree.nodes.len()).expect("fewer nodes than bytes");
        let is_open = !matches!(value, Value::Scalar(_));
        tree.nodes.push(Node { span, value });
        if anchor != 0 {
            anchors.insert(anchor, id);
        }
        add(tree, &mut open, id);
        if is_open {
            open.push(Open { id, key: None });
        }
    }
    Ok(())
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

/// Puts a node where it belongs.
fn add(tree: &mut Tree, open: &mut [Open], id: NodeId) {
    let Some(parent) = open.last_mut() else {
        tree.roots.push(id);
        return;
    };
    match &mut tree.nodes[parent.id as usize].value {
        Value::List(items) => items.push(id),
        Value::Map(entries) => match parent.key.take() {
            Some(key) => entries.push((key, id)),
            None => parent.key = Some(id),
        },
        Value::Scalar(_) => {}
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

    fn show(tree: &Tree, id: NodeId) -> String {
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
