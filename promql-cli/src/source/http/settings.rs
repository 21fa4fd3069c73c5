//! How a server evaluates, so that its series give the same answers here.

use super::client::Client;
use super::yaml::{self, Node};
use crate::time::Duration;
use promql::model::Millis;
use serde::Deserialize;
use std::collections::BTreeMap;

/// What a server tells about its settings; what it does not tell is absent.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Settings {
    /// Remote read adds these labels to every series; queries know nothing of them.
    pub(crate) external_labels: Vec<(String, String)>,
    /// The step of subqueries that give none.
    pub(crate) evaluation_interval: Option<Millis>,
    /// How far instant selectors look back.
    pub(crate) lookback: Option<Millis>,
}

impl Settings {
    /// Asks the server. Only Prometheus itself knows both questions.
    pub(crate) async fn fetch(client: &Client) -> Self {
        #[derive(Deserialize)]
        struct Config {
            yaml: String,
        }
        let mut settings = Settings::default();
        if let Ok(reply) = client.get("/api/v1/status/config", &[]).await
            && let Ok(config) = client.decode::<Config>(&reply.data)
        {
            settings = Settings::read(&config.yaml).unwrap_or_default();
        }
        if let Ok(reply) = client.get("/api/v1/status/flags", &[]).await
            && let Ok(flags) = client.decode::<BTreeMap<String, String>>(&reply.data)
        {
            settings.lookback = flags.get("query.lookback-delta").and_then(|text| positive(text));
        }
        settings
    }

    /// Reads Prometheus' configuration.
    fn read(config: &str) -> Result<Self, String> {
        let mut settings = Settings::default();
        let root = yaml::parse(config)?;
        let Some(global) = field(&root, "global")? else { return Ok(settings) };
        if let Some(labels) = field(global, "external_labels")? {
            let pair = |(name, node): &(String, Node)| Ok((name.clone(), node.text(name)?));
            settings.external_labels =
                labels.entries("external_labels")?.iter().map(pair).collect::<Result<_, String>>()?;
        }
        if let Some(interval) = field(global, "evaluation_interval")? {
            settings.evaluation_interval = positive(&interval.text("evaluation_interval")?);
        }
        Ok(settings)
    }
}

fn field<'a>(node: &'a Node, name: &str) -> Result<Option<&'a Node>, String> {
    Ok(node.entries(name)?.iter().find(|(own, _)| own == name).map(|(_, node)| node))
}

fn positive(text: &str) -> Option<Millis> {
    text.parse::<Duration>().ok().map(|duration| duration.0).filter(|&millis| millis > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_found_in_the_configuration() {
        let config = "global:\n  scrape_interval: 1m\n  evaluation_interval: 1m30s\n  external_labels:\n    region: eu\nscrape_configs: []\n";
        let expected = Settings {
            external_labels: vec![("region".into(), "eu".into())],
            evaluation_interval: Some(90_000),
            lookback: None,
        };
        assert_eq!(Settings::read(config), Ok(expected));
        assert_eq!(Settings::read("scrape_configs: []\n"), Ok(Settings::default()));
        assert!(Settings::read("global: [\n").is_err());
    }
}
