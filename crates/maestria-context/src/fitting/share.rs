//! Cutting several messages so that together they fit: the short ones stay whole, the long ones become equally long.

use maestria_vocabulary::{Message, Role};

use super::{
    Dropped, Loss,
    cut::{ELLIPSIS, cut},
    item::{Item, drop_groups},
};
use crate::{TokenCounter, TokenCounterExt};

/// Cuts `items` until they have at most `room` tokens. Where even an ellipsis for each is too much, the last groups go.
pub(super) fn cut_into(items: &mut Vec<Item>, room: u128, counter: &dyn TokenCounter, dropped: &mut Vec<Dropped>) {
    let least = u128::from(counter.count_message(&Message::new(Role::User, ELLIPSIS)).0);
    drop_groups(items, room, |item| item.tokens().min(least), |groups| (0..groups).rev().collect(), dropped);

    let share = |item: &Item, cap: u128| item.tokens().min(cap.max(least));
    let cap = largest_cap(room, |cap| items.iter().map(|item| share(item, cap)).sum());
    for item in items.iter_mut() {
        let allowance = share(item, cap);
        if item.tokens() > allowance {
            let before = item.tokens;
            (item.turn.message, item.tokens) = cut(&item.turn.message, allowance, counter);
            let tokens = before.saturating_sub(item.tokens);
            dropped.push(Dropped { index: item.index, tokens, how: Loss::Cut, pinned: item.pinned });
        }
    }
}

/// The largest number of tokens that every message may have, so that what all of them `need` is at most `room`.
fn largest_cap(room: u128, need: impl Fn(u128) -> u128) -> u128 {
    let (mut fits, mut beyond) = (0, room + 1);
    while beyond - fits > 1 {
        let middle = fits + (beyond - fits) / 2;
        if need(middle) <= room {
            fits = middle;
        } else {
            beyond = middle;
        }
    }
    fits
}
