//! The jobs that could start if there were room: one line per thing they wait for, each in the order of rank.

use std::{collections::BTreeSet, hash::BuildHasher, ops::Bound, time::Duration};

use hashbrown::{DefaultHashBuilder, HashTable};

use crate::{
    devices::Devices,
    lane::{Lane, LaneId, Line},
    rank::Rank,
    slab::Ticket,
};

/// Jobs whose predecessors have succeeded and that do not run. Entering and leaving cost `O(log n)` in the number of jobs, the next head
/// `O(log l)` in the number of lanes.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    lines: Vec<Option<Line>>,
    vacant: Vec<LaneId>,
    by_lane: HashTable<LaneId>,
    hasher: DefaultHashBuilder,
    /// The first of each line that is not empty.
    heads: BTreeSet<(Rank, LaneId)>,
    /// The epoch of the devices that every line is up to date with; zero when one is not.
    epoch: u64,
}

/// Empty lines up to this number are kept for the next job, so that a lane that is used again need not be set up again.
const KEPT: usize = 256;

impl Queue {
    /// Adds a job that is expected to run for `run`; nothing when there is no such lane.
    pub(crate) fn enter(&mut self, id: LaneId, ticket: Ticket, rank: Rank, run: Duration) -> Option<LaneId> {
        let line = self.lines.get_mut(id.0 as usize)?.as_mut()?;
        let before = line.head();
        line.insert(rank, ticket, run);
        if line.head() != before {
            if let Some((before, _)) = before {
                self.heads.remove(&(before, id));
            }
            self.heads.insert((rank, id));
        }
        Some(id)
    }

    /// The place of a lane, which is made if there is none; nothing when there are too many to count.
    pub(crate) fn open(&mut self, lane: Lane) -> Option<LaneId> {
        let hash = self.hasher.hash_one(&lane);
        if let Some(id) = self.find_hashed(&lane, hash) {
            return Some(id);
        }
        let Self { lines, by_lane, hasher, vacant, epoch, .. } = self;
        let named = |id: LaneId| lines.get(id.0 as usize).and_then(Option::as_ref).map(|line| &line.lane);
        let id = vacant.pop().or_else(|| u32::try_from(lines.len()).ok().map(LaneId))?;
        by_lane.insert_unique(hash, id, |&id| named(id).map_or(0, |lane| hasher.hash_one(lane)));
        let line = Some(Line::new(lane));
        *epoch = 0;
        match lines.get_mut(id.0 as usize) {
            Some(slot) => *slot = line,
            None => lines.push(line),
        }
        Some(id)
    }

    /// Removes a job, if it is there.
    pub(crate) fn leave(&mut self, id: LaneId, rank: Rank, run: Duration) {
        let Some(line) = self.lines.get_mut(id.0 as usize).and_then(Option::as_mut) else { return };
        let before = line.head().map(|(head, _)| head);
        line.remove(rank, run);
        if before == Some(rank) {
            self.heads.remove(&(rank, id));
            if let Some((head, _)) = line.head() {
                self.heads.insert((head, id));
            } else if self.by_lane.len() > KEPT {
                self.drop_line(id);
            }
        }
    }

    fn drop_line(&mut self, id: LaneId) {
        let Some(line) = self.lines.get_mut(id.0 as usize).and_then(Option::take) else { return };
        if let Ok(found) = self.by_lane.find_entry(self.hasher.hash_one(&line.lane), |&other| other == id) {
            found.remove();
        }
        self.vacant.push(id);
    }

    /// The heads behind this one, or all, with their lines.
    pub(crate) fn heads_behind(&self, behind: Option<(Rank, LaneId)>) -> impl Iterator<Item = ((Rank, LaneId), &Line)> {
        let from = behind.map_or(Bound::Unbounded, Bound::Excluded);
        let heads = self.heads.range((from, Bound::Unbounded));
        heads.filter_map(|&head| self.line(head.1).map(|line| (head, line)))
    }

    /// The heads in the order of rank, with their lines.
    pub(crate) fn heads(&self) -> impl Iterator<Item = (Rank, &Line)> {
        self.heads.iter().filter_map(|&(rank, id)| self.line(id).map(|line| (rank, line)))
    }

    pub(crate) fn line(&self, id: LaneId) -> Option<&Line> {
        self.lines.get(id.0 as usize)?.as_ref()
    }

    /// Brings the lines up to date with the devices.
    pub(crate) fn refresh(&mut self, devices: &Devices) {
        if self.epoch != devices.epoch() {
            self.epoch = devices.epoch();
            self.lines.iter_mut().flatten().for_each(|line| line.refresh(devices));
        }
    }

    /// The place of a lane, if it has one.
    pub(crate) fn find(&self, lane: &Lane) -> Option<LaneId> {
        self.find_hashed(lane, self.hasher.hash_one(lane))
    }

    fn find_hashed(&self, lane: &Lane, hash: u64) -> Option<LaneId> {
        let named = |id: &LaneId| self.line(*id).is_some_and(|line| line.lane == *lane);
        self.by_lane.find(hash, named).copied()
    }

    /// The lines that are not empty, in the order of their heads.
    pub(crate) fn lines(&self) -> impl Iterator<Item = &Line> {
        self.heads().map(|(_, line)| line)
    }

    /// The jobs of the lanes that `wanted` chooses.
    pub(crate) fn jobs_in(&self, wanted: impl Fn(&Lane) -> bool) -> Vec<Ticket> {
        let lines = self.lines().filter(|line| wanted(&line.lane));
        lines.flat_map(Line::iter).collect()
    }
}

#[cfg(test)]
mod tests {
    use maestria_vocabulary::{Candidate, Executor, Expected, Needs, Timestamp};

    use super::*;
    use crate::{Job, JobId, Settings, lane::Shape, slab::Slab, way::Way};

    #[test]
    fn of_the_lanes_that_nothing_waits_in_some_are_kept() {
        let mut queue = Queue::default();
        let id = JobId { run: "r".parse().unwrap(), step: "s".parse().unwrap() };
        let rank = Rank::new(&Job::new(id, Vec::new()), Timestamp::ZERO, 0, &Settings::default());
        let ticket = Slab::default().vacancy().unwrap();
        let lane = |number: usize| {
            let executor = Executor::Tool(format!("t{number}").parse().unwrap());
            let candidate = Candidate { executor, needs: Needs::default(), expected: Expected::default() };
            Lane::new(&Way::from(candidate), Shape::default())
        };
        let more = KEPT + 44;
        let lanes: Vec<LaneId> = (0..more).map(|number| queue.open(lane(number)).unwrap()).collect();
        for &id in &lanes {
            assert_eq!(queue.enter(id, ticket, rank, Duration::ZERO), Some(id));
        }
        assert_eq!(queue.heads().count(), more);
        for &id in &lanes {
            queue.leave(id, rank, Duration::ZERO);
        }
        // Those that came empty first are gone, and their places are given again.
        let kept: Vec<usize> = (0..more).filter(|&number| queue.find(&lane(number)).is_some()).collect();
        assert_eq!(kept, (more - KEPT..more).collect::<Vec<_>>());
        assert_eq!(queue.open(lane(more)), Some(lanes[more - KEPT - 1]));
        assert!(queue.heads().next().is_none());
    }
}
