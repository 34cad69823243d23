//! The memory account of one device: what was promised to whom, and what is left.

use maestria_vocabulary::Bytes;

/// Memory of one device, and what is promised of it.
///
/// Invariant: the only way to a [`Hold`] is [`promise`](Self::promise), which gives none for more than is free; and a hold goes back as a
/// whole or not at all. So promises never exceed the memory that was there when they were made, and are zero when every hold is back.
#[derive(Debug)]
pub(crate) struct Account {
    total: Bytes,
    others: Bytes,
    promised: Bytes,
}

/// Memory that was promised. It cannot be copied, and is given back by [`Account::release`].
#[derive(Debug)]
#[must_use = "memory that nobody holds is never released"]
pub(crate) struct Hold(Bytes);

impl Hold {
    pub(crate) fn bytes(&self) -> Bytes {
        self.0
    }
}

impl Account {
    pub(crate) fn new(total: Bytes, others: Bytes) -> Self {
        Self { total, others, promised: Bytes::ZERO }
    }

    /// Takes over what was measured. Promises stay, even when there is less memory than they add up to.
    pub(crate) fn observe(&mut self, total: Bytes, others: Bytes) {
        self.total = total;
        self.others = others;
    }

    pub(crate) fn total(&self) -> Bytes {
        self.total
    }

    /// Memory that is in use, but not by this scheduler.
    pub(crate) fn others(&self) -> Bytes {
        self.others
    }

    pub(crate) fn promised(&self) -> Bytes {
        self.promised
    }

    /// Memory that could be promised if nothing were: what can ever be had.
    pub(crate) fn capacity(&self) -> Bytes {
        self.total.saturating_sub(self.others)
    }

    /// Memory that can be promised now.
    pub(crate) fn free(&self) -> Bytes {
        self.capacity().saturating_sub(self.promised)
    }

    /// Memory that must come back before `bytes` can be promised.
    pub(crate) fn shortfall(&self, bytes: Bytes) -> Bytes {
        (self.promised + bytes).saturating_sub(self.capacity())
    }

    /// Sets memory aside; nothing when there is too little.
    pub(crate) fn promise(&mut self, bytes: Bytes) -> Option<Hold> {
        (bytes <= self.free()).then(|| {
            self.promised = self.promised + bytes;
            Hold(bytes)
        })
    }

    /// Takes memory back.
    pub(crate) fn release(&mut self, hold: Hold) {
        self.promised = self.promised.saturating_sub(hold.0);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn promises_fit_and_come_back(total: u64, others: u64, wishes: Vec<u64>) {
            let mut account = Account::new(Bytes(total), Bytes(others));
            let holds: Vec<_> = wishes.into_iter().filter_map(|bytes| {
                let short = account.shortfall(Bytes(bytes));
                let hold = account.promise(Bytes(bytes));
                assert_eq!(hold.is_some(), bytes == 0 || short == Bytes::ZERO);
                hold
            }).collect();
            prop_assert!(account.promised() <= account.capacity());
            prop_assert_eq!(account.promised(), holds.iter().map(Hold::bytes).sum());
            for hold in holds {
                account.release(hold);
            }
            prop_assert_eq!(account.promised(), Bytes::ZERO);
        }
    }
}
