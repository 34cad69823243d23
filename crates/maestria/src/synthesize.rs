//! Joining the results of several steps into one.

use maestria_vocabulary::Content;
use serde_json::Value;

/// Joins results in order: texts become one text with blank lines between; anything else becomes a list.
pub(crate) fn synthesize(contents: &[&Content]) -> Content {
    let texts: Option<Vec<&str>> = contents.iter().map(|content| as_text(content)).collect();
    match (texts, contents) {
        (_, [only]) => (*only).clone(),
        (Some(texts), _) => Content::Text(texts.join("\n\n")),
        (None, contents) => Content::Json(contents.iter().map(|content| as_value(content)).collect()),
    }
}

fn as_text(content: &Content) -> Option<&str> {
    match content {
        Content::Text(text) | Content::Json(Value::String(text)) => Some(text),
        _ => None,
    }
}

/// A file is too large to be copied into a list: it is named there by its type and size.
fn as_value(content: &Content) -> Value {
    match content {
        Content::Bytes { media_type, data } => serde_json::json!({"media_type": media_type, "bytes": data.len()}),
        other => other.to_json(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn results_are_joined_in_order() {
        let check = |contents: &[Content], expected: Content| {
            assert_eq!(synthesize(&contents.iter().collect::<Vec<_>>()), expected);
        };
        check(&["a".into(), json!("b").into()], "a\n\nb".into());
        check(&["a".into(), json!({"b": 1}).into()], json!(["a", {"b": 1}]).into());
        check(&[json!({"b": 1}).into()], json!({"b": 1}).into());
        check(&[], "".into());
    }
}
