//! What to do next: what was decided, then what is overdue, then the next move.

use std::cmp::Reverse;

use maestria_vocabulary::{Bytes, DeviceId, DeviceKind, Executor, ModelId, Timestamp};

use crate::{
    Decision, Ending, JobId, Member, Phase, Rejection, Scheduler,
    entry::{Attempt, Entry},
    placement::{self, Move},
    queue::Lane,
};

impl Scheduler {
    /// What to do at `now`. Ask again until it says [`Decision::Wait`] or [`Decision::Idle`].
    ///
    /// It costs `O(log n + l · (d + log l))`, for `n` jobs that wait for `l` different things on `d` devices.
    pub fn poll(&mut self, now: Timestamp) -> Decision {
        loop {
            self.end_overdue(now);
            if let Some(decision) = self.outbox.pop_front() {
                return decision;
            }
            let step = placement::next_move(&self.queue.heads(), &self.devices, &self.demand, &self.settings, now);
            let decision = match step {
                Some(Move::Pass(job)) => {
                    self.pass(job);
                    continue;
                }
                Some(Move::Start(job, device)) => self.start(job, device, now),
                Some(Move::Load(job, device)) => self.load(&job, device, now),
                Some(Move::Unload(model, device)) => self.unload(model, device),
                None => self.lapse(now),
            };
            return decision.unwrap_or_else(|| self.rest());
        }
    }

    fn end_overdue(&mut self, now: Timestamp) {
        while let Some((job, &Reverse(due))) = self.timers.peek()
            && due <= now
        {
            let job = job.clone();
            self.timers.remove(&job);
            let Some(entry) = self.jobs.get(&job) else { continue };
            let ending = match entry.job.deadline {
                Some(deadline) if !self.attempts.contains_key(&job) => {
                    Ending::Rejected(Rejection::TooLate { deadline, estimate: now + entry.quickest() })
                }
                _ => Ending::Expired,
            };
            self.end(job, ending);
        }
    }

    /// Gives up on the current candidate of a job.
    fn pass(&mut self, job: JobId) {
        self.dequeue(&job);
        let Some(entry) = self.jobs.get_mut(&job) else { return };
        if entry.advance() {
            self.enqueue(&job);
        } else if entry.has_failed() {
            self.end(job, Ending::Failed);
        } else {
            let rejection = self.rejection(&job);
            self.end(job, Ending::Rejected(rejection));
        }
    }

    /// Why no candidate of a job fits.
    fn rejection(&self, job: &JobId) -> Rejection {
        let candidates = self.jobs.get(job).map_or(&[][..], |entry| &entry.job.candidates);
        let lanes: Vec<_> = candidates.iter().map(|candidate| Lane::new(candidate, &Default::default())).collect();
        let serving = lanes.iter().flat_map(|lane| {
            let devices = self.devices.iter().filter(|(id, device)| lane.preference(id, device.kind()).is_some());
            devices.map(|(_, device)| (lane.memory, device.account().capacity()))
        });
        let shortfall = |&(needs, capacity): &(Bytes, Bytes)| needs.saturating_sub(capacity);
        match serving.min_by_key(shortfall) {
            Some((needs, capacity)) => Rejection::TooLarge { needs, capacity },
            None => {
                let mut kinds: Vec<DeviceKind> = Vec::new();
                for kind in lanes.into_iter().flat_map(|lane| lane.kinds) {
                    if !kinds.contains(&kind) {
                        kinds.push(kind);
                    }
                }
                Rejection::NoDevice { kinds }
            }
        }
    }

    fn start(&mut self, job: JobId, device: DeviceId, now: Timestamp) -> Option<Decision> {
        let entry = self.jobs.get(&job)?;
        let (candidate, chosen) = entry.candidate()?;
        let on = self.devices.get_mut(&device)?;
        let seat = match &chosen.executor {
            Executor::Model(model) => on.lease(model, &self.settings.slots)?,
            Executor::Tool(_) => on.reserve(chosen.needs.memory, &self.settings.slots)?,
        };
        let executor = chosen.executor.clone();
        if let Executor::Model(model) = &executor {
            self.demand.record(model, now, &self.settings);
        }
        let attempt = Attempt {
            executor: executor.clone(),
            device: device.clone(),
            since: now,
            expected: chosen.expected.run,
            seat: Some(seat),
            stopping: false,
        };
        let latest = entry.latest_end(now);
        self.dequeue(&job);
        self.set_timer(&job, latest);
        self.keep(&job, attempt);
        Some(Decision::Start { batch: vec![Member::whole(job, candidate)], executor, device })
    }

    fn load(&mut self, job: &JobId, device: DeviceId, now: Timestamp) -> Option<Decision> {
        let (_, chosen) = self.jobs.get(job).and_then(Entry::candidate)?;
        let Executor::Model(model) = &chosen.executor else { return None };
        let memory = chosen.needs.memory;
        let began = self.devices.get_mut(&device)?.begin_load(model, memory, chosen.expected.load, now);
        began.then(|| Decision::Load { model: model.clone(), device, memory })
    }

    pub(crate) fn unload(&mut self, model: ModelId, device: DeviceId) -> Option<Decision> {
        let began = self.devices.get_mut(&device)?.begin_unload(&model);
        began.then_some(Decision::Unload { model, device })
    }

    fn rest(&self) -> Decision {
        let mut residents = self.devices.values().flat_map(|device| device.residents().values());
        let lapse = self.next_lapse();
        let settled = self.jobs.is_empty() && self.attempts.is_empty();
        if settled && lapse.is_none() && residents.all(|model| model.phase() == Phase::Ready) {
            return Decision::Idle;
        }
        let due = self.timers.peek().map(|(_, &Reverse(due))| due);
        Decision::Wait { until: due.into_iter().chain(lapse).min() }
    }
}
