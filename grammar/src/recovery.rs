//! What comes after the first error: the part of the text that holds it is taken out and the rest is parsed again,
//! so that one run reports all that is wrong.

use crate::ast::Comment;
use crate::context::{self, Context};
use crate::error::{SyntaxError, SyntaxErrorKind};
use crate::parse::{Parse, ParseFailure, Run};
use crate::span::Span;
use crate::token::{Tok, keywords};
use std::collections::HashSet;
use std::ops::Range;

/// So many misplaced tokens are reported at most; each one costs another parse.
const MOST_ERRORS: usize = 10;

impl<'t> Parse<'t> {
    /// Parses a text that is known to have errors: those of the lexer, or those of its first run.
    pub(crate) fn recover(
        mut self,
        first: Run<'t>,
        mut errors: Vec<(u32, SyntaxError)>,
        comments: Vec<Comment>,
    ) -> ParseFailure {
        let end = Span::new(self.text.len(), self.text.len());
        // Tokens and an end that the lexer made up are not to blame.
        let ends_early = errors.iter().any(|&(found, _)| found == end.start);
        let mut refusals = HashSet::new();
        let mut misplaced: Vec<(u32, SyntaxError)> = Vec::new();
        let mut run = first;
        let partial = loop {
            // Each run refuses again what the one before did, except in what was taken out.
            let new = run.builder.errors.into_iter();
            errors.extend(new.filter(|(_, error)| refusals.insert((error.code(), error.span))));
            let Some(at) = run.refused else {
                let mut ast = run.builder.ast;
                ast.set_comments(comments);
                break Some(ast);
            };
            let token = self.tokens.get(at).map(|&(l, tok, r)| (Span { start: l, end: r }, Some(tok)));
            let (span, tok) = token.unwrap_or((end, None));
            let stuck = misplaced.last().is_some_and(|&(last, _)| last >= span.start);
            let made_up =
                tok == Some(Tok::Bad) || (span == end && (ends_early || at == 0 && !errors.is_empty()));
            if !made_up && !stuck {
                misplaced.push((span.start, self.misplaced(at, span)));
            }
            if stuck || misplaced.len() == MOST_ERRORS || !self.take_out(at) {
                break None;
            }
            run = self.run();
        };
        // What the builder refused ends before the next token, what is misplaced begins with it.
        errors.extend(misplaced);
        errors.sort_by_key(|&(found, _)| found);
        ParseFailure { errors: errors.into_iter().map(|(_, error)| error).collect(), partial }
    }

    /// Takes out the comma that stands before brackets closed by the lexer: `f(a, ` goes on where it ends.
    pub(crate) fn drop_last_comma(&mut self) {
        let Some(closer) = self.tokens.iter().position(|&(l, _, r)| l == r) else { return };
        let ends_argument = matches!(self.tokens[..closer], [.., (_, before, _), (_, Tok::Comma, _)] if before.ends_operand());
        let opener = context::innermost_opener(&self.tokens, closer);
        if ends_argument && opener.is_some_and(|opener| context::opens_list(&self.tokens, opener)) {
            self.tokens.remove(closer - 1);
        }
    }

    fn slice(&self, at: usize) -> &'t str {
        self.tokens.get(at).and_then(|&(l, _, r)| self.text.get(l as usize..r as usize)).unwrap_or_default()
    }

    /// Says what is wrong with a token.
    fn misplaced(&mut self, at: usize, span: Span) -> SyntaxError {
        if self.tokens.is_empty() {
            return SyntaxError::new(SyntaxErrorKind::NoExpression, Span::default());
        }
        let found = match self.tokens.get(at) {
            Some((_, tok, _)) => tok.describe(self.slice(at)),
            None => "end of input".to_owned(),
        };
        let Context { context, expected } = context::of(&self.tokens, at);
        let mut error = SyntaxError::new(SyntaxErrorKind::Unexpected { found, context, expected }, span);
        error.suggestion = self.suggest(at);
        error
    }

    /// A keyword like the token, or like the name before it, with which the parser would get further.
    fn suggest(&mut self, at: usize) -> Option<&'static str> {
        let before = at.wrapping_sub(1);
        let called = (self.tokens.get(before).filter(|(_, tok, _)| *tok == Tok::RightParen))
            .and_then(|_| context::innermost_opener(&self.tokens, before))
            .map(|opener| opener.wrapping_sub(1));
        [Some(at), Some(before), called].into_iter().flatten().find_map(|place| {
            let written = *self.tokens.get(place).filter(|(_, tok, _)| *tok == Tok::Identifier)?;
            let word = self.slice(place).to_ascii_lowercase();
            let most = if word.len() < 5 { 1 } else { 2 };
            let list_follows = self.tokens.get(place + 1).is_some_and(|(_, tok, _)| *tok == Tok::LeftParen);
            let mut like: Vec<_> = (keywords())
                .filter(|&(_, tok)| tok != Tok::Number)
                .map(|(keyword, tok)| (distance(&word, keyword), keyword, tok))
                .filter(|&(distance, ..)| distance <= most)
                .collect();
            like.sort_by_key(|&(distance, ..)| distance);
            let found = like.into_iter().take(3).find(|&(_, _, tok)| {
                self.tokens[place].1 = match tok {
                    Tok::Group(side) if list_follows => Tok::GroupList(side),
                    tok => tok,
                };
                self.run().refused.is_none_or(|reached| reached > at)
            });
            self.tokens[place] = written;
            found.map(|(_, keyword, _)| keyword)
        })
    }

    /// Replaces what holds the misplaced token by [`Tok::Bad`]; false if that has been done already.
    fn take_out(&mut self, at: usize) -> bool {
        let region = self.region(at);
        if let [(_, Tok::Bad, _)] = self.tokens[region.clone()] {
            return false;
        }
        let end = Span::new(self.text.len(), 0).start;
        let start = self.tokens.get(region.start).map_or(end, |&(start, ..)| start);
        let stop = region
            .end
            .checked_sub(1)
            .filter(|_| !region.is_empty())
            .map_or(start, |last| self.tokens[last].2);
        self.tokens.splice(region, [(start, Tok::Bad, stop)]);
        true
    }

    /// The operand, label, matcher or duration that the token belongs to.
    fn region(&self, at: usize) -> Range<usize> {
        let tok = |at: usize| self.tokens[at].1;
        let opener = context::innermost_opener(&self.tokens, at);
        let commas = opener.is_some_and(|opener| {
            tok(opener) == Tok::LeftBrace || (opener > 0 && context::opens_list(&self.tokens, opener))
        });
        let operators = opener.is_none_or(|opener| tok(opener) == Tok::LeftParen);
        let separates = |at: usize| match tok(at) {
            Tok::Comma => commas,
            tok_at => operators && tok_at.is_operator() && at > 0 && tok(at - 1).ends_operand(),
        };
        let mut depth = 0usize;
        let mut start = at;
        while start > opener.map_or(0, |opener| opener + 1) {
            let before = start - 1;
            if tok(before).closes() {
                depth += 1;
            } else if tok(before).opens() {
                depth = depth.saturating_sub(1);
            } else if depth == 0 && separates(before) {
                break;
            }
            start = before;
        }
        let mut end = at;
        let mut depth = 0usize;
        while end < self.tokens.len() {
            if tok(end).opens() {
                depth += 1;
            } else if tok(end).closes() {
                if depth == 0 {
                    break;
                }
                depth -= 1;
            } else if depth == 0 && separates(end) {
                break;
            }
            end += 1;
        }
        start..end
    }
}

/// The number of letters to insert, delete, replace or swap to make one word of the other.
fn distance(a: &str, b: &str) -> usize {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len().abs_diff(b.len()) > 2 {
        return usize::MAX;
    }
    let mut rows = [vec![0; b.len() + 1], (0..=b.len()).collect(), vec![0; b.len() + 1]];
    for i in 1..=a.len() {
        let [before, above, row] = &mut rows;
        row[0] = i;
        for j in 1..=b.len() {
            let replaced = above[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = replaced.min(above[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        rows.rotate_left(1);
    }
    rows[1][b.len()]
}

#[cfg(test)]
mod tests {
    use crate::{ParseOptions, parse};

    /// The errors, and what is left of the query.
    fn failure(text: &str) -> (Vec<String>, Option<String>) {
        let failure = parse(text, &ParseOptions::default()).unwrap_err();
        let errors = failure.errors.iter().map(|error| format!("{}: {error}", error.span().start));
        (errors.collect(), failure.partial.map(|ast| ast.to_string()))
    }

    #[test]
    fn several_errors_are_reported_in_one_run() {
        let (errors, partial) = failure("foo{a=} + (1 + * 2) + sum(1, 2 3)");
        assert_eq!(
            errors,
            [
                "6: unexpected \"}\" in label matching, expected string",
                "15: unexpected <op:*>",
                "31: unexpected number \"3\" in aggregation",
            ]
        );
        assert!(partial.is_some());
    }

    #[test]
    fn an_open_bracket_is_one_error() {
        assert_eq!(failure("sum(rate(foo[5m]").0, ["8: unclosed left parenthesis"]);
        assert_eq!(failure("sum(foo +").0, ["3: unclosed left parenthesis"]);
        assert_eq!(failure("foo[5m").0, ["3: unclosed left bracket"]);
        assert_eq!(failure("foo[").0, ["3: unexpected end of input in duration expression"]);
        assert_eq!(failure("foo{a=\"b\"").0, ["3: unexpected end of input inside braces"]);
    }

    #[test]
    fn a_stray_bracket_does_not_hide_the_rest() {
        assert_eq!(
            failure("sum(foo)) + bar{").0,
            ["8: unexpected right parenthesis ')'", "15: unexpected end of input inside braces"]
        );
    }

    #[test]
    fn misspelt_keywords_are_guessed() {
        let help = |text| parse(text, &ParseOptions::default()).unwrap_err().errors[0].help();
        for (text, word) in [
            ("foo ofset 5m", "offset"),
            ("sum bye (job) (foo)", "by"),
            ("sum(foo) wihtout (job)", "without"),
            ("smu by (job) (foo)", "sum"),
            ("a + on (x) gruop_left (y) b", "group_left"),
            ("a unles b", "unless"),
            ("rate(foo[5m]) adn bar", "and"),
        ] {
            assert_eq!(help(text), Some(format!("did you mean `{word}`?")), "{text}");
        }
        assert_eq!(help("foo bar"), None);
    }

    #[test]
    fn nothing_is_an_error_of_its_own() {
        assert_eq!(failure(" # just a comment").0, ["0: no expression found in input"]);
        assert_eq!(failure(")").0, ["0: unexpected right parenthesis ')'"]);
    }
}
