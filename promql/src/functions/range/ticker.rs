//! Asks the caller's flag now and then, not at every step.

use crate::column::Cancel;
use crate::functions::RangeError;

/// Work between two looks at the flag, in samples: well below a millisecond.
const PATIENCE: usize = 65_536;

/// Counts work done in a kernel.
#[derive(Debug)]
pub(super) struct Ticker<'a> {
    cancel: &'a Cancel,
    left: usize,
}

impl<'a> Ticker<'a> {
    pub(super) fn new(cancel: &'a Cancel) -> Self {
        Ticker { cancel, left: PATIENCE }
    }

    /// Notes that `work` samples were looked at; fails once the caller has had enough.
    #[inline]
    pub(super) fn tick(&mut self, work: usize) -> Result<(), RangeError> {
        match self.left.checked_sub(work) {
            Some(left) => self.left = left,
            None => {
                self.left = PATIENCE;
                self.cancel.check().map_err(RangeError::Stopped)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_flag_is_seen_after_enough_work() {
        let cancel = Cancel::default();
        cancel.time_out();
        let mut ticker = Ticker::new(&cancel);
        assert!(ticker.tick(PATIENCE).is_ok());
        assert!(ticker.tick(1).is_err());
    }
}
