//! What begins with a dot is for the prompt, not for the engine.

use super::{Next, Session};
use crate::args::{Format, TimeArgs};
use crate::failure::Failure;
use crate::output::{Align, Column, draw};
use crate::time::{Duration, Moment, show};
use crate::{commands::query::times, terminal};
use clap::ValueEnum;
use std::collections::BTreeMap;
use std::io::Write;

/// A command of the prompt.
pub(super) struct Command {
    pub(super) name: &'static str,
    usage: &'static str,
    doc: &'static str,
    run: fn(&mut Session, &[&str]) -> Result<Next, Failure>,
}

/// All commands, in the order of `.help`.
pub(super) const COMMANDS: &[Command] = &[
    Command { name: ".help", usage: "", doc: "this list", run: help },
    Command {
        name: ".metrics",
        usage: "[TEXT]",
        doc: "metrics whose name or help contains TEXT",
        run: metrics,
    },
    Command { name: ".labels", usage: "[NAME]", doc: "names of labels, or the values of one", run: labels },
    Command {
        name: ".format",
        usage: "[FORMAT]",
        doc: "how answers are written: table, json, csv, tsv, text",
        run: format,
    },
    Command {
        name: ".time",
        usage: "[T]",
        doc: "evaluate at one time, such as now, -1h or 2026-11-24T07:00:00Z",
        run: time,
    },
    Command {
        name: ".range",
        usage: "[A] [B] [STEP]",
        doc: "evaluate over a range, such as .range -1h now 15s",
        run: range,
    },
    Command { name: ".quit", usage: "", doc: "leave; so does Ctrl-D", run: |_, _| Ok(Next::Quit) },
];

const KEYS: &str = "\
Tab completes metrics, labels, values and functions. An open bracket continues on the next line.
Ctrl-R searches old lines. Ctrl-C drops the line or ends the query that runs.";

/// True for a line that is meant for the prompt: no query begins with a dot and a letter.
pub(super) fn is_command(line: &str) -> bool {
    line.strip_prefix('.').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic()))
}

/// Runs a command; the start of a name will do if it fits only one.
pub(super) fn run(session: &mut Session, line: &str) -> Result<Next, Failure> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let (name, words) = words.split_first().expect("a command has a name");
    let fitting: Vec<_> = COMMANDS.iter().filter(|command| command.name.starts_with(name)).collect();
    match fitting.as_slice() {
        [command] => (command.run)(session, words),
        [] => Err(Failure::setup(format!("there is no command {name}")).help(".help lists them")),
        several => {
            let names: Vec<_> = several.iter().map(|command| command.name).collect();
            Err(Failure::setup(format!("{name} may be {}", names.join(" or "))))
        }
    }
}

fn print(text: &str) -> Result<Next, Failure> {
    anstream::stdout().write_all(text.as_bytes())?;
    Ok(Next::Line)
}

fn help(_: &mut Session, _: &[&str]) -> Result<Next, Failure> {
    let line =
        |command: &Command| format!("{:<24}{}\n", format!("{} {}", command.name, command.usage), command.doc);
    let lines: String = COMMANDS.iter().map(line).collect();
    print(&format!("{lines}\n{KEYS}\n"))
}

fn metrics(session: &mut Session, words: &[&str]) -> Result<Next, Failure> {
    let names = session.names();
    let mut all: BTreeMap<String, (String, String)> =
        names.metrics()?.into_iter().map(|name| (name, Default::default())).collect();
    for entry in names.metadata()? {
        if let Some(about) = all.get_mut(&entry.name) {
            *about = (entry.kind, entry.help);
        } else if all.keys().any(|name| name.starts_with(&entry.name)) {
            // The family of a histogram or a summary, whose series have longer names.
            all.insert(entry.name, (entry.kind, entry.help));
        }
    }
    let wanted = words.join(" ").to_lowercase();
    all.retain(|name, (_, help)| {
        name.to_lowercase().contains(&wanted) || help.to_lowercase().contains(&wanted)
    });
    let column = |name: &str, align| Column { name: name.into(), align, cells: Vec::new() };
    let mut columns =
        [column("metric", Align::Picture), column("type", Align::Picture), column("help", Align::Text)];
    for (name, (kind, help)) in all {
        for (column, cell) in columns.iter_mut().zip([name, kind, help]) {
            column.cells.push(crate::output::visible(&cell).into_owned());
        }
    }
    if columns[0].cells.is_empty() {
        return print("no metrics\n");
    }
    print(&draw(columns.into(), terminal::width()))
}

fn labels(session: &mut Session, words: &[&str]) -> Result<Next, Failure> {
    let names = session.names();
    let found = match words.first() {
        Some(label) => names.values(label, None)?,
        None => names.labels(None)?,
    };
    let lines: String = found.iter().map(|name| format!("{}\n", crate::output::visible(name))).collect();
    print(if lines.is_empty() { "none\n" } else { &lines })
}

fn format(session: &mut Session, words: &[&str]) -> Result<Next, Failure> {
    if let Some(name) = words.first() {
        session.format = Format::from_str(name, true).map_err(|_| {
            let names = Format::value_variants().iter().filter_map(ValueEnum::to_possible_value);
            let names: Vec<_> = names.map(|value| value.get_name().to_owned()).collect();
            Failure::setup(format!("there is no format {name}")).help(names.join(", "))
        })?;
    }
    let value = session.format.to_possible_value();
    print(&format!("{}\n", value.as_ref().map_or("", |value| value.get_name())))
}

fn time(session: &mut Session, words: &[&str]) -> Result<Next, Failure> {
    let text = words.join(" ");
    let time = if text.is_empty() { None } else { Some(text.parse::<Moment>().map_err(Failure::setup)?) };
    settle(session, TimeArgs { time, ..TimeArgs::default() })
}

fn range(session: &mut Session, words: &[&str]) -> Result<Next, Failure> {
    let moment =
        |at: usize| words.get(at).map(|word| word.parse::<Moment>()).transpose().map_err(Failure::setup);
    let step = words.get(2).map(|word| word.parse::<Duration>()).transpose().map_err(Failure::setup)?;
    // Files have a beginning, servers go back further than anyone wants to see.
    let default = if session.evaluator.clock().data.is_some() { "start" } else { "-1h" };
    let start = moment(0)?.or_else(|| default.parse().ok());
    settle(session, TimeArgs { time: None, start, end: moment(1)?, step })
}

/// Takes the times over if they can be evaluated, and says what they are now.
fn settle(session: &mut Session, args: TimeArgs) -> Result<Next, Failure> {
    let run = times(&args, &session.evaluator.clock())?;
    session.times = args;
    print(&match run.step {
        None => format!("at {}\n", show(run.start)),
        Some(step) => format!("from {} to {} every {}\n", show(run.start), show(run.end), Duration(step)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dot_and_a_letter_is_a_command() {
        assert!(is_command(".help"));
        assert!(!is_command(".5 + 1"));
        assert!(!is_command("up"));
        assert!(!is_command("."));
    }
}
