//! What is done to each of several things, and the words that find them: "push | every overdue task of Atlas | to March 20" changes what a
//! search gives.

use maestria_vocabulary::{Effect, Span, ToolSpec};

use super::{
    is_order,
    piece::Piece,
    subordinate::in_quotes,
    tagged::{likeliest, own},
};
use crate::{
    material::quotations,
    tag::Tagged,
    words::{Word, identifier_words, names_number, stem, words},
};

/// Words with which several things begin.
const EACH: &[&str] = &["each", "every", "all"];

/// Words with which something is said of what is done: "to March 20", "as done".
const AIMS: &[&str] = &["to", "into", "as"];

/// Words with which more is said of what is done, if they ask for it: "with the comment fine", "until tomorrow noon".
const BEHIND: &[&str] = &["with", "until", "till"];

/// Words before "to" that say what things are.
const DESCRIBING: &[&str] = &["sent", "due", "similar", "close", "next", "belonging", "bound", "going", "open", "up"];

/// Words that leave out some of several things.
const EXCEPT: &[&str] = &["except", "but", "without", "not", "excluding", "besides", "other"];

/// Most words of what is said like that.
const MOST_OF_AIM: usize = 5;

/// Least probability of a word for a tool.
const LEAST: f32 = 0.5;

/// The probability from which on a word surely asks for a tool.
const SURE: f32 = 0.75;

/// Makes two pieces of those that do something to each of several things which a tool finds, one for each of the two tools.
pub(super) fn done_to_each(text: &str, pieces: &mut Vec<Piece>, tagged: &[Tagged], tools: &[&ToolSpec]) {
    let mut place = 0;
    while let Some(piece) = pieces.get(place) {
        if let Some(outer) = pieces.get(place + 1).filter(|outer| outer.bond.of == [piece.span] && outer.bond.each) {
            if let Some((inner, new)) = verb_with_tail(text, piece, outer, tagged, tools) {
                let moved = [(piece.span, inner.span), (outer.span, new.span)];
                pieces.splice(place..place + 2, [inner, new]);
                moved.into_iter().for_each(|(old, new)| rename(pieces, old, new));
            } else if let Some(finder) = finder_of(piece, outer, tagged, tools)
                && let Some(piece) = pieces.get_mut(place)
            {
                piece.made_for = Some(finder);
            }
            place += 1;
        } else if let Some((inner, outer)) = found_and_changed(text, piece, tagged, tools) {
            pieces.splice(place..=place, [inner, outer]);
            place += 1;
        }
        place += 1;
    }
}

/// The likeliest tool that gives a list, where the words of what finds several things ask for what is done to them: "Cancel | all orders of
/// the customer of A-77".
fn finder_of(inner: &Piece, outer: &Piece, tagged: &[Tagged], tools: &[&ToolSpec]) -> Option<usize> {
    let change = own(outer, tagged).find_map(asked)?;
    let said: Vec<&Tagged> = own(inner, tagged).collect();
    let first = said.first().and_then(|first| asked(first));
    first.filter(|first| *first == change && !tools.get(change).is_some_and(|tool| gives_list(tool)))?;
    let asks = |finder: usize| said.iter().filter_map(|word| word.asks.get(finder + 1)).sum::<f32>();
    let finders = tools.iter().enumerate().filter(|(_, tool)| gives_list(tool)).map(|(place, _)| place);
    let likely = finders.filter(|finder| said.iter().any(|word| asked(word) == Some(*finder)));
    likely.max_by(|a, b| asks(*a).total_cmp(&asks(*b)))
}

/// Has the pieces that come after one come after what it is now.
fn rename(pieces: &mut [Piece], old: Span, new: Span) {
    for span in pieces.iter_mut().flat_map(|piece| &mut piece.bond.after).filter(|span| **span == old) {
        *span = new;
    }
}

/// A piece that changes each of what it says how to find, as two: "push every overdue task to March 20", "labels for all paid orders".
fn found_and_changed(text: &str, piece: &Piece, tagged: &[Tagged], tools: &[&ToolSpec]) -> Option<(Piece, Piece)> {
    if !piece.bond.each || !piece.bond.of.is_empty() || piece.bond.only_finds_out {
        return None;
    }
    let all: Vec<Word<'_>> = words(piece.span.of(text)?).collect();
    let at = |word: &Word<'_>| piece.span.start + word.span.start;
    let quantifier = all.iter().position(|word| EACH.contains(&word.lower().as_str()))?;
    let before = all.get(quantifier.checked_sub(1)?)?;
    // "Send each a mail" names nothing that is found.
    let is_object = quantifier == 1 || matches!(before.lower().as_str(), "for" | "of" | "to");
    let said = all.get(quantifier..).filter(|said| is_object && said.len() > 2 && !names_known(said))?;
    let excepts = |word: &Word<'_>| EXCEPT.contains(&word.lower().as_str());
    if said.iter().any(excepts) || in_quotes(text, at(said.first()?)) {
        return None;
    }
    let verb = tagged.iter().find(|word| word.span.start == piece.span.start)?;
    all.first().filter(|first| is_order(first) || verb.begins >= LEAST)?;
    let changes =
        |tool: &usize| tools.get(*tool).is_some_and(|tool| tool.effect != Effect::Pure || is_made_of_text(tool));
    let named = asked(verb).filter(changes).is_none().then(|| named_by(all.first()?, tools).filter(changes)).flatten();
    let change = named.or_else(|| asked(verb).filter(changes))?;
    let tail = tail(text, piece.span, said, tagged, change);
    let end = tail.map_or(piece.span.end, at);
    let inside = trimmed_end(text, Span { start: at(said.first()?), end })?;
    let mut asking = tagged.iter().filter(|word| inside.start <= word.span.start && word.span.end <= inside.end);
    // Words that ask for the change too were read as one call, as a tool may do it to all; not one that takes the number of each.
    let changing = tools.get(change)?;
    let numbered = || tools.iter().position(|tool| gives_number_for(tool, changing) && names_what(tool, said));
    let is_one_call = asking.clone().any(|word| word.asks.get(change + 1).is_some_and(|asks| *asks >= SURE));
    let finds = |tool: usize| tools.get(tool).is_some_and(|tool| gives_list(tool));
    let asked = asking.find_map(|word| asked(word).filter(|tool| finds(*tool))).filter(|_| !is_one_call);
    let finder = asked.or_else(numbered)?;
    let (mut inner, mut outer) = two(text, piece, inside, piece.span, tools.get(finder)?);
    inner.made_for = Some(finder).filter(|_| asked.is_none());
    outer.made_for = named;
    Some((inner, outer))
}

/// The only tool whose name begins with a word, or with a longer form of it: `acknowledge_alert` of "ack".
fn named_by(word: &Word<'_>, tools: &[&ToolSpec]) -> Option<usize> {
    const SHORTEST: usize = 3;
    let said = word.lower();
    let begins = |tool: &ToolSpec| {
        identifier_words(tool.id.as_str()).first().is_some_and(|verb| verb.starts_with(&said) && said.len() >= SHORTEST)
    };
    let mut named = tools.iter().enumerate().filter(|(_, tool)| begins(tool)).map(|(place, _)| place);
    named.next().filter(|_| named.next().is_none())
}

/// Whether a tool makes something else of a text that it requires: `translate_text`.
fn is_made_of_text(tool: &ToolSpec) -> bool {
    !gives_list(tool) && tool.parameters().any(|(name, _)| name == "text" && tool.requires(name))
}

/// Whether a tool gives a list of things with the number by which another takes one: `server_id`.
fn gives_number_for(tool: &ToolSpec, changing: &ToolSpec) -> bool {
    let items = tool.output.pointer("/items/properties").filter(|_| gives_list(tool));
    changing.parameters().any(|(name, _)| {
        changing.requires(name) && names_number(name) && items.is_some_and(|items| items.get(name).is_some())
    })
}

/// Whether words name what a tool finds: "servers" of `list_servers`.
fn names_what(tool: &ToolSpec, said: &[Word<'_>]) -> bool {
    let noun = identifier_words(tool.id.as_str()).pop().map(|noun| stem(&noun));
    noun.is_some_and(|noun| said.iter().any(|word| stem(word.text) == noun))
}

/// Whether words name things that were found before: "each of them".
fn names_known(said: &[Word<'_>]) -> bool {
    const KNOWN: &[&str] = &["them", "these", "those", "us", "you"];
    said.iter().skip(1).find(|word| word.lower() != "of").is_some_and(|word| KNOWN.contains(&word.lower().as_str()))
}

/// The same of pieces that are two already, where what is said behind the things found is said of what is done to them.
fn verb_with_tail(
    text: &str,
    inner: &Piece,
    outer: &Piece,
    tagged: &[Tagged],
    tools: &[&ToolSpec],
) -> Option<(Piece, Piece)> {
    let inside: Vec<Word<'_>> = words(inner.span.of(text)?).collect();
    inside.first().filter(|first| EACH.contains(&first.lower().as_str()) && outer.span.end <= inner.span.start)?;
    let change = own(outer, tagged).find_map(asked)?;
    let tail = tail(text, inner.span, &inside, tagged, change)?;
    let found = trimmed_end(text, Span { end: inner.span.start + tail.span.start, ..inner.span })?;
    let words: Vec<&Tagged> =
        tagged.iter().filter(|word| found.start <= word.span.start && word.span.end <= found.end).collect();
    let finder = likeliest(&words).and_then(|tool| tools.get(tool)).filter(|tool| gives_list(tool))?;
    let whole = Span { start: outer.span.start, end: inner.span.end };
    let mut piece = outer.clone();
    piece.bond.when = piece.bond.when.or_else(|| inner.bond.when.clone());
    piece.bond.after.extend(inner.bond.after.iter().filter(|span| !outer.bond.after.contains(span)));
    Some(two(text, &piece, found, whole, finder))
}

/// The piece that finds, `inside`, and the one that changes, `whole`, which is understood by what it says besides.
pub(super) fn two(text: &str, piece: &Piece, inside: Span, whole: Span, finder: &ToolSpec) -> (Piece, Piece) {
    let mut inner = Piece::new(text, inside);
    inner.bond.each = true;
    inner.bond.when.clone_from(&piece.bond.when);
    let noun = identifier_words(finder.id.as_str()).pop().unwrap_or_default();
    let (before, behind) = (text.get(whole.start..inside.start), text.get(inside.end..whole.end));
    let mut outer = Piece { span: whole, ..piece.clone() };
    outer.wish = format!("{}the {noun}{}", before.unwrap_or_default(), behind.unwrap_or_default());
    let mut heard = text.to_owned();
    heard.replace_range(inside.start..inside.end, &" ".repeat(inside.end - inside.start));
    outer.heard = Some(heard);
    (outer.bond.of, outer.bond.each) = (vec![inside], true);
    (inner, outer)
}

/// The word from which on is said what is done, and not to what: from "to", "into" or "as" on, or from a comma on where words ask for the
/// tool that changes.
fn tail<'w, 't>(
    text: &str,
    span: Span,
    said: &'w [Word<'t>],
    tagged: &[Tagged],
    change: usize,
) -> Option<&'w Word<'t>> {
    let is_from = said.iter().any(|word| word.lower() == "from");
    let aim = said.iter().rposition(|word| AIMS.contains(&word.lower().as_str()) && !is_from);
    // "Orders shipped to Berlin" says which they are.
    let describes = |at: usize| {
        let before = said.get(at - 1).map(Word::lower).unwrap_or_default();
        before.ends_with("ed") || DESCRIBING.contains(&before.as_str())
    };
    let aim = aim.filter(|at| *at > 1 && (1..=MOST_OF_AIM).contains(&(said.len() - at - 1)) && !describes(*at));
    let marked = (2..said.len()).find(|place| {
        let (Some(before), Some(word)) = (said.get(place - 1), said.get(*place)) else { return false };
        let gap = text.get(span.start + before.span.end..span.start + word.span.start).unwrap_or_default();
        let tagged = tagged.iter().find(|tagged| {
            tagged.span.start <= span.start + word.span.start && span.start + word.span.start < tagged.span.end
        });
        gap.starts_with([',', ';', ':']) && tagged.and_then(asked) == Some(change)
    });
    // "Approve every pending request with the comment …" goes on with what the first word asks for.
    let asks = |word: &Word<'_>| {
        let start = span.start + word.span.start;
        let tagged = tagged.iter().find(|tagged| tagged.span.start <= start && start < tagged.span.end);
        tagged.and_then(|tagged| tagged.asks.get(change + 1)).is_some_and(|asks| *asks >= LEAST)
    };
    let with = || {
        (2..said.len()).find(|at| {
            let rest = said.get(*at..).unwrap_or_default();
            let begins = rest.first().is_some_and(|first| BEHIND.contains(&first.lower().as_str()));
            begins && rest.len() > 2 && rest.iter().all(asks)
        })
    };
    said.get(aim.or(marked).or_else(with).or_else(|| quoted_end(text, span, said))?)
}

/// The first word of a quotation with which a span ends and that names nothing in it: "every urgent ticket "we are on it"".
pub(super) fn quoted_end(text: &str, span: Span, said: &[Word<'_>]) -> Option<usize> {
    const NAMING: &[&str] = &[
        "called",
        "titled",
        "entitled",
        "named",
        "with",
        "of",
        "about",
        "containing",
        "contains",
        "for",
        "saying",
        "mentioning",
        "to",
        "from",
        "in",
        "by",
        "query",
    ];
    let quotation = quotations(text).into_iter().find(|quotation| {
        let rest = text.get(quotation.start..quotation.end).unwrap_or_default();
        let end = rest.trim_end_matches(|c: char| !c.is_alphanumeric()).len() + quotation.start;
        span.start < quotation.start && (end..=quotation.end).contains(&span.end)
    })?;
    let at = said.iter().position(|word| span.start + word.span.start >= quotation.start)?;
    let before = said.get(at.checked_sub(1)?)?;
    (at > 1 && !NAMING.contains(&before.lower().as_str())).then_some(at)
}

/// The tool that a word asks for, if it is likely.
pub(super) fn asked(word: &Tagged) -> Option<usize> {
    let tools = word.asks.iter().skip(1).enumerate();
    let (tool, asks) = tools.max_by(|(_, a), (_, b)| a.total_cmp(b))?;
    (*asks >= LEAST).then_some(tool)
}

fn gives_list(tool: &ToolSpec) -> bool {
    tool.effect == Effect::Pure && tool.output.get("type").and_then(serde_json::Value::as_str) == Some("array")
}

/// A span without marks and white space at its end; none of nothing else.
fn trimmed_end(text: &str, span: Span) -> Option<Span> {
    let bare = |said: &'_ str| said.trim_end_matches(|c: char| c.is_whitespace() || ",;:".contains(c)).len();
    let said = span.of(text)?;
    let said = said.get(..bare(said))?;
    // A mark that opens a quotation goes with it.
    let said = said.strip_suffix(['"', '“', '„', '«']).filter(|rest| rest.ends_with(' ')).unwrap_or(said);
    let said = said.get(..bare(said))?;
    (!said.is_empty()).then(|| Span { end: span.start + said.len(), ..span })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The pieces of a text whose words ask for the tools of these numbers, or for none: a search for tasks, and a change of one.
    fn check(said: &[(&str, Option<usize>)], expected: &[(&str, &str)]) {
        let text = said.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(" ");
        let mut end = 0;
        let tagged = said.iter().map(|(word, tool)| {
            let start = end;
            end += word.len() + 1;
            let mut asks = vec![0.1; 3];
            asks[tool.map_or(0, |tool| tool + 1)] = 0.8;
            Tagged { span: Span { start, end: end - 1 }, asks, begins: if start == 0 { 0.9 } else { 0.0 } }
        });
        let list = ToolSpec::new("list_tasks".parse().unwrap(), "Lists tasks").with_effect(Effect::Pure);
        let list = list.with_output(json!({"type": "array", "items": {"type": "object"}}));
        let update = ToolSpec::new("update_task".parse().unwrap(), "Changes a task");
        let mut piece = Piece::new(&text, Span { start: 0, end: text.len() });
        piece.bond.each = true;
        let mut pieces = vec![piece];
        done_to_each(&text, &mut pieces, &tagged.collect::<Vec<_>>(), &[&list, &update]);
        let found: Vec<(&str, &str)> =
            pieces.iter().map(|piece| (piece.span.of(&text).unwrap(), piece.wish.as_str())).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn what_is_changed_is_cut_from_what_finds_it() {
        let (list, update) = (Some(0), Some(1));
        check(
            &[("push", update), ("every", list), ("overdue", list), ("task", list), ("to", None), ("Friday", update)],
            &[
                ("every overdue task", "every overdue task"),
                ("push every overdue task to Friday", "push the tasks to Friday"),
            ],
        );
        check(
            &[("close", update), ("all", list), ("old", list), ("tasks,", list), ("reason", update), ("late", update)],
            &[("all old tasks", "all old tasks"), ("close all old tasks, reason late", "close the tasks, reason late")],
        );
        let whole = "close each of them today";
        check(&[("close", update), ("each", list), ("of", list), ("them", list), ("today", update)], &[(whole, whole)]);
        // What says which they are is no aim, and what is left out cannot be.
        check(
            &[("close", update), ("all", list), ("tasks", list), ("assigned", list), ("to", list), ("Bo", list)],
            &[
                ("all tasks assigned to Bo", "all tasks assigned to Bo"),
                ("close all tasks assigned to Bo", "close the tasks"),
            ],
        );
        let whole = "close all tasks except T-5";
        check(&[("close", update), ("all", list), ("tasks", list), ("except", list), ("T-5", list)], &[(whole, whole)]);
        let whole = "list all open tasks";
        check(&[("list", list), ("all", list), ("open", list), ("tasks", list)], &[(whole, whole)]);
    }
}
