//! Turns the grammar into a parser, and Unicode categories into tables.

use std::error::Error;
use std::fmt::Write;
use std::path::Path;

use regex_syntax::hir::{Class, HirKind};

/// The tables that `unicode.rs` includes. The age is that of the reference's tables: Go's as of Prometheus 3.16.
const TABLES: [(&str, &str); 2] =
    [("LETTERS", r"[\p{L}&&\p{Age=15.0}]"), ("PRINTABLE", r"[[\p{L}\p{M}\p{N}\p{P}\p{S}]&&\p{Age=15.0}]")];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    let out = std::env::var("OUT_DIR")?;
    let mut tables = String::new();
    for (name, class) in TABLES {
        let HirKind::Class(Class::Unicode(class)) = regex_syntax::parse(class)?.into_kind() else {
            return Err("a table is one character class".into());
        };
        let ranges: Vec<(char, char)> =
            class.ranges().iter().map(|range| (range.start(), range.end())).collect();
        writeln!(tables, "pub(crate) const {name}: [(char, char); {}] = {ranges:?};", ranges.len())?;
    }
    std::fs::write(Path::new(&out).join("unicode_tables.rs"), tables)?;
    lalrpop::Configuration::new()
        .emit_rerun_directives(true)
        .force_build(true)
        .set_in_dir("grammar")
        .set_out_dir(&out)
        .process()?;
    leave_out_expected_tokens(&Path::new(&out).join("promql.rs"))
}

/// What could stand in place of a misplaced token `context.rs` says in words. The list that generated parsers make of
/// it takes longer than the parse, so it is left empty.
fn leave_out_expected_tokens(parser: &Path) -> Result<(), Box<dyn Error>> {
    let list = "__expected_tokens_from_states(states, core::marker::PhantomData::<(&())>)";
    let code = std::fs::read_to_string(parser)?;
    if code.matches(list).count() != 1 {
        return Err("generated parsers list expected tokens in another way now".into());
    }
    Ok(std::fs::write(parser, code.replace(list, "alloc::vec::Vec::new()"))?)
}
