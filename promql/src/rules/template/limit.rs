//! What one execution may take: a template of a rule file must not hold up the evaluation of rules.

/// The longest string, and the longest output, in bytes.
pub(super) const MAX_SIZE: usize = 1 << 20;
/// Commands, iterations, and blocks of bytes printed.
const MAX_STEPS: usize = 1_000_000;
/// The number of bytes that count as a step.
const BLOCK: usize = 64;

/// What is left of the steps.
pub(super) struct Budget {
    steps: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Budget { steps: MAX_STEPS }
    }
}

impl Budget {
    pub(super) fn spend(&mut self, steps: usize) -> Result<(), String> {
        match self.steps.checked_sub(steps) {
            Some(left) => {
                self.steps = left;
                Ok(())
            }
            None => Err(format!("template takes more than {MAX_STEPS} steps")),
        }
    }

    /// Spends what a string of this length costs.
    pub(super) fn spend_bytes(&mut self, len: usize) -> Result<(), String> {
        self.check_size(len)?;
        self.spend(len / BLOCK)
    }

    pub(super) fn check_size(&self, len: usize) -> Result<(), String> {
        if len > MAX_SIZE { Err(format!("text is longer than {MAX_SIZE} bytes")) } else { Ok(()) }
    }
}
