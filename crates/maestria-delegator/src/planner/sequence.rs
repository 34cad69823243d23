//! The order in which clauses are planned: what one needs of another goes before it, whatever the request says first.

use std::collections::HashSet;

use maestria_vocabulary::{Bond, Clause, Span};

/// The clauses, those first that others come after or that alone give what others lack; otherwise as the request has them. What
/// goes in a circle keeps its place.
pub(super) fn in_order<'a>(clauses: &'a [Clause], gives: &dyn Fn(&Clause, &Clause) -> bool) -> Vec<&'a Clause> {
    let mut order = Order { clauses, gives, placed: HashSet::new(), open: HashSet::new(), found: Vec::new() };
    (0..clauses.len()).for_each(|place| order.place(place));
    order.found
}

struct Order<'a, 'g> {
    clauses: &'a [Clause],
    /// Whether the call of the first clause gives what that of the second requires and its words do not say.
    gives: &'g dyn Fn(&Clause, &Clause) -> bool,
    placed: HashSet<usize>,
    /// Those whose predecessors are being placed.
    open: HashSet<usize>,
    found: Vec<&'a Clause>,
}

impl<'a> Order<'a, '_> {
    fn place(&mut self, place: usize) {
        let Some(clause) = self.clauses.get(place) else { return };
        if self.placed.contains(&place) || !self.open.insert(place) {
            return;
        }
        let before: Vec<Span> = predecessors(&clause.bond).collect();
        for (other, _) in self.clauses.iter().enumerate().filter(|(_, other)| before.contains(&other.span)) {
            self.place(other);
        }
        // What it needs may only be made later in the text.
        let gives = |other: &&Clause| (self.gives)(other, clause);
        if !self.found.iter().any(gives) {
            let mut later = self.clauses.iter().enumerate().skip(place + 1);
            if let Some((source, _)) = later.find(|(_, other)| gives(other) && !self.waits(other, clause)) {
                self.place(source);
            }
        }
        self.placed.insert(place);
        self.found.push(clause);
    }

    /// Whether a clause comes after another by what the request says.
    fn waits(&self, clause: &Clause, other: &Clause) -> bool {
        let (mut open, mut seen) = (vec![clause.span], HashSet::new());
        while let Some(span) = open.pop() {
            if !seen.insert(span) {
                continue;
            }
            let named = self.clauses.iter().filter(|one| one.span == span).flat_map(|one| predecessors(&one.bond));
            open.extend(named);
        }
        seen.contains(&other.span)
    }
}

/// The clauses that must come before.
fn predecessors(bond: &Bond) -> impl Iterator<Item = Span> {
    bond.after.iter().chain(&bond.of).copied().chain(bond.when.as_ref().map(|premise| premise.span))
}
