//! Things of which a request names several: "the pending orders", "find them and cancel them".

use std::borrow::Cow;

use maestria_vocabulary::{Argument, Clause, Effect, Span, StepId};

use super::{
    affinity::{is_called, words},
    draft::Draft,
    source::Call,
    verb::is_superlative,
};
use crate::Action;

impl Draft<'_> {
    /// Whether a clause says "them" of things that the one before names as several: "the orders of Ann".
    pub(super) fn names_several(&self, clause: &Clause, list: &StepId) -> bool {
        let text = &self.understanding.text;
        let lower = |span: Span| span.of(text).unwrap_or_default().to_lowercase();
        let said = lower(clause.span);
        let said: Vec<&str> = said.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()).collect();
        let them = said.iter().position(|word| matches!(*word, "them" | "these" | "those"));
        let before = them.and_then(|at| at.checked_sub(1)).and_then(|at| said.get(at));
        if !before.is_some_and(|before| !matches!(*before, "of" | "with")) {
            return false;
        }
        let Some(noun) = self.noun(list) else { return false };
        let mut spans = self.done.iter().filter(|(_, id)| id == list).map(|(span, _)| lower(*span));
        spans.any(|said| said.split(|c: char| !c.is_alphabetic()).any(|word| is_several(word, &noun)))
    }

    /// Whether a clause itself names several of what a list gives, which no argument has: "restart the degraded servers".
    pub(super) fn speaks_of_several(&self, call: &Call<'_>, list: &StepId) -> bool {
        let Some(spec) = self.catalog.get(&call.found.tool).filter(|spec| spec.effect != Effect::Pure) else {
            return false;
        };
        let is_taken = |argument: &&Argument| !self.is_no_value(argument, spec);
        let taken: Vec<Span> = call.found.arguments.iter().filter(is_taken).map(|argument| argument.span).collect();
        // "Settle | all open claims": what stands right behind the verb is that to which it is done.
        let text = &self.understanding.text;
        let follows = |span: &Span| {
            let gap = text.get(call.clause.span.end..span.start);
            gap.is_some_and(|gap| !gap.is_empty() && gap.trim().is_empty())
        };
        let is_inner = |span: &Span| call.clause.bond.of.contains(span) || follows(span);
        let inner = self.done.iter().filter(|(span, id)| id == list && is_inner(span));
        let said = self.free_words(call.clause.span, &taken).into_iter().skip(1);
        let inner = inner.flat_map(|(span, _)| self.free_words(*span, &taken));
        let said: Vec<String> = said.chain(inner).map(str::to_lowercase).collect();
        let is_number = |name: &&str| spec.requires(name) && is_called(name);
        let numbers = spec.parameters().map(|(name, _)| name).filter(is_number).flat_map(words);
        let numbers: Vec<String> = numbers.collect();
        let nouns: Vec<String> = words(spec.id.as_str()).chain(numbers.iter().cloned()).collect();
        let own = self.noun(list).filter(|noun| nouns.contains(noun));
        // "Message the customers of the shipped orders" messages each.
        let several = own.into_iter().chain(numbers).collect::<Vec<_>>();
        // "The first of the open alerts" is one, and "the most recent orders" are not all.
        let is_one = |word: &String| is_superlative(word) || matches!(word.as_str(), "one" | "top");
        let names_several = |word: &String| several.iter().any(|noun| is_several(word, noun));
        said.iter().any(names_several) && !said.iter().any(is_one)
    }

    /// What the tool of a step is named for, as one.
    fn noun(&self, step: &StepId) -> Option<String> {
        let step = self.steps.iter().find(|other| other.id == *step)?;
        let Action::Call { tool, .. } = &step.action else { return None };
        Some(singular(&words(tool.as_str()).last()?).into_owned())
    }
}

/// A noun as one: "policies" is "policy".
fn singular(noun: &str) -> Cow<'_, str> {
    match noun.strip_suffix("ies") {
        Some(stem) if stem.len() > 2 => Cow::Owned(format!("{stem}y")),
        _ if noun.ends_with("ss") => Cow::Borrowed(noun),
        _ => Cow::Borrowed(noun.strip_suffix('s').unwrap_or(noun)),
    }
}

/// Whether a word is the plural of a noun.
pub(super) fn is_several(word: &str, noun: &str) -> bool {
    word != noun && (singular(word) == noun || word.strip_suffix("es") == Some(noun))
}

#[cfg(test)]
mod tests {
    use super::is_several;

    #[test]
    fn plurals_are_told_from_their_nouns() {
        for (word, noun) in [("orders", "order"), ("policies", "policy"), ("addresses", "address"), ("boxes", "box")] {
            assert!(is_several(word, noun), "{word}");
        }
        for (word, noun) in [("order", "order"), ("address", "address"), ("address", "addres"), ("ties", "t"), ("", "")]
        {
            assert!(!is_several(word, noun), "{word}");
        }
    }
}
