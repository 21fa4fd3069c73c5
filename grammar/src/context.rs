//! In which construct a token stands and what may stand there, in the words of Prometheus.

use crate::lexer::Spanned;
use crate::token::Tok;

/// How a message about a misplaced token goes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Context {
    /// The construct.
    pub(crate) context: Option<&'static str>,
    /// What may stand there.
    pub(crate) expected: Option<&'static str>,
}

impl Context {
    fn new(context: &'static str, expected: &'static str) -> Self {
        Context { context: Some(context), expected: Some(expected) }
    }
}

/// The bracket that is open before the token.
pub(crate) fn innermost_opener(tokens: &[Spanned], at: usize) -> Option<usize> {
    let mut depth = 0usize;
    (0..at.min(tokens.len())).rev().find(|&before| {
        let tok = tokens[before].1;
        if tok.opens() && depth == 0 {
            return true;
        }
        depth = if tok.closes() { depth + 1 } else { depth - usize::from(tok.opens()) };
        false
    })
}

/// Whether the bracket opens a list: arguments or labels.
pub(crate) fn opens_list(tokens: &[Spanned], opener: usize) -> bool {
    let before = opener.checked_sub(1).map(|before| tokens[before].1);
    tokens[opener].1 == Tok::LeftParen
        && before.is_some_and(|tok| is_clause(tok) || is_callable(tok) || tok == Tok::RightParen)
}

fn is_clause(tok: Tok) -> bool {
    matches!(tok, Tok::By | Tok::Without | Tok::On | Tok::Ignoring | Tok::GroupList(_))
}

fn is_callable(tok: Tok) -> bool {
    let is_name = matches!(tok, Tok::Identifier | Tok::Aggregator(_) | Tok::Start | Tok::End);
    is_name || is_duration_function(tok)
}

fn is_duration_function(tok: Tok) -> bool {
    matches!(tok, Tok::Step | Tok::Range | Tok::MinOf | Tok::MaxOf)
}

/// Where the token with that number stands.
pub(crate) fn of(tokens: &[Spanned], at: usize) -> Context {
    let reader = Reader { tokens };
    let opener = innermost_opener(tokens, at);
    match opener.map(|opener| (opener, tokens[opener].1)) {
        Some((opener, Tok::LeftBrace)) => reader.in_braces(opener, at),
        Some((opener, Tok::LeftBracket)) => reader.in_brackets(opener, at),
        Some((opener, _)) if opener > 0 && is_clause(tokens[opener - 1].1) => {
            let starts = matches!(tokens[at - 1].1, Tok::LeftParen | Tok::Comma);
            Context::new("grouping opts", if starts { "label" } else { "\",\" or \")\"" })
        }
        _ => reader.outside(opener, at),
    }
}

struct Reader<'t> {
    tokens: &'t [Spanned],
}

impl Reader<'_> {
    fn tok(&self, at: usize) -> Option<Tok> {
        self.tokens.get(at).map(|&(_, tok, _)| tok)
    }

    fn before(&self, at: usize) -> Option<Tok> {
        at.checked_sub(1).and_then(|before| self.tok(before))
    }

    fn in_braces(&self, opener: usize, at: usize) -> Context {
        let expected = match self.before(at) {
            Some(Tok::LeftBrace | Tok::Comma) => "identifier or \"}\"",
            Some(Tok::Match(_)) => "string",
            Some(Tok::Identifier) if at > opener => "label matching operator",
            _ => "\",\" or \"}\"",
        };
        Context::new("label matching", expected)
    }

    fn in_brackets(&self, opener: usize, at: usize) -> Context {
        let colon = (opener..at).find(|&place| self.tok(place) == Some(Tok::Colon));
        let complete =
            self.before(at).is_some_and(|tok| matches!(tok, Tok::Number | Tok::Duration | Tok::RightParen));
        match (colon, complete) {
            (None, false) => {
                Context::new("subquery or range selector", "number, duration, step(), or range()")
            }
            (None, true) => Context::new("subquery or range", "\":\" or \"]\""),
            (Some(_), false) => {
                Context::new("subquery selector", "number, duration, step(), range(), or \"]\"")
            }
            (Some(_), true) => Context::new("subquery selector", "\"]\""),
        }
    }

    /// Neither in braces, nor directly in square brackets, nor in a list of labels.
    fn outside(&self, opener: Option<usize>, at: usize) -> Context {
        if let Some(context) = self.after_keyword(at) {
            return context;
        }
        if self.in_offset(at) {
            return Context::new("offset", "number, duration, step(), or range()");
        }
        if self.ends_clause_of_aggregation(at) {
            return Context { context: Some("aggregation"), expected: None };
        }
        // Outwards, until a construct is found that has a name.
        let (mut inner, mut opener) = (at, opener);
        while let Some(at) = opener {
            match self.tok(at) {
                Some(Tok::LeftBracket) => return self.in_brackets(at, inner),
                Some(_) if self.opens_aggregation(at) => {
                    return Context { context: Some("aggregation"), expected: None };
                }
                _ => {}
            }
            if let Some(context) = self.after_keyword(at) {
                return context;
            }
            (inner, opener) = (at, innermost_opener(self.tokens, at));
        }
        Context::default()
    }

    /// Right after `by`, `on` or `@`, or within what belongs to them.
    fn after_keyword(&self, at: usize) -> Option<Context> {
        let before = self.before(at)?;
        let place = at - 1;
        let clause = match before {
            Tok::On | Tok::Ignoring | Tok::Group(_) => true,
            Tok::By | Tok::Without => {
                self.before(place).is_some_and(|tok| matches!(tok, Tok::Aggregator(_)))
                    || self.ends_aggregation(place)
            }
            _ => false,
        };
        if clause {
            return Some(Context::new("grouping opts", "\"(\""));
        }
        let at_sign = match before {
            Tok::At => true,
            Tok::Sign(_) | Tok::Start | Tok::End => self.before(place) == Some(Tok::At),
            Tok::LeftParen => {
                matches!(self.before(place), Some(Tok::Start | Tok::End))
                    && self.before(place - 1) == Some(Tok::At)
            }
            _ => false,
        };
        at_sign.then(|| Context::new("@", "timestamp"))
    }

    /// Whether the duration of an offset is not complete before the token.
    fn in_offset(&self, at: usize) -> bool {
        let of_duration = |tok: Tok| {
            is_duration_function(tok)
                || matches!(tok, Tok::Number | Tok::Duration | Tok::Sign(_) | Tok::Times(_) | Tok::Pow(_))
                || matches!(tok, Tok::LeftParen | Tok::RightParen | Tok::Comma | Tok::Bad)
        };
        let Some(offset) = (0..at).rev().find(|&place| !self.tok(place).is_some_and(of_duration)) else {
            return false;
        };
        let is_keyword = self.tok(offset) == Some(Tok::Offset)
            && self.before(offset).is_some_and(|tok| tok.ends_operand() || is_name_keyword(tok));
        is_keyword && is_open_duration(&self.tokens[offset + 1..at])
    }

    /// Whether the parenthesis opens the arguments of an aggregation.
    fn opens_aggregation(&self, opener: usize) -> bool {
        self.before(opener).is_some_and(|tok| matches!(tok, Tok::Aggregator(_)))
            || self.ends_clause_of_aggregation(opener)
    }

    /// Whether `sum by (..)` ends before the token.
    fn ends_clause_of_aggregation(&self, at: usize) -> bool {
        self.list_before(at).is_some_and(|opener| {
            matches!(self.before(opener), Some(Tok::By | Tok::Without))
                && matches!(
                    opener.checked_sub(1).and_then(|clause| self.before(clause)),
                    Some(Tok::Aggregator(_))
                )
        })
    }

    /// Whether `sum (..)` ends before the token.
    fn ends_aggregation(&self, at: usize) -> bool {
        self.list_before(at).is_some_and(|opener| matches!(self.before(opener), Some(Tok::Aggregator(_))))
    }

    /// The parenthesis that is closed right before the token.
    fn list_before(&self, at: usize) -> Option<usize> {
        (self.before(at) == Some(Tok::RightParen)).then(|| innermost_opener(self.tokens, at - 1))?
    }
}

/// Keywords that may be the name of a metric.
fn is_name_keyword(tok: Tok) -> bool {
    matches!(
        tok,
        Tok::Aggregator(_)
            | Tok::And(_)
            | Tok::Or(_)
            | Tok::By
            | Tok::Without
            | Tok::Offset
            | Tok::Anchored
            | Tok::Smoothed
            | Tok::Start
            | Tok::End
    ) || is_duration_function(tok)
}

/// Whether something is missing after these tokens, which follow `offset`.
fn is_open_duration(tokens: &[Spanned]) -> bool {
    let toks: Vec<Tok> = tokens.iter().map(|&(_, tok, _)| tok).collect();
    let depth = toks.iter().fold(0usize, |depth, tok| match tok {
        Tok::LeftParen => depth + 1,
        Tok::RightParen => depth.saturating_sub(1),
        _ => depth,
    });
    if depth > 0 {
        return true;
    }
    let wide = matches!(toks[..], [Tok::LeftParen, ..] | [Tok::Sign(_), Tok::Sign(_), ..]);
    if wide {
        return !toks.last().is_some_and(|tok| tok.ends_operand());
    }
    // After one literal or call the duration is complete, whatever follows.
    !toks.iter().any(|tok| matches!(tok, Tok::Number | Tok::Duration | Tok::RightParen))
}
