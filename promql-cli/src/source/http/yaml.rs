//! YAML as a small tree with lines: enough to read a configuration and to say where it is wrong.

use granit_parser::{Event, Parser};

/// A value and the line it starts in.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) line: usize,
    pub(crate) value: Value,
}

/// What a value is.
#[derive(Debug)]
pub(crate) enum Value {
    Scalar(String),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
}

/// Reads the first document; an empty one is an empty map.
pub(crate) fn parse(text: &str) -> Result<Node, String> {
    // Containers under construction; a map keeps the key whose value comes next.
    let mut open: Vec<(Node, Option<String>)> = Vec::new();
    for event in Parser::new_from_str(text) {
        let (event, span) =
            event.map_err(|error| format!("line {}: {}", error.marker().line(), error.info()))?;
        let line = span.start.line();
        let done = match event {
            Event::Scalar(text, ..) => Node { line, value: Value::Scalar(text.into_owned()) },
            Event::SequenceStart(..) => {
                open.push((Node { line, value: Value::List(Vec::new()) }, None));
                continue;
            }
            Event::MappingStart(..) => {
                open.push((Node { line, value: Value::Map(Vec::new()) }, None));
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => match open.pop() {
                Some((node, _)) => node,
                None => continue,
            },
            Event::Alias(_) => return Err(format!("line {line}: aliases are not supported here")),
            Event::DocumentEnd => break,
            _ => continue,
        };
        match open.last_mut() {
            None => return Ok(done),
            Some((Node { value: Value::List(items), .. }, _)) => items.push(done),
            Some((Node { value: Value::Map(entries), .. }, key)) => match (key.take(), done.value) {
                (Some(name), value) => entries.push((name, Node { line: done.line, value })),
                (None, Value::Scalar(name)) => *key = Some(name),
                (None, _) => return Err(format!("line {line}: a key is a plain text")),
            },
            Some((Node { value: Value::Scalar(_), .. }, _)) => {}
        }
    }
    Ok(Node { line: 1, value: Value::Map(Vec::new()) })
}

impl Node {
    /// The text of a scalar.
    pub(crate) fn text(&self, name: &str) -> Result<String, String> {
        match &self.value {
            Value::Scalar(text) => Ok(text.clone()),
            _ => Err(format!("line {}: `{name}` is a text", self.line)),
        }
    }

    /// The value of `true` or `false`.
    pub(crate) fn boolean(&self, name: &str) -> Result<bool, String> {
        match self.text(name)?.as_str() {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(format!("line {}: `{name}` is true or false", self.line)),
        }
    }

    /// The texts of a list.
    pub(crate) fn texts(&self, name: &str) -> Result<Vec<String>, String> {
        match &self.value {
            Value::List(items) => items.iter().map(|item| item.text(name)).collect(),
            _ => Err(format!("line {}: `{name}` is a list", self.line)),
        }
    }

    /// The entries of a map; an empty value counts as an empty map.
    pub(crate) fn entries(&self, name: &str) -> Result<&[(String, Node)], String> {
        match &self.value {
            Value::Map(entries) => Ok(entries),
            Value::Scalar(text) if matches!(text.as_str(), "" | "~" | "null") => Ok(&[]),
            _ => Err(format!("line {}: `{name}` has fields", self.line)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_and_lists_nest() {
        let node = parse("a:\n  b: 'x y'\nc: [1, 2]\n# done\n").unwrap();
        let entries = node.entries("file").unwrap();
        assert_eq!(entries[0].1.entries("a").unwrap()[0].1.text("b").unwrap(), "x y");
        assert_eq!(entries[1].1.texts("c").unwrap(), ["1", "2"]);
        assert_eq!(entries[1].1.line, 3);
        assert!(entries[1].1.text("c").unwrap_err().starts_with("line 3"));
    }

    #[test]
    fn what_is_no_yaml_says_where() {
        assert!(parse("a: [1,\n").unwrap_err().starts_with("line "));
        assert!(parse("").unwrap().entries("file").unwrap().is_empty());
    }
}
