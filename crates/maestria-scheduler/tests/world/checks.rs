//! What must hold of every decision, and whenever nothing is left to decide.

use super::*;

impl World {
    pub(super) fn started(&mut self, member: Member, executor: &Executor, device: DeviceId) {
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
    pub(super) fn began(&mut self, batch: &[Member], executor: &Executor, device: &DeviceId) {
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

    pub(super) fn ended(&mut self, job: &JobId, ending: Ending) {
        let whole = self.facts[job].job.split.is_none_or(|split| [0, split.units].contains(&self.facts[job].done));
        assert!(ending != Ending::Succeeded || whole, "{job} is not done");
        let fact = self.facts.get_mut(job).unwrap();
        assert_eq!(fact.ending.replace(ending), None, "{job} ends twice");
    }

    pub(super) fn in_use(&self, model: &ModelId, device: &DeviceId) -> bool {
        let executor = Executor::Model(model.clone());
        self.held.values().any(|held| held.executor == executor && held.device == *device)
    }

    pub(super) fn promised(&self, device: &DeviceId) -> Bytes {
        let models = self.memory.iter().filter(|((on, _), _)| on == device).map(|(_, (bytes, _))| *bytes);
        let attempts = self.held.values().filter(|held| held.device == *device);
        models.chain(attempts.map(|held| held.memory)).sum()
    }

    /// A promise that was just made is covered.
    pub(super) fn fits(&self, device: &DeviceId) {
        let view = self.scheduler.scheduler().devices().into_iter().find(|view| view.id == *device).unwrap();
        assert!(self.promised(device) + view.others <= view.total, "{view:?} is over-committed");
    }

    /// The ledger says what the world is like.
    pub(super) fn agrees(&self) {
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

    pub(super) fn leases(&self, device: &DeviceId) -> usize {
        let on = self.held.values().filter(|held| held.device == *device);
        on.filter(|held| matches!(held.executor, Executor::Model(_))).count()
    }

    /// Nothing waits for something that will not come, nor for something that is there.
    pub(super) fn missed_nothing(&self) {
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
    pub(super) fn waits_untried(&self, fact: &Fact) -> bool {
        let step = |step| &self.facts[&JobId { run: fact.job.id.run.clone(), step }];
        let ready = fact.job.after.iter().cloned().map(step).all(|fact| fact.ending == Some(Ending::Succeeded));
        let sound = match &fact.job.candidates[0].executor {
            Executor::Model(model) => !self.broken.contains(model),
            Executor::Tool(_) => true,
        };
        let plain = fact.job.working == Bytes::ZERO;
        plain && ready && sound && fact.ending.is_none() && fact.starts == 0 && fact.job.candidates.len() == 1
    }

    pub(super) fn could_start(&self, candidate: &Candidate) -> bool {
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
