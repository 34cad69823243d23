//! What a premise says of a result without naming a field: the state of something, or what the only yes or no tells.

use maestria_vocabulary::Comparison;
use serde_json::{Value, json};

use super::{super::affinity::words, COMPARING, Compared, Said, is_contracted, is_plain_text, kind, same};

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
            || self.words.iter().any(|word| word == "among")
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
        // What speaks of somebody else, or of how something is that this answer does not tell, is no answer: "you have time", "it is slow".
        let said: Vec<&str> = self.words.iter().map(String::as_str).collect();
        let is_of = |word: &str| words(field).any(|part| same(word, &part) || word.contains(part.as_str()));
        let is_told = names_state(self.text) || said.iter().any(|word| is_of(word));
        let is_else = match said.as_slice() {
            ["you", ..] => true,
            ["we", ..] => !negated,
            // "It passed review" does not say that it is well.
            ["it" | "it's" | "its" | "they" | "they're" | "that" | "that's", ..] => {
                !is_told || !ends_with_state(&said) && !said.iter().any(|word| is_of(word))
            }
            _ => false,
        };
        if is_else || says(COMPARING) {
            return None;
        }
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

/// Whether the last word that says something says how something is, well or not: "it is down again".
fn ends_with_state(said: &[&str]) -> bool {
    const FILLERS: &[&str] =
        &["again", "now", "right", "there", "today", "still", "anymore", "already", "currently", "please"];
    let last = said.iter().rev().find(|word| !FILLERS.contains(word));
    last.is_some_and(|last| [FINE, TROUBLE, GOOD].iter().any(|list| list.contains(last)) || is_contracted(last))
}

/// Whether words say how something is, well or not: "it is down".
pub(in crate::planner) fn names_state(said: &str) -> bool {
    let said = said.to_lowercase();
    let mut words = said.split(|c: char| !c.is_alphabetic());
    words.any(|word| [FINE, TROUBLE, GOOD].iter().any(|list| list.contains(&word)))
}
