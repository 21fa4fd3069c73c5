//! Credentials, TLS and headers: promtool's `--http.config.file` and our `--header`.

use super::yaml::{self, Node};
use crate::failure::Failure;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use std::path::{Path, PathBuf};

/// How to talk to servers.
#[derive(Debug)]
pub(crate) struct HttpConfig {
    headers: HeaderMap,
    tls: Tls,
    follow_redirects: bool,
    proxy: Proxy,
    /// The most bytes of one answer, uncompressed.
    pub(crate) largest_answer: usize,
}

#[derive(Debug, Default)]
struct Tls {
    ca: Option<Vec<u8>>,
    cert: Option<Vec<u8>>,
    key: Option<Vec<u8>>,
    insecure_skip_verify: bool,
    min_version: Option<reqwest::tls::Version>,
    max_version: Option<reqwest::tls::Version>,
}

#[derive(Debug, PartialEq)]
enum Proxy {
    Environment,
    Url(String),
}

impl Default for HttpConfig {
    fn default() -> Self {
        HttpConfig {
            headers: HeaderMap::new(),
            tls: Tls::default(),
            follow_redirects: true,
            proxy: Proxy::Environment,
            largest_answer: usize::MAX,
        }
    }
}

impl HttpConfig {
    /// Reads the file, if any, and adds the headers.
    pub(crate) fn load(file: Option<&Path>, headers: &[String]) -> Result<Self, Failure> {
        let mut config = HttpConfig::default();
        if let Some(path) = file {
            let at = |error: String| Failure::setup(format!("{}: {error}", path.display()));
            let text = std::fs::read_to_string(path).map_err(|error| at(error.to_string()))?;
            let folder = path.parent().unwrap_or(Path::new(""));
            config.read(&text, folder).map_err(at)?;
        }
        for header in headers {
            let separator = header.find([':', '=']).ok_or_else(|| {
                Failure::setup(format!("--header {header:?}: expected `Name: value` or `Name=value`"))
            })?;
            let (name, value) = (header[..separator].trim(), header[separator + 1..].trim());
            config.add(name, value).map_err(|error| Failure::setup(format!("--header {name:?}: {error}")))?;
        }
        Ok(config)
    }

    fn add(&mut self, name: &str, value: &str) -> Result<(), String> {
        let name: HeaderName = name.parse().map_err(|_| format!("{name:?} is no header name"))?;
        let mut value = HeaderValue::from_str(value).map_err(|_| "the value has control characters")?;
        value.set_sensitive(true);
        self.headers.append(name, value);
        Ok(())
    }

    /// Reads the fields of `HTTPClientConfig`; paths are relative to the file's folder.
    fn read(&mut self, text: &str, folder: &Path) -> Result<(), String> {
        let root = yaml::parse(text)?;
        let mut bearer = None;
        for (name, node) in root.entries("the file")? {
            match name.as_str() {
                "basic_auth" => self.basic_auth(node, folder)?,
                "authorization" => self.authorization(node, folder)?,
                "bearer_token" => bearer = Some(node.text(name)?),
                "bearer_token_file" => bearer = Some(secret_file(node, name, folder)?),
                "tls_config" => self.tls_config(node, folder)?,
                "follow_redirects" => self.follow_redirects = node.boolean(name)?,
                "proxy_url" => self.proxy = Proxy::Url(node.text(name)?),
                "http_headers" => self.http_headers(node, folder)?,
                // What Go does without asking: HTTP/2 is negotiated where both know it, the environment is read.
                "enable_http2" | "proxy_from_environment" => drop(node.boolean(name)?),
                _ => return Err(unknown(node, name)),
            }
        }
        match bearer {
            Some(token) => self.authorize(&format!("Bearer {token}"), root.line),
            None => Ok(()),
        }
    }

    fn authorize(&mut self, value: &str, line: usize) -> Result<(), String> {
        if self.headers.contains_key(AUTHORIZATION) {
            return Err(format!("line {line}: at most one of basic_auth, authorization and bearer_token"));
        }
        self.add(AUTHORIZATION.as_str(), value).map_err(|error| format!("line {line}: {error}"))
    }

    fn basic_auth(&mut self, node: &Node, folder: &Path) -> Result<(), String> {
        let (mut user, mut password) = (String::new(), String::new());
        for (name, node) in node.entries("basic_auth")? {
            match name.as_str() {
                "username" => user = node.text(name)?,
                "username_file" => user = secret_file(node, name, folder)?,
                "password" => password = node.text(name)?,
                "password_file" => password = secret_file(node, name, folder)?,
                _ => return Err(unknown(node, name)),
            }
        }
        self.authorize(&format!("Basic {}", base64(format!("{user}:{password}").as_bytes())), node.line)
    }

    fn authorization(&mut self, node: &Node, folder: &Path) -> Result<(), String> {
        let (mut scheme, mut credentials) = ("Bearer".to_owned(), String::new());
        for (name, node) in node.entries("authorization")? {
            match name.as_str() {
                "type" => scheme = node.text(name)?,
                "credentials" => credentials = node.text(name)?,
                "credentials_file" => credentials = secret_file(node, name, folder)?,
                _ => return Err(unknown(node, name)),
            }
        }
        self.authorize(format!("{scheme} {credentials}").trim_end(), node.line)
    }

    fn tls_config(&mut self, node: &Node, folder: &Path) -> Result<(), String> {
        for (name, node) in node.entries("tls_config")? {
            let bytes = || node.text(name).map(String::into_bytes);
            let tls = &mut self.tls;
            match name.as_str() {
                "ca" => tls.ca = Some(bytes()?),
                "cert" => tls.cert = Some(bytes()?),
                "key" => tls.key = Some(bytes()?),
                "ca_file" => tls.ca = Some(file(node, name, folder)?),
                "cert_file" => tls.cert = Some(file(node, name, folder)?),
                "key_file" => tls.key = Some(file(node, name, folder)?),
                "insecure_skip_verify" => tls.insecure_skip_verify = node.boolean(name)?,
                "min_version" => tls.min_version = Some(version(node, name)?),
                "max_version" => tls.max_version = Some(version(node, name)?),
                _ => return Err(unknown(node, name)),
            }
        }
        Ok(())
    }

    fn http_headers(&mut self, node: &Node, folder: &Path) -> Result<(), String> {
        for (header, node) in node.entries("http_headers")? {
            for (name, node) in node.entries(header)? {
                for text in node.texts(name)? {
                    let value = match name.as_str() {
                        "values" | "secrets" => text,
                        "files" => secret(&read(&folder.join(text), node.line)?),
                        _ => return Err(unknown(node, name)),
                    };
                    self.add(header, &value).map_err(|error| format!("line {}: {error}", node.line))?;
                }
            }
        }
        Ok(())
    }

    /// The client that behaves so.
    pub(crate) fn build(&self) -> Result<reqwest::Client, Failure> {
        // Fails if there is one already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("promql/", env!("CARGO_PKG_VERSION")))
            .default_headers(self.headers.clone())
            .connect_timeout(std::time::Duration::from_secs(10))
            .tls_danger_accept_invalid_certs(self.tls.insecure_skip_verify);
        if !self.follow_redirects {
            builder = builder.redirect(reqwest::redirect::Policy::none());
        }
        if let Some(version) = self.tls.min_version {
            builder = builder.tls_version_min(version);
        }
        if let Some(version) = self.tls.max_version {
            builder = builder.tls_version_max(version);
        }
        let failed = |what: &str, error: &reqwest::Error| {
            Failure::setup(format!("{what}: {}", super::error::innermost(error)))
        };
        if let Some(pem) = &self.tls.ca {
            let roots = reqwest::Certificate::from_pem_bundle(pem)
                .map_err(|error| failed("tls_config ca", &error))?;
            if roots.is_empty() {
                return Err(Failure::setup("tls_config ca: there is no certificate in it"));
            }
            builder = builder.tls_certs_only(roots);
        }
        if let (Some(cert), Some(key)) = (&self.tls.cert, &self.tls.key) {
            let pem = [key.as_slice(), b"\n", cert.as_slice()].concat();
            let identity = reqwest::Identity::from_pem(&pem)
                .map_err(|error| failed("tls_config cert and key", &error))?;
            builder = builder.identity(identity);
        }
        if let Proxy::Url(url) = &self.proxy {
            builder = builder.proxy(reqwest::Proxy::all(url).map_err(|error| failed("proxy_url", &error))?);
        }
        builder.build().map_err(|error| failed("cannot set up the HTTP client", &error))
    }
}

fn unknown(node: &Node, name: &str) -> String {
    format!("line {}: unknown or unsupported field `{name}`", node.line)
}

fn version(node: &Node, name: &str) -> Result<reqwest::tls::Version, String> {
    match node.text(name)?.as_str() {
        "TLS10" => Ok(reqwest::tls::Version::TLS_1_0),
        "TLS11" => Ok(reqwest::tls::Version::TLS_1_1),
        "TLS12" => Ok(reqwest::tls::Version::TLS_1_2),
        "TLS13" => Ok(reqwest::tls::Version::TLS_1_3),
        _ => Err(format!("line {}: `{name}` is one of TLS10, TLS11, TLS12, TLS13", node.line)),
    }
}

fn read(path: &PathBuf, line: usize) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|error| format!("line {line}: {}: {error}", path.display()))
}

fn file(node: &Node, name: &str, folder: &Path) -> Result<Vec<u8>, String> {
    read(&folder.join(node.text(name)?), node.line)
}

fn secret_file(node: &Node, name: &str, folder: &Path) -> Result<String, String> {
    Ok(secret(&file(node, name, folder)?))
}

/// Editors end files with a newline that is no part of the secret.
fn secret(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim().to_owned()
}

/// RFC 4648 with padding.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let group = [0, 1, 2].map(|at| u32::from(chunk.get(at).copied().unwrap_or(0)));
        let bits = group[0] << 16 | group[1] << 8 | group[2];
        for at in 0..4 {
            let index = (bits >> (18 - 6 * at)) & 63;
            out.push(if at <= chunk.len() { char::from(ALPHABET[index as usize]) } else { '=' });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(text: &str) -> Result<HttpConfig, String> {
        let mut config = HttpConfig::default();
        config.read(text, Path::new("")).map(|()| config)
    }

    #[test]
    fn credentials_become_a_header() {
        let header = |text: &str| config(text).unwrap().headers[AUTHORIZATION].to_str().unwrap().to_owned();
        assert_eq!(
            header("basic_auth:\n  username: Aladdin\n  password: open sesame\n"),
            "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
        );
        assert_eq!(header("authorization:\n  credentials: abc\n"), "Bearer abc");
        assert_eq!(header("authorization: {type: Token, credentials: abc}\n"), "Token abc");
        assert_eq!(header("bearer_token: abc\n"), "Bearer abc");
        assert!(config("bearer_token: a\nbasic_auth: {username: u}\n").is_err());
    }

    #[test]
    fn headers_come_from_both_places() {
        let config = HttpConfig::load(None, &["X-Scope-OrgID: team=a".into(), "A=b:c".into()]).unwrap();
        assert_eq!(config.headers["x-scope-orgid"], "team=a");
        assert_eq!(config.headers["a"], "b:c");
        assert!(HttpConfig::load(None, &["nothing".into()]).is_err());
        assert!(HttpConfig::load(None, &["bad name: x".into()]).is_err());
        let file = super::tests::config("http_headers:\n  X-A:\n    values: [one, two]\n").unwrap();
        assert_eq!(file.headers.get_all("x-a").iter().count(), 2);
    }

    #[test]
    fn mistakes_are_found_by_line() {
        assert_eq!(config("a: b\n").unwrap_err(), "line 1: unknown or unsupported field `a`");
        assert_eq!(
            config("tls_config:\n  insecure_skip_verify: maybe\n").unwrap_err(),
            "line 2: `insecure_skip_verify` is true or false"
        );
        assert!(config("bearer_token_file: /nowhere/token\n").unwrap_err().contains("/nowhere/token"));
    }

    #[test]
    fn a_client_can_be_built() {
        assert!(
            config("tls_config: {insecure_skip_verify: true}\nfollow_redirects: false\n")
                .unwrap()
                .build()
                .is_ok()
        );
        assert!(config("tls_config: {ca: nonsense}\n").unwrap().build().is_err());
    }

    #[test]
    fn base64_is_padded() {
        assert_eq!([base64(b""), base64(b"f"), base64(b"fo"), base64(b"foo")], ["", "Zg==", "Zm8=", "Zm9v"]);
    }
}
