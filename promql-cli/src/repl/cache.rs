//! Names that the source knows, asked once a minute at most.

use crate::evaluate::Evaluator;
use crate::failure::Failure;
use promql::model::{METRIC_NAME, Matcher};
use promql::source::{MetricMetadata, SeriesSource, SourceError};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A person waits no longer for a completion.
const PATIENCE: Duration = Duration::from_secs(3);
const FRESH: Duration = Duration::from_secs(60);

/// Names that the source knows.
#[derive(Clone)]
pub(super) struct Names {
    evaluator: Rc<Evaluator>,
    source: Arc<dyn SeriesSource>,
    known: Rc<RefCell<HashMap<Question, Known>>>,
}

/// A label (all labels if none), among the series of a metric (all series if none).
type Question = (Option<String>, Option<String>);

/// When it was asked, and the answer.
type Known = (Instant, Vec<String>);

impl Names {
    pub(super) fn new(evaluator: Rc<Evaluator>) -> Self {
        let source = evaluator.source().series();
        Names { evaluator, source, known: Rc::default() }
    }

    /// The names of all metrics.
    pub(super) fn metrics(&self) -> Result<Vec<String>, Failure> {
        self.values(METRIC_NAME, None)
    }

    /// The names of the labels of a metric, or of all.
    pub(super) fn labels(&self, metric: Option<&str>) -> Result<Vec<String>, Failure> {
        self.ask((None, metric.map(str::to_owned)))
    }

    /// The values of a label in the series of a metric, or of all.
    pub(super) fn values(&self, label: &str, metric: Option<&str>) -> Result<Vec<String>, Failure> {
        self.ask((Some(label.to_owned()), metric.map(str::to_owned)))
    }

    /// What is known about metrics.
    pub(super) fn metadata(&self) -> Result<Vec<MetricMetadata>, Failure> {
        self.wait(self.source.metadata())
    }

    fn ask(&self, question: Question) -> Result<Vec<String>, Failure> {
        if let Some((asked, names)) = self.known.borrow().get(&question)
            && asked.elapsed() < FRESH
        {
            return Ok(names.clone());
        }
        let (label, metric) = &question;
        let matchers: Vec<Matcher> = metric.iter().map(|name| Matcher::equal(METRIC_NAME, name)).collect();
        let names = self.wait(match label {
            Some(label) => self.source.label_values(label, &matchers),
            None => self.source.label_names(&matchers),
        })?;
        self.known.borrow_mut().insert(question, (Instant::now(), names.clone()));
        Ok(names)
    }

    fn wait<T>(&self, answer: impl Future<Output = Result<T, SourceError>>) -> Result<T, Failure> {
        let limited = async { tokio::time::timeout(PATIENCE, answer).await };
        match self.evaluator.runtime().block_on(limited) {
            Ok(answer) => answer.map_err(|error| Failure::setup(error.to_string())),
            Err(_) => Err(Failure::setup(format!("no answer within {}s", PATIENCE.as_secs()))),
        }
    }
}
