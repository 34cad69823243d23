//! Work that is named by a noun inside a wish for something else: "send Mara a summary of the transcript of call.mp3".

use maestria_vocabulary::{Bond, Span};

use super::{is_imperative, piece::Piece};
use crate::words::{Word, words};

/// Nouns that name what some work gives, with how one asks for it.
const WORKS: &[(&str, &str)] = &[
    ("summary", "summarize"),
    ("summaries", "summarize"),
    ("transcript", "transcribe"),
    ("transcripts", "transcribe"),
    ("transcription", "transcribe"),
    ("translation", "translate"),
    ("chart", "draw a chart"),
    ("graph", "draw a chart"),
    ("plot", "draw a chart"),
    ("weather", "get the weather"),
    ("forecast", "get the weather forecast"),
    ("sentiment", "analyze the sentiment"),
    ("directions", "find the way, directions"),
    ("route", "find the way, route"),
];

/// Verbs that ask for whatever their object names.
const GENERIC: &[&str] = &[
    "make", "create", "draw", "generate", "produce", "get", "give", "show", "build", "prepare", "do", "need", "want",
    "have", "write", "find", "provide", "fetch", "compute", "plot", "let", "take", "add", "check", "what", "what's",
    "how", "tell", "edit", "update", "improve", "fix", "change", "put", "look", "set", "use", "open", "read",
];

/// The piece, behind one piece for every noun inside it that names other work, innermost first.
pub(super) fn works(text: &str, piece: Piece) -> Vec<Piece> {
    let part = piece.span.of(text).unwrap_or_default();
    let all: Vec<Word<'_>> = words(part).collect();
    if piece.bond.only_finds_out || all.len() > LONGEST {
        return vec![piece];
    }
    let verb = all.iter().find(|word| is_imperative(word));
    let mut named = all.iter().enumerate().filter_map(|(place, word)| {
        let quoted = part.get(..word.span.start).is_some_and(|before| before.matches('"').count() % 2 == 1);
        let lower = word.lower();
        // A noun stands behind something that is no verb: "chart a.csv" is a wish itself.
        let (_, ask) = WORKS.iter().find(|(noun, _)| *noun == lower).filter(|_| place > 0 && !quoted)?;
        let next = all.get(place + 1).map(Word::lower);
        let of = matches!(next.as_deref(), Some("of" | "from" | "for" | "in")) && !names_a_place(&all, place + 1);
        of.then_some((place, *ask))
    });
    let generic = verb.is_none_or(|verb| {
        let me = all.iter().skip_while(|word| word.span != verb.span).nth(1).is_some_and(|word| word.lower() == "me");
        me || GENERIC.contains(&verb.lower().as_str())
    });
    if generic {
        // The first noun is what the wish itself is for.
        named.next();
    }
    let named: Vec<(usize, &str)> = named.collect();
    let mut made: Vec<Piece> = Vec::new();
    let mut inner: Option<Span> = None;
    for &(place, ask) in named.iter().rev() {
        let end = end_of(part, &all, place);
        let Some(start) = all.get(place).map(|word| word.span.start) else { continue };
        let span = Span { start: start + piece.span.start, end: end + piece.span.start };
        let object = all.get(place + 2).and_then(|word| part.get(word.span.start..end.max(word.span.start)));
        let wish = format!("{ask} {}", object.unwrap_or_default());
        let mut work = Piece { span, wish, heard: None, made_for: None, bond: Bond::default() };
        work.bond.of.extend(inner);
        inner = Some(span);
        made.push(work);
    }
    let mut outer = piece;
    if let Some(inner) = inner {
        let start = inner.start.saturating_sub(outer.span.start);
        let rest = part.get(inner.end.saturating_sub(outer.span.start)..).unwrap_or_default();
        outer.wish = format!("{}{rest}", part.get(..start).unwrap_or_default());
        outer.bond.of.push(inner);
        // What orders or decides about the whole does so from the first piece of work on.
        if let Some(first) = made.first_mut() {
            first.bond.after.clone_from(&outer.bond.after);
        }
        made.iter_mut().for_each(|work| work.bond.when.clone_from(&outer.bond.when));
    }
    made.push(outer);
    made
}

/// Longest wish that is searched for nouns, in words.
const LONGEST: usize = 60;

/// Whether a word and the next say to whom or where something goes: "in #sales".
pub(super) fn names_a_place(all: &[Word<'_>], place: usize) -> bool {
    const PREPOSITIONS: &[&str] = &["to", "in", "into", "on", "at", "for", "via"];
    let Some([preposition, next, ..]) = all.get(place..) else { return false };
    PREPOSITIONS.contains(&preposition.lower().as_str())
        && (next.text.starts_with(['#', '@']) || next.text.contains('@') && next.text.contains('.'))
}

/// Where the phrase behind a noun ends: before "to" or "by" which go with the verb of the wish, before an address, at a comma, or at its end.
fn end_of(part: &str, all: &[Word<'_>], place: usize) -> usize {
    const ENDS: &[&str] = &["to", "by", "via", "as", "with", "saying", "and"];
    let behind = all.get(place..).unwrap_or_default();
    for (at, pair) in behind.windows(2).enumerate() {
        let [left, right] = pair else { continue };
        let gap = part.get(left.span.end..right.span.start).unwrap_or_default();
        if gap.contains([',', ';', ':', '.']) || ENDS.contains(&right.lower().as_str()) || names_a_place(behind, at + 1)
        {
            return left.span.end;
        }
    }
    behind.last().map_or(part.len(), |word| word.span.end)
}
