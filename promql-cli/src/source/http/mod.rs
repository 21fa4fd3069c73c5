//! Prometheus-compatible servers: the HTTP client, whole queries, raw series.

mod client;
mod config;
mod error;
mod protobuf;
mod remote_read;
mod reply;
mod series;
mod settings;
mod snappy;
mod yaml;

pub(crate) use client::Client;
pub(crate) use config::HttpConfig;
pub(crate) use error::HttpError;
pub(crate) use series::ServerSeries;
pub(crate) use settings::Settings;
