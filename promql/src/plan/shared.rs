//! Equal subtrees once: a node that says the same as an earlier one becomes its twin, and whoever reads the twin reads
//! the earlier node instead.
//!
//! Twins stay in the list, not evaluated, because notes are told at the place of the last of them.

use super::{Op, PlanNode, Selector, WindowInput};
use crate::source::{Hints, Needs, SelectRequest};
use hashbrown::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// Finds twins, redirects their readers, and drops the requests that nobody reads any more.
pub(super) fn share(nodes: &mut [PlanNode], requests: &mut Vec<SelectRequest>) {
    // Only what reads series is worth it, so that short queries pay for a glance.
    let Some(classes) = equal_requests(requests) else { return };
    let mut known = HashMap::new();
    let mut first: Vec<usize> = (0..nodes.len()).collect();
    for id in 0..nodes.len() {
        nodes[id].op.each_input(|input| *input = first[*input]);
        first[id] = *known.entry(key(&nodes[id], &classes)).or_insert(id);
        nodes[id].twin_of = (first[id] != id).then_some(first[id]);
    }
    count_readers(nodes);
    drop_unread(nodes, requests);
}

/// For every request the first one that asks for the same samples; none if all differ. What is needed of them is told
/// by the nodes.
fn equal_requests(requests: &[SelectRequest]) -> Option<Vec<usize>> {
    if requests.len() < 2 {
        return None;
    }
    let mut known = HashMap::with_capacity(requests.len());
    let mut class = |(id, request): (usize, &SelectRequest)| {
        let hints = Hints { needs: Needs::Everything, ..request.hints.clone() };
        *known.entry((Arc::clone(&request.matchers), request.span, hints)).or_insert(id)
    };
    let classes: Vec<usize> = requests.iter().enumerate().map(&mut class).collect();
    (known.len() < requests.len()).then_some(classes)
}

/// How often each node is read, by nodes that are evaluated.
fn count_readers(nodes: &mut [PlanNode]) {
    let mut readers = vec![0; nodes.len()];
    for node in nodes.iter_mut().filter(|node| node.twin_of.is_none()) {
        node.op.each_input(|input| readers[*input] += 1);
    }
    for (node, readers) in nodes.iter_mut().zip(readers) {
        node.readers = readers;
    }
}

/// Keeps the requests of the nodes that are evaluated, for all that their twins need, and renumbers them.
fn drop_unread(nodes: &mut [PlanNode], requests: &mut Vec<SelectRequest>) {
    let mut kept: Vec<SelectRequest> = Vec::with_capacity(requests.len());
    for id in 0..nodes.len() {
        let first = nodes[id].twin_of;
        let Some(selector) = nodes[id].op.selector_mut() else { continue };
        let request = &requests[selector.request];
        match first {
            None => {
                kept.push(request.clone());
                selector.request = kept.len() - 1;
            }
            Some(first) => {
                let needs = request.hints.needs;
                let known = nodes[first].op.selector_mut().expect("twins do the same").request;
                kept[known].hints.needs = kept[known].hints.needs.max(needs);
            }
        }
    }
    *requests = kept;
}

/// Everything that tells a node from others, places in the text aside.
fn key(node: &PlanNode, requests: &[usize]) -> Vec<u8> {
    let mut key = Key(Vec::with_capacity(64));
    std::mem::discriminant(&node.op).hash(&mut key);
    node.grid.hash(&mut key);
    let inputs = &mut Vec::new();
    match &node.op {
        Op::Number(value) => value.to_bits().hash(&mut key),
        Op::Text(text) => text.hash(&mut key),
        Op::Time => {}
        Op::Select(selector) | Op::Raw(selector) => hash_selector(selector, requests, &mut key),
        Op::Subquery(input) | Op::Repeat(input) | Op::Negate(input) => inputs.push(*input),
        Op::Windowed { function, input, params, .. } => {
            function.name.hash(&mut key);
            match input {
                WindowInput::Selector(selector) => hash_selector(selector, requests, &mut key),
                WindowInput::Subquery { node, windows } => {
                    windows.hash(&mut key);
                    inputs.push(*node);
                }
            }
            inputs.extend(params);
        }
        Op::Call { function, args, .. } => {
            function.name.hash(&mut key);
            inputs.extend(args);
        }
        Op::Info { input, matchers, windows } => {
            (matchers, windows).hash(&mut key);
            inputs.push(*input);
        }
        Op::Aggregate { op, grouping, param, input, .. } => {
            (op, grouping.as_ref().map(|grouping| (grouping.without, &grouping.labels))).hash(&mut key);
            inputs.extend(param);
            inputs.push(*input);
        }
        Op::Binary { op, modifiers, lhs, rhs } => {
            (op, modifiers.return_bool).hash(&mut key);
            modifiers.matching.as_ref().map(|matching| (matching.on, &matching.labels)).hash(&mut key);
            modifiers.group.as_ref().map(|group| (group.side, &group.include)).hash(&mut key);
            [modifiers.fill_left, modifiers.fill_right].map(|fill| fill.map(f64::to_bits)).hash(&mut key);
            inputs.extend([lhs, rhs]);
        }
    }
    inputs.hash(&mut key);
    key.0
}

fn hash_selector(selector: &Selector, requests: &[usize], key: &mut Key) {
    let Selector { request, windows, anchored, smoothed, stats, pick } = selector;
    (requests[*request], windows, anchored, smoothed, stats, pick).hash(key);
}

/// Collects what would be hashed, so that equal keys are equal nodes, and not only probably so.
struct Key(Vec<u8>);

impl Hasher for Key {
    fn write(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    fn finish(&self) -> u64 {
        0
    }
}
