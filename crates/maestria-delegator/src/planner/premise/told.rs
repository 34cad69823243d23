//! What a premise says of a result without naming a field: the state of something, or what the only yes or no tells.

use maestria_vocabulary::Comparison;
use serde_json::{Value, json};

use super::{super::affinity::words, Compared, Said, is_contracted, is_plain_text, kind, same};

impl Said<'_> {
    /// In which state something is, for a text that tells it: "it has been delivered", "the status is lapsed", "still pending".
    pub(super) fn state(&self, fields: &[(String, Value)], context: &Self, negated: bool) -> Option<Compared> {
        const STATES: &[&str] = &[
            "status",
            "state",
            "outcome",
            "result",
            "verdict",
            "decision",
            "stage",
            "phase",
            "risk",
            "level",
            "condition",
            "label",
            "category",
            "sentiment",
            "priority",
            "value",
        ];
        const LINKS: &[&str] = &[
            "is", "it's", "that's", "he's", "she's", "was", "are", "been", "be", "says", "reads", "shows", "say",
            "has", "stands", "as", "marked", "turned", "out", "get", "gets", "got", "its", "did",
        ];
        const PRONOUNS: &[&str] = &["it", "its", "that", "this", "he", "she", "they", "his", "her", "their", "which"];
        const FILLERS: &[&str] = &[
            "still",
            "already",
            "now",
            "currently",
            "not",
            "never",
            "a",
            "an",
            "the",
            "on",
            "to",
            "of",
            "yet",
            "at",
            "only",
            "just",
            "really",
        ];
        const LONGEST: usize = 3;
        let is_link = |word: &String| LINKS.contains(&word.as_str()) || is_contracted(word);
        let behind = self.words.iter().rposition(is_link).map(|place| place + 1);
        let filler = |word: &&String| FILLERS.contains(&word.as_str());
        let said: Vec<&String> = self.words.iter().skip(behind.unwrap_or(0)).skip_while(filler).collect();
        let has_digit = |word: &String| word.contains(|c: char| c.is_ascii_digit());
        let longest = if behind.is_some() { LONGEST } else { 1 };
        if !(1..=longest).contains(&said.len())
            || said.iter().any(|word| has_digit(word))
            || self.premise.amount.is_some()
        {
            return None;
        }
        // What it speaks of must be the result: "if Ann is ill" tells nothing of an order.
        let first = self.words.iter().take(behind.unwrap_or(0));
        let subject: Vec<&String> = first.filter(|word| !is_link(word) && !filler(word)).collect();
        let of_result = |word: &&String| {
            PRONOUNS.contains(&word.as_str())
                || has_digit(word)
                || context.words.contains(word)
                || fields.iter().any(|(field, _)| words(field).any(|part| same(word, &part)))
        };
        if !subject.is_empty() && !subject.iter().any(of_result) {
            return None;
        }
        let told = || fields.iter().filter(|(_, schema)| is_plain_text(schema)).map(|(field, _)| field);
        let tells = |field: &&String| words(field).last().is_some_and(|part| STATES.contains(&part.as_str()));
        let field = told().find(|field| self.says(field) && said.iter().all(|word| !same(word, field)));
        let field = field.or_else(|| told().find(tells))?;
        let op = if negated { Comparison::NotEqual } else { Comparison::Equal };
        // "The status held" is the state "held".
        let value: Vec<&str> = said.into_iter().map(String::as_str).filter(|word| !same(word, field)).collect();
        if value.is_empty() {
            return None;
        }
        Some(Compared { field: field.clone(), op, value: json!(value.join(" ")) })
    }

    /// Whether the words say an option by other words: "it's running late" that it is delayed.
    pub(super) fn means(&self, option: &str) -> bool {
        const MEANINGS: &[(&str, &[&str])] = &[
            ("delayed", &["late"]),
            ("overdue", &["late"]),
            ("late", &["delayed", "overdue"]),
            ("done", &["finished", "ready", "complete", "completed", "through"]),
            ("finished", &["done", "complete", "completed", "through"]),
            ("completed", &["done", "finished", "complete", "through"]),
            ("ready", &["done", "finished"]),
            ("waitlisted", &["waiting list", "waitlist"]),
            ("rejected", &["refused", "denied", "turned down", "declined"]),
            ("refused", &["rejected", "denied", "turned down", "declined"]),
            ("denied", &["refused", "rejected", "turned down", "declined"]),
            ("declined", &["refused", "rejected", "turned down", "denied"]),
            ("on_loan", &["lent out", "borrowed", "checked out"]),
            ("cancelled", &["called off"]),
            ("canceled", &["called off", "cancelled"]),
            ("lost", &["gone missing"]),
            ("unpaid", &["not paid", "outstanding"]),
            ("expired", &["lapsed", "run out"]),
            ("lapsed", &["expired", "run out"]),
            ("passed", &["pass", "passes", "green"]),
            ("failed", &["fail", "fails", "red"]),
            ("jam", &["jammed"]),
        ];
        let text = self.words.join(" ");
        let has = |phrase: &&str| {
            let mut places = text.match_indices(*phrase);
            places.any(|(start, found)| {
                let is_edge = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
                is_edge(text.get(..start).and_then(|before| before.chars().next_back()))
                    && is_edge(text.get(start + found.len()..).and_then(|behind| behind.chars().next()))
            })
        };
        let lower = option.to_lowercase();
        MEANINGS
            .iter()
            .filter(|(name, _)| *name == lower)
            .any(|(_, meanings)| meanings.iter().any(|phrase| has(&phrase)))
    }

    /// What a text or a list has in it, in other words than "contains": "gluten is among the allergens", "the log has panic in it", "there's
    /// rain".
    pub(super) fn held(&self, fields: &[(String, Value)]) -> Option<Compared> {
        const WEATHER: &[&str] = &["condition", "conditions", "weather", "forecast", "summary", "description"];
        const ARTICLES: &[&str] = &["a", "an", "the", "any", "some", "something", "word"];
        let holds = |schema: &Value| is_plain_text(schema) || kind(schema) == Some("array");
        let position = |names: &[&str]| self.words.iter().position(|word| names.contains(&word.as_str()));
        let words_of = |part: &[String]| {
            let rest: Vec<&str> = part.iter().map(String::as_str).skip_while(|word| ARTICLES.contains(word)).collect();
            rest.join(" ")
        };
        let named = || {
            let mut named = fields.iter().filter(|(field, schema)| holds(schema) && self.says(field));
            named.next().filter(|_| named.next().is_none()).map(|(field, _)| field)
        };
        let only = || {
            let mut texts = fields.iter().filter(|(_, schema)| holds(schema));
            texts.next().filter(|_| texts.next().is_none()).map(|(field, _)| field)
        };
        let found = |field: &String, part: String| {
            let is_said = !part.is_empty() && part.split(' ').count() <= 3 && !same(&part, field);
            // As the request writes it.
            let lower = self.text.to_lowercase();
            let place = lower.find(&part).filter(|_| lower.len() == self.text.len());
            let written = place.and_then(|start| self.text.get(start..start + part.len())).unwrap_or(&part);
            is_said.then(|| Compared { field: field.clone(), op: Comparison::Contains, value: json!(written) })
        };
        if self.premise.amount.is_some() {
            return None;
        }
        if let Some(among) = position(&["among"]) {
            let link =
                self.words.get(..among)?.iter().rposition(|word| matches!(word.as_str(), "is" | "are" | "be"))?;
            let lists = || fields.iter().find(|(_, schema)| kind(schema) == Some("array")).map(|(field, _)| field);
            return found(named().or_else(lists).or_else(only)?, words_of(self.words.get(..link)?));
        }
        let text = |words: &[String]| words.join(" ");
        let whole = text(&self.words);
        if let Some(place) =
            whole.strip_suffix(" in it").and_then(|_| position(&["has", "have", "had", "be", "there's"]))
        {
            let part = self.words.get(place + 1..self.words.len().checked_sub(2)?)?;
            return found(named().or_else(only)?, words_of(part));
        }
        if let Some(rest) = whole.strip_prefix("the word ")
            && let Some((part, _)) = rest.split_once(" is in ").or_else(|| rest.split_once(" be in "))
        {
            return found(named().or_else(only)?, part.to_owned());
        }
        let there = whole.strip_prefix("there's ").or_else(|| whole.strip_prefix("there is "));
        if let Some(rest) = there
            .filter(|rest| !rest.contains(' ') && !matches!(*rest, "one" | "any" | "none" | "nothing" | "something"))
        {
            let tells = |(field, schema): &&(String, Value)| {
                is_plain_text(schema) && words(field).last().is_some_and(|part| WEATHER.contains(&part.as_str()))
            };
            return found(fields.iter().find(tells).map(|(field, _)| field)?, rest.to_owned());
        }
        if let Some(place) = position(&["based", "located", "lives", "sits"])
            && self.words.get(place + 1).is_some_and(|word| word == "in")
        {
            let is_place = |(field, schema): &&(String, Value)| {
                is_plain_text(schema) && matches!(field.as_str(), "city" | "town" | "country" | "location" | "place")
            };
            let mut said = self.text.split_whitespace().skip_while(|word| *word != "in").skip(1);
            let place = said.next()?.trim_matches(|c: char| !c.is_alphanumeric()).to_owned();
            return found(fields.iter().find(is_place).map(|(field, _)| field)?, place);
        }
        None
    }

    /// What the only yes or no of a result tells: "if it is clean" that no conflict was found.
    pub(super) fn only_answer(&self, fields: &[(String, Value)], negated: bool) -> Option<Compared> {
        const BAD: &[&str] = &[
            "conflict",
            "conflicts",
            "error",
            "errors",
            "failed",
            "blocked",
            "overdue",
            "expired",
            "missing",
            "flagged",
            "damaged",
            "taken",
            "late",
            "delayed",
            "locked",
            "closed",
            "busy",
            "cancelled",
            "rejected",
        ];
        let mut answers = fields.iter().filter(|(_, schema)| kind(schema) == Some("boolean"));
        let (field, _) = answers.next().filter(|_| answers.next().is_none() && self.premise.amount.is_none())?;
        let says = |list: &[&str]| self.words.iter().any(|word| list.contains(&word.as_str()));
        let tells_of_bad = words(field).any(|part| BAD.contains(&part.as_str()));
        let is_named = words(field).any(|part| self.words.iter().any(|word| same(word, &part)));
        if tells_of_bad && !(is_named || says(BAD) || says(FINE)) {
            return None;
        }
        // "Nothing turns up" and "no conflict" are negated already.
        let is_fine = tells_of_bad && !is_named && says(FINE) && !says(&["nothing", "none"]);
        // "Down" is not healthy.
        let tells_of_good = words(field).any(|part| GOOD.contains(&part.as_str()));
        let is_trouble = tells_of_good && !is_named && says(TROUBLE);
        let value = negated == (is_fine || is_trouble);
        Some(Compared { field: field.clone(), op: Comparison::Equal, value: json!(value) })
    }
}

/// Words that say that all is well.
const FINE: &[&str] = &[
    "clean",
    "clear",
    "fine",
    "ok",
    "okay",
    "good",
    "well",
    "valid",
    "works",
    "right",
    "free",
    "available",
    "open",
    "nothing",
    "none",
];

/// Words that say that something is not as it should be.
const TROUBLE: &[&str] = &[
    "down",
    "offline",
    "broken",
    "failed",
    "failing",
    "dead",
    "unavailable",
    "gone",
    "expired",
    "invalid",
    "unhealthy",
    "crashed",
    "off",
    "disabled",
    "inactive",
    "wrong",
    "unlocked",
];

/// Words that fields are named by which say that all is well.
const GOOD: &[&str] = &[
    "healthy",
    "up",
    "online",
    "ok",
    "available",
    "running",
    "alive",
    "valid",
    "active",
    "enabled",
    "working",
    "reachable",
    "passed",
    "ready",
    "connected",
    "locked",
    "success",
];

/// Whether words say how something is, well or not: "it is down".
pub(in crate::planner) fn names_state(said: &str) -> bool {
    let said = said.to_lowercase();
    let mut words = said.split(|c: char| !c.is_alphabetic());
    words.any(|word| [FINE, TROUBLE, GOOD].iter().any(|list| list.contains(&word)))
}
