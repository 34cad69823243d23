//! The heads of the queue, asked in the order of rank until one can make a move.

use maestria_vocabulary::Timestamp;

use crate::{
    Settings,
    devices::Devices,
    jobs::Jobs,
    lane::LaneId,
    placement::{Floor, Head, Move, Placement},
    queue::Queue,
    rank::Rank,
};

/// The heads that were asked since anything but a start happened. A start takes, and gives nothing, so that those before it need not be
/// asked again.
#[derive(Debug, Default)]
pub(crate) struct Sweep {
    /// The last head that was asked.
    behind: Option<(Rank, LaneId)>,
    /// The best rank that waits for memory of a device, by its place.
    claims: Vec<Option<Rank>>,
    over: bool,
    /// When a batch has waited for long enough.
    hold: Option<Timestamp>,
}

impl Sweep {
    /// Asks all heads again.
    pub(crate) fn restart(&mut self) {
        self.behind = None;
        self.claims.clear();
        self.over = false;
        self.hold = None;
    }

    /// When to ask again although nothing happened.
    pub(crate) fn hold(&self) -> Option<Timestamp> {
        self.hold
    }

    /// The next move; nothing when every head waits for something that is under way, or for memory that others use.
    pub(crate) fn next_move(
        &mut self,
        queue: &mut Queue,
        jobs: &Jobs,
        devices: &Devices,
        settings: &Settings,
        now: Timestamp,
    ) -> Option<Move> {
        if self.hold.is_some_and(|hold| hold <= now) {
            self.restart();
        }
        if self.over {
            return None;
        }
        self.claims.resize(devices.len(), None);
        queue.refresh(devices);
        for (next, line) in queue.heads_behind(self.behind) {
            let (rank, id) = next;
            let Some((_, ticket)) = line.head() else { break };
            let floor = Floor { queue, jobs, devices, settings, now, claims: &self.claims };
            let head = Head { line, id, rank, ticket };
            match floor.place(&head) {
                Placement::Move(Move::Start(lane, place)) => {
                    // Where a model has several hosts, one of them may be idle for good now.
                    if line.reach().hosts.len() > 1 {
                        self.restart();
                    }
                    return Some(Move::Start(lane, place));
                }
                Placement::Move(step) => return Some(step),
                Placement::Waits => {}
                Placement::Holds(until) => self.hold = Some(self.hold.map_or(until, |hold| hold.min(until))),
                Placement::Lacks(places) => {
                    for place in places {
                        if let Some(claim) = self.claims.get_mut(place) {
                            claim.get_or_insert(rank);
                        }
                    }
                }
            }
            self.behind = Some(next);
        }
        self.over = true;
        None
    }
}
