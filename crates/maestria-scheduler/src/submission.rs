//! Checks a submission before anything of it is taken.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use maestria_vocabulary::RunId;

use crate::{Error, Job, JobId, Result, Settings, jobs::Jobs};

/// Whether all of `jobs` can be taken, beside those that are known.
pub(crate) fn check(jobs: &[Job], known: &Jobs, settings: &Settings) -> Result<()> {
    let room = settings.capacity.saturating_sub(known.open());
    if jobs.len() > room {
        return Err(Error::QueueFull { submitted: jobs.len(), room });
    }
    if let [job] = jobs
        && job.after.is_empty()
    {
        return check_alone(job, known, settings);
    }
    let mut names = HashSet::new();
    let mut runs: BTreeMap<&RunId, usize> = BTreeMap::new();
    for job in jobs {
        if known.knows(job) || !names.insert(&job.id) {
            return Err(Error::DuplicateJob { job: job.id.clone() });
        }
        if job.candidates.is_empty() {
            return Err(Error::NoCandidate { job: job.id.clone() });
        }
        *runs.entry(&job.id.run).or_default() += 1;
    }
    for (run, more) in runs {
        check_length(run, known.steps(run).saturating_add(more), settings)?;
    }
    for job in jobs {
        for step in &job.after {
            let predecessor = job.id.sibling(step.clone());
            if !names.contains(&predecessor) && known.find(&predecessor).is_none() {
                return Err(Error::UnknownPredecessor { job: job.id.clone(), predecessor: step.clone() });
            }
        }
    }
    if jobs.iter().all(|job| job.after.is_empty()) { Ok(()) } else { check_acyclic(jobs, &names) }
}

/// The same for one job that waits for nothing, which needs no tables.
fn check_alone(job: &Job, known: &Jobs, settings: &Settings) -> Result<()> {
    let steps = known.steps(&job.id.run);
    if steps > 0 && known.knows(job) {
        return Err(Error::DuplicateJob { job: job.id.clone() });
    }
    if job.candidates.is_empty() {
        return Err(Error::NoCandidate { job: job.id.clone() });
    }
    check_length(&job.id.run, steps.saturating_add(1), settings)
}

/// Whether so many steps can be remembered of a run.
fn check_length(run: &RunId, steps: usize, settings: &Settings) -> Result<()> {
    let most = settings.longest_run;
    if steps > most { Err(Error::RunTooLong { run: run.clone(), steps, most }) } else { Ok(()) }
}

/// Takes jobs away whose predecessors are gone until none is left (Kahn 1962). Earlier submissions cannot name later ones, so a cycle
/// lies within one.
fn check_acyclic(jobs: &[Job], names: &HashSet<&JobId>) -> Result<()> {
    let mut unmet: HashMap<&JobId, usize> = HashMap::new();
    let mut followers: HashMap<JobId, Vec<&JobId>> = HashMap::new();
    for job in jobs {
        let predecessors =
            job.after.iter().collect::<BTreeSet<_>>().into_iter().map(|step| job.id.sibling(step.clone()));
        let inner: Vec<_> = predecessors.filter(|predecessor| names.contains(predecessor)).collect();
        unmet.insert(&job.id, inner.len());
        for predecessor in inner {
            followers.entry(predecessor).or_default().push(&job.id);
        }
    }
    let mut free: Vec<&JobId> = jobs.iter().map(|job| &job.id).filter(|id| unmet.get(id) == Some(&0)).collect();
    while let Some(id) = free.pop() {
        unmet.remove(id);
        for follower in followers.remove(id).unwrap_or_default() {
            if let Some(count) = unmet.get_mut(follower) {
                *count -= 1;
                if *count == 0 {
                    free.push(follower);
                }
            }
        }
    }
    match jobs.iter().find(|job| unmet.contains_key(&job.id)) {
        Some(job) => Err(Error::Cycle { job: job.id.clone() }),
        None => Ok(()),
    }
}
