//! What may stand at the cursor, told from the text before it.

/// What may stand at the cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Context {
    /// A metric, function, aggregator or keyword.
    Expression,
    /// The name of a label, of a metric if it is known.
    Label(Option<String>),
    /// The value of a label, inside quotes.
    Value {
        /// The label.
        label: String,
        /// The metric, if it is known.
        metric: Option<String>,
    },
    /// Nothing that we could know.
    Nothing,
}

/// The context of the end of `text`, and where the word at the end begins.
pub(super) fn at_end(text: &str) -> (Context, usize) {
    let mut scan = Scan::default();
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' | '\'' | '`' => {
                let start = at + 1;
                let mut closed = false;
                while let Some((_, inner)) = chars.next() {
                    if inner == '\\' && c != '`' {
                        chars.next();
                    } else if inner == c {
                        closed = true;
                        break;
                    }
                }
                if !closed {
                    return (scan.quoted(), start);
                }
                scan.word.clear();
            }
            '#' => {
                while chars.peek().is_some_and(|(_, next)| *next != '\n') {
                    chars.next();
                }
                if chars.peek().is_none() {
                    return (Context::Nothing, text.len());
                }
            }
            '(' | '[' | '{' => {
                let before = std::mem::take(&mut scan.last);
                scan.open.push((c, before));
                scan.word.clear();
            }
            ')' | ']' | '}' => {
                scan.open.pop();
                scan.word.clear();
                scan.last.clear();
            }
            c if is_word(c) => {
                if scan.word.is_empty() {
                    scan.start = at;
                }
                scan.word.push(c);
                scan.last.clone_from(&scan.word);
                continue;
            }
            '=' | '!' | '~' if scan.in_braces() => {
                if !scan.last.is_empty() {
                    scan.label = std::mem::take(&mut scan.last);
                }
                scan.word.clear();
            }
            c if c.is_whitespace() => scan.word.clear(),
            _ => {
                scan.word.clear();
                scan.last.clear();
                scan.label.clear();
            }
        }
    }
    let start = if scan.word.is_empty() { text.len() } else { scan.start };
    (scan.unquoted(), start)
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == ':'
}

#[derive(Default)]
struct Scan {
    /// Open brackets, each with the word before it.
    open: Vec<(char, String)>,
    /// The word that ends here.
    word: String,
    /// Where it began.
    start: usize,
    /// The last word, also if blanks follow.
    last: String,
    /// Inside braces: the label whose value comes next.
    label: String,
}

/// Words in front of a list of label names.
const LABEL_LISTS: [&str; 6] = ["by", "without", "on", "ignoring", "group_left", "group_right"];

impl Scan {
    fn in_braces(&self) -> bool {
        matches!(self.open.last(), Some(('{', _)))
    }

    /// The metric in front of the open brace.
    fn metric(&self) -> Option<String> {
        let (_, before) = self.open.last()?;
        (!before.is_empty()).then(|| before.clone())
    }

    fn quoted(&self) -> Context {
        match self.in_braces() && !self.label.is_empty() {
            true => Context::Value { label: self.label.clone(), metric: self.metric() },
            false => Context::Nothing,
        }
    }

    fn unquoted(&self) -> Context {
        match self.open.last() {
            Some(('[', _)) => Context::Nothing,
            Some(('{', _)) if !self.label.is_empty() => Context::Nothing,
            Some(('{', _)) => Context::Label(self.metric()),
            Some((_, before)) if LABEL_LISTS.iter().any(|word| before.eq_ignore_ascii_case(word)) => {
                Context::Label(None)
            }
            _ if self.word.starts_with(|c: char| c.is_ascii_digit()) => Context::Nothing,
            _ => Context::Expression,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(label: &str, metric: Option<&str>) -> Context {
        Context::Value { label: label.into(), metric: metric.map(str::to_owned) }
    }

    #[test]
    fn the_cursor_knows_where_it_is() {
        assert_eq!(at_end(""), (Context::Expression, 0));
        assert_eq!(at_end("sum(ra"), (Context::Expression, 4));
        assert_eq!(at_end("a + b"), (Context::Expression, 4));
        assert_eq!(at_end("up{"), (Context::Label(Some("up".into())), 3));
        assert_eq!(at_end("up{jo"), (Context::Label(Some("up".into())), 3));
        assert_eq!(at_end("{jo"), (Context::Label(None), 1));
        assert_eq!(at_end("up{job=\"a"), (value("job", Some("up")), 8));
        assert_eq!(at_end("up{job =~ \"a"), (value("job", Some("up")), 11));
        assert_eq!(at_end("up{job!=\"x\", instance='"), (value("instance", Some("up")), 23));
        assert_eq!(at_end("up{job=\"a\",in"), (Context::Label(Some("up".into())), 11));
        assert_eq!(at_end("sum by (jo"), (Context::Label(None), 8));
        assert_eq!(at_end("a / on(x, y) group_left (z"), (Context::Label(None), 25));
        assert_eq!(at_end("up[5"), (Context::Nothing, 3));
        assert_eq!(at_end("label_replace(up, \"a"), (Context::Nothing, 19));
        assert_eq!(at_end("up # comment"), (Context::Nothing, 12));
        assert_eq!(at_end("up{job=\"a\"} + ra"), (Context::Expression, 14));
        assert_eq!(at_end("5m"), (Context::Nothing, 0));
        assert_eq!(at_end("\"unclosed \\"), (Context::Nothing, 1));
    }
}
