//! The functions of templates: Go's own and those of Prometheus.
//!
//! A name is written here once; parsing, calls and completion look it up in [`FUNCTIONS`].

mod address;
mod builtin;
mod compare;
mod convert;
mod element;
mod escape;
pub(super) mod histogram;
mod humanize;
mod layout;
mod query;
mod strings;
pub(super) mod time;
mod title;

use super::data::Data;
use super::limit::Budget;
use super::value::{IntType, Value};

/// A function or a method.
#[derive(Debug)]
pub(super) struct Function {
    pub(super) name: &'static str,
    pub(super) params: Params,
    pub(super) body: Body,
}

/// The types of the arguments, without the receiver of a method.
#[derive(Clone, Copy, Debug)]
pub(super) struct Params {
    pub(super) fixed: &'static [Param],
    /// What may follow, any number of times.
    pub(super) rest: Option<Param>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Param {
    Any,
    /// Any value with its type, where Go takes a `reflect.Value`.
    Reflect,
    String,
    Sample,
    Samples,
    Time,
    Int(IntType),
}

/// How a function is evaluated.
#[derive(Clone, Copy, Debug)]
pub(super) enum Body {
    /// The first argument that is as true as this, or the last one; later arguments are not evaluated.
    Until(bool),
    Call(Run),
}

/// Gets the receiver, if any, and the arguments. The error is a message.
pub(super) type Run = fn(&mut Environment<'_>, &[Value]) -> Result<Value, String>;

/// What functions see of the execution.
pub(super) struct Environment<'a> {
    pub(super) data: &'a Data<'a>,
    pub(super) budget: &'a mut Budget,
    /// The first argument as written.
    pub(super) called: Option<String>,
}

/// The function of this name.
pub(super) fn find(name: &str) -> Option<&'static Function> {
    FUNCTIONS.iter().find(|function| function.name == name)
}

/// The names of all functions.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    FUNCTIONS.iter().map(|function| function.name)
}

/// A function of fixed arguments.
const fn call(name: &'static str, fixed: &'static [Param], run: Run) -> Function {
    Function { name, params: Params { fixed, rest: None }, body: Body::Call(run) }
}

/// A function of any number of arguments more.
const fn variadic(name: &'static str, fixed: &'static [Param], rest: Param, run: Run) -> Function {
    Function { name, params: Params { fixed, rest: Some(rest) }, body: Body::Call(run) }
}

/// `and` and `or`.
const fn until(name: &'static str, truth: bool) -> Function {
    let params = Params { fixed: &[Param::Reflect], rest: Some(Param::Reflect) };
    Function { name, params, body: Body::Until(truth) }
}

use Param::{Any, Reflect, Sample, Samples};
/// `String` is the name of a type here.
const TEXT: Param = Param::String;

static FUNCTIONS: &[Function] = &[
    until("and", false),
    variadic("args", &[], Any, query::args),
    variadic("call", &[Reflect], Reflect, builtin::call),
    variadic("eq", &[Reflect], Reflect, compare::eq),
    call("externalURL", &[], query::external_url),
    call("first", &[Samples], query::first),
    call("ge", &[Reflect, Reflect], compare::ge),
    call("graphLink", &[TEXT], strings::graph_link),
    call("gt", &[Reflect, Reflect], compare::gt),
    variadic("html", &[], Any, escape::html),
    call("humanize", &[Any], humanize::humanize),
    call("humanize1024", &[Any], humanize::humanize1024),
    call("humanizeDuration", &[Any], humanize::humanize_duration),
    call("humanizePercentage", &[Any], humanize::humanize_percentage),
    call("humanizeTimestamp", &[Any], humanize::humanize_timestamp),
    variadic("index", &[Reflect], Reflect, element::index),
    variadic("js", &[], Any, escape::js),
    call("label", &[TEXT, Sample], query::label),
    call("le", &[Reflect, Reflect], compare::le),
    call("len", &[Reflect], element::len),
    call("lt", &[Reflect, Reflect], compare::lt),
    call("match", &[TEXT, TEXT], strings::matches),
    call("ne", &[Reflect, Reflect], compare::ne),
    call("not", &[Reflect], builtin::not),
    call("now", &[], query::now),
    until("or", true),
    call("parseDuration", &[TEXT], convert::parse_duration),
    call("pathPrefix", &[], query::path_prefix),
    variadic("print", &[], Any, builtin::print),
    variadic("printf", &[TEXT], Any, builtin::printf),
    variadic("println", &[], Any, builtin::println),
    call("query", &[TEXT], query::query),
    call("reReplaceAll", &[TEXT, TEXT, TEXT], strings::re_replace_all),
    call("safeHtml", &[TEXT], strings::safe_html),
    variadic("slice", &[Reflect], Reflect, element::slice),
    call("sortByLabel", &[TEXT, Samples], query::sort_by_label),
    call("stripDomain", &[TEXT], address::strip_domain),
    call("stripPort", &[TEXT], address::strip_port),
    call("strvalue", &[Sample], query::strvalue),
    call("tableLink", &[TEXT], strings::table_link),
    call("title", &[TEXT], title::title),
    call("toDuration", &[Any], convert::to_duration),
    call("toLower", &[TEXT], strings::to_lower),
    call("toTime", &[Any], convert::to_time),
    call("toUpper", &[TEXT], strings::to_upper),
    variadic("urlquery", &[], Any, escape::urlquery),
    call("urlQueryEscape", &[TEXT], escape::url_query_escape),
    call("value", &[Sample], query::value),
];

/// The string that a parameter of type string holds.
fn string(value: &Value) -> &[u8] {
    match value {
        Value::String(text) => text,
        _ => &[],
    }
}

/// That string as a text.
fn text(value: &Value) -> std::borrow::Cow<'_, str> {
    super::text::to_str(string(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_and_unique() {
        assert!(names().zip(names().skip(1)).all(|(a, b)| {
            let key = |name: &str| name.to_ascii_lowercase();
            key(a) < key(b)
        }));
    }
}
