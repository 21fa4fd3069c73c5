//! Expressions compiled before. Dashboards and rules ask the same queries again and again, and compiling an expression
//! may take longer than all the rest of a query.
//!
//! What is kept is small and little: short patterns of light expressions, in two generations. A pattern that is not
//! asked for while the younger one fills is forgotten.

use super::{Regex, RegexError};
use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};

/// Patterns of a generation.
const MANY: usize = 256;
/// Bytes of a pattern that is kept at most.
const SHORT: usize = 256;
/// The heaviest expression that is kept, as nodes weigh.
const LIGHT: u64 = 1_000;

/// What a pattern means differs by where it stands.
#[derive(Clone, Copy, Debug)]
pub(super) enum Use {
    Match,
    Replace,
    Search,
}

#[derive(Default)]
struct Generations {
    young: HashMap<String, Regex>,
    old: HashMap<String, Regex>,
}

static KNOWN: LazyLock<[Mutex<Generations>; 3]> = LazyLock::new(Default::default);

/// The expression if it was compiled before, else what `compile` makes of it, with its weight.
pub(super) fn get(
    place: Use,
    pattern: &str,
    compile: impl FnOnce() -> Result<(Regex, u64), RegexError>,
) -> Result<Regex, RegexError> {
    if pattern.len() > SHORT {
        return compile().map(|(regex, _)| regex);
    }
    let known = &KNOWN[place as usize];
    if let Ok(mut known) = known.lock() {
        if let Some(regex) = known.young.get(pattern) {
            return Ok(regex.clone());
        }
        if let Some((pattern, regex)) = known.old.remove_entry(pattern) {
            known.add(pattern, regex.clone());
            return Ok(regex);
        }
    }
    let (regex, weight) = compile()?;
    if weight <= LIGHT
        && let Ok(mut known) = known.lock()
    {
        known.add(pattern.to_owned(), regex.clone());
    }
    Ok(regex)
}

impl Generations {
    fn add(&mut self, pattern: String, regex: Regex) {
        if self.young.len() >= MANY {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(pattern, regex);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn a_pattern_in_use_is_compiled_once_and_others_are_forgotten() {
        let same = |a: &Regex, b: &Regex| Arc::ptr_eq(&a.0, &b.0);
        let kept = Regex::new("kept-[a-z]+").unwrap();
        assert!(same(&kept, &Regex::new("kept-[a-z]+").unwrap()));
        assert!(!same(&kept, &Regex::for_replace("kept-[a-z]+").unwrap()));
        let left = Regex::new("left-[a-z]+").unwrap();
        for nth in 0..4 * MANY {
            Regex::new(&format!("{nth}-[a-z]+")).unwrap();
            Regex::new("kept-[a-z]+").unwrap();
        }
        assert!(same(&kept, &Regex::new("kept-[a-z]+").unwrap()));
        assert!(!same(&left, &Regex::new("left-[a-z]+").unwrap()));
    }

    #[test]
    fn long_and_heavy_patterns_are_not_kept() {
        for pattern in ["x".repeat(SHORT + 1) + ".", "[a-z]{900}".repeat(3)] {
            let twice = [Regex::new(&pattern).unwrap(), Regex::new(&pattern).unwrap()];
            assert!(!Arc::ptr_eq(&twice[0].0, &twice[1].0), "{pattern}");
        }
    }
}
