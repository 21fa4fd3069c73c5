//! What can be wrong with a query whose syntax is right, in Prometheus' words, and what to do about it.

use crate::diagnostic::{Diagnostic, Severity};
use crate::model::{RegexError, ValueType, quote};
use promql_grammar::Span;
use promql_grammar::ast::{Aggregator, BinaryOp};

/// Something wrong with a query whose syntax is right. Prints as Prometheus does, without position.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{kind}")]
pub struct CheckError {
    /// What is wrong.
    pub kind: CheckErrorKind,
    /// Where, as Prometheus sees it.
    pub span: Span,
    /// The part of that place which should change, if it is less.
    pub detail: Option<Span>,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CheckErrorKind {
    /// There is no function of this name.
    #[error("unknown function with name {}", quote(.name))]
    UnknownFunction {
        /// The name as written.
        name: String,
        /// What was probably meant.
        nearest: Option<&'static str>,
    },
    /// The function needs a feature that is off.
    #[error("function {} is not enabled", quote(.0))]
    FunctionDisabled(&'static str),
    /// The aggregator needs a feature that is off.
    #[error("{0}() is experimental and must be enabled with --enable-feature={EXPERIMENTAL_FUNCTIONS}")]
    AggregatorDisabled(Aggregator),
    /// Fill modifiers need a feature that is off.
    #[error("binop fill modifiers are experimental and not enabled")]
    FillDisabled,
    /// A call has too few or too many arguments.
    #[error(
        "expected {}{limit} argument(s) in call to {}, got {got}",
        match .bound { Bound::Exactly => "", Bound::AtLeast => "at least ", Bound::AtMost => "at most " },
        quote(.function)
    )]
    ArgumentCount {
        /// The function.
        function: &'static str,
        /// How the limit limits.
        bound: Bound,
        /// The limit.
        limit: usize,
        /// How many there are.
        got: usize,
        /// The signature for people.
        signature: String,
    },
    /// An aggregation without arguments.
    #[error("no arguments for aggregate expression provided")]
    NoOperand(Aggregator),
    /// An aggregation with too few or too many arguments.
    #[error("wrong number of arguments for aggregate expression provided, expected {expected}, got {got}")]
    AggregationArguments {
        /// The aggregator.
        op: Aggregator,
        /// How many it takes.
        expected: usize,
        /// How many there are.
        got: usize,
    },
    /// An operand of the wrong type.
    #[error("expected type {} in {place}, got {}", .expected.described(), .got.described())]
    Type {
        /// Where it stands.
        place: Place,
        /// The type that fits.
        expected: ValueType,
        /// The type it has.
        got: ValueType,
    },
    /// The second argument of `info` is no selector.
    #[error("expected label selectors only")]
    InfoNoSelector,
    /// The second argument of `info` is a selector with a metric name.
    #[error("expected label selectors only, got vector selector instead")]
    InfoMetricName,
    /// `bool` on something else than a comparison.
    #[error("bool modifier can only be used on comparison operators")]
    BoolWithoutComparison(BinaryOp),
    /// Scalars are compared without `bool`.
    #[error("comparisons between scalars must use BOOL modifier")]
    ScalarComparison,
    /// A label in `on` and `group_left` or `group_right` at once.
    #[error("label {} must not occur in ON and GROUP clause at once", quote(.0))]
    OnAndGroup(String),
    /// A string or a range vector as an operand.
    #[error("binary expression must contain only scalar and instant vector types")]
    BinaryOperand(ValueType),
    /// `on` or `ignoring` with a scalar.
    #[error("vector matching only allowed between instant vectors")]
    MatchingWithScalar,
    /// `fill` with a scalar.
    #[error("filling in missing series only allowed between instant vectors")]
    FillWithScalar,
    /// `fill` on a set operator.
    #[error("filling in missing series not allowed for set operators")]
    FillOnSet,
    /// `group_left` or `group_right` on a set operator.
    #[error("no grouping allowed for \"{0}\" operation")]
    GroupOnSet(BinaryOp),
    /// A set operator with a scalar.
    #[error("set operator \"{0}\" not allowed in binary scalar expression")]
    SetWithScalar(BinaryOp),
    /// A sign before something that has none.
    #[error(
        "unary expression only allowed on expressions of type scalar or instant vector, got \"{}\"",
        .0.described()
    )]
    UnaryOperand(ValueType),
    /// A subquery of something that is no instant vector.
    #[error("subquery is only allowed on instant vector, got {0} instead")]
    SubqueryOperand(ValueType),
    /// A selector that would select everything.
    #[error("vector selector must contain at least one non-empty matcher")]
    EmptySelector,
    /// A metric name before the braces and another one inside.
    #[error("metric name must not be set twice: {} or {}", quote(.0), quote(.1))]
    MetricNameTwice(String, String),
    /// A matcher with a bad regular expression.
    #[error(transparent)]
    Regex(RegexError),
}

/// How a number of arguments is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// No more and no less.
    Exactly,
    /// Not less.
    AtLeast,
    /// Not more.
    AtMost,
}

/// Where an operand stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// An argument of a function.
    Call(&'static str),
    /// The operand of an aggregation.
    Operand,
    /// The parameter of an aggregation.
    Parameter,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Place::Call(function) => write!(f, "call to function {}", quote(function)),
            Place::Operand => f.write_str("aggregation expression"),
            Place::Parameter => f.write_str("aggregation parameter"),
        }
    }
}

const EXPERIMENTAL_FUNCTIONS: &str = "promql-experimental-functions";
const FILL_MODIFIERS: &str = "promql-binop-fill-modifiers";

impl CheckError {
    /// Its name in kebab-case.
    #[must_use]
    pub fn code(&self) -> &'static str {
        use CheckErrorKind as Kind;
        match self.kind {
            Kind::UnknownFunction { .. } => "unknown-function",
            Kind::FunctionDisabled(_) | Kind::AggregatorDisabled(_) | Kind::FillDisabled => {
                "feature-disabled"
            }
            Kind::ArgumentCount { .. } | Kind::NoOperand(_) | Kind::AggregationArguments { .. } => {
                "argument-count"
            }
            Kind::Type { .. } | Kind::BinaryOperand(_) | Kind::UnaryOperand(_) | Kind::SubqueryOperand(_) => {
                "type-mismatch"
            }
            Kind::InfoNoSelector | Kind::InfoMetricName => "info-selector",
            Kind::BoolWithoutComparison(_) | Kind::ScalarComparison => "bool-modifier",
            Kind::OnAndGroup(_) | Kind::MatchingWithScalar | Kind::GroupOnSet(_) => "vector-matching",
            Kind::FillWithScalar | Kind::FillOnSet => "fill-modifier",
            Kind::SetWithScalar(_) => "set-operator",
            Kind::EmptySelector => "empty-selector",
            Kind::MetricNameTwice(..) => "metric-name-twice",
            Kind::Regex(_) => "invalid-regex",
        }
    }

    /// What to do.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        use CheckErrorKind as Kind;
        Some(match &self.kind {
            Kind::UnknownFunction { nearest, .. } => format!("did you mean `{}`?", (*nearest)?),
            Kind::FunctionDisabled(_) | Kind::AggregatorDisabled(_) => enable(EXPERIMENTAL_FUNCTIONS),
            Kind::FillDisabled => enable(FILL_MODIFIERS),
            Kind::ArgumentCount { signature, .. } => format!("it is called as {signature}"),
            Kind::NoOperand(op) | Kind::AggregationArguments { op, .. } => match parameter(*op) {
                None => format!("{op} takes one argument: the instant vector"),
                Some(_) => format!("{op} takes two arguments: the parameter, then the instant vector"),
            },
            Kind::Type { expected, got, .. } => conversion(*expected, *got)?.into(),
            Kind::BinaryOperand(got) | Kind::UnaryOperand(got) | Kind::SubqueryOperand(got) => {
                conversion(ValueType::Vector, *got)?.into()
            }
            Kind::InfoNoSelector | Kind::InfoMetricName => {
                "write matchers in braces, with the name of the info metric as a matcher if it is not \
                 target_info: {__name__=\"build_info\"}"
                    .into()
            }
            Kind::BoolWithoutComparison(_) => "remove `bool`".into(),
            Kind::ScalarComparison => "write `bool` behind the operator: the result is 0 or 1".into(),
            Kind::OnAndGroup(label) => {
                format!("series that match have the same `{label}`, there is no need to copy it")
            }
            Kind::MatchingWithScalar | Kind::FillWithScalar => {
                "a scalar is combined with every series; remove the clause".into()
            }
            Kind::FillOnSet => "remove the fill modifier".into(),
            Kind::GroupOnSet(_) => "set operations are always many-to-many; remove the clause".into(),
            Kind::SetWithScalar(_) => "use vector() to make the scalar a vector".into(),
            Kind::EmptySelector => {
                "it would select every series; add a metric name or a matcher that does not accept an empty \
                 value, such as {job=~\".+\"}"
                    .into()
            }
            Kind::MetricNameTwice(..) => "keep the name before the braces or the one inside".into(),
            Kind::Regex(_) => return None,
        })
    }

    /// The error as a finding that can be drawn.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        let place = (self.span, self.label());
        let detail = self.detail.map(|span| (span, self.detail_label()));
        Diagnostic {
            code: self.code(),
            severity: Severity::Error,
            message: self.to_string(),
            labels: std::iter::once(place).chain(detail).collect(),
            help: self.help(),
        }
    }

    /// What to say at the place itself.
    fn label(&self) -> String {
        if self.detail.is_some() { String::new() } else { self.wrong_type().unwrap_or_default() }
    }

    /// What to say at the part that should change.
    fn detail_label(&self) -> String {
        match self.kind {
            CheckErrorKind::MetricNameTwice(..) => "and again here".into(),
            _ => self.wrong_type().unwrap_or_else(|| "this clause".into()),
        }
    }

    fn wrong_type(&self) -> Option<String> {
        match self.kind {
            CheckErrorKind::Type { got, .. }
            | CheckErrorKind::BinaryOperand(got)
            | CheckErrorKind::UnaryOperand(got)
            | CheckErrorKind::SubqueryOperand(got) => Some(format!("{} {}", article(got), got.described())),
            _ => None,
        }
    }
}

/// The type of an aggregator's parameter, if it has one.
pub(super) fn parameter(op: Aggregator) -> Option<ValueType> {
    match op {
        Aggregator::CountValues => Some(ValueType::String),
        Aggregator::Topk
        | Aggregator::Bottomk
        | Aggregator::Quantile
        | Aggregator::Limitk
        | Aggregator::LimitRatio => Some(ValueType::Scalar),
        _ => None,
    }
}

fn enable(feature: &str) -> String {
    format!("enable it with --enable-feature={feature}")
}

fn article(value_type: ValueType) -> &'static str {
    // "instant vector" is the only one that begins with a vowel.
    if value_type == ValueType::Vector { "an" } else { "a" }
}

/// How to make a value of another type.
fn conversion(expected: ValueType, got: ValueType) -> Option<&'static str> {
    use ValueType::{Matrix, Scalar, Vector};
    match (expected, got) {
        (Matrix, Vector) => Some("add a range such as [5m] to a selector, or [5m:] to an expression"),
        (Vector, Matrix) => Some("apply a function such as rate() or avg_over_time(), or remove the range"),
        (Vector, Scalar) => Some("use vector() to make the scalar a vector"),
        (Scalar, Vector) => Some("use scalar() to make a vector with one sample a scalar"),
        _ => None,
    }
}
