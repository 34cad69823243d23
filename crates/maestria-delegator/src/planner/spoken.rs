//! Results that a clause speaks of in words: "the log", "the summary", "it".

use maestria_vocabulary::{Argument, Span, StepId};
use serde_json::Value;

use super::{
    affinity::{Given, MOMENT, POSSIBLE, TEXT, Wanted, affinity, is_file, is_identifier, is_text, same_name, words},
    draft::Draft,
    mention::{Mention, is_moment_noun, mention, mentions, same},
    nouns::{means_file, names_where, serves_people},
    place::{Place, fields},
    source::{Call, text_of},
};
use crate::{Action, Binding, Step};

/// Marks that open a quotation.
pub(super) const QUOTES: [char; 4] = ['"', '“', '«', '„'];

impl Draft<'_> {
    /// What an optional text is given because the clause speaks of a result by its name: "an issue with the log in it".
    pub(super) fn told(&mut self, call: &Call<'_>, wanted: Wanted<'_>, taken: &[Span]) -> Option<Binding> {
        // "Content_type" is no text.
        let is_named_text = words(wanted.name).last().is_some_and(|word| is_text(&word));
        if !is_named_text || !takes_words(wanted.schema) {
            return None;
        }
        let calls = self.calls();
        let place = mentions(&self.understanding.text, call.clause.span, taken)
            .into_iter()
            .take(MOST_MENTIONS)
            .find_map(|mention| match mention {
                Mention::Noun(noun) => self.speaking_of(&noun, &calls, wanted),
                _ => None,
            })
            .filter(|place| place.score >= TEXT || self.says_all_of(call, place))
            .or_else(|| self.best(calls.iter().rev(), wanted, TEXT).filter(|_| self.keeps_it(call)))?;
        self.bind(place, wanted)
    }

    /// Whether a clause does something with what was made before, and nothing else: "keep it in a note".
    fn keeps_it(&self, call: &Call<'_>) -> bool {
        const KEEPING: &[&str] = &["keep", "save", "store", "put", "write", "note", "file", "log", "record"];
        let said = call.clause.span.of(&self.understanding.text).unwrap_or_default().to_lowercase();
        let mut said = said.split_whitespace().skip_while(|word| !KEEPING.contains(word)).skip(1);
        call.clause.refers_back && said.next().is_some_and(|object| matches!(object, "it" | "this" | "that" | "them"))
    }

    /// The result that a clause says a parameter shall be: "use the address as the location".
    pub(super) fn said_as(&mut self, call: &Call<'_>, wanted: Wanted<'_>) -> Option<Binding> {
        let said = call.clause.span.of(&self.understanding.text).unwrap_or_default().to_lowercase();
        let said: Vec<&str> =
            said.split(|c: char| !c.is_alphanumeric()).filter(|word| word.len() > 1).take(LONGEST).collect();
        let last = words(wanted.name).last()?;
        let noun = said.iter().enumerate().find_map(|(place, word)| {
            let behind = said.get(place + 1..)?;
            let behind = if behind.first().is_some_and(|word| matches!(*word, "the" | "its" | "their")) {
                behind.get(1..)?
            } else {
                behind
            };
            let is_named = *word == "as" && behind.first().is_some_and(|named| same(named, &last));
            place.checked_sub(1).filter(|_| is_named).and_then(|before| said.get(before)).copied()
        })?;
        let calls = self.calls();
        let place = self.speaking_of(noun, &calls, wanted)?;
        self.bind(place, wanted)
    }

    /// Whether a clause says every word of a field: "the booking reference".
    fn says_all_of(&self, call: &Call<'_>, place: &Place) -> bool {
        let said = call.clause.span.of(&self.understanding.text).unwrap_or_default().to_lowercase();
        let said: Vec<&str> = said.split(|c: char| !c.is_alphanumeric()).collect();
        let is_said = |field: &String| words(field).all(|part| said.contains(&part.as_str()));
        place.field.as_ref().is_some_and(|field| is_said(field) && !is_file(&words(field).collect::<Vec<_>>()))
    }

    /// What later steps have made of a text, if anything: once a transcript is translated, its translation is what is sent.
    pub(super) fn made_of(&self, place: Place, calls: &[StepId], wanted: Wanted<'_>) -> Place {
        let first = place.step.clone();
        let later = calls.iter().skip_while(|id| **id != first).skip(1);
        later.fold(place, |place, id| {
            let selected = place.field.as_ref().and_then(|field| StepId::new(format!("{}.{field}", place.step)).ok());
            let takes = |step: &Step| {
                step.action.inputs().any(|input| *input == place.step || Some(input) == selected.as_ref())
            };
            let is_made = self.steps.iter().any(|step| step.id == *id && step.each.is_none() && takes(step));
            let made = if is_made { self.place(id, wanted) } else { None };
            made.filter(|made| made.score >= TEXT).unwrap_or(place)
        })
    }

    /// The result of which the clause speaks in words that are no argument of it: "message the amount to Ann".
    pub(super) fn spoken_of(&self, call: &Call<'_>, calls: &[StepId], wanted: Wanted<'_>) -> Option<Place> {
        let arguments: Vec<Span> = call.found.arguments.iter().map(|argument| argument.span).collect();
        let mentions = mentions(&self.understanding.text, call.clause.span, &arguments);
        let found = mentions.into_iter().take(MOST_MENTIONS).find_map(|mention| match mention {
            Mention::Result => self.best(calls.iter().rev(), wanted, POSSIBLE),
            Mention::Noun(noun) if is_moment_noun(&noun) => self.best(calls.iter().rev(), wanted, MOMENT),
            Mention::Noun(noun) => self.speaking_of(&noun, calls, wanted),
            Mention::Nothing => None,
        });
        found.filter(|place| suits_words(place, wanted))
    }

    /// Whether the value of an argument only speaks of a result: "it", or "the log" where a step gives a log.
    pub(super) fn speaks_of_result(&self, argument: &Argument, wanted: Wanted<'_>) -> bool {
        match spoken(&self.understanding.text, argument) {
            Mention::Result => true,
            Mention::Noun(noun) => self.speaking_of(&noun, &self.calls(), wanted).is_some(),
            Mention::Nothing => false,
        }
    }

    /// The latest result of which a noun speaks, by its field or by its tool: "the log", "the summary".
    pub(super) fn speaking_of(&self, noun: &str, calls: &[StepId], wanted: Wanted<'_>) -> Option<Place> {
        let exactly = |noun: &str, name: &str| noun == name || noun.strip_suffix('s') == Some(name);
        let named = self.named_by(noun, calls, wanted, &exactly).or_else(|| self.named_by(noun, calls, wanted, &same));
        let file = || calls.iter().rev().find_map(|id| self.file_of(id, wanted)).filter(|_| means_file(noun));
        let takes_content = is_text(wanted.name) && CONTENTS.contains(&noun);
        let content = || self.best(calls.iter().rev(), wanted, TEXT).filter(|_| takes_content);
        // "The booking details" are all that is known of it.
        let all = || {
            let latest = calls.iter().rev().find(|id| !self.finds_people(id))?;
            let place = self.place(latest, wanted)?;
            (takes_content && DETAILS.contains(&noun)).then_some(Place { field: None, score: TEXT, ..place })
        };
        named.or_else(file).or_else(content).or_else(all)
    }

    fn named_by(
        &self,
        noun: &str,
        calls: &[StepId],
        wanted: Wanted<'_>,
        same: &dyn Fn(&str, &str) -> bool,
    ) -> Option<Place> {
        calls.iter().rev().find_map(|id| {
            let step = self.steps.iter().find(|step| step.id == *id)?;
            let Action::Call { tool, arguments } = &step.action else { return None };
            let output = self.output(step);
            let fields = fields(&output);
            // What the step was told itself, "the kitchen", is not what another one speaks of, "the living room".
            let is_told = |field: &str| {
                let told = |(name, binding): (&String, &Binding)| {
                    same_name(name, field) && matches!(binding, Binding::Value(_))
                };
                arguments.iter().any(told) && names_where(field)
            };
            let fields: Vec<(String, Value)> = fields.into_iter().filter(|(field, _)| !is_told(field)).collect();
            let named = fields.iter().filter(|(field, _)| words(field).any(|word| same(noun, &word)));
            let given = |(field, schema): &(String, Value)| {
                let score = affinity(Given { tool: tool.as_str(), field: Some(field), schema }, wanted);
                // A text takes the number of a thing where it is spoken of.
                let says = |field: &str| words(field).any(|word| word == noun);
                // Whoever is told something is not what he is told.
                let is_named = || {
                    is_identifier(field)
                        && !serves_people(noun)
                        && (says(field) || !fields.iter().any(|(other, _)| says(other)))
                };
                score.or_else(|| (is_text(wanted.name) && takes_words(wanted.schema) && is_named()).then_some(TEXT))
            };
            let rated = named.clone().filter_map(|field| Some((&field.0, given(field)?)));
            if let Some((field, score)) = rated.reduce(|best, next| if next.1 > best.1 { next } else { best }) {
                return Some(Place { step: id.clone(), field: Some(field.clone()), score });
            }
            if named.count() > 0 {
                return None;
            }
            words(tool.as_str()).any(|word| same(noun, &word)).then(|| self.place(id, wanted)).flatten()
        })
    }
}

/// Nouns for that by which a thing is called or found.
const REFERENCES: &[&str] = &["number", "id", "reference", "code", "name", "title", "link", "url"];

/// Nouns for whatever a result says.
const CONTENTS: &[&str] =
    &["text", "content", "contents", "body", "details", "information", "answer", "figure", "findings"];

/// Nouns for all that is known of a thing.
const DETAILS: &[&str] = &["details", "information"];

/// Most words of a clause that are looked at.
const LONGEST: usize = 64;

/// Most results that a clause is taken to speak of.
const MOST_MENTIONS: usize = 16;

/// Whether no sentence ends between two pieces of a request.
pub(super) fn in_one_sentence(text: &str, one: Span, other: Span) -> bool {
    let (from, to) = (one.end.min(other.end), one.start.max(other.start));
    let between = text.get(from..to).unwrap_or_default();
    let ends =
        |mark: &str| between.split(mark).skip(1).any(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace));
    !between.contains('\n') && ![".", "!", "?"].into_iter().any(ends)
}

/// Whether a result that is spoken of is what a parameter takes: a text takes any, a name does not.
pub(super) fn suits_words(place: &Place, wanted: Wanted<'_>) -> bool {
    place.score >= TEXT || !takes_words(wanted.schema) || is_text(wanted.name)
}

fn takes_words(schema: &Value) -> bool {
    schema.get("type").and_then(Value::as_str) == Some("string") && schema.get("format").is_none()
}

/// What the words of an argument speak of, with the article before them, which may not be part of it: "its subject".
pub(super) fn spoken(request: &str, argument: &Argument) -> Mention {
    let Some(text) = text_of(&argument.value) else { return Mention::Nothing };
    match mention(text) {
        // "The 20th of March" is a date, whatever it is written as.
        Mention::Nothing if argument.span.of(request).is_some_and(|said| said.eq_ignore_ascii_case(text)) => {
            let before = request.get(..argument.span.start).unwrap_or_default();
            // "That" before several words is more often a conjunction.
            let is_word = !text.contains(char::is_whitespace);
            let mut behind = before.split_whitespace().rev().take_while(|_| before.ends_with(' '));
            let article = behind.next().filter(|word| *word != "that" || is_word);
            let meant = article.map_or(Mention::Nothing, |article| mention(&format!("{article} {text}")));
            // "The order number", of which only the number was taken.
            let is_reference = is_word && REFERENCES.contains(&text.to_lowercase().as_str());
            let is_reference = is_reference || is_word && DETAILS.contains(&text.to_lowercase().as_str());
            let before_noun = article.zip(behind.next()).filter(|_| is_reference && meant == Mention::Nothing);
            before_noun.map_or(meant, |(noun, article)| mention(&format!("{article} {noun} {text}")))
        }
        meant => meant,
    }
}
