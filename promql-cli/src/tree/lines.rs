//! The tree for people: a line a node, as it was written, with its type.

use super::types::types;
use crate::output::visible;
use promql_grammar::Ast;
use promql_grammar::ast::{ExprId, Kind};
use std::fmt::Write;

/// Deeper nodes are indented no further; their depth is told instead.
const DEEPEST: usize = 40;

/// One line a node.
pub(crate) fn lines(ast: &Ast, text: &str) -> String {
    let types = types(ast);
    let dim = anstyle::Style::new().dimmed();
    let mut out = String::new();
    // Depth and whether a node is the last of its siblings.
    let mut open = vec![(ast.root(), 0_usize, true)];
    let mut lasts: Vec<bool> = Vec::new();
    while let Some((id, depth, last)) = open.pop() {
        lasts.truncate(depth);
        lasts.push(last);
        let _ = write!(out, "{dim}");
        if depth > DEEPEST {
            let _ = write!(out, "… {depth} ");
        } else if depth > 0 {
            for last in &lasts[1..depth] {
                out.push_str(if *last { "   " } else { "│  " });
            }
            out.push_str(if last { "└─ " } else { "├─ " });
        }
        let _ = writeln!(out, "{dim:#}{}  {dim}{}{dim:#}", caption(ast, id, text), types[id.index()]);
        // A range selector is written as a whole.
        if !matches!(ast[id].kind, Kind::Range { .. }) {
            let first = open.len();
            open.extend(ast.children(id).map(|child| (child, depth + 1, false)));
            if let Some((_, _, last)) = open[first..].last_mut() {
                *last = true;
            }
            open[first..].reverse();
        }
    }
    out
}

/// The part of the query that belongs to the node itself.
fn caption(ast: &Ast, id: ExprId, text: &str) -> String {
    let node = &ast[id];
    let written = |start: u32, end: u32| {
        let part = text.get(start as usize..end as usize).unwrap_or_default();
        match part.contains('\n') {
            true => visible(&part.split_whitespace().collect::<Vec<_>>().join(" ")).into_owned(),
            false => visible(part.trim()).into_owned(),
        }
    };
    match &node.kind {
        Kind::Call { function, .. } => format!("{function}()"),
        Kind::Aggregate { op, grouping, .. } => match grouping {
            Some(grouping) => format!("{op} {}", written(grouping.span.start, grouping.span.end)),
            None => op.to_string(),
        },
        Kind::Binary { op_span, rhs, .. } => written(op_span.start, ast[*rhs].span.start),
        Kind::Subquery { expr, .. } => written(ast[*expr].span.end, node.span.end),
        Kind::Unary { negative, .. } => if *negative { "-" } else { "+" }.into(),
        Kind::Paren(_) => "()".into(),
        Kind::Number(_) | Kind::String(_) | Kind::Selector(_) | Kind::Range { .. } | Kind::Bad => {
            written(node.span.start, node.span.end)
        }
    }
}
