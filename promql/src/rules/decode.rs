//! From the YAML tree to fields: strict about names and types, with every fault at its place.

use super::fault;
use super::yaml::{NodeId, Text, Tree, Value};
use crate::diagnostic::Diagnostic;
use crate::model::{Millis, parse_duration};
use hashbrown::HashMap;
use promql_grammar::Span;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The fields of a kind of map.
pub(super) struct Shape {
    /// What people call it.
    pub(super) what: &'static str,
    /// The fields that Prometheus knows.
    pub(super) fields: &'static [&'static str],
    /// Fields that others know, and who.
    pub(super) foreign: &'static [(&'static str, &'static str)],
}

/// Reads nodes of one tree and gathers what is wrong.
pub(super) struct Decoder<'t> {
    pub(super) tree: &'t Tree<'t>,
    pub(super) findings: Vec<Diagnostic>,
    /// Unknown fields are fine.
    ignore_unknown: bool,
    /// How many more nodes may be read, by all readers of the tree. Aliases may make a small file stand for a huge one.
    budget: Arc<AtomicUsize>,
}

/// An entry of a map: its key as text and as node, its value.
type Entry<'t> = (&'t str, NodeId, NodeId);

/// The fields of one map. They are few, for only known ones are kept.
pub(super) struct Fields<'t>(Vec<Entry<'t>>);

impl Fields<'_> {
    /// The value of a field.
    pub(super) fn get(&self, name: &str) -> Option<NodeId> {
        self.0.iter().find(|(field, ..)| *field == name).map(|(.., value)| *value)
    }
}

/// The entries of one map so far; their keys are unique.
struct Entries<'t> {
    list: Vec<Entry<'t>>,
    /// Places in the list. Built for maps that are too large to be searched.
    index: HashMap<&'t str, usize>,
}

impl<'t> Entries<'t> {
    /// The entry of a key.
    fn find(&mut self, key: &str) -> Option<&Entry<'t>> {
        const FEW: usize = 16;
        if self.list.len() <= FEW {
            return self.list.iter().find(|(known, ..)| *known == key);
        }
        let unknown = self.index.len()..self.list.len();
        self.index.extend(unknown.map(|nth| (self.list[nth].0, nth)));
        self.index.get(key).map(|nth| &self.list[*nth])
    }
}

impl<'t> Decoder<'t> {
    pub(super) fn new(tree: &'t Tree<'t>, ignore_unknown: bool) -> Self {
        let budget = Arc::new(AtomicUsize::new(1_000_000 + 4 * tree.nodes.len()));
        Decoder { tree, findings: Vec::new(), ignore_unknown, budget }
    }

    /// Another reader of the tree, without findings.
    pub(super) fn fork(&self) -> Self {
        Decoder { findings: Vec::new(), budget: Arc::clone(&self.budget), ..*self }
    }

    pub(super) fn error(&mut self, code: &'static str, span: Span, message: impl Into<String>) {
        self.findings.push(fault::error(code, span, message));
    }

    fn spend(&mut self, nodes: usize, at: NodeId) -> bool {
        let less = |left: usize| (left > 0).then(|| left.saturating_sub(nodes + 1));
        match self.budget.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less) {
            Ok(left) if left > nodes + 1 => true,
            Ok(_) => {
                self.error("yaml-aliases", self.tree.span(at), "aliases make this document too large");
                false
            }
            Err(_) => false,
        }
    }

    pub(super) fn is_null(&self, id: NodeId) -> bool {
        matches!(self.tree.value(id), Value::Scalar(scalar) if scalar.is_null())
    }

    pub(super) fn wrong_type(&mut self, id: NodeId, name: &str, expected: &str) {
        let found = match self.tree.value(id) {
            Value::Scalar(scalar) if scalar.text.is_empty() => "nothing".to_owned(),
            Value::Scalar(scalar) => format!("`{}`", abbreviated(&scalar.text)),
            Value::List(_) => "a list".to_owned(),
            Value::Map(_) => "a map".to_owned(),
        };
        // What stands for a whole map is no name.
        let name = if name.contains(' ') { name.to_owned() } else { format!("`{name}`") };
        let message = format!("{name} must be {expected}, found {found}");
        self.error("yaml-type", self.tree.span(id), message);
    }

    /// The entries of a map, merged ones included; keys are texts and unique.
    pub(super) fn entries(&mut self, id: NodeId, name: &str) -> Option<Vec<Entry<'t>>> {
        let tree: &'t Tree<'t> = self.tree;
        let Value::Map(own) = tree.value(id) else {
            if !self.is_null(id) {
                self.wrong_type(id, name, "a map");
            }
            return None;
        };
        if !self.spend(own.len(), id) {
            return None;
        }
        let mut entries = Entries { list: Vec::with_capacity(own.len()), index: HashMap::new() };
        let mut merged = Vec::new();
        for &(key, value) in own {
            let Value::Scalar(scalar) = tree.value(key) else {
                self.error("yaml-type", tree.span(key), "a key must be a text");
                continue;
            };
            if &*scalar.text == "<<" {
                merged.push(value);
                continue;
            }
            if let Some((_, first, _)) = entries.find(&scalar.text) {
                let mut finding = fault::error(
                    "duplicate-key",
                    tree.span(key),
                    format!("`{}` is given twice", abbreviated(&scalar.text)),
                );
                finding.labels.push((tree.span(*first), "first here".to_owned()));
                self.findings.push(finding);
                continue;
            }
            entries.list.push((&scalar.text, key, value));
        }
        // A key of the map itself goes before merged ones, an earlier merged map before later ones.
        merged.reverse();
        while let Some(id) = merged.pop() {
            match tree.value(id) {
                Value::List(maps) if self.spend(maps.len(), id) => merged.extend(maps.iter().rev()),
                Value::Map(more) if self.spend(more.len(), id) => {
                    for &(key, value) in more {
                        match tree.value(key) {
                            Value::Scalar(scalar) if &*scalar.text == "<<" => merged.push(value),
                            Value::Scalar(scalar) if entries.find(&scalar.text).is_none() => {
                                entries.list.push((&scalar.text, key, value));
                            }
                            _ => {}
                        }
                    }
                }
                Value::Scalar(_) => {
                    self.error("yaml-type", tree.span(id), "`<<` merges maps, this is none");
                }
                _ => return None,
            }
        }
        Some(entries.list)
    }

    /// The fields of a map of a known shape.
    pub(super) fn fields(&mut self, id: NodeId, shape: &Shape) -> Option<Fields<'t>> {
        let mut entries = self.entries(id, shape.what)?;
        entries.retain(|&(name, key, _)| {
            let is_known = shape.fields.contains(&name);
            if !is_known && !self.ignore_unknown {
                self.unknown(name, key, shape);
            }
            is_known
        });
        Some(Fields(entries))
    }

    fn unknown(&mut self, name: &str, key: NodeId, shape: &Shape) {
        let span = self.tree.span(key);
        if let Some((_, owner)) = shape.foreign.iter().find(|(foreign, _)| *foreign == name) {
            let message = format!("`{name}` is a field of {owner}, which Prometheus refuses");
            let mut finding = fault::error("foreign-field", span, message);
            finding.help = Some("--ignore-unknown-fields lets it pass".to_owned());
            self.findings.push(finding);
            return;
        }
        let message = format!("unknown field `{}` in {}", abbreviated(name), shape.what);
        let mut finding = fault::error("unknown-field", span, message);
        let near = crate::check::nearest_of(name, shape.fields.iter().copied());
        finding.help = Some(match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("known fields are {}", shape.fields.join(", ")),
        });
        self.findings.push(finding);
    }

    /// The items of a list; none if it is empty or missing.
    pub(super) fn list(&mut self, id: Option<NodeId>, name: &str) -> Vec<NodeId> {
        let Some(id) = id else { return Vec::new() };
        match self.tree.value(id) {
            Value::List(items) if self.spend(items.len(), id) => items.clone(),
            Value::List(_) => Vec::new(),
            _ if self.is_null(id) => Vec::new(),
            _ => {
                self.wrong_type(id, name, "a list");
                Vec::new()
            }
        }
    }

    /// A text; an empty value is none.
    pub(super) fn text(&mut self, id: Option<NodeId>, name: &str) -> Option<Text> {
        let id = id?;
        if self.is_null(id) {
            return None;
        }
        let text = self.tree.text(id);
        if text.is_none() {
            self.wrong_type(id, name, "a text");
        }
        text
    }

    /// A duration, in milliseconds.
    pub(super) fn duration(&mut self, id: Option<NodeId>, name: &str) -> Option<Millis> {
        let text = self.text(id, name)?;
        match parse_duration(text.as_str()) {
            Ok(millis) => Some(millis),
            Err(error) => {
                let mut finding = fault::error("duration", text.span(), format!("`{name}`: {error}"));
                finding.help = Some("durations are written like 30s, 5m or 1h30m".to_owned());
                self.findings.push(finding);
                None
            }
        }
    }

    /// A whole number.
    pub(super) fn integer(&mut self, id: Option<NodeId>, name: &str) -> Option<i64> {
        self.scalar(id, name, "a whole number", super::yaml::Scalar::integer)
    }

    /// `true` or `false`.
    pub(super) fn boolean(&mut self, id: Option<NodeId>, name: &str) -> Option<bool> {
        self.scalar(id, name, "true or false", super::yaml::Scalar::boolean)
    }

    fn scalar<T>(
        &mut self,
        id: Option<NodeId>,
        name: &str,
        expected: &str,
        read: impl Fn(&super::yaml::Scalar<'t>) -> Option<T>,
    ) -> Option<T> {
        let id = id?;
        if self.is_null(id) {
            return None;
        }
        let value = match self.tree.value(id) {
            Value::Scalar(scalar) => read(scalar),
            _ => None,
        };
        if value.is_none() {
            self.wrong_type(id, name, expected);
        }
        value
    }

    /// A map of texts, such as labels.
    pub(super) fn pairs(&mut self, id: Option<NodeId>, name: &str) -> Vec<(Text, Text)> {
        let Some(entries) = id.and_then(|id| self.entries(id, name)) else { return Vec::new() };
        let mut pairs = Vec::with_capacity(entries.len());
        for (key_text, key, value) in entries {
            let key = self.tree.text(key);
            let value = match self.tree.value(value) {
                Value::Scalar(_) => self.tree.text(value),
                _ => {
                    self.wrong_type(value, key_text, "a text");
                    None
                }
            };
            pairs.extend(key.zip(value));
        }
        pairs
    }
}

/// The beginning of a long text.
fn abbreviated(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    match line.char_indices().nth(60) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None if line.len() < text.trim_end().len() => format!("{line}…"),
        None => line.to_owned(),
    }
}
