//! Languages that a premise names, of which a result gives the codes.

use isolang::Language;
use serde_json::Value;

use super::{Said, words};

/// Whether a field gives codes of languages, of ISO 639.
pub(super) fn gives_languages(field: &str, options: &[Value]) -> bool {
    let is_named = words(field).any(|word| matches!(word.as_str(), "language" | "lang" | "locale"));
    is_named && options.iter().filter_map(Value::as_str).all(|option| language(option).is_some())
}

fn language(code: &str) -> Option<Language> {
    let code = code.split(['-', '_']).next()?.to_lowercase();
    Language::from_639_1(&code).or_else(|| Language::from_639_3(&code))
}

impl Said<'_> {
    /// Whether the words name the language of a code: "French" of `fr`. "It" is no Italian.
    pub(super) fn names_language(&self, code: &str) -> bool {
        let Some(language) = language(code) else { return false };
        let name = language.to_name().split([';', '(']).next().unwrap_or_default();
        let name = name.trim().trim_start_matches("Modern ").to_lowercase();
        let is_code = |word: &str| word == code.to_uppercase();
        self.words.contains(&name) || self.text.split(|c: char| !c.is_alphanumeric() && c != '-').any(is_code)
    }
}

#[cfg(test)]
mod tests {
    use maestria_vocabulary::{Comparison, Premise, Span};
    use serde_json::json;

    use super::super::{Certainty, compared};

    #[test]
    fn languages_are_told_by_their_names() {
        let check = |said: &str, expected: Option<(Comparison, &str)>| {
            let output = json!({"properties": {"language": {"type": "string", "enum": ["en", "it", "fr", "pt-BR"]}}});
            let found = compared(&Premise::new(Span { start: 0, end: 0 }), said, "", &output, Certainty::Named);
            let found = found.map(|found| (found.op, found.value));
            assert_eq!(found, expected.map(|(op, option)| (op, json!(option))), "{said}");
        };
        check("it turns out the language is French", Some((Comparison::Equal, "fr")));
        check("it is not in italian", Some((Comparison::NotEqual, "it")));
        check("it's EN", Some((Comparison::Equal, "en")));
        check("it is Portuguese", Some((Comparison::Equal, "pt-BR")));
        check("it is long", None);
    }
}
