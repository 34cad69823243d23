//! Which words of what finds several things no tool was given: what is changed for good is never done to more than was said.

use maestria_vocabulary::{Clause, Span};

use super::{affinity::words, draft::Draft, mention::same};

impl Draft<'_> {
    /// Whether what finds the things of a clause was not given a name or an address that is said of them: "cancel all orders shipped to Berlin" is
    /// not done to all that were shipped.
    pub(super) fn leaves_out(&self, clause: &Clause) -> bool {
        self.unheard(clause).iter().any(|word| {
            let is_name = word.starts_with(char::is_uppercase) && word.split('\'').next() != Some("I");
            is_name || word.contains('@')
        })
    }

    /// Whether what finds the things of a clause was not given a word that says which they are: "cache" of "restart all cache servers".
    pub(super) fn may_be_too_many(&self, clause: &Clause) -> bool {
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
            "or",
            "not",
            "this",
            "these",
            "those",
            "than",
            "since",
            "before",
            "after",
            "until",
            "single",
            "one",
            "there",
            "still",
            "currently",
            "i",
            "we",
            "you",
            "they",
            "got",
            "all",
        ];
        let tools: Vec<String> = self
            .finders_of(clause)
            .filter_map(|inner| inner.tools.first())
            .flat_map(|found| words(found.tool.as_str()).collect::<Vec<_>>())
            .collect();
        self.unheard(clause).iter().any(|word| {
            let word = word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
            word.chars().all(char::is_alphabetic)
                && !word.is_empty()
                && !LINKS.contains(&word.as_str())
                && !tools.iter().any(|name| same(name, &word))
        })
    }

    /// The pieces that find what a clause is done to.
    fn finders_of(&self, clause: &Clause) -> impl Iterator<Item = &Clause> {
        let of = clause.bond.of.clone();
        self.understanding.clauses.iter().filter(move |inner| of.contains(&inner.span))
    }

    /// The words that say which things a clause is done to and of which no tool was given one.
    fn unheard(&self, clause: &Clause) -> Vec<&str> {
        let text = &self.understanding.text;
        let mut unheard = Vec::new();
        for inner in self.finders_of(clause) {
            let said = inner.span.of(text).unwrap_or_default();
            let taken = inner.tools.first().into_iter().chain(clause.tools.first()).flat_map(|found| &found.arguments);
            let taken: Vec<Span> = taken.map(|argument| argument.span).collect();
            unheard.extend(said.split_whitespace().skip(1).filter(|word| {
                let start = inner.span.start + (word.as_ptr() as usize - said.as_ptr() as usize);
                !taken.iter().any(|span| span.start < start + word.len() && start < span.end)
            }));
        }
        unheard
    }
}
