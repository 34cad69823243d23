//! Virtual time: plays a scene through the scheduler, which cannot tell it from a driver.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap},
    time::Duration,
};

use maestria::scheduler::{Decision, Ending, Event, Finish, Job, JobId, Member, Priority, Scheduler};
use maestria::{Candidate, DeviceId, DeviceKind, Executor, Expected, ModelId, Needs, StepId, Timestamp};

use crate::{
    Result,
    policy::{Deadlines, Policy, model_id},
    trace::Setup,
    workload::{Class, Scene, Work},
};

/// What became of a scene under a policy.
#[derive(Debug)]
pub(crate) struct Played {
    /// What became of each piece of work.
    pub(crate) fates: Vec<Fate>,
    pub(crate) loads: usize,
    pub(crate) load_time: Duration,
}

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Fate {
    /// When it was first started.
    pub(crate) start: Option<Duration>,
    pub(crate) end: Duration,
    pub(crate) succeeded: bool,
}

/// Something that will happen, told apart from others at the same time by its number.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Due {
    at: Timestamp,
    number: u64,
    what: Happening,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Happening {
    Finished { place: usize, attempt: u64, succeeded: bool },
    Loaded { model: ModelId, device: DeviceId },
    Unloaded { model: ModelId, device: DeviceId },
}

struct World<'a> {
    scene: &'a Scene,
    policy: Policy,
    scheduler: Scheduler,
    now: Timestamp,
    coming: BinaryHeap<Reverse<Due>>,
    number: u64,
    /// Pieces of work that were started once.
    started: usize,
    /// The attempt under way at each piece of work.
    attempts: HashMap<usize, u64>,
    played: Played,
}

/// Plays a scene from its first arrival until nothing is left to do.
pub(crate) fn play(scene: &Scene, policy: Policy, setup: &Setup) -> Result<Played> {
    let mut world = World {
        scene,
        policy,
        scheduler: policy.scheduler(scene, setup),
        now: Timestamp::ZERO,
        coming: BinaryHeap::new(),
        number: 0,
        started: 0,
        attempts: HashMap::new(),
        played: Played { fates: vec![Fate::default(); scene.work.len()], loads: 0, load_time: Duration::ZERO },
    };
    for device in &scene.devices {
        world.tell(Event::Device(device.clone()))?;
    }
    world.run().map_err(|error| format!("{}: {error}", scene.name))?;
    Ok(world.played)
}

impl World<'_> {
    fn run(&mut self) -> Result {
        let mut arrived = 0;
        loop {
            let wake = self.obey()?;
            // Strictly one after the other, the next is not called before all earlier ones have started.
            let called = !self.policy.is_strict() || self.scene.plan || self.started == arrived;
            let next = self.scene.work.get(arrived).filter(|_| called);
            let arrival = next.map(|work| Timestamp::from_epoch(work.arrival).max(self.now));
            let due = self.coming.peek().map(|Reverse(due)| due.at);
            let Some(next) = [arrival, due, wake].into_iter().flatten().min() else { return Ok(()) };
            self.now = self.now.max(next);
            if due == Some(next) {
                if let Some(Reverse(due)) = self.coming.pop() {
                    self.happen(due.what)?;
                }
            } else if arrival == Some(next) {
                arrived = self.submit(arrived)?;
            }
        }
    }

    /// Submits the next piece of work, or all that hangs together with it. Gives what comes after.
    fn submit(&mut self, first: usize) -> Result<usize> {
        let last = if self.scene.plan { self.scene.work.len() } else { first + 1 };
        let work = self.scene.work.get(first..last).unwrap_or_default();
        let jobs = (first..).zip(work).map(|(place, work)| self.job(place, work)).collect::<Result<Vec<_>>>()?;
        self.tell(Event::Submit(jobs))?;
        Ok(last)
    }

    fn job(&self, place: usize, work: &Work) -> Result<Job> {
        let model = work.model.and_then(|place| Some((model_id(place)?, self.scene.models.get(place)?)));
        let devices = self.scene.devices.first().map(|device| device.kind).into_iter().collect::<Vec<DeviceKind>>();
        let candidate = match model {
            Some((id, model)) => Candidate {
                executor: Executor::Model(id),
                needs: Needs { memory: model.memory, devices },
                // A load that takes no time is still one to be avoided.
                expected: Expected {
                    load: model.load.max(Duration::from_nanos(1)),
                    run: work.run,
                    ..Expected::default()
                },
            },
            None => Candidate {
                executor: Executor::Tool("work".parse()?),
                needs: Needs { devices, ..Needs::default() },
                expected: Expected { run: work.run, ..Expected::default() },
            },
        };
        let mut job = Job::new(self.id(place)?, vec![candidate]).with_priority(priority(work.class));
        job.after = work.after.iter().map(|&place| step(place)).collect::<Result<_>>()?;
        /// Later than anything ends: the order of deadlines stays, and nothing is ever late.
        const NEVER: Duration = Duration::from_secs(1 << 33);
        job.deadline = match self.policy.deadlines() {
            Deadlines::Untold => None,
            Deadlines::Ordered => work.due.map(|due| Timestamp::from_epoch(due + NEVER)),
            Deadlines::Told => work.due.map(Timestamp::from_epoch),
        };
        Ok(job)
    }

    fn id(&self, place: usize) -> Result<JobId> {
        let run = if self.scene.plan { "plan".parse() } else { place.to_string().parse() };
        Ok(JobId { run: run?, step: step(place)? })
    }

    fn happen(&mut self, what: Happening) -> Result {
        match what {
            Happening::Finished { place, attempt, succeeded } => {
                // An attempt that was stopped has been answered.
                if self.attempts.get(&place) != Some(&attempt) {
                    return Ok(());
                }
                self.attempts.remove(&place);
                let job = self.id(place)?;
                let how = if succeeded { Finish::Succeeded } else { Finish::Failed };
                self.tell(Event::Finished { job, how })
            }
            Happening::Loaded { model, device } => self.tell(Event::Loaded { model, device }),
            Happening::Unloaded { model, device } => self.tell(Event::Unloaded { model, device }),
        }
    }

    /// Does what the machine decides, until it waits. Gives when it wants to be asked again.
    fn obey(&mut self) -> Result<Option<Timestamp>> {
        loop {
            match self.scheduler.poll(self.now) {
                Decision::Start { batch, .. } => {
                    batch.into_iter().try_for_each(|member| self.start(&member))?;
                }
                Decision::Stop { job } => {
                    let place = place(&job)?;
                    let attempt = self.attempts.get(&place).copied().unwrap_or_default();
                    self.later(Duration::ZERO, Happening::Finished { place, attempt, succeeded: false });
                }
                Decision::Load { model, device, .. } => {
                    let place: usize = model.as_str().parse()?;
                    let load = self.scene.models.get(place).map(|model| model.load).unwrap_or_default();
                    self.played.loads += 1;
                    self.played.load_time += load;
                    self.later(load, Happening::Loaded { model, device });
                }
                Decision::Unload { model, device } => self.later(Duration::ZERO, Happening::Unloaded { model, device }),
                Decision::End { job, ending } => {
                    let now = self.now.since_epoch();
                    let fate = self.played.fates.get_mut(place(&job)?).ok_or("unknown work")?;
                    (fate.end, fate.succeeded) = (now, ending == Ending::Succeeded);
                }
                // It goes on with less, which the next start says.
                Decision::Degrade { .. } => {}
                Decision::Wait { until } => return Ok(until),
                Decision::Idle => return Ok(None),
            }
        }
    }

    fn start(&mut self, member: &Member) -> Result {
        let place = place(&member.job)?;
        let now = self.now.since_epoch();
        let fate = self.played.fates.get_mut(place).ok_or("unknown work")?;
        if fate.start.is_none() {
            fate.start = Some(now);
            self.started += 1;
        }
        let run = self.scene.work.get(place).ok_or("unknown work")?.run;
        self.attempts.insert(place, self.number);
        self.later(run, Happening::Finished { place, attempt: self.number, succeeded: true });
        Ok(())
    }

    fn later(&mut self, delay: Duration, what: Happening) {
        self.coming.push(Reverse(Due { at: self.now + delay, number: self.number, what }));
        self.number += 1;
    }

    fn tell(&mut self, event: Event) -> Result {
        Ok(self.scheduler.handle(event, self.now)?)
    }
}

fn step(place: usize) -> Result<StepId> {
    Ok(place.to_string().parse()?)
}

fn place(job: &JobId) -> Result<usize> {
    Ok(job.step.as_str().parse()?)
}

fn priority(class: Class) -> Priority {
    Priority(match class {
        Class::Interactive => 100,
        Class::Standard => 0,
        Class::Batch => -100,
    })
}
