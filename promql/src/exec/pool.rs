//! The threads that morsels run on.

/// One thread a core, a number of them, or none but the caller's.
#[derive(Debug, Default)]
pub(crate) struct Pool {
    threads: usize,
    #[cfg(feature = "threads")]
    own: std::sync::OnceLock<Option<rayon::ThreadPool>>,
}

impl Pool {
    /// 0 threads for one a core, 1 for none but the caller's.
    pub(crate) fn new(threads: usize) -> Self {
        Pool { threads, ..Pool::default() }
    }

    /// True if morsels may run on other threads than the caller's.
    pub(super) fn is_parallel(&self) -> bool {
        cfg!(feature = "threads") && self.threads != 1
    }

    /// What `work` gives for each item, in their order; on several threads if they are worth waking them.
    #[cfg(feature = "rules")]
    pub(crate) fn map<I: Send, T: Send>(
        &self,
        items: Vec<I>,
        is_worth_it: bool,
        work: impl Fn(I) -> T + Sync + Send,
    ) -> Vec<T> {
        match self.is_parallel() && is_worth_it {
            #[cfg(feature = "threads")]
            true => {
                use rayon::prelude::*;
                self.install(|_| items.into_par_iter().map(work).collect())
            }
            _ => items.into_iter().map(work).collect(),
        }
    }

    /// Runs `work` so that parallel parts of it use the right threads, whose number it is told.
    #[cfg(feature = "threads")]
    pub(super) fn install<T: Send>(&self, work: impl FnOnce(usize) -> T + Send) -> T {
        let build = || {
            let name = |index| format!("promql-{index}");
            rayon::ThreadPoolBuilder::new().num_threads(self.threads).thread_name(name).build().ok()
        };
        match (self.threads > 1).then(|| self.own.get_or_init(build).as_ref()).flatten() {
            Some(pool) => pool.install(|| work(pool.current_num_threads())),
            // One thread a core is what everybody in the process shares; a system out of threads gets its answer too.
            None => work(rayon::current_num_threads()),
        }
    }
}
