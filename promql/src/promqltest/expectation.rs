//! What a statement expects of errors, warnings and infos.

use crate::model::Regex;

/// A text that has to occur.
#[derive(Clone, Debug)]
pub(super) enum Pattern {
    /// Any text will do.
    Any,
    /// Exactly this.
    Text(String),
    /// Some part fits the regular expression.
    Regex(Regex, String),
}

impl Pattern {
    /// A regular expression that may match anywhere.
    pub(super) fn regex(pattern: &str) -> Result<Self, String> {
        let anywhere = format!("(?s:.*)(?:{pattern})(?s:.*)");
        let regex = Regex::new(&anywhere).map_err(|error| format!("invalid regex {pattern}: {error}"))?;
        Ok(Pattern::Regex(regex, pattern.to_owned()))
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        match self {
            Pattern::Any => true,
            Pattern::Text(expected) => expected == text,
            Pattern::Regex(regex, _) => regex.is_match(text),
        }
    }

    fn describe(&self) -> String {
        match self {
            Pattern::Any => "anything".to_owned(),
            Pattern::Text(text) => format!("{text:?}"),
            Pattern::Regex(_, pattern) => format!("a match of {pattern:?}"),
        }
    }
}

/// The `expect` lines of a statement.
#[derive(Clone, Debug, Default)]
pub(super) struct Expectations {
    /// The answer comes in this order.
    pub ordered: bool,
    /// The query fails.
    pub fail: Option<Pattern>,
    pub warn: Vec<Pattern>,
    pub no_warn: bool,
    pub info: Vec<Pattern>,
    pub no_info: bool,
}

impl Expectations {
    /// Reads an `expect …` line.
    pub(super) fn add(&mut self, line: &str) -> Result<(), String> {
        let rest = line.strip_prefix("expect").map_or("", str::trim_start);
        let (kind, rest) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        let rest = rest.trim();
        let pattern = match rest.split_once(':') {
            _ if rest.is_empty() => Pattern::Any,
            Some(("msg", text)) => Pattern::Text(text.trim().to_owned()),
            Some(("regex", pattern)) => Pattern::regex(pattern.trim())?,
            _ => {
                return Err(format!(
                    "expected `msg: text` or `regex: pattern` after {kind:?}, found {rest:?}"
                ));
            }
        };
        match kind {
            "ordered" => self.ordered = true,
            "fail" if self.fail.is_some() => return Err("only one `expect fail` is allowed".to_owned()),
            "fail" => self.fail = Some(pattern),
            "warn" => self.warn.push(pattern),
            "no_warn" => self.no_warn = true,
            "info" => self.info.push(pattern),
            "no_info" => self.no_info = true,
            _ => {
                return Err(format!(
                    "expected ordered, fail, warn, no_warn, info, no_info, string or range vector after expect, found {kind:?}"
                ));
            }
        }
        if self.no_warn && !self.warn.is_empty() || self.no_info && !self.info.is_empty() {
            return Err("a statement cannot expect annotations and their absence".to_owned());
        }
        Ok(())
    }

    /// Compares warnings and infos, rendered with their place.
    pub(super) fn check(&self, warnings: &[String], infos: &[String]) -> Result<(), String> {
        check_level("warn", &self.warn, self.no_warn, warnings)?;
        check_level("info", &self.info, self.no_info, infos)
    }
}

fn check_level(level: &str, expected: &[Pattern], none: bool, got: &[String]) -> Result<(), String> {
    if none && !got.is_empty() {
        return Err(format!("expected no {level} annotation\ngot       {}", got.join("\n          ")));
    }
    for pattern in expected {
        if !got.iter().any(|text| pattern.matches(text)) {
            let got = if got.is_empty() { "none".to_owned() } else { got.join("\n          ") };
            return Err(format!("expected {level} annotation: {}\ngot       {got}", pattern.describe()));
        }
    }
    if !expected.is_empty()
        && let Some(text) = got.iter().find(|text| !expected.iter().any(|pattern| pattern.matches(text)))
    {
        return Err(format!("unexpected {level} annotation: {text}"));
    }
    Ok(())
}
