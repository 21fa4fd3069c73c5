//! Notes of kernels, gathered with their node and metric name, made into annotations at the end.

use super::fail::Fail;
use crate::annotation::{Annotation, Level, text};
use crate::column::{NameRemoval, Note, Notes};
use crate::operators::NoteLane;
use crate::plan::PlanNode;
use hashbrown::DefaultHashBuilder;
use hashbrown::hash_table::HashTable;
use promql_grammar::Span;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::BuildHasher;
use std::sync::Mutex;

/// All notes of an evaluation.
#[derive(Debug)]
pub(crate) struct NoteBook {
    names: NameRemoval,
    raised: Mutex<HashTable<(Topic<'static>, Notes)>>,
    hasher: DefaultHashBuilder,
    lanes: Mutex<BTreeMap<usize, Lane>>,
    warnings: Mutex<BTreeSet<String>>,
}

/// Where a note comes from and what it is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Topic<'a> {
    /// The node's place in evaluation order.
    pub node: usize,
    /// The expression concerned.
    pub span: Span,
    /// The metric, the operator or the aggregator; empty if there is none.
    pub subject: Cow<'a, str>,
}

impl<'a> Topic<'a> {
    /// A node and no subject.
    pub(super) fn new(node: usize, span: Span) -> Self {
        Topic { node, span, subject: Cow::Borrowed("") }
    }

    /// The same about a metric, an operator or an aggregator.
    pub(super) fn about(self, subject: &'a str) -> Self {
        Topic { subject: Cow::Borrowed(subject), ..self }
    }

    fn into_owned(self) -> Topic<'static> {
        Topic { node: self.node, span: self.span, subject: Cow::Owned(self.subject.into_owned()) }
    }

    fn borrowed(&self) -> Topic<'_> {
        Topic::new(self.node, self.span).about(&self.subject)
    }

    /// What the twin of its node would say.
    fn of_twin(&self, nodes: &[PlanNode], twin: usize) -> Topic<'_> {
        let mut places = nodes[self.node].spans().zip(nodes[twin].spans());
        let span = places.find(|&(span, _)| span == self.span).map_or(self.span, |(_, twin)| twin);
        Topic::new(twin, span).about(&self.subject)
    }
}

/// The remarks of a binary operator, of which only the last one of each step counts.
#[derive(Debug)]
struct Lane {
    topic: Topic<'static>,
    lane: NoteLane,
}

/// The nodes that others stand for, with these, sorted.
fn twins(nodes: &[PlanNode]) -> Vec<(usize, usize)> {
    let twin = |(id, node): (usize, &PlanNode)| node.twin_of.map(|first| (first, id));
    let mut twins: Vec<(usize, usize)> = nodes.iter().enumerate().filter_map(twin).collect();
    twins.sort_unstable();
    twins
}

impl NoteBook {
    /// An empty book; some texts name a metric only if its name is still there at the end.
    pub(super) fn new(names: NameRemoval) -> Self {
        NoteBook {
            names,
            raised: Mutex::default(),
            hasher: DefaultHashBuilder::default(),
            lanes: Mutex::default(),
            warnings: Mutex::default(),
        }
    }

    /// Adds a note.
    pub(super) fn raise(&self, topic: Topic<'_>, note: Note) {
        let Ok(mut raised) = self.raised.lock() else { return };
        let hash = self.hasher.hash_one(&topic);
        match raised.find_mut(hash, |(known, _)| *known == topic) {
            Some((_, notes)) => notes.raise(note),
            None => {
                let mut notes = Notes::default();
                notes.raise(note);
                raised.insert_unique(hash, (topic.into_owned(), notes), |(known, _)| {
                    self.hasher.hash_one(known)
                });
            }
        }
    }

    /// Adds all notes of a kernel.
    pub(super) fn raise_all(&self, topic: &Topic<'_>, notes: &mut Notes) {
        for note in notes.drain() {
            self.raise(topic.clone(), note);
        }
    }

    /// Adds what a binary operator has to say about some of its rows.
    pub(super) fn speak(&self, topic: Topic<'_>, lane: NoteLane) {
        if lane.is_empty() {
            return;
        }
        if let Ok(mut lanes) = self.lanes.lock() {
            lanes
                .entry(topic.node)
                .or_insert_with(|| Lane { topic: topic.into_owned(), lane: NoteLane::default() })
                .lane
                .merge(lane);
        }
    }

    /// Turns the remarks of binary operators into notes, when all rows have been read.
    ///
    /// # Errors
    /// If the last remark of a step is that a histogram is broken.
    pub(crate) fn settle(&mut self) -> Result<(), Fail> {
        let lanes = self.lanes.get_mut().map(std::mem::take).unwrap_or_default();
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
            warnings.insert(text);
        }
    }

    /// Takes all annotations out: each text once, at the place of the node evaluated last; warnings first, then by
    /// place. Notes that count stay at their first place and add up.
    pub(crate) fn annotations(&mut self, nodes: &[PlanNode]) -> Vec<Annotation> {
        let warnings = self.warnings.get_mut().map(std::mem::take).unwrap_or_default();
        let raised = self.raised.get_mut().map(std::mem::take).unwrap_or_default();
        if raised.is_empty() && warnings.is_empty() {
            return Vec::new();
        }
        let twins = twins(nodes);
        let mut topics: Vec<(Topic<'_>, &Notes)> = Vec::new();
        for (topic, notes) in raised.iter() {
            let of_node = twins.partition_point(|&(first, _)| first < topic.node);
            let of_node = twins[of_node..].iter().take_while(|&&(first, _)| first == topic.node);
            topics.extend(of_node.map(|&(_, twin)| (topic.of_twin(nodes, twin), notes)));
            topics.push((topic.borrowed(), notes));
        }
        topics.sort_by(|(a, _), (b, _)| (a.node, a.span, &a.subject).cmp(&(b.node, b.span, &b.subject)));
        let mut counted: Vec<(&Topic<'_>, Note)> = Vec::new();
        let mut annotations: Vec<Annotation> = Vec::new();
        for (topic, notes) in &topics {
            for note in notes.iter() {
                if note.counts() {
                    let mut known = counted.iter_mut().filter(|(known, _)| known.subject == topic.subject);
                    if !known.any(|(_, known)| known.absorb(note)) {
                        counted.push((topic, note.clone()));
                    }
                } else {
                    annotations.push(self.annotation(topic, note));
                }
            }
        }
        // Of equal texts the last one stays.
        annotations.sort_by(|a, b| a.text.cmp(&b.text));
        annotations.dedup_by(|later, kept| {
            let same = later.text == kept.text;
            if same {
                std::mem::swap(later, kept);
            }
            same
        });
        annotations.extend(counted.iter().map(|(topic, note)| self.annotation(topic, note)));
        let warning = |text| Annotation { level: Level::Warning, text, span: None };
        annotations.extend(warnings.into_iter().map(warning));
        annotations.sort_by(|a, b| (a.level, a.span, &a.text).cmp(&(b.level, b.span, &b.text)));
        annotations
    }

    fn annotation(&self, topic: &Topic<'_>, note: &Note) -> Annotation {
        let (level, text) = text(note, &topic.subject, self.names == NameRemoval::Delayed);
        Annotation { level, text, span: Some(topic.span) }
    }
}
