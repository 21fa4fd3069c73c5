//! The command line: what may be said, and the help that teaches it.

use crate::terminal::Color;
use crate::time::{Duration, Moment};
use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  promql query -s http://localhost:9090 'sum by (job) (rate(http_requests_total[5m]))'
  promql query -s metrics.txt --start start --end end 'go_goroutines'
  promql query -s demo: --start -1h --format csv 'up' > up.csv
  promql repl -s http://localhost:9090
  promql fmt -e 'sum(rate(a[5m]))/sum(rate(b[5m]))'
  promql check rules rules.yml
  promql test rules-test.yml

Exit codes: 0 answer, 1 query or test failed, 2 could not run.";

/// Ask, format and test PromQL against servers and files
#[derive(Debug, Parser)]
#[command(name = "promql", version, after_help = EXAMPLES, max_term_width = 100)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// When to use colour; NO_COLOR is respected
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: Color,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Query(QueryArgs),
    Repl(ReplArgs),
    Fmt(FmtArgs),
    Parse(ParseArgs),
    #[command(subcommand)]
    Check(CheckCommand),
    Test(TestArgs),
}

/// Evaluate a query, at one time or over a range
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  promql query -s http://localhost:9090 up
  promql query -s http://localhost:9090 --start -6h --step 1m 'rate(errors_total[5m])'
  promql query -s dump.om --time end 'topk(5, process_resident_memory_bytes)'
  curl -s host:9100/metrics | promql query -s - 'node_load1'
  echo 'sum(up)' | promql query -s demo: -

Times are RFC 3339 (2026-11-24T07:00:00Z), unix seconds, `now`, `start` and `end` of the data in
files, each with an optional distance (`end-1h`), or a distance alone (`-1h`) from the default time.")]
pub(crate) struct QueryArgs {
    /// The query; `-` reads it from standard input
    #[arg(value_name = "EXPR")]
    pub(crate) expr: String,
    #[command(flatten)]
    pub(crate) asking: AskingArgs,
}

/// Ask one query after the other at a prompt
#[derive(Debug, ClapArgs)]
#[command(after_help = "Type .help at the prompt for its commands.")]
pub(crate) struct ReplArgs {
    #[command(flatten)]
    pub(crate) asking: AskingArgs,
}

/// What is asked, when, within which limits, and how it is answered
#[derive(Debug, ClapArgs)]
pub(crate) struct AskingArgs {
    #[command(flatten)]
    pub(crate) source: SourceArgs,
    #[command(flatten)]
    pub(crate) times: TimeArgs,
    #[command(flatten)]
    pub(crate) engine: EngineArgs,
    /// How the answer is written
    #[arg(long, short, value_name = "FORMAT", default_value = "table")]
    pub(crate) format: Format,
}

/// Print a query in its pretty form
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  promql fmt -e 'sum(rate(a[5m]))/sum(rate(b[5m]))'
  pbpaste | promql fmt -e -")]
pub(crate) struct FmtArgs {
    /// The query; `-` reads it from standard input
    #[arg(long, short, value_name = "EXPR", allow_hyphen_values = true)]
    pub(crate) expr: String,
}

/// Print the tree of a query
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  promql parse 'sum(rate(a[5m])) by (job)'
  promql parse --format json 'a / on (x) b' | jq .")]
pub(crate) struct ParseArgs {
    /// The query; `-` reads it from standard input
    #[arg(value_name = "EXPR")]
    pub(crate) expr: String,
    /// How the tree is written
    #[arg(long, short, value_name = "FORMAT", default_value = "tree")]
    pub(crate) format: TreeFormat,
}

/// Say what is wrong with files
#[derive(Debug, Subcommand)]
pub(crate) enum CheckCommand {
    Rules(CheckRulesArgs),
}

/// Check rule files
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Files are rule files of Prometheus, PrometheusRule and ConfigMap objects of Kubernetes, or any other
YAML that holds `groups`, one document or many.

Examples:
  promql check rules rules/*.yml
  helm template . | promql check rules -

Exit codes: 0 fine, 1 errors, 3 lint findings with --lint-fatal.")]
pub(crate) struct CheckRulesArgs {
    /// Rule files; `-` or none for standard input
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// What to look for besides errors: all, duplicate-rules, none
    #[arg(long, value_name = "LIST", value_delimiter = ',', default_value = "duplicate-rules")]
    pub(crate) lint: Vec<String>,
    /// End with exit code 3 if something was found
    #[arg(long)]
    pub(crate) lint_fatal: bool,
    /// Allow fields that Prometheus does not know, such as those of Thanos, Mimir and Loki
    #[arg(long)]
    pub(crate) ignore_unknown_fields: bool,
    #[command(flatten)]
    pub(crate) features: FeatureArgs,
}

/// Run unit tests of rules and promqltest scripts
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Files are unit tests in the format of promtool (`promtool test rules`) or scripts in the language of
Prometheus' own tests (`load`, `eval`); their content tells which.

Unit tests may expect more than promtool knows: parts of labels, regular expressions, tolerances,
errors, pending alerts, ranges. testdata/unit_tests/README.md shows it by examples.

Examples:
  promql test tests/*.yml
  promql test --run 'disk|memory' --junit report.xml tests/*.yml
  promql test --strict --format github tests/*.yml
  promql test --coverage-min 80 --coverage-out lcov.info tests/*.yml
  promql test --watch tests/*.yml

Exit codes: 0 all passed, 1 a test failed, a file is broken, or too little is covered.")]
pub(crate) struct TestArgs {
    /// Test files; a first word `rules` is left out
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// Run only tests whose name matches; repeatable, one match is enough
    #[arg(long, value_name = "REGEX")]
    pub(crate) run: Vec<String>,
    /// Write the results to a file in the format of JUnit
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) coverage: CoverageArgs,
    /// Run again whenever a test file or a rule file changes, until Ctrl-C
    #[arg(long)]
    pub(crate) watch: bool,
    /// Show failures as a diff of all that was expected (-) and all that was found (+)
    #[arg(long)]
    pub(crate) diff: bool,
    /// How results are written
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: TestFormat,
    /// Fail on what promtool ignores: rule files, alerts and groups that do not exist
    #[arg(long)]
    pub(crate) strict: bool,
    /// Print all series at the end of each unit test
    #[arg(long)]
    pub(crate) debug: bool,
    /// Allow fields that are not known in rule files
    #[arg(long)]
    pub(crate) ignore_unknown_fields: bool,
    #[command(flatten)]
    pub(crate) features: FeatureArgs,
}

/// What the tests reach of the rules.
#[derive(Clone, Debug, Default, ClapArgs)]
pub(crate) struct CoverageArgs {
    /// Say which rules and which of their branches no unit test reaches
    ///
    /// A rule is reached if it finds something in a test and an expectation of that test depends on it. Branches are
    /// the states of alerts, what `and`, `unless` and comparisons keep and drop, and both sides of `or`.
    #[arg(long)]
    pub(crate) coverage: bool,
    /// Fail if less than this share of all rules and branches is reached
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    pub(crate) coverage_min: Option<f64>,
    /// Write the coverage to a file as well: lcov for `.info` and `.lcov`, or `.json`; repeatable
    #[arg(long, value_name = "FILE")]
    pub(crate) coverage_out: Vec<PathBuf>,
}

fn percent(text: &str) -> Result<f64, String> {
    let number = text.strip_suffix('%').unwrap_or(text).parse().ok();
    number.filter(|number| (0.0..=100.0).contains(number)).ok_or("expected a number from 0 to 100".to_owned())
}

/// Parts of the language that are off by default.
#[derive(Clone, Debug, Default, ClapArgs)]
pub(crate) struct FeatureArgs {
    /// Turn on parts of the language that are off in Prometheus; repeatable, or separated by commas
    ///
    /// The names are those of Prometheus: promql-experimental-functions, promql-binop-fill-modifiers,
    /// promql-delayed-name-removal, promql-unquoted-utf8-names, type-and-unit-labels, use-start-timestamps.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub(crate) enable_feature: Vec<String>,
}

/// Where series come from.
#[derive(Clone, Debug, Default, ClapArgs)]
#[command(next_help_heading = "Sources")]
pub(crate) struct SourceArgs {
    /// Where series come from; repeat it to ask several at once
    ///
    /// http://HOST:PORT   a Prometheus-compatible server, which answers the query itself
    /// FILE               OpenMetrics or exposition text, a promqltest `load` script, a saved API answer
    /// DIR                the data directory of a Prometheus server, running or not
    /// -                  the same as a file from standard input
    /// scrape:URL         one scrape of a target
    /// demo:              built-in example series
    #[arg(long, short, value_name = "SOURCE", env = "PROMQL_SOURCE", verbatim_doc_comment)]
    pub(crate) source: Vec<String>,
    /// Fetch raw series from servers and evaluate here
    #[arg(long)]
    pub(crate) local: bool,
    /// In text files a `NaN` ends its series, as in dumps of `promtool tsdb dump-openmetrics`
    #[arg(long)]
    pub(crate) nan_is_stale: bool,
    /// Credentials, TLS and headers for servers, in the format of promtool's file
    #[arg(long = "http.config.file", value_name = "FILE")]
    pub(crate) http_config: Option<PathBuf>,
    /// A header for every request, `Name: value` or `Name=value`; repeatable
    #[arg(long, short = 'H', value_name = "HEADER")]
    pub(crate) header: Vec<String>,
}

/// When to evaluate.
#[derive(Clone, Debug, Default, ClapArgs)]
#[command(next_help_heading = "Times")]
pub(crate) struct TimeArgs {
    /// Evaluate at this time [default: now for servers, the newest sample for files]
    #[arg(long, short, value_name = "T", allow_hyphen_values = true, conflicts_with_all = ["start", "end", "step"])]
    pub(crate) time: Option<Moment>,
    /// Evaluate from here on [default: an hour before the end for servers, the oldest sample for files]
    #[arg(long, value_name = "A", allow_hyphen_values = true)]
    pub(crate) start: Option<Moment>,
    /// Evaluate up to here [default: the default of --time]
    #[arg(long, value_name = "B", allow_hyphen_values = true)]
    pub(crate) end: Option<Moment>,
    /// Evaluate this often, 15s or 15 [default: what makes about 250 points]
    #[arg(long, value_name = "D", allow_hyphen_values = true)]
    pub(crate) step: Option<Duration>,
}

/// How the engine here evaluates.
#[derive(Clone, Debug, ClapArgs)]
#[command(next_help_heading = "Evaluation")]
pub(crate) struct EngineArgs {
    /// How far an instant selector looks back [default: 5m, or what the server has]
    #[arg(long, value_name = "D")]
    pub(crate) lookback_delta: Option<Duration>,
    /// Step of subqueries that give none [default: 1m, or what the server has]
    #[arg(long, value_name = "D")]
    pub(crate) evaluation_interval: Option<Duration>,
    /// The most samples that a query may hold at a time
    #[arg(long, value_name = "N", default_value_t = 50_000_000)]
    pub(crate) max_samples: usize,
    /// The most bytes of buffers that a query may hold at a time, and of one answer of a server
    #[arg(long, value_name = "N", default_value_t = 4 << 30)]
    pub(crate) max_bytes: usize,
    /// Give up after this time
    #[arg(long, value_name = "D", default_value = "2m")]
    pub(crate) timeout: Duration,
    /// Threads to evaluate with; 0 for one a core
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) threads: usize,
    #[command(flatten)]
    pub(crate) features: FeatureArgs,
}

/// Forms of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Columns for people, with a sparkline a series for ranges
    Table,
    /// The `data` member of Prometheus' HTTP API
    Json,
    /// Comma-separated, a row a sample
    Csv,
    /// Tab-separated, a row a sample
    Tsv,
    /// A line a sample, as promtool prints it
    Text,
}

/// Forms of test results.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TestFormat {
    /// A line a test, failures with what differs and why
    Text,
    /// One document with everything
    Json,
    /// Annotations of GitHub Actions
    Github,
}

/// Forms of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TreeFormat {
    /// Indented, a line a node
    Tree,
    /// The shape of Prometheus' /api/v1/parse_query, with the byte span of each node
    Json,
    /// The canonical text on one line
    Text,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        <Args as clap::CommandFactory>::command().debug_assert();
    }

    #[test]
    fn distances_may_start_with_a_hyphen() {
        let args = Args::try_parse_from(["promql", "query", "--start", "-1h", "--end", "-5m", "up"]);
        assert!(args.is_ok(), "{args:?}");
    }
}
