//! A server as a source of raw series, for evaluation here.
//!
//! Remote read gives everything. Where a server has none, range selectors give the samples, but no stale markers: the
//! answer says so.

use super::client::Client;
use super::error::HttpError;
use super::remote_read::{self, RawSeries};
use super::settings::Settings;
use promql::model::{Labels, MatchOp, Matcher, Millis, TimeSpan, is_legacy_label_name, quote};
use promql::source::{
    Applied, BoxFuture, Floats, FormatError, Histograms, MetricMetadata, ParsedSeries, RowData, RowSink,
    SelectRequest, Selection, SeriesSet, SeriesSource, SourceError, Times, api_json,
};
use serde::Deserialize;
use std::collections::BTreeMap;
use tokio::sync::OnceCell;

/// Values of one label beyond this many are not offered for completion.
const MOST_VALUES: usize = 20_000;
/// Longer windows than these 250 years are beyond the range of Prometheus' durations.
const LONGEST_WINDOW: Millis = 250 * 365 * 86_400_000;

const WITHOUT_REMOTE_READ: &str = "the server offers no remote read: samples came through its query API, which \
                                   hides the ends of series; the answer may differ from the server's";

const REBUILT: &str = "native histograms were rebuilt from printed buckets, which leave out empty ones, counter \
                       resets and part of custom bounds";

/// A server as a source of raw series.
pub(crate) struct ServerSeries {
    client: Client,
    settings: OnceCell<Settings>,
}

impl ServerSeries {
    pub(crate) fn new(client: Client) -> Self {
        ServerSeries { client, settings: OnceCell::new() }
    }

    async fn read(&self, requests: &[SelectRequest]) -> Result<Vec<Selection>, HttpError> {
        let (found, warnings) = match self.client.remote_read(&remote_read::request(requests)).await? {
            Some(mut found) => {
                let external = &self.settings().await.external_labels;
                for (series, request) in found.iter_mut().zip(requests) {
                    strip(series, external, &request.matchers);
                }
                (found, Vec::new())
            }
            None => {
                let mut found = Vec::with_capacity(requests.len());
                for request in requests {
                    found.push(self.range_selector(request).await?);
                }
                let rebuilt = found.iter().flatten().any(|series: &RawSeries| !series.histograms.is_empty());
                let warnings = [Some(WITHOUT_REMOTE_READ), rebuilt.then_some(REBUILT)];
                (found, warnings.into_iter().flatten().map(str::to_owned).collect())
            }
        };
        if found.len() != requests.len() {
            let what = format!("{} results to {} selectors", found.len(), requests.len());
            return Err(HttpError::Alien { server: self.client.name(), what });
        }
        let selection = |series| Selection {
            set: Box::new(Fetched(series)),
            applied: Applied::default(),
            warnings: warnings.clone(),
        };
        Ok(found.into_iter().map(selection).collect())
    }

    /// How the server evaluates.
    pub(crate) async fn settings(&self) -> &Settings {
        self.settings.get_or_init(|| Settings::fetch(&self.client)).await
    }

    /// The samples of a selector by way of a range selector, whose window is open to the left.
    async fn range_selector(&self, request: &SelectRequest) -> Result<Vec<RawSeries>, HttpError> {
        let TimeSpan { start, end } = request.span;
        let window = end.saturating_sub(start).saturating_add(1).clamp(1, LONGEST_WINDOW);
        let query = format!("{}[{window}ms]", selector(&request.matchers));
        let parameters = [("query", query), ("time", crate::time::seconds(end))];
        let reply = self.client.post("/api/v1/query", &parameters).await?;
        let unreadable = |error: FormatError| HttpError::Alien {
            server: self.client.name(),
            what: format!("with samples that cannot be read: {}", error.message),
        };
        let answer = api_json::parse_answer(reply.data.get().as_bytes()).map_err(unreadable)?;
        let series = answer.result.map(api_json::ApiResult::into_series).unwrap_or_default();
        Ok(series.into_iter().map(RawSeries::from).collect())
    }
}

impl From<ParsedSeries> for RawSeries {
    fn from(series: ParsedSeries) -> Self {
        let ParsedSeries { labels, times, values, histograms } = series;
        let (histogram_times, histograms) = histograms.into_iter().unzip();
        RawSeries { labels, times, values, histogram_times, histograms }
    }
}

/// Takes off the labels that remote read added. It also took matchers that ask for them as fulfilled, though the
/// stored series do not have them.
fn strip(series: &mut Vec<RawSeries>, external: &[(String, String)], matchers: &[Matcher]) {
    series.retain_mut(|series| {
        let is_external = |name: &str| {
            external.iter().any(|(label, value)| name == label && series.labels.get(name) == value)
        };
        series.labels = series.labels.without(is_external);
        matchers.iter().all(|matcher| matcher.matches_labels(&series.labels))
    });
}

/// `{__name__="up",job=~"a.*"}`
fn selector(matchers: &[Matcher]) -> String {
    let one = |matcher: &Matcher| {
        let name = match is_legacy_label_name(&matcher.name) {
            true => matcher.name.to_string(),
            false => quote(&matcher.name),
        };
        let op = match matcher.op {
            MatchOp::Equal => "=",
            MatchOp::NotEqual => "!=",
            MatchOp::Regex => "=~",
            MatchOp::NotRegex => "!~",
        };
        format!("{name}{op}{}", quote(&matcher.value))
    };
    format!("{{{}}}", matchers.iter().map(one).collect::<Vec<_>>().join(","))
}

fn failed(error: HttpError) -> SourceError {
    SourceError::Other(Box::new(error))
}

fn parameters(matchers: &[Matcher]) -> Vec<(&'static str, String)> {
    let mut all = vec![("limit", MOST_VALUES.to_string())];
    if !matchers.is_empty() {
        all.push(("match[]", selector(matchers)));
    }
    all
}

impl SeriesSource for ServerSeries {
    fn select<'a>(
        &'a self,
        requests: &'a [SelectRequest],
    ) -> BoxFuture<'a, Result<Vec<Selection>, SourceError>> {
        Box::pin(async { self.read(requests).await.map_err(failed) })
    }

    fn label_names<'a>(&'a self, matchers: &'a [Matcher]) -> BoxFuture<'a, Result<Vec<String>, SourceError>> {
        Box::pin(async { self.client.texts("/api/v1/labels", &parameters(matchers)).await.map_err(failed) })
    }

    fn label_values<'a>(
        &'a self,
        name: &'a str,
        matchers: &'a [Matcher],
    ) -> BoxFuture<'a, Result<Vec<String>, SourceError>> {
        Box::pin(async move {
            let path = format!("/api/v1/label/{name}/values");
            self.client.texts(&path, &parameters(matchers)).await.map_err(failed)
        })
    }

    fn metadata(&self) -> BoxFuture<'_, Result<Vec<MetricMetadata>, SourceError>> {
        #[derive(Deserialize)]
        struct Entry {
            #[serde(default)]
            r#type: String,
            #[serde(default)]
            help: String,
            #[serde(default)]
            unit: String,
        }
        Box::pin(async {
            let limit = [("limit_per_metric", "1".to_owned())];
            let reply = self.client.get("/api/v1/metadata", &limit).await.map_err(failed)?;
            let all: BTreeMap<String, Vec<Entry>> = self.client.decode(&reply.data).map_err(failed)?;
            let first = |(name, entries): (String, Vec<Entry>)| {
                let entry = entries.into_iter().next()?;
                Some(MetricMetadata { name, kind: entry.r#type, help: entry.help, unit: entry.unit })
            };
            Ok(all.into_iter().filter_map(first).collect())
        })
    }
}

/// Series that were fetched.
struct Fetched(Vec<RawSeries>);

impl SeriesSet for Fetched {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn labels(&self, row: usize) -> &Labels {
        &self.0[row].labels
    }

    fn read(&self, rows: &[u32], _span: TimeSpan, sink: &mut dyn RowSink) -> Result<(), SourceError> {
        for (nth, row) in rows.iter().enumerate() {
            let series = &self.0[*row as usize];
            let floats = Floats { times: Times::At(&series.times), values: &series.values, starts: None };
            let histograms = Histograms {
                times: &series.histogram_times,
                values: series.histograms.as_slice().into(),
                starts: None,
            };
            if sink.row(nth, RowData::Columns { floats, histograms }).is_break() {
                break;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matchers_become_a_selector() {
        let matchers =
            [Matcher::equal("__name__", "up"), Matcher::new("a.b", MatchOp::NotEqual, "x\"y").unwrap()];
        assert_eq!(selector(&matchers), r#"{__name__="up","a.b"!="x\"y"}"#);
    }

    #[test]
    fn external_labels_are_no_labels_of_series() {
        let series = || {
            let labels = Labels::from_pairs([("__name__", "up"), ("region", "eu")]);
            vec![RawSeries { labels, ..RawSeries::default() }]
        };
        let external = [("region".to_owned(), "eu".to_owned())];
        let mut found = series();
        strip(&mut found, &external, &[Matcher::equal("__name__", "up")]);
        assert_eq!(found[0].labels.to_string(), "up");
        let mut found = series();
        strip(&mut found, &external, &[Matcher::equal("region", "eu")]);
        assert_eq!(found, []);
    }
}
