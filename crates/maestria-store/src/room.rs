//! How much still fits a page.

use maestria_vocabulary::store::{MAX_PAGE, PageSize};

/// The room left in a page.
#[derive(Debug)]
pub(crate) struct Room {
    items: usize,
    bytes: usize,
    empty: bool,
}

impl Room {
    pub(crate) fn new(size: PageSize) -> Self {
        Self { items: size.get(), bytes: MAX_PAGE, empty: true }
    }

    /// Takes an item of so many bytes in, if it fits. The first always does.
    pub(crate) fn take(&mut self, bytes: usize) -> bool {
        if self.items == 0 || (bytes > self.bytes && !self.empty) {
            return false;
        }
        self.items -= 1;
        self.bytes = self.bytes.saturating_sub(bytes);
        self.empty = false;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_bounded_in_items_and_in_bytes() {
        let check = |items: usize, bytes: &[usize], expected: usize| {
            let mut room = Room::new(PageSize::saturating(items));
            assert_eq!(bytes.iter().take_while(|&&bytes| room.take(bytes)).count(), expected, "{items} of {bytes:?}");
        };
        check(2, &[1, 1, 1], 2);
        check(9, &[MAX_PAGE, 0, 1], 2);
        check(9, &[MAX_PAGE - 1, 1, 1], 2);
        check(9, &[MAX_PAGE + 1, 1], 1);
    }
}
