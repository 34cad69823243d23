//! The heads of the queue, asked in the order of rank until one can make a move.

use maestria_vocabulary::Timestamp;

use crate::{
    lane::LaneId,
    placement::{Claim, Floor, Ground, Head, Move, Placement},
    queue::Queue,
    rank::Rank,
};

/// The heads that were asked since anything but a start happened. A start takes, and gives nothing, so that those before it need not be
/// asked again.
#[derive(Debug, Default)]
pub(crate) struct Sweep {
    /// The last head that was asked.
    behind: Option<(Rank, LaneId)>,
    /// What waits for memory of a device, by its place.
    claims: Vec<Option<Claim>>,
    /// What will have the next slot of a device as soon as its model has arrived there, by its place.
    turns: Vec<Option<Claim>>,
    over: bool,
    /// When a batch has waited for long enough.
    hold: Option<Timestamp>,
}

impl Sweep {
    /// Asks all heads again.
    pub(crate) fn restart(&mut self) {
        self.behind = None;
        self.claims.clear();
        self.turns.clear();
        self.over = false;
        self.hold = None;
    }

    /// When to ask again although nothing happened.
    pub(crate) fn hold(&self) -> Option<Timestamp> {
        self.hold
    }

    /// The next move; nothing when every head waits for something that is under way, or for memory that others use.
    pub(crate) fn next_move(&mut self, queue: &mut Queue, ground: Ground<'_>) -> Option<Move> {
        let Ground { devices, now, .. } = ground;
        if self.hold.is_some_and(|hold| hold <= now) {
            self.restart();
        }
        if self.over {
            return None;
        }
        self.claims.resize(devices.len(), None);
        self.turns.resize(devices.len(), None);
        queue.refresh(devices);
        for (next, line) in queue.heads_behind(self.behind) {
            let (rank, id) = next;
            let Some((_, ticket)) = line.head() else { break };
            let floor = Floor { queue, ground, claims: &self.claims, turns: &self.turns };
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
                Placement::Arrives(place, at) => {
                    let until = floor.promise(&head).map_or(at, |promise| promise.max(at));
                    Claim { rank, until }.note(&mut self.turns, place);
                }
                Placement::Holds(until) => self.hold = Some(self.hold.map_or(until, |hold| hold.min(until))),
                Placement::Lacks(places) => {
                    let until = floor.latest_load(&head);
                    if until > now {
                        self.hold = Some(self.hold.map_or(until, |hold| hold.min(until)));
                    }
                    for place in places {
                        Claim { rank, until }.note(&mut self.claims, place);
                    }
                }
            }
            self.behind = Some(next);
        }
        self.over = true;
        None
    }
}
