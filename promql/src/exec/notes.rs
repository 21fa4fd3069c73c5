//! Notes of kernels, gathered with their node and metric name, made into annotations at the end.

use super::fail::Fail;
use crate::annotation::{Annotation, Level, text};
use crate::column::{NameRemoval, Note, Notes};
use crate::operators::NoteLane;
use promql_grammar::Span;
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;

/// All notes of an evaluation.
#[derive(Debug)]
pub(crate) struct NoteBook {
    names: NameRemoval,
    raised: Mutex<HashMap<Topic, Notes>>,
    lanes: Mutex<BTreeMap<usize, Lane>>,
    warnings: Mutex<Vec<String>>,
}

/// Where a note comes from and what it is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Topic {
    /// The node's place in evaluation order.
    pub node: usize,
    /// The expression concerned.
    pub span: Span,
    /// The metric, the operator or the aggregator; empty if there is none.
    pub subject: String,
}

impl Topic {
    /// A node and no subject.
    pub(super) fn new(node: usize, span: Span) -> Self {
        Topic { node, span, subject: String::new() }
    }

    /// The same about a metric, an operator or an aggregator.
    pub(super) fn about(self, subject: &str) -> Self {
        Topic { subject: subject.to_owned(), ..self }
    }
}

/// The remarks of a binary operator, of which only the last one of each step counts.
#[derive(Debug)]
struct Lane {
    topic: Topic,
    lane: NoteLane,
}

impl NoteBook {
    /// An empty book; some texts name a metric only if its name is still there at the end.
    pub(super) fn new(names: NameRemoval) -> Self {
        NoteBook { names, raised: Mutex::default(), lanes: Mutex::default(), warnings: Mutex::default() }
    }

    /// Adds a note.
    pub(super) fn raise(&self, topic: Topic, note: Note) {
        let Ok(mut raised) = self.raised.lock() else { return };
        raised.entry(topic).or_default().raise(note);
    }

    /// Adds all notes of a kernel.
    pub(super) fn raise_all(&self, topic: &Topic, notes: &mut Notes) {
        for note in notes.drain() {
            self.raise(topic.clone(), note);
        }
    }

    /// Adds what a binary operator has to say about some of its rows.
    pub(super) fn speak(&self, topic: Topic, lane: NoteLane) {
        if lane.is_empty() {
            return;
        }
        if let Ok(mut lanes) = self.lanes.lock() {
            lanes
                .entry(topic.node)
                .or_insert_with(|| Lane { topic, lane: NoteLane::default() })
                .lane
                .merge(lane);
        }
    }

    /// Turns the remarks of binary operators into notes, when all rows have been read.
    ///
    /// # Errors
    /// If the last remark of a step is that a histogram is broken.
    pub(super) fn settle(&self) -> Result<(), Fail> {
        let lanes = self.lanes.lock().map(|mut lanes| std::mem::take(&mut *lanes)).unwrap_or_default();
        for (_, Lane { topic, lane }) in lanes {
            for note in lane.finish().map_err(|error| Fail::histogram(topic.span, &error))? {
                self.raise(topic.clone(), note);
            }
        }
        Ok(())
    }

    /// Adds a warning of a source.
    pub(super) fn warn(&self, text: String) {
        if let Ok(mut warnings) = self.warnings.lock() {
            warnings.push(text);
        }
    }

    /// All annotations: each text once, at the place of the node evaluated last; warnings first, then by place. Notes
    /// that count stay at their first place and add up.
    pub(crate) fn annotations(&self) -> Vec<Annotation> {
        let Ok(raised) = self.raised.lock() else { return Vec::new() };
        let mut topics: Vec<(&Topic, &Notes)> = raised.iter().collect();
        topics.sort_by_key(|(topic, _)| (topic.node, topic.span, &topic.subject));
        let mut counted: Vec<(&Topic, Note)> = Vec::new();
        let mut annotations: Vec<Annotation> = Vec::new();
        let mut places: HashMap<String, usize> = HashMap::new();
        for (topic, notes) in topics {
            for note in notes.iter() {
                if note.counts() {
                    let mut known = counted.iter_mut().filter(|(known, _)| known.subject == topic.subject);
                    if !known.any(|(_, known)| known.absorb(note)) {
                        counted.push((topic, note.clone()));
                    }
                } else {
                    let annotation = self.annotation(topic, note);
                    match places.entry(annotation.text.clone()) {
                        Entry::Occupied(place) => annotations[*place.get()] = annotation,
                        Entry::Vacant(place) => {
                            place.insert(annotations.len());
                            annotations.push(annotation);
                        }
                    }
                }
            }
        }
        annotations.extend(counted.iter().map(|(topic, note)| self.annotation(topic, note)));
        if let Ok(warnings) = self.warnings.lock() {
            let annotation =
                |text: &String| Annotation { level: Level::Warning, text: text.clone(), span: None };
            annotations.extend(warnings.iter().map(annotation));
        }
        annotations.sort_by(|a, b| (a.level, a.span, &a.text).cmp(&(b.level, b.span, &b.text)));
        annotations
    }

    fn annotation(&self, topic: &Topic, note: &Note) -> Annotation {
        let (level, text) = text(note, &topic.subject, self.names == NameRemoval::Delayed);
        Annotation { level, text, span: Some(topic.span) }
    }
}
