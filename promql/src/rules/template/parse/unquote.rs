//! Go's string and character literals. A string is bytes: `\xff` need not be UTF-8.

/// The bytes of a literal in double quotes or backquotes; none if it is malformed.
pub(super) fn string(literal: &str) -> Option<Vec<u8>> {
    let mut rest = literal.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let Some(inner) = rest.as_mut() else {
        let raw = literal.strip_prefix('`')?.strip_suffix('`')?;
        return Some(raw.bytes().filter(|&byte| byte != b'\r').collect());
    };
    let mut bytes = Vec::with_capacity(inner.len());
    while !inner.is_empty() {
        match unit(inner, '"')? {
            (Unit::Byte(byte), tail) => {
                bytes.push(byte);
                *inner = tail;
            }
            (Unit::Char(c), tail) => {
                bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                *inner = tail;
            }
        }
    }
    Some(bytes)
}

/// Why a text in single quotes is no character.
pub(super) enum NotAChar {
    Syntax,
    Malformed,
}

/// The number of a character in single quotes.
pub(super) fn character(literal: &str) -> Result<u32, NotAChar> {
    let inner = literal.strip_prefix('\'').ok_or(NotAChar::Syntax)?;
    match unit(inner, '\'').ok_or(NotAChar::Syntax)? {
        (_, tail) if tail != "'" => Err(NotAChar::Malformed),
        (Unit::Byte(byte), _) => Ok(byte.into()),
        (Unit::Char(c), _) => Ok(c.into()),
    }
}

enum Unit {
    Char(char),
    Byte(u8),
}

/// The first character or byte of a literal, and what follows.
fn unit(text: &str, quote: char) -> Option<(Unit, &str)> {
    let mut chars = text.chars();
    let c = match chars.next()? {
        c if c == quote || c == '\n' => return None,
        '\\' => chars.next()?,
        c => return Some((Unit::Char(c), chars.as_str())),
    };
    let plain = match c {
        'a' => '\u{7}',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{b}',
        '\\' => '\\',
        c if c == quote => c,
        'x' | 'u' | 'U' | '0'..='7' => return numbered(&text[1..]),
        _ => return None,
    };
    Some((Unit::Char(plain), chars.as_str()))
}

/// An escape by number, without its backslash.
fn numbered(text: &str) -> Option<(Unit, &str)> {
    let (skip, count, base) = match text.as_bytes().first()? {
        b'x' => (1, 2, 16),
        b'u' => (1, 4, 16),
        b'U' => (1, 8, 16),
        _ => (0, 3, 8),
    };
    let digits = text.get(skip..skip + count)?;
    if !digits.chars().all(|c| c.is_digit(base)) {
        return None;
    }
    let code = u32::from_str_radix(digits, base).ok()?;
    let unit = if count == 4 || count == 8 {
        Unit::Char(char::from_u32(code)?)
    } else {
        Unit::Byte(u8::try_from(code).ok()?)
    };
    Some((unit, &text[skip + count..]))
}
