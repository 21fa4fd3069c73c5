//! Notes of kernels, gathered with their node and metric name, made into annotations at the end.

use crate::annotation::Annotation;
use super::fail::Fail;
use crate::column::{Note, Notes};
use crate::operators::NoteLane;
use promql_grammar::Span;
use std::collections::{BTreeMap, HashSet};
use std::sync::Mutex;

/// All notes of an evaluation.
#[derive(Debug, Default)]
pub(crate) struct NoteBook {
    raised: Mutex<Vec<Raised>>,
    seen: Mutex<HashSet<(usize, String, String)>>,
    lanes: Mutex<BTreeMap<usize, Lane>>,
    warnings: Mutex<Vec<String>>,
}

/// The remarks of a binary operator, of which only the last one of each step counts.
#[derive(Debug)]
struct Lane {
    span: Span,
    op: String,
    lane: NoteLane,
}

/// A note with where it comes from.
#[derive(Clone, Debug)]
struct Raised {
    /// The node's place in evaluation order.
    node: usize,
    note: Note,
    name: String,
    span: Span,
}

impl NoteBook {
    /// Adds a note of a node about a metric.
    pub(super) fn raise(&self, node: usize, span: Span, name: &str, note: Note) {
        let key = (node, name.to_owned(), format!("{note:?}"));
        let (Ok(mut seen), Ok(mut raised)) = (self.seen.lock(), self.raised.lock()) else { return };
        if seen.insert(key) {
            raised.push(Raised { node, note, name: name.to_owned(), span });
        }
    }

    /// Adds all notes of a kernel.
    pub(super) fn raise_all(&self, node: usize, span: Span, name: &str, notes: &mut Notes) {
        for note in notes.drain() {
            self.raise(node, span, name, note);
        }
    }

    /// Adds what a binary operator has to say about some of its rows.
    pub(super) fn speak(&self, node: usize, span: Span, op: &str, lane: NoteLane) {
        if lane.is_empty() {
            return;
        }
        if let Ok(mut lanes) = self.lanes.lock() {
            lanes.entry(node).or_insert_with(|| Lane { span, op: op.to_owned(), lane: NoteLane::default() }).lane.merge(lane);
        }
    }

    /// Turns the remarks of binary operators into notes, when all rows have been read.
    ///
    /// # Errors
    /// If the last remark of a step is that a histogram is broken.
    pub(super) fn settle(&self) -> Result<(), Fail> {
        let lanes = self.lanes.lock().map(|mut lanes| std::mem::take(&mut *lanes)).unwrap_or_default();
        for (node, Lane { span, op, lane }) in lanes {
            for note in lane.finish().map_err(|error| Fail::histogram(span, &error))? {
                self.raise(node, span, &op, note);
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

    /// All annotations: each text once, at the place of the node evaluated last; warnings first, then by place.
    pub(crate) fn annotations(&self, delayed_names: bool) -> Vec<Annotation> {
        let _ = delayed_names;
        let Ok(mut raised) = self.raised.lock().map(|raised| raised.clone()) else { return Vec::new() };
        raised.sort_by_key(|raised| raised.node);
        let mut annotations: Vec<Annotation> = Vec::new();
        for Raised { note, name, span, .. } in raised {
            let (level, text) = crate::annotation::text(&note, &name, delayed_names);
            match annotations.iter_mut().find(|known| known.text == text) {
                Some(known) => known.span = Some(span),
                None => annotations.push(Annotation { level, text, span: Some(span) }),
            }
        }
        if let Ok(warnings) = self.warnings.lock() {
            annotations.extend(warnings.iter().map(|text| Annotation {
                level: crate::annotation::Level::Warning,
                text: text.clone(),
                span: None,
            }));
        }
        annotations.sort_by(|a, b| {
            (a.level, a.span.map(|span| span.start), &a.text).cmp(&(b.level, b.span.map(|span| span.start), &b.text))
        });
        annotations
    }
}
