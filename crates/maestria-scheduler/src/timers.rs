//! When to look at which job again.

use std::cmp::Reverse;

use hashbrown::DefaultHashBuilder;
use maestria_vocabulary::Timestamp;
use priority_queue::PriorityQueue;

use crate::slab::Ticket;

/// The jobs that are too late, or have run for too long, from a certain moment on; the earliest first.
#[derive(Debug, Default)]
pub(crate) struct Timers(PriorityQueue<Ticket, Reverse<Timestamp>, DefaultHashBuilder>);

impl Timers {
    /// The first job that is due, and when.
    pub(crate) fn next(&self) -> Option<(Ticket, Timestamp)> {
        self.0.peek().map(|(&job, &Reverse(due))| (job, due))
    }

    /// A job that is due; nobody looks at it again unless that is [set](Self::set) anew.
    pub(crate) fn take_due(&mut self, now: Timestamp) -> Option<Ticket> {
        let (job, _) = self.next().filter(|&(_, due)| due <= now)?;
        self.0.remove(&job);
        Some(job)
    }

    /// Looks at a job again at this moment, and at no other. `known` is what was set for it last; where nothing changes, nothing is
    /// looked up.
    pub(crate) fn set(&mut self, job: Ticket, known: &mut Option<Timestamp>, at: Option<Timestamp>) {
        if *known == at {
            return;
        }
        *known = at;
        match at {
            Some(at) => drop(self.0.push(job, Reverse(at))),
            None => drop(self.0.remove(&job)),
        }
    }
}
