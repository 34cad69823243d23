//! Pieces of a request cut once more where its words go over from one tool to another: "crop a.png, a reminder for noon".

use maestria_vocabulary::Span;

use super::{is_imperative, piece::Piece};
use crate::{tag::Tagged, words::words};

/// Least probability of a tool for a word to be said to ask for it.
const LEAST: f32 = 0.7;

/// Least probability of a word that begins a call of another tool than the words before it.
const MAY_BEGIN: f32 = 0.2;

/// Least probability of a word that begins another call of the same tool.
const BEGINS: f32 = 0.5;

/// Cuts every piece where its words go over from one tool to another. What one part asks for may be what the other works on: "mail Ann"
/// works on what "the forecast for Oslo" gives.
pub(crate) fn recut(text: &str, pieces: Vec<Piece>, tagged: &[Tagged]) -> Vec<Piece> {
    let cut = pieces.into_iter().flat_map(|piece| cut(text, piece, tagged));
    let mut whole: Vec<Piece> = Vec::new();
    for piece in cut {
        match whole.last_mut().filter(|before| goes_on(before, &piece, tagged)) {
            Some(before) => {
                let span = Span { start: before.span.start, end: piece.span.end };
                *before = Piece { bond: before.bond.clone(), ..Piece::new(text, span) };
                before.bond.each |= piece.bond.each;
            }
            None => whole.push(piece),
        }
    }
    whole
}

/// Whether a piece only says more of the call that the one before it asks for.
fn goes_on(before: &Piece, piece: &Piece, tagged: &[Tagged]) -> bool {
    let plain = |piece: &Piece| !piece.bond.only_finds_out && piece.bond.of.is_empty();
    let same_premise = before.bond.when == piece.bond.when && piece.bond.after.is_empty();
    let behind = before.span.end <= piece.span.start;
    let tool = |piece: &Piece| own(piece, tagged).filter_map(likeliest).next();
    let begins = own(piece, tagged).any(|word| word.begins >= BEGINS);
    plain(before) && plain(piece) && same_premise && behind && !begins && tool(piece).is_some() && {
        let last = own(before, tagged).filter_map(likeliest).last();
        last == tool(piece)
    }
}

/// How likely each tool is asked for by some word of a piece that is not part of another piece inside it, in `[0, 1]`.
pub(crate) fn asked(piece: &Piece, tagged: &[Tagged]) -> Vec<f32> {
    let mut asked = Vec::new();
    for word in own(piece, tagged) {
        let tools = word.asks.get(1..).unwrap_or_default();
        asked.resize(tools.len(), 0.0);
        asked.iter_mut().zip(tools).for_each(|(most, ask): (&mut f32, &f32)| *most = most.max(*ask));
    }
    asked
}

fn own<'a>(piece: &Piece, tagged: &'a [Tagged]) -> impl Iterator<Item = &'a Tagged> {
    let (whole, inner) = (piece.span, piece.bond.of.clone());
    let inside = |word: &Span, span: &Span| word.start < span.end && span.start < word.end;
    tagged.iter().filter(move |word| inside(&word.span, &whole) && !inner.iter().any(|span| inside(&word.span, span)))
}

fn cut(text: &str, piece: Piece, tagged: &[Tagged]) -> Vec<Piece> {
    if piece.bond.only_finds_out || !piece.bond.of.is_empty() {
        return vec![piece];
    }
    let starts = starts(&piece, tagged);
    let Some((_, later)) = starts.split_first().filter(|(_, later)| !later.is_empty()) else { return vec![piece] };
    let bounds: Vec<usize> = [piece.span.start].into_iter().chain(later.iter().copied()).collect();
    let ends = later.iter().copied().chain([piece.span.end]);
    let spans: Vec<Span> =
        bounds.into_iter().zip(ends).filter_map(|(start, end)| trimmed(text, Span { start, end })).collect();
    let mut parts: Vec<Piece> = Vec::new();
    for (place, span) in spans.iter().enumerate() {
        let mut part = Piece::new(text, *span);
        part.bond.when.clone_from(&piece.bond.when);
        part.bond.each = super::piece::names_all(&part.wish);
        if place == 0 {
            part.bond.after.clone_from(&piece.bond.after);
        }
        let before = place.checked_sub(1).and_then(|before| spans.get(before));
        match parts.last_mut().zip(before) {
            Some((outer, before)) if names_object(text, *before, *span) => {
                outer.bond.of.push(*span);
                let place = parts.len() - 1;
                parts.insert(place, part);
            }
            _ => parts.push(part),
        }
    }
    parts
}

/// Where the words of every call begin: where another tool is asked for by a run of words of which one begins a call. "branch" in "run the
/// tests on branch x" may name a tool that makes branches, and does not ask for one.
fn starts(piece: &Piece, tagged: &[Tagged]) -> Vec<usize> {
    let asking: Vec<(usize, &Tagged)> = own(piece, tagged).filter_map(|word| Some((likeliest(word)?, word))).collect();
    let runs = asking.chunk_by(|(left, _), (right, _)| left == right);
    let begun = runs.filter(|run| run.iter().any(|(_, word)| word.begins >= MAY_BEGIN));
    let firsts: Vec<&(usize, &Tagged)> = begun.filter_map(<[_]>::first).collect();
    let calls = firsts.chunk_by(|(left, _), (right, _)| left == right).filter_map(<[_]>::first);
    calls.map(|(_, word)| word.span.start).collect()
}

/// The tool that a word asks for, counted from zero.
fn likeliest(word: &Tagged) -> Option<usize> {
    let tools = word.asks.iter().skip(1).enumerate();
    let best = tools.max_by(|(_, a), (_, b)| a.total_cmp(b))?;
    (*best.1 >= LEAST).then_some(best.0)
}

/// Whether the second part names what the wish in the first is done to: it is neither a wish of its own nor joined to it.
fn names_object(text: &str, first: Span, second: Span) -> bool {
    const JOINS: &[&str] = &["and", "then", "also", "plus", "but", "after", "before", "if", "or", "&", "→", "->", "=>"];
    let said = |span: Span| words(span.of(text).unwrap_or_default()).collect::<Vec<_>>();
    let (outer, inner) = (said(first), said(second));
    let gap = text.get(..second.start).unwrap_or_default().trim_end();
    let joined = gap.ends_with([',', ';', '.', '!', '?', ':', '→', '>', '-', '–', '+', '&'])
        || gap.rsplit(char::is_whitespace).next().is_some_and(|word| JOINS.contains(&word.to_lowercase().as_str()))
        || inner.first().is_some_and(|word| JOINS.contains(&word.lower().as_str()));
    outer.iter().any(is_imperative) && !inner.iter().any(is_imperative) && !joined
}

/// The span without white space and joints at its ends; none of nothing else.
fn trimmed(text: &str, span: Span) -> Option<Span> {
    const JOINTS: &[&str] = &["and", "then", "plus", "&"];
    let part = span.of(text)?;
    let inside: Vec<_> = words(part).collect();
    let last = inside.iter().rposition(|word| !JOINTS.contains(&word.lower().as_str()))?;
    let (first, last) = (inside.first()?, inside.get(last)?);
    Some(Span { start: span.start + first.span.start, end: span.start + last.span.end })
}
