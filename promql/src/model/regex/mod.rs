//! RE2 regular expressions, anchored at both ends, dot matches newline.
//!
//! The syntax is parsed here (`parse`), because Rust's differs from RE2's in what it accepts and in what the same text
//! means; the automata are `regex-automata`'s. Most patterns of queries are lists of words or `prefix.*`, which match
//! without an automaton; for the others it is built at the first use.

mod cache;
mod class;
mod expand;
mod fault;
mod node;
mod parse;
mod shape;

use cache::Use;
use node::Node;
use parse::Flags;
use regex_automata::meta;
use regex_syntax::hir::{Hir, Look};
use shape::Shape;
use std::fmt;
use std::sync::{Arc, OnceLock};

/// A regular expression. Cheap to clone.
///
/// ```
/// use promql::model::Regex;
/// let regex = Regex::new("api-.+")?;
/// assert!(regex.is_match("api-1"));
/// assert!(!regex.is_match("an api-1"));
/// # Ok::<(), promql::model::RegexError>(())
/// ```
#[derive(Clone)]
pub struct Regex(Arc<Inner>);

struct Inner {
    pattern: String,
    shape: Shape,
    /// None if the texts of the shape are all there is.
    hir: Option<Hir>,
    /// Names of the groups; group 0 is the match.
    names: Vec<Option<String>>,
    engine: OnceLock<meta::Regex>,
}

/// Why a text is not a regular expression; prints as Go's `regexp` does:
/// ``error parsing regexp: missing closing ): `(` ``.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("error parsing regexp: {message}")]
pub struct RegexError {
    message: String,
}

/// Memory that an automaton may take before the expression counts as too large, in bytes.
const ENGINE_LIMIT: usize = 64 << 20;
/// Expressions of at most this weight (see [`Node`]) stay far below the limit and can be built later.
const LIGHT: u64 = 100_000;
/// Trees of at most this height are built on any stack.
const FLAT: u32 = 100;
/// The stack for higher ones; the builder of automata recurses.
const BUILD_STACK: usize = 32 << 20;

impl Regex {
    /// The expression of a matcher: `pattern` must be complete by itself and matches the whole text.
    ///
    /// # Errors
    /// If the pattern is not valid RE2 or too large.
    pub fn new(pattern: &str) -> Result<Self, RegexError> {
        if let Some(words) = shape::words(pattern) {
            return Regex::finish(pattern, Shape::strings(words), None, vec![None], false);
        }
        cache::get(Use::Match, pattern, || {
            let (node, names) = parse::parse(pattern, Flags::DOT_MATCHES_NEWLINE)?;
            let (heavy, weight) = (is_heavy(&node), node.weight);
            Ok((Regex::finish(pattern, node.shape, Some(anchored(node.hir)), names, heavy)?, weight))
        })
    }

    /// The expression of `label_replace`: the text `^(?s:pattern)$`, whatever becomes of it; `a)(b` is valid here, an
    /// open `\Qa` is not.
    ///
    /// # Errors
    /// If that text is not valid RE2 or too large.
    pub fn for_replace(pattern: &str) -> Result<Self, RegexError> {
        cache::get(Use::Replace, pattern, || {
            let (node, names) = parse::parse(&format!("^(?s:{pattern})$"), Flags::default())?;
            let shape = match parse::parse(pattern, Flags::DOT_MATCHES_NEWLINE) {
                Ok((node, _)) => node.shape,
                Err(_) => Shape::opaque(),
            };
            let (heavy, weight) = (is_heavy(&node), node.weight);
            Ok((Regex::finish(pattern, shape, Some(node.hir), names, heavy)?, weight))
        })
    }

    /// The expression of a search: it may match anywhere in a text, and the dot matches no line break.
    ///
    /// # Errors
    /// If the pattern is not valid RE2 or too large.
    pub fn for_search(pattern: &str) -> Result<Self, RegexError> {
        cache::get(Use::Search, pattern, || {
            let (node, names) = parse::parse(pattern, Flags::default())?;
            let (heavy, weight) = (is_heavy(&node), node.weight);
            Ok((Regex::finish(pattern, Shape::opaque(), Some(node.hir), names, heavy)?, weight))
        })
    }

    fn finish(
        pattern: &str,
        shape: Shape,
        hir: Option<Hir>,
        names: Vec<Option<String>>,
        heavy: bool,
    ) -> Result<Self, RegexError> {
        let engine = OnceLock::new();
        if let (true, Some(hir)) = (heavy, &hir) {
            let built = build_heavy(hir).ok_or_else(|| fault::Fault::Large.error(pattern))?;
            engine.set(built).expect("the cell is new");
        }
        let shape = shape.sorted();
        Ok(Regex(Arc::new(Inner { pattern: pattern.to_owned(), shape, hir, names, engine })))
    }

    /// The pattern as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0.pattern
    }

    /// True if the whole text matches.
    #[must_use]
    pub fn is_match(&self, text: &str) -> bool {
        self.0.shape.is_match(text).unwrap_or_else(|| self.engine().is_match(text))
    }

    /// All texts that match, sorted, if they are few and known; for looking values up instead of trying them all.
    #[must_use]
    pub fn set_matches(&self) -> Option<&[String]> {
        self.0.shape.as_strings()
    }

    /// What every text that matches starts with; empty if nothing is known.
    #[must_use]
    pub fn prefix(&self) -> &str {
        self.0.shape.prefix()
    }

    /// The template with `$1`, `$name`, `${name}`, `$$` replaced by the groups of a match of the whole text, by the
    /// rules of Go's `Regexp.Expand`; none if the text does not match.
    #[must_use]
    pub fn expand(&self, text: &str, template: &str) -> Option<String> {
        if self.0.shape.is_match(text) == Some(false) {
            return None;
        }
        let mut captures = self.engine().create_captures();
        self.engine().captures(text, &mut captures);
        if !captures.is_match() {
            return None;
        }
        let group = |index: usize| captures.get_group(index).map(|span| &text[span.range()]);
        Some(expand::expand(template, group, &self.0.names))
    }

    /// The text with every match replaced by the expanded template, by the rules of Go's `Regexp.ReplaceAllString`;
    /// none if that is longer than `limit` bytes.
    #[must_use]
    pub fn replace_all(&self, text: &str, template: &str, limit: usize) -> Option<String> {
        let mut out = String::new();
        let mut end = 0;
        for captures in self.engine().captures_iter(text) {
            let found = captures.get_match()?;
            let group = |index: usize| captures.get_group(index).map(|span| &text[span.range()]);
            out.push_str(&text[end..found.start()]);
            out.push_str(&expand::expand(template, group, &self.0.names));
            end = found.end();
            if out.len() > limit {
                return None;
            }
        }
        out.push_str(&text[end..]);
        (out.len() <= limit).then_some(out)
    }

    fn engine(&self) -> &meta::Regex {
        let words = || {
            let words = self.0.shape.as_strings().unwrap_or_default();
            anchored(Hir::alternation(words.iter().map(|word| Hir::literal(word.as_bytes())).collect()))
        };
        self.0.engine.get_or_init(|| {
            let built = self.0.hir.as_ref().map_or_else(|| build(&words()), build);
            built.expect("light expressions fit, others are built at once")
        })
    }
}

fn anchored(hir: Hir) -> Hir {
    Hir::concat(vec![Hir::look(Look::Start), hir, Hir::look(Look::End)])
}

/// The automaton; none if it is too large.
fn build(hir: &Hir) -> Option<meta::Regex> {
    let config = meta::Config::new().nfa_size_limit(Some(ENGINE_LIMIT));
    meta::Builder::new().configure(config).build_from_hir(hir).ok()
}

fn is_heavy(node: &Node) -> bool {
    node.weight > LIGHT || node.height > FLAT
}

/// Builds what may be too large, on a stack that is high enough; none if it is too large.
fn build_heavy(hir: &Hir) -> Option<meta::Regex> {
    std::thread::scope(|scope| {
        let builder = std::thread::Builder::new().stack_size(BUILD_STACK);
        builder.spawn_scoped(scope, || build(hir)).ok()?.join().ok()?
    })
}

impl fmt::Display for Regex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.pattern)
    }
}

impl fmt::Debug for Regex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Regex").field(&self.0.pattern).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn regex(pattern: &str) -> Regex {
        Regex::new(pattern).unwrap()
    }

    #[track_caller]
    fn check(pattern: &str, yes: &[&str], no: &[&str]) {
        let regex = regex(pattern);
        for text in yes {
            assert!(regex.is_match(text), "{pattern} should match {text:?}");
            assert!(regex.engine().is_match(text), "engine: {pattern} should match {text:?}");
        }
        for text in no {
            assert!(!regex.is_match(text), "{pattern} should not match {text:?}");
            assert!(!regex.engine().is_match(text), "engine: {pattern} should not match {text:?}");
        }
    }

    #[test]
    fn patterns_match_the_whole_text() {
        check("", &[""], &["a"]);
        check("a", &["a"], &["", "ab", "ba"]);
        check("a|b|", &["a", "b", ""], &["ab"]);
        check("a.c", &["abc", "a\nc", "aéc"], &["ac", "abcd"]);
        check(".*", &["", "a\nb"], &[]);
        check(".+", &["a", "\n"], &[""]);
        check("foo.*", &["foo", "foobar"], &["fo", "xfoo"]);
        check(".+foo", &["xfoo", "éfoo", "foofoo"], &["foo", "foox"]);
        check(".*a.+b.*", &["axb", "xaéby", "aab"], &["ab", "b", "a"]);
        check("a.+a", &["aaa", "aéa"], &["aa", "a"]);
        check("(?i)foo|bar", &["FOO", "bar", "Bar"], &["foobar"]);
        check("(?-s)a.*", &["ab"], &["a\nb"]);
        check("[^a]", &["b", "\n"], &["a"]);
        check("50[0-9]", &["500", "509"], &["50", "5000"]);
    }

    #[test]
    fn classes_are_ascii_as_in_re2() {
        check(r"\d", &["1"], &["١"]);
        check(r"\s", &[" ", "\t"], &["\u{b}", "\u{a0}"]);
        check(r"\w", &["a", "_"], &["é"]);
        check(r"[[:alpha:]]", &["a"], &["é"]);
        check(r"\pL", &["é"], &["1"]);
        check(r"\p{Greek}\P{Greek}", &["αa"], &["aα"]);
        check(r"[a&&b]", &["a", "&", "b"], &["ab"]);
        check(r"[[]", &["["], &["]"]);
        check(r"[a-]", &["a", "-"], &["b"]);
        check(r"\Qa.b\E+", &["a.b", "a.bb"], &["axb"]);
        check(r"\<a{,2}", &["<a{,2}"], &["a"]);
        check(r"\141\x62\x{63}", &["abc"], &[]);
    }

    #[test]
    fn errors_are_those_of_go() {
        let message = |pattern: &str| Regex::new(pattern).unwrap_err().to_string();
        let all = [
            ("a(b", "missing closing ): `a(b`"),
            ("a)b", "unexpected ): `a)b`"),
            ("[a", "missing closing ]: `[a`"),
            ("[b-a]", "invalid character class range: `b-a`"),
            ("*a", "missing argument to repetition operator: `*`"),
            ("a|*", "missing argument to repetition operator: `*`"),
            ("a**", "invalid nested repetition operator: `**`"),
            ("a{1001}", "invalid repeat count: `{1001}`"),
            ("(a{100}){11}", "invalid repeat count: `{11}`"),
            ("a\\", "trailing backslash at end of expression: ``"),
            ("\\8", "invalid escape sequence: `\\8`"),
            ("(?x)a", "invalid or unsupported Perl syntax: `(?x`"),
            ("(?P<n!>a)", "invalid named capture: `(?P<n!>`"),
            ("\\p{Nope}", "invalid character class range: `\\p{Nope}`"),
        ];
        for (pattern, text) in all {
            assert_eq!(message(pattern), format!("error parsing regexp: {text}"), "{pattern}");
        }
    }

    #[test]
    fn finite_sets_are_known() {
        let set = |pattern: &str| regex(pattern).set_matches().map(|set| set.join(" "));
        assert_eq!(set("b|a|b").as_deref(), Some("a b"));
        assert_eq!(set("(api|web)-(eu|us)").as_deref(), Some("api-eu api-us web-eu web-us"));
        assert_eq!(set("50[0-2]?").as_deref(), Some("50 500 501 502"));
        assert_eq!(set("(?:a|b)").as_deref(), Some("a b"));
        assert_eq!(set("a.*"), None);
        assert_eq!(set("^a"), None);
        assert_eq!(regex("foo(a|b)x.*").prefix(), "foo");
    }

    #[test]
    fn deep_and_large_patterns_end_in_errors() {
        let nested = |depth: usize| format!("{}a{}", "(".repeat(depth), ")".repeat(depth));
        let run = move || {
            assert!(regex(&nested(999)).engine().is_match("a"));
            let error = Regex::new(&nested(100_000)).unwrap_err();
            assert!(error.message.starts_with("expression nests too deeply"), "{}", &error.message[..40]);
            assert!(Regex::new(&"(".repeat(100_000)).is_err());
            assert!(Regex::new(&"(?:a?".repeat(100_000)).is_err());
        };
        std::thread::Builder::new().stack_size(2 << 20).spawn(run).unwrap().join().unwrap();
        let large = format!("({}){{1000}}", "ab*".repeat(3000));
        assert!(Regex::new(&large).unwrap_err().message.starts_with("expression too large"));
    }

    #[test]
    fn templates_follow_the_rules_of_go() {
        let regex = Regex::for_replace("(?P<a>x+)(y)?.*").unwrap();
        let expand = |template: &str| regex.expand("xxz", template).unwrap();
        assert_eq!(expand("$1-${1}2-$a"), "xx-xx2-xx");
        assert_eq!(expand("$1x|$2|$3|$b"), "|||");
        assert_eq!(expand("$$1 $ ${ ${1 $!"), "$1 $ ${ ${1 $!");
        assert_eq!(expand("$01$0"), "xxz");
        assert_eq!(regex.expand("z", "$1"), None);
        assert_eq!(Regex::for_replace("a)(b").unwrap().expand("ab", "$1").unwrap(), "b");
        assert!(Regex::for_replace("\\Qa").is_err());
    }
}
