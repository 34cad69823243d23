//! The way into the queue: what is taken, what comes too late, and what gives way in overload.

use maestria_vocabulary::{StepId, Timestamp};

use crate::{
    Alternative, Degradation, Ending, Job, Rejection, Result, Scheduler, Settings, critical,
    entry::Entry,
    estimate::Likely,
    jobs::Standing,
    lane::{Lane, LaneId},
    rank::Rank,
    settings::Order,
    slab::Ticket,
    submission,
    way::Way,
};

impl Scheduler {
    /// Takes the jobs of a submission, all of them or none.
    pub(crate) fn submit(&mut self, jobs: Vec<Job>, now: Timestamp) -> Result<()> {
        submission::check(&jobs, &self.jobs, &self.settings)?;
        let first = self.sequence;
        self.sequence += jobs.len() as u64;
        match <[Job; 1]>::try_from(jobs) {
            Ok([job]) => {
                if let Some((ticket, after)) = self.add(job, first, now) {
                    self.begin_wait(ticket, &after, now);
                }
            }
            Err(jobs) => {
                let numbers = critical::numbers(&jobs, self.settings.order);
                let numbered = jobs.into_iter().zip(numbers);
                // All are there before any is asked what it waits for.
                let added: Vec<_> = numbered.filter_map(|(job, number)| self.add(job, first + number, now)).collect();
                for (ticket, after) in added {
                    self.begin_wait(ticket, &after, now);
                }
            }
        }
        Ok(())
    }

    /// Takes a job, whose place among equals is `number`; gives the steps that it waits for.
    fn add(&mut self, mut job: Job, number: u64, now: Timestamp) -> Option<(Ticket, Vec<StepId>)> {
        let rank = Rank::new(&job, now, number, &self.settings);
        let after = std::mem::take(&mut job.after);
        let critical = is_critical(&job, &self.settings);
        let entry = Entry::new(job, rank, critical);
        let latest = entry.latest_start();
        let ticket = self.jobs.insert(entry)?;
        self.set_timer(ticket, latest);
        Some((ticket, after))
    }

    /// Lets a job that was added enter the queue, if it waits for no step.
    fn begin_wait(&mut self, ticket: Ticket, after: &[StepId], now: Timestamp) {
        match self.jobs.link(ticket, after) {
            Standing::Ready => {
                if let Some(ending) = self.admit(ticket, now) {
                    self.end(ticket, ending, now);
                }
            }
            Standing::Waiting => {}
            Standing::Doomed(predecessor) => self.end(ticket, Ending::Skipped { predecessor }, now),
        }
    }

    /// Lets a job enter the queue that was never tried, with the candidate that suits; gives its ending if it had better not.
    pub(crate) fn admit(&mut self, job: Ticket, now: Timestamp) -> Option<Ending> {
        let entry = self.open_job(job)?;
        let mut lane = entry.lane()?;
        let mut known = self.queue.find(&lane);
        let surely = |due: &Timestamp| self.is_surely_in_time(entry, &lane, known, *due, now);
        if let Some(deadline) = entry.deadline.filter(|due| self.settings.admission && !surely(due)) {
            let estimates = self.estimates(entry, now);
            let chosen = in_time(&estimates, deadline);
            if chosen.is_none() && !estimates.is_empty() {
                return Some(Ending::Rejected(self.too_late(entry, deadline, now)));
            }
            if chosen.is_some_and(|candidate| self.go_on_with(job, candidate)) {
                lane = self.jobs.get(job)?.lane()?;
                known = self.queue.find(&lane);
            }
        }
        if self.give_way(job, &lane, known, now) {
            self.enqueue(job, now);
        } else if let Some(lane) = known.or_else(|| self.queue.open(lane)) {
            self.enqueue_in(lane, job, now);
        }
        None
    }

    /// Whether that is another candidate than before.
    fn go_on_with(&mut self, job: Ticket, candidate: usize) -> bool {
        let Some(entry) = self.jobs.get_mut(job).filter(|entry| entry.at() != candidate) else { return false };
        entry.advance_to(candidate);
        let id = entry.id.clone();
        self.record(id, Degradation::Candidate { candidate });
        true
    }

    /// Where every device that serves a job is overloaded and it is not critical, it goes on with a candidate that takes less time, fits a
    /// device and is probably done before the job is due, or else later. Whether that is another candidate than before.
    fn give_way(&mut self, job: Ticket, lane: &Lane, known: Option<LaneId>, now: Timestamp) -> bool {
        let Some(entry) = self.open_job(job).filter(|entry| !entry.critical && !entry.degraded) else { return false };
        let Some(way) = entry.way() else { return false };
        let reach = self.reach_of(lane, known);
        let too_much = |place| {
            let device = self.devices.at(place);
            device.is_some_and(|device| device.load().is_too_much(&self.settings, now))
        };
        if reach.eligible.is_empty() || !reach.places().all(too_much) {
            return false;
        }
        let takes_less = |next: &Way| next.run < way.run;
        let in_time = |next: &Way| {
            let likely = self.likely_end(next, entry, now);
            likely.is_some_and(|likely| entry.deadline.is_none_or(|deadline| likely.p50 < deadline))
        };
        let next = entry.ways_behind().find(|(_, next)| takes_less(next) && in_time(next)).map(|(next, _)| next);
        let delay = self.settings.deferral;
        let Some(entry) = self.jobs.get_mut(job) else { return false };
        entry.degraded = true;
        match next {
            Some(candidate) => self.go_on_with(job, candidate),
            None => {
                entry.rank = entry.rank.deferred(delay);
                let id = entry.id.clone();
                self.record(id, Degradation::Deferred { delay });
                false
            }
        }
    }

    /// Why a job will not be done in time, and what could be done instead.
    pub(crate) fn too_late(&self, entry: &Entry, deadline: Timestamp, now: Timestamp) -> Rejection {
        let estimates = self.estimates(entry, now);
        let alternatives: Vec<_> = estimates
            .iter()
            .filter_map(|(candidate, likely)| {
                let executor = entry.ways().get(*candidate)?.executor.clone();
                Some(Alternative { candidate: *candidate, executor, done: likely.p50 })
            })
            .collect();
        let earliest = alternatives.iter().map(|alternative| alternative.done).min();
        Rejection::TooLate { deadline, estimate: earliest.unwrap_or(now + entry.quickest()), alternatives }
    }

    /// When each candidate that is left would be done, if it could run anywhere.
    fn estimates(&self, entry: &Entry, now: Timestamp) -> Vec<(usize, Likely)> {
        let left = entry.ways().iter().enumerate().skip(entry.at());
        left.filter_map(|(at, way)| Some((at, self.likely_end(way, entry, now)?))).collect()
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
