//! Jobs that several threads take one after the other, and results that are merged in the order of the jobs: by
//! whichever thread is free, while the others go on.

use std::collections::VecDeque;
use std::iter::Fuse;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Jobs on their way.
pub(super) struct Relay<I: Iterator, W, M, P, E> {
    work: W,
    /// The most jobs that are begun and not merged, which bounds the memory of results that wait.
    most_open: usize,
    line: Mutex<Line<Fuse<I>, M, P, E>>,
    /// A result came, was merged, or nothing will come.
    changed: Condvar,
}

struct Line<I, M, P, E> {
    jobs: I,
    /// What became of the jobs that are begun and not merged; none yet where a thread is at work.
    open: VecDeque<Option<Result<P, E>>>,
    /// How many jobs are merged, or about to be.
    merged: usize,
    /// Not here while a thread merges.
    merge: Option<M>,
    /// No further job is begun.
    closed: bool,
    /// Nothing further is merged.
    ended: Result<(), E>,
}

impl<I, W, M, P, E> Relay<I, W, M, P, E>
where
    I: Iterator,
    W: Fn(I::Item) -> Result<P, E>,
    M: FnMut(P) -> Result<(), E>,
{
    pub(super) fn new(jobs: I, most_open: usize, work: W, merge: M) -> Self {
        let (open, merge) = (VecDeque::with_capacity(most_open), Some(merge));
        let line = Line { jobs: jobs.fuse(), open, merged: 0, merge, closed: false, ended: Ok(()) };
        Relay { work, most_open, line: Mutex::new(line), changed: Condvar::new() }
    }

    /// Merges what can be merged and runs a job; false if none is left.
    pub(super) fn turn(&self) -> bool {
        let _closing = Closing(self);
        let mut line = self.line();
        let job = loop {
            line = self.merge_ready(line);
            if line.closed {
                return false;
            }
            if line.open.len() < self.most_open {
                match line.jobs.next() {
                    Some(job) => break job,
                    None => return false,
                }
            }
            line = self.changed.wait(line).unwrap_or_else(PoisonError::into_inner);
        };
        let number = line.merged + line.open.len();
        line.open.push_back(None);
        drop(line);
        let result = (self.work)(job);
        let mut line = self.line();
        line.closed |= result.is_err();
        let place = number - line.merged;
        line.open[place] = Some(result);
        self.changed.notify_all();
        true
    }

    /// Merges the results that wait, unless another thread does.
    fn merge_ready<'a>(&'a self, mut line: Guard<'a, I, M, P, E>) -> Guard<'a, I, M, P, E> {
        while line.ended.is_ok()
            && let Some(Some(_)) = line.open.front()
            && let Some(mut merge) = line.merge.take()
        {
            let result = line.open.pop_front().flatten();
            line.merged += 1;
            drop(line);
            let merged = result.map_or(Ok(()), |result| merge(result?));
            line = self.line();
            line.closed |= merged.is_err();
            line.ended = merged;
            line.merge = Some(merge);
            self.changed.notify_all();
        }
        line
    }

    /// Merges what is left when no thread is at work any more.
    pub(super) fn finish(self) -> Result<(), E> {
        drop(self.merge_ready(self.line()));
        self.line.into_inner().unwrap_or_else(PoisonError::into_inner).ended
    }
}

type Guard<'a, I, M, P, E> = MutexGuard<'a, Line<Fuse<I>, M, P, E>>;

impl<I: Iterator, W, M, P, E> Relay<I, W, M, P, E> {
    fn line(&self) -> Guard<'_, I, M, P, E> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lets nobody wait for what a thread that panics does not bring.
struct Closing<'a, I: Iterator, W, M, P, E>(&'a Relay<I, W, M, P, E>);

impl<I: Iterator, W, M, P, E> Drop for Closing<'_, I, W, M, P, E> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.line().closed = true;
            self.0.changed.notify_all();
        }
    }
}
