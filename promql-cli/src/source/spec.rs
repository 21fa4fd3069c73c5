//! What a `--source` names.

use crate::failure::Failure;
use reqwest::Url;
use std::path::{Path, PathBuf};

/// What a `--source` names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Spec {
    /// A Prometheus-compatible server.
    Server(Url),
    /// A target that is scraped once.
    Scrape(Url),
    /// A file, or a directory.
    File(PathBuf),
    /// Standard input.
    Stdin,
    /// The built-in example series.
    Demo,
}

impl Spec {
    /// Reads a source as people write it. `exists` tells whether a path names something.
    pub(crate) fn parse(text: &str, exists: impl Fn(&Path) -> bool) -> Result<Self, Failure> {
        if text == "-" {
            return Ok(Spec::Stdin);
        }
        if text == "demo:" {
            return Ok(Spec::Demo);
        }
        if let Some(target) = text.strip_prefix("scrape:") {
            let target = if target.contains("://") { target.to_owned() } else { format!("http://{target}") };
            let mut url = url(&target)?;
            if url.path() == "/" {
                url.set_path("/metrics");
            }
            return Ok(Spec::Scrape(url));
        }
        if text.starts_with("http://") || text.starts_with("https://") {
            return url(text).map(Spec::Server);
        }
        let path = Path::new(text);
        if exists(path) {
            return Ok(Spec::File(path.to_owned()));
        }
        if let Some((scheme, _)) = text.split_once("://") {
            return Err(Failure::setup(format!("source {text:?}: there is no scheme {scheme:?}"))
                .help("a server starts with http:// or https://"));
        }
        let missing = Failure::setup(format!("source {text:?}: no such file"));
        Err(match looks_like_host(text) {
            true => missing.help(format!("for a server write http://{text}")),
            false => missing
                .help("a source is a file, a data directory, `-`, http://HOST:PORT, scrape:URL or demo:"),
        })
    }
}

fn url(text: &str) -> Result<Url, Failure> {
    Url::parse(text).map_err(|error| Failure::setup(format!("source {text:?}: {error}")))
}

/// `localhost:9090`, `prometheus.example.com/prefix`
fn looks_like_host(text: &str) -> bool {
    let host = text.split('/').next().unwrap_or_default();
    let port = host.rsplit_once(':').map(|(_, port)| port);
    port.is_some_and(|port| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Spec {
        Spec::parse(text, |path| path == Path::new("metrics.txt")).unwrap()
    }

    #[test]
    fn sources_are_told_by_their_spelling() {
        assert_eq!(parse("-"), Spec::Stdin);
        assert_eq!(parse("demo:"), Spec::Demo);
        assert_eq!(parse("metrics.txt"), Spec::File("metrics.txt".into()));
        assert_eq!(parse("http://h:1/prefix"), Spec::Server(Url::parse("http://h:1/prefix").unwrap()));
        let target = Url::parse("http://host:9100/metrics").unwrap();
        assert_eq!(parse("scrape:host:9100"), Spec::Scrape(target.clone()));
        assert_eq!(parse("scrape:http://host:9100"), Spec::Scrape(target));
    }

    #[test]
    fn a_server_without_scheme_is_recognised() {
        let help = |text| match Spec::parse(text, |_| false) {
            Err(Failure::Setup { help, .. }) => help.unwrap_or_default(),
            other => panic!("{other:?}"),
        };
        assert_eq!(help("localhost:9090"), "for a server write http://localhost:9090");
        assert!(help("missing.txt").contains("a source is"));
        assert!(help("ftp://x").contains("http://"));
    }
}
