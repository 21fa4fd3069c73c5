//! What a template is expanded with.

use super::value::{Root, Value};
use crate::model::{Labels, Millis, Sample};
use std::fmt;
use std::sync::Arc;

/// Evaluates the PromQL expressions of `query`, at the time of the evaluation. The error is printed as it is.
pub type Query<'a> = &'a (dyn Fn(&str) -> Result<Vec<(Labels, Sample)>, String> + 'a);

/// What a template is expanded with.
#[derive(Clone, Copy)]
pub struct Data<'a> {
    /// The labels of the alert's sample, `__name__` among them.
    pub labels: &'a Labels,
    /// The labels of the server.
    pub external_labels: &'a Labels,
    /// `$externalURL`.
    pub external_url: &'a str,
    /// The alert's sample.
    pub value: &'a Sample,
    /// The time of the evaluation, for `now`, in milliseconds since the epoch.
    pub time: Millis,
    /// For `query`.
    pub query: Query<'a>,
    /// For the functions `externalURL` and `pathPrefix`, which fail without it, as they do in Prometheus' unit tests.
    pub server_url: Option<&'a str>,
}

impl Data<'_> {
    /// The dot.
    pub(super) fn root(&self) -> Value {
        Value::Data(Arc::new(Root {
            labels: self.labels.clone(),
            external_labels: self.external_labels.clone(),
            external_url: self.external_url.into(),
            value: self.value.into(),
        }))
    }
}

impl fmt::Debug for Data<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Data")
            .field("labels", &self.labels.to_string())
            .field("value", &self.value)
            .field("time", &self.time)
            .finish_non_exhaustive()
    }
}
