//! A request cut into pieces that each ask for one thing or state one premise, with what ties them together.

use maestria_vocabulary::{Bond, Premise, Span};

use super::{
    clauses,
    for_each::{at_each, names_all},
    freed::{at_unconditional, is_unconditional},
    nested::works,
    parallel::{elided, repeated},
    sequence::{begins_with_then, says_then},
    subordinate::{Kind, Subordinate, in_quotes, subordinates},
};
use crate::words::{Word, words};

/// A piece of a request.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Piece {
    /// Where it stands.
    pub(crate) span: Span,
    /// Its words without those of other pieces inside it, and with the verb that it leaves out: what it is understood by.
    pub(crate) wish: String,
    /// The request with blanks for what another piece inside this one says, where its arguments are read from that.
    pub(crate) heard: Option<String>,
    /// The place among the tagged tools of the one that it was made for.
    pub(crate) made_for: Option<usize>,
    /// What ties it to other pieces.
    pub(crate) bond: Bond,
}

/// Cuts `text` into pieces, in order. Words that only join pieces belong to none.
pub(crate) fn pieces(text: &str) -> Vec<Piece> {
    let found = subordinates(text);
    let mut cut: Vec<Cut> = Vec::new();
    let mut start = 0;
    for subordinate in found {
        cut.extend(mains(text, Span { start, end: subordinate.whole.start }));
        if let Some(Cut::Main(main)) = cut.last_mut() {
            *main = without_joint(text, *main);
        }
        start = subordinate.whole.end;
        cut.push(Cut::Subordinate(subordinate));
    }
    cut.extend(mains(text, Span { start, end: text.len() }));
    let mut pieces = tied(text, &cut);
    if pieces.is_empty() {
        pieces = clauses(text).into_iter().map(|span| Piece::new(text, span)).collect();
    }
    let pieces = pieces.into_iter().flat_map(|piece| repeated(text, piece)).flat_map(|piece| works(text, piece));
    elided(text, pieces.collect())
}

enum Cut {
    Main(Span),
    Subordinate(Subordinate),
}

fn mains(text: &str, within: Span) -> Vec<Cut> {
    let part = within.of(text).unwrap_or_default();
    let inside = clauses(part).into_iter();
    let placed = inside.map(|span| Span { start: span.start + within.start, end: span.end + within.start });
    let freed = placed.flat_map(|span| at_unconditional(text, span)).flat_map(|span| at_each(text, span));
    freed.filter(|span| !is_filler(span.of(text).unwrap_or_default())).map(Cut::Main).collect()
}

/// The span without a last word that only joins it to what follows: "and", before "once it is done".
pub(super) fn without_joint(text: &str, span: Span) -> Span {
    let inside: Vec<_> = words(span.of(text).unwrap_or_default()).collect();
    match inside.as_slice() {
        [.., last, joint]
            if matches!(joint.lower().as_str(), "and" | "but" | "then")
                && !in_quotes(text, span.start + joint.span.start) =>
        {
            Span { end: span.start + last.span.end, ..span }
        }
        _ => span,
    }
}

/// Whether words between two pieces say nothing of their own: "but only", "and".
pub(super) fn is_filler(part: &str) -> bool {
    const FILLER: &[&str] = &[
        "and", "but", "only", "then", "also", "both", "all", "that", "it", "so", "please", "or", "just", "i", "want",
        "first",
    ];
    words(part).all(|word| FILLER.contains(&word.lower().as_str()) || !word.text.contains(char::is_alphanumeric))
}

impl Piece {
    pub(super) fn new(text: &str, span: Span) -> Self {
        Self {
            span,
            wish: span.of(text).unwrap_or_default().to_owned(),
            heard: None,
            made_for: None,
            bond: Bond::default(),
        }
    }
}

/// The pieces with what order, condition and repetition the words between and inside them state.
fn tied(text: &str, cut: &[Cut]) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    // What the words before put in front of all that follows in the sentence.
    let mut leading: Option<Premise> = None;
    let mut first: Vec<Span> = Vec::new();
    let mut last_premise: Option<Premise> = None;
    // Pieces that come after all that follows in the sentence: "before you send it, …".
    let mut later: Vec<usize> = Vec::new();
    let mut previous: Option<Span> = None;
    let mut sentence = 0;
    for part in cut {
        let span = match part {
            Cut::Main(span) => *span,
            Cut::Subordinate(subordinate) => subordinate.whole,
        };
        if previous.is_some_and(|before| ends_sentence(text, before.end, span.start)) {
            (leading, first, later, sentence) = (None, Vec::new(), Vec::new(), pieces.len());
        }
        match part {
            Cut::Main(span) => {
                let mut piece = Piece::new(text, *span);
                if is_unconditional(&piece.wish) {
                    leading = None;
                }
                piece.bond.when = leading.clone();
                piece.bond.each = names_all(&piece.wish);
                piece.bond.after.clone_from(&first);
                let is_later = |before: &Span| says_then(text, before.end, span.start) || begins_with_then(&piece.wish);
                if let Some(before) = last_main(&pieces).filter(is_later) {
                    piece.bond.after.push(before);
                }
                piece.bond.after.dedup();
                for &place in &later {
                    if let Some(piece) = pieces.get_mut(place) {
                        piece.bond.after.push(*span);
                    }
                }
                pieces.push(piece);
            }
            Cut::Subordinate(subordinate) => match &subordinate.kind {
                Kind::Premise { negated, anaphoric } => {
                    let turned = last_premise.as_ref().and_then(|last| subordinate.turns(last, text));
                    let (negated, anaphoric) = turned.map_or((*negated, *anaphoric), |negated| (negated, true));
                    let asked = pieces.last().map(|piece| piece.span);
                    let answer = last_premise.as_ref().and_then(|last| subordinate.answers(last, text));
                    let premise = match (&last_premise, anaphoric) {
                        (Some(last), true) if answer.is_some() => last.clone().negated(answer == Some(true)),
                        (Some(last), true) => last.clone().negated(last.negated != negated),
                        (None, true) => subordinate.premise(asked.unwrap_or(subordinate.words), text),
                        (_, false) => subordinate.premise(subordinate.words, text),
                    };
                    if !anaphoric {
                        let parts = premise.all_of.iter().map(|part| part.span);
                        let parts = if premise.all_of.is_empty() { vec![subordinate.words] } else { parts.collect() };
                        pieces.extend(parts.into_iter().map(|span| {
                            let mut piece = Piece::new(text, span);
                            piece.bond.only_finds_out = true;
                            piece
                        }));
                    }
                    let alone = is_afterthought(text, subordinate.whole);
                    if subordinate.leads && !alone {
                        leading = Some(premise.clone());
                    } else {
                        let sentence = if alone { 0 } else { sentence };
                        let both = words(span.of(text).unwrap_or_default()).any(|word| word.lower() == "both");
                        let mut mains =
                            pieces.iter_mut().skip(sentence).rev().filter(|piece| !piece.bond.only_finds_out);
                        let count = if both { usize::MAX } else { 1 };
                        mains.by_ref().take(count).for_each(|piece| piece.bond.when = Some(premise.clone()));
                    }
                    last_premise = Some(premise);
                }
                Kind::Done => {
                    let count = count_of_done(span.of(text).unwrap_or_default());
                    let mains = pieces.iter().rev().filter(|piece| !piece.bond.only_finds_out).take(count);
                    let mut done: Vec<Span> = mains.map(|piece| piece.span).collect();
                    done.reverse();
                    first.extend(done);
                }
                Kind::Before | Kind::After => {
                    let mut piece = Piece::new(text, subordinate.words);
                    let mains = || pieces.iter().skip(sentence).map(|piece| piece.span);
                    match (&subordinate.kind, subordinate.leads) {
                        (Kind::Before, true) => later.push(pieces.len()),
                        (Kind::Before, false) => piece.bond.after.extend(last_main(&pieces)),
                        (_, true) => first.push(subordinate.words),
                        (_, false) => {
                            let main = mains().next_back();
                            let at = pieces.iter_mut().filter(|piece| Some(piece.span) == main);
                            at.for_each(|piece| piece.bond.after.push(subordinate.words));
                        }
                    }
                    pieces.push(piece);
                }
            },
        }
        previous = Some(span);
    }
    pieces
}

/// Whether a sentence says nothing but on which premise what was said before it is done: "Restart it. But only if it is down."
fn is_afterthought(text: &str, premise: Span) -> bool {
    let said: Vec<String> = words(premise.of(text).unwrap_or_default()).take(2).map(|word| word.lower()).collect();
    let is_restriction =
        matches!(said.iter().map(String::as_str).collect::<Vec<_>>().as_slice(), ["only", _] | ["but" | "and", "only"]);
    let behind = text.get(premise.end..).unwrap_or_default().trim_start_matches(['"', '”', ')', ' ']);
    is_restriction && (behind.is_empty() || behind.starts_with(['.', '!', '\n']))
}

/// How many of the wishes before are over where something says that they are: "when all of this is done".
fn count_of_done(said: &str) -> usize {
    let count = |word: Word<'_>| match word.lower().as_str() {
        "all" | "everything" => Some(usize::MAX),
        "both" | "two" => Some(2),
        "three" => Some(3),
        "four" => Some(4),
        _ => None,
    };
    words(said).find_map(count).unwrap_or(1)
}

fn last_main(pieces: &[Piece]) -> Option<Span> {
    pieces.iter().rev().find(|piece| !piece.bond.only_finds_out).map(|piece| piece.span)
}

/// Whether a sentence ends between two places.
pub(super) fn ends_sentence(text: &str, from: usize, to: usize) -> bool {
    text.get(from..to).is_some_and(|gap| gap.contains(['.', '!', ';', '\n']))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Every piece with its bond in short: `<` the pieces before it, `?` its premise, `*` for each.
    fn check(text: &str, expected: &[&str]) {
        let of = |span: &Span| span.of(text).unwrap().to_owned();
        let shown = pieces(text).into_iter().map(|piece| {
            let mut line = if piece.bond.only_finds_out { "if ".to_owned() } else { String::new() };
            line += piece.span.of(text).unwrap();
            for before in piece.bond.after.iter().chain(&piece.bond.of) {
                line += &format!(" < {}", of(before));
            }
            if let Some(premise) = &piece.bond.when {
                line += &format!(" ? {}{}", if premise.negated { "not " } else { "" }, of(&premise.span));
                if let Some((op, amount)) = &premise.amount {
                    line += &format!(" {op} {amount}");
                }
            }
            if piece.bond.each { line + " *" } else { line }
        });
        assert_eq!(shown.collect::<Vec<_>>(), expected, "{text}");
    }

    #[test]
    fn order_is_read_from_the_words_that_join() {
        check("crop a.png, then send it to Ann", &["crop a.png", "send it to Ann < crop a.png"]);
        check("crop a.png and send it to Ann", &["crop a.png", "send it to Ann"]);
        check(
            "Before you mail a.docx to Ann, convert it to pdf",
            &["mail a.docx to Ann < convert it to pdf", "convert it to pdf"],
        );
        check("After you've moved a to b, delete c", &["moved a to b", "delete c < moved a to b"]);
        check("Move a to b. When that's done, delete c", &["Move a to b", "delete c < Move a to b"]);
        check("Move a to b and, once it's gone, delete c", &["Move a to b", "delete c < Move a to b"]);
        check(
            "tell Bo it is live, but not before you've deployed shop",
            &["tell Bo it is live < deployed shop", "deployed shop"],
        );
        check(
            "First mute a, after that deploy b, and finally post it",
            &["First mute a", "deploy b < First mute a", "post it < First mute a < deploy b"],
        );
        check("book a room before Feb 1 and mail Ann", &["book a room before Feb 1", "mail Ann"]);
        check("check it, if it is down page Mira Ok", &["check it", "if it is down", "page Mira Ok ? it is down"]);
        check("in case of rain tell Bo", &["if of rain", "tell Bo ? of rain"]);
    }

    #[test]
    fn premises_are_told_from_what_depends_on_them() {
        check(
            "If it rains in Oslo, remind me to take the washing in",
            &["if it rains in Oslo", "remind me to take the washing in ? it rains in Oslo"],
        );
        check(
            "Run the tests. If more than 5 fail, open an issue, otherwise tell Bo",
            &[
                "Run the tests",
                "if more than 5 fail",
                "open an issue ? more than 5 fail > 5",
                "tell Bo ? not more than 5 fail > 5",
            ],
        );
        let check_one = |text: &str| check(text, &[text]);
        check_one("Remind me to call Ann once it's 5 pm");
        check(
            "If it rains, post \"stay home\", and either way tell Bo",
            &["if it rains", "post \"stay home ? it rains", "either way tell Bo"],
        );
        check("look it up rather than cancelling it", &["look it up rather than cancelling it"]);
        check_one("remind me to stretch now and then");
        check("If I miss my flight, book a hotel", &["if I miss my flight", "book a hotel ? I miss my flight"]);
        check(
            "If I don't have a meeting tomorrow, cancel the taxi",
            &["if I don't have a meeting tomorrow", "cancel the taxi ? I don't have a meeting tomorrow"],
        );
        check("find rooms if I don't want to pay more than 90", &["find rooms if I don't want to pay more than 90"]);
        check("tell Bo to stay unless the sun shines", &["tell Bo to stay ? not the sun shines", "if the sun shines"]);
    }

    #[test]
    fn a_premise_may_follow_what_depends_on_it() {
        check("Restart search should it be down", &["Restart search ? it be down", "if it be down"]);
        check(
            "Stop the job when its load is above 5",
            &["Stop the job ? its load is above 5 > 5", "if its load is above 5"],
        );
        check("Crop a.png. But only if it is wide.", &["Crop a.png ? it is wide", "if it is wide"]);
        check("Is a.png wide? In that case crop it", &["Is a.png wide", "crop it ? Is a.png wide"]);
        for one in ["Where should it go", "What should the title be", "Warn me when the load is above 5"] {
            check(one, &[one]);
        }
    }

    #[test]
    fn one_verb_over_several_objects_is_several_wishes() {
        check("resize a.png to 200 and b.png to 400", &["resize a.png to 200", "b.png to 400"]);
        check("remind me at 8 to eat, and at 9 to sleep", &["remind me at 8 to eat", "at 9 to sleep"]);
        check("resize a.png to 200", &["resize a.png to 200"]);
    }

    #[test]
    fn work_named_by_a_noun_comes_first() {
        check(
            "Send Mara a summary of the transcript of call.mp3",
            &[
                "transcript of call.mp3",
                "summary of the transcript of call.mp3 < transcript of call.mp3",
                "Send Mara a summary of the transcript of call.mp3 < summary of the transcript of call.mp3",
            ],
        );
        check("Give me a summary of a.md", &["Give me a summary of a.md"]);
    }

    proptest! {
        #[test]
        fn pieces_lie_within_the_text(
            text in "(if|unless|before|after|once|and|then|each|summary|of|at|8|a\\.png|otherwise|write|,|\\.|\\?|:| |\\PC){0,50}"
        ) {
            for piece in pieces(&text) {
                prop_assert!(piece.span.of(&text).is_some());
            }
        }
    }
}
