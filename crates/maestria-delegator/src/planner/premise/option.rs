//! Options that a premise says by other words than their names.

use super::Said;

/// Options, and what is said for them.
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
    ("expired", &["lapsed", "run out"]),
    ("lapsed", &["expired", "run out"]),
    ("passed", &["pass", "passes", "green"]),
    ("failed", &["fail", "fails", "red"]),
    ("jam", &["jammed"]),
];

impl Said<'_> {
    /// Whether the words say an option by other words: "it's running late" that it is delayed.
    pub(super) fn means(&self, option: &str) -> bool {
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
        MEANINGS.iter().filter(|(name, _)| *name == lower).any(|(_, meanings)| meanings.iter().any(has))
    }
}

#[cfg(test)]
mod tests {
    use maestria_vocabulary::{Comparison, Premise, Span};
    use serde_json::json;

    use super::super::{Certainty, compared};

    #[test]
    fn options_are_said_by_other_words() {
        let check = |said: &str, certainty: Certainty, expected: Option<(Comparison, &str)>| {
            let output = json!({"properties": {"state": {"enum": ["on_time", "delayed", "finished"]}}});
            let found = compared(&Premise::new(Span { start: 0, end: 0 }), said, "", &output, certainty);
            let found = found.map(|found| (found.op, found.value));
            assert_eq!(found, expected.map(|(op, option)| (op, json!(option))), "{said}");
        };
        check("it's running late", Certainty::Possible, Some((Comparison::Equal, "delayed")));
        check("it isn't late", Certainty::Possible, Some((Comparison::NotEqual, "delayed")));
        check("it is done", Certainty::Possible, Some((Comparison::Equal, "finished")));
        // Of another result the words may be the name itself.
        check("it's running late", Certainty::Named, None);
        check("it is latest", Certainty::Possible, None);
    }
}
