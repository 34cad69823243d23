//! A world around the machine: what a driver would know, kept without any of the machine's code, and compared with it at every step.

#![allow(dead_code, reason = "each test binary uses a part of it")]

mod checks;
mod choices;

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet, HashSet},
    num::NonZeroUsize,
    ops::Range,
    rc::Rc,
    time::Duration,
};

use maestria_scheduler::{
    Batch, Decision, Ending, Error, Event, Finish, Header, Job, JobId, Line, Member, Phase, Priority, Recording,
    Settings, Slots, Split,
};
use maestria_vocabulary::{Bytes, Candidate, DeviceId, Executor, ModelId, Timestamp};
use proptest::sample::Index;

use crate::stage::*;

pub(crate) const UNITS: [(&str, u64); 3] = [("cpu", 16), ("cuda:0", 10), ("cuda:1", 6)];

/// Something that happens.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    Submit { run: u8, jobs: Vec<Draft> },
    Demand { which: Index, working: u64, split: Option<Split> },
    Finish { which: Index, how: Finish, twice: bool },
    Load { which: Index, works: bool },
    Unload { which: Index },
    Cancel { run: u8 },
    Gone { unit: usize },
    Measure { unit: usize, used: u64 },
    Sleep { millis: u64 },
    Back { millis: u64 },
}

/// A job without its name.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub(crate) after: Vec<Index>,
    pub(crate) candidates: Vec<Candidate>,
    pub(crate) priority: i8,
    pub(crate) due_in: Option<u64>,
    pub(crate) batch: Option<u64>,
    pub(crate) working: u64,
    pub(crate) split: Option<Split>,
    pub(crate) timeout: Option<u64>,
}

#[derive(Debug)]
pub(crate) struct Fact {
    job: Job,
    starts: usize,
    /// Units that are done.
    done: u32,
    pub(crate) ending: Option<Ending>,
}

#[derive(Debug, Clone)]
pub(crate) struct Running {
    device: DeviceId,
    attempt: usize,
    units: Option<Range<u32>>,
    lost: bool,
}

/// What an attempt occupies until its last job is answered.
#[derive(Debug, Clone)]
struct Held {
    device: DeviceId,
    executor: Executor,
    memory: Bytes,
    jobs: usize,
}

/// Something that may happen next, told by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Choice {
    Finish(JobId, Finish),
    Load((DeviceId, ModelId), bool),
    Unload((DeviceId, ModelId)),
}

/// The world as a driver sees it, kept without any of the machine's code.
pub(crate) struct World {
    scheduler: Recording<Box<dyn FnMut(Line)>>,
    /// What was told and decided so far.
    pub(crate) header: Header,
    pub(crate) log: Rc<RefCell<Vec<Line>>>,
    /// Whether what is available always goes first, so that nothing that could start may wait.
    eager: bool,
    now: Timestamp,
    names: usize,
    pub(crate) facts: BTreeMap<JobId, Fact>,
    pub(crate) running: BTreeMap<JobId, Running>,
    held: BTreeMap<usize, Held>,
    attempts: usize,
    memory: BTreeMap<(DeviceId, ModelId), (Bytes, Phase)>,
    broken: BTreeSet<ModelId>,
    pub(crate) last: Decision,
}

impl World {
    pub(crate) fn new(eager: bool, gpu_slots: usize) -> Self {
        let slots = Slots { gpu: NonZeroUsize::new(gpu_slots).unwrap(), ..Slots::default() };
        let availability = if eager { Duration::MAX } else { Duration::from_secs(1) };
        let settings = Settings { slots, availability, ..Settings::default() };
        let log = Rc::new(RefCell::new(Vec::new()));
        let lines = log.clone();
        let sink: Box<dyn FnMut(Line)> = Box::new(move |line| lines.borrow_mut().push(line));
        let mut world = Self {
            header: Header::new(settings.clone()),
            scheduler: Recording::new(settings, sink),
            log,
            eager,
            now: Timestamp::ZERO,
            names: 0,
            facts: BTreeMap::new(),
            running: BTreeMap::new(),
            held: BTreeMap::new(),
            attempts: 0,
            memory: BTreeMap::new(),
            broken: BTreeSet::new(),
            last: Decision::Idle,
        };
        for (unit, total) in UNITS {
            world.tell(device(unit, total));
        }
        world
    }

    fn tell(&mut self, event: Event) {
        self.scheduler.handle(event, self.now).unwrap();
    }

    pub(crate) fn act(&mut self, act: Act) {
        match act {
            Act::Submit { run, jobs } => self.submit(run, jobs),
            Act::Demand { which, working, split } => {
                if let Some(job) = pick(self.facts.keys(), which) {
                    self.demand(job, Bytes(working), split);
                }
            }
            Act::Finish { which, how, twice } => {
                if let Some(job) = pick(self.running.keys(), which) {
                    self.finish(job, how, twice);
                }
            }
            Act::Load { which, works } => {
                if let Some(key) = pick(self.moving(Phase::Loading).iter(), which) {
                    self.load(key, works);
                }
            }
            Act::Unload { which } => {
                if let Some(key) = pick(self.moving(Phase::Unloading).iter(), which) {
                    self.unload(key);
                }
            }
            Act::Cancel { run } => self.tell(cancel(&format!("r{run}"))),
            Act::Gone { unit } => {
                let id = DeviceId::local(UNITS[unit].0);
                if self.scheduler.handle(Event::DeviceGone(id.clone()), self.now).is_ok() {
                    self.memory.retain(|(device, _), _| *device != id);
                    self.held.retain(|_, held| held.device != id);
                    self.running
                        .values_mut()
                        .filter(|running| running.device == id)
                        .for_each(|running| running.lost = true);
                }
            }
            Act::Measure { unit, used } => {
                let (unit, total) = UNITS[unit];
                self.tell(Event::Device(measured(unit, total, used)));
            }
            Act::Sleep { millis } => self.now = self.now + Duration::from_millis(millis),
            Act::Back { millis } => {
                self.now = Timestamp::from_epoch(self.now.since_epoch().saturating_sub(Duration::from_millis(millis)));
            }
        }
        self.poll();
    }

    fn moving(&self, wanted: Phase) -> Vec<(DeviceId, ModelId)> {
        self.memory.iter().filter(|(_, (_, phase))| *phase == wanted).map(|(key, _)| key.clone()).collect()
    }

    fn submit(&mut self, run: u8, drafts: Vec<Draft>) {
        let mut jobs: Vec<Job> = Vec::new();
        for draft in drafts {
            self.names += 1;
            let name = id(&format!("r{run}/{}", self.names));
            let after: BTreeSet<_> = if jobs.is_empty() {
                BTreeSet::new()
            } else {
                draft.after.iter().map(|index| index.get(&jobs).id.step.clone()).collect()
            };
            let mut job = Job::new(name, draft.candidates).with_after(after).with_priority(Priority(draft.priority));
            job.deadline = draft.due_in.map(|millis| self.now + Duration::from_millis(millis));
            job.working = Bytes(draft.working);
            job.split = draft.split;
            job.batch = draft.batch.map(|key| Batch { key, size: 1 });
            job.timeout = draft.timeout.map(Duration::from_millis);
            jobs.push(job);
        }
        self.tell(Event::Submit(jobs.clone()));
        self.facts.extend(jobs.into_iter().map(|job| (job.id.clone(), Fact { job, starts: 0, done: 0, ending: None })));
    }

    fn demand(&mut self, job: JobId, working: Bytes, split: Option<Split>) {
        let told = self.scheduler.handle(Event::Demand { job: job.clone(), working, split }, self.now);
        let fact = &self.facts[&job];
        let mut predecessors = fact.job.after.iter().map(|step| JobId { step: step.clone(), ..job.clone() });
        let blocked = predecessors.any(|predecessor| self.facts[&predecessor].ending != Some(Ending::Succeeded));
        if blocked && fact.ending.is_none() {
            assert_eq!(told, Ok(()));
            let fact = self.facts.get_mut(&job).unwrap();
            (fact.job.working, fact.job.split) = (working, split);
        } else {
            assert_eq!(told, Err(Error::NotBlocked { job }));
        }
    }

    fn finish(&mut self, job: JobId, how: Finish, twice: bool) {
        let running = self.running.remove(&job).unwrap();
        if let (Finish::Succeeded, Some(units)) = (how, running.units) {
            self.facts.get_mut(&job).unwrap().done = units.end;
        }
        if let Some(held) = self.held.get_mut(&running.attempt) {
            held.jobs -= 1;
            if held.jobs == 0 {
                self.held.remove(&running.attempt);
            }
        }
        self.tell(Event::Finished { job: job.clone(), how });
        if twice {
            let again = self.scheduler.handle(Event::Finished { job: job.clone(), how }, self.now);
            assert_eq!(again, Err(Error::NotRunning { job }));
        }
    }

    fn load(&mut self, key: (DeviceId, ModelId), works: bool) {
        let (device, model) = key.clone();
        if works {
            self.memory.get_mut(&key).unwrap().1 = Phase::Ready;
            self.tell(Event::Loaded { model, device });
        } else {
            self.memory.remove(&key);
            self.broken.insert(model.clone());
            self.tell(Event::LoadFailed { model, device });
        }
    }

    fn unload(&mut self, key: (DeviceId, ModelId)) {
        self.memory.remove(&key);
        let (device, model) = key;
        self.tell(Event::Unloaded { model, device });
    }

    /// Asks until there is nothing to do, and checks every answer.
    fn poll(&mut self) {
        loop {
            let decision = self.scheduler.poll(self.now);
            match decision.clone() {
                Decision::Start { batch, executor, device } => {
                    self.began(&batch, &executor, &device);
                    for member in batch {
                        self.started(member, &executor, device.clone());
                    }
                }
                Decision::Degrade { .. } => {}
                Decision::Stop { job } => assert!(self.running.contains_key(&job), "{job} does not run"),
                Decision::Load { model, device, memory } => {
                    let there = self.memory.insert((device.clone(), model), (memory, Phase::Loading));
                    assert_eq!(there, None);
                    self.fits(&device);
                }
                Decision::Unload { model, device } => {
                    assert!(!self.in_use(&model, &device), "{model} is in use");
                    let entry = self.memory.get_mut(&(device, model)).unwrap();
                    assert_eq!(entry.1, Phase::Ready);
                    entry.1 = Phase::Unloading;
                }
                Decision::End { job, ending } => self.ended(&job, ending),
                Decision::Wait { .. } | Decision::Idle => {
                    self.last = decision;
                    break;
                }
            }
        }
        self.agrees();
        self.missed_nothing();
    }
}

fn pick<'a, T: Clone + 'a>(from: impl Iterator<Item = &'a T>, which: Index) -> Option<T> {
    let all: Vec<_> = from.collect();
    (!all.is_empty()).then(|| (*which.get(&all)).clone())
}
