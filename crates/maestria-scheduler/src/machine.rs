//! The machine: events in, decisions out.

use std::{collections::VecDeque, sync::Arc};

use maestria_vocabulary::{Bytes, DeviceId, Executor, ModelId, RunId, Timestamp};

use crate::{
    Decision, Degradation, Ending, Error, Event, JobId, Result, Settings, Split,
    attempt::Attempts,
    devices::Devices,
    entry::Entry,
    jobs::{Fate, Jobs},
    lane::LaneId,
    pace::Pace,
    queue::Queue,
    residency::{Demand, Oracle},
    slab::Ticket,
    sweep::Sweep,
    timers::Timers,
    yardstick::Yardstick,
};

/// Decides what runs next, where, and when to give up.
///
/// A machine without clock, threads or I/O: [`handle`](Self::handle) takes what happened, [`poll`](Self::poll) gives what to do, and
/// both take the time. The same events at the same times give the same decisions.
///
/// # Invariants
/// - Memory promised on a device never exceeds what is there beside what others use, as last measured when the promise was made.
/// - A job starts only after all its predecessors succeeded, never while another attempt at it is under way, and never after it ended.
/// - Every accepted job gets exactly one [`Decision::End`], provided that its attempts are answered.
/// - A model in use is not unloaded.
/// - No job is overtaken for longer than [`Settings::longest_overtaking`] where that gives a bound, which it does not under
///   [`Order::Sjf`](crate::Order::Sjf) and [`Order::Edf`](crate::Order::Edf), and where [`Settings::reordering`] is zero.
#[derive(Debug)]
pub struct Scheduler {
    pub(crate) settings: Settings,
    /// Jobs that were accepted so far: the next one's place among equals.
    pub(crate) sequence: u64,
    pub(crate) jobs: Jobs,
    pub(crate) attempts: Attempts,
    pub(crate) queue: Queue,
    /// When a job is too late to start, or has run for too long.
    pub(crate) timers: Timers,
    pub(crate) devices: Devices,
    /// How much every model is used, which decides what makes room.
    pub(crate) demand: Demand,
    /// What first come, first served would have done.
    pub(crate) yardstick: Yardstick,
    pub(crate) sweep: Sweep,
    /// How long attempts take, against what was expected.
    pub(crate) pace: Pace,
    /// What was decided and is not handed out yet.
    pub(crate) outbox: VecDeque<Decision>,
}

impl Scheduler {
    /// A machine that knows no device and no job.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let demand = Demand::new(settings.eviction);
        Self {
            settings,
            sequence: 0,
            jobs: Jobs::default(),
            attempts: Attempts::default(),
            queue: Queue::default(),
            timers: Timers::default(),
            devices: Devices::new(),
            demand,
            yardstick: Yardstick::default(),
            sweep: Sweep::default(),
            pace: Pace::default(),
            outbox: VecDeque::new(),
        }
    }

    /// A machine that makes room by looking into the future, and otherwise does what `settings` say. Only a replay has such an oracle.
    #[must_use]
    pub fn with_oracle(settings: Settings, oracle: Arc<dyn Oracle>) -> Self {
        Self { demand: Demand::knowing(oracle), ..Self::new(settings) }
    }

    /// Takes note of what happened at `now`.
    ///
    /// # Errors
    /// [`Error`] when the event cannot be true or its jobs cannot be taken; the machine is then as it was before.
    pub fn handle(&mut self, event: Event, now: Timestamp) -> Result<()> {
        match event {
            Event::Submit(jobs) => self.submit(jobs, now),
            Event::Demand { job, working, split } => self.demand(job, working, split),
            Event::Finished { job, how } => self.finished(job, how, now),
            Event::Loaded { model, device } => self.loaded(model, device, now),
            Event::LoadFailed { model, device } => self.load_failed(model, device, now),
            Event::Unloaded { model, device } => self.unloaded(model, device),
            Event::Cancel { run } => {
                self.cancel(&run, now);
                Ok(())
            }
            Event::Device(snapshot) => {
                self.devices.observe(&snapshot, &self.settings, now);
                self.sweep.restart();
                Ok(())
            }
            Event::Remote { model, slots } => {
                self.devices.answer_for(&model, slots, &self.settings, now);
                self.sweep.restart();
                Ok(())
            }
            Event::DeviceGone(device) => self.device_gone(device),
        }
    }

    fn demand(&mut self, job: JobId, working: Bytes, split: Option<Split>) -> Result<()> {
        let ticket = self.jobs.find(&job);
        let blocked = |entry: &&mut Entry| entry.fate == Fate::Open && entry.unmet > 0;
        let Some(entry) = ticket.and_then(|ticket| self.jobs.get_mut(ticket)).filter(blocked) else {
            return Err(Error::NotBlocked { job });
        };
        entry.take(working, split);
        Ok(())
    }

    fn loaded(&mut self, model: ModelId, device: DeviceId, now: Timestamp) -> Result<()> {
        let arrived = self.devices.get_mut(&device).is_some_and(|on| on.loaded(&model, now));
        if !arrived {
            return Err(Error::NotLoading { model, device });
        }
        self.residency_changed();
        Ok(())
    }

    fn load_failed(&mut self, model: ModelId, device: DeviceId, now: Timestamp) -> Result<()> {
        let Some(kind) = self.devices.get_mut(&device).and_then(|on| on.load_failed(&model).then(|| on.kind())) else {
            return Err(Error::NotLoading { model, device });
        };
        self.residency_changed();
        let executor = Executor::Model(model);
        let waiting = self.queue.jobs_in(|lane| lane.executor == executor && lane.preference(&device, kind).is_some());
        for job in waiting {
            self.dequeue(job);
            if let Some(entry) = self.jobs.get_mut(job) {
                entry.note_failure();
                entry.bar(device.clone());
            }
            self.enqueue(job, now);
        }
        Ok(())
    }

    fn unloaded(&mut self, model: ModelId, device: DeviceId) -> Result<()> {
        let left = self.devices.get_mut(&device).is_some_and(|on| on.unloaded(&model));
        if !left {
            return Err(Error::NotUnloading { model, device });
        }
        self.residency_changed();
        Ok(())
    }

    pub(crate) fn residency_changed(&mut self) {
        self.devices.touch();
        self.sweep.restart();
    }

    fn cancel(&mut self, run: &RunId, now: Timestamp) {
        let jobs = self.jobs.open_in(run);
        self.end_all(None, jobs.into_iter().map(|job| (job, Ending::Cancelled)).collect(), now);
    }

    fn device_gone(&mut self, device: DeviceId) -> Result<()> {
        if !self.devices.remove(&device) {
            return Err(Error::UnknownDevice { device });
        }
        self.sweep.restart();
        for job in self.attempts.lose(&device) {
            self.stop(job);
        }
        Ok(())
    }

    /// Has the attempt at a job stopped, if there is one and that was not told before.
    fn stop(&mut self, job: Ticket) {
        if let Some(entry) = self.jobs.get_mut(job).filter(|entry| entry.attempt.is_some() && !entry.stopping) {
            entry.stopping = true;
            self.outbox.push_back(Decision::Stop { job: entry.id.clone() });
        }
    }

    /// Ends a job, and with it those that can no longer succeed; lets those go that waited for its success.
    pub(crate) fn end(&mut self, job: Ticket, ending: Ending, now: Timestamp) {
        self.end_all(Some((job, ending)), VecDeque::new(), now);
    }

    fn end_all(&mut self, first: Option<(Ticket, Ending)>, mut endings: VecDeque<(Ticket, Ending)>, now: Timestamp) {
        let mut next = first.or_else(|| endings.pop_front());
        while let Some((job, ending)) = next.take().or_else(|| endings.pop_front()) {
            let Some(id) = self.open_job(job).map(|entry| entry.id.clone()) else { continue };
            self.dequeue(job);
            if let Some(promise) = self.jobs.get_mut(job).and_then(|entry| entry.promise.take()) {
                self.yardstick.give_back(&promise);
            }
            self.set_timer(job, None);
            self.stop(job);
            let succeeded = ending == Ending::Succeeded;
            for follower in self.jobs.end(job, succeeded) {
                if succeeded {
                    endings.extend(self.admit(follower, now).map(|ending| (follower, ending)));
                } else {
                    endings.push_back((follower, Ending::Skipped { predecessor: id.step.clone() }));
                }
            }
            self.jobs.close(job);
            self.outbox.push_back(Decision::End { job: id, ending });
        }
    }

    pub(crate) fn open_job(&self, job: Ticket) -> Option<&Entry> {
        self.jobs.get(job).filter(|entry| entry.fate == Fate::Open)
    }

    /// Lets a job wait for its current candidate.
    pub(crate) fn enqueue(&mut self, job: Ticket, now: Timestamp) {
        let lane = self.jobs.get(job).and_then(Entry::lane);
        if let Some(lane) = lane.and_then(|lane| self.queue.open(lane)) {
            self.enqueue_in(lane, job, now);
        }
    }

    /// The same where its lane is known.
    pub(crate) fn enqueue_in(&mut self, lane: LaneId, job: Ticket, now: Timestamp) {
        let promise = self.promise(job, now);
        let Some(entry) = self.jobs.get_mut(job) else { return };
        entry.promise = promise;
        entry.ready = now;
        let (rank, run, latest) = (entry.rank, entry.run(), entry.latest_start());
        entry.lane = self.queue.enter(lane, job, rank, run);
        self.timers.set(job, &mut entry.timer, latest);
        self.sweep.restart();
    }

    /// Looks at a job again at this moment, and at no other.
    pub(crate) fn set_timer(&mut self, job: Ticket, at: Option<Timestamp>) {
        if let Some(entry) = self.jobs.get_mut(job) {
            self.timers.set(job, &mut entry.timer, at);
        }
    }

    /// Takes a job out of the queue, if it is there.
    pub(crate) fn dequeue(&mut self, job: Ticket) {
        let Some(entry) = self.jobs.get_mut(job) else { return };
        if let Some(lane) = entry.lane.take() {
            self.queue.leave(lane, entry.rank, entry.run());
            self.sweep.restart();
        }
    }

    /// Tells that a job goes on with less.
    pub(crate) fn record(&mut self, job: JobId, how: Degradation) {
        self.outbox.push_back(Decision::Degrade { job, how });
    }
}
