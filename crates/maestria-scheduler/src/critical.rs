//! Steps on the critical path of a plan go first, all else being equal.

use std::{collections::HashMap, time::Duration};

use crate::{Job, JobId, Order};

/// The places of jobs that are submitted together among those that are equal otherwise.
///
/// Under [`Order::Aged`] a job comes the earlier, the longer the longest chain of work is that begins with it: the critical path of what is
/// left of its plan, by expected run times (list scheduling by highest level first; Hu 1961, Graham 1969). Under the other orders jobs keep
/// the order of the submission. It must be free of cycles.
pub(crate) fn numbers(jobs: &[Job], order: Order) -> Vec<u64> {
    let mut numbers: Vec<u64> = (0..jobs.len() as u64).collect();
    if order != Order::Aged || jobs.iter().all(|job| job.after.is_empty()) {
        return numbers;
    }
    let levels = levels(jobs);
    let mut sorted: Vec<_> = levels.iter().zip(&mut numbers).collect();
    sorted.sort_by(|(a, _), (b, _)| b.cmp(a));
    for ((_, number), place) in sorted.into_iter().zip(0..) {
        *number = place;
    }
    numbers
}

/// The expected run time of each job and of the longest chain that waits for it.
fn levels(jobs: &[Job]) -> Vec<Duration> {
    let places: HashMap<JobId, usize> = jobs.iter().enumerate().map(|(place, job)| (job.id.clone(), place)).collect();
    let before = |job: &Job| -> Vec<usize> {
        job.after.iter().filter_map(|step| places.get(&job.id.sibling(step.clone())).copied()).collect()
    };
    let predecessors: Vec<Vec<usize>> = jobs.iter().map(before).collect();
    let mut followers = vec![0_usize; jobs.len()];
    for &place in predecessors.iter().flatten() {
        if let Some(count) = followers.get_mut(place) {
            *count += 1;
        }
    }
    let mut levels = vec![Duration::ZERO; jobs.len()];
    let mut ready: Vec<usize> = (0..jobs.len()).filter(|&place| followers.get(place) == Some(&0)).collect();
    while let Some(place) = ready.pop() {
        let run =
            jobs.get(place).and_then(|job| job.candidates.first()).map_or(Duration::ZERO, |first| first.expected.run);
        let Some(level) = levels.get_mut(place) else { continue };
        *level = level.saturating_add(run);
        let level = *level;
        for &before in predecessors.get(place).into_iter().flatten() {
            if let (Some(longest), Some(count)) = (levels.get_mut(before), followers.get_mut(before)) {
                *longest = level.max(*longest);
                *count -= 1;
                if *count == 0 {
                    ready.push(before);
                }
            }
        }
    }
    levels
}

#[cfg(test)]
mod tests {
    use maestria_vocabulary::{Candidate, Executor, Expected, Needs};

    use super::*;

    fn job(step: &str, run: u64, after: &[&str]) -> Job {
        let id = JobId { run: "plan".parse().unwrap(), step: step.parse().unwrap() };
        let executor = Executor::Tool("work".parse().unwrap());
        let expected = Expected { run: Duration::from_secs(run), ..Expected::default() };
        let after = after.iter().map(|step| step.parse().unwrap());
        Job::new(id, vec![Candidate { executor, needs: Needs::default(), expected }]).with_after(after)
    }

    #[test]
    fn the_critical_path_goes_first_and_equals_keep_their_order() {
        let check = |jobs: &[Job], order, expected: &[u64]| assert_eq!(numbers(jobs, order), expected, "{order:?}");
        // A short step before a long one, a lone step, the long one, and one like the lone one.
        let plan =
            [job("lone", 4, &[]), job("short", 1, &[]), job("long", 9, &["short", "short"]), job("like", 4, &[])];
        check(&plan, Order::Aged, &[2, 0, 1, 3]);
        check(&plan, Order::Fifo, &[0, 1, 2, 3]);
        check(&plan[..2], Order::Aged, &[0, 1]);
        check(&[], Order::Aged, &[]);
    }
}
