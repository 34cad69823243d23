//! Which words of what finds several things no tool was given: nothing is changed of more than was said, nor what was to be left as it is.

use std::collections::BTreeMap;

use maestria_vocabulary::{Argument, Clause, Effect, Span, StepId, ToolMatch};
use serde_json::Value;

use super::{
    affinity::{is_called, is_list, is_text, words},
    draft::Draft,
    mention::same,
    nouns::takes_file,
    plural::is_several,
    source::Call,
    verb::is_superlative,
};
use crate::{Action, Binding};

/// Marks that open a quotation.
const QUOTES: [char; 4] = ['"', '“', '«', '„'];

/// Words that leave out some of several things.
const EXCEPT: &[&str] = &["except", "excepting", "excluding", "apart"];

/// Words that turn what is said into its opposite.
const NEGATIONS: &[&str] = &["not", "no", "never", "without", "neither", "nor", "lacking", "cannot"];

/// Words behind "but" with which another wish begins.
const LEADING_ON: &[&str] =
    &["don't", "don’t", "do", "leave", "keep", "only", "then", "first", "also", "if", "please", "tell", "still"];

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

    /// Whether something is done to several things but some of them: "turn off all lights except the kitchen", "cancel all orders but A-1". What
    /// leaves some out may stand behind the clause, up to the end of the sentence, or before it.
    fn leaves_some_out(&self, clause: &Clause, call: &ToolMatch, is_each: bool) -> bool {
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
    fn takes_place_for_thing(&self, clause: &Clause, call: &ToolMatch, arguments: &BTreeMap<String, Binding>) -> bool {
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
            !(explains(&argument.parameter) || is_text(&argument.parameter))
                || before.ends_with(QUOTES)
                || before.trim_end().ends_with(':')
        };
        let own = call.arguments.iter().chain(&call.elsewhere).filter(is_taken).filter(is_quoted);
        let known = self.given_for(list);
        // "Every customer who has not paid" is nobody's name.
        let denies = |argument: &Argument| {
            let said = argument.value.as_str().unwrap_or_default().to_lowercase();
            said.contains(' ') && said.split_whitespace().any(is_negation)
        };
        let finds = |argument: &&Argument| known.contains(&&argument.value) && !denies(argument);
        let found: Vec<Span> = finders.filter(finds).map(|argument| argument.span).collect();
        let taken: Vec<Span> = found.iter().copied().chain(own.map(|argument| argument.span)).collect();
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
                |sentence: &Span| found.iter().any(|span| sentence.start <= span.start && span.end <= sentence.end);
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
        // Why it is done says nothing of what it is done to.
        if let Some(why) = unheard.iter().position(|word| word.eq_ignore_ascii_case("because")) {
            unheard.truncate(why);
        }
        // "No later than the 20th" leaves nothing out.
        let is_than =
            |three: &[&str]| matches!(three, [no, _, than] if no.eq_ignore_ascii_case("no") && *than == "than");
        if let Some(no) = unheard.windows(3).position(is_than) {
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
    pub(super) fn free_words(&self, span: Span, taken: &[Span]) -> Vec<&str> {
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

/// Whether a parameter says why something is done.
fn explains(parameter: &str) -> bool {
    words(parameter).any(|word| EXPLAINING.contains(&word.as_str()))
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
