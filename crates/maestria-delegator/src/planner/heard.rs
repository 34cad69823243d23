//! Which words of what finds several things no tool was given: nothing is changed of more than was said, nor what was to be left as it is.

use std::collections::BTreeMap;

use maestria_vocabulary::{Argument, Clause, Effect, Span, StepId, ToolMatch};
use serde_json::Value;

use super::{
    affinity::{is_text, words},
    draft::Draft,
    mention::same,
    source::Call,
};
use crate::{Action, Binding};

/// Marks that open a quotation.
const QUOTES: [char; 4] = ['"', '“', '«', '„'];

/// Words that leave out some of several things.
const EXCEPT: &[&str] = &["except", "excepting", "excluding", "besides", "apart", "other", "save", "unless"];

/// Words behind "but" that leave out some of several things.
const BUT: &[&str] = &["the", "not", "for", "one", "those", "that", "this"];

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

/// Parameters that say why something is done.
const EXPLAINING: &[&str] = &["reason", "note", "notes", "comment", "description", "justification"];

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
        if self.leaves_some_out(clause, call) {
            return Heard::TooLittle;
        }
        let Some(list) = each.as_ref() else { return Heard::All };
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
        let is_narrow = |word: &str| {
            let lower = word.to_lowercase();
            // "PRs" and "VMs" are names of no single thing.
            let is_short = word.chars().take(2).all(char::is_uppercase);
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
        if unheard.iter().any(|word| is_narrow(word)) {
            return Heard::TooLittle;
        }
        let unheard = unheard.iter().map(|word| word.to_lowercase());
        let says_which = |word: String| !LINKS.contains(&word.as_str()) && !names_tool(&word);
        if unheard.into_iter().any(says_which) { Heard::NotEveryWord } else { Heard::All }
    }

    /// Whether something is done to several things but some of them: "turn off all lights except the kitchen".
    fn leaves_some_out(&self, clause: &Clause, call: &ToolMatch) -> bool {
        let taken: Vec<Span> = call.arguments.iter().map(|argument| argument.span).collect();
        let said: Vec<String> = self.free_words(clause.span, &taken).into_iter().map(str::to_lowercase).collect();
        let is_all = |word: &String| matches!(word.as_str(), "all" | "every" | "each" | "everything");
        let all = said.iter().position(is_all);
        let behind = all.and_then(|all| said.get(all..)).unwrap_or_default();
        let is_but = |pair: &[String]| matches!(pair, [but, next] if but == "but" && BUT.contains(&next.as_str()));
        behind.iter().any(|word| is_exception(word)) || behind.windows(2).any(is_but)
    }

    /// The words that say which things are meant and of which no tool was given one.
    fn unheard(
        &self,
        clause: &Clause,
        call: &ToolMatch,
        arguments: &BTreeMap<String, Binding>,
        list: &StepId,
    ) -> Vec<&str> {
        let inner = self.understanding.clauses.iter().filter(|inner| clause.bond.of.contains(&inner.span));
        let served = self.done.iter().filter(|(_, id)| id == list).map(|(span, _)| *span);
        let all = self.understanding.clauses.iter().flat_map(|clause| &clause.tools);
        let is_taken =
            |argument: &&Argument| arguments.get(&argument.parameter) == Some(&Binding::Value(argument.value.clone()));
        let finders = all.chain(call.found_by.values().flatten()).flat_map(|found| &found.arguments);
        // "Cancel every order that was not paid": what is not quoted as a reason says which they are.
        let text = &self.understanding.text;
        let is_quoted = |argument: &&Argument| {
            let before = text.get(..argument.span.start).unwrap_or_default();
            let explains = words(&argument.parameter).any(|word| EXPLAINING.contains(&word.as_str()));
            !(explains || is_text(&argument.parameter)) || before.ends_with(QUOTES) || before.trim_end().ends_with(':')
        };
        let own = call.arguments.iter().filter(is_taken).filter(is_quoted);
        let known = self.given_for(list);
        let finds = |argument: &&Argument| known.contains(&&argument.value);
        let taken = finders.filter(finds).chain(own);
        let taken: Vec<Span> = taken.map(|argument| argument.span).collect();
        let mut spans: Vec<Span> =
            inner.map(|inner| inner.span).chain(served).map(|span| from_each(text, span)).collect();
        // One clause says both what is done and to what.
        if spans.is_empty() {
            spans.push(clause.span);
        }
        spans.sort_unstable_by_key(|span| (span.start, span.end));
        spans.dedup();
        let mut unheard = Vec::new();
        for span in spans {
            let sentences: Vec<Span> = sentences(text, span).collect();
            // "I am ill. Find my visits of Monday and …": what was found by says where it is spoken of.
            let tells =
                |sentence: &Span| taken.iter().any(|span| sentence.start <= span.start && span.end <= sentence.end);
            let told = sentences.iter().filter(|sentence| tells(sentence)).copied().collect::<Vec<_>>();
            for sentence in if told.is_empty() { sentences } else { told } {
                let verb = usize::from(!starts_with_each(sentence.of(text).unwrap_or_default()));
                unheard.extend(self.free_words(sentence, &taken).into_iter().skip(verb));
            }
        }
        // What was said twice is heard once.
        let is_heard = |word: &&str| {
            let mut said = taken.iter().filter_map(|span| span.of(text)).flat_map(str::split_whitespace);
            said.any(|said| said == *word)
        };
        unheard.retain(|word| !is_heard(word));
        // "No later than the 20th" leaves nothing out.
        let is_than =
            |pair: &[&str]| matches!(pair, [no, than] if no.eq_ignore_ascii_case("no") && LINKS.contains(than));
        if let Some(no) = unheard.windows(2).position(is_than) {
            unheard.remove(no);
        }
        unheard
    }

    /// The values that a step was given, or those before it from which it takes something.
    fn given_for(&self, step: &StepId) -> Vec<&Value> {
        let (mut open, mut seen, mut values) = (vec![step], Vec::new(), Vec::new());
        while let Some(id) = open.pop() {
            let Some(step) = self.steps.iter().find(|step| step.id == *id).filter(|_| !seen.contains(&id)) else {
                continue;
            };
            seen.push(id);
            open.extend(step.inputs());
            if let Action::Call { arguments, .. } = &step.action {
                values.extend(arguments.values().filter_map(|binding| match binding {
                    Binding::Value(value) => Some(value),
                    _ => None,
                }));
            }
        }
        values
    }

    /// The words of a span that are part of no other span.
    fn free_words(&self, span: Span, taken: &[Span]) -> Vec<&str> {
        let text = &self.understanding.text;
        let said = span.of(text).unwrap_or_default().split_whitespace();
        let bare = said.map(|word| word.trim_matches(|c: char| !c.is_alphanumeric() && c != '#' && c != '@'));
        let is_free = |word: &&str| {
            let start = word.as_ptr() as usize - text.as_ptr() as usize;
            let before = text.get(..start).unwrap_or_default();
            // The unit of a number goes with it.
            let is_unit = before.trim_end().ends_with(|c: char| c.is_ascii_digit());
            let is_taken = |span: &Span| {
                let end = if is_unit { span.end + before.len() - before.trim_end().len() + 1 } else { span.end };
                span.start < start + word.len() && start < end
            };
            !word.is_empty() && !taken.iter().any(is_taken)
        };
        bare.filter(is_free).collect()
    }
}

/// A span from the word on with which what it says begins: "merge every approved | pull request by Anna".
fn from_each(text: &str, span: Span) -> Span {
    const MOST: usize = 4;
    let before = text.get(..span.start).unwrap_or_default();
    let each = before.split_whitespace().rev().take(MOST).take_while(|word| word.ends_with(char::is_alphabetic));
    let each = each.filter(|word| starts_with_each(word)).last();
    each.map_or(span, |each| Span { start: each.as_ptr() as usize - text.as_ptr() as usize, ..span })
}

/// The sentences of a span.
fn sentences(text: &str, span: Span) -> impl Iterator<Item = Span> {
    let said = span.of(text).unwrap_or_default();
    let ends = said.match_indices(['.', '!', '?', ';', ':']).map(|(at, mark)| at + mark.len());
    let ends = ends.filter(|end| said.get(*end..).is_some_and(|rest| rest.is_empty() || rest.starts_with(' ')));
    let ends: Vec<usize> = ends.chain([said.len()]).collect();
    let starts: Vec<usize> = [0].into_iter().chain(ends.iter().copied()).collect();
    let sentences = starts.into_iter().zip(ends).filter(|(start, end)| start < end);
    sentences.map(move |(start, end)| Span { start: span.start + start, end: span.start + end })
}

fn is_negation(word: &str) -> bool {
    NEGATIONS.contains(&word) || word.ends_with("n't") || word.ends_with("n’t")
}

fn is_exception(word: &str) -> bool {
    EXCEPT.contains(&word)
}

fn starts_with_each(said: &str) -> bool {
    let first = said.split_whitespace().next().unwrap_or_default().to_lowercase();
    matches!(first.as_str(), "all" | "every" | "each")
}
