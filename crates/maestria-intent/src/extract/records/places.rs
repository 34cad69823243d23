//! Where one of several calls ends in a request, and the next begins.

use maestria_vocabulary::Span;

use super::super::{passage::Passage, value::Reading};

/// Where the words of each call begin, as far as they stand apart.
pub(super) struct Places {
    starts: Vec<usize>,
    /// Whether the values of one call stand before all of the next, unlike in "Ann and Bob, 30 and 40 years old", and they are no mere list.
    pub(super) apart: bool,
}

impl Places {
    pub(super) fn of(values: &[Vec<Reading>], count: usize, passage: &Passage<'_>) -> Self {
        let full: Vec<&Vec<Reading>> = values.iter().filter(|values| values.len() == count).collect();
        let extent = |call: usize| {
            let spans = || full.iter().filter_map(|values| values.get(call)).map(|reading| reading.span);
            Some(Span { start: spans().map(|s| s.start).min()?, end: spans().map(|s| s.end).max()? })
        };
        let extents: Vec<Span> = (0..count).filter_map(extent).collect();
        let apart = extents.windows(2).all(|pair| matches!(pair, [a, b] if a.end <= b.start));
        let listed = extents.windows(2).all(|pair| matches!(pair, [a, b] if joined(passage, a.end, b.start)));
        let cut = |pair: &[Span]| match pair {
            [before, behind] => Some(boundary(passage, before.end, behind.start)),
            _ => None,
        };
        let starts = [0].into_iter().chain(extents.windows(2).filter_map(cut)).collect();
        Self { starts, apart: apart && !listed }
    }

    /// The call that a place in the request belongs to.
    pub(super) fn call(&self, start: usize) -> usize {
        self.starts.iter().rposition(|&begin| begin <= start).unwrap_or(0)
    }
}

/// Whether nothing but a comma or "and" stands between two places.
pub(super) fn joined(passage: &Passage<'_>, end: usize, start: usize) -> bool {
    let gap = passage.text.get(end..start).unwrap_or_default();
    gap.split([' ', ',', '\n']).all(|word| matches!(word, "" | "and" | "or" | "&"))
}

/// Where the words between two values go over from one call to the next: at the strongest mark between them, the last of several.
fn boundary(passage: &Passage<'_>, end: usize, start: usize) -> usize {
    let gap = passage.text.get(end..start).unwrap_or_default();
    let strength = |(at, c): (usize, char)| {
        let rest = gap.get(at..).unwrap_or_default();
        let ends = rest.chars().nth(1).is_none_or(char::is_whitespace);
        match c {
            '.' | '?' | '!' | '\n' if ends => Some((5, at)),
            ';' | '/' => Some((4, at)),
            ' ' if rest.starts_with(" then ") => Some((3, at)),
            ' ' if ["and ", "also ", "plus "].iter().any(|word| rest.trim_start().starts_with(word)) => Some((2, at)),
            ',' if ends => Some((1, at)),
            _ => None,
        }
    };
    let strongest = gap.char_indices().filter_map(strength).max();
    strongest.map_or(start, |(_, at)| end + at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ArgumentExtractor;

    #[test]
    fn calls_go_over_into_each_other_at_the_strongest_mark() {
        let check = |text: &str, expected: &str| {
            let extractor = ArgumentExtractor::default();
            let passage = extractor.passage(text, Span { start: 0, end: text.len() }, None);
            let (end, start) = (text.find('1').unwrap() + 1, text.find('2').unwrap());
            assert_eq!(&text[boundary(&passage, end, start)..], expected, "{text}");
        };
        check("1 m, wide. Then 2", ". Then 2");
        check("1 m and wide, then 2", " then 2");
        check("1 to 2", "2");
    }
}
