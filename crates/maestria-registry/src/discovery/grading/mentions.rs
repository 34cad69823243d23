//! Things that a free text has to say, in one of several words each, and things that it must not.

use crate::discovery::{Answer, Grade, Grader, Reason, text};

/// Right is a text that says all parts, nothing forbidden, and is not too long. Saying more than half of the parts is worth something.
///
/// A part is a list of phrases of which one is enough. A phrase that ends in `*` stands for every word that begins so.
#[derive(Debug, Clone)]
pub struct Mentions {
    parts: Vec<Vec<String>>,
    forbidden: Vec<String>,
    most_words: usize,
}

impl Mentions {
    /// No parts yet, in at most so many words.
    #[must_use]
    pub const fn within(most_words: usize) -> Self {
        Self { parts: Vec::new(), forbidden: Vec::new(), most_words }
    }

    /// One of these must be said too.
    #[must_use]
    pub fn part<T: Into<String>>(mut self, phrases: impl IntoIterator<Item = T>) -> Self {
        self.parts.push(phrases.into_iter().map(Into::into).collect());
        self
    }

    /// None of these may be said.
    #[must_use]
    pub fn forbid<T: Into<String>>(mut self, phrases: impl IntoIterator<Item = T>) -> Self {
        self.forbidden.extend(phrases.into_iter().map(Into::into));
        self
    }
}

impl Grader for Mentions {
    fn grade(&self, answer: &Answer) -> Grade {
        let Answer::Text(text) = answer else { return Grade::wrong(Reason::NotOfKind { expected: "text" }) };
        let words = text::words(text);
        if words.len() > self.most_words {
            return Grade::wrong(Reason::TooLong);
        }
        if let Some(what) = self.forbidden.iter().find(|phrase| text::mentions(&words, phrase)) {
            return Grade::wrong(Reason::Forbidden { what: what.clone() });
        }
        let is_missing = |part: &&Vec<String>| !part.iter().any(|phrase| text::mentions(&words, phrase));
        let missing = self.parts.iter().filter(is_missing).filter_map(|part| part.first().cloned());
        Grade::of_parts(self.parts.len(), missing.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_is_said_in_few_words_and_nothing_forbidden() {
        let check = |answer: &str, score: f64| {
            let grader = Mentions::within(6).part(["drei", "3"]).part(["rot*"]).part(["apfel*"]).forbid(["apples"]);
            let grade = grader.grade(&answer.into());
            assert!((grade.score.get() - score).abs() < 1e-9, "{answer}: {}", grade.reason);
        };
        check("Drei rote Äpfel.", 1.0);
        check("3 **rote** Apfel", 1.0);
        check("drei rote Birnen", 1.0 / 3.0);
        check("zwei rote Birnen", 0.0);
        check("drei rote apples Äpfel", 0.0);
        check("drei rote Äpfel und sonst noch dies und das", 0.0);
    }
}
