//! The words of a premise against what a step gives: which field they speak of, and with what it is compared.

mod amount;
mod held;
mod language;
mod option;
mod told;

pub(super) use self::told::names_state;

use maestria_vocabulary::{Comparison, Premise, ToolSpec};
use serde_json::{Value, json};

use self::language::gives_languages;
use super::{
    affinity::{is_called, same_name, words},
    draft::Draft,
};
use crate::check::element;

/// What a premise compares: a field, how, and with what.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Compared {
    pub(super) field: String,
    pub(super) op: Comparison,
    pub(super) value: Value,
}

/// How surely a premise speaks of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Certainty {
    /// It names a field, or what only one field can be.
    Named,
    /// It compares with what some field can be.
    Possible,
}

/// What `premise`, whose words are `said`, compares of a result of schema `output`, which `context` asked for; nothing when it does not speak
/// of it.
///
/// In this order: an option that is named ("it rains" is the condition `rain`), an amount ("more than 5 fail"), what a text contains or has
/// in it, a yes or no ("it is healthy"), that there is any of what a number counts ("tests fail"), a capitalised name for a plain text, a state. What is
/// only [possible](Certainty::Possible) besides is an option by another name, a number or a text that nobody names, and the only yes or no of a result.
fn compared(premise: &Premise, said: &str, context: &str, output: &Value, certainty: Certainty) -> Option<Compared> {
    let fields = fields(output);
    let (said, context) = (Said::new(said, premise), Said::new(context, premise));
    let negated = premise.negated != said.negated();
    let is_possible = certainty == Certainty::Possible;
    // "A chance of rain over 60" is no rain.
    let measured = premise.amount.is_some().then(|| said.amount(&fields, &context, false, negated)).flatten();
    let option = said.option(&fields, negated, is_possible);
    // Of "shipped and over 100 euros" one alone does not hold, nor does "open or in progress" by one of them.
    if said.is_double() {
        return None;
    }
    if said.words.iter().any(|word| word == "or") && option.is_some() {
        return None;
    }
    // "In case of rain" names a thing, and says of no other that it is so.
    if said.words.first().is_some_and(|word| word == "of") {
        return measured.or(option);
    }
    measured
        .or(option)
        .or_else(|| said.amount(&fields, &context, is_possible, negated))
        .or_else(|| said.contained(&fields, &context, is_possible).filter(|_| !negated))
        .or_else(|| said.held(&fields, negated))
        .or_else(|| said.yes_or_no(&fields, negated))
        .or_else(|| said.any(&fields, negated))
        .or_else(|| said.name(&fields, negated))
        .or_else(|| said.state(&fields, &context, negated))
        .or_else(|| said.only_answer(&fields, negated).filter(|_| is_possible))
}

impl Draft<'_> {
    /// As [`compared`], of what a tool gives, with the options that its texts may have, or without where none of them is named.
    pub(super) fn compared(
        &self,
        premise: &Premise,
        [said, context]: [&str; 2],
        tool: &ToolSpec,
        output: &Value,
        certainty: Certainty,
    ) -> Option<Compared> {
        let compare = |output: &Value| compared(premise, said, context, output, certainty);
        // What is compared with a number is no option.
        let named = premise.amount.is_none().then(|| compare(&self.with_options(tool, output))).flatten();
        // With what the tool was asked itself nothing is found out.
        let is_asked = |found: &Compared| {
            let is_text = found.value.is_string() && found.op != Comparison::Contains;
            is_text && tool.parameters().any(|(name, _)| same_name(name, &found.field) && tool.requires(name))
        };
        named.or_else(|| compare(output)).filter(|found| !is_asked(found))
    }

    /// A result whose texts have the options that parameters of the same name have: a deal is at one of the stages to which one moves it.
    /// What the tool was asked with itself is no answer.
    fn with_options(&self, tool: &ToolSpec, output: &Value) -> Value {
        let mut output = output.clone();
        let items = output.get("items").is_some_and(|items| items.get("properties").is_some());
        let fields = if items { output.pointer_mut("/items/properties") } else { output.pointer_mut("/properties") };
        for (field, schema) in fields.and_then(Value::as_object_mut).into_iter().flatten() {
            let is_asked = tool.parameters().any(|(name, _)| same_name(name, field));
            let may_have = is_plain_text(schema) && !is_asked;
            let mut parameters = self.catalog.iter().flat_map(ToolSpec::parameters).filter(|_| may_have);
            let options = parameters.find_map(|(name, other)| other.get("enum").filter(|_| same_name(name, field)));
            if let Some((options, schema)) = options.cloned().zip(schema.as_object_mut()) {
                schema.insert("enum".to_owned(), options);
            }
        }
        output
    }
}

/// The fields of a result, or of the elements of a list.
fn fields(output: &Value) -> Vec<(String, Value)> {
    let is_list = output.get("type").and_then(Value::as_str) == Some("array");
    let one = if is_list { element(output).unwrap_or_default() } else { output.clone() };
    let properties = one.get("properties").and_then(Value::as_object);
    properties.map(|fields| fields.iter().map(|(n, s)| (n.clone(), s.clone())).collect()).unwrap_or_default()
}

struct Said<'a> {
    text: &'a str,
    /// In lower case, without punctuation.
    words: Vec<String>,
    premise: &'a Premise,
}

/// Words in the name of a number that says how much of something there is.
const STOCK: &[&str] = &["stock", "hand", "quantity", "available", "left", "remaining"];

/// Words that compare with a number.
const COMPARING: &[&str] = &["than", "least", "most", "less", "fewer", "more", "minimum", "maximum"];

/// Words that turn a premise into its opposite.
const NEGATIONS: &[&str] = &["not", "no", "none", "nothing", "never", "without", "cannot", "nobody"];

/// Whether a word is drawn together with "not": "isn't", "hasn’t".
fn is_contracted(word: &str) -> bool {
    word.ends_with("n't") || word.ends_with("n’t")
}

impl<'a> Said<'a> {
    fn new(text: &'a str, premise: &'a Premise) -> Self {
        let bare = |word: &str| word.trim_matches(|c: char| !c.is_alphanumeric() && c != '-').to_lowercase();
        let words = text.split_whitespace().map(bare).filter(|word| !word.is_empty());
        Self { text, words: words.collect(), premise }
    }

    fn negated(&self) -> bool {
        self.words.iter().any(|word| NEGATIONS.contains(&word.as_str()) || is_contracted(word))
    }

    /// Whether two things are said by "and" outside quotation marks, which is no part of a name: "Smith and Sons".
    fn is_double(&self) -> bool {
        const OF: &[&str] = &["of", "between", "with", "for", "from"];
        const ARTICLES: &[&str] = &["the", "a", "an", "my", "our"];
        const LONGEST: usize = 2;
        let said: Vec<&str> = self.text.split_whitespace().collect();
        let is_name = |word: Option<&&str>| word.is_some_and(|word| word.starts_with(char::is_uppercase));
        let is_one_that = |at: usize| matches!(said.get(at), Some(&("is" | "has" | "was" | "pays" | "does")));
        // "The similarity of a.md and b.md", "between 4 and 10 May": but a noun behind "of" is no verb.
        let is_of_both = |at: usize| {
            let before: Vec<&str> =
                said.iter().take(at).rev().copied().filter(|word| !ARTICLES.contains(word)).collect();
            let nouns = before.iter().position(|word| OF.contains(&word.to_lowercase().as_str()));
            let acts = |word: &str| word.len() > 3 && word.ends_with('s') && word.chars().all(char::is_lowercase);
            nouns.is_some_and(|nouns| nouns <= LONGEST) && !before.first().is_some_and(|word| acts(word))
        };
        // "Smith and Sons has paid" is one.
        let is_one_name = |at: usize| {
            let before = at.checked_sub(1).and_then(|before| said.get(before));
            is_name(before) && is_name(said.get(at + 1)) && is_one_that(at + 2)
        };
        let joins = |at: usize, word: &str| match word.to_lowercase().as_str() {
            "and" => !is_of_both(at) && !is_one_name(at),
            "&" | "+" | "while" | "but" => true,
            "well" => at > 0 && said.get(at - 1).is_some_and(|word| *word == "as") && said.get(at + 1) == Some(&"as"),
            _ => false,
        };
        quoted(self.text).is_none()
            && said.iter().enumerate().any(|(at, word)| said.get(at + 1).is_some() && joins(at, word))
    }

    fn says(&self, name: &str) -> bool {
        // "Fixed-term" says `fixed_term`.
        let has =
            |part: &str| self.words.iter().any(|word| same(word, part) || word.split('-').any(|own| same(own, part)));
        words(name).all(|part| has(&part))
    }

    fn option(&self, fields: &[(String, Value)], negated: bool, is_possible: bool) -> Option<Compared> {
        fields.iter().find_map(|(field, schema)| {
            let options = schema.get("enum")?.as_array()?;
            let are_languages = gives_languages(field, options);
            let says = |option: &str| if are_languages { self.names_language(option) } else { self.says(option) };
            let named = |option: &&Value| option.as_str().is_some_and(says);
            let meant = |option: &&Value| is_possible && option.as_str().is_some_and(|option| self.means(option));
            // "Run 13 has passed" is not running.
            let exact = |option: &&Value| {
                let is_word = |option: &str| self.words.iter().any(|word| word == option);
                !are_languages && option.as_str().is_some_and(is_word)
            };
            let value = options.iter().find(exact).or_else(|| options.iter().find(named));
            let value = value.or_else(|| options.iter().find(meant))?.clone();
            let op = if negated { Comparison::NotEqual } else { Comparison::Equal };
            Some(Compared { field: field.clone(), op, value })
        })
    }

    fn contained(&self, fields: &[(String, Value)], context: &Self, is_possible: bool) -> Option<Compared> {
        const CONTAINS: &[&str] =
            &["contains", "contain", "mentions", "mention", "says", "includes", "include", "containing", "mentioning"];
        let place = self.words.iter().position(|word| CONTAINS.contains(&word.as_str()))?;
        let texts = || fields.iter().filter(|(_, schema)| is_plain_text(schema));
        let (field, clarity) = self.clearest(context, texts())?;
        if clarity == 0 && !is_possible && texts().count() > 1 {
            return None;
        }
        let part = quoted(self.text).map(str::to_owned).or_else(|| {
            let behind: Vec<&str> = self.text.split_whitespace().skip(place + 1).collect();
            let bare = behind.join(" ").trim_matches(|c: char| !c.is_alphanumeric()).to_owned();
            let short =
                ["the word ", "a ", "an ", "the ", "any "].iter().find_map(|article| bare.strip_prefix(article));
            Some(short.map_or(bare.clone(), str::to_owned)).filter(|part| !part.is_empty())
        })?;
        Some(Compared { field: field.clone(), op: Comparison::Contains, value: json!(part) })
    }

    fn yes_or_no(&self, fields: &[(String, Value)], negated: bool) -> Option<Compared> {
        const FOUND: &[&str] =
            &["slot", "gap", "works", "suits", "possible", "free", "there's", "there", "turns", "turn", "exists"];
        let mut asked = fields.iter().filter(|(_, schema)| kind(schema) == Some("boolean"));
        let (field, _) = asked.find(|(field, _)| {
            self.says(without_frame(field))
                || self.says(&format!("un{field}"))
                || field == "found" && self.words.iter().any(|word| FOUND.contains(&word.as_str()))
        })?;
        let no = negated != self.says(&format!("un{field}"));
        Some(Compared { field: field.clone(), op: Comparison::Equal, value: json!(!no) })
    }

    fn any(&self, fields: &[(String, Value)], negated: bool) -> Option<Compared> {
        // A number that is not compared is compared with by words that were not understood.
        if self.premise.amount.is_none() && self.words.iter().any(|word| COMPARING.contains(&word.as_str())) {
            return None;
        }
        // By its number a thing is called, and nothing is counted.
        let numeric = || fields.iter().filter(|(field, schema)| kind(schema) == Some("integer") && !is_called(field));
        let counted =
            |field: &str| self.names(field) || words(field).any(|part| part == "failed") && self.speaks_of(field) > 0;
        let of_stock = |field: &str| words(field).any(|part| STOCK.contains(&part.as_str()));
        let said = self.words.join(" ");
        if said.contains("out of stock") || said.contains("sold out") {
            let (field, _) = numeric().find(|(field, _)| of_stock(field))?;
            let op = if negated { Comparison::Greater } else { Comparison::Equal };
            return Some(Compared { field: field.clone(), op, value: json!(0) });
        }
        if let Some((field, _)) = numeric().find(|(field, _)| counted(field) && !field.starts_with("passed")) {
            let is_zero = self.words.iter().any(|word| matches!(word.as_str(), "0" | "zero"));
            let op = if negated || is_zero { Comparison::Equal } else { Comparison::Greater };
            return Some(Compared { field: field.clone(), op, value: json!(0) });
        }
        const GOOD: &[&str] = &["pass", "passes", "passed", "green", "succeed", "clean"];
        let good = self.words.iter().any(|word| GOOD.contains(&word.as_str()));
        let (field, _) = numeric().find(|(field, _)| good && words(field).any(|part| part == "failed"))?;
        let op = if negated { Comparison::Greater } else { Comparison::Equal };
        Some(Compared { field: field.clone(), op, value: json!(0) })
    }

    fn name(&self, fields: &[(String, Value)], negated: bool) -> Option<Compared> {
        let (field, _) = fields.iter().find(|(_, schema)| is_plain_text(schema) && schema.get("enum").is_none())?;
        if !self.says(field) && field != "language" {
            return None;
        }
        let mut names = self.text.split_whitespace().map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()));
        let name = names.find(|word| {
            word.starts_with(char::is_uppercase) && word.len() > 2 && word.chars().skip(1).all(char::is_lowercase)
        })?;
        let op = if negated { Comparison::NotEqual } else { Comparison::Equal };
        Some(Compared { field: field.clone(), op, value: json!(name) })
    }
}

/// The name of a truth value without the verb before it: "paid" of `is_paid`.
fn without_frame(field: &str) -> &str {
    let frames = ["is_", "has_", "was_", "are_"];
    frames.iter().find_map(|frame| field.strip_prefix(frame)).unwrap_or(field)
}

fn kind(schema: &Value) -> Option<&str> {
    schema.get("type").and_then(Value::as_str)
}

fn is_number(schema: &Value) -> bool {
    matches!(kind(schema), Some("number" | "integer"))
}

fn is_plain_text(schema: &Value) -> bool {
    kind(schema) == Some("string") && schema.get("format").is_none() && schema.get("enum").is_none()
}

fn quoted(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once(['"', '“', '„'])?;
    rest.split_once(['"', '”', '“']).map(|(inside, _)| inside)
}

/// Whether a word is a form of a name: "rains" and "raining" of "rain", "sun" of "sunny", "delay" of "delayed".
fn same(word: &str, name: &str) -> bool {
    let name = name.to_lowercase();
    let (short, long) = if word.len() < name.len() { (word, name.as_str()) } else { (name.as_str(), word) };
    word == name
        || short.len() >= 3
            && long.starts_with(short)
            && long.len() - short.len() <= 4
            && (short.len() >= 4
                || ["ny", "s", "ed", "ing"].iter().any(|end| long.len() > short.len() && long.ends_with(end)))
}

#[cfg(test)]
mod tests {
    use maestria_vocabulary::Span;
    use serde_json::Number;

    use super::*;

    #[test]
    fn the_only_yes_or_no_is_an_answer_where_the_words_say_which() {
        let check = |said: &str, field: &str, expected: Option<bool>| {
            let output = json!({"properties": {(field): {"type": "boolean"}}});
            let premise = Premise::new(Span { start: 0, end: 0 });
            let found = compared(&premise, said, "", &output, Certainty::Possible).map(|found| found.value);
            assert_eq!(found, expected.map(Value::from), "{said}, {field}");
        };
        check("the weather lets us spray", "suitable", Some(true));
        check("I'm free", "conflict", Some(false));
        check("it comes back clean", "conflict_found", Some(false));
        check("nothing turns up", "conflict_found", Some(false));
        check("there is a conflict", "conflict_found", Some(true));
        check("there is no conflict", "conflict_found", Some(false));
        check("Ann is in town", "conflict", None);
        check("payments is down", "healthy", Some(false));
        check("payments is not down", "healthy", Some(true));
        check("payments is up", "healthy", Some(true));
        check("payments is down", "offline", Some(true));
    }

    fn check(
        said: &str,
        amount: Option<(Comparison, i64)>,
        output: &Value,
        expected: Option<(&str, Comparison, Value)>,
    ) {
        let premise = Premise::new(Span { start: 0, end: 0 }).with_amount(amount.map(|(op, n)| (op, Number::from(n))));
        let found =
            compared(&premise, said, "", output, Certainty::Named).map(|found| (found.field, found.op, found.value));
        assert_eq!(found, expected.map(|(field, op, value)| (field.to_owned(), op, value)), "{said}");
    }

    #[test]
    fn premises_find_their_field() {
        use Comparison::{Contains, Equal, Greater, Less, NotEqual};
        let weather = json!({"properties": {"temperature": {"type": "number"},
            "condition": {"type": "string", "enum": ["sunny", "rain"]}, "wind_kmh": {"type": "number"}}});
        check("it rains in Oslo", None, &weather, Some(("condition", Equal, json!("rain"))));
        check("the sun shines", None, &weather, Some(("condition", Equal, json!("sunny"))));
        check("it isn't raining", None, &weather, Some(("condition", NotEqual, json!("rain"))));
        check("wind above 45", Some((Greater, 45)), &weather, Some(("wind_kmh", Greater, json!(45))));
        check("it's below 2 degrees", Some((Less, 2)), &weather, Some(("temperature", Less, json!(2))));
        check("Bo is late", None, &weather, None);
        let tests = json!({"properties": {"passed": {"type": "integer"}, "failed": {"type": "integer"}, "log": {"type": "string"}}});
        check("any test fails", None, &tests, Some(("failed", Greater, json!(0))));
        check("nothing fails", None, &tests, Some(("failed", Equal, json!(0))));
        check("they all pass", None, &tests, Some(("failed", Equal, json!(0))));
        check("more than 5 fail", Some((Greater, 5)), &tests, Some(("failed", Greater, json!(5))));
        check("it mentions \"panic\"", None, &tests, Some(("log", Contains, json!("panic"))));
        let service = json!({"properties": {"healthy": {"type": "boolean"}}});
        check("it comes up healthy", None, &service, Some(("healthy", Equal, json!(true))));
        check("it is unhealthy", None, &service, Some(("healthy", Equal, json!(false))));
        let parcel = json!({"properties": {"carrier": {"type": "string"}, "status": {"type": "string"}}});
        check("it has been delivered", None, &parcel, Some(("status", Equal, json!("delivered"))));
        check(
            "it is not yet returned to sender",
            None,
            &parcel,
            Some(("status", NotEqual, json!("returned to sender"))),
        );
        check("it hasn't been delivered", None, &parcel, Some(("status", NotEqual, json!("delivered"))));
        check("we have nothing more to do with them at all", None, &parcel, None);
        check("Ann agrees", None, &parcel, None);
        check("Ann is ill", None, &parcel, None);
        check("it is at most 50", None, &parcel, None);
        let order = json!({"properties": {"is_paid": {"type": "boolean"}, "items": {"type": "integer"}, "total": {"type": "number"}}});
        check("it hasn't been paid", None, &order, Some(("is_paid", Equal, json!(false))));
        check("it is over 100 euros", Some((Greater, 100)), &order, Some(("total", Greater, json!(100))));
        check("it is not over 100 euros", Some((Greater, 100)), &order, Some(("total", Less, json!(100))));
        check("it is over 100", Some((Greater, 100)), &order, None);
        let hits = json!({"type": "array", "items": {"properties": {"price": {"type": "number"}}}});
        check("the first costs less than 90", Some((Less, 90)), &hits, Some(("price", Less, json!(90))));
    }
}
