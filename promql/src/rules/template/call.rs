//! Calls: arguments are evaluated and fitted to the types of parameters.

use super::eval::{Run, State};
use super::functions::{Body, Environment, Function, Param, Params};
use super::tree::{Kind, NodeId};
use super::value::{IntType, Value};
use std::sync::Arc;

/// The place and the arguments of a call.
pub(super) struct Call<'a> {
    /// What errors of the function are blamed on.
    pub(super) blame: NodeId,
    pub(super) arguments: &'a [NodeId],
    /// The value of the command before in the pipeline: the last argument.
    pub(super) last: Option<Value>,
}

impl Call<'_> {
    /// True if there are no arguments.
    pub(super) fn is_bare(&self) -> bool {
        self.arguments.is_empty() && self.last.is_none()
    }
}

impl<'a> State<'a> {
    /// Calls a function or a method, which gets its receiver as the first argument.
    pub(super) fn call(
        &mut self,
        dot: &Value,
        function: &'static Function,
        receiver: Option<Value>,
        call: Call<'a>,
    ) -> Run<Value> {
        let name = function.name;
        let Params { fixed, rest } = function.params;
        let count = call.arguments.len() + usize::from(call.last.is_some());
        if rest.is_some() && count < fixed.len() {
            let (want, got) = (fixed.len(), call.arguments.len());
            return Err(self.stop(format!("wrong number of args for {name}: want at least {want} got {got}")));
        }
        if rest.is_none() && count != fixed.len() {
            let want = fixed.len();
            return Err(self.stop(format!("wrong number of args for {name}: want {want} got {count}")));
        }
        let run = match function.body {
            Body::Until(truth) => return self.until(dot, truth, call),
            Body::Call(run) => run,
        };
        let param = |index: usize| fixed.get(index).copied().or(rest).unwrap_or(Param::Any);
        let mut values: Vec<Value> = receiver.into_iter().collect();
        for (index, &argument) in call.arguments.iter().enumerate() {
            let value = self.fitted_argument(dot, argument, param(index))?;
            values.push(value);
        }
        let place = call.arguments.len();
        if let Some(last) = call.last {
            values.push(self.fit(last, param(place))?);
        }
        let mut environment = Environment {
            data: self.data,
            budget: &mut self.budget,
            called: call.arguments.first().map(|&first| self.tree.render(first)),
        };
        match run(&mut environment, &values) {
            Ok(value) => {
                if let Value::String(text) | Value::Html(text) = &value {
                    let spent = self.budget.spend_bytes(text.len());
                    spent.map_err(|message| self.stop(message))?;
                }
                Ok(value)
            }
            Err(message) => {
                self.at(call.blame);
                Err(self.stop(format!("error calling {name}: {message}")))
            }
        }
    }

    /// `and` and `or`: the first argument of this truth, or the last one.
    fn until(&mut self, dot: &Value, truth: bool, call: Call<'a>) -> Run<Value> {
        let mut value = Value::Invalid;
        for &argument in call.arguments {
            value = self.fitted_argument(dot, argument, Param::Reflect)?;
            if value.is_true() == truth {
                return Ok(value);
            }
        }
        Ok(call.last.unwrap_or(value))
    }

    fn fitted_argument(&mut self, dot: &Value, id: NodeId, param: Param) -> Run<Value> {
        self.at(id);
        let tree = self.tree;
        match (&tree[id].kind, param) {
            (Kind::Nil, _) => match param.nil() {
                Some(nil) => Ok(nil),
                None => Err(self.stop(format!("cannot assign nil to {}", param.type_name()))),
            },
            (Kind::Bool(_) | Kind::Number { .. } | Kind::String { .. }, _) => {
                let found = || tree.render(id);
                match (&tree[id].kind, param) {
                    (_, Param::Any | Param::Reflect) | (Kind::String { .. }, Param::String) => {
                        self.constant(id)
                    }
                    (_, Param::String) => Err(self.stop(format!("expected string; found {}", found()))),
                    (Kind::Number { number, .. }, Param::Int(kind)) if number.int.is_some() => {
                        Ok(Value::Int(number.int.unwrap_or_default(), kind))
                    }
                    (_, Param::Int(_)) => Err(self.stop(format!("expected integer; found {}", found()))),
                    (_, Param::Sample | Param::Samples | Param::Time) => {
                        let message =
                            format!("can't handle {} for arg of type {}", found(), param.type_name());
                        Err(self.stop(message))
                    }
                }
            }
            (Kind::Dot, _) => self.fit(dot.clone(), param),
            _ => {
                let value = self.argument(dot, id)?;
                self.fit(value, param)
            }
        }
    }

    /// The value as a parameter takes it.
    fn fit(&self, value: Value, param: Param) -> Run<Value> {
        if let Value::Invalid = value {
            return match param.nil() {
                Some(nil) => Ok(nil),
                None => Err(self.stop(format!("invalid value; expected {}", param.type_name()))),
            };
        }
        if param.takes(&value) {
            return Ok(value);
        }
        let value = match value {
            Value::Any(Some(inner)) => Arc::unwrap_or_clone(inner),
            value => value,
        };
        if param.takes(&value) {
            return Ok(value);
        }
        if let Value::Pointer(to) = &value
            && param.takes(to)
        {
            return Ok((**to).clone());
        }
        let (want, got) = (param.type_name(), value.type_name());
        Err(self.stop(format!("wrong type for value; expected {want}; got {got}")))
    }
}

impl Param {
    /// True if a value can be passed as it is.
    fn takes(self, value: &Value) -> bool {
        match (self, value) {
            (Param::Any | Param::Reflect, _)
            | (Param::String, Value::String(_))
            | (Param::Sample, Value::Sample(_))
            | (Param::Samples, Value::Samples(_))
            | (Param::Time, Value::Time(_)) => true,
            (Param::Int(want), Value::Int(_, got)) => want == *got,
            _ => false,
        }
    }

    /// What nil is for a parameter, if it can be nil.
    fn nil(self) -> Option<Value> {
        match self {
            Param::Any | Param::Reflect => Some(Value::Invalid),
            Param::Sample => Some(Value::Sample(None)),
            Param::Samples => Some(Value::Samples(Arc::new([]))),
            Param::String | Param::Int(_) | Param::Time => None,
        }
    }

    fn type_name(self) -> &'static str {
        match self {
            Param::Any => "interface {}",
            Param::Reflect => "reflect.Value",
            Param::String => "string",
            Param::Sample => "*template.sample",
            Param::Samples => "template.queryResult",
            Param::Time => "time.Time",
            Param::Int(kind) => Value::Int(0, kind).type_name(),
        }
    }
}

/// The type of durations, for tables of methods.
pub(super) const DURATION: Param = Param::Int(IntType::Duration);
