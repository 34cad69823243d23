//! A parameter, as its schema describes it.

use std::collections::{HashMap, HashSet};

use maestria_vocabulary::{Question, Span, ToolSpec};
use serde_json::Value;

use super::{
    tool_words::ToolWords,
    unit::{Unit, unit},
    value::Reading,
};
use crate::words::{identifier_words, stem, stemmed, words};

/// A parameter with its schema.
#[derive(Debug, Clone)]
pub(super) struct Parameter<'a> {
    pub(super) tool: &'a ToolWords<'a>,
    pub(super) name: &'a str,
    pub(super) schema: &'a Value,
    pub(super) required: bool,
    /// The words of its name, in lower case.
    pub(super) name_words: Vec<String>,
    /// The stems of its name.
    pub(super) name_stems: Vec<String>,
    /// The stems of its description.
    pub(super) described: HashSet<String>,
    /// Its description in lower case.
    lower_description: String,
    kind: Kind,
}

/// What kind of value a parameter takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Option,
    Path,
    Number {
        whole: bool,
    },
    Boolean,
    Moment,
    Email,
    Link,
    /// A code of ISO 4217.
    Currency,
    Text,
    List,
    Object,
    /// The result of another tool, or a schema without a type that is read here.
    Other,
}

impl Kind {
    /// A number for each kind.
    pub(super) fn number(self) -> u32 {
        match self {
            Self::Text => 0,
            Self::Option => 1,
            Self::Path => 2,
            Self::Number { whole: true } => 3,
            Self::Number { whole: false } => 4,
            Self::Boolean => 5,
            Self::Moment => 6,
            Self::Email => 7,
            Self::Link => 8,
            Self::List => 9,
            Self::Object => 10,
            Self::Other => 11,
            Self::Currency => 12,
        }
    }

    /// Whether a span model tells which of several readings is meant.
    pub(super) fn is_judged(self) -> bool {
        matches!(self, Self::Path | Self::Number { .. } | Self::Moment | Self::Email | Self::Link)
    }
}

impl<'a> Parameter<'a> {
    /// The parameters of an object's schema: the required ones in the order in which it lists them, then the others.
    pub(super) fn all(object: &'a Value, tool: &'a ToolWords<'a>) -> Vec<Self> {
        let required = object.get("required").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let named = required.iter().enumerate().filter_map(|(place, name)| Some((name.as_str()?, place)));
        // Of a name that comes twice the first place counts.
        let places: HashMap<&str, usize> = named.rev().collect();
        let place = |name: &str| places.get(name).copied().unwrap_or(usize::MAX);
        let properties = object.get("properties").and_then(Value::as_object).into_iter().flatten();
        let mut all: Vec<Self> =
            properties.map(|(name, schema)| Self::new(name, schema, place(name) != usize::MAX, tool)).collect();
        all.sort_by_key(|parameter| place(parameter.name));
        all
    }

    fn new(name: &'a str, schema: &'a Value, required: bool, tool: &'a ToolWords<'a>) -> Self {
        let name_words = identifier_words(name);
        let name_stems = name_words.iter().map(|word| stem(word)).collect();
        let description = schema.get("description").and_then(Value::as_str).unwrap_or_default();
        let described = words(description).map(|word| stem(word.text)).collect();
        let lower_description = description.to_lowercase();
        let kind = Kind::Other;
        let mut this =
            Self { tool, name, schema, required, name_words, name_stems, described, lower_description, kind };
        this.kind = this.kind_of_schema();
        this
    }

    /// The units that its name and then its description speak of, in their order.
    pub(super) fn units(&self) -> impl Iterator<Item = Unit> {
        let described = words(self.description()).map(|word| word.text);
        // `min_days` is the least number of days.
        let is_least = self.name_words.len() > 1 && self.name_words.first().is_some_and(|first| first == "min");
        self.name_words.iter().skip(usize::from(is_least)).map(String::as_str).chain(described).filter_map(unit)
    }

    /// The parameter that takes one element of this one, which takes a list.
    pub(super) fn element(&self) -> Option<Self> {
        let items = self.schema.get("items")?;
        let mut element = Self { schema: items, ..self.clone() };
        element.lower_description = element.description().to_lowercase();
        element.kind = element.kind_of_schema();
        Some(element)
    }

    pub(super) fn kind(&self) -> Kind {
        self.kind
    }

    fn kind_of_schema(&self) -> Kind {
        let word = |key: &str| self.schema.get(key).and_then(Value::as_str);
        // "null" beside a type only says that it may be left out.
        let listed = self.schema.get("type").and_then(Value::as_array);
        let listed = listed.and_then(|types| types.iter().filter_map(Value::as_str).find(|name| *name != "null"));
        if self.schema.get("enum").is_some() {
            return Kind::Option;
        }
        match (word("type").or(listed), word("format")) {
            (_, Some("path")) => Kind::Path,
            (Some("integer"), _) => Kind::Number { whole: true },
            (Some("number"), _) => Kind::Number { whole: false },
            (Some("boolean"), _) => Kind::Boolean,
            (Some("array"), _) => Kind::List,
            // A named type is the result of another tool, not a piece of text.
            _ if word("title").is_some_and(|title| !self.restates(title)) || word("contentMediaType").is_some() => {
                Kind::Other
            }
            (Some("object"), _) => Kind::Object,
            (Some("string"), format) => self.text_kind(format),
            _ => Kind::Other,
        }
    }

    /// Whether a title is only the name once more, as schema generators write it.
    fn restates(&self, title: &str) -> bool {
        self.kind_is_text() && words(title).map(|word| word.lower()).eq(self.name_words.iter().cloned())
    }

    fn kind_is_text(&self) -> bool {
        self.schema.get("type").and_then(Value::as_str) == Some("string")
    }

    fn text_kind(&self, format: Option<&str>) -> Kind {
        let last = self.name_words.last().map(String::as_str).unwrap_or_default();
        match format {
            Some("date" | "date-time" | "time") => Kind::Moment,
            Some("email") => Kind::Email,
            Some("uri" | "url") => Kind::Link,
            _ if matches!(last, "email" | "mail") || self.describes("email address") => Kind::Email,
            _ if matches!(last, "url" | "uri" | "link") => Kind::Link,
            _ if self.takes_currency() => Kind::Currency,
            _ if self.named(&["date", "datetime", "deadline", "when", "birthday", "day"])
                || matches!(last, "time" | "due")
                || self.describes("yyyy-mm-dd")
                || self.describes("iso 8601") =>
            {
                Kind::Moment
            }
            _ if PATHS.contains(&last) => Kind::Path,
            _ => Kind::Text,
        }
    }

    /// Whether it takes the code of a currency, rather than its name.
    fn takes_currency(&self) -> bool {
        let code = self.describes("iso 4217") || self.describes("code") || self.schema.get("pattern").is_some();
        let example = words(self.description()).any(|word| matches!(word.text, "USD" | "EUR" | "GBP"));
        (self.named(&["currency"]) && (code || example)) || self.describes("iso 4217")
    }

    /// Whether one of the words of its name is among `words`.
    pub(super) fn named(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.is_named(word))
    }

    /// Whether a word is one of its name.
    pub(super) fn is_named(&self, word: &str) -> bool {
        let stem = stemmed(word);
        self.name_stems.iter().any(|name| *name == stem)
    }

    /// Whether a word is one of its description.
    pub(super) fn is_described(&self, word: &str) -> bool {
        self.described.contains(&*stemmed(word))
    }

    /// Whether its name or its description has one of `words`.
    pub(super) fn mentions(&self, words: &[&str]) -> bool {
        self.named(words) || words.iter().any(|word| self.is_described(word))
    }

    /// Whether its description contains a text, given in lower case, in any case.
    pub(super) fn describes(&self, text: &str) -> bool {
        self.lower_description.contains(text)
    }

    pub(super) fn description(&self) -> &'a str {
        self.schema.get("description").and_then(Value::as_str).unwrap_or_default()
    }

    pub(super) fn options(&self) -> &'a [Value] {
        self.schema.get("enum").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
    }

    /// The value that its schema gives to whoever says nothing.
    pub(super) fn default(&self, within: Span) -> Option<Reading> {
        let value = self.schema.get("default")?.clone();
        let span = Span { start: within.start, end: within.start };
        Some(Reading { value, span, score: 0.5 })
    }

    /// Whether the schema's own limits allow `value`.
    pub(super) fn allows(&self, value: &Value) -> bool {
        let Some(number) = value.as_f64() else { return true };
        let limit = |key: &str| self.schema.get(key).and_then(Value::as_f64);
        limit("minimum").is_none_or(|least| number >= least)
            && limit("maximum").is_none_or(|most| number <= most)
            && limit("exclusiveMinimum").is_none_or(|below| number > below)
            && limit("exclusiveMaximum").is_none_or(|above| number < above)
    }

    /// The limits of a number in words, if there are any.
    pub(super) fn limits(&self) -> Option<String> {
        let limit = |key: &str| self.schema.get(key).filter(|limit| limit.is_number());
        if let (Some(least), Some(most)) = (limit("minimum"), limit("maximum")) {
            return Some(format!("from {least} to {most}"));
        }
        let worded = [
            ("at least", limit("minimum")),
            ("more than", limit("exclusiveMinimum")),
            ("at most", limit("maximum")),
            ("less than", limit("exclusiveMaximum")),
        ];
        let worded: Vec<String> =
            worded.into_iter().filter_map(|(words, limit)| Some(format!("{words} {}", limit?))).collect();
        (!worded.is_empty()).then(|| worded.join(" and "))
    }

    pub(super) fn question(&self, tool: &ToolSpec) -> Question {
        let name = self.name_words.join(" ");
        let description = self.description().trim_end_matches('.');
        let text = if description.is_empty() {
            format!("What shall be the {name} of {}?", tool.id)
        } else {
            format!("What shall be the {name} ({})?", lower_first(description))
        };
        Question { text, ..Question::about(&tool.id, self.name) }.offering(self.options())
    }
}

/// Last words of names of parameters that take a path.
const PATHS: &[&str] =
    &["path", "paths", "file", "files", "filename", "filenames", "directory", "folder", "attachment", "attachments"];

/// With a small first letter, unless the first word is written in capitals: "ISO code".
fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    let Some(first) = chars.next() else { return String::new() };
    match chars.clone().next() {
        Some(second) if second.is_uppercase() => text.to_owned(),
        _ => first.to_lowercase().chain(chars).collect(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::extract::passage::Passage;

    #[test]
    fn units_come_in_the_order_in_which_they_are_spoken_of() {
        let spec = ToolSpec::new("energy".parse().unwrap(), "Reckons energy");
        let passage = Passage::new("", Span { start: 0, end: 0 }, None);
        let tool = ToolWords::new(&spec, &passage);
        let check = |name: &str, description: &str, expected: &[&str]| {
            let schema = json!({"type": "integer", "description": description});
            let parameter = Parameter::new(name, &schema, true, &tool);
            let expected: Vec<Unit> = expected.iter().filter_map(|word| unit(word)).collect();
            assert_eq!(parameter.units().collect::<Vec<_>>(), expected, "{name}: {description}");
        };
        check("usage_time", "Time of use, in hours per day", &["hour", "day"]);
        check("duration_minutes", "How many hours or days", &["minute", "hour", "day"]);
        check("days", "", &["day"]);
        check("min_days", "", &["day"]);
        check("min", "", &["minute"]);
        check("device", "The device", &[]);
    }
}
