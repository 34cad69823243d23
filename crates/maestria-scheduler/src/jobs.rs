//! The jobs that are remembered, by number and by name, and what each step waits for within its run.

use std::{collections::BTreeSet, hash::BuildHasher};

use hashbrown::{DefaultHashBuilder, HashTable};
use maestria_vocabulary::{RunId, StepId};

use crate::{
    Job, JobId,
    entry::Entry,
    slab::{Slab, Ticket},
};

/// What became of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Open,
    Succeeded,
    Unsuccessful,
}

/// Whether a step may start.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// All its predecessors have succeeded.
    Ready,
    /// Some have yet to end.
    Waiting,
    /// This one ended without success.
    Doomed(StepId),
}

/// The jobs that have not ended, and the ended steps of their runs. A run is remembered until its last job has ended and its last attempt
/// is answered; until then, later submissions may name its steps, ended ones included.
///
/// Names are stored once, in the entries; the tables hold tickets alone. Most runs have one step, which is found by the run alone.
#[derive(Debug, Default)]
pub(crate) struct Jobs {
    entries: Slab,
    /// The first step of each run, which keeps the books of the run.
    by_run: HashTable<Ticket>,
    /// The other steps.
    by_name: HashTable<Ticket>,
    hasher: DefaultHashBuilder,
    open: usize,
}

/// The books of a run.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Books {
    /// Jobs that have not ended, and attempts that are not answered.
    open: u32,
    /// Steps that are remembered.
    steps: u32,
}

impl Jobs {
    /// Jobs that have not ended.
    pub(crate) fn open(&self) -> usize {
        self.open
    }

    pub(crate) fn get(&self, ticket: Ticket) -> Option<&Entry> {
        self.entries.get(ticket)
    }

    pub(crate) fn get_mut(&mut self, ticket: Ticket) -> Option<&mut Entry> {
        self.entries.get_mut(ticket)
    }

    /// The number of a step that is remembered.
    pub(crate) fn find(&self, job: &JobId) -> Option<Ticket> {
        let ticket = self.first(&job.run)?;
        let first = self.get(ticket)?;
        if first.id.step == job.step {
            return Some(ticket);
        }
        // Where there is no other step, there is none of this name.
        first.next?;
        let named = |ticket: &Ticket| self.get(*ticket).is_some_and(|entry| entry.id == *job);
        self.by_name.find(self.hasher.hash_one(job), named).copied()
    }

    /// Steps that are remembered of a run.
    pub(crate) fn steps(&self, run: &RunId) -> usize {
        self.books(run).map_or(0, |first| first.books.steps as usize)
    }

    fn books(&self, run: &RunId) -> Option<&Entry> {
        self.get(self.first(run)?)
    }

    fn first(&self, run: &RunId) -> Option<Ticket> {
        self.first_hashed(run, self.hasher.hash_one(run))
    }

    fn first_hashed(&self, run: &RunId, hash: u64) -> Option<Ticket> {
        let of_run = |ticket: &Ticket| self.get(*ticket).is_some_and(|entry| entry.id.run == *run);
        self.by_run.find(hash, of_run).copied()
    }

    /// Adds a job whose name is new; nothing when there are no numbers left.
    pub(crate) fn insert(&mut self, mut entry: Entry) -> Option<Ticket> {
        let ticket = self.entries.vacancy()?;
        let run = self.hasher.hash_one(&entry.id.run);
        match self.first_hashed(&entry.id.run, run) {
            Some(first) => {
                entry.first = Some(first);
                if let Some(first) = self.get_mut(first) {
                    first.books = Books { open: first.books.open + 1, steps: first.books.steps + 1 };
                    entry.next = first.next.replace(ticket);
                }
                let Self { entries, by_name, hasher, .. } = self;
                let name = hasher.hash_one(&entry.id);
                by_name
                    .insert_unique(name, ticket, |ticket| hash(entries, *ticket, |entry| hasher.hash_one(&entry.id)));
            }
            None => {
                entry.books = Books { open: 1, steps: 1 };
                let Self { entries, by_run, hasher, .. } = self;
                by_run.insert_unique(run, ticket, |ticket| {
                    hash(entries, *ticket, |entry| hasher.hash_one(&entry.id.run))
                });
            }
        }
        self.entries.fill(ticket, entry);
        self.open += 1;
        Some(ticket)
    }

    /// Ties a job that was added to its predecessors, which are all remembered, and tells how it stands.
    pub(crate) fn link(&mut self, ticket: Ticket, after: &[StepId]) -> Standing {
        let mut unmet = 0;
        let mut doom = None;
        for step in after.iter().collect::<BTreeSet<_>>() {
            let named = self.get(ticket).map(|entry| entry.id.sibling(step.clone()));
            let found = named.and_then(|step| self.find(&step));
            let Some(predecessor) = found.and_then(|found| self.get_mut(found)) else { continue };
            match predecessor.fate {
                Fate::Open => {
                    predecessor.followers.push(ticket);
                    unmet += 1;
                }
                Fate::Succeeded => {}
                Fate::Unsuccessful => doom = Some(step.clone()),
            }
        }
        if let Some(entry) = self.get_mut(ticket) {
            entry.unmet = unmet;
        }
        match doom {
            Some(predecessor) => Standing::Doomed(predecessor),
            None if unmet == 0 => Standing::Ready,
            None => Standing::Waiting,
        }
    }

    /// A job ends: it is remembered as a step of its run only. Gives the jobs that this decides: those that may start now, or those that
    /// never will. [`close`](Self::close) is due once they are told.
    pub(crate) fn end(&mut self, ticket: Ticket, succeeded: bool) -> Vec<Ticket> {
        let Some(entry) = self.get_mut(ticket) else { return Vec::new() };
        entry.fate = if succeeded { Fate::Succeeded } else { Fate::Unsuccessful };
        entry.forget_work();
        let mut decided = std::mem::take(&mut entry.followers);
        self.open -= 1;
        decided.retain(|&follower| {
            let Some(step) = self.get_mut(follower) else { return false };
            step.unmet = step.unmet.saturating_sub(u32::from(succeeded));
            step.fate == Fate::Open && (!succeeded || step.unmet == 0)
        });
        decided
    }

    /// An attempt at a job has begun: its run is remembered until it is answered.
    pub(crate) fn reopen(&mut self, job: Ticket) {
        if let Some(first) = self.get_mut(self.first_beside(job)) {
            first.books.open += 1;
        }
    }

    /// A job has ended, or an attempt at it was answered. The last of a run makes the run forgotten.
    pub(crate) fn close(&mut self, job: Ticket) {
        let ticket = self.first_beside(job);
        let Some(first) = self.get_mut(ticket) else { return };
        first.books.open = first.books.open.saturating_sub(1);
        if first.books.open == 0 {
            self.forget(ticket);
        }
    }

    /// The first step of the run of a job.
    fn first_beside(&self, job: Ticket) -> Ticket {
        self.get(job).and_then(|entry| entry.first).unwrap_or(job)
    }

    fn forget(&mut self, first: Ticket) {
        if let Some(hash) = self.get(first).map(|entry| self.hasher.hash_one(&entry.id.run))
            && let Ok(found) = self.by_run.find_entry(hash, |ticket| *ticket == first)
        {
            found.remove();
        }
        let mut next = self.get(first).and_then(|entry| entry.next);
        self.entries.remove(first);
        while let Some((ticket, entry)) = next.and_then(|ticket| Some((ticket, self.get(ticket)?))) {
            next = entry.next;
            if let Ok(found) = self.by_name.find_entry(self.hasher.hash_one(&entry.id), |named| *named == ticket) {
                found.remove();
            }
            self.entries.remove(ticket);
        }
    }

    /// The steps of a run that have not ended, in the order of their names.
    pub(crate) fn open_in(&self, run: &RunId) -> Vec<Ticket> {
        let mut found = Vec::new();
        let mut next = self.first(run);
        while let Some(entry) = next.and_then(|ticket| self.get(ticket)) {
            found.extend(next.filter(|_| entry.fate == Fate::Open));
            next = entry.next;
        }
        found.sort_unstable_by_key(|&ticket| self.get(ticket).map(|entry| &entry.id));
        found
    }

    /// The jobs that have not ended, in no particular order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Ticket, &Entry)> {
        self.entries.iter().filter(|(_, entry)| entry.fate == Fate::Open)
    }

    /// Whether a step of this name is remembered.
    pub(crate) fn knows(&self, job: &Job) -> bool {
        self.find(&job.id).is_some()
    }
}

fn hash(entries: &Slab, ticket: Ticket, by: impl Fn(&Entry) -> u64) -> u64 {
    entries.get(ticket).map_or(0, by)
}
