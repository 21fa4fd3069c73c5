//! The threads that jobs run on: the caller's own, and helpers.

use super::relay::Relay;
#[cfg(feature = "rules")]
use std::convert::Infallible;
#[cfg(feature = "threads")]
use std::sync::atomic::{AtomicUsize, Ordering};

/// Jobs that may be begun and not merged, a thread.
const MOST_OPEN: usize = 4;

/// One thread a core, a number of them, or none but the caller's.
#[derive(Debug, Default)]
pub(crate) struct Pool {
    threads: usize,
    #[cfg(feature = "threads")]
    own: std::sync::OnceLock<Option<rayon::ThreadPool>>,
    /// Helpers that no thread has begun yet, of all evaluations.
    #[cfg(feature = "threads")]
    waiting: AtomicUsize,
}

impl Pool {
    /// 0 threads for one a core, 1 for none but the caller's.
    pub(crate) fn new(threads: usize) -> Self {
        Pool { threads, ..Pool::default() }
    }

    /// What `work` gives for each item, in their order; on several threads if they are worth waking them.
    #[cfg(feature = "rules")]
    pub(crate) fn map<I: Send, T: Send>(
        &self,
        items: Vec<I>,
        is_worth_it: bool,
        work: impl Fn(I) -> T + Sync,
    ) -> Vec<T> {
        let mut results = Vec::with_capacity(items.len());
        let work = |item| Ok::<T, Infallible>(work(item));
        let Ok(()) = self.in_order(items.into_iter(), is_worth_it, work, |result| {
            results.push(result);
            Ok(())
        });
        results
    }

    /// Runs `work` over all jobs, on several threads if they are worth waking them, and `merge` over the results in
    /// the order of the jobs. Neither may use the pool itself.
    ///
    /// # Errors
    /// The error of the first job that fails; jobs before it have been merged.
    pub(crate) fn in_order<J: Send, P: Send, E: Send>(
        &self,
        jobs: impl ExactSizeIterator<Item = J> + Send,
        is_worth_it: bool,
        work: impl Fn(J) -> Result<P, E> + Sync,
        mut merge: impl FnMut(P) -> Result<(), E> + Send,
    ) -> Result<(), E> {
        if cfg!(feature = "threads") && self.threads != 1 && is_worth_it && jobs.len() > 1 {
            let relay = Relay::new(jobs, self.threads() * MOST_OPEN, work, merge);
            self.share(|| relay.turn());
            return relay.finish();
        }
        jobs.into_iter().try_for_each(|job| merge(work(job)?))
    }

    /// Calls `turn` again and again, here and on helping threads at the same time, until it says that nothing is left.
    #[cfg(feature = "threads")]
    fn share(&self, turn: impl Fn() -> bool + Sync) {
        let team = Team { pool: self, turn: &turn, helpers: AtomicUsize::new(0) };
        if self.threads == 0 {
            return rayon::in_place_scope(|scope| team.lead(scope, self.threads() - 1));
        }
        let build = || {
            let name = |index| format!("promql-{index}");
            rayon::ThreadPoolBuilder::new().num_threads(self.threads - 1).thread_name(name).build().ok()
        };
        match self.own.get_or_init(build) {
            Some(own) => own.in_place_scope(|scope| team.lead(scope, own.current_num_threads())),
            // A system out of threads gets its answer too.
            None => while turn() {},
        }
    }

    /// One thread a core is what everybody in the process shares.
    fn threads(&self) -> usize {
        match self.threads {
            #[cfg(feature = "threads")]
            0 => rayon::current_num_threads(),
            threads => threads.max(1),
        }
    }

    #[cfg(not(feature = "threads"))]
    fn share(&self, turn: impl Fn() -> bool) {
        while turn() {}
    }
}

/// A thread and its helpers.
#[cfg(feature = "threads")]
struct Team<'a, F> {
    pool: &'a Pool,
    turn: &'a F,
    /// Those that are at work, wait for a thread, or found nothing left.
    helpers: AtomicUsize,
}

#[cfg(feature = "threads")]
impl<F: Fn() -> bool + Sync> Team<'_, F> {
    /// Takes turns with at most so many helpers.
    fn lead<'s>(&'s self, scope: &rayon::Scope<'s>, most: usize) {
        loop {
            while self.helpers.load(Ordering::Relaxed) < most {
                self.helpers.fetch_add(1, Ordering::Relaxed);
                self.pool.waiting.fetch_add(1, Ordering::Relaxed);
                scope.spawn(|_| self.help());
            }
            if !(self.turn)() {
                break;
            }
        }
    }

    /// Takes turns, and makes place where others wait: no evaluation keeps a thread that another one ends with.
    fn help(&self) {
        self.pool.waiting.fetch_sub(1, Ordering::Relaxed);
        while (self.turn)() {
            if self.pool.waiting.load(Ordering::Relaxed) > 0 {
                self.helpers.fetch_sub(1, Ordering::Relaxed);
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicBool;
    use std::time::Duration;

    #[test]
    fn results_are_merged_in_order_whatever_takes_long() {
        for threads in [0, 1, 2, 3, 8] {
            let pool = Pool::new(threads);
            let work = |job: u64| {
                std::thread::sleep(Duration::from_micros(if job.is_multiple_of(7) { 500 } else { 10 }));
                Ok::<u64, ()>(job)
            };
            let mut merged = Vec::new();
            pool.in_order(Vec::from_iter(0..200).into_iter(), true, work, |job| {
                merged.push(job);
                Ok(())
            })
            .unwrap();
            assert!(merged.into_iter().eq(0..200), "{threads}");
        }
    }

    #[test]
    fn the_first_job_that_fails_ends_it() {
        for threads in [1, 2, 8] {
            for (failing, unmergeable, want) in [(7_u64, 9, "job 7"), (9, 7, "merging 7"), (0, 0, "job 0")] {
                let mut merged = Vec::new();
                let work = |job: u64| {
                    std::thread::sleep(Duration::from_micros(100 - job));
                    if job == failing || job > 20 { Err(format!("job {job}")) } else { Ok(job) }
                };
                let result =
                    Pool::new(threads).in_order(Vec::from_iter(0..100).into_iter(), true, work, |job| {
                        if job == unmergeable {
                            return Err(format!("merging {job}"));
                        }
                        merged.push(job);
                        Ok(())
                    });
                assert_eq!(result, Err(want.to_owned()));
                assert!(merged.into_iter().eq(0..failing.min(unmergeable)));
            }
        }
    }

    #[test]
    fn a_panic_comes_through_and_nobody_waits() {
        for panicking in [0, 5, 199] {
            let work = |job: u64| {
                assert!(job != panicking, "job {job}");
                Ok::<u64, ()>(job)
            };
            let run = || Pool::new(3).in_order(Vec::from_iter(0..200).into_iter(), true, work, |_| Ok(()));
            assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).is_err());
        }
    }

    #[cfg(feature = "threads")]
    #[test]
    fn nobody_waits_long_for_threads_that_are_busy_elsewhere() {
        let (pool, done) = (Pool::new(2), AtomicBool::new(false));
        let endless = (0..usize::MAX).map(|_| ());
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let work = |()| {
                    std::thread::sleep(Duration::from_millis(1));
                    if done.load(Ordering::Relaxed) { Err(()) } else { Ok(()) }
                };
                pool.in_order(endless, true, work, |()| Ok(()))
            });
            for _ in 0..20 {
                let jobs = Vec::from_iter(0..10).into_iter();
                pool.in_order(jobs, true, Ok::<u64, ()>, |_| Ok(())).unwrap();
            }
            done.store(true, Ordering::Relaxed);
        });
    }
}
