//! A turn on the scales: its tokens, its place, and the turns that it stays or goes with.

use std::collections::{BTreeMap, BTreeSet};

use maestria_vocabulary::{Role, Tokens};

use super::{Dropped, Loss, Turn};
use crate::{TokenCounter, TokenCounterExt};

#[derive(Debug)]
pub(super) struct Item {
    /// Place in the conversation that was given.
    pub(super) index: usize,
    /// Place of the first turn of its group: an assistant message and the tools' results for it, or a turn by itself.
    pub(super) group: usize,
    /// Whether its group is pinned.
    pub(super) pinned: bool,
    /// Tokens it has now.
    pub(super) tokens: Tokens,
    pub(super) turn: Turn,
}

impl Item {
    /// Counts every turn once, and finds the groups.
    pub(super) fn measure(turns: Vec<Turn>, counter: &dyn TokenCounter) -> Vec<Self> {
        let mut caller = None;
        let mut items = Vec::with_capacity(turns.len());
        for (index, turn) in turns.into_iter().enumerate() {
            let group = match turn.message.role {
                Role::Tool => caller.unwrap_or(index),
                Role::Assistant => *caller.insert(index),
                Role::System | Role::User => index,
            };
            let tokens = counter.count_message(&turn.message);
            items.push(Self { index, group, pinned: turn.pinned, tokens, turn });
        }
        pin_whole_groups(&mut items);
        items
    }

    /// Its tokens, ready to be added up without overflow.
    pub(super) fn tokens(&self) -> u128 {
        self.tokens.0.into()
    }
}

fn pin_whole_groups(items: &mut [Item]) {
    let pinned: BTreeSet<usize> = items.iter().filter(|item| item.pinned).map(|item| item.group).collect();
    for item in items {
        item.pinned = pinned.contains(&item.group);
    }
}

/// Tokens of all `items`.
pub(super) fn total(items: &[Item]) -> u128 {
    items.iter().map(Item::tokens).sum()
}

/// Removes whole groups until the weight of the rest is at most `goal`, or nobody is left to go.
///
/// `order` tells, for a number of groups, which of them go and in which order.
pub(super) fn drop_groups(
    items: &mut Vec<Item>,
    goal: u128,
    weigh: impl Fn(&Item) -> u128,
    order: impl FnOnce(usize) -> Vec<usize>,
    dropped: &mut Vec<Dropped>,
) {
    let mut weights: BTreeMap<usize, u128> = BTreeMap::new();
    for item in items.iter() {
        *weights.entry(item.group).or_default() += weigh(item);
    }
    let groups: Vec<_> = weights.iter().map(|(&group, &weight)| (group, weight)).collect();
    let mut left: u128 = weights.values().sum();
    let mut gone = BTreeSet::new();
    for &(group, weight) in order(groups.len()).into_iter().filter_map(|place| groups.get(place)) {
        if left <= goal {
            break;
        }
        left -= weight;
        gone.insert(group);
    }
    for item in items.extract_if(.., |item| gone.contains(&item.group)) {
        dropped.push(Dropped { index: item.index, tokens: item.tokens, how: Loss::Removed, pinned: item.pinned });
    }
}

#[cfg(test)]
mod tests {
    use maestria_vocabulary::Message;

    use super::*;
    use crate::ApproximateCounter;

    /// Turns by their initials (`s`ystem, `u`ser, `a`ssistant, `t`ool; capital when pinned) and the group each belongs to.
    fn check(turns: &str, groups: &[usize], pinned: &[usize]) {
        let turn = |initial: char| {
            let role = match initial.to_ascii_lowercase() {
                's' => Role::System,
                'u' => Role::User,
                'a' => Role::Assistant,
                _ => Role::Tool,
            };
            Turn { message: Message::new(role, "x"), pinned: initial.is_uppercase() }
        };
        let items = Item::measure(turns.chars().map(turn).collect(), &ApproximateCounter);
        assert_eq!(items.iter().map(|item| item.group).collect::<Vec<_>>(), groups, "groups of {turns}");
        let found: Vec<_> = items.iter().filter(|item| item.pinned).map(|item| item.index).collect();
        assert_eq!(found, pinned, "pinned of {turns}");
    }

    #[test]
    fn a_result_belongs_to_the_last_assistant_message_before_it() {
        check("suattu", &[0, 1, 2, 2, 2, 5], &[]);
        check("uatsut", &[0, 1, 1, 3, 4, 1], &[]);
        check("atat", &[0, 0, 2, 2], &[]);
        check("tut", &[0, 1, 2], &[]);
    }

    #[test]
    fn pinning_one_of_a_group_pins_all_of_it() {
        check("SuaTt", &[0, 1, 2, 2, 2], &[0, 2, 3, 4]);
        check("uAtat", &[0, 1, 1, 3, 3], &[1, 2]);
    }
}
