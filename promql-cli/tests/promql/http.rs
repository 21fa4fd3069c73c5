//! Queries that a server answers, or does not.

use crate::fixture::{Server, promql, promql_with};
use std::time::{Duration, Instant};

const UP: &str = r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{"__name__":"up","job":"api"},"value":[1000,"1"]}]}}"#;

fn query(server: &Server, args: &[&str]) -> String {
    let report = promql(&[&["query", "-s", &server.url], args].concat());
    report.replace(&server.url, "http://SERVER")
}

#[test]
fn an_answer_is_shown() {
    insta::assert_snapshot!(query(&Server::json(UP), &["up"]), @r#"up{job="api"}  1"#);
}

#[test]
fn json_is_the_data_of_the_server_byte_for_byte() {
    let server = Server::json(r#"{"status":"success","data":{ "resultType":"scalar", "result":[1,"2"] }}"#);
    assert_eq!(
        query(&server, &["--format", "json", "2"]),
        "{ \"resultType\":\"scalar\", \"result\":[1,\"2\"] }\n"
    );
}

#[test]
fn the_whole_query_goes_into_a_form() {
    let server = Server::json(UP);
    query(&server, &["--time", "1000.5", "--lookback-delta", "1m", "-H", "X-Scope-OrgID: me", "up + 1"]);
    let request = server.first();
    assert_eq!((request.method.as_str(), request.target.as_str()), ("POST", "/api/v1/query"));
    assert_eq!(request.body, "query=up+%2B+1&time=1000.500&lookback_delta=60");
    assert!(request.headers.contains(&"x-scope-orgid: me".to_owned()), "{:?}", request.headers);
}

#[test]
fn a_range_goes_to_query_range_below_the_prefix() {
    let server = Server::json(r#"{"status":"success","data":{"resultType":"matrix","result":[]}}"#);
    let url = format!("{}/prefix/", server.url);
    let report = promql(&["query", "-s", &url, "--start", "1000", "--end", "2000", "--step", "1m", "up"]);
    assert_eq!(report, "no series from 1970-01-01 00:16:40Z to 00:33:20Z every 1m\n");
    assert_eq!(server.first().target, "/prefix/api/v1/query_range");
    assert_eq!(server.first().body, "query=up&start=1000&end=2000&step=60");
}

#[test]
fn a_server_without_post_is_asked_by_get() {
    let server = Server::new(|request| match request.method.as_str() {
        "POST" => Some((405, "method not allowed".into())),
        _ => Some((200, UP.into())),
    });
    assert_eq!(query(&server, &["--time", "1000", "up"]), "up{job=\"api\"}  1\n");
    let requests = server.requests.lock().unwrap();
    assert_eq!(requests[1].target, "/api/v1/query?query=up&time=1000");
}

#[test]
fn warnings_and_infos_are_drawn_at_their_place() {
    let server = Server::json(
        r#"{"status":"success","data":{"resultType":"scalar","result":[1,"2"]},"warnings":["PromQL warning: bad thing (1:3)"],"infos":["from a store"]}"#,
    );
    insta::assert_snapshot!(query(&server, &["1+foo"]), @r"
    2
    --- stderr
    warning: bad thing
      |
    1 | 1+foo
      |   ^^^
    info: from a store
    ");
}

#[test]
fn an_api_error_is_drawn_at_its_place() {
    let server = Server::new(|_| {
        Some((400, r#"{"status":"error","errorType":"bad_data","error":"invalid parameter \"query\": 1:6: parse error: unexpected end of input"}"#.into()))
    });
    insta::assert_snapshot!(query(&server, &["sum(a"]), @r"
    --- stderr
    error[bad-data]: unexpected end of input
      |
    1 | sum(a
      |      ^
    --- exit 1
    ");
}

#[test]
fn what_is_no_prometheus_is_named() {
    let page = Server::new(|_| Some((200, "<!DOCTYPE html><title>Grafana</title>".into())));
    insta::assert_snapshot!(query(&page, &["up"]), @r#"
    --- stderr
    error: http://SERVER answered 200 OK with an HTML page ("Grafana"), not with JSON
     |
     = help: is this the address of a Prometheus-compatible API?
    --- exit 2
    "#);
    let broken = Server::json(r#"{"status":"success","data":{"resultType":"#);
    assert!(query(&broken, &["up"]).contains("JSON that breaks off"));
    let strange = Server::json(r#"{"status":"success","data":{"resultType":"cube","result":[]}}"#);
    assert!(query(&strange, &["up"]).contains("unknown variant `cube`"));
}

#[test]
fn an_answer_may_not_be_larger_than_allowed() {
    let server = Server::json(UP);
    insta::assert_snapshot!(query(&server, &["--max-bytes", "50", "up"]), @r"
    --- stderr
    error: http://SERVER answered with more than 50 bytes
     |
     = help: --max-bytes allows more
    --- exit 2
    ");
}

#[test]
fn a_server_that_hangs_is_left_after_the_timeout() {
    let (server, start) = (Server::new(|_| None), Instant::now());
    insta::assert_snapshot!(query(&server, &["--timeout", "300ms", "up"]), @r"
    --- stderr
    error[stopped]: no answer within 300ms (--timeout)
    --- exit 1
    ");
    insta::assert_snapshot!(query(&server, &["--timeout", "300ms", "--local", "up"]), @r"
    --- stderr
    error: http://SERVER did not answer within 300ms
    --- exit 2
    ");
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}

#[test]
fn what_is_no_http_is_told_from_what_is_not_there() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = std::io::Read::read(&mut stream, &mut [0; 4096]);
            let _ = std::io::Write::write_all(&mut stream, b"SSH-2.0-OpenSSH_9.0\r\n");
        }
    });
    insta::assert_snapshot!(promql(&["query", "-s", &url, "up"]).replace(&url, "http://SERVER"), @r"
    --- stderr
    error: talking to http://SERVER failed: invalid HTTP version parsed
    --- exit 2
    ");
}

#[test]
fn a_server_that_is_not_there_is_named() {
    insta::assert_snapshot!(promql(&["query", "-s", "http://user:secret@127.0.0.1:1", "up"]), @r"
    --- stderr
    error: cannot reach http://127.0.0.1:1: Connection refused (os error 111)
    --- exit 2
    ");
}

#[test]
fn a_scrape_that_fails_is_named() {
    let server = Server::new(|_| Some((503, "down".into())));
    let report = promql(&["query", "-s", &format!("scrape:{}", server.url), "up"]);
    assert!(report.contains("503 Service Unavailable"), "{report}");
    assert_eq!(server.first().target, "/metrics");
}

#[test]
fn a_query_may_come_from_standard_input() {
    let server = Server::json(UP);
    let report = promql_with("up", &["query", "-s", &server.url, "-"]);
    assert_eq!(report, "up{job=\"api\"}  1\n");
    assert!(server.first().body.starts_with("query=up&"));
}

#[test]
fn a_query_of_a_megabyte_is_sent() {
    let server = Server::json(UP);
    let text = "a + ".repeat(250_000) + "b";
    assert_eq!(promql_with(&text, &["query", "-s", &server.url, "-"]), "up{job=\"api\"}  1\n");
}
