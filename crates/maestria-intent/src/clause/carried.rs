//! What is looked up and handed on in one breath: "send | the open tasks of Harbor | to lead@northquay.ca" asks for the tasks, and for a mail.

use maestria_vocabulary::{Effect, Span, ToolSpec};

use super::{
    each::{asked, quoted_end, two},
    is_order,
    nested::names_a_place,
    piece::Piece,
    subordinate::in_quotes,
    tagged::{likeliest, own},
};
use crate::{
    tag::Tagged,
    words::{Word, identifier_words, stem, words},
};

/// Words with which something known begins.
const DEFINITE: &[&str] = &["the", "my", "our", "its", "their", "his", "her", "all"];

/// Words with which something is said of what is done with it: "into German".
const AIMS: &[&str] = &["to", "into", "in", "as", "with"];

/// Words before the verb of a wish that say nothing but politeness.
const POLITE: &[&str] = &["please", "pls", "can", "could", "would", "you", "kindly", "also", "then"];

/// Most words of a verb with what stands beside it: "please DM".
const MOST_OF_VERB: usize = 3;

/// The probability from which on a word surely asks for a tool.
const SURE: f32 = 0.75;

/// Makes two pieces of those that hand on what a tool finds, one for each of the two tools.
pub(super) fn carried(text: &str, pieces: &mut Vec<Piece>, tagged: &[Tagged], tools: &[&ToolSpec]) {
    let mut place = 0;
    while place < pieces.len() {
        let (before, rest) = pieces.split_at(place);
        let [piece, behind @ ..] = rest else { return };
        let is_found = |finder: usize| {
            let words = |piece: &Piece| own(piece, tagged).collect::<Vec<_>>();
            before.iter().any(|piece| likeliest(&words(piece)) == Some(finder))
        };
        let outer = behind.first().filter(|outer| outer.bond.of == [piece.span]);
        let (made, count) = match outer {
            Some(outer) => (verb_with_aim(text, piece, outer, tagged, tools), 2),
            None => (in_one(text, piece, tagged, tools, &is_found), 1),
        };
        if let Some((inner, outer)) = made {
            let old: Vec<Span> = pieces.iter().skip(place).take(count).map(|piece| piece.span).collect();
            let new = outer.span;
            pieces.splice(place..place + count, [inner, outer]);
            let later = pieces.iter_mut().skip(place + 2).flat_map(|piece| &mut piece.bond.after);
            later.filter(|span| old.contains(span)).for_each(|span| *span = new);
            place += 1;
        }
        place += 1;
    }
}

fn in_one(
    text: &str,
    piece: &Piece,
    tagged: &[Tagged],
    tools: &[&ToolSpec],
    is_found: &dyn Fn(usize) -> bool,
) -> Option<(Piece, Piece)> {
    if piece.bond.each || piece.bond.only_finds_out || !piece.bond.of.is_empty() {
        return None;
    }
    let all: Vec<Word<'_>> = words(piece.span.of(text)?).collect();
    let verb = all.iter().position(|word| !POLITE.contains(&word.lower().as_str()))?;
    all.get(verb).filter(|word| is_order(word))?;
    let said = all.get(verb + 1..)?;
    said.first().filter(|first| DEFINITE.contains(&first.lower().as_str()))?;
    let aim = (2..said.len()).rfind(|at| names_a_place(said, *at))?;
    let (first, last) = (said.first()?, said.get(aim - 1)?);
    let inside = Span { start: piece.span.start + first.span.start, end: piece.span.start + last.span.end };
    if in_quotes(text, inside.start) || inside.of(text)?.contains(['"', '“', ':', '@']) {
        return None;
    }
    let asking: Vec<&Tagged> = within(tagged, inside).collect();
    let is_pure = |finder: &usize| tools.get(*finder).is_some_and(|tool| tool.effect == Effect::Pure);
    let finder = likeliest(&asking).filter(is_pure).or_else(|| named_in(inside.of(text)?, tools))?;
    let spec = tools.get(finder).filter(|_| !is_found(finder))?;
    let is_sure = asking.iter().any(|word| word.asks.get(finder + 1).is_some_and(|asks| *asks >= SURE));
    let own = within(tagged, Span { start: piece.span.start, end: inside.start }).filter_map(asked).next_back();
    is_sure.then_some(())?;
    (own != Some(finder)).then(|| single(two(text, piece, inside, piece.span, spec)))
}

/// The only tool without side effects of whose name words say the most nouns, the last among them: `get_cloud_costs` of "the cloud costs".
fn named_in(said: &str, tools: &[&ToolSpec]) -> Option<usize> {
    let said: Vec<String> = words(said).map(|word| stem(word.text)).collect();
    let count = |tool: &ToolSpec| {
        let name: Vec<String> = identifier_words(tool.id.as_str()).iter().skip(1).map(|noun| stem(noun)).collect();
        let is_named = tool.effect == Effect::Pure && name.last().is_some_and(|last| said.contains(last));
        if is_named { name.iter().filter(|noun| said.contains(noun)).count() } else { 0 }
    };
    let most = tools.iter().map(|tool| count(tool)).max().filter(|most| *most > 0)?;
    let mut named = tools.iter().enumerate().filter(|(_, tool)| count(tool) == most).map(|(place, _)| place);
    named.next().filter(|_| named.next().is_none())
}

/// The same of pieces that are two already, where what is said behind what is found is said of what is done with it: "translate | the newest
/// review | into German".
fn verb_with_aim(
    text: &str,
    inner: &Piece,
    outer: &Piece,
    tagged: &[Tagged],
    tools: &[&ToolSpec],
) -> Option<(Piece, Piece)> {
    if outer.bond.each || inner.bond.each || !inner.bond.of.is_empty() || outer.span.end > inner.span.start {
        return None;
    }
    let change = own(outer, tagged).find_map(asked)?;
    let all: Vec<Word<'_>> = words(inner.span.of(text)?).collect();
    let asks = |word: &Word<'_>| {
        let start = inner.span.start + word.span.start;
        let tagged = tagged.iter().find(|tagged| tagged.span.start <= start && start < tagged.span.end)?;
        tagged.asks.get(change + 1).copied()
    };
    let said = inner.span.of(text)?;
    let is_short = words(outer.span.of(text)?).count() <= MOST_OF_VERB;
    let told = (2..all.len()).filter(|_| is_short).find(|at| {
        let gap = all.get(at - 1).zip(all.get(*at)).and_then(|(left, right)| said.get(left.span.end..right.span.start));
        gap.is_some_and(|gap| gap.starts_with(':'))
    });
    let tells = || tools.get(change).is_some_and(|tool| tool.effect != Effect::Pure);
    let quoted = || quoted_end(text, inner.span, &all).filter(|_| is_short && tells());
    let aim = told.or_else(quoted).or_else(|| {
        (2..all.len()).rfind(|at| {
            let behind = all.get(*at..).unwrap_or_default();
            let is_aim = behind.first().is_some_and(|first| AIMS.contains(&first.lower().as_str())) && behind.len() > 1;
            is_aim
                && (names_a_place(&all, *at) || behind.iter().all(|word| asks(word).is_some_and(|asks| asks >= SURE)))
        })
    })?;
    let end = inner.span.start + all.get(aim - 1)?.span.end;
    let inside = Span { end, ..inner.span };
    let finder = likeliest(&within(tagged, inside).collect::<Vec<_>>()).filter(|finder| *finder != change)?;
    let whole = Span { start: outer.span.start, end: inner.span.end };
    let mut piece = outer.clone();
    piece.bond.when = piece.bond.when.or_else(|| inner.bond.when.clone());
    piece.bond.after.extend(inner.bond.after.iter().filter(|span| !outer.bond.after.contains(span)));
    Some(single(two(text, &piece, inside, whole, tools.get(finder)?)))
}

/// Two pieces of which neither is done for each of several things.
fn single((mut inner, mut outer): (Piece, Piece)) -> (Piece, Piece) {
    (inner.bond.each, outer.bond.each) = (false, false);
    (inner, outer)
}

fn within(tagged: &[Tagged], span: Span) -> impl DoubleEndedIterator<Item = &Tagged> {
    tagged.iter().filter(move |word| span.start <= word.span.start && word.span.end <= span.end)
}
