//! A service with samples of its own that answers PromQL in the shape of Prometheus' HTTP API:
//! `cargo run --example axum`, then `curl -g 'localhost:9099/api/v1/query?query=rate(ticks[1m])&time=300'`.

use axum::extract::{Query, State};
use axum::{Router, http::StatusCode, http::header::CONTENT_TYPE, response::IntoResponse, routing::get};
use promql::model::{Labels, TimeSpan};
use promql::source::*;
use promql::{Engine, Error, Run, annotation::Level};
use std::{collections::HashMap, sync::Arc, time::Duration};

/// Series with a value every five seconds from the epoch on: all there are, or those that a query selected.
struct Store(Vec<Arc<(Labels, Vec<f64>)>>);

impl SeriesSource for Store {
    fn select<'a>(&'a self, all: &'a [SelectRequest]) -> BoxFuture<'a, Result<Vec<Selection>, SourceError>> {
        let select = |request: &SelectRequest| {
            let fits =
                |labels: &Labels| request.matchers.iter().all(|matcher| matcher.matches_labels(labels));
            Selection::new(Store(self.0.iter().filter(|series| fits(&series.0)).cloned().collect()))
        };
        Box::pin(std::future::ready(Ok(all.iter().map(select).collect())))
    }
}

impl SeriesSet for Store {
    fn len(&self) -> usize {
        self.0.len()
    }
    fn labels(&self, row: usize) -> &Labels {
        &self.0[row].0
    }
    fn read(&self, rows: &[u32], _: TimeSpan, sink: &mut dyn RowSink) -> Result<(), SourceError> {
        let times = Times::Every { first: 0, interval: 5_000 };
        let data = |row: u32| Floats { times, values: &self.0[row as usize].1, starts: None }.into();
        let _ = rows.iter().enumerate().try_for_each(|(nth, &row)| sink.row(nth, data(row)));
        Ok(())
    }
}

fn evaluate(engine: &Engine, store: &Store, text: &str, run: &Run) -> Result<String, Error> {
    let output = engine.parse(text)?.run(store, run)?;
    let mut data = Vec::new();
    output.write_json(&mut data).expect("a vector takes everything");
    let notes = |level| {
        let notes = output.annotations().iter().filter(|note| note.level == level);
        serde_json::json!(notes.map(|note| note.render(text)).collect::<Vec<_>>())
    };
    let (data, warnings, infos) = (String::from_utf8_lossy(&data), notes(Level::Warning), notes(Level::Info));
    Ok(format!(r#"{{"status":"success","data":{data},"warnings":{warnings},"infos":{infos}}}"#))
}

type Params = Query<HashMap<String, String>>;

async fn answer(State((engine, store)): State<(Engine, Arc<Store>)>, params: Params) -> impl IntoResponse {
    let text = params.get("query").cloned().unwrap_or_default();
    let seconds = |name| params.get(name).map_or(0.0, |text| text.parse::<f64>().unwrap_or(0.0));
    let [time, start, end, step] = ["time", "start", "end", "step"].map(|name| (seconds(name) * 1e3) as i64);
    let run = if step == 0 { Run::instant(time) } else { Run::range(start, end, step) };
    // Evaluation is work: it gets a thread, for ten seconds at most and not longer than the client waits.
    let _leaving = run.cancel.on_drop();
    let work = tokio::task::spawn_blocking(move || evaluate(&engine, &store, &text, &run));
    let (status, kind, text) = match tokio::time::timeout(Duration::from_secs(10), work).await {
        Ok(Ok(Ok(body))) => return (StatusCode::OK, [(CONTENT_TYPE, "application/json")], body),
        Ok(Ok(Err(error @ Error::Query { .. }))) => (StatusCode::BAD_REQUEST, "bad_data", error.to_string()),
        Ok(Ok(Err(error))) => (StatusCode::UNPROCESSABLE_ENTITY, "execution", error.to_string()),
        _ => (StatusCode::SERVICE_UNAVAILABLE, "timeout", "query timed out".to_owned()),
    };
    let body = serde_json::json!({"status": "error", "errorType": kind, "error": text}).to_string();
    (status, [(CONTENT_TYPE, "application/json")], body)
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let labels = Labels::from_pairs([("__name__", "ticks"), ("job", "demo")]);
    let store = Arc::new(Store(vec![Arc::new((labels, (0..1_000).map(f64::from).collect()))]));
    let routes = Router::new().route("/api/v1/query", get(answer)).route("/api/v1/query_range", get(answer));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:9099").await?;
    axum::serve(listener, routes.with_state((Engine::default(), store))).await
}
