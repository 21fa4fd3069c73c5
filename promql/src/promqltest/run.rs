//! Running a script.

use super::compare::Times;
use super::script::{Command, CommandKind, Eval, parse};
use crate::annotation::Level;
use crate::engine::{Engine, EngineOptions, Error, Features, Query, QueryOutput};
use crate::functions::find;
use crate::model::Millis;
use crate::source::MemorySource;
use promql_grammar::ast::{At, ExprId, Kind};

/// How a script went.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Statements that gave what they expect.
    pub passed: usize,
    /// The others.
    pub failures: Vec<Failure>,
}

/// A statement that did not give what it expects.
#[derive(Clone, Debug)]
pub struct Failure {
    /// Its line, from 1.
    pub line: usize,
    /// Its first line.
    pub statement: String,
    /// What was expected and what came, on several lines.
    pub problem: String,
}

/// Runs a script with the options of Prometheus' own runner: all features of the language on, at most 10,000 samples.
#[must_use]
pub fn run(text: &str) -> Report {
    let engine = Engine::new(EngineOptions {
        max_samples: 10_000,
        threads: 1,
        features: Features { type_and_unit_labels: false, ..Features::all() },
        ..EngineOptions::default()
    });
    let mut source = MemorySource::default();
    let mut report = Report::default();
    for Command { line, text, kind } in parse(text) {
        let result = match kind {
            CommandKind::Clear => {
                source = MemorySource::default();
                continue;
            }
            CommandKind::Load(load) => match load.append_to(&mut source, 0) {
                Ok(()) => continue,
                Err((Some(line), error)) => Err(format!("line {line}: {error}")),
                Err((None, error)) => Err(error.to_string()),
            },
            CommandKind::Eval(eval) => eval.run(&engine, &source),
            CommandKind::Broken(message) => Err(message),
        };
        match result {
            Ok(()) => report.passed += 1,
            Err(problem) => report.failures.push(Failure { line, statement: text, problem }),
        }
    }
    report
}

impl Eval {
    fn run(&self, engine: &Engine, source: &MemorySource) -> Result<(), String> {
        // A query that does not parse is an error of the script, also where a failure is expected.
        let query = engine.parse(&self.query).map_err(|error| error.to_string())?;
        if self.is_range {
            let Times { start, end, step } = self.times;
            let Some(output) = self.outcome(&query, query.range(source, start, end, step))? else {
                return Ok(());
            };
            return self.expected.check(&output, self.value_times, None, self.expectations.ordered);
        }
        let at = self.times.end;
        self.run_instant(&query, source, at)?;
        for (query, at) in pinned(engine, &query, at)? {
            self.run_instant(&query, source, at)
                .map_err(|problem| format!("{problem}\nin `{}` at {at} ms", query.text()))?;
        }
        Ok(())
    }

    fn run_instant(&self, query: &Query, source: &MemorySource, at: Millis) -> Result<(), String> {
        let Some(output) = self.outcome(query, query.instant(source, at))? else { return Ok(()) };
        let times = if self.instant_only { self.value_times } else { Times::at(at) };
        self.expected.check(&output, times, None, self.expectations.ordered)?;
        if self.instant_only || depends_on_range(query.text()) {
            return Ok(());
        }
        let minute = 60_000;
        let output = query
            .range(source, at - minute, at + minute, minute)
            .map_err(|error| format!("as a range query: {error}"))?;
        if self.expectations.ordered {
            return Ok(());
        }
        self.expected
            .check(&output, Times::at(at), Some(at), false)
            .map_err(|problem| format!("{problem}\nas the middle step of a range query"))
    }

    /// The answer, if the statement is to be judged by it.
    fn outcome(
        &self,
        query: &Query,
        result: Result<QueryOutput, Error>,
    ) -> Result<Option<QueryOutput>, String> {
        match (result, &self.expectations.fail) {
            (Ok(_), Some(_)) => Err("expected the query to fail, got an answer".to_owned()),
            (Err(error), None) => Err(format!("the query failed: {error}")),
            (Err(error), Some(pattern)) if pattern.matches(&error.to_string()) => Ok(None),
            (Err(error), Some(pattern)) => Err(format!("expected it to fail with {pattern:?}\ngot {error}")),
            (Ok(output), None) => {
                let texts = |level: Level| -> Vec<String> {
                    let annotations =
                        output.annotations().iter().filter(|annotation| annotation.level == level);
                    annotations.map(|annotation| annotation.render(query.text())).collect()
                };
                self.expectations.check(&texts(Level::Warning), &texts(Level::Info))?;
                Ok(Some(output))
            }
        }
    }
}

/// True for queries that ask for the bounds of the query, which differ in the repetition as a range query.
fn depends_on_range(query: &str) -> bool {
    ["start()", "end()", "range()", "step()"].iter().any(|call| query.contains(call))
}

/// The query with every selector pinned to `at`, and the times at which it must give the same answer. None if it
/// calls a function that depends on the evaluation time all the same.
fn pinned(engine: &Engine, query: &Query, at: Millis) -> Result<Vec<(Query, Millis)>, String> {
    let mut ast = query.ast().clone();
    let ids: Vec<ExprId> = ast.ids().collect();
    // Parents first: what stands inside a pinned subquery stays as it is.
    let mut inside = vec![false; ids.len()];
    for id in ids.into_iter().rev() {
        let was_inside = inside[id.index()];
        let pins = matches!(ast[id].kind, Kind::Subquery { .. });
        let children: Vec<ExprId> = ast.children(id).collect();
        for child in children {
            inside[child.index()] = was_inside || pins;
        }
        if was_inside {
            continue;
        }
        match &mut ast.node_mut(id).kind {
            Kind::Selector(selector) => pin(&mut selector.modifiers.at, at),
            Kind::Subquery { modifiers, .. } => pin(&mut modifiers.at, at),
            Kind::Call { function, .. } if find(function).is_some_and(|function| function.at_unsafe) => {
                return Ok(Vec::new());
            }
            _ => {}
        }
    }
    let query = engine
        .parse(&ast.to_string())
        .map_err(|error| format!("the printed query does not parse: {error}"))?;
    let times = if at == 0 { vec![-1000, 0, 1000] } else { vec![-10 * at, 0, at / 5, at, 10 * at] };
    Ok(times.into_iter().map(|time| (query.clone(), time)).collect())
}

fn pin(modifier: &mut Option<At>, at: Millis) {
    if !matches!(modifier, Some(At::Time(_))) {
        *modifier = Some(At::Time(at));
    }
}

#[cfg(test)]
mod tests {
    use super::run;

    const DATA: &str = "load 1m\n  m{a=\"x\"} 1 2 3\n  m{a=\"y\"} 10 20 30\n  h {{schema:0 count:1 sum:2 buckets:[1]}}x2\n\n";

    fn problems(script: &str) -> Vec<(usize, String)> {
        let failures = run(&format!("{DATA}{script}")).failures;
        failures.into_iter().map(|failure| (failure.line, failure.problem)).collect()
    }

    #[test]
    fn a_right_statement_passes() {
        let report = run(&format!(
            "{DATA}eval instant at 1m sum(m)\n  {{}} 22\n\neval range from 0 to 2m step 1m m{{a=\"x\"}}\n  m{{a=\"x\"}} 1 2 3\n"
        ));
        assert_eq!((report.passed, report.failures.len()), (2, 0), "{:?}", report.failures);
    }

    #[test]
    fn every_kind_of_wrong_expectation_is_noticed() {
        for (script, expected) in [
            ("eval instant at 1m sum(m)\n  {} 23\n", "expected 23"),
            ("eval instant at 1m m\n  m{a=\"x\"} 2\n", "unexpected m{a=\"y\"}"),
            ("eval instant at 1m m{a=\"x\"}\n  m{a=\"x\"} 2\n  m{a=\"z\"} 2\n", "missing m{a=\"z\"}"),
            ("eval instant at 1m m{a=\"x\"}\n", "unexpected"),
            ("eval instant at 1m 1 + 1\n  3\n", "expected 3"),
            ("eval instant at 1m h\n  h {{schema:0 count:2 sum:2 buckets:[1]}}\n", "expected {count:2"),
            ("eval instant at 1m h\n  h 1\n", "expected 1"),
            (
                "eval range from 0 to 2m step 1m m{a=\"x\"}\n  m{a=\"x\"} 1 _ 3\n",
                "expected 1 @[0], 3 @[120000]",
            ),
            ("eval instant at 1m m\n  expect ordered\n  m{a=\"y\"} 20\n  m{a=\"x\"} 2\n", "at position"),
            ("eval instant at 1m sum(m)\n  expect fail\n", "expected the query to fail"),
            ("eval instant at 1m sum(m)\n  expect warn\n  {} 22\n", "expected warn annotation"),
            ("eval instant at 1m rate(m[2m])\n  expect no_info\n", "expected no info annotation"),
            ("eval instant at 1m m + on() m\n", "the query failed: found duplicate series"),
            ("eval instant at 1m m + on() m\n  expect fail msg: other\n", "expected it to fail with"),
            ("eval instant at 1m sum(\n", "parse error"),
            ("eval instant at 1m \"a\"\n  expect string \"b\"\n", "expected Some(\"b\")"),
            ("evil\n", "expected clear, load or eval"),
        ] {
            let problems = problems(script);
            assert_eq!(problems.len(), 1, "{script}");
            assert_eq!(problems[0].0, 6, "{script}");
            assert!(problems[0].1.contains(expected), "{script}: {}", problems[0].1);
        }
    }
}
