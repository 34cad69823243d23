//! Words of what finds several things that no tool was given.

use std::collections::BTreeMap;

use maestria_vocabulary::{Argument, Clause, Span, StepId, ToolMatch};
use serde_json::Value;

use super::{
    affinity::{is_text, words},
    draft::Draft,
    heard::is_negation,
    spoken::QUOTES,
};
use crate::{Action, Binding};

/// Parameters that say why something is done.
const EXPLAINING: &[&str] = &["reason", "note", "notes", "comment", "description", "justification"];

impl Draft<'_> {
    /// The words that say which things are meant and of which no tool was given one.
    pub(super) fn unheard(
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
    pub(super) fn given_for(&self, step: &StepId) -> Vec<&Value> {
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

fn starts_with_each(said: &str) -> bool {
    let first = said.split_whitespace().next().unwrap_or_default().to_lowercase();
    matches!(first.as_str(), "all" | "every" | "each")
}
