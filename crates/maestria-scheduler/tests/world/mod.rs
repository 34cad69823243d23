//! A world around the machine: what a driver would know, kept without any of the machine's code, and compared with it at every step.

#![allow(dead_code, reason = "each test binary uses a part of it")]

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

    fn started(&mut self, member: Member, executor: &Executor, device: DeviceId) {
        let Member { job: id, candidate, units } = member;
        let job = self.facts[&id].job.clone();
        assert_eq!(self.facts[&id].ending, None, "{id} has ended");
        assert!(!self.running.contains_key(&id), "{id} runs already");
        for step in &job.after {
            let predecessor = &self.facts[&JobId { run: id.run.clone(), step: step.clone() }];
            assert_eq!(predecessor.ending, Some(Ending::Succeeded), "{id} starts too early");
        }
        let chosen = &job.candidates[candidate];
        assert_eq!(chosen.executor, *executor);
        let fact = self.facts.get_mut(&id).unwrap();
        fact.starts += 1;
        if let Some(units) = &units {
            let split = fact.job.split.unwrap();
            assert_eq!(units.start, fact.done, "{id} goes on where it was");
            assert!(units.end <= split.units && (units.len() as u32 >= split.least.max(1) || units.end == split.units));
        }
        self.running.insert(id, Running { device, attempt: self.attempts, units, lost: false });
    }

    /// What an attempt takes is there.
    fn began(&mut self, batch: &[Member], executor: &Executor, device: &DeviceId) {
        let working: Bytes = batch.iter().map(|member| working(&self.facts[&member.job].job, member)).sum();
        let memory = match executor {
            Executor::Model(model) => {
                assert_eq!(self.memory[&(device.clone(), model.clone())].1, Phase::Ready);
                working
            }
            Executor::Tool(_) => {
                let own = |member: &Member| self.facts[&member.job].job.candidates[member.candidate].needs.memory;
                working + batch.iter().map(own).sum()
            }
        };
        let keys: HashSet<_> = batch.iter().map(|member| self.facts[&member.job].job.batch).collect();
        assert!(batch.len() == 1 || keys.len() == 1 && !keys.contains(&None), "{batch:?} have nothing in common");
        self.attempts += 1;
        let held = Held { device: device.clone(), executor: executor.clone(), memory, jobs: batch.len() };
        self.held.insert(self.attempts, held);
        if memory > Bytes::ZERO {
            self.fits(device);
        }
    }

    fn ended(&mut self, job: &JobId, ending: Ending) {
        let whole = self.facts[job].job.split.is_none_or(|split| [0, split.units].contains(&self.facts[job].done));
        assert!(ending != Ending::Succeeded || whole, "{job} is not done");
        let fact = self.facts.get_mut(job).unwrap();
        assert_eq!(fact.ending.replace(ending), None, "{job} ends twice");
    }

    fn in_use(&self, model: &ModelId, device: &DeviceId) -> bool {
        let executor = Executor::Model(model.clone());
        self.held.values().any(|held| held.executor == executor && held.device == *device)
    }

    fn promised(&self, device: &DeviceId) -> Bytes {
        let models = self.memory.iter().filter(|((on, _), _)| on == device).map(|(_, (bytes, _))| *bytes);
        let attempts = self.held.values().filter(|held| held.device == *device);
        models.chain(attempts.map(|held| held.memory)).sum()
    }

    /// A promise that was just made is covered.
    fn fits(&self, device: &DeviceId) {
        let view = self.scheduler.scheduler().devices().into_iter().find(|view| view.id == *device).unwrap();
        assert!(self.promised(device) + view.others <= view.total, "{view:?} is over-committed");
    }

    /// The ledger says what the world is like.
    fn agrees(&self) {
        for view in self.scheduler.scheduler().devices() {
            assert_eq!(view.promised, self.promised(&view.id), "{view:?}");
            assert!(view.promised <= view.total);
            let busy = self.held.values().filter(|held| held.device == view.id).count();
            assert_eq!(view.busy, busy);
            assert!(busy <= view.slots);
            assert_eq!(view.residents.iter().map(|resident| resident.leases).sum::<usize>(), self.leases(&view.id));
        }
        assert_eq!(self.scheduler.scheduler().running().len(), self.running.len());
        for (place, job) in self.scheduler.scheduler().queued().into_iter().enumerate() {
            assert_eq!(self.scheduler.scheduler().position(&job), Some(place));
        }
    }

    fn leases(&self, device: &DeviceId) -> usize {
        let on = self.held.values().filter(|held| held.device == *device);
        on.filter(|held| matches!(held.executor, Executor::Model(_))).count()
    }

    /// Nothing waits for something that will not come, nor for something that is there.
    fn missed_nothing(&self) {
        let moving = self.memory.values().any(|(_, phase)| *phase != Phase::Ready);
        if !moving && self.running.is_empty() {
            assert_eq!(self.last, Decision::Idle, "nothing is under way, yet it waits");
        }
        if let Decision::Wait { until: Some(until) } = self.last {
            assert!(until > self.now);
        }
        if self.last == Decision::Idle {
            assert!(self.facts.values().all(|fact| fact.ending.is_some()));
        }
        if self.eager {
            for fact in self.facts.values().filter(|fact| self.waits_untried(fact)) {
                assert!(!self.could_start(&fact.job.candidates[0]), "{fact:?} could start");
            }
        }
    }

    /// Whether a job is ready and has only one candidate, at which nothing went wrong.
    fn waits_untried(&self, fact: &Fact) -> bool {
        let step = |step| &self.facts[&JobId { run: fact.job.id.run.clone(), step }];
        let ready = fact.job.after.iter().cloned().map(step).all(|fact| fact.ending == Some(Ending::Succeeded));
        let sound = match &fact.job.candidates[0].executor {
            Executor::Model(model) => !self.broken.contains(model),
            Executor::Tool(_) => true,
        };
        let plain = fact.job.working == Bytes::ZERO;
        plain && ready && sound && fact.ending.is_none() && fact.starts == 0 && fact.job.candidates.len() == 1
    }

    fn could_start(&self, candidate: &Candidate) -> bool {
        let ready = |device: &DeviceId, model: &ModelId| {
            self.memory.get(&(device.clone(), model.clone())).is_some_and(|(_, phase)| *phase == Phase::Ready)
        };
        self.scheduler.scheduler().devices().iter().filter(|view| view.kind.serves(&candidate.needs)).any(|view| {
            view.busy < view.slots
                && match &candidate.executor {
                    Executor::Model(model) => ready(&view.id, model),
                    Executor::Tool(_) => candidate.needs.memory <= view.free,
                }
        })
    }

    /// What can happen next.
    pub(crate) fn choices(&self) -> Vec<Choice> {
        let finishes = [Finish::Succeeded, Finish::Failed, Finish::Elsewhere, Finish::OutOfMemory];
        let answers = |job: &JobId| finishes.map(|how| Choice::Finish(job.clone(), how));
        let mut choices: Vec<_> = self.running.keys().flat_map(answers).collect();
        choices.extend(
            self.moving(Phase::Loading)
                .into_iter()
                .flat_map(|key| [true, false].map(|works| Choice::Load(key.clone(), works))),
        );
        choices.extend(self.moving(Phase::Unloading).into_iter().map(Choice::Unload));
        choices
    }

    pub(crate) fn choose(&mut self, choice: Choice) {
        match choice {
            Choice::Finish(job, how) => self.finish(job, how, true),
            Choice::Load(key, works) => self.load(key, works),
            Choice::Unload(key) => self.unload(key),
        }
        self.poll();
    }

    /// All that can be seen of the machine and the world.
    pub(crate) fn seen(&self) -> String {
        let Self { scheduler, facts, running, held, memory, broken, last, .. } = self;
        let held: Vec<_> = held.values().collect();
        let running: Vec<_> = running.iter().map(|(job, running)| (job, &running.device, running.lost)).collect();
        format!(
            "{:?} {:?} {:?} {facts:?} {running:?} {held:?} {memory:?} {broken:?} {last:?}",
            scheduler.scheduler().devices(),
            scheduler.scheduler().queued(),
            scheduler.scheduler().running(),
        )
    }

    /// Answers everything with success until nothing is under way.
    pub(crate) fn settle(&mut self) {
        self.poll();
        while self.last != Decision::Idle {
            if let Some(job) = self.running.keys().next().cloned() {
                self.finish(job, Finish::Succeeded, false);
            } else if let Some(key) = self.moving(Phase::Loading).pop() {
                self.load(key, true);
            } else if let Some(key) = self.moving(Phase::Unloading).pop() {
                self.unload(key);
            }
            self.poll();
        }
    }

    /// Lets a tool have all memory of the processor, and of no other device, so that every model has to leave it.
    pub(crate) fn sweep(&mut self) {
        let (unit, total) = UNITS[0];
        self.tell(Event::Device(measured(unit, total, 0)));
        let sweeper = job("sweep/all", [tool("sweeper", total)]);
        self.tell(submit([sweeper.clone()]));
        self.facts.insert(sweeper.id.clone(), Fact { job: sweeper, starts: 0, done: 0, ending: None });
        self.settle();
        assert_eq!(self.facts[&id("sweep/all")].ending, Some(Ending::Succeeded));
        assert_eq!(self.promised(&DeviceId::local(unit)), Bytes::ZERO);
    }
}

fn pick<'a, T: Clone + 'a>(from: impl Iterator<Item = &'a T>, which: Index) -> Option<T> {
    let all: Vec<_> = from.collect();
    (!all.is_empty()).then(|| (*which.get(&all)).clone())
}

/// What a member works in: its share, with four significant binary digits.
fn working(job: &Job, member: &Member) -> Bytes {
    let share = match (&member.units, job.split) {
        (Some(units), Some(split)) => (job.working.0 * units.len() as u64).div_ceil(u64::from(split.units)),
        _ => job.working.0,
    };
    let step = 1_u64 << share.max(1).ilog2().saturating_sub(3);
    Bytes(share.div_ceil(step) * step)
}
