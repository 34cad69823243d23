//! The machine: events in, decisions out.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap, VecDeque},
    sync::Arc,
};

use maestria_vocabulary::{DeviceId, Executor, ModelId, RunId, Timestamp};
use priority_queue::PriorityQueue;

use crate::{
    Decision, Ending, Error, Event, Finish, Job, JobId, Result, Settings,
    device::Device,
    entry::{Attempt, Entry},
    placement::Devices,
    queue::Queue,
    rank::Rank,
    residency::{Demand, Oracle},
    runs::{Runs, Standing},
    submission,
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
/// - No job is overtaken for longer than [`Settings::longest_overtaking`].
#[derive(Debug)]
pub struct Scheduler {
    pub(crate) settings: Settings,
    /// Jobs that were accepted so far: the next one's place among equals.
    sequence: u64,
    /// Jobs that have not ended.
    pub(crate) jobs: HashMap<JobId, Entry>,
    /// Attempts that are not answered.
    pub(crate) attempts: BTreeMap<JobId, Attempt>,
    runs: Runs,
    pub(crate) queue: Queue,
    /// When a job is too late to start, or has run for too long.
    pub(crate) timers: PriorityQueue<JobId, Reverse<Timestamp>>,
    pub(crate) devices: Devices,
    /// How much every model is used, which decides what makes room.
    pub(crate) demand: Demand,
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
            jobs: HashMap::new(),
            attempts: BTreeMap::new(),
            runs: Runs::default(),
            queue: Queue::default(),
            timers: PriorityQueue::new(),
            devices: Devices::new(),
            demand,
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
            Event::Finished { job, how } => self.finished(job, how, now),
            Event::Loaded { model, device } => self.loaded(model, device),
            Event::LoadFailed { model, device } => self.load_failed(model, device),
            Event::Unloaded { model, device } => self.unloaded(model, device),
            Event::Cancel { run } => {
                self.cancel(&run);
                Ok(())
            }
            Event::Device(snapshot) => {
                let measured = |device: &mut Device| device.observe(&snapshot);
                let id = snapshot.id.clone();
                self.devices.entry(id).and_modify(measured).or_insert_with(|| Device::new(&snapshot));
                Ok(())
            }
            Event::DeviceGone(device) => self.device_gone(device),
        }
    }

    fn submit(&mut self, jobs: Vec<Job>, now: Timestamp) -> Result<()> {
        let room = self.settings.capacity.saturating_sub(self.jobs.len());
        submission::check(&jobs, &self.runs, room)?;
        let standings = self.runs.admit(&jobs);
        let ids: Vec<_> = jobs.iter().map(|job| job.id.clone()).collect();
        for job in jobs {
            let rank = Rank::new(&job, now, self.sequence, &self.settings);
            self.sequence += 1;
            let id = job.id.clone();
            let entry = Entry::new(job, rank);
            self.set_timer(&id, entry.latest_start());
            self.jobs.insert(id, entry);
        }
        for (id, standing) in ids.into_iter().zip(standings) {
            match standing {
                Standing::Ready => self.enqueue(&id),
                Standing::Waiting => {}
                Standing::Doomed(predecessor) => self.end(id, Ending::Skipped { predecessor }),
            }
        }
        Ok(())
    }

    fn finished(&mut self, job: JobId, how: Finish, now: Timestamp) -> Result<()> {
        let Some(attempt) = self.attempts.remove(&job) else { return Err(Error::NotRunning { job }) };
        let lost = attempt.seat.is_none();
        if let (Some(seat), Some(device)) = (attempt.seat, self.devices.get_mut(&attempt.device)) {
            device.leave(seat, now);
        }
        let run = job.run.clone();
        match how {
            Finish::Succeeded => self.end(job, Ending::Succeeded),
            Finish::Failed if !lost => self.end(job, Ending::Failed),
            Finish::Failed | Finish::Elsewhere => self.retry(job, lost.then_some(attempt.device)),
        }
        self.runs.close(&run);
        Ok(())
    }

    /// Tries a job again: off the device that was lost, or else with its next candidate.
    fn retry(&mut self, job: JobId, lost: Option<DeviceId>) {
        let Some(entry) = self.jobs.get_mut(&job) else { return };
        entry.note_failure();
        let remains = match lost {
            Some(device) => {
                entry.bar(device);
                true
            }
            None => entry.advance(),
        };
        if remains { self.enqueue(&job) } else { self.end(job, Ending::Failed) }
    }

    fn loaded(&mut self, model: ModelId, device: DeviceId) -> Result<()> {
        let arrived = self.devices.get_mut(&device).is_some_and(|on| on.loaded(&model));
        if arrived { Ok(()) } else { Err(Error::NotLoading { model, device }) }
    }

    fn load_failed(&mut self, model: ModelId, device: DeviceId) -> Result<()> {
        let on = self.devices.get_mut(&device).filter(|on| on.phase(&model).is_some());
        let Some(kind) = on.and_then(|on| on.load_failed(&model).then(|| on.kind())) else {
            return Err(Error::NotLoading { model, device });
        };
        let executor = Executor::Model(model);
        let waiting = self.queue.jobs_in(|lane| lane.executor == executor && lane.preference(&device, kind).is_some());
        for job in waiting {
            self.dequeue(&job);
            if let Some(entry) = self.jobs.get_mut(&job) {
                entry.note_failure();
                entry.bar(device.clone());
            }
            self.enqueue(&job);
        }
        Ok(())
    }

    fn unloaded(&mut self, model: ModelId, device: DeviceId) -> Result<()> {
        let left = self.devices.get_mut(&device).is_some_and(|on| on.unloaded(&model));
        if left { Ok(()) } else { Err(Error::NotUnloading { model, device }) }
    }

    fn cancel(&mut self, run: &RunId) {
        let jobs = self.runs.open_jobs(run);
        self.end_all(jobs.into_iter().map(|job| (job, Ending::Cancelled)).collect());
    }

    fn device_gone(&mut self, device: DeviceId) -> Result<()> {
        if self.devices.remove(&device).is_none() {
            return Err(Error::UnknownDevice { device });
        }
        for (job, attempt) in self.attempts.iter_mut().filter(|(_, attempt)| attempt.device == device) {
            attempt.seat = None;
            if !attempt.stopping {
                attempt.stopping = true;
                self.outbox.push_back(Decision::Stop { job: job.clone() });
            }
        }
        Ok(())
    }

    pub(crate) fn end(&mut self, job: JobId, ending: Ending) {
        self.end_all(VecDeque::from([(job, ending)]));
    }

    /// Ends jobs, and with them those that can no longer succeed; lets those go that waited for their success.
    fn end_all(&mut self, mut endings: VecDeque<(JobId, Ending)>) {
        while let Some((job, ending)) = endings.pop_front() {
            self.dequeue(&job);
            if self.jobs.remove(&job).is_none() {
                continue;
            }
            self.timers.remove(&job);
            if let Some(attempt) = self.attempts.get_mut(&job).filter(|attempt| !attempt.stopping) {
                attempt.stopping = true;
                self.outbox.push_back(Decision::Stop { job: job.clone() });
            }
            let succeeded = ending == Ending::Succeeded;
            for follower in self.runs.end(&job, succeeded) {
                if succeeded {
                    self.enqueue(&follower);
                } else {
                    endings.push_back((follower, Ending::Skipped { predecessor: job.step.clone() }));
                }
            }
            self.outbox.push_back(Decision::End { job, ending });
        }
    }

    /// Lets a job wait for its current candidate.
    pub(crate) fn enqueue(&mut self, job: &JobId) {
        let Some(entry) = self.jobs.get(job) else { return };
        let Some((lane, run)) = entry.lane() else { return };
        let (rank, latest) = (entry.rank, entry.latest_start());
        self.queue.enter(lane, job.clone(), rank, run);
        self.set_timer(job, latest);
    }

    /// Looks at a job again at this moment, and at no other.
    pub(crate) fn set_timer(&mut self, job: &JobId, at: Option<Timestamp>) {
        match at {
            Some(at) => self.timers.push(job.clone(), Reverse(at)).map(|_| ()),
            None => self.timers.remove(job).map(|_| ()),
        };
    }

    /// Takes a job out of the queue, if it is there.
    pub(crate) fn dequeue(&mut self, job: &JobId) {
        if let Some((lane, run)) = self.jobs.get(job).and_then(Entry::lane) {
            self.queue.leave(&lane, job, run);
        }
    }

    /// Keeps an attempt that begins until it is answered.
    pub(crate) fn keep(&mut self, job: &JobId, attempt: Attempt) {
        self.runs.open(&job.run);
        self.attempts.insert(job.clone(), attempt);
    }
}
