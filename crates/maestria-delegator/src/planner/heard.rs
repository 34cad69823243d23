//! Which words of what finds several things no tool was given: nothing is changed of more than was said, nor what was to be left as it is.

use std::collections::BTreeMap;

use maestria_vocabulary::{Argument, Clause, Effect, Span, StepId, ToolMatch};

use super::{
    affinity::{is_called, is_list, words},
    draft::Draft,
    left_out::is_exception,
    mention::same,
    source::Call,
};
use crate::{Action, Binding};

/// Words that turn what is said into its opposite.
const NEGATIONS: &[&str] = &["not", "no", "never", "without", "neither", "nor", "lacking", "cannot"];

/// Words that say nothing by themselves of which things are meant.
const LINKS: &[&str] = &[
    "the",
    "a",
    "an",
    "of",
    "in",
    "on",
    "at",
    "for",
    "from",
    "to",
    "by",
    "with",
    "that",
    "which",
    "who",
    "are",
    "is",
    "were",
    "was",
    "have",
    "has",
    "been",
    "my",
    "our",
    "their",
    "its",
    "and",
    "as",
    "whose",
    "need",
    "needs",
    "this",
    "these",
    "those",
    "single",
    "one",
    "there",
    "still",
    "currently",
    "now",
    "immediately",
    "asap",
    "thanks",
    "i",
    "we",
    "you",
    "they",
    "them",
    "me",
    "us",
    "got",
    "all",
    "each",
    "every",
    "please",
    "up",
    "out",
    "than",
    "since",
    "before",
    "after",
    "until",
    "till",
    "between",
    "through",
    "during",
    "over",
    "under",
    "above",
    "below",
    "more",
    "less",
    "least",
    "most",
    "bigger",
    "larger",
    "smaller",
    "older",
    "newer",
    "earlier",
    "later",
    "longer",
    "shorter",
    "cheaper",
    "higher",
    "lower",
];

/// Words for less than the whole.
const PARTS: &[&str] = &["half", "third", "quarter", "part", "partly", "partially"];

/// Words for not all of several things.
const SOME: &[&str] = &["some", "few", "couple", "several"];

/// How much of what was said finds the things to which something is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Heard {
    /// All of it.
    All,
    /// All but a word that may say which they are: "cache" of "restart all cache servers".
    NotEveryWord,
    /// Not a name, a number or what is to be left out: "cancel all orders shipped to Berlin" is not done to all that were shipped.
    TooLittle,
}

impl Draft<'_> {
    /// How much of what a clause says finds the things that are changed, which are those of a list if it is done to each. The call was given
    /// `arguments`.
    pub(super) fn heard(&self, call: &Call<'_>, arguments: &BTreeMap<String, Binding>) -> Heard {
        let Call { clause, found: call, each, .. } = call;
        if !self.selects_fields || !self.catalog.get(&call.tool).is_some_and(|spec| spec.effect != Effect::Pure) {
            return Heard::All;
        }
        if self.leaves_some_out(clause, call, each.is_some()) || self.takes_place_for_thing(clause, call, arguments) {
            return Heard::TooLittle;
        }
        let taken: Vec<Span> = call.arguments.iter().map(|argument| argument.span).collect();
        let is_part = |word: &&str| PARTS.contains(&word.to_lowercase().as_str());
        if self.takes_share_for_whole(clause, call) {
            return Heard::TooLittle;
        }
        if self.free_words(clause.span, &taken).iter().any(is_part) || self.undoes_unasked(clause, call) {
            return Heard::NotEveryWord;
        }
        // "Some of them" are not all.
        let is_listed = each.is_some() || arguments.values().any(|binding| matches!(binding, Binding::From { .. }));
        let is_some = |word: &&str| SOME.contains(&word.to_lowercase().as_str());
        let listed = self.done.iter().filter(|(_, id)| each.as_ref() == Some(id)).map(|(span, _)| *span);
        let mut spans = listed.chain([clause.span]);
        if is_listed && spans.any(|span| self.free_words(span, &taken).iter().any(is_some)) {
            return Heard::TooLittle;
        }
        let Some(list) = each.as_ref() else { return self.heard_of_one(clause, call, arguments) };
        self.heard_of(list, clause, call, arguments)
    }

    /// As [`heard`](Self::heard), of what is done to one out of a list: it is the wrong one if what names it was not heard.
    fn heard_of_one(&self, clause: &Clause, call: &ToolMatch, arguments: &BTreeMap<String, Binding>) -> Heard {
        let lists = |id: &StepId| {
            let step = self.steps.iter().find(|step| step.id == *id && step.each.is_none());
            step.is_some_and(|step| is_list(&self.output(step)))
        };
        let used = self.used_by(arguments);
        let mut lists = used.iter().filter(|id| lists(id));
        let missed = lists.any(|list| self.heard_of(list, clause, call, arguments) == Heard::TooLittle);
        if missed { Heard::NotEveryWord } else { Heard::All }
    }

    fn heard_of(
        &self,
        list: &StepId,
        clause: &Clause,
        call: &ToolMatch,
        arguments: &BTreeMap<String, Binding>,
    ) -> Heard {
        let Some((finder, found)) =
            self.steps.iter().find(|step| step.id == *list).and_then(|step| match &step.action {
                Action::Call { tool, arguments } => Some((tool, arguments)),
                _ => None,
            })
        else {
            return Heard::All;
        };
        let parameters = found.keys().chain(arguments.keys()).map(String::as_str);
        let names: Vec<String> =
            [finder.as_str(), call.tool.as_str()].into_iter().chain(parameters).flat_map(words).collect();
        let names_tool = |word: &str| names.iter().any(|name| same(name, word));
        // "PRs" of `list_pull_requests`.
        let initials: Vec<String> = names.iter().filter_map(|name| name.chars().next()).map(String::from).collect();
        let initials = initials.concat();
        let is_narrow = |word: &str| {
            let lower = word.to_lowercase();
            // "VMs" is the name of no single thing, and neither is what the tool is named for.
            let is_short = word.chars().take(2).all(char::is_uppercase)
                && (word.ends_with('s') || initials.contains(lower.as_str()));
            let is_name = !is_short
                && word.starts_with(char::is_uppercase)
                && !LINKS.contains(&lower.as_str())
                && !names_tool(&lower);
            is_name
                || word.contains(|c: char| c.is_ascii_digit() || c == '@')
                || is_negation(&lower)
                || is_exception(&lower)
        };
        let unheard = self.unheard(clause, call, arguments, list);
        // What was taken for the number of one of them, and is none, says whose they are.
        let known = self.given_for(list);
        let is_lost = |argument: &Argument| {
            let is_kept = known.contains(&&argument.value)
                || arguments.values().any(|binding| *binding == Binding::Value(argument.value.clone()));
            let said = argument.value.as_str().unwrap_or_default();
            is_called(&argument.parameter) && said.contains(|c: char| c.is_ascii_digit()) && !is_kept
        };
        if unheard.iter().any(|word| is_narrow(word)) || call.arguments.iter().any(is_lost) {
            return Heard::TooLittle;
        }
        let unheard = unheard.iter().map(|word| word.to_lowercase());
        let says_which = |word: String| !LINKS.contains(&word.as_str()) && !names_tool(&word);
        if unheard.into_iter().any(says_which) { Heard::NotEveryWord } else { Heard::All }
    }
}

pub(super) fn is_negation(word: &str) -> bool {
    NEGATIONS.contains(&word) || word.ends_with("n't") || word.ends_with("n’t")
}
