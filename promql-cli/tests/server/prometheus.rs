//! A Prometheus server on loopback over a copy of recorded data.

use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Subqueries without step depend on the interval; remote read adds the external labels.
const CONFIG: &str =
    "global:\n  evaluation_interval: 5s\n  external_labels: {cluster: loopback, replica: a}\n";
/// Not what is usual, to show that it is asked for.
pub(crate) const LOOKBACK: &str = "15s";
/// How long a server may take to replay its data.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running server; it ends with this value.
pub(crate) struct Prometheus {
    child: Child,
    folder: PathBuf,
    pub(crate) url: String,
}

impl Prometheus {
    /// Starts a server over a copy of the blocks below `data`; or says what is missing.
    pub(crate) fn start(data: &Path) -> Result<Self, String> {
        let binary = binary()?;
        if !data.is_dir() {
            return Err(format!("{} is not there (PROMQL_SHARED)", data.display()));
        }
        let folder = std::env::temp_dir().join(format!("promql-server-test-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        copy(data, &folder.join("data"));
        std::fs::create_dir_all(folder.join("data/wal")).unwrap();
        std::fs::write(folder.join("prometheus.yml"), CONFIG).unwrap();
        let address = free_address();
        let child = Command::new(&binary)
            .arg(format!("--config.file={}", folder.join("prometheus.yml").display()))
            .arg(format!("--storage.tsdb.path={}", folder.join("data").display()))
            .args(["--storage.tsdb.retention.time=100y", "--log.level=error"])
            .arg(format!("--query.lookback-delta={LOOKBACK}"))
            .args(["--enable-feature=promql-experimental-functions"])
            .arg(format!("--web.listen-address={address}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(folder.join("log")).unwrap())
            .spawn()
            .unwrap();
        let mut server = Prometheus { child, folder, url: format!("http://{address}") };
        server.wait(&address);
        Ok(server)
    }

    fn wait(&mut self, address: &str) {
        let start = Instant::now();
        while !is_ready(address) {
            let ended = self.child.try_wait().unwrap().is_some();
            if ended || start.elapsed() > PATIENCE {
                let log = std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
                panic!("the server did not come up: {log}");
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// `PROMQL_PROMETHEUS`, else `prometheus` on the path, else where `go install` puts it.
fn binary() -> Result<PathBuf, String> {
    let given = std::env::var_os("PROMQL_PROMETHEUS").map(PathBuf::from);
    let home = std::env::var_os("HOME").map(|home| Path::new(&home).join("go/bin/prometheus"));
    let mut candidates = match given {
        Some(given) => vec![given],
        None => [Some(PathBuf::from("prometheus")), home].into_iter().flatten().collect(),
    };
    candidates.retain(|path| version(path).is_some());
    let Some(found) = candidates.into_iter().next() else {
        return Err("there is no prometheus (PROMQL_PROMETHEUS, PATH, ~/go/bin)".into());
    };
    match version(&found) {
        // Builds by `go install` do not know their version.
        Some(version) if version.is_empty() || version.starts_with("3.") => Ok(found),
        version => Err(format!("{} is version {version:?}, not 3.x", found.display())),
    }
}

/// `prometheus, version 3.16.0 (branch: …`
fn version(binary: &Path) -> Option<String> {
    let output = Command::new(binary).arg("--version").stdin(Stdio::null()).output().ok()?;
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    let (version, _) = text.strip_prefix("prometheus, version ")?.split_once('(')?;
    Some(version.trim().to_owned())
}

/// Another process may take it before the server does; then the server ends and the test fails, saying so.
fn free_address() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

fn is_ready(address: &str) -> bool {
    let ask = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(b"GET /-/ready HTTP/1.0\r\n\r\n")?;
        std::io::read_to_string(stream)
    };
    ask().is_ok_and(|answer| answer.split(' ').nth(1) == Some("200"))
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let (entry, to) = (entry.as_ref().unwrap().path(), to.join(entry.as_ref().unwrap().file_name()));
        if entry.is_dir() {
            copy(&entry, &to);
        } else {
            std::fs::copy(&entry, &to).unwrap();
        }
    }
}
