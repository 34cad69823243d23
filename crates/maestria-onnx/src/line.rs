//! The texts that wait for a session, and which of them the next run takes; a machine without threads.

use std::collections::VecDeque;

use crate::{lengths::Span, tokens::Text};

/// Names what a caller waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Ticket(u64);

/// Texts of one caller, which stay together.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) ticket: Ticket,
    pub(crate) texts: Vec<Text>,
    span: Span,
}

/// Who waits, in the order of arrival.
///
/// A caller has one portion in line at a time, at most one run's worth, so that nobody in line waits for more than one run of each caller
/// that came before.
#[derive(Debug, Default)]
pub(crate) struct Line {
    waiting: VecDeque<Waiting>,
    tickets: u64,
}

impl Line {
    /// Stands at the end of the line.
    pub(crate) fn join(&mut self, texts: Vec<Text>, span: Span) -> Ticket {
        let ticket = Ticket(self.tickets);
        self.tickets += 1;
        self.waiting.push_back(Waiting { ticket, texts, span });
        ticket
    }

    /// Takes the first in line, and whoever of the others fits into the same run of at most `most` texts of like length; empty when nobody
    /// waits.
    pub(crate) fn next(&mut self, most: usize) -> Vec<Waiting> {
        let Some(first) = self.waiting.pop_front() else { return Vec::new() };
        let (mut count, mut span) = (first.texts.len(), first.span);
        let mut taken = vec![first];
        let mut passed = VecDeque::with_capacity(self.waiting.len());
        for waiting in self.waiting.drain(..) {
            match span.with(waiting.span) {
                Some(wider) if count + waiting.texts.len() <= most => {
                    count += waiting.texts.len();
                    span = wider;
                    taken.push(waiting);
                }
                _ => passed.push_back(waiting),
            }
        }
        self.waiting = passed;
        taken
    }

    /// How many wait.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;
    use crate::lengths;

    fn line(portions: &[(usize, usize)]) -> Line {
        let mut line = Line::default();
        for &(count, length) in portions {
            let text = Text { ids: vec![7; length], ..Text::default() };
            let span = Span::of(&text);
            line.join(vec![text; count], span);
        }
        line
    }

    #[track_caller]
    fn check(portions: &[(usize, usize)], most: usize, runs: &[&[u64]]) {
        let mut line = line(portions);
        for run in runs {
            assert_eq!(line.next(most).iter().map(|waiting| waiting.ticket.0).collect::<Vec<_>>(), *run);
        }
        assert!(line.next(most).is_empty());
    }

    #[test]
    fn those_of_like_length_are_served_together() {
        check(&[(1, 10), (1, 100), (1, 14), (1, 90)], 32, &[&[0, 2], &[1, 3]]);
    }

    #[test]
    fn a_run_is_never_too_big_and_the_first_in_line_is_always_served() {
        check(&[(3, 10), (3, 10), (1, 10)], 4, &[&[0, 2], &[1]]);
        check(&[(1, 10), (1, 10)], 1, &[&[0], &[1]]);
    }

    #[test]
    fn two_that_suit_the_first_but_not_each_other_stay_apart() {
        check(&[(1, 20), (1, 11), (1, 39)], 32, &[&[0, 1], &[2]]);
    }

    proptest! {
        #[test]
        fn everybody_is_served_once(portions in vec((1_usize..6, 0_usize..300), 0..40), most in 5_usize..40) {
            let mut line = line(&portions);
            let mut served = Vec::new();
            loop {
                let run = line.next(most);
                let Some(first) = run.first() else { break };
                prop_assert!((0..first.ticket.0).all(|ticket| served.contains(&ticket)), "the first in line was passed over");
                let texts: Vec<_> = run.iter().flat_map(|waiting| waiting.texts.iter().cloned()).collect();
                prop_assert!(texts.len() <= most);
                prop_assert_eq!(lengths::cut(texts, most).len(), 1);
                served.extend(run.iter().map(|waiting| waiting.ticket.0));
            }
            served.sort_unstable();
            prop_assert_eq!(served, (0..portions.len() as u64).collect::<Vec<_>>());
        }
    }
}
