//! The ways to run a job: its candidates, as far as the machine looks at them.

use std::time::Duration;

use maestria_vocabulary::{Bytes, Candidate, DeviceKind, Executor};

use crate::lane::Kinds;

/// A candidate without what others look at, and without memory of its own.
#[derive(Debug)]
pub(crate) struct Way {
    pub(crate) executor: Executor,
    /// Memory that the executor takes while it is resident.
    pub(crate) memory: Bytes,
    pub(crate) kinds: Kinds,
    /// Time that loading is expected to take.
    pub(crate) load: Duration,
    /// Time that the whole job is expected to run.
    pub(crate) run: Duration,
}

/// The ways to run a job, best first. Most jobs start in the first, which is therefore kept beside what else a start looks at.
#[derive(Debug, Default)]
pub(crate) struct Ways {
    first: Option<Way>,
    rest: Box<[Way]>,
}

impl Way {
    /// Whether it runs on a processor.
    pub(crate) fn runs_on_processor(&self) -> bool {
        self.kinds.iter().any(|kind| kind == DeviceKind::Cpu)
    }
}

impl From<Candidate> for Way {
    fn from(candidate: Candidate) -> Self {
        let Candidate { executor, needs, expected } = candidate;
        let kinds = Kinds::new(&needs.devices);
        Self { executor, memory: needs.memory, kinds, load: expected.load, run: expected.run }
    }
}

impl Ways {
    pub(crate) fn new(candidates: Vec<Candidate>) -> Self {
        let mut ways = candidates.into_iter().map(Way::from);
        let first = ways.next();
        // Collecting would take over the room of the candidates, only to give it back.
        let rest = if ways.len() == 0 { Box::default() } else { ways.collect() };
        Self { first, rest }
    }

    pub(crate) fn get(&self, at: usize) -> Option<&Way> {
        match at.checked_sub(1) {
            None => self.first.as_ref(),
            Some(at) => self.rest.get(at),
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Way> {
        self.first.iter().chain(&self.rest)
    }
}
