//! Our engine against Prometheus' own. See README.md beside this file.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test panics where it cannot go on and says why it is skipped"
)]

mod case;
mod compare;
mod data;
mod peer;
mod query;
#[path = "../random/mod.rs"]
mod random;
mod shrink;

use case::{Answer, Case};
use compare::{Agreement, compare};
use peer::Peer;
use promql::source::MemorySource;
use promql::source::text::load;
use random::Random;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

/// Cases that share their data.
const BATCH: usize = 60;
/// So often a question is asked again on which the answers differ.
const AGAIN: usize = 20;
/// The longest answer that is recorded, in bytes.
const LONGEST_RECORD: usize = 1000;

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

fn batch(random: &mut Random) -> Vec<Case> {
    let load = data::load(random);
    (0..BATCH)
        .map(|_| {
            let step = match random.below(12) {
                0..5 => 0,
                5 => random.between(1, 100_000),
                6 => 3_600_000,
                _ => random.between(1, 12) * 15_000,
            };
            let start = match random.below(10) {
                0 => random.between(-400_000, 2_000_000),
                1 => 0,
                _ => random.between(0, 100) * 15_000,
            };
            let steps = if step == 0 { 0 } else { random.below(12) as i64 };
            let end = if random.one_in(60) {
                start - 1
            } else {
                start + step.min(600_000) * steps + i64::from(random.one_in(9))
            };
            Case {
                load: load.clone(),
                query: query::query(random, step != 0),
                start,
                end: if step == 0 { start } else { end },
                step,
                delayed_name_removal: random.one_in(2),
                use_start_timestamps: random.one_in(3),
                type_and_unit: random.one_in(5),
            }
        })
        .collect()
}

/// `PROMQL_DIFFERENTIAL=50000` compares that many random cases, from `PROMQL_DIFFERENTIAL_SEED` on;
/// `PROMQL_DIFFERENTIAL_RECORD=file` keeps those on which both agree.
#[test]
fn random_cases_agree_with_prometheus() {
    let Some(count) = setting("PROMQL_DIFFERENTIAL") else {
        println!("skipped: PROMQL_DIFFERENTIAL is not set to a number of cases");
        return;
    };
    let Some(mut peer) = Peer::start() else {
        println!("skipped: there is no Go");
        return;
    };
    let first = setting("PROMQL_DIFFERENTIAL_SEED").unwrap_or(1);
    let most = setting("PROMQL_DIFFERENTIAL_FAILURES").unwrap_or(10);
    let record = std::env::var_os("PROMQL_DIFFERENTIAL_RECORD");
    let mut record = record.map(|path| std::fs::File::create(path).expect("the record can be written"));
    let mut recorded_load = String::new();
    let mut tally: BTreeMap<String, usize> = BTreeMap::new();
    let mut failures = 0;
    'seeds: for seed in first..first + count.div_ceil(BATCH as u64) {
        let mut random = Random(seed);
        let cases = batch(&mut random);
        let source = load(&cases[0].load);
        let expected = peer.ask(&cases);
        for (case, expected) in cases.iter().zip(&expected) {
            let got = match &source {
                Ok(source) => case.run(source),
                Err(error) => Answer { error: format!("load: {error}"), ..Answer::default() },
            };
            match compare(case, expected, &got) {
                Ok(agreement) => {
                    *tally.entry(format!("{agreement:?}")).or_default() += 1;
                    if agreement == Agreement::Near && std::env::var_os("PROMQL_DIFFERENTIAL_NEAR").is_some()
                    {
                        println!("near: {}\n{}\n{}", case.query, expected.text, got.text);
                    }
                    if agreement == Agreement::Words
                        && std::env::var_os("PROMQL_DIFFERENTIAL_WORDS").is_some()
                    {
                        println!("words: {}\n  {}\n  {}", case.query, expected.error, got.error);
                    }
                    if matches!(agreement, Agreement::Exact | Agreement::Failure)
                        && let Some(file) = &mut record
                    {
                        keep(file, &mut recorded_load, case, expected);
                    }
                }
                // What hangs on the order of Go's maps comes out otherwise when it is asked for again.
                Err(_) if asked_again(&mut peer, case).any(|again| compare(case, &again, &got).is_ok()) => {
                    *tally.entry("Again".to_owned()).or_default() += 1;
                }
                Err(problem) => {
                    *tally.entry("Difference".to_owned()).or_default() += 1;
                    failures += 1;
                    report(&mut peer, seed, case, &problem);
                    if failures >= most {
                        break 'seeds;
                    }
                }
            }
        }
    }
    println!("{tally:?}");
    assert_eq!(failures, 0);
}

/// What Prometheus says when it is asked the same again and again.
fn asked_again<'a>(peer: &'a mut Peer, case: &'a Case) -> impl Iterator<Item = Answer> + 'a {
    (0..AGAIN).map(|_| peer.ask(std::slice::from_ref(case)).remove(0))
}

/// Prints a difference, as small as it gets.
#[expect(clippy::print_stdout, reason = "this is what the run is for")]
fn report(peer: &mut Peer, seed: u64, case: &Case, problem: &str) {
    let kind = |problem: &str| problem.lines().next().unwrap_or_default().to_owned();
    let mut difference = |case: &Case| {
        let source = load(&case.load).ok()?;
        let expected = peer.ask(std::slice::from_ref(case)).remove(0);
        compare(case, &expected, &case.run(&source)).err()
    };
    let small = shrink::shrink(case, |candidate| {
        difference(candidate).is_some_and(|found| kind(&found) == kind(problem))
    });
    let problem = difference(&small).unwrap_or_else(|| format!("(not repeatable) {problem}"));
    let Case { load, query, start, end, step, .. } = &small;
    println!(
        "seed {seed}: {}\n{load}{query}\n  from {start} to {end} step {step} delayed {} starts {} typed {}\n{problem}\n--------",
        case.query, small.delayed_name_removal, small.use_start_timestamps, small.type_and_unit
    );
}

/// Writes a case for [`recorded_cases_agree_with_prometheus`]; the data stands once before its cases.
fn keep(file: &mut std::fs::File, last_load: &mut String, case: &Case, expected: &Answer) {
    if expected.text.len() > LONGEST_RECORD {
        return;
    }
    if *last_load != case.load {
        last_load.clone_from(&case.load);
        writeln!(file, "{}", json!({ "load": case.load })).expect("the record can be written");
    }
    let mut line = Case { load: String::new(), ..case.clone() }.to_json();
    line["text"] = expected.text.clone().into();
    line["error"] = expected.error.clone().into();
    line["parsed"] = expected.parsed.into();
    line["notes"] = expected.notes.clone().into();
    writeln!(file, "{line}").expect("the record can be written");
}

#[test]
fn recorded_cases_agree_with_prometheus() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../testdata/differential");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).expect("the folder is there") {
        let text =
            std::fs::read_to_string(entry.expect("a readable folder").path()).expect("a readable file");
        let mut data = String::new();
        let mut source = MemorySource::default();
        for line in text.lines() {
            let record: Value = serde_json::from_str(line).expect("a record is JSON");
            if record["query"].is_null() {
                data = record["load"].as_str().unwrap_or_default().to_owned();
                source = load(&data).expect("recorded data loads");
                continue;
            }
            let case = Case { load: data.clone(), ..Case::from_json(&record) };
            let expected = Answer::from_record(&record);
            if let Err(problem) = compare(&case, &expected, &case.run(&source)) {
                panic!("{case:?}\n{problem}");
            }
            count += 1;
        }
    }
    assert!(count > 100, "{count} recorded cases");
}
