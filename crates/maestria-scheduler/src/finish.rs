//! What follows the end of an attempt: the end of its job, its next part, or another attempt with less.

use maestria_vocabulary::{DeviceKind, Timestamp};

use crate::{
    Degradation, Ending, Error, Finish, JobId, Result, Scheduler, attempt::Answered, entry::Entry, slab::Ticket,
};

impl Scheduler {
    pub(crate) fn finished(&mut self, job: JobId, how: Finish, now: Timestamp) -> Result<()> {
        let under_way = self.jobs.find(&job).and_then(|ticket| Some((ticket, self.jobs.get(ticket)?.attempt?)));
        let Some((ticket, mut answered)) =
            under_way.and_then(|(ticket, attempt)| Some((ticket, self.attempts.answer(attempt, ticket)?)))
        else {
            return Err(Error::NotRunning { job });
        };
        self.sweep.restart();
        if let Some(entry) = self.jobs.get_mut(ticket) {
            entry.attempt = None;
            entry.stopping = false;
        }
        if let (Some(seat), Some(device)) = (answered.seat.take(), self.devices.get_mut(&answered.device)) {
            device.leave(seat, &self.settings, now);
        }
        self.yardstick.correct(&answered, now);
        if self.open_job(ticket).is_some() {
            self.follow(ticket, how, &answered, now);
        }
        self.jobs.close(ticket);
        Ok(())
    }

    fn follow(&mut self, job: Ticket, how: Finish, answered: &Answered, now: Timestamp) {
        match how {
            Finish::Succeeded => {
                self.pace.observe(answered.expected, now - answered.since);
                if self.jobs.get_mut(job).is_some_and(Entry::part_done) {
                    self.enqueue(job, now);
                } else {
                    self.end(job, Ending::Succeeded, now);
                }
            }
            _ if answered.lost => {
                if let Some(entry) = self.jobs.get_mut(job) {
                    entry.note_failure();
                    entry.bar(answered.device.clone());
                }
                self.enqueue(job, now);
            }
            Finish::Failed => self.end(job, Ending::Failed, now),
            Finish::Elsewhere => {
                let remains = self.jobs.get_mut(job).is_some_and(|entry| {
                    entry.note_failure();
                    entry.advance()
                });
                self.go_on(job, remains, now);
            }
            Finish::OutOfMemory => {
                let relief = self.jobs.get_mut(job).and_then(|entry| {
                    entry.note_failure();
                    relieve(entry, answered)
                });
                let id = self.jobs.get(job).map(|entry| entry.id.clone());
                if let (Some(how), Some(id)) = (&relief, id) {
                    self.record(id, how.clone());
                }
                self.go_on(job, relief.is_some(), now);
            }
        }
    }

    fn go_on(&mut self, job: Ticket, remains: bool, now: Timestamp) {
        if remains { self.enqueue(job, now) } else { self.end(job, Ending::Failed, now) }
    }
}

/// What a job does after it ran out of memory: a smaller batch, smaller parts, the processor, or a smaller model, in this order. Every step
/// takes less than the one before, so there is an end to them.
fn relieve(entry: &mut Entry, answered: &Answered) -> Option<Degradation> {
    if answered.size > 1 {
        let most = answered.size / 2;
        entry.cap_batch(most);
        return Some(Degradation::SmallerBatch { most });
    }
    if let Some(units) = entry.half_part() {
        entry.split(units, true);
        return Some(Degradation::SmallerPart { units });
    }
    if answered.kind == DeviceKind::Gpu && entry.keep_to_processors() {
        return Some(Degradation::Processor);
    }
    let held = entry.way()?.memory;
    let smaller = entry.ways_behind().find(|(_, way)| way.memory < held);
    // One that is as large may be elsewhere.
    let (candidate, _) = smaller.or_else(|| entry.ways_behind().next())?;
    entry.advance_to(candidate);
    Some(Degradation::Candidate { candidate })
}
