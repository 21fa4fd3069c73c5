//! Checked queries and their runs.

use super::block_on::block_on;
use super::output::QueryOutput;
use super::{Error, Shared};
use crate::check::Checked;
use crate::column::{Cancel, NameRemoval};
use crate::exec::{Context, ExecOptions, Fail, evaluate};
use crate::model::{Millis, ValueType};
use crate::plan::{PlanOptions, plan};
use crate::source::SeriesSource;
use promql_grammar::Ast;
use std::sync::Arc;

/// A checked query. It may be run any number of times, from any thread.
#[derive(Clone, Debug)]
pub struct Query {
    shared: Arc<Shared>,
    text: String,
    checked: Arc<Checked>,
}

/// When to evaluate.
#[derive(Clone, Debug)]
pub struct Run {
    /// First evaluation time.
    pub start: Millis,
    /// Last possible evaluation time; the start for instant queries.
    pub end: Millis,
    /// Distance of evaluation times; `None` for an instant query.
    pub step: Option<Millis>,
    /// Replaces the engine's lookback delta if positive.
    pub lookback: Option<Millis>,
    /// Ends the evaluation from outside.
    pub cancel: Cancel,
}

impl Run {
    /// An instant query.
    #[must_use]
    pub fn instant(at: Millis) -> Self {
        Run { start: at, end: at, step: None, lookback: None, cancel: Cancel::default() }
    }

    /// A range query.
    #[must_use]
    pub fn range(start: Millis, end: Millis, step: Millis) -> Self {
        Run { start, end, step: Some(step), lookback: None, cancel: Cancel::default() }
    }
}

impl Query {
    pub(super) fn new(shared: Arc<Shared>, text: String, checked: Checked) -> Self {
        Query { shared, text, checked: Arc::new(checked) }
    }

    /// The text it was parsed from.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The tree.
    #[must_use]
    pub fn ast(&self) -> &Ast {
        self.checked.ast()
    }

    /// The engine that parsed it.
    #[cfg(feature = "rules")]
    pub(crate) fn engine(&self) -> super::Engine {
        super::Engine { shared: Arc::clone(&self.shared) }
    }

    /// The matchers of each selector.
    #[cfg(feature = "rules")]
    pub(crate) fn selectors(&self) -> impl Iterator<Item = &[crate::model::Matcher]> {
        use promql_grammar::ast::Kind;
        let is_selector =
            |id: &promql_grammar::ast::ExprId| matches!(self.ast()[*id].kind, Kind::Selector(_));
        self.ast().ids().filter(is_selector).map(|id| self.checked.matchers(id))
    }

    /// The type of the result of an instant query.
    #[must_use]
    pub fn value_type(&self) -> ValueType {
        self.checked.value_type(self.ast().root())
    }

    /// Evaluates at one time, in milliseconds since the epoch.
    ///
    /// # Errors
    /// See [`Query::run`].
    pub fn instant(&self, source: &dyn SeriesSource, at: Millis) -> Result<QueryOutput, Error> {
        self.run(source, &Run::instant(at))
    }

    /// Evaluates at every `start + n * step` up to `end`, all in milliseconds.
    ///
    /// # Errors
    /// See [`Query::run`].
    pub fn range(
        &self,
        source: &dyn SeriesSource,
        start: Millis,
        end: Millis,
        step: Millis,
    ) -> Result<QueryOutput, Error> {
        self.run(source, &Run::range(start, end, step))
    }

    /// Evaluates and waits for the answer. A source whose futures need a reactor must be run by
    /// [`Query::run_async`], or bring its own.
    ///
    /// # Errors
    /// [`Error::Evaluation`] with Prometheus' text, [`Error::Source`], [`Error::Stopped`].
    pub fn run(&self, source: &dyn SeriesSource, run: &Run) -> Result<QueryOutput, Error> {
        block_on(self.run_async(source, run))
    }

    /// Evaluates without blocking while the source selects series; the evaluation itself runs on the polling thread
    /// and the pool.
    ///
    /// # Errors
    /// See [`Query::run`].
    pub async fn run_async(&self, source: &dyn SeriesSource, run: &Run) -> Result<QueryOutput, Error> {
        let options = &self.shared.options;
        let refused = |message: String, span| Error::Evaluation { message, span, annotations: Vec::new() };
        if run.step.is_some_and(|step| step <= 0) {
            let message =
                "zero or negative query resolution step widths are not accepted. Try a positive integer";
            return Err(refused(message.to_owned(), None));
        }
        let lookback = run.lookback.filter(|&lookback| lookback > 0).unwrap_or(options.lookback);
        let plan_options = PlanOptions {
            start: run.start,
            end: run.end,
            step: run.step,
            lookback,
            default_subquery_step: options.default_subquery_step,
            start_times: options.features.use_start_timestamps,
        };
        let plan =
            plan(&self.checked, &plan_options).map_err(|error| refused(error.message, Some(error.span)))?;
        let exec_options = ExecOptions {
            lookback,
            max_samples: options.max_samples,
            max_bytes: options.max_bytes,
            removal: if options.features.delayed_name_removal {
                NameRemoval::Delayed
            } else {
                NameRemoval::Immediate
            },
            type_and_unit: options.features.type_and_unit_labels,
            start_times: options.features.use_start_timestamps,
        };
        if plan.nodes.iter().any(|node| node.grid.len > options.max_samples) {
            let Fail::Evaluation { message, span } = Fail::too_many_samples() else {
                unreachable!("a fixed failure")
            };
            return Err(refused(message, span));
        }
        let mut context = Context::new(&exec_options, &self.shared.pool, &run.cancel);
        let answer = evaluate(&plan, source, &context, run.step.is_none()).await;
        let answer = answer.and_then(|answer| context.notes.settle().map(|()| answer));
        let annotations = context.notes.annotations(&plan.nodes);
        match answer {
            Ok(answer) => Ok(QueryOutput::new(answer, run.start, annotations, context.stats())),
            Err(Fail::Evaluation { message, span }) => Err(Error::Evaluation { message, span, annotations }),
            Err(Fail::Source(error)) => Err(Error::Source(error)),
            Err(Fail::Stopped(stop)) => Err(Error::Stopped(stop)),
        }
    }
}
