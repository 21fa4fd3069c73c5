//! The tree: nodes in one vector, children by index, children before parents.
//!
//! A tree of any depth is built, walked and dropped without recursion. Read it with `match &ast[id].kind`. Texts
//! hold decoded strings; a byte that is not part of valid UTF-8 (written `\xff`) is kept as the private character
//! U+10FF00 + byte, see [`escaped_byte`].

use crate::span::Span;
use std::fmt;
use std::ops::{Deref, DerefMut, Index};

/// Number of an expression node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ExprId(u32);

/// Number of a duration node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DurationId(u32);

impl ExprId {
    /// The node's place in [`Ast::nodes`].
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A query as a tree.
#[derive(Clone, Debug, Default)]
pub struct Ast {
    nodes: Vec<Node>,
    durations: Vec<DurationNode>,
    comments: Vec<Comment>,
    root: Option<ExprId>,
    unquoted_utf8_names: bool,
}

/// One expression with its place in the text.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// Its whole text, modifiers included.
    pub span: Span,
}

/// A comment, from `#` to the end of its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// The text, `#` included, line end excluded.
    pub text: String,
    /// Where it stands.
    pub span: Span,
    /// Nothing but space stands before it on its line.
    pub own_line: bool,
}

/// The kinds of expressions.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// A number, or a duration standing for its seconds.
    Number(Number),
    /// A string.
    String(String),
    /// An instant selector.
    Selector(Selector),
    /// A range selector; `selector` is a [`Kind::Selector`] that holds all modifiers.
    Range {
        /// The selected series.
        selector: ExprId,
        /// The length of the window.
        range: DurationId,
    },
    /// A subquery.
    Subquery {
        /// The inner expression.
        expr: ExprId,
        /// The length of the window.
        range: DurationId,
        /// The inner step, if given.
        step: Option<DurationId>,
        /// `offset` and `@`.
        modifiers: Modifiers,
    },
    /// A function call.
    Call {
        /// The name as written.
        function: String,
        /// Where the name stands.
        function_span: Span,
        /// The arguments.
        args: Vec<ExprId>,
    },
    /// An aggregation.
    Aggregate {
        /// The aggregator.
        op: Aggregator,
        /// Where its name stands.
        op_span: Span,
        /// All arguments in written order; a well-formed aggregation has the parameter (if any) first, then the
        /// operand. The count is for the checker to judge.
        args: Vec<ExprId>,
        /// The `by` or `without` clause.
        grouping: Option<Box<Grouping>>,
    },
    /// A binary operation.
    Binary {
        /// The operator.
        op: BinaryOp,
        /// Where it stands.
        op_span: Span,
        /// The left operand.
        lhs: ExprId,
        /// The right operand.
        rhs: ExprId,
        /// `bool`, matching, grouping and fill clauses.
        modifiers: Clauses,
    },
    /// `+expr` or `-expr`.
    Unary {
        /// True for `-`.
        negative: bool,
        /// The operand.
        expr: ExprId,
    },
    /// `(expr)`.
    Paren(ExprId),
    /// What stands where the parser could not make sense of the text. Never in a tree that parsed without errors.
    Bad,
}

/// A number literal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Number {
    /// The value; seconds for a duration.
    pub value: f64,
    /// Written as a duration, such as `5m`.
    pub is_duration: bool,
}

/// An instant selector, or the series part of a range selector.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Selector {
    /// The metric name in front of the braces.
    pub name: Option<String>,
    /// Matchers inside the braces, in written order.
    pub matchers: Vec<LabelMatcher>,
    /// `offset`, `@`, `anchored`, `smoothed`.
    pub modifiers: Modifiers,
}

/// A matcher inside braces.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelMatcher {
    /// The label name; `__name__` for a bare quoted metric name.
    pub name: String,
    /// The operator; [`MatchOp::Equal`] for a bare quoted metric name.
    pub op: MatchOp,
    /// The value or the regular expression.
    pub value: String,
    /// Where the matcher stands.
    pub span: Span,
}

/// Matcher operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MatchOp {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `=~`
    Regex,
    /// `!~`
    NotRegex,
}

/// What may follow a selector or a subquery.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Modifiers {
    /// `offset d`.
    pub offset: Option<DurationId>,
    /// `@ t`, `@ start()`, `@ end()`.
    pub at: Option<At>,
    /// `anchored`; selectors only.
    pub anchored: bool,
    /// `smoothed`; selectors only.
    pub smoothed: bool,
}

/// The time of an `@` modifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// A fixed time in milliseconds since the epoch.
    Time(i64),
    /// The start of the query.
    Start,
    /// The end of the query.
    End,
}

/// One node of a duration: `5m`, `step() * 2`, `-(5m)`.
#[derive(Clone, Debug, PartialEq)]
pub struct DurationNode {
    /// What it is.
    pub kind: DurationKind,
    /// Where it stands; enclosing parentheses do not count, except around a plain literal.
    pub span: Span,
    /// Enclosed in parentheses (doubled ones collapse).
    pub wrapped: bool,
}

/// The kinds of duration nodes.
#[derive(Clone, Debug, PartialEq)]
pub enum DurationKind {
    /// A number or duration literal, in seconds, its sign folded in.
    Literal(Number),
    /// `step()`
    Step,
    /// `range()`
    Range,
    /// `-d`; a unary plus is dropped by the parser.
    Negative(DurationId),
    /// `l op r`; only arithmetic operators.
    Binary(BinaryOp, DurationId, DurationId),
    /// `min_of(l, r)`
    MinOf(DurationId, DurationId),
    /// `max_of(l, r)`
    MaxOf(DurationId, DurationId),
}

/// A `by` or `without` clause.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grouping {
    /// True for `without`.
    pub without: bool,
    /// The labels in written order.
    pub labels: Vec<String>,
    /// Where the clause stands.
    pub span: Span,
}

/// What may stand between a binary operator and its right operand.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BinaryModifiers {
    /// `bool`
    pub return_bool: bool,
    /// `on (..)` or `ignoring (..)`
    pub matching: Option<Matching>,
    /// `group_left (..)` or `group_right (..)`
    pub group: Option<Group>,
    /// Value of `fill` or `fill_left`.
    pub fill_left: Option<f64>,
    /// Value of `fill` or `fill_right`.
    pub fill_right: Option<f64>,
}

/// [`BinaryModifiers`] on the heap: most operators have none, and nodes stay small.
#[derive(Clone, Default)]
pub struct Clauses(Option<Box<BinaryModifiers>>);

impl Deref for Clauses {
    type Target = BinaryModifiers;

    fn deref(&self) -> &BinaryModifiers {
        static NONE: BinaryModifiers = BinaryModifiers {
            return_bool: false,
            matching: None,
            group: None,
            fill_left: None,
            fill_right: None,
        };
        self.0.as_deref().unwrap_or(&NONE)
    }
}

impl DerefMut for Clauses {
    fn deref_mut(&mut self) -> &mut BinaryModifiers {
        self.0.get_or_insert_default()
    }
}

impl PartialEq for Clauses {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl fmt::Debug for Clauses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

/// An `on` or `ignoring` clause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matching {
    /// True for `on`.
    pub on: bool,
    /// The labels in written order.
    pub labels: Vec<String>,
    /// Where the clause stands.
    pub span: Span,
}

/// A `group_left` or `group_right` clause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The side that may hold many series of one match group.
    pub side: Side,
    /// Labels copied from the one side.
    pub include: Vec<String>,
    /// Where the clause stands.
    pub span: Span,
}

/// A side of a binary operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// The left operand.
    Left,
    /// The right operand.
    Right,
}

/// Makes an enum of fieldless variants whose spellings stand once, here.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$doc])* #[doc = concat!("`", $word, "`")] $variant,)* }

        impl $name {
            /// All of them, in the order of the language's documentation.
            pub const ALL: &[$name] = &[$($name::$variant,)*];

            /// Its spelling in the language.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $($name::$variant => $word,)* }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

words! {
    /// Aggregators.
    Aggregator {
        Sum = "sum",
        Avg = "avg",
        Count = "count",
        Min = "min",
        Max = "max",
        Group = "group",
        Stddev = "stddev",
        Stdvar = "stdvar",
        Topk = "topk",
        Bottomk = "bottomk",
        CountValues = "count_values",
        Quantile = "quantile",
        Limitk = "limitk",
        LimitRatio = "limit_ratio",
    }
}

words! {
    /// Binary operators.
    BinaryOp {
        Or = "or",
        And = "and",
        Unless = "unless",
        Equal = "==",
        NotEqual = "!=",
        Less = "<",
        LessEqual = "<=",
        Greater = ">",
        GreaterEqual = ">=",
        TrimUpper = "</",
        TrimLower = ">/",
        Add = "+",
        Sub = "-",
        Mul = "*",
        Div = "/",
        Mod = "%",
        Atan2 = "atan2",
        Pow = "^",
    }
}

impl BinaryOp {
    /// `and`, `or`, `unless`.
    #[must_use]
    pub fn is_set(self) -> bool {
        matches!(self, BinaryOp::And | BinaryOp::Or | BinaryOp::Unless)
    }

    /// `== != < <= > >=`; the trim operators are not comparisons.
    #[must_use]
    pub fn is_comparison(self) -> bool {
        use BinaryOp::{Equal, Greater, GreaterEqual, Less, LessEqual, NotEqual};
        matches!(self, Equal | NotEqual | Less | LessEqual | Greater | GreaterEqual)
    }

    /// `</` and `>/`.
    #[must_use]
    pub fn is_trim(self) -> bool {
        matches!(self, BinaryOp::TrimUpper | BinaryOp::TrimLower)
    }
}

/// So few nodes are not worth a second look at their memory.
const FEW_NODES: usize = 4;

impl Ast {
    /// An empty tree with room for what so many tokens may become, if they are few.
    pub(crate) fn with_room(tokens: usize) -> Self {
        Ast { nodes: Vec::with_capacity(tokens.min(FEW_NODES)), ..Ast::default() }
    }

    /// Adds an expression; its children must have been added before.
    pub fn push(&mut self, kind: Kind, span: Span) -> ExprId {
        let id = ExprId(u32::try_from(self.nodes.len()).expect("a query has fewer than 2^32 nodes"));
        self.nodes.push(Node { kind, span });
        id
    }

    /// Adds a duration node; its children must have been added before.
    pub fn push_duration(&mut self, node: DurationNode) -> DurationId {
        let id = DurationId(u32::try_from(self.durations.len()).expect("a query has fewer than 2^32 nodes"));
        self.durations.push(node);
        id
    }

    /// Adds a comment; comments come in text order.
    pub fn push_comment(&mut self, comment: Comment) {
        self.comments.push(comment);
    }

    /// Adds comments; they come in text order.
    pub(crate) fn set_comments(&mut self, comments: Vec<Comment>) {
        self.comments = comments;
    }

    /// Gives back the room that was kept for more: queries are held in thousands.
    pub(crate) fn shrink_to_fit(&mut self) {
        if self.nodes.len() > FEW_NODES {
            self.nodes.shrink_to_fit();
            self.durations.shrink_to_fit();
        }
    }

    /// Whether names with letters of all scripts and dots are printed without quotes.
    #[must_use]
    pub fn unquoted_utf8_names(&self) -> bool {
        self.unquoted_utf8_names
    }

    /// Sets whether names with letters of all scripts and dots are printed without quotes.
    pub fn set_unquoted_utf8_names(&mut self, on: bool) {
        self.unquoted_utf8_names = on;
    }

    /// Names the outermost expression.
    pub fn set_root(&mut self, root: ExprId) {
        self.root = Some(root);
    }

    /// The outermost expression.
    ///
    /// # Panics
    /// If the tree was built by hand and [`Ast::set_root`] was never called; parsed trees always have a root.
    #[must_use]
    pub fn root(&self) -> ExprId {
        self.root.expect("set_root was called")
    }

    /// All nodes, children before parents. After error recovery some may not be reachable from the root.
    #[must_use]
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The ids of all nodes, children before parents.
    pub fn ids(&self) -> impl DoubleEndedIterator<Item = ExprId> + use<> {
        (0..u32::try_from(self.nodes.len()).expect("a query has fewer than 2^32 nodes")).map(ExprId)
    }

    /// The comments in text order.
    #[must_use]
    pub fn comments(&self) -> &[Comment] {
        &self.comments
    }

    /// The node for changing in place.
    pub fn node_mut(&mut self, id: ExprId) -> &mut Node {
        &mut self.nodes[id.0 as usize]
    }

    /// The duration node for changing in place.
    pub fn duration_mut(&mut self, id: DurationId) -> &mut DurationNode {
        &mut self.durations[id.0 as usize]
    }

    /// The expressions directly inside an expression, in written order.
    pub fn children(&self, id: ExprId) -> impl Iterator<Item = ExprId> + '_ {
        let (few, many): ([Option<ExprId>; 2], &[ExprId]) = match &self[id].kind {
            Kind::Number(_) | Kind::String(_) | Kind::Selector(_) | Kind::Bad => ([None, None], &[]),
            Kind::Range { selector: child, .. }
            | Kind::Subquery { expr: child, .. }
            | Kind::Unary { expr: child, .. }
            | Kind::Paren(child) => ([Some(*child), None], &[]),
            Kind::Binary { lhs, rhs, .. } => ([Some(*lhs), Some(*rhs)], &[]),
            Kind::Call { args, .. } | Kind::Aggregate { args, .. } => ([None, None], args),
        };
        few.into_iter().flatten().chain(many.iter().copied())
    }

    /// The expression inside any number of parentheses.
    #[must_use]
    pub fn unwrap_parens(&self, mut id: ExprId) -> ExprId {
        while let Kind::Paren(inner) = self[id].kind {
            id = inner;
        }
        id
    }
}

impl Index<ExprId> for Ast {
    type Output = Node;

    fn index(&self, id: ExprId) -> &Node {
        &self.nodes[id.0 as usize]
    }
}

impl Index<DurationId> for Ast {
    type Output = DurationNode;

    fn index(&self, id: DurationId) -> &DurationNode {
        &self.durations[id.0 as usize]
    }
}

/// First of the 256 private characters that stand for bytes which are not valid UTF-8.
const ESCAPED_BYTES: u32 = 0x10_FF00;

/// The character that stands for a byte that is not part of valid UTF-8 in a decoded string.
///
/// PromQL strings are byte strings (`"\xff"`), label values in practice are text. Keeping such a byte as one private
/// character makes every text a `str` and loses nothing: [`unescaped_byte`] finds it again.
#[must_use]
pub fn escaped_byte(byte: u8) -> char {
    char::from_u32(ESCAPED_BYTES + u32::from(byte)).expect("the range lies in the last private plane")
}

/// The byte that a character made by [`escaped_byte`] stands for.
#[must_use]
pub fn unescaped_byte(c: char) -> Option<u8> {
    (u32::from(c).checked_sub(ESCAPED_BYTES))
        .and_then(|byte| u8::try_from(byte).ok())
        .filter(|&byte| byte >= 0x80)
}
