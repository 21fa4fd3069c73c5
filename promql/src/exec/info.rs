//! `info`: labels of info series added to the series they describe, decided step by step.
//!
//! The info series are selected after the first argument ran, by the values of its identifying labels.

use super::columns::{ColumnBuffers, Preparation};
use super::context::{Context, Held};
use super::fail::Fail;
use super::merge::{Merging, merge};
use super::rows::{Body, Rows};
use super::scan::hold;
use crate::column::{RowHead, Tile, Windows};
use crate::functions::select::{Picks, Take, instant};
use crate::model::{Labels, METRIC_NAME, MatchOp, Matcher, TimeSpan, is_metadata};
use crate::source::{Hints, Needs, RowData, RowSink, SelectRequest, SeriesSet, SeriesSource};
use promql_grammar::Span;
use std::collections::{BTreeSet, HashMap};
use std::ops::ControlFlow;

/// The labels that tie a series to its info series.
const IDENTIFYING: [&str; 2] = ["instance", "job"];

/// A call of `info`.
pub(super) struct Call<'a> {
    /// The matchers of the second argument.
    pub matchers: Option<&'a [Matcher]>,
    /// Where info series are looked up at every step.
    pub windows: Windows,
    pub span: Span,
}

/// Enriches the rows of `base`.
pub(super) async fn bind(
    cx: &Context<'_>,
    source: &dyn SeriesSource,
    call: &Call<'_>,
    base: Rows,
) -> Result<Rows, Fail> {
    let base = hold(cx, base)?;
    let Body::Held(tile) = &base.body else { return Ok(base) };
    let selector = DataSelector::new(call.matchers.unwrap_or(&[]));
    let present: Vec<usize> = (0..base.heads.len()).filter(|&row| !tile.row(row).is_absent()).collect();
    let plain: Vec<bool> = base.heads.iter().map(|head| selector.is_info(head.labels.name())).collect();
    let described = present.iter().filter(|&&row| !plain[row]).map(|&row| &base.heads[row].labels);
    let requests = selector.requests(described, call);
    let mut series = InfoSeries::default();
    if !requests.is_empty() {
        for selection in source.select(&requests).await? {
            selection.warnings.into_iter().for_each(|warning| cx.notes.warn(warning));
            series.read(cx, &*selection.set, call, requests[0].span)?;
        }
    }
    let keys = Keys::bind(&series.labels, &base.heads);
    let mut output = Output::default();
    let mut newest: Vec<Option<u32>> = vec![None; keys.count];
    for step in 0..base.grid.len {
        cx.cancel.check()?;
        if !present.iter().any(|&row| tile.row(row).is_present(step)) {
            continue;
        }
        series.find_newest(step, &keys, &mut newest).map_err(|message| Fail::at(call.span, message))?;
        for &row in present.iter().filter(|&&row| tile.row(row).is_present(step)) {
            let chosen: &[u32] = if plain[row] { &[] } else { output.choose(&keys.of_base[row], &newest) };
            let chosen = chosen.to_vec();
            if chosen.is_empty() && !plain[row] && selector.requires_match() {
                continue;
            }
            let head = &base.heads[row];
            output
                .add(row, step, chosen, |chosen| {
                    selector.enrich(head, chosen.iter().map(|&info| &series.labels[info as usize]))
                })
                .map_err(|message| Fail::at(call.span, message))?;
        }
    }
    merge(cx, output.finish(tile, &base), Merging::Relabeling, call.span)
}

/// A regular expression that matches just this text.
fn literal(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for c in text.chars() {
        if r"\.+*?()|[]{}^$".contains(c) {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern
}

/// What the second argument asks for.
struct DataSelector {
    /// Matchers of the name of info metrics, complete.
    names: Vec<Matcher>,
    /// The other matchers, which also name the labels to take.
    data: Vec<Matcher>,
}

impl DataSelector {
    fn new(matchers: &[Matcher]) -> Self {
        let (mut names, data): (Vec<Matcher>, Vec<Matcher>) =
            matchers.iter().cloned().partition(|matcher| matcher.name == METRIC_NAME);
        let positive = |matcher: &Matcher| matches!(matcher.op, MatchOp::Equal | MatchOp::Regex);
        if names.is_empty() {
            names.push(Matcher::equal(METRIC_NAME, "target_info"));
        } else if !names.iter().any(positive) {
            names.extend(Matcher::new(METRIC_NAME, MatchOp::Regex, ".+_info").ok());
        }
        DataSelector { names, data }
    }

    fn is_info(&self, name: &str) -> bool {
        self.names.iter().all(|matcher| matcher.matches(name))
    }

    fn requires_match(&self) -> bool {
        self.data.iter().any(|matcher| !matcher.matches(""))
    }

    /// One request for every combination of identifying labels that the series have.
    fn requests<'a>(&self, series: impl Iterator<Item = &'a Labels>, call: &Call<'_>) -> Vec<SelectRequest> {
        let mut groups: [[BTreeSet<&str>; 2]; 4] = Default::default();
        for labels in series {
            let values = IDENTIFYING.map(|name| labels.get(name));
            // Job is the lower bit, which fixes the order of the requests.
            let pattern = usize::from(!values[1].is_empty()) | usize::from(!values[0].is_empty()) << 1;
            for (known, value) in groups[pattern].iter_mut().zip(values) {
                known.insert(value);
            }
        }
        let windows = &call.windows;
        let last = windows.grid.len.saturating_sub(1);
        let groups = groups.iter().skip(1).filter(|group| !group[0].is_empty());
        groups
            .map(|group| {
                let mut matchers: Vec<Matcher> = IDENTIFYING
                    .iter()
                    .zip(group)
                    .filter_map(|(name, values)| {
                        if values.contains("") {
                            return Some(Matcher::equal((*name).to_owned(), ""));
                        }
                        let values: Vec<String> = values.iter().map(|value| literal(value)).collect();
                        Matcher::new(*name, MatchOp::Regex, values.join("|")).ok()
                    })
                    .collect();
                matchers.extend(self.data.iter().chain(&self.names).cloned());
                SelectRequest {
                    matchers: matchers.into(),
                    span: TimeSpan { start: windows.start(0).saturating_add(1), end: windows.end(last) },
                    hints: Hints {
                        grid: windows.grid,
                        range: 0,
                        function: Some("info"),
                        needs: Needs::Everything,
                        start_times: false,
                        limit: None,
                    },
                }
            })
            .collect()
    }

    /// The head with the labels of its info series.
    fn enrich<'a>(&self, head: &RowHead, infos: impl Iterator<Item = &'a Labels>) -> Result<RowHead, String> {
        let mut added: Vec<(&str, &str)> = Vec::new();
        for info in infos {
            for (name, value) in info.iter().filter(|(name, _)| !is_metadata(name)) {
                if !self.data.is_empty() && !self.data.iter().any(|matcher| matcher.name == name) {
                    continue;
                }
                match added.iter().find(|(known, _)| *known == name) {
                    Some((_, known)) if *known != value => return Err(format!("conflicting label: {name}")),
                    Some(_) => {}
                    None if head.labels.get(name).is_empty() => added.push((name, value)),
                    None => {}
                }
            }
        }
        let mut labels = head.labels.edit();
        for (name, value) in added {
            labels.set(name, value);
        }
        Ok(RowHead { labels: labels.finish(), drop_name: head.drop_name })
    }
}

/// The info series, with the time of the sample seen at every step.
#[derive(Default)]
struct InfoSeries {
    labels: Vec<Labels>,
    times: Vec<Tile>,
    counted: Held,
}

impl InfoSeries {
    fn read(
        &mut self,
        cx: &Context<'_>,
        set: &dyn SeriesSet,
        call: &Call<'_>,
        span: TimeSpan,
    ) -> Result<(), Fail> {
        let rows: Vec<u32> = (0..u32::try_from(set.len()).expect("fewer than 2^32 series")).collect();
        let len = call.windows.grid.len;
        self.counted.absorb(cx.hold_slots(rows.len(), len)?);
        let mut sink = InfoSink {
            call,
            set,
            times: Tile::new(rows.len(), len),
            samples_read: 0,
            picks: Picks::default(),
            failed: None,
        };
        cx.count_series(set.len());
        set.read(&rows, span, &mut sink)?;
        cx.count_read(sink.samples_read);
        if let Some(message) = sink.failed {
            return Err(Fail::at(call.span, message));
        }
        self.counted.absorb(cx.hold(sink.times.iter().map(|row| row.samples()).sum())?);
        for row in 0..rows.len() {
            let mut times = Tile::with_capacity(1, len);
            times.push(sink.times.row(row));
            self.labels.push(set.labels(row).clone());
            self.times.push(times);
        }
        Ok(())
    }

    /// Finds for every key the info series with the newest sample at a step.
    fn find_newest(&self, step: usize, keys: &Keys, newest: &mut [Option<u32>]) -> Result<(), String> {
        newest.fill(None);
        for (info, times) in self.times.iter().enumerate() {
            let Some(time) = times.row(0).float(step) else { continue };
            let slot = &mut newest[keys.of_info[info]];
            let known = slot
                .and_then(|known| self.times[known as usize].row(0).float(step).map(|time| (known, time)));
            match known {
                Some((_, known)) if known > time => {}
                Some((known, old)) if old == time => {
                    let text = |info: usize| format!("{:?}", self.labels[info]);
                    #[expect(
                        clippy::cast_possible_truncation,
                        reason = "seconds back to the milliseconds they come from"
                    )]
                    let millis = |time: f64| (time * 1000.0).round() as i64;
                    return Err(format!(
                        "found duplicate series for info metric: existing {} @ {}, new {} @ {}",
                        text(known as usize),
                        millis(old),
                        text(info),
                        millis(time)
                    ));
                }
                _ => *slot = u32::try_from(info).ok(),
            }
        }
        Ok(())
    }
}

struct InfoSink<'a> {
    call: &'a Call<'a>,
    set: &'a dyn SeriesSet,
    times: Tile,
    samples_read: usize,
    picks: Picks,
    failed: Option<String>,
}

impl RowSink for InfoSink<'_> {
    fn row(&mut self, nth: usize, data: RowData<'_>) -> ControlFlow<()> {
        let mut buffers = ColumnBuffers::default();
        let columns = buffers.prepare(data, Preparation { drop_stale: false, stats: false, starts: false });
        self.samples_read += columns.floats.len() + columns.histograms.len();
        let mut row = self.times.row_mut(nth);
        instant(&columns, &self.call.windows, Take::Value, &mut self.picks, &mut row);
        if row.histograms.is_some() {
            let labels = self.set.labels(nth);
            self.failed = Some(format!("this should be an info metric, with float samples: {labels:?}"));
            return ControlFlow::Break(());
        }
        instant(&columns, &self.call.windows, Take::Time, &mut self.picks, &mut row);
        ControlFlow::Continue(())
    }
}

/// Join keys: info metric name and identifying labels.
struct Keys {
    count: usize,
    of_info: Vec<usize>,
    /// The keys a base row may find partners under, one an info metric, in name order.
    of_base: Vec<Vec<usize>>,
}

impl Keys {
    fn bind(infos: &[Labels], bases: &[RowHead]) -> Self {
        let identity = |labels: &Labels| IDENTIFYING.map(|name| labels.get(name).to_owned());
        let mut numbers: HashMap<(String, [String; 2]), usize> = HashMap::new();
        let of_info = infos
            .iter()
            .map(|labels| {
                let next = numbers.len();
                *numbers.entry((labels.name().to_owned(), identity(labels))).or_insert(next)
            })
            .collect();
        let names: BTreeSet<String> = infos.iter().map(|labels| labels.name().to_owned()).collect();
        let of_base = bases
            .iter()
            .map(|head| {
                let identity = identity(&head.labels);
                names
                    .iter()
                    .filter_map(|name| numbers.get(&(name.clone(), identity.clone())).copied())
                    .collect()
            })
            .collect();
        Keys { count: numbers.len(), of_info, of_base }
    }
}

/// The enriched rows, made as combinations of base and info series turn up.
#[derive(Default)]
struct Output {
    rows: HashMap<(usize, Vec<u32>), usize>,
    /// The combination a base row had at the step before.
    last: HashMap<usize, (Vec<u32>, usize)>,
    heads: Vec<RowHead>,
    /// Output row, base row and step of every sample.
    samples: Vec<(usize, usize, usize)>,
    chosen: Vec<u32>,
}

impl Output {
    fn choose(&mut self, keys: &[usize], newest: &[Option<u32>]) -> &[u32] {
        self.chosen.clear();
        self.chosen.extend(keys.iter().filter_map(|&key| newest[key]));
        &self.chosen
    }

    fn add(
        &mut self,
        base: usize,
        step: usize,
        chosen: Vec<u32>,
        head: impl FnOnce(&[u32]) -> Result<RowHead, String>,
    ) -> Result<(), String> {
        let row = match self.last.get(&base) {
            Some((known, row)) if *known == chosen => *row,
            _ => {
                let row = match self.rows.get(&(base, chosen.clone())) {
                    Some(&row) => row,
                    None => {
                        self.heads.push(head(&chosen)?);
                        self.rows.insert((base, chosen.clone()), self.heads.len() - 1);
                        self.heads.len() - 1
                    }
                };
                self.last.insert(base, (chosen, row));
                row
            }
        };
        self.samples.push((row, base, step));
        Ok(())
    }

    fn finish(self, base: &Tile, rows: &Rows) -> Rows {
        let mut tile = Tile::new(self.heads.len(), rows.grid.len);
        for (row, from, step) in self.samples {
            if let Some(sample) = base.row(from).sample(step) {
                tile.row_mut(row).set(step, sample);
            }
        }
        Rows::held(self.heads.into(), rows.grid, tile)
    }
}
