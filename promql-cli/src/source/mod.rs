//! Where series come from: `--source` strings, opened.

mod demo;
mod file;
mod http;
mod merged;
mod nothing;
mod spec;

use crate::args::SourceArgs;
use crate::failure::Failure;
pub(crate) use http::HttpError;
use http::{Client, HttpConfig, ServerSeries, Settings};
use promql::model::Millis;
use promql::source::SeriesSource;
use promql::source::tsdb::{TsdbError, TsdbSource};
use spec::Spec;
use std::sync::Arc;
use tokio::runtime::Runtime;

/// Opening a source waits for a server so long at most.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(10);

/// What `--source` options amount to.
pub(crate) struct Source {
    /// Who answers.
    pub(crate) opened: Opened,
    /// Oldest and newest sample, where all sources are files.
    pub(crate) bounds: Option<(Millis, Millis)>,
    /// What people call it.
    pub(crate) name: String,
    /// How the one server evaluates whose series are evaluated here.
    pub(crate) settings: Settings,
}

/// Who answers queries.
pub(crate) enum Opened {
    /// A server evaluates.
    Server(Client),
    /// The engine here evaluates these series.
    Series(Arc<dyn SeriesSource>),
}

/// One source with what is known of its times.
struct Part {
    series: Arc<dyn SeriesSource>,
    bounds: Option<(Millis, Millis)>,
}

/// Opens the sources, in no more than `limit` for each that has to be waited for; no answer of a server may have
/// more than `largest_answer` bytes.
pub(crate) fn open(
    args: &SourceArgs,
    limit: std::time::Duration,
    largest_answer: usize,
    runtime: &Runtime,
) -> Result<Source, Failure> {
    let patience = limit.min(PATIENCE);
    let specs = args
        .source
        .iter()
        .map(|text| Spec::parse(text, std::path::Path::exists))
        .collect::<Result<Vec<_>, _>>()?;
    let mut config = HttpConfig::load(args.http_config.as_deref(), &args.header)?;
    config.largest_answer = largest_answer;
    let name = args.source.join(", ");
    if let ([Spec::Server(url)], false) = (specs.as_slice(), args.local) {
        let client = Client::new(url.clone(), &config)?;
        let settings = Settings::default();
        return Ok(Source { name: client.name(), opened: Opened::Server(client), bounds: None, settings });
    }
    if specs.iter().filter(|spec| **spec == Spec::Stdin).count() > 1 {
        return Err(Failure::setup("standard input can be read only once"));
    }
    let settings = match specs.as_slice() {
        [Spec::Server(url)] => {
            let client = Client::new(url.clone(), &config)?;
            let series = ServerSeries::new(client.clone());
            let fetch = async { tokio::time::timeout(patience, series.settings()).await.cloned() };
            runtime.block_on(fetch).map_err(|_| silent(&client, patience))?
        }
        _ => Settings::default(),
    };
    let parts = specs
        .into_iter()
        .map(|spec| part(spec, args, &config, patience, runtime))
        .collect::<Result<Vec<_>, _>>()?;
    let bounds = parts
        .iter()
        .map(|part| part.bounds)
        .reduce(|all, one| Some((all?.0.min(one?.0), all?.1.max(one?.1))))
        .flatten();
    let mut series: Vec<_> = parts.into_iter().map(|part| part.series).collect();
    let series = match (series.pop(), series.is_empty()) {
        (None, _) => Arc::new(nothing::Nothing),
        (Some(only), true) => only,
        (Some(last), false) => {
            series.push(last);
            Arc::new(merged::Merged::new(series))
        }
    };
    Ok(Source { opened: Opened::Series(series), bounds, name, settings })
}

fn silent(client: &Client, patience: std::time::Duration) -> Failure {
    let limit = crate::time::Duration(i64::try_from(patience.as_millis()).unwrap_or(i64::MAX));
    Failure::setup(format!("{} did not answer within {limit}", client.name()))
}

fn part(
    spec: Spec,
    args: &SourceArgs,
    config: &HttpConfig,
    patience: std::time::Duration,
    runtime: &Runtime,
) -> Result<Part, Failure> {
    let now = chrono::Utc::now().timestamp_millis();
    let terms = file::Terms { now, nan_is_stale: args.nan_is_stale };
    let endless = |series: Arc<dyn SeriesSource>| Part { series, bounds: None };
    Ok(match spec {
        Spec::Demo => endless(Arc::new(demo::Demo::new(|| chrono::Utc::now().timestamp_millis()))),
        Spec::Server(url) => endless(Arc::new(ServerSeries::new(Client::new(url, config)?))),
        Spec::Scrape(url) => {
            let client = Client::new(url, config)?;
            let body = runtime
                .block_on(async { tokio::time::timeout(patience, client.fetch()).await })
                .map_err(|_| silent(&client, patience))??;
            endless(file::read(&client.name(), body, terms)?.series)
        }
        Spec::File(path) => {
            let name = path.display().to_string();
            if path.is_dir() {
                return directory(&path);
            }
            let bytes = std::fs::read(&path).map_err(|error| Failure::setup(format!("{name}: {error}")))?;
            file::read(&name, bytes, terms)?
        }
        Spec::Stdin => {
            let mut bytes = Vec::new();
            std::io::Read::read_to_end(&mut std::io::stdin().lock(), &mut bytes)
                .map_err(|error| Failure::setup(format!("standard input: {error}")))?;
            file::read("standard input", bytes, terms)?
        }
    })
}

/// A data directory of Prometheus.
fn directory(path: &std::path::Path) -> Result<Part, Failure> {
    let source = TsdbSource::open(path).map_err(|error| {
        let failure = Failure::setup(error.to_string());
        match error {
            TsdbError::NotADataDirectory(_) => {
                failure.help("a source that is a directory is the data directory of a Prometheus server")
            }
            _ => failure,
        }
    })?;
    let bounds = source.time_span().map(|span| (span.start, span.end));
    Ok(Part { series: Arc::new(source), bounds })
}

impl Source {
    /// The series behind it, for completion and `.metrics`.
    pub(crate) fn series(&self) -> Arc<dyn SeriesSource> {
        match &self.opened {
            Opened::Server(client) => Arc::new(ServerSeries::new(client.clone())),
            Opened::Series(series) => Arc::clone(series),
        }
    }
}
