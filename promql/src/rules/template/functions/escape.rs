//! Escapes for HTML, JavaScript and URLs.

use super::{Environment, string};
use crate::model::is_printable;
use crate::rules::template::print::{printable, sprint};
use crate::rules::template::text::Text;
use crate::rules::template::value::Value;

/// The arguments as one string.
fn joined(values: &[Value]) -> Text {
    match values {
        [Value::String(text)] => text.clone(),
        _ => sprint(&values.iter().map(printable).collect::<Vec<_>>()).into(),
    }
}

pub(super) fn html(_: &mut Environment<'_>, values: &[Value]) -> Result<Value, String> {
    let mut out = Vec::new();
    for &byte in joined(values).iter() {
        match byte {
            0 => out.extend_from_slice("\u{fffd}".as_bytes()),
            b'"' => out.extend_from_slice(b"&#34;"),
            b'\'' => out.extend_from_slice(b"&#39;"),
            b'&' => out.extend_from_slice(b"&amp;"),
            b'<' => out.extend_from_slice(b"&lt;"),
            b'>' => out.extend_from_slice(b"&gt;"),
            byte => out.push(byte),
        }
    }
    Ok(out.into())
}

pub(super) fn js(_: &mut Environment<'_>, values: &[Value]) -> Result<Value, String> {
    let mut out = Vec::new();
    for chunk in joined(values).utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\\' | '\'' | '"' => out.extend_from_slice(format!("\\{c}").as_bytes()),
                '<' | '>' | '&' | '=' | '\0'..' ' => {
                    out.extend_from_slice(format!("\\u{:04X}", u32::from(c)).as_bytes());
                }
                c if is_printable(c) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
                c => out.extend_from_slice(format!("\\u{:04X}", u32::from(c)).as_bytes()),
            }
        }
        // A byte that is not UTF-8 counts as the replacement character, which is printable: it is kept.
        out.extend_from_slice(chunk.invalid());
    }
    Ok(out.into())
}

pub(super) fn urlquery(_: &mut Environment<'_>, values: &[Value]) -> Result<Value, String> {
    Ok(query_escape(&joined(values)).into())
}

pub(super) fn url_query_escape(_: &mut Environment<'_>, values: &[Value]) -> Result<Value, String> {
    Ok(query_escape(string(&values[0])).into())
}

/// The text as a part of a query of a URL.
pub(super) fn query_escape(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for &byte in bytes {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(byte.into()),
            b' ' => out.push('+'),
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
