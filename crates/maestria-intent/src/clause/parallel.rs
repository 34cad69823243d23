//! One verb over several objects: "resize a.png to 200 and b.png to 400".

use maestria_vocabulary::Span;

use super::piece::Piece;
use crate::{
    extract::number_word,
    words::{Word, words},
};

/// The piece, or one piece for each of its members that are built alike; those behind the first are understood by the words of the first.
///
/// Two members are alike where the same prepositions, numbers, files and addresses come in the same order in both, and at least two of
/// them.
pub(super) fn repeated(text: &str, piece: Piece) -> Vec<Piece> {
    let part = piece.span.of(text).unwrap_or_default();
    let all: Vec<Word<'_>> = words(part).collect();
    [false, true]
        .into_iter()
        .find_map(|only_commas| members(part, &all, only_commas, &piece))
        .unwrap_or_else(|| vec![piece])
}

/// The members of a piece, cut at every comma and "and", or at commas alone; nothing where they are not built alike.
fn members(part: &str, all: &[Word<'_>], only_commas: bool, piece: &Piece) -> Option<Vec<Piece>> {
    let mut starts = vec![0];
    for (place, pair) in all.windows(2).enumerate() {
        let [left, right] = pair else { continue };
        let gap = part.get(left.span.end..right.span.start).unwrap_or_default();
        let quoted = part.get(..right.span.start).is_some_and(|before| before.matches('"').count() % 2 == 1);
        if !quoted && (gap.contains([',', ';']) || !only_commas && JOINS.contains(&left.lower().as_str())) {
            starts.push(place + 1);
        }
    }
    let members: Vec<&[Word<'_>]> = starts
        .iter()
        .zip(starts.iter().skip(1).chain([&all.len()]))
        .filter_map(|(&from, &to)| all.get(from..to))
        .map(trimmed)
        .filter(|member| !member.is_empty())
        .collect();
    let (head, others) = members.split_first().filter(|(_, others)| !others.is_empty())?;
    let (shape, names) = (marks(head), named_numbers(head));
    let alike = |member: &&[Word<'_>]| {
        let (own, own_names) = (marks(member), named_numbers(member));
        let names_alike = own_names.len() == own.len() && names.ends_with(&own_names);
        let built_alike = own.len() >= 2 && (shape.len() == own.len() || own.len() > 2 || names_alike);
        let said_again = own.len() == 1 && own_names.len() == 1 && before_number(head) == before_number(member);
        shape.ends_with(&own) && (built_alike || said_again)
    };
    if !others.iter().all(alike) {
        return None;
    }
    let spans = members.iter().filter_map(|member| {
        Some(Span {
            start: member.first()?.span.start + piece.span.start,
            end: member.last()?.span.end + piece.span.start,
        })
    });
    let head_wish = head.first().zip(head.last()).and_then(|(a, b)| part.get(a.span.start..b.span.end));
    let wish = head_wish.unwrap_or_default().to_owned();
    Some(spans.map(|span| Piece { span, wish: wish.clone(), ..piece.clone() }).collect())
}

/// The words before the numbers of a member: "base" and "height" of "base 3 and height 4".
fn named_numbers(member: &[Word<'_>]) -> Vec<String> {
    let pairs = member.windows(2).filter_map(|pair| match pair {
        [name, number] if number_word(&number.lower()).is_some() => Some(name.lower()),
        _ => None,
    });
    pairs.collect()
}

/// The two words before the number of a member: "factorial of" of "then the factorial of 7".
fn before_number(member: &[Word<'_>]) -> Option<[String; 2]> {
    member.windows(3).rev().find_map(|window| match window {
        [noun, of, number] if number_word(&number.lower()).is_some() => Some([noun.lower(), of.lower()]),
        _ => None,
    })
}

/// Lets a piece that only says what is different this time be understood by the words of the one before: "and what about Osaka?",
/// "another one with base 8".
pub(super) fn elided(text: &str, pieces: Vec<Piece>) -> Vec<Piece> {
    const SAME: &[&[&str]] = &[
        &["what", "about"],
        &["how", "about"],
        &["the", "same", "for"],
        &["the", "same", "with"],
        &["same", "for"],
        &["likewise", "for"],
        &["another", "one"],
        &["another", "with"],
        &["another", "for"],
        &["one", "more", "for"],
    ];
    const BEFORE: &[&str] = &["and", "also", "then", "now", "do", "plus"];
    let mut out: Vec<Piece> = Vec::new();
    for piece in pieces {
        let part = piece.span.of(text).unwrap_or_default();
        let all: Vec<Word<'_>> = words(part).collect();
        let lower: Vec<String> = all.iter().map(Word::lower).collect();
        let begins = |place: &usize| {
            let rest = lower.get(*place..).unwrap_or_default();
            SAME.iter().any(|same| rest.len() > same.len() && rest.iter().zip(*same).all(|(a, b)| a == b))
        };
        // "The same for" has "same for" in it.
        let starts: Vec<usize> = (0..all.len()).filter(begins).fold(Vec::new(), |mut starts, place| {
            if starts.last().is_none_or(|last| place > last + 2) {
                starts.push(place);
            }
            starts
        });
        let Some(&first) = starts.first() else {
            out.push(piece);
            continue;
        };
        // "And also" before it belongs to neither.
        let end_of = |place: usize| {
            let joints = lower.get(..place).unwrap_or_default().iter().rev();
            place - joints.take_while(|word| BEFORE.contains(&word.as_str())).count()
        };
        let place_of = |place: usize| piece.span.start + all.get(place).map_or(part.len(), |word| word.span.start);
        let last_of = |place: usize| {
            let last = place.checked_sub(1).and_then(|last| all.get(last));
            piece.span.start + last.map_or(0, |word| word.span.end)
        };
        if end_of(first) > 0 {
            let span = Span { end: last_of(end_of(first)), ..piece.span };
            let wish = span.of(text).unwrap_or_default().to_owned();
            out.push(Piece { span, wish, ..piece.clone() });
        }
        for (place, &start) in starts.iter().enumerate() {
            let end = starts.get(place + 1).map_or(piece.span.end, |next| last_of(end_of(*next)));
            let span = Span { start: place_of(start), end };
            let wish =
                out.last().map_or_else(|| span.of(text).unwrap_or_default().to_owned(), |last| last.wish.clone());
            out.push(Piece { span, wish, ..piece.clone() });
        }
    }
    out
}

const JOINS: &[&str] = &["and", "&", "plus"];

fn trimmed<'a, 'w>(member: &'a [Word<'w>]) -> &'a [Word<'w>] {
    let is_join = |word: &Word<'_>| JOINS.contains(&word.lower().as_str());
    let from = member.iter().take_while(|word| is_join(word)).count();
    let to = member.len() - member.iter().rev().take_while(|word| is_join(word)).count();
    member.get(from..to.max(from)).unwrap_or_default()
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Mark {
    Number,
    File,
    Address,
    Preposition(String),
}

/// What tells how a member is built.
fn marks(member: &[Word<'_>]) -> Vec<Mark> {
    const PREPOSITIONS: &[&str] = &["at", "to", "for", "in", "into", "from", "on", "as", "with", "by"];
    let mark = |word: &Word<'_>| {
        let lower = word.lower();
        if word.is_path() {
            Some(Mark::File)
        } else if word.text.contains('@') || word.text.contains("://") {
            Some(Mark::Address)
        } else if word.text.starts_with(|c: char| c.is_ascii_digit() || "$€£".contains(c))
            || number_word(&lower).is_some()
        {
            Some(Mark::Number)
        } else {
            PREPOSITIONS.contains(&lower.as_str()).then_some(Mark::Preposition(lower))
        }
    };
    member.iter().filter_map(mark).collect()
}
