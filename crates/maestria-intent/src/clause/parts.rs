//! Two parts of what was one piece: where they end, which comes first, and whether one names what the other works on.

use maestria_vocabulary::Span;

use super::{is_imperative, is_order, tagged::is_for_each};
use crate::words::{Word, words};

/// Which of two parts is done after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// The first: "mail Ann | after you have paid Bob".
    First,
    /// The second: "pay Bob, | and after that mail Ann".
    Second,
}

/// Words that put what follows them after what was said before.
pub(super) const THEN: &[&str] = &["then", "afterwards", "finally", "lastly", "thereafter", "subsequently"];

/// Which of two parts of a request is done after the other, if the words between them, or those with which one begins, say so.
pub(super) fn turn(text: &str, first: Span, second: Span) -> Option<Turn> {
    const AFTER: &[&str] = &["after", "once"];
    const BEFORE: &[&str] = &["before", "until"];
    const THAT: &[&str] = &["that", "this", "which"];
    const LEADING: &[&str] = &["and", "but", "only", "then", "not", "so", "just"];
    let lower = |text: &str| words(text).map(|word| word.lower()).collect::<Vec<_>>();
    let said = text.get(first.end..second.start).unwrap_or_default();
    let gap = lower(said);
    let (opens, follows) = (lower(first.of(text).unwrap_or_default()), lower(second.of(text).unwrap_or_default()));
    let starts = |any: &[&str]| opens.first().is_some_and(|word| any.contains(&word.as_str()));
    let leading = follows.iter().take_while(|word| LEADING.contains(&word.as_str())).count();
    let between: Vec<&str> = gap.iter().chain(&follows).map(String::as_str).collect();
    // "Once, …" ends what was said before.
    let ends = |place: usize| place + 1 == gap.len() && said.trim_end().ends_with([',', '.', ';', ':', '!', '?']);
    let place_of = |any: &[&str]| between.iter().take(gap.len() + leading + 1).position(|word| any.contains(word));
    if let Some(place) = place_of(AFTER).filter(|place| !ends(*place)) {
        let refers = between.get(place + 1).is_some_and(|next| THAT.contains(next));
        return Some(if refers { Turn::Second } else { Turn::First });
    }
    if let Some(place) = place_of(BEFORE).filter(|place| !ends(*place)) {
        let is_not = place.checked_sub(1).and_then(|before| between.get(before)) == Some(&"not");
        return Some(if is_not || between.get(place) == Some(&"until") { Turn::First } else { Turn::Second });
    }
    if starts(AFTER) {
        return Some(Turn::Second);
    }
    if starts(BEFORE) {
        return Some(Turn::First);
    }
    place_of(THEN).map(|_| Turn::Second)
}

/// Whether the second part names what the wish in the first is done to: it is neither a wish of its own nor joined to it.
pub(super) fn names_object(text: &str, first: Span, second: Span) -> bool {
    const JOINS: &[&str] = &["and", "then", "also", "plus", "but", "after", "before", "if", "or", "&", "→", "->", "=>"];
    const DETERMINERS: &[&str] = &["the", "a", "an", "my", "our", "its", "their", "his", "her", "whoever"];
    let said = |span: Span| words(span.of(text).unwrap_or_default()).collect::<Vec<_>>();
    let (outer, inner) = (said(first), said(second));
    let gap = text.get(..second.start).unwrap_or_default().trim_end();
    let joined = gap.ends_with([',', ';', '.', '!', '?', ':', '→', '>', '-', '–', '+', '&'])
        || gap.rsplit(char::is_whitespace).next().is_some_and(|word| JOINS.contains(&word.to_lowercase().as_str()))
        || inner.first().is_some_and(|word| JOINS.contains(&word.lower().as_str()));
    let joined = joined || gap.to_lowercase().ends_with("after that") || gap.to_lowercase().ends_with("after this");
    let object = second.of(text).unwrap_or_default();
    // "The newest review of KET-STEEL" asks for no review.
    let is_noun = inner.first().is_some_and(|first| DETERMINERS.contains(&first.lower().as_str()));
    let is_person = inner.first().is_some_and(|first| first.lower() == "whoever");
    let verbs = inner.iter().enumerate().filter(|(_, word)| is_imperative(word)).map(|(place, _)| place);
    let is_wish = verbs.into_iter().any(|place| !is_noun || place > 2 && !is_person);
    let is_wish = is_wish && !is_for_each(object) && !begins_with_each(object);
    let is_order = outer.iter().any(is_imperative) || outer.last().is_some_and(is_order);
    is_order && !is_wish && !joined
}

/// Whether words name several things: "every open invoice".
pub(super) fn begins_with_each(said: &str) -> bool {
    words(said).next().is_some_and(|first| matches!(first.lower().as_str(), "each" | "every" | "all"))
}

/// Whether two words put what follows them behind what was said: "after that".
fn is_then(after: &Word<'_>, that: &Word<'_>) -> bool {
    after.lower() == "after" && matches!(that.lower().as_str(), "that" | "this")
}

/// The span without white space and joints at its ends; none of nothing else. Words such as "after" join only what another part follows.
pub(super) fn trimmed(text: &str, span: Span, is_last: bool) -> Option<Span> {
    const JOINTS: &[&str] = &["and", "then", "plus", "&"];
    const BEFORE_ANOTHER: &[&str] = &["but", "only", "after", "once", "before", "until", "so"];
    const AFTERWARDS: &[&str] = &["afterwards", "thereafter", "subsequently"];
    let joins = |word: &str| JOINTS.contains(&word) || !is_last && BEFORE_ANOTHER.contains(&word);
    let part = span.of(text)?;
    let inside: Vec<_> = words(part).collect();
    // "And afterwards" joins, unless a mark follows.
    let is_marked = || text.get(span.start + inside.last()?.span.end..).map(|rest| !rest.starts_with(' '));
    let leads_on = |word: &str| !is_last && AFTERWARDS.contains(&word) && is_marked() == Some(false);
    // "… After that" goes with what follows.
    let said_before = match inside.as_slice() {
        [before @ .., after, that] if !is_last && is_then(after, that) => before,
        all => all,
    };
    let last = said_before.iter().rposition(|word| !joins(&word.lower()) && !leads_on(&word.lower()))?;
    let (first, last) = (inside.first()?, inside.get(last)?);
    Some(Span { start: span.start + first.span.start, end: span.start + last.span.end })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_between_parts_and_before_them_say_which_comes_first() {
        let check = |text: &str, expected: Option<Turn>| {
            let (first, _) = text.split_once('|').unwrap();
            let (first, second) = (first.len(), first.len() + 1);
            let end = text.get(..first).unwrap().trim_end().len();
            let found = turn(text, Span { start: 0, end }, Span { start: second, end: text.len() });
            assert_eq!(found, expected, "{text}");
        };
        check("text Ola |after you've paid Bob", Some(Turn::First));
        check("pay Bob, |and after that text Ola", Some(Turn::Second));
        check("pay Bob, |then text Ola", Some(Turn::Second));
        check("pay Bob |before you text Ola", Some(Turn::Second));
        check("text Ola, |but not before you've paid Bob", Some(Turn::First));
        check("don't text Ola |until you've paid Bob", Some(Turn::First));
        check("after you've paid Bob |text Ola", Some(Turn::Second));
        check("before you text Ola |pay Bob", Some(Turn::First));
        check("pay Bob and |text Ola", None);
        check("pay Bob, |next Friday text Ola", None);
        let trimmed =
            |text: &str| trimmed(text, Span { start: 0, end: text.find(" text").unwrap() }, false).unwrap().end;
        assert_eq!(trimmed("pay Bob and afterwards text Ola"), 7);
        assert_eq!(trimmed("pay Bob afterwards, text Ola"), 18);
        let text = "play it once, text Ola";
        assert_eq!(turn(text, Span { start: 0, end: 7 }, Span { start: 14, end: 22 }), None);
    }
}
