//! Running the command, and a server that answers what a test wants.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

/// Runs the command with this input and gives everything that came of it as one text.
pub(crate) fn promql_with(input: &str, args: &[&str]) -> String {
    let mut child = Command::new(env!("CARGO_BIN_EXE_promql"))
        .args(args)
        .env_remove("PROMQL_SOURCE")
        .env("XDG_STATE_HOME", std::env::temp_dir().join("promql-test-state"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that does not read its input closes it.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    let mut report = String::from_utf8(output.stdout).unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    if !stderr.is_empty() {
        report.push_str("--- stderr\n");
        report.push_str(&stderr);
    }
    match output.status.code() {
        Some(0) => {}
        Some(code) => report.push_str(&format!("--- exit {code}\n")),
        None => report.push_str("--- killed\n"),
    }
    report
}

/// Runs the command without input.
pub(crate) fn promql(args: &[&str]) -> String {
    promql_with("", args)
}

/// What a server got: method, target with its query, headers, body.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: Vec<String>,
    pub(crate) body: String,
}

/// A server on a free port of this machine. It ends with the test process.
pub(crate) struct Server {
    pub(crate) url: String,
    pub(crate) requests: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    /// Answers every request with status and body; `None` never answers.
    pub(crate) fn new(answer: impl Fn(&Request) -> Option<(u16, String)> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (seen, answer) = (Arc::clone(&requests), Arc::new(answer));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (seen, answer) = (Arc::clone(&seen), Arc::clone(&answer));
                std::thread::spawn(move || serve(stream, &seen, &*answer));
            }
        });
        Server { url, requests }
    }

    /// Answers every request with JSON of status 200.
    pub(crate) fn json(body: &'static str) -> Self {
        Server::new(move |_| Some((200, body.to_owned())))
    }

    /// The first request that came.
    pub(crate) fn first(&self) -> Request {
        self.requests.lock().unwrap()[0].clone()
    }
}

fn serve(stream: TcpStream, seen: &Mutex<Vec<Request>>, answer: &dyn Fn(&Request) -> Option<(u16, String)>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let length =
        lines.iter().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).unwrap();
    let mut words = lines[0].split(' ').map(str::to_owned);
    let request = Request {
        method: words.next().unwrap(),
        target: words.next().unwrap(),
        headers: lines[1..].to_vec(),
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    seen.lock().unwrap().push(request.clone());
    let mut stream = stream;
    match answer(&request) {
        Some((status, body)) => {
            let head =
                format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            let _ = stream.write_all((head + &body).as_bytes());
        }
        None => std::thread::sleep(std::time::Duration::from_secs(60)),
    }
}
