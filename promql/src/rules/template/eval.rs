//! Execution. Keeps the node that Go would blame, so that errors name the same place.

use super::call::Call;
use super::data::Data;
use super::field;
use super::limit::Budget;
use super::parse::Number;
use super::print;
use super::text::Text;
use super::tree::{Branch, Kind, List, NodeId, Pipe, Tree, Word};
use super::value::{IntType, Value};
use crate::model::quote;

/// How many templates may run inside of each other. Go stops at 100,000.
const MAX_TEMPLATES: usize = 100;
/// How deep templates, blocks and pipelines may nest while they run.
const MAX_DEPTH: usize = 300;

/// What stops an execution.
#[derive(Debug)]
pub(super) struct Stop {
    /// Complete, with name, place and node.
    pub(super) message: String,
    /// Where in the text.
    pub(super) at: usize,
}

pub(super) type Run<T> = Result<T, Stop>;

/// Executes the main template.
///
/// # Errors
/// The first error, with Go's text.
pub(super) fn execute(name: &str, source: &str, tree: &Tree, data: &Data<'_>) -> Run<Vec<u8>> {
    let root = data.root();
    let mut state = State {
        name,
        source,
        tree,
        data,
        out: Vec::new(),
        current: name.into(),
        at: None,
        variables: vec![("$", root.clone())],
        templates: 0,
        depth: 0,
        budget: Budget::default(),
    };
    if let Some(list) = tree.templates.get(&Text::from(name)) {
        state.list(&root, list)?;
    }
    Ok(state.out)
}

pub(super) struct State<'a> {
    name: &'a str,
    source: &'a str,
    pub(super) tree: &'a Tree,
    pub(super) data: &'a Data<'a>,
    out: Vec<u8>,
    /// The template that runs.
    current: Text,
    /// The node to blame.
    at: Option<NodeId>,
    variables: Vec<(&'a str, Value)>,
    templates: usize,
    depth: usize,
    pub(super) budget: Budget,
}

/// Where to go after a list.
#[derive(Clone, Copy, PartialEq)]
enum Flow {
    Next,
    Break,
    Continue,
}

impl<'a> State<'a> {
    pub(super) fn at(&mut self, id: NodeId) {
        self.at = Some(id);
    }

    pub(super) fn stop(&self, message: impl AsRef<str>) -> Stop {
        let message = message.as_ref();
        let Some(id) = self.at else {
            return Stop { message: format!("template: {}: {message}", self.name), at: 0 };
        };
        let at = self.tree[id].at;
        let before = &self.source[..at];
        let line = 1 + before.matches('\n').count();
        let column = at - before.rfind('\n').map_or(0, |newline| newline + 1);
        let (name, current, context) = (self.name, quote(&self.current.to_str()), self.tree.render(id));
        let message =
            format!("template: {name}:{line}:{column}: executing {current} at <{context}>: {message}");
        Stop { message, at }
    }

    pub(super) fn spend(&mut self, steps: usize) -> Run<()> {
        self.budget.spend(steps).map_err(|message| self.stop(message))
    }

    /// Runs what nests, if it does not nest too deeply.
    fn nested<T>(&mut self, run: impl FnOnce(&mut Self) -> Run<T>) -> Run<T> {
        if self.depth == MAX_DEPTH {
            return Err(self.stop(format!("exceeded maximum template depth ({MAX_DEPTH})")));
        }
        self.depth += 1;
        let result = run(self);
        self.depth -= 1;
        result
    }

    fn write(&mut self, bytes: &[u8]) -> Run<()> {
        self.spend(1)?;
        self.budget.check_size(self.out.len() + bytes.len()).map_err(|message| self.stop(message))?;
        self.out.extend_from_slice(bytes);
        Ok(())
    }

    // Lists and blocks.

    fn list(&mut self, dot: &Value, list: &'a List) -> Run<Flow> {
        for &id in list {
            let flow = self.item(dot, id)?;
            if flow != Flow::Next {
                return Ok(flow);
            }
        }
        Ok(Flow::Next)
    }

    fn item(&mut self, dot: &Value, id: NodeId) -> Run<Flow> {
        self.at(id);
        let tree = self.tree;
        match &tree[id].kind {
            Kind::Text(text) => self.write(&Text::from(&**text))?,
            Kind::Action { pipe } => {
                let value = self.pipeline(dot, *pipe)?;
                if !matches!(&tree[*pipe].kind, Kind::Pipe(pipe) if !pipe.variables.is_empty()) {
                    self.at(id);
                    let text = print::action(&value);
                    self.write(&text)?;
                }
            }
            Kind::Branch(branch) => {
                let mark = self.variables.len();
                let flow = self.nested(|state| match branch.word {
                    Word::Range => state.range(dot, branch),
                    Word::If | Word::With => state.choose(dot, branch),
                })?;
                self.variables.truncate(mark);
                return Ok(flow);
            }
            Kind::Template { name, pipe } => self.template(dot, name, *pipe)?,
            Kind::Break => return Ok(Flow::Break),
            Kind::Continue => return Ok(Flow::Continue),
            _ => return Err(self.stop("unknown node")),
        }
        Ok(Flow::Next)
    }

    fn choose(&mut self, dot: &Value, branch: &'a Branch) -> Run<Flow> {
        for (pipe, list) in &branch.arms {
            let value = self.pipeline(dot, *pipe)?;
            if value.is_true() {
                let dot = if branch.word == Word::With { &value } else { dot };
                return self.list(dot, list);
            }
        }
        self.list(dot, &branch.otherwise)
    }

    fn range(&mut self, dot: &Value, branch: &'a Branch) -> Run<Flow> {
        let Some((id, list)) = branch.arms.first() else { return Ok(Flow::Next) };
        let over = self.pipeline(dot, *id)?;
        let over = over.indirect().unwrap_or(over);
        let Kind::Pipe(pipe) = &self.tree[*id].kind else { return Ok(Flow::Next) };
        let mark = self.variables.len();
        let mut ran = false;
        let mut run = |state: &mut Self, key: Value, element: Value| {
            ran = true;
            state.set_range_variables(pipe, key, &element)?;
            let flow = state.list(&element, list)?;
            state.variables.truncate(mark);
            Ok(flow == Flow::Break)
        };
        match &over {
            Value::Int(..) if pipe.variables.len() > 1 => {
                let printed = print::plain(&over);
                return Err(self.stop(format!("can't use {printed} to iterate over more than one variable")));
            }
            Value::Int(count, kind) => {
                for value in 0..*count {
                    self.spend(1)?;
                    if run(self, Value::Invalid, Value::Int(value, *kind))? {
                        break;
                    }
                }
            }
            Value::Samples(samples) => {
                for (index, row) in samples.iter().enumerate() {
                    self.spend(1)?;
                    if run(self, Value::int(index), Value::Sample(Some(row.clone())))? {
                        break;
                    }
                }
            }
            Value::List(_, items) => {
                for (index, item) in items.iter().enumerate() {
                    self.spend(1)?;
                    if run(self, Value::int(index), item.clone())? {
                        break;
                    }
                }
            }
            Value::Labels(labels) => {
                for (name, value) in labels.iter() {
                    self.spend(1)?;
                    if run(self, name.into(), value.into())? {
                        break;
                    }
                }
            }
            Value::Args(args) => {
                for (name, value) in &args.values {
                    self.spend(1)?;
                    if run(self, Value::String(name.clone()), Value::any(value.clone()))? {
                        break;
                    }
                }
            }
            Value::Invalid => {}
            other => return Err(self.stop(format!("range can't iterate over {}", print::plain(other)))),
        }
        if ran { Ok(Flow::Next) } else { self.list(dot, &branch.otherwise) }
    }

    fn set_range_variables(&mut self, pipe: &'a Pipe, key: Value, element: &Value) -> Run<()> {
        let values = match pipe.variables.len() {
            0 => return Ok(()),
            1 => vec![element.clone()],
            _ => vec![key, element.clone()],
        };
        let top = self.variables.len() - if pipe.assigns { 0 } else { values.len() };
        for (index, (name, value)) in pipe.variables.iter().zip(values).enumerate() {
            if pipe.assigns {
                self.set_variable(name, value)?;
            } else {
                self.variables[top + index].1 = value;
            }
        }
        Ok(())
    }

    fn template(&mut self, dot: &Value, name: &Text, pipe: Option<NodeId>) -> Run<()> {
        let Some(list) = self.tree.templates.get(name) else {
            return Err(self.stop(format!("template {} not defined", quote(&name.to_str()))));
        };
        if self.templates == MAX_TEMPLATES {
            return Err(self.stop(format!("exceeded maximum template depth ({MAX_TEMPLATES})")));
        }
        self.nested(|state| {
            state.templates += 1;
            let dot = match pipe {
                Some(pipe) => state.pipeline(dot, pipe)?,
                None => Value::Invalid,
            };
            let variables = std::mem::replace(&mut state.variables, vec![("$", dot.clone())]);
            let current = std::mem::replace(&mut state.current, name.clone());
            state.list(&dot, list)?;
            state.variables = variables;
            state.current = current;
            state.templates -= 1;
            Ok(())
        })
    }

    // Pipelines and commands.

    pub(super) fn pipeline(&mut self, dot: &Value, id: NodeId) -> Run<Value> {
        self.at(id);
        self.spend(1)?;
        let Kind::Pipe(pipe) = &self.tree[id].kind else { return Err(self.stop("unknown node")) };
        let mut last = None;
        for &command in &pipe.commands {
            let value = self.nested(|state| state.command(dot, command, last.take()))?;
            last = Some(match value {
                Value::Any(_) => value.concrete().clone(),
                value => value,
            });
        }
        let value = last.unwrap_or(Value::Invalid);
        for name in &pipe.variables {
            if pipe.assigns {
                self.set_variable(name, value.clone())?;
            } else {
                self.variables.push((name, value.clone()));
            }
        }
        Ok(value)
    }

    fn set_variable(&mut self, name: &str, value: Value) -> Run<()> {
        match self.variables.iter_mut().rev().find(|(own, _)| *own == name) {
            Some((_, slot)) => {
                *slot = value;
                Ok(())
            }
            None => Err(self.stop(format!("undefined variable: {name}"))),
        }
    }

    fn variable(&self, name: &str) -> Run<Value> {
        match self.variables.iter().rev().find(|(own, _)| *own == name) {
            Some((_, value)) => Ok(value.clone()),
            None => Err(self.stop(format!("undefined variable: {name}"))),
        }
    }

    /// A command; `last` is the value of the one before it in the pipeline.
    fn command(&mut self, dot: &Value, id: NodeId, last: Option<Value>) -> Run<Value> {
        self.spend(1)?;
        let tree = self.tree;
        let Kind::Command(words) = &tree[id].kind else { return Err(self.stop("unknown node")) };
        let Some((&first, arguments)) = words.split_first() else { return Err(self.stop("empty command")) };
        if let Kind::Identifier(_) = tree[first].kind {
            return self.function(dot, first, id, arguments, last);
        }
        self.operand(dot, first, arguments, last)
    }

    /// A call of a function; `blame` is what its own errors are blamed on.
    fn function(
        &mut self,
        dot: &Value,
        id: NodeId,
        blame: NodeId,
        arguments: &'a [NodeId],
        last: Option<Value>,
    ) -> Run<Value> {
        self.at(id);
        let Kind::Identifier(function) = self.tree[id].kind else { return Err(self.stop("unknown node")) };
        self.call(dot, function, None, Call { blame, arguments, last })
    }

    /// Anything but a function, with arguments if it is a method.
    fn operand(
        &mut self,
        dot: &Value,
        id: NodeId,
        arguments: &'a [NodeId],
        last: Option<Value>,
    ) -> Run<Value> {
        let tree = self.tree;
        let call = Call { blame: id, arguments, last };
        match &tree[id].kind {
            Kind::Field(fields) => {
                self.at(id);
                self.fields(dot, dot.clone(), fields, call)
            }
            Kind::Variable { name, fields } => {
                self.at(id);
                let value = self.variable(name)?;
                if fields.is_empty() {
                    self.refuse_arguments(id, &call)?;
                    return Ok(value);
                }
                self.fields(dot, value, fields, call)
            }
            Kind::Chain { of, fields } => {
                self.at(id);
                let value = match &tree[*of].kind {
                    Kind::Identifier(_) => {
                        self.at(*of);
                        self.function(dot, *of, *of, &[], None)?
                    }
                    _ => {
                        self.at(*of);
                        self.pipeline(dot, *of)?
                    }
                };
                self.fields(dot, value, fields, call)
            }
            Kind::Pipe(_) => {
                self.refuse_arguments(id, &call)?;
                self.pipeline(dot, id)
            }
            _ => {
                self.at(id);
                self.refuse_arguments(id, &call)?;
                match &tree[id].kind {
                    Kind::Dot => Ok(dot.clone()),
                    Kind::Nil => Err(self.stop("nil is not a command")),
                    _ => self.constant(id),
                }
            }
        }
    }

    fn refuse_arguments(&self, id: NodeId, call: &Call<'_>) -> Run<()> {
        if call.is_bare() {
            return Ok(());
        }
        Err(self.stop(format!("can't give argument to non-function {}", self.tree.render(id))))
    }

    /// A constant by itself.
    pub(super) fn constant(&mut self, id: NodeId) -> Run<Value> {
        self.at(id);
        match &self.tree[id].kind {
            Kind::Bool(value) => Ok((*value).into()),
            Kind::String { text, .. } => Ok(Value::String(text.clone())),
            Kind::Number { number: Number { float, imaginary: Some(imaginary), .. }, .. } => {
                Ok(Value::Complex(*float, *imaginary))
            }
            Kind::Number { written, number } => match number.int {
                _ if number.is_float => Ok(Value::Float(number.float)),
                Some(int) => Ok(Value::Int(int, IntType::Int)),
                None => Err(self.stop(format!("{written} overflows int"))),
            },
            _ => Err(self.stop(format!("can't evaluate command {}", quote(&self.tree.render(id))))),
        }
    }

    /// A chain of fields, the last of which may be a method that takes the arguments.
    fn fields(&mut self, dot: &Value, receiver: Value, fields: &'a [Box<str>], call: Call<'a>) -> Run<Value> {
        let Some((last, before)) = fields.split_last() else { return Ok(receiver) };
        let mut value = receiver;
        for name in before {
            let call = Call { blame: call.blame, arguments: &[], last: None };
            value = self.field(dot, &value, name, call)?;
        }
        self.field(dot, &value, last, call)
    }

    fn field(&mut self, dot: &Value, receiver: &Value, name: &'a str, call: Call<'a>) -> Run<Value> {
        if let Value::Invalid = receiver {
            return Ok(Value::Invalid);
        }
        if let Some(method) = field::method(receiver, name) {
            let receiver = receiver.indirect().unwrap_or(Value::Invalid);
            return self.call(dot, method, Some(receiver), call);
        }
        field::field(receiver, name, call.is_bare()).map_err(|message| self.stop(message))
    }

    /// The value of an argument of any type but a constant.
    pub(super) fn argument(&mut self, dot: &Value, id: NodeId) -> Run<Value> {
        self.at(id);
        match &self.tree[id].kind {
            Kind::Identifier(_) => self.nested(|state| state.function(dot, id, id, &[], None)),
            Kind::Pipe(_) => self.pipeline(dot, id),
            _ => self.nested(|state| state.operand(dot, id, &[], None)),
        }
    }
}
