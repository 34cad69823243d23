//! What is to be left as it is: what is excepted from all, and where things are or whose, which is none of them.

use std::collections::BTreeMap;

use maestria_vocabulary::{Argument, Clause, Span, ToolMatch};

use super::{
    affinity::{is_called, is_text, words},
    draft::Draft,
    mention::same,
    nouns::takes_file,
    plural::is_several,
    spoken::QUOTES,
    verb::is_superlative,
};
use crate::Binding;

/// Words that leave out some of several things.
const EXCEPT: &[&str] = &["except", "excepting", "excluding", "apart"];

/// Words behind "but" with which another wish begins.
const LEADING_ON: &[&str] =
    &["don't", "don’t", "do", "leave", "keep", "only", "then", "first", "also", "if", "please", "tell", "still"];

impl Draft<'_> {
    /// Whether something is done to several things but some of them: "turn off all lights except the kitchen", "cancel all orders but A-1". What
    /// leaves some out may stand behind the clause, up to the end of the sentence, or before it.
    pub(super) fn leaves_some_out(&self, clause: &Clause, call: &ToolMatch, is_each: bool) -> bool {
        let text = &self.understanding.text;
        let is_literal = |argument: &&Argument| self.is_literal(argument);
        let taken: Vec<Span> = call.arguments.iter().filter(is_literal).map(|argument| argument.span).collect();
        let last = clause.bond.of.iter().map(|span| span.end).chain([clause.span.end]).max().unwrap_or_default();
        let others = self.understanding.clauses.iter().filter(|other| other.span.start >= last);
        let next = others.map(|other| other.span.start).min().unwrap_or(text.len());
        let mut inner = self.understanding.clauses.iter().filter(|inner| clause.bond.of.contains(&inner.span));
        let whole = Span { end: next.max(clause.span.end), ..clause.span };
        // "But tell Bo" begins another wish, and "but keep A-1" leaves one of each out.
        let next =
            text.get(whole.end..).and_then(|rest| rest.split_whitespace().next()).unwrap_or_default().to_lowercase();
        let leads_on = LEADING_ON.contains(&next.as_str()) && !(is_each && matches!(next.as_str(), "keep" | "leave"));
        let is_out = |span: Span| {
            let said: Vec<String> = self.free_words(span, &taken).into_iter().map(str::to_lowercase).collect();
            let all = said.iter().position(|word| matches!(word.as_str(), "all" | "every" | "each" | "everything"));
            let behind = all.and_then(|all| said.get(all..)).unwrap_or_default();
            let is_but = |pair: &[String]| match pair {
                [but, next] if but == "but" => !LEADING_ON.contains(&next.as_str()),
                [without, next] if without == "without" => next.contains(|c: char| c.is_ascii_digit()),
                _ => false,
            };
            // "Delete nothing" deletes nothing.
            let does = said.first().is_some_and(|verb| words(call.tool.as_str()).any(|name| same(&name, verb)));
            let is_none = does && said.get(1).is_some_and(|word| matches!(word.as_str(), "nothing" | "no" | "none"));
            is_none
                || !leads_on && behind.last().is_some_and(|last| last == "but")
                || said.iter().any(|word| is_exception(word))
                || behind.windows(2).any(is_but)
        };
        let before = text.get(..clause.span.start).and_then(|before| before.split_whitespace().next_back());
        let is_left_out = before.is_some_and(|before| is_exception(&before.to_lowercase()));
        is_left_out || is_out(whole) || inner.any(|inner| is_out(inner.span))
    }

    /// Whether a call takes the place of things for one of them: "delete the oldest file in /tmp" does not delete `/tmp`.
    pub(super) fn takes_place_for_thing(
        &self,
        clause: &Clause,
        call: &ToolMatch,
        arguments: &BTreeMap<String, Binding>,
    ) -> bool {
        let text = &self.understanding.text;
        let is_taken = |a: &&Argument| arguments.get(&a.parameter) == Some(&Binding::Value(a.value.clone()));
        let taken: Vec<&Argument> = call.arguments.iter().filter(is_taken).collect();
        let spans: Vec<Span> = taken.iter().map(|argument| argument.span).collect();
        let is_thing = |name: &str| is_called(name) || takes_file(name);
        if arguments.values().any(|binding| !matches!(binding, Binding::Value(_))) {
            return false;
        }
        taken.iter().filter(|argument| is_thing(&argument.parameter)).any(|argument| {
            let before = Span { start: clause.span.start, end: argument.span.start };
            let said = self.free_words(before, &spans);
            let is_place = said.last().is_some_and(|last| matches!(*last, "in" | "from" | "of"));
            let is_one_of = |pair: &[&str]| matches!(pair, [the, which] if *the == "the" && is_superlative(which));
            // "The pending orders of C-77" are several, and neither they nor "the order of C-77" are called so.
            let mut owners: Vec<String> = words(&argument.parameter).collect();
            owners.pop();
            let is_its = || {
                let noun = said.iter().rev().nth(1).map(|noun| noun.to_lowercase()).unwrap_or_default();
                owners.iter().any(|owner| *owner == noun || is_several(&noun, owner))
            };
            // "Delete the files in /tmp" does not delete `/tmp`, nor does "the oldest file in it".
            let is_within = || {
                let is_in = said.last().is_some_and(|last| matches!(*last, "in" | "from"));
                let noun = said.iter().rev().nth(1).map(|noun| noun.to_lowercase()).unwrap_or_default();
                let names_several = words(call.tool.as_str()).skip(1).any(|own| is_several(&noun, &own));
                is_in && (names_several || said.windows(2).any(is_one_of))
            };
            let is_own = before.end <= text.len() && !self.is_literal(argument);
            is_place && is_own && (is_its() || is_within())
        })
    }

    /// Whether the words of an argument are quoted or told, and say nothing of what is done to what.
    fn is_literal(&self, argument: &Argument) -> bool {
        let before = self.understanding.text.get(..argument.span.start).unwrap_or_default();
        before.ends_with(QUOTES) || before.trim_end().ends_with(':') || is_text(&argument.parameter)
    }
}

/// Whether a word leaves out some of several things.
pub(super) fn is_exception(word: &str) -> bool {
    EXCEPT.contains(&word)
}
