//! The command line.

use crate::cases::Suite;
use clap::{Parser, ValueEnum};
use regex_automata::meta::Regex;
use std::path::PathBuf;

/// Run Prometheus' benchmarks on both engines in turns and set the times side by side
///
/// Builds the program in benches/peers/prometheus (needs Go), has it write the data, and opens the same data directory
/// on both sides. A run is parse, plan and execute; the shortest time counts. Answers are compared. The exit code is 1
/// if some do not agree, 2 if something could not be run; a missed goal is shown and changes nothing.
#[derive(Debug, Parser)]
#[command(name = "benches/compare", max_term_width = 100)]
pub(crate) struct Args {
    /// Only this suite; may be repeated
    #[arg(long = "suite", value_name = "SUITE")]
    suite: Vec<Suite>,
    /// Only cases whose name (as in the JSON) has a match
    #[arg(long, value_name = "REGEX", value_parser = regex)]
    case: Option<Regex>,
    /// How many threads each engine may use
    #[arg(long, value_delimiter = ',', default_value = "1,2", value_parser = at_least_one)]
    pub(crate) threads: Vec<usize>,
    /// One short round on each side instead of two
    #[arg(long)]
    quick: bool,
    /// Also write the results to this file
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// Keep the data in this folder, for the next time
    #[arg(long, value_name = "FOLDER")]
    pub(crate) data: Option<PathBuf>,
    /// Answer tasks, over this data directory if they are more than parsing
    #[arg(long, hide = true, value_name = "FOLDER", num_args = 0..=1)]
    pub(crate) work: Option<Option<PathBuf>>,
}

impl Args {
    /// The suites that are wanted.
    pub(crate) fn suites(&self) -> &[Suite] {
        if self.suite.is_empty() { Suite::value_variants() } else { &self.suite }
    }

    /// True if a case of this name is wanted.
    pub(crate) fn wants(&self, name: &str) -> bool {
        self.case.as_ref().is_none_or(|regex| regex.is_match(name))
    }

    /// How often each side runs.
    pub(crate) fn rounds(&self) -> usize {
        if self.quick { 1 } else { 2 }
    }

    /// How long it then repeats, in nanoseconds.
    pub(crate) fn budget(&self) -> u64 {
        if self.quick { 50_000_000 } else { 200_000_000 }
    }
}

fn regex(text: &str) -> Result<Regex, String> {
    Regex::new(text).map_err(|error| error.to_string())
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err("a number of at least 1 is wanted".to_owned()),
        Ok(number) => Ok(number),
    }
}
