//! The tree for programs: the shape of Prometheus' `/api/v1/parse_query`, and a `span` of byte offsets a node.
//!
//! Written from a work list, so that no depth of nesting ends the process.

use super::types::types;
use promql::functions::{self, Arity};
use promql::model::{METRIC_NAME, ValueType, number};
use promql_grammar::Ast;
use promql_grammar::ast::{
    At, BinaryModifiers, BinaryOp, DurationId, DurationKind, ExprId, Kind, MatchOp, Modifiers, Selector, Side,
};
use serde_json::{Value, json};
use std::fmt::Write;

/// What is still to be written, the next on top.
enum Piece {
    Text(String),
    Node(ExprId),
    Duration(DurationId),
}

/// The tree as one line of JSON.
pub(crate) fn json(ast: &Ast) -> String {
    let types = types(ast);
    let mut out = String::new();
    let mut open = vec![Piece::Node(ast.root())];
    while let Some(piece) = open.pop() {
        let object = match piece {
            Piece::Text(text) => {
                out.push_str(&text);
                continue;
            }
            Piece::Node(id) => node(ast, id, &types),
            Piece::Duration(id) => duration(ast, id),
        };
        open.extend(object.finish().into_iter().rev());
    }
    out
}

/// An object under construction.
struct Object(Vec<Piece>);

impl Object {
    fn new(kind: &str) -> Self {
        Object(vec![Piece::Text(format!("{{\"type\":{}", Value::from(kind)))])
    }

    fn field(mut self, name: &str, value: impl Into<Value>) -> Self {
        let mut text = String::new();
        let _ = write!(text, ",\"{name}\":{}", value.into());
        self.0.push(Piece::Text(text));
        self
    }

    fn child(mut self, name: &str, id: Option<ExprId>) -> Self {
        match id {
            Some(id) => self.0.extend([Piece::Text(format!(",\"{name}\":")), Piece::Node(id)]),
            None => return self.field(name, Value::Null),
        }
        self
    }

    fn children(mut self, name: &str, ids: &[ExprId]) -> Self {
        self.0.push(Piece::Text(format!(",\"{name}\":[")));
        for (at, id) in ids.iter().enumerate() {
            if at > 0 {
                self.0.push(Piece::Text(",".into()));
            }
            self.0.push(Piece::Node(*id));
        }
        self.0.push(Piece::Text("]".into()));
        self
    }

    /// A plain duration as milliseconds, any other as an expression beside 0.
    fn duration(mut self, ast: &Ast, name: &str, id: Option<DurationId>) -> Self {
        let plain = id.map(|id| match &ast[id].kind {
            DurationKind::Literal(number) => Some(milliseconds(number.value)),
            _ => None,
        });
        self = self.field(name, plain.flatten().unwrap_or(0));
        match (id, plain) {
            (Some(id), Some(None)) => {
                self.0.extend([Piece::Text(format!(",\"{name}Expr\":")), Piece::Duration(id)]);
                self
            }
            _ => self.field(&format!("{name}Expr"), Value::Null),
        }
    }

    fn finish(mut self) -> Vec<Piece> {
        self.0.push(Piece::Text("}".into()));
        self.0
    }
}

fn milliseconds(seconds: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "saturates")]
    let milliseconds = (seconds * 1000.0).round() as i64;
    milliseconds
}

fn node(ast: &Ast, id: ExprId, types: &[ValueType]) -> Object {
    let node = &ast[id];
    let object = match &node.kind {
        Kind::Number(literal) => {
            Object::new("numberLiteral").field("val", number::format_plain(literal.value))
        }
        Kind::String(text) => Object::new("stringLiteral").field("val", text.as_str()),
        Kind::Selector(selector) => series(Object::new("vectorSelector"), ast, selector),
        Kind::Range { selector, range } => {
            let object = Object::new("matrixSelector").duration(ast, "range", Some(*range));
            match &ast[*selector].kind {
                Kind::Selector(selector) => series(object, ast, selector),
                _ => object,
            }
        }
        Kind::Subquery { expr, range, step, modifiers: own } => {
            let object =
                Object::new("subquery").child("expr", Some(*expr)).duration(ast, "range", Some(*range));
            modifiers(object.duration(ast, "step", *step), ast, own)
        }
        Kind::Call { function, args, .. } => {
            Object::new("call").field("func", signature(function)).children("args", args)
        }
        Kind::Aggregate { op, args, grouping, .. } => {
            let (param, expr) = match args.as_slice() {
                [.., param, expr] => (Some(*param), Some(*expr)),
                rest => (None, rest.first().copied()),
            };
            let labels = grouping.as_ref().map(|grouping| grouping.labels.clone()).unwrap_or_default();
            Object::new("aggregation")
                .field("op", op.as_str())
                .child("expr", expr)
                .child("param", param)
                .field("grouping", labels)
                .field("without", grouping.as_ref().is_some_and(|grouping| grouping.without))
        }
        Kind::Binary { op, lhs, rhs, modifiers, .. } => {
            let vectors = [lhs, rhs].iter().all(|side| types[side.index()] == ValueType::Vector);
            Object::new("binaryExpr")
                .field("op", op.as_str())
                .child("lhs", Some(*lhs))
                .child("rhs", Some(*rhs))
                .field("matching", if vectors { matching(*op, modifiers) } else { Value::Null })
                .field("bool", modifiers.return_bool)
        }
        Kind::Unary { negative, expr } => {
            Object::new("unaryExpr").field("op", if *negative { "-" } else { "+" }).child("expr", Some(*expr))
        }
        Kind::Paren(expr) => Object::new("parenExpr").child("expr", Some(*expr)),
        Kind::Bad => Object::new("bad"),
    };
    object.field("span", vec![node.span.start, node.span.end])
}

fn series(object: Object, ast: &Ast, selector: &Selector) -> Object {
    let matcher = |name: &str, op: MatchOp, value: &str| {
        let op = match op {
            MatchOp::Equal => "=",
            MatchOp::NotEqual => "!=",
            MatchOp::Regex => "=~",
            MatchOp::NotRegex => "!~",
        };
        json!({"name": name, "value": value, "type": op})
    };
    let written = selector.matchers.iter().map(|own| matcher(&own.name, own.op, &own.value));
    let name = selector.name.iter().map(|name| matcher(METRIC_NAME, MatchOp::Equal, name));
    let matchers: Vec<_> = written.chain(name).collect();
    // A quoted name inside the braces is a name too.
    let quoted = || {
        let named =
            |own: &&promql_grammar::ast::LabelMatcher| own.name == METRIC_NAME && own.op == MatchOp::Equal;
        selector.matchers.iter().find(named).map(|own| own.value.clone())
    };
    let object = object
        .field("name", selector.name.clone().or_else(quoted).unwrap_or_default())
        .field("matchers", matchers);
    modifiers(object, ast, &selector.modifiers)
        .field("anchored", selector.modifiers.anchored)
        .field("smoothed", selector.modifiers.smoothed)
}

fn modifiers(object: Object, ast: &Ast, modifiers: &Modifiers) -> Object {
    let (time, edge) = match modifiers.at {
        Some(At::Time(time)) => (json!(time), Value::Null),
        Some(At::Start) => (Value::Null, json!("start")),
        Some(At::End) => (Value::Null, json!("end")),
        None => (Value::Null, Value::Null),
    };
    object.duration(ast, "offset", modifiers.offset).field("timestamp", time).field("startOrEnd", edge)
}

fn matching(op: BinaryOp, modifiers: &BinaryModifiers) -> Value {
    let card = match &modifiers.group {
        _ if op.is_set() => "many-to-many",
        None => "one-to-one",
        Some(group) if group.side == Side::Left => "many-to-one",
        Some(_) => "one-to-many",
    };
    json!({
        "card": card,
        "labels": modifiers.matching.as_ref().map(|matching| matching.labels.clone()).unwrap_or_default(),
        "on": modifiers.matching.as_ref().is_some_and(|matching| matching.on),
        "include": modifiers.group.as_ref().map(|group| group.include.clone()).unwrap_or_default(),
        "fillValues": {"lhs": modifiers.fill_left, "rhs": modifiers.fill_right},
    })
}

fn signature(name: &str) -> Value {
    let Some(function) = functions::find(name) else { return json!({"name": name}) };
    let variadic = match function.arity {
        Arity::Fixed => 0,
        Arity::Optional(count) => i64::try_from(count).unwrap_or(i64::MAX),
        Arity::Any => -1,
        Arity::UpTo(count) => i64::try_from(count).unwrap_or(i64::MAX),
    };
    let types: Vec<&str> = function.args.iter().map(|kind| kind.as_str()).collect();
    json!({
        "name": name,
        "argTypes": types,
        "variadic": variadic,
        "returnType": function.returns.as_str(),
    })
}

fn duration(ast: &Ast, id: DurationId) -> Object {
    let node = &ast[id];
    let literal = |object: Object, own: promql_grammar::ast::Number| {
        object.field("val", number::format_plain(own.value)).field("duration", own.is_duration)
    };
    let operation = |op: &str, sides: [Option<DurationId>; 2]| {
        let mut object = Object::new("durationExpr").field("op", op);
        for (name, side) in ["lhs", "rhs"].into_iter().zip(sides) {
            match side {
                Some(side) => {
                    object.0.extend([Piece::Text(format!(",\"{name}\":")), Piece::Duration(side)]);
                }
                None => object = object.field(name, Value::Null),
            }
        }
        object.field("wrapped", node.wrapped)
    };
    match node.kind {
        DurationKind::Literal(own) => literal(Object::new("numberLiteral"), own),
        DurationKind::Step => operation("step", [None, None]),
        DurationKind::Range => operation("range", [None, None]),
        DurationKind::Negative(inner) => operation("-", [None, Some(inner)]),
        DurationKind::Binary(op, lhs, rhs) => operation(op.as_str(), [Some(lhs), Some(rhs)]),
        DurationKind::MinOf(lhs, rhs) => operation("min_of", [Some(lhs), Some(rhs)]),
        DurationKind::MaxOf(lhs, rhs) => operation("max_of", [Some(lhs), Some(rhs)]),
    }
}
