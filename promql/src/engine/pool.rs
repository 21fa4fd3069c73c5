//! The threads that morsels run on.

/// One thread a core, a number of them, or none but the caller's.
#[derive(Debug, Default)]
pub(super) struct Pool {
    threads: usize,
    #[cfg(feature = "threads")]
    own: std::sync::OnceLock<Option<rayon::ThreadPool>>,
}

impl Pool {
    pub(super) fn new(threads: usize) -> Self {
        Pool { threads, ..Pool::default() }
    }

    /// True if morsels may run on other threads than the caller's.
    pub(super) fn is_parallel(&self) -> bool {
        cfg!(feature = "threads") && self.threads != 1
    }

    /// Runs `work` so that parallel parts of it use the right threads.
    #[cfg(feature = "threads")]
    pub(super) fn install<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        if self.threads < 2 {
            return work();
        }
        let build = || rayon::ThreadPoolBuilder::new().num_threads(self.threads).build().ok();
        match self.own.get_or_init(build) {
            Some(pool) => pool.install(work),
            // A system out of threads still gets its answer.
            None => work(),
        }
    }

    /// Runs `work`.
    #[cfg(not(feature = "threads"))]
    pub(super) fn install<T>(&self, work: impl FnOnce() -> T) -> T {
        work()
    }
}
