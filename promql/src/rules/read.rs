//! From text to rule files.

use super::decode::{Decoder, Shape};
use super::fault;
use super::file::{Group, Rule, RuleFile};
use super::find::{Place, config_maps, find, inner_tree};
use super::validate::{check_groups, check_rule};
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
    /// Look for findings only: expressions are parsed, but the rules come without their queries.
    pub check_only: bool,
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
    let reader = Reader { text, engine, options };
    reader.read(&tree, &mut reading);
    for inner in &config_maps(&tree, text) {
        if let Some(inner) = inner_tree(inner) {
            reader.read(&inner, &mut reading);
        }
    }
    fault::sort(&mut reading.findings);
    reading
}

/// Rules that are read together, on one thread.
const BATCH: usize = 128;

struct Reader<'a> {
    text: &'a str,
    engine: &'a Engine,
    options: ReadOptions,
}

impl Reader<'_> {
    fn read(&self, tree: &Tree<'_>, reading: &mut Reading) {
        let mut decoder = Decoder::new(tree, self.options.ignore_unknown_fields);
        for place in find(tree) {
            reading.file.groups.append(&mut self.read_place(&mut decoder, place));
        }
        reading.findings.append(&mut decoder.findings);
    }

    fn read_place(&self, decoder: &mut Decoder<'_>, place: Place) -> Vec<Group> {
        let list = if place.is_document {
            decoder.fields(place.map, &FILE).and_then(|fields| fields.get("groups"))
        } else {
            decoder.tree.get(place.map, "groups")
        };
        let (groups, ids): (Vec<_>, Vec<_>) =
            decoder.list(list, "groups").into_iter().filter_map(|id| read_group(decoder, id)).unzip();
        check_groups(&groups, &mut decoder.findings);
        // Each rule has its place before the threads read them.
        let mut rules: Vec<Vec<Option<Rule>>> = ids.iter().map(|ids| vec![None; ids.len()]).collect();
        let batches = rules
            .iter_mut()
            .zip(&ids)
            .flat_map(|(rules, ids)| rules.chunks_mut(BATCH).zip(ids.chunks(BATCH)));
        let is_large = ids.iter().map(Vec::len).sum::<usize>() > BATCH;
        let read = |(rules, ids): (&mut [_], &[_])| self.read_rules(decoder.fork(), rules, ids);
        let findings = self.engine.pool().map(batches.collect(), is_large, read);
        decoder.findings.extend(findings.into_iter().flatten());
        let with_rules = |(group, rules): (Group, Vec<Option<Rule>>)| Group {
            rules: rules.into_iter().flatten().collect(),
            ..group
        };
        groups.into_iter().zip(rules).map(with_rules).collect()
    }

    /// Reads and checks some rules.
    fn read_rules(
        &self,
        mut decoder: Decoder<'_>,
        rules: &mut [Option<Rule>],
        ids: &[NodeId],
    ) -> Vec<Diagnostic> {
        for (rule, id) in rules.iter_mut().zip(ids) {
            *rule = read_rule(&mut decoder, *id);
            if let Some(rule) = rule {
                let query = check_rule(rule, self.text, self.engine, &mut decoder.findings);
                rule.query = query.filter(|_| !self.options.check_only);
            }
        }
        decoder.findings
    }
}

/// A group without its rules, and where these are.
fn read_group(decoder: &mut Decoder<'_>, id: NodeId) -> Option<(Group, Vec<NodeId>)> {
    let fields = decoder.fields(id, &GROUP)?;
    let name = decoder.text(fields.get("name"), "name");
    let rules = decoder.list(fields.get("rules"), "rules");
    let group = Group {
        span: decoder.tree.span(id),
        name: name.map(|name| name.as_str().to_owned()).unwrap_or_default(),
        interval: decoder.duration(fields.get("interval"), "interval").filter(|interval| *interval != 0),
        query_offset: decoder.duration(fields.get("query_offset"), "query_offset"),
        limit: decoder.integer(fields.get("limit"), "limit").unwrap_or(0),
        labels: decoder.pairs(fields.get("labels"), "labels"),
        rules: Vec::new(),
    };
    Some((group, rules))
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
