//! When a waiting job will probably start and be done.

use std::{borrow::Cow, collections::HashMap, time::Duration};

use maestria_vocabulary::{DeviceId, Timestamp};

use crate::{
    JobId, Scheduler,
    device::Device,
    entry::Entry,
    lane::{Lane, LaneId, Line, Reach},
    slab::Ticket,
    suitability,
    way::Way,
};

/// A moment that is not known for sure: it comes before `p10` in one of ten cases, before `p50` in every other, and before `p90` in nine.
///
/// The spread is that of what attempts took against what was expected of them, so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Likely {
    /// Lower decile.
    pub p10: Timestamp,
    /// Median.
    pub p50: Timestamp,
    /// Upper decile.
    pub p90: Timestamp,
}

impl Likely {
    fn later(self, other: Self) -> Self {
        Self { p10: self.p10.max(other.p10), p50: self.p50.max(other.p50), p90: self.p90.max(other.p90) }
    }
}

/// When a waiting job will probably run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forecast {
    /// The job.
    pub job: JobId,
    /// Waiting jobs of higher effective priority.
    pub position: usize,
    /// When it starts. Earlier jobs that are not there yet are not in it.
    pub start: Likely,
    /// When it is done, if its current candidate succeeds.
    pub end: Likely,
}

/// The standard normal quantile of nine tenths.
const DECILE: f64 = 1.2816;

/// Work that goes before, in seconds of one device, and the time that its model takes to come.
#[derive(Debug, Clone, Copy, Default)]
struct Ahead {
    work: Duration,
    load: Duration,
}

impl Scheduler {
    /// When a waiting job will probably start and be done, given what is known at `now`; nothing when it does not wait, or no device
    /// serves it or one of those it waits for.
    ///
    /// A job starts when its predecessors are done and the work that goes before it on its device is: what is left of the attempts there
    /// and the jobs of higher effective priority, divided by the slots; and its model has been loaded.
    #[must_use]
    pub fn forecast(&self, job: &JobId, now: Timestamp) -> Option<Forecast> {
        let ticket = self.jobs.find(job)?;
        let position = self.position(job)?;
        let (start, end) = self.forecast_from(ticket, now)?;
        Some(Forecast { job: job.clone(), position, start, end })
    }

    /// The forecasts of one job, with those of the open steps of its run before it.
    fn forecast_from(&self, wanted: Ticket, now: Timestamp) -> Option<(Likely, Likely)> {
        let run = &self.jobs.get(wanted)?.id.run;
        let mut unmet: HashMap<Ticket, u32> = HashMap::new();
        let mut from: HashMap<Ticket, Likely> = HashMap::new();
        let mut free: Vec<Ticket> = Vec::new();
        for ticket in self.jobs.open_in(run) {
            let Some(entry) = self.jobs.get(ticket) else { continue };
            unmet.insert(ticket, entry.unmet);
            if entry.unmet == 0 {
                free.push(ticket);
            }
        }
        let present = Likely { p10: now, p50: now, p90: now };
        while let Some(ticket) = free.pop() {
            let entry = self.jobs.get(ticket)?;
            let ready = from.get(&ticket).copied().unwrap_or(present);
            let times = self.forecast_entry(entry, ready, now);
            if ticket == wanted {
                return times;
            }
            let Some((_, end)) = times else { continue };
            for &follower in &entry.followers {
                let later = from.get(&follower).map_or(end, |known| known.later(end));
                from.insert(follower, later);
                if let Some(count) = unmet.get_mut(&follower) {
                    *count = count.saturating_sub(1);
                    if *count == 0 {
                        free.push(follower);
                    }
                }
            }
        }
        None
    }

    fn forecast_entry(&self, entry: &Entry, ready: Likely, now: Timestamp) -> Option<(Likely, Likely)> {
        let way = entry.way()?;
        if let Some(attempt) = entry.attempt {
            let since = self.attempts.get(attempt)?.since;
            let began = Likely { p10: since, p50: since, p90: since };
            return Some((began, self.after(began, way, entry).later(ready)));
        }
        let ahead = self.ahead(way, entry, now)?;
        let start = self.delayed(ahead, way, now).later(ready);
        Some((start, self.after(start, way, entry)))
    }

    /// When a job would be done this way.
    pub(crate) fn likely_end(&self, way: &Way, entry: &Entry, now: Timestamp) -> Option<Likely> {
        let ahead = self.ahead(way, entry, now)?;
        Some(self.after(self.delayed(ahead, way, now), way, entry))
    }

    /// Whether a job that was never tried would probably be in time in its lane even if all jobs that wait went before it. This is
    /// quickly told.
    pub(crate) fn is_surely_in_time(
        &self,
        entry: &Entry,
        lane: &Lane,
        known: Option<LaneId>,
        deadline: Timestamp,
        now: Timestamp,
    ) -> bool {
        let Some(way) = entry.way() else { return false };
        let ahead = self.ahead_in(lane, &self.reach_of(lane, known), way, now, Line::work);
        let end = |ahead| now + self.delay(ahead, way, 0.0) + self.run(way, entry, 0.0);
        ahead.is_some_and(|ahead| end(ahead) < deadline)
    }

    fn delayed(&self, ahead: Ahead, way: &Way, now: Timestamp) -> Likely {
        let at = |deviations| now + self.delay(ahead, way, deviations);
        Likely { p10: at(-DECILE), p50: at(0.0), p90: at(DECILE) }
    }

    /// When what is left of a job would be done this way, if it went on without a break.
    fn after(&self, start: Likely, way: &Way, entry: &Entry) -> Likely {
        let run = |deviations| self.run(way, entry, deviations);
        Likely { p10: start.p10 + run(-DECILE), p50: start.p50 + run(0.0), p90: start.p90 + run(DECILE) }
    }

    /// How long a job waits behind others, at this distance from the mean in standard deviations.
    fn delay(&self, ahead: Ahead, way: &Way, deviations: f64) -> Duration {
        let pieces = ahead.work.as_secs_f64() / way.run.as_secs_f64().max(1e-9);
        self.pace.time(ahead.work, pieces, deviations).saturating_add(ahead.load)
    }

    /// How long what is left of a job runs.
    fn run(&self, way: &Way, entry: &Entry, deviations: f64) -> Duration {
        self.pace.time(entry.left(way.run), 1.0, deviations)
    }

    /// What goes before a job one way, on the device where it would run as things stand.
    fn ahead(&self, way: &Way, entry: &Entry, now: Timestamp) -> Option<Ahead> {
        let lane = entry.lane_by(way);
        let reach = self.reach_of(&lane, self.queue.find(&lane));
        let run = |job| self.jobs.get(job).map_or(Duration::ZERO, Entry::run);
        self.ahead_in(&lane, &reach, way, now, |line| line.work_before(entry.rank, run))
    }

    /// Where the jobs of a lane could run, whose place in the queue is known if it has one.
    pub(crate) fn reach_of(&self, lane: &Lane, known: Option<LaneId>) -> Cow<'_, Reach> {
        match known.and_then(|id| self.queue.line(id)) {
            Some(line) => line.current_reach(&self.devices),
            None => Cow::Owned(Reach::new(lane, &self.devices)),
        }
    }

    fn ahead_in(
        &self,
        lane: &Lane,
        reach: &Reach,
        way: &Way,
        now: Timestamp,
        work: impl Fn(&Line) -> Duration,
    ) -> Option<Ahead> {
        let place = suitability::home(lane, reach, &self.devices)?;
        let device = self.devices.at(place)?;
        let ready = lane.resident().is_none() || reach.ready.contains(&place);
        let load = if ready { Duration::ZERO } else { way.load };
        let slots = device.slots(&self.settings);
        let queued = self.queued_work(place, work);
        let free = queued.is_zero() && device.busy() < slots;
        let running = match lane.resident() {
            _ if free => Duration::ZERO,
            Some(_) => self.running_work(device.id(), now),
            // It takes the first slot that is free anywhere.
            None => {
                let serving = reach.places().filter_map(|place| self.devices.at(place));
                let left = |device: &Device| {
                    let idle = queued.is_zero() && device.busy() < device.slots(&self.settings);
                    if idle { Duration::ZERO } else { self.running_work(device.id(), now) }
                };
                serving.map(left).min().unwrap_or_default()
            }
        };
        let work = queued.saturating_add(running) / u32::try_from(slots).unwrap_or(u32::MAX);
        Some(Ahead { work, load })
    }

    /// How long the jobs of the lines whose home is this place run, as `of` says for each line.
    pub(crate) fn queued_work(&self, place: usize, of: impl Fn(&Line) -> Duration) -> Duration {
        let shares = self.queue.lines().filter_map(|line| {
            let reach = line.current_reach(&self.devices);
            if line.lane.resident().is_none() {
                let best = reach.eligible.first().map(|&(preference, _)| preference);
                let serving = || reach.eligible.iter().filter(|&&(preference, _)| Some(preference) == best);
                let count = u32::try_from(serving().count()).unwrap_or(u32::MAX);
                return serving().any(|&(_, served)| served == place).then(|| of(line) / count);
            }
            if reach.hosts.is_empty() {
                let home = suitability::home(&line.lane, &reach, &self.devices)?;
                return (home == place).then(|| of(line));
            }
            let hosts = u32::try_from(reach.hosts.len()).unwrap_or(u32::MAX);
            reach.hosts.contains(&place).then(|| of(line) / hosts)
        });
        shares.fold(Duration::ZERO, Duration::saturating_add)
    }

    /// How long the attempts on a device are expected to go on.
    pub(crate) fn running_work(&self, device: &DeviceId, now: Timestamp) -> Duration {
        let running = self.attempts.iter().filter(|attempt| attempt.seat.is_some() && attempt.device == *device);
        let left = running.map(|attempt| attempt.expected.saturating_sub(now - attempt.since));
        left.fold(Duration::ZERO, Duration::saturating_add)
    }
}
