//! Fitting a conversation into a window: who stays, who goes first, and what is said about it.

mod cut;
mod item;
mod share;

use maestria_vocabulary::{Message, Probability, Role, Tokens};

use self::{
    item::{Item, drop_groups, total},
    share::cut_into,
};
use crate::{Budget, TokenCounter};

/// A message of a conversation, and whether it must stay.
#[derive(Debug, Clone, PartialEq)]
pub struct Turn {
    /// What was said.
    pub message: Message,
    /// Whether it stays when others go.
    pub pinned: bool,
}

impl Turn {
    /// A message that stays when others go.
    #[must_use]
    pub const fn pinned(message: Message) -> Self {
        Self { message, pinned: true }
    }
}

impl From<Message> for Turn {
    /// Standing instructions are pinned; nothing else is.
    fn from(message: Message) -> Self {
        Self { pinned: message.role == Role::System, message }
    }
}

/// Which turns go when a conversation is too long for its budget.
///
/// # Guarantees, for any input
/// - The result has at most [`Budget::available`] tokens by the given counter, and keeps its order.
/// - A conversation that fits comes back unchanged; so fitting twice is fitting once.
/// - A tool's result belongs to the last assistant message before it: they stay or go together, and pinning one pins the other.
/// - The newest turn that is not pinned never goes in favour of older ones; if it is too long by itself, it is cut.
/// - A message that is cut keeps the head and the tail of its text, on character boundaries, around an ellipsis `[…]`. Its pieces become
///   one text; its files stay while there is room.
/// - Pinned messages stay whole as long as they leave a quarter of the budget, or what the newest turn has if that is less. Beyond that
///   they are cut too, the longest most; of more than the budget can hold even so, the last go.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Fitting {
    /// The oldest turns go, until `target` of the budget is used: well below all of it, lest every further turn drop another.
    OldestFirst {
        /// Share of [`Budget::available`]. Where pinned messages take most of that, half of this share of what they leave.
        target: Probability,
    },
    /// Turns in the middle go, until the rest fits: the first say what it is about, the last where it stands.
    HeadAndTail,
}

impl Default for Fitting {
    /// The oldest first, down to 75 %.
    fn default() -> Self {
        Self::OldestFirst { target: Probability::saturating(0.75) }
    }
}

/// How a message lost tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Loss {
    /// It is gone.
    Removed,
    /// Its middle is gone, or some of its files.
    Cut,
}

/// What a message lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dropped {
    /// Its place in the conversation that was given.
    pub index: usize,
    /// Tokens it lost.
    pub tokens: Tokens,
    /// How it lost them.
    pub how: Loss,
    /// Whether it was pinned, or belongs to a message that was.
    pub pinned: bool,
}

/// A conversation that fits its budget.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Fitted {
    /// What is left, in the order of the conversation.
    pub turns: Vec<Turn>,
    /// What was lost, in the order of the conversation; empty when it fitted as it was.
    pub dropped: Vec<Dropped>,
    /// Tokens of what is left.
    pub tokens: Tokens,
}

impl Fitted {
    /// The messages of what is left, as a prompt takes them.
    #[must_use]
    pub fn into_messages(self) -> Vec<Message> {
        self.turns.into_iter().map(|turn| turn.message).collect()
    }
}

impl Fitting {
    /// Fits `turns`, oldest first, into `budget`, counting with `counter`.
    #[must_use]
    pub fn fit(self, turns: Vec<Turn>, budget: Budget, counter: &dyn TokenCounter) -> Fitted {
        let limit = u128::from(budget.available().0);
        let items = Item::measure(turns, counter);
        if total(&items) <= limit {
            return fitted(items, Vec::new());
        }

        let mut dropped = Vec::new();
        let (mut pinned, mut free): (Vec<_>, Vec<_>) = items.into_iter().partition(|item| item.pinned);
        let room = room(&pinned, &free, limit);
        if total(&free) > room {
            let goal = self.goal(room, limit);
            // What cannot stay whole counts as what it may be cut to, lest it drive out all others in vain.
            let weigh = |item: &Item| if item.tokens() <= room { item.tokens() } else { room / 2 };
            drop_groups(&mut free, goal, weigh, |groups| self.order(groups), &mut dropped);
            if total(&free) > room {
                cut_into(&mut free, goal.max(room / 2), counter, &mut dropped);
            }
        }
        let left = limit.saturating_sub(total(&free));
        if total(&pinned) > left {
            cut_into(&mut pinned, left, counter, &mut dropped);
        }

        pinned.append(&mut free);
        pinned.sort_unstable_by_key(|item| item.index);
        fitted(pinned, dropped)
    }

    /// Tokens that the free turns are brought down to once they must lose any: at most `room`.
    fn goal(self, room: u128, limit: u128) -> u128 {
        match self {
            Self::OldestFirst { target } => {
                let share = |of: u128| (of as f64 * target.get()) as u128;
                share(limit).saturating_sub(limit.saturating_sub(room)).max(share(room) / 2).min(room)
            }
            Self::HeadAndTail => room,
        }
    }

    /// The order in which `groups` groups, oldest first, go; the newest never does.
    fn order(self, groups: usize) -> Vec<usize> {
        let newest = groups.saturating_sub(1);
        let mut order: Vec<usize> = (0..newest).collect();
        if self == Self::HeadAndTail {
            order.sort_by_key(|&group| (2 * group).abs_diff(newest));
        }
        order
    }
}

/// Tokens for the free items: what the pinned ones leave, but at least a quarter of the limit, or what the newest group has if less.
fn room(pinned: &[Item], free: &[Item], limit: u128) -> u128 {
    let newest = free.iter().map(|item| item.group).max();
    let wanted: u128 = free.iter().filter(|item| Some(item.group) == newest).map(Item::tokens).sum();
    limit.saturating_sub(total(pinned)).max(wanted.min(limit / 4))
}

fn fitted(items: Vec<Item>, mut dropped: Vec<Dropped>) -> Fitted {
    dropped.sort_unstable_by_key(|loss| loss.index);
    let tokens = items.iter().map(|item| item.tokens).sum();
    let turns = items.into_iter().map(|item| item.turn).collect();
    Fitted { turns, dropped, tokens }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_group_never_goes() {
        let check = |fitting: Fitting, groups, order: &[usize]| assert_eq!(fitting.order(groups), order);
        check(Fitting::default(), 0, &[]);
        check(Fitting::default(), 1, &[]);
        check(Fitting::default(), 5, &[0, 1, 2, 3]);
        check(Fitting::HeadAndTail, 1, &[]);
        check(Fitting::HeadAndTail, 4, &[1, 2, 0]);
        check(Fitting::HeadAndTail, 5, &[2, 1, 3, 0]);
    }

    #[test]
    fn the_goal_is_a_share_of_the_budget_that_pinned_turns_cannot_use_up() {
        let check = |target, room, goal| {
            let fitting = Fitting::OldestFirst { target: Probability::saturating(target) };
            assert_eq!(fitting.goal(room, 1_000), goal);
        };
        check(0.75, 1_000, 750);
        check(0.75, 800, 550);
        check(0.75, 400, 150);
        check(0.75, 100, 37);
        check(0.0, 1_000, 0);
        check(1.0, 1_000, 1_000);
        check(1.0, 0, 0);
        assert_eq!(Fitting::HeadAndTail.goal(800, 1_000), 800);
    }
}
