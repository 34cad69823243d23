//! A JSON value, part by part, in whatever text it stands.

use serde_json::{Deserializer, Value};

use crate::discovery::{Answer, Grade, Grader, Reason};

/// Right is an answer whose one JSON value is the expected one. Having more than half of its parts right is worth something.
///
/// The value may stand in prose or between code fences. Its parts are the leaves of its objects; an array is one part. Numbers are
/// compared by their value, texts without case and outer spaces, types never change into one another. A part that is too much counts like
/// one that is missing.
#[derive(Debug, Clone)]
pub struct JsonParts {
    expected: Value,
    decisive: Vec<String>,
}

impl JsonParts {
    /// This object or array.
    #[must_use]
    pub const fn new(expected: Value) -> Self {
        Self { expected, decisive: Vec::new() }
    }

    /// Nothing is right if the part at this path, such as `tool` or `size.width`, is not.
    #[must_use]
    pub fn deciding(mut self, path: impl Into<String>) -> Self {
        self.decisive.push(path.into());
        self
    }
}

impl Grader for JsonParts {
    fn grade(&self, answer: &Answer) -> Grade {
        let Answer::Text(text) = answer else { return Grade::wrong(Reason::NotOfKind { expected: "text" }) };
        let values = values(text);
        let Some(value) = values.first() else { return Grade::wrong(Reason::NotOfKind { expected: "JSON" }) };
        if values.iter().any(|other| other != value) {
            return Grade::wrong(Reason::Undecided);
        }
        let (expected, found) = (leaves(&self.expected), leaves(value));
        let differs = |leaf: &&Leaf<'_>, among: &[Leaf<'_>]| !among.iter().any(|other| leaf.agrees(other));
        let mut wrong: Vec<String> =
            expected.iter().filter(|leaf| differs(leaf, &found)).map(|leaf| leaf.path.clone()).collect();
        if let Some(path) = self.decisive.iter().find(|path| wrong.contains(path)) {
            return Grade::wrong(Reason::Lacks { parts: vec![path.clone()] });
        }
        let extra = found.iter().filter(|leaf| !expected.iter().any(|other| other.path == leaf.path));
        wrong.extend(extra.map(|leaf| leaf.path.clone()));
        Grade::of_parts(expected.len().max(wrong.len()), wrong)
    }
}

/// The objects and arrays of a text that lie in no other.
fn values(text: &str) -> Vec<Value> {
    /// Values of a text that are looked at.
    const MOST: usize = 8;
    /// Brackets of a text that may turn out to open no value; each costs as much as the text is long.
    const MOST_FAILURES: usize = 64;
    let (mut found, mut failures, mut rest) = (Vec::new(), 0, text);
    while let Some(start) = rest.find(['{', '[']) {
        let from = rest.get(start..).unwrap_or("");
        let mut values = Deserializer::from_str(from).into_iter::<Value>();
        let length = if let Some(Ok(value)) = values.next() {
            found.push(value);
            values.byte_offset()
        } else {
            failures += 1;
            1
        };
        if found.len() >= MOST || failures >= MOST_FAILURES {
            break;
        }
        rest = from.get(length.max(1)..).unwrap_or("");
    }
    found
}

#[derive(Debug)]
struct Leaf<'a> {
    path: String,
    value: &'a Value,
}

impl Leaf<'_> {
    fn agrees(&self, other: &Self) -> bool {
        self.path == other.path && same(self.value, other.value)
    }
}

/// All that is no object, or an empty one, with the names on the way to it.
fn leaves(value: &Value) -> Vec<Leaf<'_>> {
    let (mut found, mut open) = (Vec::new(), vec![(String::new(), value)]);
    while let Some((path, value)) = open.pop() {
        match value {
            Value::Object(members) if !members.is_empty() => {
                let dot = if path.is_empty() { "" } else { "." };
                open.extend(members.iter().map(|(name, value)| (format!("{path}{dot}{name}"), value)));
            }
            value => found.push(Leaf { path, value }),
        }
    }
    found
}

fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::String(a), Value::String(b)) => a.trim().to_lowercase() == b.trim().to_lowercase(),
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (a, b) => a == b,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn grader() -> JsonParts {
        let expected = json!({"tool": "timer", "arguments": {"minutes": 5, "label": "Tea", "days": ["mon", "tue"]}});
        JsonParts::new(expected).deciding("tool")
    }

    #[test]
    fn json_is_compared_part_by_part() {
        let check = |answer: &str, score| {
            let grade = grader().grade(&answer.into());
            assert_eq!(grade.score.get(), score, "{answer}: {}", grade.reason);
        };
        let right = r#"{"tool":"timer","arguments":{"label":"tea ","minutes":5.0,"days":["mon","tue"]}}"#;
        check(right, 1.0);
        check(&format!("Sure! Here [as asked]:\n```json\n{right}\n```\nAnything else?"), 1.0);
        check(&format!("{right}\n{right}"), 1.0);
        check(r#"{"tool":"timer","arguments":{"label":"tea","minutes":"5","days":["mon","tue"]}}"#, 0.5);
        check(r#"{"tool":"timer","arguments":{"label":"tea","minutes":5,"days":["mon","tue"],"more":1}}"#, 0.5);
        check(r#"{"tool":"alarm","arguments":{"label":"tea","minutes":5,"days":["mon","tue"]}}"#, 0.0);
        check(r#"{"tool":"timer","arguments":{"label":"x","minutes":6,"days":["mon","tue"]}}"#, 0.0);
        check(&format!("{right}\n{{\"tool\":\"alarm\"}}"), 0.0);
        check("{}", 0.0);
        check("[]", 0.0);
        check("{\"tool\": \"timer\"", 0.0);
        check("timer, 5 minutes", 0.0);
        check(&"[".repeat(3000), 0.0);
    }

    proptest! {
        #[test]
        fn any_text_gets_a_grade(text in "[\\[\\]{}\":, a-c0-9\n]{0,300}") {
            let grade = grader().grade(&Answer::Text(text));
            prop_assert_eq!(grade.score.get(), 0.0);
        }
    }
}
