//! `promql check rules`

use crate::args::CheckRulesArgs;
use crate::failure::Failure;
use crate::{diagnostics, evaluate};
use promql::diagnostic::{Diagnostic, Severity};
use promql::rules::{ReadOptions, duplicate_rules, read};
use promql::{Engine, EngineOptions};
use std::io::{Read, Write};
use std::path::Path;
use std::process::ExitCode;

/// What `--lint` may ask for.
const LINTS: [&str; 3] = ["all", "duplicate-rules", "none"];

/// Checks every file, whatever is wrong with the ones before it.
pub(super) fn run(args: &CheckRulesArgs) -> Result<ExitCode, Failure> {
    for unknown in args.lint.iter().filter(|name| !name.is_empty() && !LINTS.contains(&name.as_str())) {
        diagnostics::say(&format!(
            "warning: unknown lint option {unknown:?}, expected one of {}",
            LINTS.join(", ")
        ));
    }
    let look_for_duplicates = args.lint.iter().any(|name| name == "all" || name == "duplicate-rules");
    let features = evaluate::features(&args.features);
    let engine = Engine::new(EngineOptions { features, ..EngineOptions::default() });
    let options = ReadOptions { ignore_unknown_fields: args.ignore_unknown_fields, check_only: true };
    let stdin = [Path::new("-").to_owned()];
    let files = if args.files.is_empty() { &stdin[..] } else { &args.files };
    let (mut out, mut has_errors, mut has_lint) = (anstream::stdout(), false, false);
    let mut last = None;
    for path in files {
        let (name, text) = match text(path) {
            Ok(file) => file,
            Err(failure) => {
                diagnostics::report(&failure);
                has_errors = true;
                continue;
            }
        };
        let mut reading = read(&text, &engine, options);
        let is_bad = reading.has_errors();
        if look_for_duplicates && !is_bad {
            let duplicates = duplicate_rules(&reading.file);
            has_lint |= !duplicates.is_empty();
            reading.findings.extend(duplicates);
        }
        has_errors |= is_bad;
        let rules = reading.file.groups.iter().map(|group| group.rules.len()).sum();
        write_line(&mut out, &name, rules, &reading.findings)?;
        out.flush()?;
        if !reading.findings.is_empty() {
            diagnostics::draw_in(&name, &text, &reading.findings);
        }
        last = Some(reading);
    }
    // The process ends, which frees a large file faster than we could rule by rule.
    std::mem::forget(last);
    Ok(match (has_errors, has_lint && args.lint_fatal) {
        (true, _) => ExitCode::from(1),
        (false, true) => ExitCode::from(3),
        (false, false) => ExitCode::SUCCESS,
    })
}

/// The name that people call a file, and its text.
fn text(path: &Path) -> Result<(String, String), Failure> {
    let (name, bytes) = if path.as_os_str() == "-" {
        let mut bytes = Vec::new();
        ("<stdin>".to_owned(), std::io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes))
    } else {
        (path.display().to_string(), std::fs::read(path))
    };
    let bytes = bytes.map_err(|error| Failure::setup(format!("{name}: {error}")))?;
    match String::from_utf8(bytes) {
        Ok(text) => Ok((name, text)),
        Err(_) => Err(Failure::setup(format!("{name} is no rule file: it is not UTF-8"))),
    }
}

fn write_line(out: &mut dyn Write, name: &str, rules: usize, findings: &[Diagnostic]) -> std::io::Result<()> {
    let (good, bad) = (anstyle::AnsiColor::Green.on_default(), anstyle::AnsiColor::Red.on_default().bold());
    let warn = anstyle::AnsiColor::Yellow.on_default();
    let count = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
    let plural = |count, what| match count {
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    };
    match (count(Severity::Error), count(Severity::Warning)) {
        (0, 0) => writeln!(out, "{good}ok{good:#}    {name}: {}", plural(rules, "rule")),
        (0, warnings) => writeln!(
            out,
            "{warn}warn{warn:#}  {name}: {}, {}",
            plural(rules, "rule"),
            plural(warnings, "warning")
        ),
        (errors, _) => writeln!(out, "{bad}FAIL{bad:#}  {name}: {}", plural(errors, "error")),
    }
}
