//! Pieces for tools that some word surely asks for, though no piece calls them: what the rules took for one wish are two.

use maestria_vocabulary::Span;

use super::{
    for_each::names_all,
    forbids_next,
    freed::is_under_premise,
    is_negated, is_verb,
    parts::{Turn, names_object, trimmed, turn},
    piece::Piece,
    tagged::{LEAST_LOG, follow, own},
};
use crate::{material::quotations, tag::Tagged};

/// How much a word that asks for nothing may belong to the words beside it.
const SHARE_OF_NONE: f32 = 0.5;

/// A word says no more than this for one tool against another.
const FLOOR: f32 = 0.02;

/// Words that ask for nothing by themselves.
const ARTICLES: &[&str] = &["the", "a", "an", "my", "our", "their", "his", "her", "its"];

/// How much it counts whether a call begins with a word, beside what the words ask for. Chosen on the validation part of the own workflows.
const WEIGHT_OF_BEGINNING: f32 = 0.5;

/// Cuts the words that ask for `tool` out of the piece in which `surest` stands, the word that does so most surely. Gives where they are now;
/// nothing where the piece has no other words, says what a premise depends on, or forbids.
pub(crate) fn claim(
    text: &str,
    pieces: &mut Vec<Piece>,
    tagged: &[Tagged],
    tool: usize,
    surest: &Tagged,
) -> Option<Span> {
    let holds = |piece: &Piece| own(piece, tagged).any(|word| word.span == surest.span);
    let may_be_cut = |piece: &Piece| !piece.bond.only_finds_out && !is_negated(&piece.wish);
    let place = pieces.iter().position(|piece| holds(piece) && may_be_cut(piece))?;
    let piece = pieces.get(place)?.clone();
    let old = piece.span;
    let words: Vec<&Tagged> = own(&piece, tagged).collect();
    let (from, to) = extent(text, &words, surest, tool)?;
    let whole = |from: usize, to: usize| {
        let (first, last) = (words.get(from)?, words.get(to)?);
        trimmed(text, Span { start: first.span.start, end: last.span.end }, to + 1 == words.len())
    };
    let span = whole(from, to)?;
    let until_surest = words.iter().skip(from).take_while(|word| word.span.start <= surest.span.start);
    if until_surest.clone().any(|word| forbids_next(text, old.start, word.span.start).is_some()) {
        return None;
    }
    // "Mail Ann the" of "mail Ann the forecast" is all for one.
    let said = |words: &[&Tagged]| {
        let mut words = words.iter().filter_map(|word| word.span.of(text));
        words.any(|word| !ARTICLES.contains(&word.to_lowercase().as_str()))
    };
    if !words.get(..from).is_some_and(said) && !words.get(to + 1..).is_some_and(said) && from <= to {
        return (from > 0 || to + 1 < words.len()).then_some(old);
    }
    let mut part = Piece::new(text, span);
    let parts = match (from > 0, to + 1 < words.len()) {
        (false, false) => return None,
        // In the midst of another, whose object it is.
        (true, true) => {
            let mut outer = piece;
            part.bond.when.clone_from(&outer.bond.when);
            part.bond.after.clone_from(&outer.bond.after);
            outer.bond.of.push(span);
            [part, outer]
        }
        (true, false) => {
            let mut first = Piece::new(text, whole(0, from - 1)?);
            part.bond.when = piece.bond.when.clone().filter(|_| is_under_premise(text, &piece, span));
            first.bond = piece.bond;
            part.bond.each = names_all(&part.wish);
            ordered(text, first, part)
        }
        (false, true) => {
            let mut rest = Piece::new(text, whole(to + 1, words.len() - 1)?);
            rest.bond.when = piece.bond.when.clone().filter(|_| is_under_premise(text, &piece, rest.span));
            rest.bond.of.clone_from(&piece.bond.of);
            rest.bond.each = names_all(&rest.wish);
            part.bond = piece.bond;
            part.bond.of.clear();
            ordered(text, part, rest)
        }
    };
    let now: Vec<(Span, Span)> = parts.iter().filter(|part| part.span != old).map(|part| (old, part.span)).collect();
    let is_there = parts.iter().any(|part| part.span == old);
    pieces.splice(place..=place, parts);
    if !is_there {
        follow(pieces, &now);
    }
    Some(span)
}

/// Two pieces in which it says which is done first; what names the object of the other comes before it.
fn ordered(text: &str, mut first: Piece, mut second: Piece) -> [Piece; 2] {
    match turn(text, first.span, second.span) {
        Some(Turn::Second) => second.bond.after.push(first.span),
        Some(Turn::First) => first.bond.after.push(second.span),
        None if names_object(text, first.span, second.span) => {
            first.bond.of.push(second.span);
            return [second, first];
        }
        None => {}
    }
    [first, second]
}

/// The first and the last of the words that ask for a tool rather than for the one that the others ask for, around the surest. A quotation
/// is not divided.
fn extent(text: &str, words: &[&Tagged], surest: &Tagged, tool: usize) -> Option<(usize, usize)> {
    let anchor = words.iter().position(|word| word.span == surest.span)?;
    let tools = surest.asks.len().saturating_sub(1);
    let pooled = |other: &usize| words.iter().map(|word| ask(word, *other).ln().max(LEAST_LOG)).sum::<f32>();
    let other = (0..tools).filter(|other| *other != tool).max_by(|a, b| pooled(a).total_cmp(&pooled(b)))?;
    let speaks = |word: &Tagged| {
        let none = SHARE_OF_NONE * word.asks.first().copied().unwrap_or_default() + FLOOR;
        ((ask(word, tool) + none) / (ask(word, other) + none)).ln()
    };
    let begins = |word: &Tagged| {
        let begins = word.begins.clamp(1e-3, 1.0 - 1e-3);
        WEIGHT_OF_BEGINNING * (begins / (1.0 - begins)).ln()
    };
    let (mut from, mut best, mut sum) = (anchor, begins(surest), 0.0);
    for (place, word) in words.iter().enumerate().take(anchor).rev() {
        sum += speaks(word);
        if sum + begins(word) > best {
            (from, best) = (place, sum + begins(word));
        }
    }
    let (mut to, mut best, mut sum) = (anchor, 0.0_f32, 0.0);
    for (place, word) in words.iter().enumerate().skip(anchor + 1) {
        sum += speaks(word);
        if sum >= best {
            (to, best) = (place, sum);
        }
    }
    let quoted = quotations(text);
    let splits = |at: usize| quoted.iter().any(|span| span.start < at && at < span.end);
    while to + 1 < words.len() && words.get(to).is_some_and(|word| splits(word.span.end)) {
        to += 1;
    }
    while from > 0 && words.get(from).is_some_and(|word| splits(word.span.start)) {
        from -= 1;
    }
    Some((from, to.max(governed(text, words, from).unwrap_or(to))))
}

/// The last word of what a verb behind "and" has for its objects, up to the next such verb: "assign it to Maria" of "open an issue and assign
/// it to Maria".
fn governed(text: &str, words: &[&Tagged], from: usize) -> Option<usize> {
    let is_verb_behind_and = |place: usize| {
        let (before, word) = (words.get(place.checked_sub(1)?)?.span.of(text)?, words.get(place)?.span.of(text)?);
        let next = crate::words::words(word).next()?;
        Some(matches!(before, "and" | "then") && is_verb(&next))
    };
    if is_verb_behind_and(from) != Some(true) {
        return None;
    }
    let next = (from + 1..words.len()).find(|place| is_verb_behind_and(*place) == Some(true));
    // What joins the next is not part of it.
    next.map_or_else(|| words.len().checked_sub(1), |next| next.checked_sub(2)).filter(|last| *last >= from)
}

fn ask(word: &Tagged, tool: usize) -> f32 {
    word.asks.get(tool + 1).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What becomes of a text that is one piece, when the first tool claims its words. Words with a mark ask for it; the others for the second.
    fn check(text: &str, expected: &[&str], claimed: Option<&str>) {
        let plain = text.replace('*', "");
        let mut end = 0;
        let tagged = text.split(' ').map(|word| {
            let start = end;
            let length = word.trim_start_matches('*').len();
            end += length + 1;
            let asks = if word.starts_with('*') { vec![0.02, 0.95, 0.03] } else { vec![0.02, 0.03, 0.95] };
            Tagged { span: Span { start, end: start + length }, asks, begins: 0.5 }
        });
        let tagged: Vec<Tagged> = tagged.collect();
        let mut pieces = vec![Piece::new(&plain, Span { start: 0, end: plain.len() })];
        let surest = tagged.iter().max_by(|a, b| ask(a, 0).total_cmp(&ask(b, 0))).unwrap();
        let span = claim(&plain, &mut pieces, &tagged, 0, surest);
        assert_eq!(span.map(|span| span.of(&plain).unwrap()), claimed, "{text}");
        let of = |span: &Span| span.of(&plain).unwrap();
        let told = |piece: &Piece| {
            let bond = &piece.bond;
            let of: Vec<String> = bond.of.iter().map(of).map(|inner| format!(" [{inner}]")).collect();
            let after: Vec<String> = bond.after.iter().map(|span| format!(" < {}", span.of(&plain).unwrap())).collect();
            format!("{}{}{}", piece.span.of(&plain).unwrap(), of.concat(), after.concat())
        };
        assert_eq!(pieces.iter().map(told).collect::<Vec<_>>(), expected, "{text}");
    }

    #[test]
    fn words_that_ask_for_a_tool_become_a_piece_of_their_own() {
        check(
            "crop pass.jpg, and *remind *me *tomorrow",
            &["crop pass.jpg", "remind me tomorrow"],
            Some("remind me tomorrow"),
        );
        check(
            "*text *Ola after you've paid Bob",
            &["text Ola < after you've paid Bob", "after you've paid Bob"],
            Some("text Ola"),
        );
        check("write *all *mails to a.txt", &["all mails", "write all mails to a.txt [all mails]"], Some("all mails"));
        check("*remind *me", &["remind me"], None);
        check("*say *\"I am late\" and crop it", &["say \"I am late", "and crop it"], Some("say \"I am late"));
        check("don't *remind me", &["don't remind me"], None);
        check("crop it rather than *deleting *it", &["crop it rather than deleting it"], None);
    }

    #[test]
    fn what_came_after_a_piece_comes_after_its_parts() {
        let text = "crop it and remind me, mail Bob";
        let word = |start: usize, end: usize, asks: f32| Tagged {
            span: Span { start, end },
            asks: vec![0.02, asks, 0.98 - asks],
            begins: 0.5,
        };
        let tagged = [word(0, 4, 0.03), word(5, 7, 0.03), word(12, 18, 0.95), word(19, 22, 0.95)];
        let mut last = Piece::new(text, Span { start: 23, end: 31 });
        last.bond.after.push(Span { start: 0, end: 21 });
        let mut pieces = vec![Piece::new(text, Span { start: 0, end: 21 }), last];
        claim(text, &mut pieces, &tagged, 0, &tagged[2]).unwrap();
        let [first, second, last] = pieces.as_slice() else { panic!("three pieces: {pieces:?}") };
        assert_eq!(last.bond.after, [first.span, second.span]);
    }
}
