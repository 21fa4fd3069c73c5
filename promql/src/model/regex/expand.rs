//! Replacement templates: `$1`, `$name`, `${name}`, `$$`.

/// Fills a template with groups; what is not a reference stays as it is, a reference to no group leaves nothing.
pub(super) fn expand<'t>(
    template: &str,
    group: impl Fn(usize) -> Option<&'t str>,
    names: &[Option<String>],
) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        if let Some(after) = after.strip_prefix('$') {
            out.push('$');
            rest = after;
        } else if let Some((name, after)) = reference(after) {
            let found = match number(name) {
                Some(index) => group(index),
                None => (0..names.len()).filter(|&at| names[at].as_deref() == Some(name)).find_map(&group),
            };
            out.push_str(found.unwrap_or_default());
            rest = after;
        } else {
            out.push('$');
            rest = after;
        }
    }
    out.push_str(rest);
    out
}

/// The name behind a `$`, the longest there is, and what follows.
fn reference(text: &str) -> Option<(&str, &str)> {
    let braced = text.strip_prefix('{');
    let name = braced.unwrap_or(text);
    let end = name.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(name.len());
    let (name, rest) = name.split_at(end);
    if name.is_empty() {
        return None;
    }
    let rest = if braced.is_some() { rest.strip_prefix('}')? } else { rest };
    Some((name, rest))
}

/// The number of a group; none for names, to which numbers with a leading zero belong.
fn number(name: &str) -> Option<usize> {
    let plain = name.bytes().all(|byte| byte.is_ascii_digit()) && (name == "0" || !name.starts_with('0'));
    plain.then(|| name.parse().unwrap_or(usize::MAX))
}
