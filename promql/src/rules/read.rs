//! From text to rule files.

use super::decode::{Decoder, Shape};
use super::fault;
use super::file::{Group, Rule, RuleFile};
use super::find::{Place, config_maps, find, inner_tree};
use super::validate::check_groups;
use super::yaml::{NodeId, Tree, parse};
use crate::Engine;
use crate::diagnostic::Diagnostic;

const FILE: Shape = Shape { what: "a rule file", fields: &["groups"], foreign: &[("namespace", "Mimir")] };

const GROUP: Shape = Shape {
    what: "a rule group",
    fields: &["name", "interval", "query_offset", "limit", "rules", "labels"],
    foreign: &[
        ("partial_response_strategy", "Thanos"),
        ("source_tenants", "Mimir"),
        ("evaluation_delay", "Mimir"),
        ("align_evaluation_time_on_interval", "Mimir"),
        ("remote_write", "Loki"),
    ],
};

const RULE: Shape = Shape {
    what: "a rule",
    fields: &["record", "alert", "expr", "for", "keep_firing_for", "labels", "annotations"],
    foreign: &[],
};

/// How rule files are read.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReadOptions {
    /// Unknown fields are fine.
    pub ignore_unknown_fields: bool,
}

/// A rule file and what is wrong with it.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// What could be read.
    pub file: RuleFile,
    /// All findings in the order of the file, their places in its text.
    pub findings: Vec<Diagnostic>,
}

impl Reading {
    /// True if Prometheus would refuse the file.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        fault::any_error(&self.findings)
    }
}

/// Reads a rule file: Prometheus' own format, `PrometheusRule` objects, lists and `ConfigMap`s of Kubernetes, and any
/// other YAML that holds `groups`; one document or many. Expressions are parsed by the engine, with its features.
///
/// ```
/// let text = "groups:\n- name: g\n  rules:\n  - record: a:b\n    expr: sum(b\n";
/// let reading = promql::rules::read(text, &promql::Engine::default(), promql::rules::ReadOptions::default());
/// assert!(reading.has_errors());
/// assert_eq!(reading.findings[0].labels[0].0.line_column(text), (5, 14));
/// ```
#[must_use]
pub fn read(text: &str, engine: &Engine, options: ReadOptions) -> Reading {
    let mut reading = Reading::default();
    let (tree, broken) = parse(text);
    if let Some(broken) = broken {
        reading.findings.push(fault::error("yaml-syntax", broken.span, broken.message));
        return reading;
    }
    let mut read_tree = |tree: &Tree<'_>, places: Vec<Place>| {
        let mut decoder = Decoder::new(tree, options.ignore_unknown_fields);
        for place in places {
            read_place(&mut decoder, place, text, engine, &mut reading);
        }
        reading.findings.append(&mut decoder.findings);
    };
    read_tree(&tree, find(&tree));
    for inner in &config_maps(&tree, text) {
        if let Some(inner) = inner_tree(inner) {
            read_tree(&inner, find(&inner));
        }
    }
    fault::sort(&mut reading.findings);
    reading
}

fn read_place(decoder: &mut Decoder<'_>, place: Place, text: &str, engine: &Engine, reading: &mut Reading) {
    let groups = if place.is_document {
        match decoder.fields(place.map, &FILE) {
            Some(fields) => fields.get("groups"),
            None => return,
        }
    } else {
        decoder.tree.get(place.map, "groups")
    };
    let first = reading.file.groups.len();
    for id in decoder.list(groups, "groups") {
        reading.file.groups.extend(read_group(decoder, id));
    }
    check_groups(&mut reading.file.groups[first..], text, engine, &mut decoder.findings);
}

fn read_group(decoder: &mut Decoder<'_>, id: NodeId) -> Option<Group> {
    let fields = decoder.fields(id, &GROUP)?;
    let name = decoder.text(fields.get("name"), "name");
    let mut group = Group {
        span: decoder.tree.span(id),
        name: name.map(|name| name.as_str().to_owned()).unwrap_or_default(),
        interval: decoder.duration(fields.get("interval"), "interval").filter(|interval| *interval != 0),
        query_offset: decoder.duration(fields.get("query_offset"), "query_offset"),
        limit: decoder.integer(fields.get("limit"), "limit").unwrap_or(0),
        labels: decoder.pairs(fields.get("labels"), "labels"),
        rules: Vec::new(),
    };
    let rules = decoder.list(fields.get("rules"), "rules");
    group.rules.reserve_exact(rules.len());
    for id in rules {
        group.rules.extend(read_rule(decoder, id));
    }
    Some(group)
}

fn read_rule(decoder: &mut Decoder<'_>, id: NodeId) -> Option<Rule> {
    let fields = decoder.fields(id, &RULE)?;
    let before = decoder.findings.len();
    let expr = decoder.text(fields.get("expr"), "expr");
    let is_expr_broken = decoder.findings.len() > before;
    Some(Rule {
        span: decoder.tree.span(id),
        record: decoder.text(fields.get("record"), "record"),
        alert: decoder.text(fields.get("alert"), "alert"),
        expr,
        is_expr_broken,
        query: None,
        hold: decoder.duration(fields.get("for"), "for").unwrap_or(0),
        keep_firing_for: decoder.duration(fields.get("keep_firing_for"), "keep_firing_for").unwrap_or(0),
        labels: decoder.pairs(fields.get("labels"), "labels"),
        annotations: decoder.pairs(fields.get("annotations"), "annotations"),
    })
}
