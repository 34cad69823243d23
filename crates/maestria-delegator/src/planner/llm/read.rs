//! The JSON object in what a language model says: by itself, in a fence, or between words.

use maestria_vocabulary::Bytes;
use serde_json::{Deserializer, Value};

use super::AnswerError;

/// Longest answer that is read: a plan of the most steps, each with arguments of four thousand letters.
pub const MOST_ANSWER: Bytes = Bytes(256 * 1024);

/// Most places at which an object is looked for.
const MOST_PLACES: usize = 32;

/// The plan that the answer holds, as JSON.
pub(super) fn read(answer: &str) -> Result<Value, AnswerError> {
    let bytes = Bytes(answer.len() as u64);
    if bytes > MOST_ANSWER {
        return Err(AnswerError::TooLong { bytes, most: MOST_ANSWER });
    }
    let answer = answer.trim();
    let mut problem = match serde_json::from_str(answer) {
        Ok(whole @ Value::Object(_)) => return Ok(whole),
        Ok(other) => AnswerError::NotAPlan { problem: format!("it is {}", kind(&other)) },
        Err(error) => AnswerError::NotJson { problem: error.to_string() },
    };
    // What a model thinks aloud may have braces too: an object is a plan only if it says so.
    for (start, _) in answer.match_indices('{').take(MOST_PLACES) {
        let Some(rest) = answer.get(start..) else { continue };
        match Deserializer::from_str(rest).into_iter::<Value>().next() {
            Some(Ok(value)) if value.get("steps").is_some() => return Ok(value),
            Some(Err(error)) if error.is_eof() => {
                problem = AnswerError::CutOff;
                break;
            }
            _ => {}
        }
    }
    Err(problem)
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_plan_is_found_wherever_it_stands() {
        let check = |answer: &str, expected: Result<&str, &str>| {
            let found = read(answer).map(|value| value.to_string()).map_err(|error| error.to_string());
            assert_eq!(found.as_deref().map_err(|error| error.as_str()), expected, "{answer}");
        };
        check(r#" {"steps": []} "#, Ok(r#"{"steps":[]}"#));
        check("```json\n{\"steps\": []}\n```", Ok(r#"{"steps":[]}"#));
        check("Here is {the plan}:\n```\n{\"steps\": []}\n```\nDone.", Ok(r#"{"steps":[]}"#));
        check("<think>{\"a\": 1}</think>{\"steps\": [{\"id\": \"{\"}]}", Ok(r#"{"steps":[{"id":"{"}]}"#));
        check("{\"steps\": [{\"id\": \"s1\"", Err("the answer ends before its JSON does: give a shorter one"));
        check("I cannot", Err("the answer is not JSON: expected value at line 1 column 1"));
        check("", Err("the answer is not JSON: EOF while parsing a value at line 1 column 0"));
        check("[1]", Err("the answer is not of the form that was asked for: it is a list"));
        check(&"x".repeat(1 << 20), Err("the answer has 1.0 MiB, more than the 256.0 KiB of any plan"));
        check(&"[".repeat(200_000), Err("the answer is not JSON: recursion limit exceeded at line 1 column 128"));
    }

    proptest! {
        #[test]
        fn no_answer_makes_the_reader_panic(answer in "(\\{|\\}|\\[|\\]|\"steps\"|\"|:|,|```|json|\\PC){0,60}") {
            let _ = read(&answer);
        }
    }
}
