//! Groups that start with `(?`: names and flags.

use super::{Parser, utf8};
use crate::model::regex::RegexError;
use crate::model::regex::fault::Fault;

impl Parser<'_> {
    /// `(?P<name>`, `(?<name>`, `(?flags:` or `(?flags)`.
    pub(super) fn perl_group(&mut self) -> Result<(), RegexError> {
        let start = self.at;
        let rest = self.rest();
        let named = rest.strip_prefix("(?P<").filter(|name| !name.is_empty());
        if let Some(name) = named.or_else(|| rest.strip_prefix("(?<").filter(|name| !name.is_empty())) {
            let Some((name, after)) = name.split_once('>') else {
                utf8(rest)?;
                return Err(Fault::NamedCapture.error(rest));
            };
            utf8(name)?;
            self.at = self.pattern.len() - after.len();
            if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
                return Err(Fault::NamedCapture.error(self.since(start)));
            }
            self.open_capture(Some(name.to_owned()));
            return Ok(());
        }
        self.at += 2;
        let outer = self.flags;
        let (mut flags, mut on, mut any) = (outer, true, false);
        while let Some(c) = self.next()? {
            let flag = match c {
                'i' => &mut flags.fold_case,
                'm' => &mut flags.multi_line,
                's' => &mut flags.dot_newline,
                'U' => &mut flags.swap_greed,
                '-' if on => {
                    (on, any) = (false, false);
                    continue;
                }
                ':' | ')' if on || any => {
                    if c == ':' {
                        self.open(None, outer);
                    }
                    self.flags = flags;
                    return Ok(());
                }
                _ => break,
            };
            *flag = on;
            any = true;
        }
        Err(Fault::PerlOp.error(self.since(start)))
    }
}
