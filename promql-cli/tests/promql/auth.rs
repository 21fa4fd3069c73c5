//! Credentials and headers on their way to a server.

use crate::fixture::{Server, promql};
use std::path::PathBuf;

/// A folder with these files, which the next test of this name clears.
fn folder(name: &str, files: &[(&str, &str)]) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("promql-auth-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    for (file, text) in files {
        std::fs::write(folder.join(file), text).unwrap();
    }
    folder
}

/// Lets in who knows the password.
fn guarded() -> Server {
    Server::new(|request| {
        let knows = request.headers.iter().any(|header| header == "authorization: Basic bWU6c2VjcmV0");
        Some(match (knows, request.target.as_str()) {
            (false, _) => (401, "Unauthorized\n".to_owned()),
            (true, "/metrics") => (200, "up 1\n".to_owned()),
            (true, "/api/v1/read") => (404, String::new()),
            (true, _) => (
                200,
                r#"{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"__name__":"up"},"values":[[1000,"1"]]}]}}"#
                    .to_owned(),
            ),
        })
    })
}

#[test]
fn credentials_of_the_file_go_with_every_request() {
    let files =
        [("http.yml", "basic_auth:\n  username: me\n  password_file: token\n"), ("token", "secret\n")];
    let folder = folder("basic", &files);
    let config = folder.join("http.yml");
    let ask = |source: &str, more: &[&str]| {
        let server = guarded();
        let source = source.replace("URL", &server.url);
        let common = ["query", "-s", &source, "--http.config.file", config.to_str().unwrap()];
        let report = promql(&[&common, more, &["up"]].concat());
        let requests = server.requests.lock().unwrap();
        let carries = |header: &String| header.starts_with("authorization: ");
        assert!(requests.iter().all(|request| request.headers.iter().any(carries)), "{requests:?}");
        report
    };
    assert!(ask("URL", &["--format", "json", "--time", "1000"]).starts_with(r#"{"resultType":"matrix""#));
    assert!(ask("URL", &["--local", "--time", "1000"]).starts_with("up  1\n"));
    assert!(ask("scrape:URL", &[]).starts_with("up  1\n"));
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_server_that_lets_nobody_in_says_so() {
    let server = guarded();
    let report = promql(&["query", "-s", &server.url, "up"]).replace(&server.url, "http://SERVER");
    insta::assert_snapshot!(report, @r#"
    --- stderr
    error: http://SERVER answered 401 Unauthorized with text, not with JSON ("Unauthorized")
     |
     = help: credentials come from --http.config.file or --header
    --- exit 2
    "#);
    for more in [["--local"].as_slice(), &[]] {
        let source = if more.is_empty() { format!("scrape:{}", server.url) } else { server.url.clone() };
        let report = promql(&[&["query", "-s", &source], more, &["up"]].concat());
        assert!(report.contains("401 Unauthorized") && report.contains("help: credentials"), "{report}");
    }
}

#[test]
fn headers_are_added_to_those_of_the_file() {
    let folder = folder("headers", &[("http.yml", "http_headers:\n  X-Scope-OrgID: {values: [one]}\n")]);
    let config = folder.join("http.yml");
    let server = Server::json(r#"{"status":"success","data":{"resultType":"vector","result":[]}}"#);
    let config = ["--http.config.file", config.to_str().unwrap()];
    let headers = ["--header", "X-Grafana: a=b", "-H", "Accept-Language=de"];
    promql(&[&["query", "-s", &server.url], &config[..], &headers, &["up"]].concat());
    for header in ["x-scope-orgid: one", "x-grafana: a=b", "accept-language: de"] {
        assert!(server.first().headers.contains(&header.to_owned()), "{:?}", server.first().headers);
    }
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn mistakes_in_the_file_are_named() {
    let folder = folder("mistakes", &[("http.yml", "basic_auth:\n  user: me\n")]);
    let report = promql(&[
        "query",
        "-s",
        "http://h",
        "--http.config.file",
        folder.join("http.yml").to_str().unwrap(),
        "up",
    ]);
    insta::assert_snapshot!(report.replace(folder.to_str().unwrap(), "FOLDER"), @r"
    --- stderr
    error: FOLDER/http.yml: line 2: unknown or unsupported field `user`
    --- exit 2
    ");
    insta::assert_snapshot!(promql(&["query", "-s", "http://h", "--http.config.file", "no.yml", "up"]), @r"
    --- stderr
    error: no.yml: No such file or directory (os error 2)
    --- exit 2
    ");
    insta::assert_snapshot!(promql(&["query", "-s", "http://h", "-H", "nothing", "up"]), @r#"
    --- stderr
    error: --header "nothing": expected `Name: value` or `Name=value`
    --- exit 2
    "#);
    std::fs::remove_dir_all(folder).unwrap();
}
