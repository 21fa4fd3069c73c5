//! Expressions that match without an automaton: finite sets of texts, and texts with gaps between them.

/// More members than this are not listed where they come from combining parts.
const MAX_COMBINED: usize = 256;
const META: &[char] = &['\\', '.', '+', '*', '?', '(', ')', '|', '[', ']', '{', '}', '^', '$'];

/// What is known about the texts that an expression matches.
#[derive(Debug)]
pub(super) enum Shape {
    /// These and no others.
    Strings(Vec<String>),
    /// One character of any kind.
    AnyChar,
    /// These after one another.
    Pieces(Vec<Piece>),
}

#[derive(Debug)]
pub(super) enum Piece {
    Text(String),
    /// At least this many characters of any kind.
    Gap(usize),
    /// Something that needs the automaton.
    Opaque,
}

/// The alternatives of a pattern that consists of plain words only.
pub(super) fn words(pattern: &str) -> Option<Vec<String>> {
    let plain = !pattern.contains(|c| c != '|' && META.contains(&c));
    plain.then(|| pattern.split('|').map(str::to_owned).collect())
}

impl Shape {
    pub(super) fn opaque() -> Self {
        Shape::Pieces(vec![Piece::Opaque])
    }

    pub(super) fn strings(strings: Vec<String>) -> Self {
        Shape::Strings(strings)
    }

    /// The shape of parts one after the other.
    pub(super) fn concat(parts: Vec<Shape>) -> Self {
        let size = parts.iter().try_fold(1_usize, |size, part| match part {
            Shape::Strings(strings) => size.checked_mul(strings.len()).filter(|&size| size <= MAX_COMBINED),
            _ => None,
        });
        if size.is_some() {
            let mut all = vec![String::new()];
            for part in &parts {
                if let Shape::Strings(strings) = part {
                    all = all
                        .iter()
                        .flat_map(|start| strings.iter().map(move |end| format!("{start}{end}")))
                        .collect();
                }
            }
            return Shape::Strings(all);
        }
        let mut pieces = Vec::new();
        for part in parts {
            match part {
                Shape::Pieces(inner) => inner.into_iter().for_each(|piece| push(&mut pieces, piece)),
                Shape::Strings(mut one) if one.len() == 1 => {
                    push(&mut pieces, Piece::Text(one.pop().unwrap_or_default()));
                }
                Shape::Strings(_) | Shape::AnyChar => push(&mut pieces, Piece::Opaque),
            }
        }
        Shape::Pieces(pieces)
    }

    /// The shape of one of several.
    pub(super) fn alternation(parts: Vec<Shape>) -> Self {
        let mut all = Vec::new();
        for part in parts {
            match part {
                Shape::Strings(strings) => all.extend(strings),
                _ => return Shape::opaque(),
            }
        }
        Shape::Strings(all)
    }

    /// The shape of a repetition.
    pub(super) fn repeat(self, min: u32, max: Option<u32>) -> Self {
        match (self, min, max) {
            (shape, 1, Some(1)) => shape,
            (Shape::AnyChar, min, None) => Shape::Pieces(vec![Piece::Gap(min as usize)]),
            (Shape::Strings(mut strings), 0, Some(1)) if strings.len() < MAX_COMBINED => {
                strings.push(String::new());
                Shape::Strings(strings)
            }
            _ => Shape::opaque(),
        }
    }

    /// The shape in the form that matching wants.
    pub(super) fn sorted(self) -> Self {
        match self {
            Shape::Strings(mut strings) => {
                strings.sort_unstable();
                strings.dedup();
                Shape::Strings(strings)
            }
            other => other,
        }
    }

    pub(super) fn as_strings(&self) -> Option<&[String]> {
        match self {
            Shape::Strings(strings) => Some(strings),
            _ => None,
        }
    }

    pub(super) fn prefix(&self) -> &str {
        match self {
            Shape::Pieces(pieces) => match pieces.first() {
                Some(Piece::Text(text)) => text,
                _ => "",
            },
            Shape::Strings(strings) if strings.len() == 1 => &strings[0],
            _ => "",
        }
    }

    /// Whether the whole text matches; none if only the automaton knows.
    pub(super) fn is_match(&self, text: &str) -> Option<bool> {
        match self {
            Shape::Strings(strings) => {
                Some(strings.binary_search_by(|member| member.as_str().cmp(text)).is_ok())
            }
            Shape::AnyChar => Some(skip(text, 1) == Some("")),
            Shape::Pieces(pieces) => pieces_match(pieces, text),
        }
    }
}

fn push(pieces: &mut Vec<Piece>, piece: Piece) {
    match (pieces.last_mut(), piece) {
        (Some(Piece::Text(last)), Piece::Text(text)) => last.push_str(&text),
        (Some(Piece::Gap(last)), Piece::Gap(gap)) => *last += gap,
        (Some(Piece::Opaque), Piece::Opaque) => {}
        (_, piece) => pieces.push(piece),
    }
}

/// The leftmost place for each text in turn is as good as any other; only the last one is bound to the end.
fn pieces_match(pieces: &[Piece], text: &str) -> Option<bool> {
    let (mut rest, mut floating) = (text, false);
    for (index, piece) in pieces.iter().enumerate() {
        rest = match piece {
            Piece::Opaque => return None,
            Piece::Gap(gap) => match skip(rest, *gap) {
                Some(rest) => {
                    floating = true;
                    rest
                }
                None => return Some(false),
            },
            Piece::Text(part) if !floating => match rest.strip_prefix(part.as_str()) {
                Some(rest) => rest,
                None => return Some(false),
            },
            Piece::Text(part) if index + 1 == pieces.len() => return Some(rest.ends_with(part.as_str())),
            Piece::Text(part) => match rest.split_once(part.as_str()) {
                Some((_, rest)) => {
                    floating = false;
                    rest
                }
                None => return Some(false),
            },
        };
    }
    Some(floating || rest.is_empty())
}

/// The text behind its first `count` characters.
fn skip(text: &str, count: usize) -> Option<&str> {
    match count {
        0 => Some(text),
        _ => text.char_indices().nth(count - 1).map(|(at, c)| &text[at + c.len_utf8()..]),
    }
}
