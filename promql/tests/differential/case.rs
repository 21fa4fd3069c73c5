//! A query with its data, and what an engine answers to it.

use promql::annotation::{Annotation, Level};
use promql::source::MemorySource;
use promql::{Engine, EngineOptions, Error, Features, QueryOutput, Run};
use serde_json::{Value, json};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A query with its data. Times are milliseconds; a step of 0 is an instant query at start.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Case {
    pub(crate) load: String,
    pub(crate) query: String,
    pub(crate) start: i64,
    pub(crate) end: i64,
    pub(crate) step: i64,
    pub(crate) delayed_name_removal: bool,
    pub(crate) use_start_timestamps: bool,
    pub(crate) type_and_unit: bool,
}

/// What an engine answers.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Answer {
    /// The data of the HTTP API; null if it failed.
    pub(crate) data: Value,
    /// As it was written.
    pub(crate) text: String,
    pub(crate) error: String,
    /// False if the query was refused before any evaluation.
    pub(crate) parsed: bool,
    /// Warnings and infos with their places, sorted.
    pub(crate) notes: Vec<String>,
}

impl Case {
    pub(crate) fn to_json(&self) -> Value {
        json!({
            "load": self.load, "query": self.query, "start": self.start, "end": self.end, "step": self.step,
            "features": {
                "delayed_name_removal": self.delayed_name_removal,
                "use_start_timestamps": self.use_start_timestamps,
                "type_and_unit": self.type_and_unit,
            },
        })
    }

    pub(crate) fn from_json(value: &Value) -> Self {
        let text = |field: &str| value[field].as_str().unwrap_or_default().to_owned();
        let number = |field: &str| value[field].as_i64().unwrap_or_default();
        let flag = |field: &str| value["features"][field].as_bool().unwrap_or_default();
        Case {
            load: text("load"),
            query: text("query"),
            start: number("start"),
            end: number("end"),
            step: number("step"),
            delayed_name_removal: flag("delayed_name_removal"),
            use_start_timestamps: flag("use_start_timestamps"),
            type_and_unit: flag("type_and_unit"),
        }
    }

    /// Our answer. A panic is an error that no other engine gives.
    pub(crate) fn run(&self, source: &MemorySource) -> Answer {
        catch_unwind(AssertUnwindSafe(|| self.evaluate(source))).unwrap_or_else(|panic| {
            let message = panic.downcast_ref::<String>().cloned();
            let message = message.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            Answer { error: format!("panic: {message:?}"), ..Answer::default() }
        })
    }

    fn evaluate(&self, source: &MemorySource) -> Answer {
        let features = Features {
            delayed_name_removal: self.delayed_name_removal,
            use_start_timestamps: self.use_start_timestamps,
            type_and_unit_labels: self.type_and_unit,
            ..Features::all()
        };
        let engine = Engine::new(EngineOptions { threads: 1, features, ..EngineOptions::default() });
        let query = match engine.parse(&self.query) {
            Ok(query) => query,
            Err(error) => return Answer { error: error.to_string(), ..Answer::default() },
        };
        let run = if self.step == 0 {
            Run::instant(self.start)
        } else {
            Run::range(self.start, self.end, self.step)
        };
        match query.run(source, &run) {
            Ok(output) => self.answer(&output),
            Err(error) => {
                let notes = match &error {
                    Error::Evaluation { annotations, .. } => self.notes(annotations),
                    _ => Vec::new(),
                };
                Answer { error: error.to_string(), parsed: true, notes, ..Answer::default() }
            }
        }
    }

    fn answer(&self, output: &QueryOutput) -> Answer {
        let mut bytes = Vec::new();
        output.write_json(&mut bytes).expect("a vector takes everything");
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let data = serde_json::from_str(&text).expect("an answer is JSON");
        Answer { data, text, error: String::new(), parsed: true, notes: self.notes(output.annotations()) }
    }

    fn notes(&self, annotations: &[Annotation]) -> Vec<String> {
        let mut notes: Vec<String> = annotations
            .iter()
            .map(|note| {
                let level = if note.level == Level::Warning { "warning" } else { "info" };
                format!("{level}: {}", note.render(&self.query))
            })
            .collect();
        notes.sort();
        notes
    }
}

impl Answer {
    /// An answer of the Go peer.
    pub(crate) fn from_json(value: &Value) -> Self {
        let texts = |field: &str, level: &str| -> Vec<String> {
            let list = value[field].as_array();
            list.into_iter()
                .flatten()
                .map(|text| format!("{level}: {}", text.as_str().unwrap_or_default()))
                .collect()
        };
        let mut notes = texts("warnings", "warning");
        notes.extend(texts("infos", "info"));
        notes.sort();
        Answer {
            data: value["data"].clone(),
            text: value["text"].as_str().unwrap_or_default().to_owned(),
            error: value["error"].as_str().unwrap_or_default().to_owned(),
            parsed: value["parsed"].as_bool().unwrap_or_default(),
            notes,
        }
    }

    /// A recorded answer.
    pub(crate) fn from_record(value: &Value) -> Self {
        let text = value["text"].as_str().unwrap_or_default().to_owned();
        let notes = value["notes"].as_array().into_iter().flatten();
        Answer {
            data: serde_json::from_str(&text).unwrap_or_default(),
            text,
            error: value["error"].as_str().unwrap_or_default().to_owned(),
            parsed: value["parsed"].as_bool().unwrap_or_default(),
            notes: notes.map(|note| note.as_str().unwrap_or_default().to_owned()).collect(),
        }
    }
}
