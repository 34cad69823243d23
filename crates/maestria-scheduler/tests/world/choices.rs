//! What can happen next, for a search through all that may.

use super::*;

impl World {
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
