//! Words that are values by their form alone: addresses of mail and of the web, and identifiers.

use crate::words::Word;

impl Word<'_> {
    /// Whether it is an e-mail address.
    pub(super) fn is_email(&self) -> bool {
        let Some((name, host)) = self.text.split_once('@') else { return false };
        !name.is_empty() && host.contains('.') && !host.contains('@') && !host.starts_with('.') && !host.ends_with('.')
    }

    /// Whether it is an address of the web.
    pub(super) fn is_link(&self) -> bool {
        let has_scheme = self.text.split_once("://").is_some_and(|(scheme, rest)| {
            !rest.is_empty()
                && !scheme.is_empty()
                && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
        });
        has_scheme || self.text.starts_with("www.")
    }

    /// Whether it is an identifier: it has a digit, and a letter, a hyphen or an underscore.
    pub(super) fn is_identifier(&self) -> bool {
        let has = |test: fn(char) -> bool| self.text.chars().any(test);
        let ranks = ["st", "nd", "rd", "th", "%"].iter().any(|ending| self.text.ends_with(ending));
        has(|c| c.is_ascii_digit()) && has(|c| c.is_alphabetic() || "-_".contains(c)) && !ranks && self.text.len() > 2
    }

    /// Whether it begins with a capital.
    pub(super) fn is_capitalized(&self) -> bool {
        self.text.chars().next().is_some_and(char::is_uppercase)
    }
}
