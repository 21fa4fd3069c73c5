//! The envelope of API answers, and what else may come in its place.

use super::error::{ApiError, HttpError};
use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::value::RawValue;

/// A successful answer.
#[derive(Debug)]
pub(crate) struct Reply {
    /// The `data` member, byte for byte.
    pub(crate) data: Box<RawValue>,
    /// Warnings of the server.
    pub(crate) warnings: Vec<String>,
    /// Infos of the server.
    pub(crate) infos: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope {
    status: String,
    data: Option<Box<RawValue>>,
    #[serde(default)]
    error_type: String,
    #[serde(default)]
    error: String,
    warnings: Option<Vec<String>>,
    infos: Option<Vec<String>>,
}

/// Reads what `server` answered, whatever the status: the API's errors come with one too.
pub(crate) fn read(server: &str, status: StatusCode, body: &[u8]) -> Result<Reply, HttpError> {
    let alien = |what: String| HttpError::unexpected(server.to_owned(), status, what);
    let envelope: Envelope = match serde_json::from_slice(body) {
        Ok(envelope) => envelope,
        Err(error) => return Err(alien(describe(status, body, &error))),
    };
    match (envelope.status.as_str(), envelope.data) {
        ("success", Some(data)) => Ok(Reply {
            data,
            warnings: envelope.warnings.unwrap_or_default(),
            infos: envelope.infos.unwrap_or_default(),
        }),
        ("error", _) => Err(HttpError::Api(ApiError { kind: envelope.error_type, message: envelope.error })),
        _ => Err(alien(format!("{status} with JSON that is no answer of a Prometheus API"))),
    }
}

/// `502 Bad Gateway with HTML: "nginx error"`
fn describe(status: StatusCode, body: &[u8], error: &serde_json::Error) -> String {
    let text = String::from_utf8_lossy(&body[..body.len().min(64 << 10)]);
    let text = text.trim_start();
    let lower = text.to_ascii_lowercase();
    if text.is_empty() {
        return format!("{status} without content");
    }
    if lower.starts_with("<!doctype html") || lower.starts_with("<html") {
        let title = between(text, &lower, "<title>", "</title>").unwrap_or_default();
        return format!("{status} with an HTML page{}, not with JSON", quoted(title));
    }
    if text.starts_with('{') {
        return match error.is_eof() {
            true => format!("{status} with JSON that breaks off"),
            false => format!("{status} with JSON that is no answer of a Prometheus API ({error})"),
        };
    }
    format!("{status} with text, not with JSON{}", quoted(text.lines().next().unwrap_or_default()))
}

fn between<'a>(text: &'a str, lower: &str, from: &str, to: &str) -> Option<&'a str> {
    let start = lower.find(from)? + from.len();
    let end = start + lower[start..].find(to)?;
    text.get(start..end)
}

fn quoted(text: &str) -> String {
    let short: String = text.trim().chars().take(100).collect();
    if short.is_empty() { String::new() } else { format!(" ({:?})", crate::output::visible(&short)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(status: u16, body: &str) -> String {
        read("http://h", StatusCode::from_u16(status).unwrap(), body.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn data_comes_out_as_it_is() {
        let body = r#"{"status":"success","data":{"resultType":"scalar","result":[1, "2"] },"infos":["i"]}"#;
        let reply = read("http://h", StatusCode::OK, body.as_bytes()).unwrap();
        assert_eq!(reply.data.get(), r#"{"resultType":"scalar","result":[1, "2"] }"#);
        assert_eq!((reply.warnings.len(), reply.infos.len()), (0, 1));
    }

    #[test]
    fn what_is_no_answer_is_named() {
        insta::assert_snapshot!(message(400, r#"{"status":"error","errorType":"bad_data","error":"no"}"#), @"no");
        insta::assert_snapshot!(message(502, "<html><head><title>Bad\nGateway</title>"), @r#"http://h answered 502 Bad Gateway with an HTML page ("Bad\\nGateway"), not with JSON"#);
        insta::assert_snapshot!(message(200, "<!DOCTYPE html><p>"), @"http://h answered 200 OK with an HTML page, not with JSON");
        insta::assert_snapshot!(message(404, "404 page not found\n"), @r#"http://h answered 404 Not Found with text, not with JSON ("404 page not found")"#);
        insta::assert_snapshot!(message(200, ""), @"http://h answered 200 OK without content");
        insta::assert_snapshot!(message(200, r#"{"status":"success","data":{"#), @"http://h answered 200 OK with JSON that breaks off");
        insta::assert_snapshot!(message(200, r#"{"status":"fine"}"#), @"http://h answered 200 OK with JSON that is no answer of a Prometheus API");
    }
}
