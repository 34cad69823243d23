//! What each step waits for within its run.

use std::collections::{BTreeSet, HashMap};

use maestria_vocabulary::{RunId, StepId};

use crate::{Job, JobId};

/// The runs that have something to do. A run is remembered until its last job has ended and its last attempt is answered; until then,
/// later submissions may name its steps, ended ones included.
#[derive(Debug, Default)]
pub(crate) struct Runs(HashMap<RunId, Run>);

#[derive(Debug, Default)]
struct Run {
    steps: HashMap<StepId, Step>,
    /// Jobs that have not ended, and attempts that are not answered.
    open: usize,
}

#[derive(Debug, Default)]
struct Step {
    fate: Fate,
    /// Predecessors that have not succeeded yet.
    unmet: usize,
    followers: Vec<StepId>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Fate {
    #[default]
    Open,
    Succeeded,
    Unsuccessful,
}

/// Whether a step may start.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// All its predecessors have succeeded.
    Ready,
    /// Some have yet to end.
    Waiting,
    /// This one ended without success.
    Doomed(StepId),
}

impl Runs {
    /// Whether a step of this name is remembered.
    pub(crate) fn knows(&self, job: &JobId) -> bool {
        self.step(job).is_some()
    }

    /// Adds jobs, whose names are new and whose predecessors are known or among them, and tells how each stands.
    pub(crate) fn admit(&mut self, jobs: &[Job]) -> Vec<Standing> {
        for job in jobs {
            let run = self.0.entry(job.id.run.clone()).or_default();
            run.steps.insert(job.id.step.clone(), Step::default());
            run.open += 1;
        }
        jobs.iter().map(|job| self.link(job)).collect()
    }

    fn link(&mut self, job: &Job) -> Standing {
        let Some(run) = self.0.get_mut(&job.id.run) else { return Standing::Ready };
        let mut unmet = 0;
        let mut doom = None;
        for predecessor in job.after.iter().collect::<BTreeSet<_>>() {
            let Some(step) = run.steps.get_mut(predecessor) else { continue };
            match step.fate {
                Fate::Open => {
                    step.followers.push(job.id.step.clone());
                    unmet += 1;
                }
                Fate::Succeeded => {}
                Fate::Unsuccessful => doom = Some(predecessor.clone()),
            }
        }
        if let Some(step) = run.steps.get_mut(&job.id.step) {
            step.unmet = unmet;
        }
        match doom {
            Some(predecessor) => Standing::Doomed(predecessor),
            None if unmet == 0 => Standing::Ready,
            None => Standing::Waiting,
        }
    }

    /// A job has ended. Gives the jobs that this decides: those that may start now, or those that never will.
    pub(crate) fn end(&mut self, job: &JobId, succeeded: bool) -> Vec<JobId> {
        let Some(run) = self.0.get_mut(&job.run) else { return Vec::new() };
        let Some(step) = run.steps.get_mut(&job.step) else { return Vec::new() };
        step.fate = if succeeded { Fate::Succeeded } else { Fate::Unsuccessful };
        let mut decided = std::mem::take(&mut step.followers);
        decided.retain(|follower| {
            let Some(step) = run.steps.get_mut(follower) else { return false };
            step.unmet = step.unmet.saturating_sub(usize::from(succeeded));
            step.fate == Fate::Open && (!succeeded || step.unmet == 0)
        });
        self.close(&job.run);
        decided.into_iter().map(|step| job.sibling(step)).collect()
    }

    /// An attempt has begun: the run is remembered until it is answered.
    pub(crate) fn open(&mut self, run: &RunId) {
        self.0.entry(run.clone()).or_default().open += 1;
    }

    /// An attempt was answered.
    pub(crate) fn close(&mut self, run: &RunId) {
        if let Some(state) = self.0.get_mut(run) {
            state.open = state.open.saturating_sub(1);
            if state.open == 0 {
                self.0.remove(run);
            }
        }
    }

    /// The steps of a run that have not ended, in the order of their names.
    pub(crate) fn open_jobs(&self, run: &RunId) -> Vec<JobId> {
        let steps = self.0.get(run).into_iter().flat_map(|run| &run.steps);
        let open = steps.filter(|(_, step)| step.fate == Fate::Open);
        let mut jobs: Vec<_> = open.map(|(step, _)| JobId { run: run.clone(), step: step.clone() }).collect();
        jobs.sort_unstable();
        jobs
    }

    fn step(&self, job: &JobId) -> Option<&Step> {
        self.0.get(&job.run)?.steps.get(&job.step)
    }
}
