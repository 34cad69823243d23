//! Which steps come before which, directly or by way of others.

use std::collections::{BTreeMap, BTreeSet};

/// All pairs of a step and one that must have ended before it: the transitive closure of what every step names as its predecessors.
pub(super) fn closure<'a>(after: &BTreeMap<&'a str, Vec<&'a str>>) -> BTreeSet<(&'a str, &'a str)> {
    let mut pairs = BTreeSet::new();
    for &step in after.keys() {
        let mut open = vec![step];
        while let Some(place) = open.pop() {
            for &before in after.get(place).into_iter().flatten() {
                if pairs.insert((step, before)) {
                    open.push(before);
                }
            }
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(after: &[(&'static str, &[&'static str])], expected: &[(&str, &str)]) {
        let after = after.iter().map(|(step, before)| (*step, before.to_vec())).collect();
        assert_eq!(closure(&after), expected.iter().copied().collect());
    }

    #[test]
    fn order_goes_by_way_of_other_steps() {
        check(&[("a", &[]), ("b", &["a"]), ("c", &["b"])], &[("b", "a"), ("c", "b"), ("c", "a")]);
        // What follows anyway makes no difference.
        check(&[("a", &[]), ("b", &["a"]), ("c", &["a", "b"])], &[("b", "a"), ("c", "b"), ("c", "a")]);
        check(&[("a", &[]), ("b", &[])], &[]);
    }

    #[test]
    fn a_circle_ends() {
        check(&[("a", &["b"]), ("b", &["a"])], &[("a", "a"), ("a", "b"), ("b", "a"), ("b", "b")]);
    }
}
