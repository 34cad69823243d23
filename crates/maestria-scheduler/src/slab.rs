//! Where the jobs are kept: in pages that never move, so that room for one more never costs the copying of all.

use std::num::NonZeroU32;

use crate::entry::Entry;

/// The number of a job, by which everything inside the machine names it. It is free again once its run is forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Ticket(NonZeroU32);

impl Ticket {
    fn page(self) -> usize {
        (self.0.get() - 1) as usize / PAGE
    }

    fn place(self) -> usize {
        (self.0.get() - 1) as usize % PAGE
    }
}

/// Entries of a page.
const PAGE: usize = 256;

/// Entries by number. Numbers are given again, the latest that came free first.
#[derive(Debug, Default)]
pub(crate) struct Slab {
    pages: Vec<Vec<Option<Entry>>>,
    vacant: Vec<Ticket>,
    /// Numbers given so far.
    given: u32,
}

impl Slab {
    /// A number that is free; nothing when all are taken.
    pub(crate) fn vacancy(&mut self) -> Option<Ticket> {
        if let Some(ticket) = self.vacant.pop() {
            return Some(ticket);
        }
        let ticket = Ticket(NonZeroU32::new(self.given.checked_add(1)?)?);
        self.given += 1;
        if ticket.page() == self.pages.len() {
            self.pages.push(Vec::with_capacity(PAGE));
        }
        self.pages.get_mut(ticket.page())?.push(None);
        Some(ticket)
    }

    pub(crate) fn fill(&mut self, ticket: Ticket, entry: Entry) {
        if let Some(slot) = self.pages.get_mut(ticket.page()).and_then(|page| page.get_mut(ticket.place())) {
            *slot = Some(entry);
        }
    }

    pub(crate) fn get(&self, ticket: Ticket) -> Option<&Entry> {
        self.pages.get(ticket.page())?.get(ticket.place())?.as_ref()
    }

    pub(crate) fn get_mut(&mut self, ticket: Ticket) -> Option<&mut Entry> {
        self.pages.get_mut(ticket.page())?.get_mut(ticket.place())?.as_mut()
    }

    pub(crate) fn remove(&mut self, ticket: Ticket) {
        let slot = self.pages.get_mut(ticket.page()).and_then(|page| page.get_mut(ticket.place()));
        if let Some(slot) = slot.filter(|slot| slot.is_some()) {
            *slot = None;
            self.vacant.push(ticket);
        }
    }

    /// The entries in the order of their numbers.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Ticket, &Entry)> {
        let numbered = self.pages.iter().flatten().zip(1..);
        numbered.filter_map(|(entry, number)| Some((Ticket(NonZeroU32::new(number)?), entry.as_ref()?)))
    }
}
