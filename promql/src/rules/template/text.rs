//! Strings of templates. As in Go they are bytes, mostly but not always UTF-8.

use promql_grammar::ast::{escaped_byte, unescaped_byte};
use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// A string; cheap to clone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Text(Arc<[u8]>);

impl Text {
    /// The bytes as a text; those that are not UTF-8 become [escaped bytes](escaped_byte).
    pub(super) fn to_str(&self) -> Cow<'_, str> {
        to_str(&self.0)
    }
}

/// Bytes as a text; those that are not UTF-8 become [escaped bytes](escaped_byte).
pub(super) fn to_str(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return text.into();
    }
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        out.extend(chunk.invalid().iter().map(|&byte| escaped_byte(byte)));
    }
    out.into()
}

impl Deref for Text {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.to_str(), f)
    }
}

impl From<Vec<u8>> for Text {
    fn from(bytes: Vec<u8>) -> Self {
        Text(bytes.into())
    }
}

impl From<&[u8]> for Text {
    fn from(bytes: &[u8]) -> Self {
        Text(bytes.into())
    }
}

/// The text whose escaped bytes become bytes again.
impl From<&str> for Text {
    fn from(text: &str) -> Self {
        if !text.chars().any(|c| unescaped_byte(c).is_some()) {
            return Text(text.as_bytes().into());
        }
        let mut bytes = Vec::with_capacity(text.len());
        for c in text.chars() {
            match unescaped_byte(c) {
                Some(byte) => bytes.push(byte),
                None => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
        bytes.into()
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        text.as_str().into()
    }
}
