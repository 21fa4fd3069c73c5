//! Going over the tokens, and what is said where they do not fit.

use super::token::{Kind, Token};
use super::{Fault, MAX_DEPTH, Parse, Parser, unquote};
use crate::rules::template::text::Text;

impl<'s> Parser<'s> {
    pub(super) fn peek(&mut self) -> Token<'s> {
        let next = self.next.min(self.tokens.len() - 1);
        self.last = self.last.max(next);
        self.tokens[next].clone()
    }

    pub(super) fn next(&mut self) -> Token<'s> {
        let token = self.peek();
        self.next += 1;
        token
    }

    pub(super) fn back(&mut self) {
        self.next -= 1;
    }

    pub(super) fn peek_word(&mut self) -> Token<'s> {
        while self.peek().kind == Kind::Space {
            self.next();
        }
        self.peek()
    }

    pub(super) fn next_word(&mut self) -> Token<'s> {
        self.peek_word();
        self.next()
    }

    pub(super) fn expect(&mut self, kind: Kind, context: &str) -> Parse<Token<'s>> {
        let token = self.next_word();
        if token.kind == kind { Ok(token) } else { Err(self.unexpected(&token, context)) }
    }

    pub(super) fn fault(&self, message: impl AsRef<str>) -> Fault {
        self.fault_at(self.last, message)
    }

    pub(super) fn fault_at(&self, token: usize, message: impl AsRef<str>) -> Fault {
        let Token { at, line, .. } = self.tokens[token];
        Fault { message: format!("template: {}:{line}: {}", self.name, message.as_ref()), at }
    }

    pub(super) fn unexpected(&self, token: &Token<'_>, context: &str) -> Fault {
        if token.kind != Kind::Error {
            return self.fault(format!("unexpected {} in {context}", token.describe()));
        }
        let started = self.scope.action_line;
        let mut message = token.text.clone().into_owned();
        if started != 0 && started != token.line {
            let place = if message.ends_with(" action") { "" } else { " in action" };
            message = format!("{message}{place} started at {}:{started}", self.name);
        }
        self.fault(message)
    }

    pub(super) fn enter(&mut self) -> Parse<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH { Err(self.fault("max expression depth exceeded")) } else { Ok(()) }
    }

    /// What a string says.
    pub(super) fn unquoted(&self, token: &Token<'_>) -> Parse<Text> {
        unquote::string(&token.text).map(Text::from).ok_or_else(|| self.fault("invalid syntax"))
    }
}
