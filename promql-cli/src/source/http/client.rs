//! Requests to one server: POST forms, GET where a server knows no POST.

use super::config::HttpConfig;
use super::error::HttpError;
use super::remote_read::{self, RawSeries};
use super::reply::{self, Reply};
use super::snappy;
use crate::answer::{Answer, Data, note};
use crate::failure::Failure;
use crate::time;
use promql::Run;
use promql::diagnostic::Severity;
use reqwest::{Method, Response, StatusCode, Url};
use serde_json::value::RawValue;

/// A Prometheus-compatible server.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    http: reqwest::Client,
    base: Url,
    largest_answer: usize,
}

impl Client {
    /// A client for the server at `base`; the API is below it.
    pub(crate) fn new(base: Url, config: &HttpConfig) -> Result<Self, Failure> {
        Ok(Client { http: config.build()?, base, largest_answer: config.largest_answer })
    }

    /// The server without credentials.
    pub(crate) fn name(&self) -> String {
        let mut url = self.base.clone();
        let _ = (url.set_username(""), url.set_password(None));
        url.as_str().trim_end_matches('/').to_owned()
    }

    fn url(&self, path: &str) -> Url {
        let mut url = self.base.clone();
        url.set_path(&format!("{}{path}", self.base.path().trim_end_matches('/')));
        url
    }

    /// Has the server evaluate a query.
    pub(crate) async fn query(&self, text: &str, run: &Run) -> Result<Answer, Failure> {
        let mut parameters = vec![("query", text.to_owned())];
        let path = match run.step {
            None => {
                parameters.push(("time", time::seconds(run.start)));
                "/api/v1/query"
            }
            Some(step) => {
                parameters.push(("start", time::seconds(run.start)));
                parameters.push(("end", time::seconds(run.end)));
                parameters.push(("step", time::seconds(step)));
                "/api/v1/query_range"
            }
        };
        if let Some(lookback) = run.lookback {
            parameters.push(("lookback_delta", time::seconds(lookback)));
        }
        let reply = self.post(path, &parameters).await.map_err(|error| failure(text, error))?;
        let warnings = reply.warnings.iter().map(|said| note(text, Severity::Warning, said));
        let infos = reply.infos.iter().map(|said| note(text, Severity::Info, said));
        Ok(Answer { notes: warnings.chain(infos).collect(), data: Data::Remote(reply.data) })
    }

    /// Posts a form; asks again by GET where the server knows no POST.
    pub(crate) async fn post(&self, path: &str, parameters: &[(&str, String)]) -> Result<Reply, HttpError> {
        let url = self.url(path);
        let request = self.http.request(Method::POST, url.clone()).form(parameters);
        let response = self.sent(request.send().await)?;
        if matches!(response.status(), StatusCode::METHOD_NOT_ALLOWED | StatusCode::NOT_IMPLEMENTED) {
            return self.get(path, parameters).await;
        }
        self.reply(response).await
    }

    /// Asks by GET.
    pub(crate) async fn get(&self, path: &str, parameters: &[(&str, String)]) -> Result<Reply, HttpError> {
        let request = self.http.request(Method::GET, self.url(path)).query(parameters);
        let response = self.sent(request.send().await)?;
        self.reply(response).await
    }

    /// The text of the resource itself: a scrape.
    pub(crate) async fn fetch(&self) -> Result<Vec<u8>, HttpError> {
        const ACCEPT: &str =
            "application/openmetrics-text;version=1.0.0;q=0.9,text/plain;version=0.0.4;q=0.8,*/*;q=0.1";
        let request = self.http.get(self.base.clone()).header(reqwest::header::ACCEPT, ACCEPT);
        let response = self.sent(request.send().await)?;
        let status = response.status();
        if !status.is_success() {
            return Err(HttpError::unexpected(self.name(), status, status.to_string()));
        }
        self.body(response).await
    }

    /// Asks for raw series by a remote read message; `None` if the server has no remote read.
    pub(crate) async fn remote_read(&self, message: &[u8]) -> Result<Option<Vec<Vec<RawSeries>>>, HttpError> {
        let request = self
            .http
            .request(Method::POST, self.url("/api/v1/read"))
            .header("Content-Type", "application/x-protobuf")
            .header("Content-Encoding", "snappy")
            .header("X-Prometheus-Remote-Read-Version", "0.1.0")
            .body(snappy::store(message));
        let response = self.sent(request.send().await)?;
        let status = response.status();
        let body = self.body(response).await?;
        let alien = |what: String| HttpError::Alien { server: self.name(), what };
        if !status.is_success() {
            let text = String::from_utf8_lossy(&body[..body.len().min(300)]).trim().to_owned();
            let absent = [StatusCode::NOT_FOUND, StatusCode::METHOD_NOT_ALLOWED, StatusCode::NOT_IMPLEMENTED];
            // VictoriaMetrics says 400.
            if absent.contains(&status) || text.starts_with("unsupported path") {
                return Ok(None);
            }
            let what = format!("{status} to remote read ({:?})", crate::output::visible(&text));
            return Err(HttpError::unexpected(self.name(), status, what));
        }
        let series = snappy::unpack(&body).and_then(|message| remote_read::response(&message).ok());
        series.map(Some).ok_or_else(|| alien("to remote read with something that cannot be read".into()))
    }

    async fn reply(&self, response: Response) -> Result<Reply, HttpError> {
        let status = response.status();
        let body = self.body(response).await?;
        reply::read(&self.name(), status, &body)
    }

    fn sent<T>(&self, result: reqwest::Result<T>) -> Result<T, HttpError> {
        result.map_err(|error| HttpError::connection(self.name(), &error))
    }

    /// The body, uncompressed; a server that never ends is left in time.
    async fn body(&self, mut response: Response) -> Result<Vec<u8>, HttpError> {
        let mut body = Vec::new();
        while let Some(chunk) = self.sent(response.chunk().await)? {
            if body.len() + chunk.len() > self.largest_answer {
                return Err(HttpError::TooLarge { server: self.name(), limit: self.largest_answer });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    /// The `data` of an answer as a list of texts.
    pub(crate) async fn texts(
        &self,
        path: &str,
        parameters: &[(&str, String)],
    ) -> Result<Vec<String>, HttpError> {
        let data = self.get(path, parameters).await?.data;
        self.decode(&data)
    }

    /// Reads `data` as what it should be.
    pub(crate) fn decode<T: serde::de::DeserializeOwned>(&self, data: &RawValue) -> Result<T, HttpError> {
        serde_json::from_str(data.get()).map_err(|error| HttpError::Alien {
            server: self.name(),
            what: format!("with data that cannot be read: {error}"),
        })
    }
}

/// The API's own errors are about the query, all others about the way to it.
fn failure(query: &str, error: HttpError) -> Failure {
    match error {
        HttpError::Api(error) => {
            Failure::Query { text: query.to_owned(), findings: vec![error.finding(query)] }
        }
        error => error.into(),
    }
}
