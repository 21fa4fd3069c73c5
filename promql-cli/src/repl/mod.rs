//! The prompt: reads a query or a command, answers, reads the next.

mod cache;
mod command;
mod complete;
mod context;
mod helper;
mod highlight;
mod history;

use crate::args::{Format, TimeArgs};
use crate::commands::query::times;
use crate::evaluate::Evaluator;
use crate::failure::Failure;
use crate::{diagnostics, output};
use cache::Names;
use helper::PromqlHelper;
use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{ColorMode, CompletionType, Config, Editor};
use std::io::IsTerminal;
use std::process::ExitCode;
use std::rc::Rc;

const PROMPT: &str = "promql> ";

/// A conversation.
pub(crate) struct Session {
    evaluator: Rc<Evaluator>,
    editor: Editor<PromqlHelper, FileHistory>,
    times: TimeArgs,
    format: Format,
}

/// What a line leads to.
enum Next {
    Line,
    Quit,
}

impl Session {
    /// A conversation that begins with these times and this form of answers.
    pub(crate) fn new(evaluator: Evaluator, times: TimeArgs, format: Format) -> Result<Self, Failure> {
        let colored = anstream::AutoStream::choice(&std::io::stdout()) != anstream::ColorChoice::Never;
        let config = Config::builder()
            .completion_type(CompletionType::List)
            .completion_prompt_limit(200)
            .color_mode(if colored { ColorMode::Enabled } else { ColorMode::Disabled })
            .history_ignore_space(true)
            .tab_stop(2)
            .build();
        let prompt = |error: ReadlineError| Failure::setup(format!("the prompt does not work: {error}"));
        let history = FileHistory::with_config(&config);
        let mut editor = Editor::with_history(config, history).map_err(prompt)?;
        let evaluator = Rc::new(evaluator);
        editor.set_helper(Some(PromqlHelper::new(Names::new(Rc::clone(&evaluator)))));
        history::load(&mut editor);
        Ok(Session { evaluator, editor, times, format })
    }

    /// Talks until the end of input. At a terminal that is a success; a script fails if any of its queries did.
    pub(crate) fn run(mut self) -> Result<ExitCode, Failure> {
        let interactive = std::io::stdin().is_terminal();
        if interactive {
            let name = &self.evaluator.source().name;
            let source = if name.is_empty() { "no source" } else { name };
            diagnostics::say(&format!("{source}. Tab completes, .help helps, Ctrl-D ends."));
        }
        let mut failed = false;
        loop {
            match self.editor.readline(PROMPT) {
                Ok(line) => {
                    let line = line.trim();
                    if line.is_empty() {
                        continue;
                    }
                    history::add(&mut self.editor, line);
                    match self.obey(line) {
                        Ok(Next::Line) => {}
                        Ok(Next::Quit) => break,
                        Err(failure @ Failure::Output(_)) => return Err(failure),
                        Err(failure) => {
                            diagnostics::report(&failure);
                            failed = true;
                        }
                    }
                }
                Err(ReadlineError::Interrupted) => {}
                Err(ReadlineError::Eof) => break,
                Err(error) => return Err(Failure::setup(format!("the prompt does not work: {error}"))),
            }
        }
        Ok(if failed && !interactive { ExitCode::from(1) } else { ExitCode::SUCCESS })
    }

    fn names(&self) -> &Names {
        &self.editor.helper().expect("set when the session was made").names
    }

    fn obey(&mut self, line: &str) -> Result<Next, Failure> {
        if command::is_command(line) {
            return command::run(self, line);
        }
        let run = times(&self.times, &self.evaluator.clock())?;
        let answer = self.evaluator.ask(line, &run, true)?;
        output::write(&answer, self.format, &run)?;
        diagnostics::draw(line, &answer.notes);
        Ok(Next::Line)
    }
}
