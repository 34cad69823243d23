//! Words that stand where a value could, and speak of a result: "it", "the log", "its price".

/// What a text speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Mention {
    /// Nothing: it is itself.
    Nothing,
    /// What came before, whatever it is.
    Result,
    /// What this noun names, if there is such a thing.
    Noun(String),
}

/// What `text` speaks of.
pub(super) fn mention(text: &str) -> Mention {
    const PRONOUNS: &[&str] =
        &["it", "this", "that", "them", "these", "those", "both", "result", "results", "output", "everything", "all"];
    const DEFINITE: &[&str] = &["the", "its", "their", "that", "this", "these", "those", "each"];
    let lower = text.to_lowercase();
    let words: Vec<&str> = lower.split_whitespace().collect();
    match words.as_slice() {
        [only] if PRONOUNS.contains(only) => Mention::Result,
        [article, noun] if DEFINITE.contains(article) && PRONOUNS.contains(noun) => Mention::Result,
        ["all" | "both", "of", ..] | ["both" | "all", "the", _] if words.len() <= 3 => Mention::Result,
        [article, noun] | [article, _, noun] if DEFINITE.contains(article) => Mention::Noun((*noun).to_owned()),
        _ => Mention::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_speaks_of_a_result_is_told_from_what_is_itself() {
        let check = |text: &str, expected: Mention| assert_eq!(mention(text), expected, "{text}");
        check("it", Mention::Result);
        check("the result", Mention::Result);
        check("the log", Mention::Noun("log".into()));
        check("its booking reference", Mention::Noun("reference".into()));
        check("dinner is in the oven", Mention::Nothing);
        check("the milk is gone", Mention::Nothing);
        check("", Mention::Nothing);
    }
}
