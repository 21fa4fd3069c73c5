//! Templates with names: `define`, `block`, `template`.

use super::token::{Kind, Token};
use super::{End, Parse, Parser, Scope};
use crate::model::quote;
use crate::rules::template::text::Text;
use crate::rules::template::tree::{Kind as Node, List, NodeId};

impl Parser<'_> {
    pub(super) fn add(&mut self, name: Text, list: List) -> Parse<()> {
        match self.tree.templates.get(&name) {
            Some(old) if !self.tree.is_blank(old) => {
                if self.tree.is_blank(&list) {
                    return Ok(());
                }
                let name = quote(&name.to_str());
                Err(self.fault(format!("template: multiple definition of template {name}")))
            }
            _ => {
                self.tree.templates.insert(name, list);
                Ok(())
            }
        }
    }

    pub(super) fn definition(&mut self) -> Parse<()> {
        let context = "define clause";
        let outer = std::mem::replace(&mut self.scope, Scope::new(false));
        let token = self.next_word();
        let name = self.template_name(&token, context)?;
        self.expect(Kind::RightDelim, context)?;
        let (list, end) = self.list()?;
        if let End::Else = end {
            return Err(self.fault(format!("unexpected {} in {context}", end.as_str())));
        }
        self.scope = outer;
        self.add(name, list)
    }

    pub(super) fn template(&mut self) -> Parse<NodeId> {
        let context = "template clause";
        let token = self.next_word();
        let name = self.template_name(&token, context)?;
        let pipe = if self.next_word().kind == Kind::RightDelim {
            None
        } else {
            self.back();
            Some(self.pipeline(context, Kind::RightDelim)?)
        };
        Ok(self.tree.push(token.at, Node::Template { name, pipe }))
    }

    pub(super) fn block(&mut self) -> Parse<NodeId> {
        let context = "block clause";
        let token = self.next_word();
        let name = self.template_name(&token, context)?;
        let pipe = self.pipeline(context, Kind::RightDelim)?;
        let last = self.last;
        let outer = std::mem::replace(&mut self.scope, Scope::new(false));
        let (list, end) = self.list()?;
        if let End::Else = end {
            return Err(self.fault_at(last, format!("unexpected {} in {context}", end.as_str())));
        }
        self.scope = outer;
        self.add(name.clone(), list)?;
        Ok(self.tree.push(token.at, Node::Template { name, pipe: Some(pipe) }))
    }

    fn template_name(&mut self, token: &Token<'_>, context: &str) -> Parse<Text> {
        match token.kind {
            Kind::String | Kind::RawString => self.unquoted(token),
            _ => Err(self.unexpected(token, context)),
        }
    }
}
