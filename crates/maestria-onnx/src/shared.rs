//! Sessions shared by threads: each run takes one out of the pool, and takes along the texts of others that wait for one.
//!
//! `ort` asks for exclusive access to a session during a run, since allocators and statistics of some providers below are not safe to
//! share. So threads share a pool, whose lock is held to take and to give back, never during a run. A thread that finds no session free
//! waits, and whichever gets the next one serves whoever is first in line, with everybody whose texts suit the same run (flat combining,
//! Hendler and others, 2010). This needs no thread of its own and no timer: without company a text does not wait for any.

use std::{
    collections::HashMap,
    fmt::Debug,
    num::NonZeroUsize,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    thread,
};

use crate::{
    Result,
    lengths::Span,
    line::{Line, Ticket, Waiting},
    pooling::Row,
    tokens::Text,
};

/// What a session does, or a script in its place.
pub(crate) trait Runner: Debug + Send {
    /// One row per text. A failure, even a panic, leaves nothing behind that would change the next run.
    fn run(&mut self, texts: &[&Text]) -> Result<Vec<Row>>;
}

/// A pool of runners with a line of callers before it.
///
/// Invariants: every runner is free or with one thread, which gives it back whatever happens; a portion is in line, in a run, or served;
/// a caller stays until its portion is served, so that nothing is left behind; who changes any of this wakes those that wait.
#[derive(Debug)]
pub(crate) struct Shared<R> {
    state: Mutex<State<R>>,
    changed: Condvar,
    most: usize,
}

#[derive(Debug)]
struct State<R> {
    free: Vec<R>,
    line: Line,
    served: HashMap<Ticket, Served>,
}

#[derive(Debug)]
enum Served {
    Done(Result<Vec<Row>>),
    /// The run failed, maybe because of another's text, or of the room that all together took: its caller tries again without company.
    Alone(Vec<Text>),
}

type Outcome = thread::Result<Result<Vec<Row>>>;

impl<R: Runner> Shared<R> {
    /// At most `most` texts go into a run.
    pub(crate) fn new(runners: Vec<R>, most: NonZeroUsize) -> Self {
        let state = State { free: runners, line: Line::default(), served: HashMap::new() };
        Self { state: Mutex::new(state), changed: Condvar::new(), most: most.get() }
    }

    /// The rows of a portion, which has at most one run's worth of texts; serves others while it waits.
    ///
    /// An error or a panic comes of these texts alone.
    pub(crate) fn run(&self, texts: Vec<Text>, span: Span) -> Result<Vec<Row>> {
        let mut state = self.lock();
        let ticket = state.line.join(texts, span);
        loop {
            match state.served.remove(&ticket) {
                Some(Served::Done(rows)) => return rows,
                Some(Served::Alone(texts)) => return self.run_alone(state, &texts),
                None => {}
            }
            state = match state.take(self.most) {
                Some((runner, portions)) => {
                    drop(state);
                    self.serve(runner, portions)
                }
                None => self.wait(state),
            };
        }
    }

    fn serve(&self, runner: R, portions: Vec<Waiting>) -> MutexGuard<'_, State<R>> {
        let texts: Vec<_> = portions.iter().flat_map(|portion| &portion.texts).collect();
        let (mut state, outcome) = self.attempt(runner, &texts);
        state.deliver(portions, outcome);
        state
    }

    fn run_alone(&self, mut state: MutexGuard<'_, State<R>>, texts: &[Text]) -> Result<Vec<Row>> {
        let runner = loop {
            match state.free.pop() {
                Some(runner) => break runner,
                None => state = self.wait(state),
            }
        };
        drop(state);
        let (state, outcome) = self.attempt(runner, &texts.iter().collect::<Vec<_>>());
        drop(state);
        outcome.unwrap_or_else(|panic| resume_unwind(panic))
    }

    /// Runs without the lock, and gives the runner back. Those it wakes go on once the guard is dropped, and see what was done under it.
    fn attempt(&self, mut runner: R, texts: &[&Text]) -> (MutexGuard<'_, State<R>>, Outcome) {
        // By the contract of a runner a panic leaves nothing half done in it.
        let outcome = catch_unwind(AssertUnwindSafe(|| runner.run(texts)));
        let mut state = self.lock();
        state.free.push(runner);
        self.changed.notify_all();
        (state, outcome)
    }

    fn lock(&self) -> MutexGuard<'_, State<R>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'s>(&self, state: MutexGuard<'s, State<R>>) -> MutexGuard<'s, State<R>> {
        self.changed.wait(state).unwrap_or_else(PoisonError::into_inner)
    }
}

impl<R> State<R> {
    /// A free runner and what it is to run.
    fn take(&mut self, most: usize) -> Option<(R, Vec<Waiting>)> {
        let runner = self.free.pop()?;
        let portions = self.line.next(most);
        if portions.is_empty() {
            self.free.push(runner);
            return None;
        }
        Some((runner, portions))
    }

    fn deliver(&mut self, mut portions: Vec<Waiting>, outcome: Outcome) {
        match outcome {
            Ok(Ok(rows)) => {
                let mut rows = rows.into_iter();
                for portion in portions {
                    let own = rows.by_ref().take(portion.texts.len()).collect();
                    self.served.insert(portion.ticket, Served::Done(Ok(own)));
                }
            }
            Ok(Err(error)) if portions.len() == 1 => {
                self.served.extend(portions.pop().map(|portion| (portion.ticket, Served::Done(Err(error)))));
            }
            Ok(Err(_)) | Err(_) => {
                self.served.extend(portions.into_iter().map(|portion| (portion.ticket, Served::Alone(portion.texts))));
            }
        }
    }
}

#[cfg(test)]
mod tests;
