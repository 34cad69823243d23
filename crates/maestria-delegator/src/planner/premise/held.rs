//! What a premise says that a result has in it, without a verb such as "contains".

use maestria_vocabulary::Comparison;
use serde_json::{Value, json};

use super::{super::affinity::words, Compared, Said, is_plain_text, kind, same};

impl Said<'_> {
    /// What a text or a list has in it, in other words than "contains": "gluten is among the allergens", "the log has panic in it", "there's
    /// rain".
    ///
    /// That something is not in it cannot be compared.
    pub(super) fn held(&self, fields: &[(String, Value)], negated: bool) -> Option<Compared> {
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
            let is_one = part.split(' ').all(|word| !matches!(word, "or" | "and")) && part.split(' ').count() <= 3;
            let is_said = !part.is_empty() && is_one && !same(&part, field);
            // As the request writes it.
            let lower = self.text.to_lowercase();
            let place = lower.find(&part).filter(|_| lower.len() == self.text.len());
            let written = place.and_then(|start| self.text.get(start..start + part.len())).unwrap_or(&part);
            is_said.then(|| Compared { field: field.clone(), op: Comparison::Contains, value: json!(written) })
        };
        if self.premise.amount.is_some() || negated {
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
            let bare = |word: &str| word.trim_matches(|c: char| !c.is_alphanumeric()).to_owned();
            let said = self.text.split_whitespace().skip_while(|word| *word != "in").skip(1).map(bare);
            let said = said.skip_while(|word| ARTICLES.contains(&word.as_str()));
            let named: Vec<String> = said.take_while(|word| word.starts_with(char::is_uppercase)).collect();
            let place = named.join(" ");
            return found(fields.iter().find(is_place).map(|(field, _)| field)?, place);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use maestria_vocabulary::{Premise, Span};
    use serde_json::{Value, json};

    use super::super::{Certainty, compared};

    #[test]
    fn what_a_result_has_in_it() {
        let check = |said: &str, output: &Value, expected: Option<(&str, &str)>| {
            let found = compared(&Premise::new(Span { start: 0, end: 0 }), said, "", output, Certainty::Named);
            let found = found.map(|found| format!("{} {} {}", found.field, found.op, found.value));
            let expected = expected.map(|(field, part)| format!("{field} contains {}", json!(part)));
            assert_eq!(found, expected, "{said}");
        };
        let dish = json!({"properties": {"dish": {"type": "string"}, "allergens": {"type": "array"}}});
        check("nuts are among the allergens", &dish, Some(("allergens", "nuts")));
        check("gluten is among them", &dish, Some(("allergens", "gluten")));
        check("nuts are not among the allergens", &dish, None);
        let photo = json!({"properties": {"owner": {"type": "string"}, "licence": {"type": "string"}}});
        check("the licence has Expired in it", &photo, Some(("licence", "Expired")));
        check("the word expired is in the licence", &photo, Some(("licence", "expired")));
        check("the licence does not contain expired", &photo, None);
        let weather = json!({"properties": {"place": {"type": "string"}, "condition": {"type": "string"}}});
        check("there's rain", &weather, Some(("condition", "rain")));
        check("there's no rain", &weather, None);
        check("there is one", &weather, None);
        let contact = json!({"properties": {"name": {"type": "string"}, "city": {"type": "string"}}});
        check("she's based in Leeds", &contact, Some(("city", "Leeds")));
    }
}
