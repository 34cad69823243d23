//! Words that were taken for the value of a parameter and are none.

use std::borrow::Cow;

use maestria_vocabulary::{Argument, Clause, Effect, ToolMatch, ToolSpec};
use serde_json::Value;

use super::{
    affinity::{NAMED, Wanted, is_called, is_identifier, is_list, is_text, words},
    draft::Draft,
    nouns::takes_person,
    place::best_field,
    plural::is_several,
    verb::{is_superlative, verb},
};

/// Words that say of how many things something is said.
const QUANTIFIERS: &[&str] = &["all", "every", "each", "any", "everything", "both", "some", "several"];

/// Words that stand with those before what is meant.
const DETERMINERS: &[&str] = &["the", "my", "our", "these", "those", "a", "few", "of", "couple"];

impl Draft<'_> {
    /// Whether what is said for a parameter is no value of it: for a number by which a thing is found a word of the tool's name, for a text what the
    /// tool makes, for what narrows a search the thing that is searched for, for a person the number with which a premise compares.
    pub(super) fn is_no_value(&self, argument: &Argument, tool: &ToolSpec) -> bool {
        self.selects_fields
            && (is_quantifier(argument)
                || is_sentence(argument)
                || self.is_state(argument, tool)
                || self.owns_several(argument)
                || self.is_object(argument, tool)
                || self.narrows_nothing(argument, tool)
                || names_the_tool(argument, tool)
                || takes_person(&argument.parameter) && self.is_compared(&argument.value))
    }

    /// A tool without the words of other pieces that are no values of it.
    pub(super) fn meant<'m>(&self, found: &'m ToolMatch) -> Cow<'m, ToolMatch> {
        let Some(spec) = self.catalog.get(&found.tool) else { return Cow::Borrowed(found) };
        if !found.elsewhere.iter().any(|argument| self.is_no_value(argument, spec)) {
            return Cow::Borrowed(found);
        }
        let mut meant = found.clone();
        meant.elsewhere.retain(|argument| !self.is_no_value(argument, spec));
        Cow::Owned(meant)
    }

    /// Whether what may be said for the reason of a deed is only to what it is done: "cancel the pending orders".
    fn is_object(&self, argument: &Argument, tool: &ToolSpec) -> bool {
        let name = argument.parameter.as_str();
        let clauses = &self.understanding.clauses;
        let text = &self.understanding.text;
        let says_how_many = |word: &str| QUANTIFIERS.contains(&word) || DETERMINERS.contains(&word);
        let follows_verb = |clause: &Clause| {
            let Some(verb) = verb(text, clause.span) else { return false };
            let leads = ["because", "due", "since", "for", "as", "after"].contains(&verb.to_lowercase().as_str());
            let names_it = leads || words(name).any(|word| verb.eq_ignore_ascii_case(&word));
            let end = verb.as_ptr() as usize - text.as_ptr() as usize + verb.len();
            let gap = text.get(end..argument.span.start);
            !names_it && gap.is_some_and(|gap| gap.split_whitespace().all(says_how_many))
        };
        let is_reason = words(name).any(|word| matches!(word.as_str(), "reason" | "justification"));
        let has_options = tool.parameter(name).is_some_and(|schema| schema.get("enum").is_some());
        is_reason && !tool.requires(name) && !has_options && clauses.iter().any(follows_verb)
    }

    /// Whether what is said for a number by which a thing is found only says which of them: how such things are, by which a tool lists them, as "the
    /// degraded servers", or how they compare, "the newest".
    fn is_state(&self, argument: &Argument, tool: &ToolSpec) -> bool {
        let name = argument.parameter.as_str();
        let (Some(said), Some(schema)) = (argument.value.as_str(), tool.parameter(name)) else { return false };
        if is_identifier(name) && is_superlative(said) {
            return true;
        }
        // "A-77" is nobody's state.
        let is_several = self.describes_several(argument, tool);
        let may_be_option = !said.is_empty() && said.chars().all(|c| c.is_lowercase() || matches!(c, '_' | '-'));
        if !(is_several || may_be_option && is_identifier(name)) {
            return false;
        }
        let wanted = Wanted { tool: tool.id.as_str(), name, schema };
        let is_option = |schema: &Value| {
            let options = schema.get("enum").and_then(Value::as_array);
            options.is_some_and(|options| options.iter().any(|option| option.as_str() == Some(said)))
        };
        let lists = |other: &&ToolSpec| {
            let best = best_field(other.id.as_str(), &other.output, wanted).filter(|_| is_list(&other.output));
            other.effect == Effect::Pure && best.is_some_and(|(_, score)| score >= NAMED)
        };
        let mut listing = self.catalog.iter().filter(lists);
        if is_several {
            return listing.next().is_some();
        }
        // The branch that is called "north" is no branch that is so.
        let owners: Vec<String> = words(name).collect();
        let says_how = |(other, schema): (&str, &Value)| {
            is_option(schema) && !words(other).any(|word| word == "name" || owners.contains(&word))
        };
        listing.any(|other| other.parameters().any(says_how))
    }

    /// Whether several of what a parameter is the number of are those of what was said: "the orders of C-77".
    pub(super) fn owns_several(&self, argument: &Argument) -> bool {
        const NEAR: usize = 3;
        let before = self.understanding.text.get(..argument.span.start).unwrap_or_default();
        let mut before = before.split_whitespace().rev();
        let is_of = before.next().is_some_and(|of| matches!(of, "of" | "from" | "by"));
        let noun = before.next().filter(|_| is_of && is_identifier(&argument.parameter)).map(str::to_lowercase);
        // "Every paid order of C-77" are several, too.
        let is_each = before.take(NEAR).any(|word| matches!(word.to_lowercase().as_str(), "every" | "each" | "all"));
        let mut owners: Vec<String> = words(&argument.parameter).collect();
        owners.pop();
        let are_several = |noun: &str, owner: &String| is_several(noun, owner) || is_each && noun == owner;
        noun.is_some_and(|noun| owners.iter().any(|owner| are_several(&noun, owner)))
    }

    /// Whether one word stands before the plural of what a parameter that a tool requires is named for: "the unhealthy services".
    fn describes_several(&self, argument: &Argument, tool: &ToolSpec) -> bool {
        const NEAR: usize = 2;
        let said = argument.value.as_str().unwrap_or_default();
        // "Cancel 3 pending orders" cancels no order 3.
        let is_count = !said.is_empty() && said.chars().all(|c| c.is_ascii_digit());
        let is_plain = is_count || !said.is_empty() && said.chars().all(char::is_lowercase);
        let name = argument.parameter.as_str();
        let has_options = tool.parameter(name).is_some_and(|schema| schema.get("enum").is_some());
        let noun = words(name)
            .next()
            .filter(|_| is_plain && !has_options && tool.effect != Effect::Pure && tool.requires(name));
        let behind = self.understanding.text.get(argument.span.end..).unwrap_or_default().split_whitespace();
        let mut behind = behind.take(if is_count { NEAR } else { 1 });
        let bare = |word: &str| word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
        noun.is_some_and(|noun| behind.any(|word| is_several(&bare(word), &noun)))
    }

    /// Whether a search that may be without it is narrowed by the word for what is searched for: "hotel" for the amenities of a hotel. What changes
    /// something is never done to more than was said.
    fn narrows_nothing(&self, argument: &Argument, tool: &ToolSpec) -> bool {
        let is_noun = |said: &Value| {
            let said = said.as_str().unwrap_or_default().to_lowercase();
            words(tool.id.as_str()).any(|word| word.trim_end_matches('s') == said.trim_end_matches('s'))
        };
        let before = self.understanding.text.get(..argument.span.start).unwrap_or_default();
        let is_quoted = before.ends_with(['"', '“', '\'', '‘']);
        let has_options = tool.parameter(&argument.parameter).is_some_and(|schema| schema.get("enum").is_some());
        let may_be_left_out = tool.effect == Effect::Pure && !tool.requires(&argument.parameter);
        may_be_left_out
            && !is_quoted
            && !has_options
            && match argument.value.as_array() {
                Some(elements) => !elements.is_empty() && elements.iter().all(is_noun),
                None => is_noun(&argument.value),
            }
    }

    /// Whether a premise compares with this number: "if there are over 5 days left".
    fn is_compared(&self, value: &Value) -> bool {
        let premises = self.understanding.clauses.iter().filter_map(|clause| clause.bond.when.as_ref());
        let mut amounts = premises.filter_map(|premise| premise.amount.as_ref());
        amounts.any(|(_, amount)| value.as_str() == Some(&amount.to_string()))
    }
}

/// Whether a number by which a thing is called is only a word for how many: "all".
fn is_quantifier(argument: &Argument) -> bool {
    let said = argument.value.as_str().unwrap_or_default().to_lowercase();
    is_called(&argument.parameter) && QUANTIFIERS.contains(&said.as_str())
}

/// Whether what is said for a number by which a thing is found is a sentence, and no name either.
fn is_sentence(argument: &Argument) -> bool {
    const SHORTEST: usize = 3;
    let said = argument.value.as_str().unwrap_or_default();
    let is_word = |word: &str| word.chars().all(|c| c.is_lowercase() || c == '\'');
    is_identifier(&argument.parameter)
        && said.split_whitespace().count() >= SHORTEST
        && said.split_whitespace().all(is_word)
}

/// Whether what is said is only a word of the tool's name: nobody's number is "message", and nobody sums up "summary".
fn names_the_tool(argument: &Argument, tool: &ToolSpec) -> bool {
    const ALIKE: usize = 5;
    // Below this a text may be no more than the name of what is made.
    const UNSURE: f64 = 0.5;
    let said = argument.value.as_str().unwrap_or_default().to_lowercase();
    let begins = |word: &str| word.chars().zip(said.chars()).take_while(|(a, b)| a == b).count() >= ALIKE;
    let mut words = words(tool.id.as_str());
    if is_identifier(&argument.parameter) {
        return words.any(|word| word == said);
    }
    let is_unsure = argument.confidence.get() < UNSURE && !said.contains(' ');
    is_text(&argument.parameter) && is_unsure && words.any(|word| begins(&word))
}
