//! Where the groups of a file are: at the top, in Kubernetes objects, or anywhere else in the YAML.

use super::yaml::{Embedded, NodeId, Tree, Value, parse};
use std::sync::Arc;

/// A map with `groups`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) map: NodeId,
    /// The map is the document, so every other field of it is unknown.
    pub(super) is_document: bool,
}

/// The maps that hold groups, and documents without any.
pub(super) fn find(tree: &Tree<'_>) -> Vec<Place> {
    let mut places: Vec<Place> = Vec::new();
    for (nth, &root) in tree.roots.iter().enumerate() {
        if tree.get(root, "groups").is_some() {
            places.push(Place { map: root, is_document: true });
            continue;
        }
        // The nodes of a document follow its root.
        let end = tree.roots.get(nth + 1).map_or(tree.nodes.len() as NodeId, |next| *next);
        let nested: Vec<Place> = (root..end)
            .filter(|id| holds_groups(tree, *id))
            .map(|map| Place { map, is_document: false })
            .collect();
        if nested.is_empty() && !is_kubernetes(tree, root) {
            places.push(Place { map: root, is_document: true });
        }
        places.extend(nested);
    }
    places
}

/// The files inside the `ConfigMap`s of a file.
pub(super) fn config_maps(tree: &Tree<'_>, file: &str) -> Vec<Arc<Embedded>> {
    let mut inner = Vec::new();
    if !file.contains("ConfigMap") {
        return inner;
    }
    for id in 0..tree.nodes.len() as NodeId {
        let is_config_map = tree.get(id, "kind").and_then(|kind| tree.text(kind));
        if is_config_map.is_none_or(|kind| kind.as_str() != "ConfigMap") {
            continue;
        }
        let Some(Value::Map(data)) = tree.get(id, "data").map(|data| tree.value(data)) else { continue };
        for (_, value) in data {
            let Some(text) = tree.text(*value).filter(|text| text.as_str().contains("groups:")) else {
                continue;
            };
            if let Some(places) = text.places(file) {
                inner.push(Arc::new(Embedded { text: text.as_str().to_owned(), places }));
            }
        }
    }
    inner
}

/// The tree of a file inside a file, if it is one of rules: other files of a `ConfigMap` may be in any format.
pub(super) fn inner_tree(inner: &Arc<Embedded>) -> Option<Tree<'_>> {
    let (mut tree, fault) = parse(&inner.text);
    let has_groups = tree.roots.iter().any(|root| tree.get(*root, "groups").is_some());
    tree.embedded = Some(Arc::clone(inner));
    (fault.is_none() && has_groups).then_some(tree)
}

fn holds_groups(tree: &Tree<'_>, id: NodeId) -> bool {
    let Some(Value::List(groups)) = tree.get(id, "groups").map(|groups| tree.value(groups)) else {
        return false;
    };
    groups.iter().any(|group| tree.get(*group, "rules").is_some())
}

fn is_kubernetes(tree: &Tree<'_>, root: NodeId) -> bool {
    tree.get(root, "kind").is_some()
        && ["apiVersion", "data"].iter().any(|field| tree.get(root, field).is_some())
}
