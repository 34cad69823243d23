//! The way into the queue: what is taken, what comes too late, and what gives way in overload.

use maestria_vocabulary::{Candidate, Timestamp};

use crate::{
    Alternative, Degradation, Ending, Job, Rejection, Result, Scheduler, Settings, critical, entry::Entry,
    estimate::Likely, jobs::Standing, lane::Reach, rank::Rank, settings::Order, slab::Ticket, submission,
};

impl Scheduler {
    /// Takes the jobs of a submission, all of them or none.
    pub(crate) fn submit(&mut self, jobs: Vec<Job>, now: Timestamp) -> Result<()> {
        submission::check(&jobs, &self.jobs, &self.settings)?;
        let mut added = Vec::with_capacity(jobs.len());
        let numbers = critical::numbers(&jobs, self.settings.order);
        let first = self.sequence;
        self.sequence += jobs.len() as u64;
        for (mut job, number) in jobs.into_iter().zip(numbers) {
            let rank = Rank::new(&job, now, first + number, &self.settings);
            let (id, after) = (job.id.clone(), std::mem::take(&mut job.after));
            let critical = is_critical(&job, &self.settings);
            let entry = Entry::new(job, rank, critical);
            let latest = entry.latest_start();
            let Some(ticket) = self.jobs.insert(entry) else { continue };
            self.set_timer(ticket, latest);
            added.push((ticket, id, after));
        }
        for (ticket, id, after) in added {
            match self.jobs.link(ticket, &id, &after) {
                Standing::Ready => match self.admit(ticket, now) {
                    None => self.enqueue(ticket, now),
                    Some(ending) => self.end(ticket, ending, now),
                },
                Standing::Waiting => {}
                Standing::Doomed(predecessor) => self.end(ticket, Ending::Skipped { predecessor }, now),
            }
        }
        Ok(())
    }

    /// Decides with which candidate a job enters the queue; gives its ending if it had better not.
    pub(crate) fn admit(&mut self, job: Ticket, now: Timestamp) -> Option<Ending> {
        let entry = self.open_job(job)?;
        let surely = |deadline: &Timestamp| self.is_surely_in_time(entry, *deadline, now);
        if let Some(deadline) = entry.deadline.filter(|due| self.settings.admission && !surely(due)) {
            let estimates = self.estimates(entry, now);
            let chosen = in_time(&estimates, deadline);
            match chosen {
                None if !estimates.is_empty() => return Some(Ending::Rejected(self.too_late(entry, deadline, now))),
                Some(candidate) => self.go_on_with(job, candidate),
                None => {}
            }
        }
        self.give_way(job, now);
        None
    }

    fn go_on_with(&mut self, job: Ticket, candidate: usize) {
        let Some(entry) = self.jobs.get_mut(job) else { return };
        if entry.candidate().is_some_and(|(at, _)| at != candidate) {
            entry.advance_to(candidate);
            let id = entry.id.clone();
            self.record(id, Degradation::Candidate { candidate });
        }
    }

    /// Where every device that serves a job is overloaded and it is not critical, it goes on with a candidate that takes less time, fits a
    /// device and is probably done before the job is due, or else later.
    fn give_way(&mut self, job: Ticket, now: Timestamp) {
        let Some(entry) = self.open_job(job).filter(|entry| !entry.critical && !entry.degraded) else { return };
        let Some((at, candidate)) = entry.candidate() else { return };
        let Some(lane) = entry.lane() else { return };
        let reach = Reach::new(&lane, &self.devices);
        let too_much = |place| {
            let device = self.devices.at(place);
            device.is_some_and(|device| device.load().is_too_much(&self.settings, now))
        };
        if reach.eligible.is_empty() || !reach.places().all(too_much) {
            return;
        }
        let takes_less = |next: &&Candidate| next.expected.run < candidate.expected.run;
        let in_time = |next: &&Candidate| {
            let likely = self.likely_end(next, entry, now);
            likely.is_some_and(|likely| entry.deadline.is_none_or(|deadline| likely.p50 < deadline))
        };
        let mut behind = entry.candidates().iter().enumerate().skip(at + 1);
        let next = behind.find(|(_, next)| takes_less(next) && in_time(next)).map(|(next, _)| next);
        let delay = self.settings.deferral;
        let Some(entry) = self.jobs.get_mut(job) else { return };
        entry.degraded = true;
        match next {
            Some(candidate) => self.go_on_with(job, candidate),
            None => {
                entry.rank = entry.rank.deferred(delay);
                let id = entry.id.clone();
                self.record(id, Degradation::Deferred { delay });
            }
        }
    }

    /// Why a job will not be done in time, and what could be done instead.
    pub(crate) fn too_late(&self, entry: &Entry, deadline: Timestamp, now: Timestamp) -> Rejection {
        let estimates = self.estimates(entry, now);
        let alternatives: Vec<_> = estimates
            .iter()
            .filter_map(|(candidate, likely)| {
                let executor = entry.candidates().get(*candidate)?.executor.clone();
                Some(Alternative { candidate: *candidate, executor, done: likely.p50 })
            })
            .collect();
        let earliest = alternatives.iter().map(|alternative| alternative.done).min();
        Rejection::TooLate { deadline, estimate: earliest.unwrap_or(now + entry.quickest()), alternatives }
    }

    /// When each candidate that is left would be done, if it could run anywhere.
    fn estimates(&self, entry: &Entry, now: Timestamp) -> Vec<(usize, Likely)> {
        let from = entry.candidate().map_or(0, |(at, _)| at);
        let left = entry.candidates().iter().enumerate().skip(from);
        left.filter_map(|(at, candidate)| Some((at, self.likely_end(candidate, entry, now)?))).collect()
    }
}

/// The first candidate that will probably be in time, or else the first that may be.
fn in_time(estimates: &[(usize, Likely)], deadline: Timestamp) -> Option<usize> {
    let first = |by: fn(&Likely) -> Timestamp| {
        estimates.iter().find(|(_, likely)| by(likely) < deadline).map(|&(candidate, _)| candidate)
    };
    first(|likely| likely.p50).or_else(|| first(|likely| likely.p10))
}

/// Whether a job is never made to give way.
fn is_critical(job: &Job, settings: &Settings) -> bool {
    let points = i16::from(job.priority.0) + i16::from(job.user_boost.0);
    settings.order != Order::Aged || points >= i16::from(settings.critical.0)
}
