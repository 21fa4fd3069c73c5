//! Differences between what was expected and what was found, as data and as lines of text.

use std::collections::{BTreeMap, HashSet};
use std::fmt;

/// Differences beyond this many are counted.
const MOST_TOLD: usize = 20;

/// What came of comparing two lists.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// What is as expected.
    pub same: Vec<String>,
    /// What is not.
    pub differences: Vec<Difference>,
    /// Labels of what differs, for those who look for the reason.
    pub(super) focus: Vec<BTreeMap<String, String>>,
}

/// One difference. An alert or a sample is a text whose first line holds its labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// It was expected and not found.
    Missing {
        /// What was expected.
        expected: String,
    },
    /// It was found and not expected.
    Unexpected {
        /// What was found.
        got: String,
        /// Why it was not expected, if there is more to say.
        note: Option<String>,
    },
    /// What was found is close to what was expected.
    Different {
        /// The labels of what was found.
        labels: String,
        /// All that was expected.
        expected: String,
        /// All that was found.
        got: String,
        /// What differs.
        fields: Vec<FieldDifference>,
    },
}

/// A label, an annotation, a state or a value that is not as expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldDifference {
    /// What it is: `label job`, `value`.
    pub field: String,
    /// What was expected.
    pub expected: String,
    /// What was found.
    pub got: String,
    /// Why it may differ although it looks the same.
    pub note: Option<&'static str>,
}

/// What a line of text shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Both sides, or neither.
    Both,
    /// What was expected.
    Expected,
    /// What was found.
    Got,
}

impl Outcome {
    /// A line for each thing that differs; of many differences the first ones.
    #[must_use]
    pub fn lines(&self) -> Vec<(Mark, String)> {
        let told = self.differences.iter().take(MOST_TOLD);
        let mut lines: Vec<_> = told.flat_map(Difference::lines).collect();
        if let more @ 1.. = self.differences.len().saturating_sub(MOST_TOLD) {
            lines.push((Mark::Both, format!("… and {more} more differences")));
        }
        lines
    }

    /// Both lists in full, a line marked where only one of them has it.
    #[must_use]
    pub fn unified(&self) -> Vec<(Mark, String)> {
        let mut lines = Vec::new();
        let mut side = |mark, text: &str| lines.extend(text.lines().map(|line| (mark, line.to_owned())));
        for item in &self.same {
            side(Mark::Both, item);
        }
        for difference in &self.differences {
            match difference {
                Difference::Missing { expected } => side(Mark::Expected, expected),
                Difference::Unexpected { got, note } => {
                    side(Mark::Got, got);
                    side(Mark::Both, note.as_deref().unwrap_or_default());
                }
                Difference::Different { expected, got, .. } => {
                    let (known, found): (HashSet<&str>, HashSet<&str>) =
                        (expected.lines().collect(), got.lines().collect());
                    for line in expected.lines() {
                        side(if found.contains(line) { Mark::Both } else { Mark::Expected }, line);
                    }
                    for line in got.lines().filter(|line| !known.contains(line)) {
                        side(Mark::Got, line);
                    }
                }
            }
        }
        lines
    }
}

impl Difference {
    fn lines(&self) -> Vec<(Mark, String)> {
        match self {
            Difference::Missing { expected } => titled("missing     ", Mark::Expected, expected),
            Difference::Unexpected { got, note } => {
                let mut lines = titled("unexpected  ", Mark::Got, got);
                lines.extend(note.iter().map(|note| (Mark::Both, format!("  {note}"))));
                lines
            }
            Difference::Different { labels, fields, .. } => {
                let mut lines = vec![(Mark::Both, format!("different   {labels}"))];
                for field in fields {
                    lines.push((Mark::Both, format!("  {}", field.field)));
                    lines.push((Mark::Expected, format!("    expected  {}", field.expected)));
                    lines.push((Mark::Got, format!("    got       {}", field.got)));
                    lines.extend(field.note.map(|note| (Mark::Both, format!("    {note}"))));
                }
                lines
            }
        }
    }
}

fn titled(title: &str, mark: Mark, text: &str) -> Vec<(Mark, String)> {
    let line = |(nth, line): (usize, &str)| {
        (mark, if nth == 0 { format!("{title}{line}") } else { format!("  {line}") })
    };
    text.lines().enumerate().map(line).collect()
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (nth, (_, line)) in self.lines().iter().enumerate() {
            f.write_str(if nth > 0 { "\n" } else { "" })?;
            f.write_str(line)?;
        }
        Ok(())
    }
}
