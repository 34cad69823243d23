//! What to do next: what was decided, then what is overdue, then the next move.

use maestria_vocabulary::{Bytes, DeviceKind, Executor, ModelId, Timestamp};

use crate::{
    Decision, Degradation, Ending, Member, Phase, Rejection, Scheduler,
    attempt::{Attempt, AttemptId},
    entry::Entry,
    lane::{Lane, LaneId, Shape},
    placement::{Ground, Move},
    slab::Ticket,
};

impl Scheduler {
    /// What to do at `now`. Ask again until it says [`Decision::Wait`] or [`Decision::Idle`].
    ///
    /// For `n` jobs that wait for `l` different things on `d` devices, a start costs `O(log n)`, and the first question after something
    /// else happened `O(l · d)` more. Asking again when nothing happened costs nothing.
    pub fn poll(&mut self, now: Timestamp) -> Decision {
        loop {
            self.end_overdue(now);
            if let Some(decision) = self.outbox.pop_front() {
                return decision;
            }
            let Self { sweep, queue, jobs, devices, demand, attempts, settings, .. } = self;
            let ground = Ground { jobs, devices, demand, attempts, settings, now };
            let decision = match sweep.next_move(queue, ground) {
                Some(Move::Pass(job)) => {
                    self.pass(job, now);
                    continue;
                }
                Some(Move::Split(job, units)) => {
                    self.split(job, units, now);
                    continue;
                }
                Some(Move::Start(lane, place)) => self.start(lane, place, now),
                Some(Move::Load(job, place)) => self.load(job, place, now),
                Some(Move::Unload(model, place)) => self.unload(model, place),
                None => self.lapse(now),
            };
            return decision.unwrap_or_else(|| self.rest());
        }
    }

    fn end_overdue(&mut self, now: Timestamp) {
        while let Some(job) = self.timers.take_due(now) {
            if let Some(entry) = self.jobs.get_mut(job) {
                entry.timer = None;
            }
            let Some(entry) = self.open_job(job) else { continue };
            let ending = match entry.deadline {
                Some(deadline) if entry.attempt.is_none() => Ending::Rejected(self.too_late(entry, deadline, now)),
                _ => Ending::Expired,
            };
            self.end(job, ending, now);
        }
    }

    /// Gives up on the current candidate of a job.
    fn pass(&mut self, job: Ticket, now: Timestamp) {
        self.dequeue(job);
        let Some(entry) = self.jobs.get_mut(job) else { return };
        if entry.advance() {
            self.enqueue(job, now);
        } else if entry.has_failed() {
            self.end(job, Ending::Failed, now);
        } else if let Some(rejection) = self.jobs.get(job).map(|entry| self.rejection(entry)) {
            self.end(job, Ending::Rejected(rejection), now);
        }
    }

    /// Why no candidate of a job fits.
    fn rejection(&self, entry: &Entry) -> Rejection {
        let lanes: Vec<_> = entry.ways().iter().map(|way| Lane::new(way, Shape::default())).collect();
        let serving = lanes.iter().flat_map(|lane| {
            let devices = self.devices.iter().filter(|device| lane.preference(device.id(), device.kind()).is_some());
            devices.map(|device| (lane.memory + entry.least_working(), device.account().capacity()))
        });
        let shortfall = |&(needs, capacity): &(Bytes, Bytes)| needs.saturating_sub(capacity);
        match serving.min_by_key(shortfall) {
            Some((needs, capacity)) => Rejection::TooLarge { needs, capacity },
            None => {
                let mut kinds: Vec<DeviceKind> = Vec::new();
                for kind in lanes.into_iter().flat_map(|lane| lane.kinds.iter()) {
                    if !kinds.contains(&kind) {
                        kinds.push(kind);
                    }
                }
                Rejection::NoDevice { kinds }
            }
        }
    }

    /// Goes on with a smaller part of a job.
    fn split(&mut self, job: Ticket, units: u32, now: Timestamp) {
        self.dequeue(job);
        let Some(entry) = self.jobs.get_mut(job) else { return };
        entry.split(units, false);
        let id = entry.id.clone();
        self.enqueue(job, now);
        self.record(id, Degradation::SmallerPart { units });
    }

    /// Starts the first jobs of a lane, as many as may share an attempt.
    fn start(&mut self, lane: LaneId, place: usize, now: Timestamp) -> Option<Decision> {
        let tickets = self.batch(lane, place);
        let lane = &self.queue.line(lane)?.lane;
        let executor = lane.executor.clone();
        let (model, each) = (lane.resident(), lane.attempt_memory());
        let memory = Bytes(each.0.saturating_mul(tickets.len() as u64));
        let on = self.devices.at_mut(place)?;
        let (id, kind) = (on.id().clone(), on.kind());
        let seat = on.sit(model, memory, &self.settings, now)?;
        if let Some(model) = model {
            self.demand.record(model, tickets.len(), now, &self.settings);
        }
        let expected = tickets.iter().filter_map(|&job| self.jobs.get(job)).map(Entry::run).max()?;
        let (size, members, since) = (tickets.len(), tickets, now);
        let attempt = Attempt {
            executor: executor.clone(),
            device: id.clone(),
            kind,
            since,
            expected,
            seat: Some(seat),
            size,
            members,
        };
        let number = self.attempts.insert(attempt)?;
        let batch = self.begin(number, now);
        Some(Decision::Start { batch, executor, device: id })
    }

    /// Takes the jobs of an attempt out of the queue.
    fn begin(&mut self, number: AttemptId, now: Timestamp) -> Vec<Member> {
        let Self { jobs, queue, attempts, timers, .. } = self;
        let members = attempts.get(number).map(|attempt| attempt.members.as_slice()).unwrap_or_default();
        let mut batch = Vec::with_capacity(members.len());
        for &job in members {
            jobs.reopen(job);
            let Some(entry) = jobs.get_mut(job) else { continue };
            let (run, latest) = (entry.run(), entry.latest_end(now));
            if let Some(lane) = entry.lane.take() {
                queue.leave(lane, entry.rank, run);
            }
            entry.attempt = Some(number);
            entry.promise = None;
            batch.push(Member { job: entry.id.clone(), candidate: entry.at(), units: entry.units() });
            timers.set(job, &mut entry.timer, latest);
        }
        batch
    }

    /// The first job of a lane, and those behind it that may and can share its attempt.
    fn batch(&self, lane: LaneId, place: usize) -> Vec<Ticket> {
        let (Some(line), Some(device)) = (self.queue.line(lane), self.devices.at(place)) else { return Vec::new() };
        if line.lane.shape.batch.is_none() {
            return line.head().map(|(_, job)| job).into_iter().collect();
        }
        let batching = &self.settings.batching;
        let each = line.lane.attempt_memory().0;
        let mut most = batching.jobs.get();
        if let Some(fit) = device.account().free().0.checked_div(each) {
            most = most.min(usize::try_from(fit).unwrap_or(usize::MAX)).max(1);
        }
        let (mut chosen, mut size) = (Vec::new(), 0_u64);
        for job in line.iter() {
            let Some(entry) = self.jobs.get(job) else { break };
            most = most.min(entry.batch_cap());
            size = size.saturating_add(entry.batch().map_or(0, |batch| batch.size));
            if !chosen.is_empty() && (chosen.len() >= most || size > batching.size) {
                break;
            }
            chosen.push(job);
        }
        chosen
    }

    fn load(&mut self, job: Ticket, place: usize, now: Timestamp) -> Option<Decision> {
        let way = self.jobs.get(job).and_then(Entry::way)?;
        let Executor::Model(model) = &way.executor else { return None };
        let memory = way.memory;
        let on = self.devices.at_mut(place)?;
        let (device, began) = (on.id().clone(), on.begin_load(model, memory, way.load, now));
        let model = model.clone();
        self.residency_changed();
        began.then_some(Decision::Load { model, device, memory })
    }

    pub(crate) fn unload(&mut self, model: ModelId, place: usize) -> Option<Decision> {
        let on = self.devices.at_mut(place)?;
        let (device, began) = (on.id().clone(), on.begin_unload(&model));
        self.residency_changed();
        began.then_some(Decision::Unload { model, device })
    }

    fn rest(&self) -> Decision {
        let mut residents = self.devices.iter().flat_map(|device| device.residents().values());
        let lapse = self.next_lapse();
        let settled = self.jobs.open() == 0 && self.attempts.is_empty() && lapse.is_none();
        if settled && residents.all(|model| model.phase() == Phase::Ready) {
            return Decision::Idle;
        }
        let timer = self.timers.next().map(|(_, due)| due);
        Decision::Wait { until: [timer, self.sweep.hold(), lapse].into_iter().flatten().min() }
    }
}
