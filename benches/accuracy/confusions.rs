//! Which labels are taken for which.

use std::{cmp::Reverse, collections::BTreeMap};

/// Confusions that are told.
const WORST: usize = 10;

/// The most frequent confusions of a classifier, the worst first.
#[derive(Debug)]
pub(crate) struct Confusions(Vec<Confusion>);

/// A label that was taken for another.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Confusion {
    pub(crate) label: String,
    pub(crate) taken_for: String,
    pub(crate) count: usize,
}

impl Confusions {
    /// Counts pairs of the true label and the given one.
    pub(crate) fn count<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for pair in pairs.filter(|(label, given)| label != given) {
            *counts.entry(pair).or_default() += 1;
        }
        let confusion = |((label, given), count): ((&str, &str), usize)| Confusion {
            label: label.to_owned(),
            taken_for: given.to_owned(),
            count,
        };
        let mut confusions: Vec<Confusion> = counts.into_iter().map(confusion).collect();
        confusions.sort_by_key(|confusion| Reverse(confusion.count));
        confusions.truncate(WORST);
        Self(confusions)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Confusion> {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_frequent_confusion_comes_first_and_what_is_right_is_none() {
        let pairs = [("a", "b"), ("b", "a"), ("a", "a"), ("b", "a")];
        let found: Vec<_> = Confusions::count(pairs.into_iter()).0.into_iter().map(|c| (c.label, c.count)).collect();
        assert_eq!(found, [("b".to_owned(), 2), ("a".to_owned(), 1)]);
    }
}
