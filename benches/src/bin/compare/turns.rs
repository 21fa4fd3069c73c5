//! Runs cases on both engines in turns.

use crate::Result;
use crate::args::Args;
use crate::cases::{Case, Suite};
use crate::child::Worker;
use crate::peer::Peer;
use crate::protocol::{Task, Timed, Timing};
use std::io::{IsTerminal, Write, stderr};
use std::process::Command;

/// A case with what both engines made of it.
pub(crate) struct Outcome {
    pub(crate) case: Case,
    pub(crate) threads: usize,
    pub(crate) ours: Side,
    pub(crate) peer: Side,
    /// Why the answers do not agree.
    pub(crate) difference: Option<String>,
}

/// What one engine made of a case.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Side {
    /// The shortest time.
    pub(crate) nanos: f64,
    /// The largest memory use.
    pub(crate) peak_kb: u64,
}

impl Outcome {
    /// How many times faster we are.
    pub(crate) fn ratio(&self) -> f64 {
        self.peer.nanos / self.ours.nanos
    }

    /// True if the case has a goal that it misses.
    pub(crate) fn misses(&self) -> bool {
        self.case.goal.is_some_and(|goal| self.ratio() < goal)
    }
}

/// Runs all cases that were asked for. After an error `outcomes` has what was done before.
pub(crate) fn run(args: &Args, outcomes: &mut Vec<Outcome>) -> Result<()> {
    let peer = Peer::build(args.data.clone())?;
    let all = args.suites().iter().copied().flat_map(Suite::cases);
    let cases: Vec<Case> = all.filter(|case| args.wants(&case.name())).collect();
    for cases in cases.chunk_by(|a, b| a.data == b.data) {
        let set = cases[0].data;
        tell(&format!("{}: preparing the data", cases[0].suite.name()));
        let folder = set.map(|set| peer.data(set)).transpose()?;
        let (mut ours, mut theirs) = (Command::new(std::env::current_exe()?), Command::new(peer.program()));
        ours.arg("--work").args(&folder);
        theirs.arg("bench").args(&folder);
        // One opens the directory after the other: the peer writes to it while it does.
        let mut theirs = Worker::start("the Prometheus peer", &mut theirs)?;
        let warm = task(&cases[0], 1, 1);
        theirs.ask(&warm)?;
        let mut ours = Worker::start("our side", &mut ours)?;
        ours.ask(&warm)?;
        for case in cases {
            // A parser has one thread.
            let choices = if case.timed == Timed::Parse { &[1][..] } else { &args.threads };
            for &threads in choices {
                tell(&format!("{} threads={threads}", case.name()));
                outcomes.push(compare(case, threads, args, &mut ours, &mut theirs)?);
            }
        }
        drop((ours, theirs));
        set.map(|set| peer.done(set)).transpose()?;
    }
    tell("");
    Ok(())
}

fn task(case: &Case, threads: usize, budget: u64) -> Task {
    let Case { start, end, step, timed, .. } = *case;
    Task { expr: case.expr.clone(), start, end, step, timed, threads, budget }
}

/// A, B, A, B.
fn compare(
    case: &Case,
    threads: usize,
    args: &Args,
    ours: &mut Worker,
    peer: &mut Worker,
) -> Result<Outcome> {
    let task = task(case, threads, args.budget());
    let mut timings = Vec::new();
    for _ in 0..args.rounds() {
        timings.push((ours.ask(&task)?, peer.ask(&task)?));
    }
    let difference = timings.iter().find_map(|(ours, peer)| difference(case, ours, peer));
    let (ours, peer): (Vec<Timing>, Vec<Timing>) = timings.into_iter().unzip();
    Ok(Outcome { case: case.clone(), threads, ours: side(&ours), peer: side(&peer), difference })
}

fn difference(case: &Case, ours: &Timing, peer: &Timing) -> Option<String> {
    let (ours, peer) = (&ours.digest, &peer.digest);
    if case.timed != Timed::Parse {
        return ours.difference(peer, case.ties);
    }
    // Messages differ on purpose; whether there is one must not.
    let differ = ours.error.is_empty() != peer.error.is_empty();
    differ.then(|| format!("error: ours {:?}, Prometheus {:?}", ours.error, peer.error))
}

fn side(timings: &[Timing]) -> Side {
    Side {
        nanos: timings.iter().map(|timing| timing.nanos).fold(f64::INFINITY, f64::min),
        peak_kb: timings.iter().map(|timing| timing.peak_kb).max().unwrap_or(0),
    }
}

/// Says at a terminal what is going on, in one line.
fn tell(what: &str) {
    let mut out = stderr().lock();
    if out.is_terminal() {
        // Nobody reads what cannot be written.
        let _ = write!(out, "\r\x1b[2K{what:.100}");
        let _ = out.flush();
    }
}
