//! What one call of a tool takes of memory, and how it can be done in parts.

use serde_json::Value;

use crate::{Bytes, Content};

/// What a call takes of memory, and of how many units of equal need it consists, such as pages or pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Workload {
    /// Memory that the whole call takes at most while it runs. It is set aside before the call begins.
    pub memory: Bytes,
    /// Units of the whole. A call of one unit is never divided.
    pub units: u32,
    /// Fewest units that a part may have, but for the last; zero is as good as one.
    pub least: u32,
}

impl Default for Workload {
    /// A call that takes next to nothing and cannot be divided.
    fn default() -> Self {
        Self { memory: Bytes::ZERO, units: 1, least: 1 }
    }
}

impl Workload {
    /// A call that takes so much memory and cannot be divided.
    #[must_use]
    pub fn of(memory: Bytes) -> Self {
        Self { memory, ..Self::default() }
    }

    /// The same where it can be done in parts of one unit or more.
    #[must_use]
    pub fn with_units(self, units: u32) -> Self {
        Self { units, ..self }
    }

    /// Whether there is a part that is less than the whole.
    #[must_use]
    pub fn divides(&self) -> bool {
        self.least.max(1) < self.units
    }
}

/// The results of the parts of a call as one: texts are one text, lists one list, and anything else a list with an element for each part.
///
/// ```
/// use maestria_vocabulary::joined;
/// use serde_json::json;
///
/// assert_eq!(joined(vec![json!([1, 2]).into(), json!([3]).into()]), json!([1, 2, 3]).into());
/// assert_eq!(joined(vec!["one ".into(), "two".into()]), "one two".into());
/// ```
#[must_use]
pub fn joined(parts: Vec<Content>) -> Content {
    if let Some(text) = parts.iter().map(text_of).collect::<Option<String>>() {
        return Content::Text(text);
    }
    let lists: Option<Vec<&Vec<Value>>> = parts.iter().map(list_of).collect();
    let values = match lists {
        Some(lists) => lists.into_iter().flatten().cloned().collect(),
        None => parts.iter().map(Content::to_json).collect(),
    };
    Content::Json(Value::Array(values))
}

fn text_of(content: &Content) -> Option<&str> {
    match content {
        Content::Text(text) | Content::Json(Value::String(text)) => Some(text),
        _ => None,
    }
}

fn list_of(content: &Content) -> Option<&Vec<Value>> {
    match content {
        Content::Json(Value::Array(list)) => Some(list),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn parts_of_different_kinds_become_a_list_of_their_values() {
        let check = |parts: Vec<Content>, expected: Content| assert_eq!(joined(parts), expected);
        check(vec!["a".into(), json!("b").into()], "ab".into());
        check(vec![json!([1]).into(), json!([]).into()], json!([1]).into());
        check(vec!["a".into(), json!([1]).into(), json!({"b": 2}).into()], json!(["a", [1], {"b": 2}]).into());
        check(vec![json!(1).into(), json!(2).into()], json!([1, 2]).into());
    }

    #[test]
    fn a_call_divides_if_some_part_is_less_than_the_whole() {
        let check = |units, least, divides| assert_eq!(Workload { memory: Bytes(1), units, least }.divides(), divides);
        check(0, 0, false);
        check(1, 0, false);
        check(2, 0, true);
        check(2, 1, true);
        check(2, 2, false);
    }
}
