//! The order in which clauses are planned: what one needs of another goes before it, whatever the request says first.

use std::collections::HashSet;

use maestria_vocabulary::{Clause, Span};

/// The clauses, those first that others come after; otherwise as the request has them. What goes in a circle keeps its place.
pub(super) fn in_order(clauses: &[Clause]) -> Vec<&Clause> {
    let mut order = Order { clauses, placed: HashSet::new(), open: HashSet::new(), found: Vec::new() };
    (0..clauses.len()).for_each(|place| order.place(place));
    order.found
}

struct Order<'a> {
    clauses: &'a [Clause],
    placed: HashSet<usize>,
    /// Those whose predecessors are being placed.
    open: HashSet<usize>,
    found: Vec<&'a Clause>,
}

impl<'a> Order<'a> {
    fn place(&mut self, place: usize) {
        let Some(clause) = self.clauses.get(place) else { return };
        if self.placed.contains(&place) || !self.open.insert(place) {
            return;
        }
        let bond = &clause.bond;
        let before: Vec<Span> =
            bond.after.iter().chain(&bond.of).copied().chain(bond.when.as_ref().map(|premise| premise.span)).collect();
        for (other, _) in self.clauses.iter().enumerate().filter(|(_, other)| before.contains(&other.span)) {
            self.place(other);
        }
        self.placed.insert(place);
        self.found.push(clause);
    }
}
