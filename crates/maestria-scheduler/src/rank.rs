//! A job's place in the queue: a number that never changes, although priorities age.

use std::time::Duration;

use maestria_vocabulary::Timestamp;

use crate::{Job, Settings, settings::Order};

/// A job's key under the [`Order`] of the queue, and its number. Less goes first.
///
/// Under [`Order::Aged`] the effective priority of a job at time `t`, in points, is
///
/// ```text
/// priority + boost + (t − arrival) / ageing + max(0, horizon − (deadline − arrival)) / ageing
/// ```
///
/// It grows at the same rate for every job, so their order never changes, and `t` can be left out. Multiplied by `−ageing` it is a
/// time, the virtual arrival, which is when a job would have had to arrive to be served at its turn if all were served first come,
/// first served:
///
/// ```text
/// arrival − ageing · (priority + boost) − max(0, horizon − (deadline − arrival))
/// ```
///
/// Resource availability is the one part that does change; it is a credit given while comparing ([`with_credit`](Self::with_credit)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rank {
    /// Nanoseconds.
    key: i64,
    /// Keeps equals in the order in which they came.
    sequence: u64,
}

impl Rank {
    pub(crate) fn new(job: &Job, arrival: Timestamp, sequence: u64, settings: &Settings) -> Self {
        let key = match settings.order {
            Order::Fifo => nanos(arrival.since_epoch()),
            Order::Sjf => nanos(job.candidates.first().map_or(Duration::ZERO, |first| first.expected.run)),
            Order::Edf => nanos(job.deadline.unwrap_or(Timestamp::MAX).since_epoch()),
            Order::Aged => {
                let points = i128::from(job.priority.0) + i128::from(job.user_boost.0);
                let urgency =
                    job.deadline.map_or(Duration::ZERO, |deadline| settings.horizon.saturating_sub(deadline - arrival));
                nanos(arrival.since_epoch()) - points * nanos(settings.ageing) - nanos(urgency)
            }
        };
        Self { key: key.clamp(i64::MIN.into(), i64::MAX.into()) as i64, sequence }
    }

    /// The rank of the same job if it had arrived `credit` earlier.
    pub(crate) fn with_credit(self, credit: Duration) -> Self {
        let credit = nanos(credit).min(i64::MAX.into()) as i64;
        Self { key: self.key.saturating_sub(credit), ..self }
    }
}

impl Rank {
    /// Equal for ranks that are within 4.3 s of each other, mostly.
    pub(crate) fn coarse(self) -> i64 {
        self.key >> COARSE
    }

    /// How much earlier than `now` the job would have had to arrive, were it not for its priority; zero where it was later.
    pub(crate) fn lead(self, now: Timestamp) -> Duration {
        let lead = (nanos(now.since_epoch()) - i128::from(self.key)).clamp(0, i64::MAX.into());
        Duration::from_nanos(lead as u64)
    }

    /// The first rank of the same coarse value.
    pub(crate) fn first_alike(self) -> Self {
        Self { key: self.coarse() << COARSE, sequence: 0 }
    }

    /// How far the rank lies within those of its coarse value, in [0, 1).
    pub(crate) fn fraction(self) -> f64 {
        let scale = 1_i64 << COARSE;
        self.key.rem_euclid(scale) as f64 / scale as f64
    }

    /// The rank of the same job if it had arrived this much later.
    pub(crate) fn deferred(self, delay: Duration) -> Self {
        let delay = nanos(delay).min(i64::MAX.into()) as i64;
        Self { key: self.key.saturating_add(delay), ..self }
    }
}

/// Binary digits that a coarse value of a rank leaves out.
const COARSE: u32 = 32;

/// Less than 2^95 whatever the duration, so that sums of a few hundred of them cannot overflow.
fn nanos(duration: Duration) -> i128 {
    duration.as_nanos() as i128
}

#[cfg(test)]
mod tests {
    use maestria_vocabulary::{Candidate, Executor, Expected, Needs};
    use proptest::prelude::*;

    use super::*;
    use crate::{JobId, Priority};

    fn rank(arrival: u64, points: i8, due_in: Option<u64>, sequence: u64) -> Rank {
        let id = JobId { run: "r".parse().unwrap(), step: "s".parse().unwrap() };
        let arrival = Timestamp::from_epoch(Duration::from_secs(arrival));
        let mut job = Job::new(id, Vec::new()).with_priority(Priority(points));
        job.deadline = due_in.map(|seconds| arrival + Duration::from_secs(seconds));
        Rank::new(&job, arrival, sequence, &Settings::default())
    }

    #[test]
    fn a_rank_weighs_priority_age_and_deadline() {
        let check = |first: Rank, second: Rank| assert!(first < second, "{first:?} {second:?}");
        check(rank(0, 0, None, 0), rank(0, 0, None, 1));
        check(rank(0, 1, None, 1), rank(0, 0, None, 0));
        check(rank(0, 0, None, 0), rank(11, 10, None, 1));
        check(rank(9, 10, None, 1), rank(0, 0, None, 0));
        check(rank(20, 0, Some(5), 1), rank(0, 0, None, 0));
        check(rank(0, 0, None, 0), rank(0, 0, Some(30), 1));
    }

    #[test]
    fn the_wish_of_the_person_who_asked_adds_to_the_priority() {
        let id = JobId { run: "r".parse().unwrap(), step: "s".parse().unwrap() };
        let plain = Job::new(id, Vec::new());
        let key = |job: Job| Rank::new(&job, Timestamp::ZERO, 0, &Settings::default()).key;
        let points = |points| Job::with_priority(plain.clone(), Priority(points));
        assert_eq!(key(plain.clone().with_user_boost(Priority(5))), key(points(5)));
        assert_eq!(key(points(3).with_user_boost(Priority(-5))), key(points(-2)));
    }

    #[test]
    fn a_lead_is_how_much_earlier_a_job_would_have_had_to_come() {
        let check = |points, now: u64, lead: u64| {
            let now = Timestamp::from_epoch(Duration::from_secs(now));
            assert_eq!(rank(20, points, None, 0).lead(now), Duration::from_secs(lead), "{points} points");
        };
        check(7, 20, 7);
        check(7, 24, 11);
        check(0, 20, 0);
        check(-7, 20, 0);
    }

    #[test]
    fn the_other_orders_look_at_one_thing() {
        let check = |order: Order, first: u64, runs: u64, due: Option<u64>, before: (u64, u64, Option<u64>)| {
            let settings = Settings { order, ..Settings::default() };
            let rank = |arrival: u64, runs: u64, due: Option<u64>, sequence| {
                let at = |seconds| Timestamp::from_epoch(Duration::from_secs(seconds));
                let executor = Executor::Tool("t".parse().unwrap());
                let expected = Expected { run: Duration::from_secs(runs), ..Expected::default() };
                let id = JobId { run: "r".parse().unwrap(), step: "s".parse().unwrap() };
                let mut job = Job::new(id, vec![Candidate { executor, needs: Needs::default(), expected }]);
                job.priority = Priority(-100);
                job.deadline = due.map(at);
                Rank::new(&job, at(arrival), sequence, &settings)
            };
            assert!(rank(first, runs, due, 1) < rank(before.0, before.1, before.2, 0), "{order:?}");
        };
        check(Order::Fifo, 1, 9, None, (2, 1, Some(3)));
        check(Order::Sjf, 2, 1, None, (1, 9, Some(3)));
        check(Order::Edf, 2, 9, Some(3), (1, 1, Some(4)));
        check(Order::Edf, 2, 9, Some(3), (1, 1, None));
    }

    proptest! {
        #[test]
        fn a_coarse_rank_and_a_fraction_are_the_whole(key: i64, sequence: u64) {
            let rank = Rank { key, sequence };
            let first = rank.first_alike();
            prop_assert!(first <= rank);
            prop_assert_eq!(first.coarse(), rank.coarse());
            prop_assert_eq!((first.fraction(), first.sequence), (0.0, 0));
            prop_assert!((0.0..1.0).contains(&rank.fraction()));
            let within = rank.fraction() * f64::from(COARSE).exp2();
            prop_assert_eq!(i128::from(first.key) + within as i128, i128::from(key));
        }

        #[test]
        fn nothing_is_overtaken_for_longer_than_the_bound(
            (arrival, points, due) in (0..1_000_000_u64, any::<i8>(), proptest::option::of(0..100_u64)),
            (later_points, later_due) in (any::<i8>(), proptest::option::of(0..100_u64)),
        ) {
            let settings = Settings::default();
            let later = arrival + settings.longest_overtaking().unwrap().as_secs() + 1;
            let (first, second) = (rank(arrival, points, due, 0), rank(later, later_points, later_due, 1));
            prop_assert!(first < second.with_credit(settings.availability));
        }
    }
}
