//! Values behind a word that says what they are for: "mute it, reason: disk swap in progress".

use maestria_vocabulary::Span;

/// Words that people write before a text.
const TEXTS: &[&str] = &[
    "message",
    "text",
    "subject",
    "title",
    "body",
    "reason",
    "note",
    "comment",
    "description",
    "content",
    "caption",
    "reference",
];

/// Words that people write before another value.
const OTHERS: &[&str] = &[
    "name", "username", "assignee", "priority", "prio", "label", "labels", "tag", "tags", "amount", "quantity",
    "until", "args",
];

/// Most such values that are looked for.
const MOST: usize = 32;

/// Longest value, in bytes.
const LONGEST: usize = 1024;

/// Whether a word stands before texts.
pub(crate) fn is_of_text(label: &str) -> bool {
    TEXTS.contains(&label)
}

/// Where words that name what follows their colon stand, each with what follows up to the next mark; not the first of a text, of which it
/// may be the heading.
pub(crate) fn labelled(text: &str) -> Vec<Span> {
    let mut found: Vec<Span> = Vec::new();
    for (colon, _) in text.match_indices(':') {
        if found.len() == MOST {
            break;
        }
        let before = text.get(..colon).unwrap_or_default();
        let start = before
            .rfind(|c: char| !c.is_alphabetic())
            .map_or(0, |at| at + before.get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8));
        let label = before.get(start..).unwrap_or_default().to_lowercase();
        if start == 0 || !(is_of_text(&label) || OTHERS.contains(&label.as_str())) {
            continue;
        }
        let end = text.floor_char_boundary(colon.saturating_add(LONGEST));
        let behind = text.get(colon..end).unwrap_or_default();
        let ends = [",", ";", "\n", ". ", "! ", "? "];
        let length = ends.iter().filter_map(|end| behind.find(end)).min().unwrap_or(behind.len());
        found.push(Span { start, end: colon + length });
    }
    found
}

/// The same of texts alone.
pub(crate) fn labelled_texts(text: &str) -> Vec<Span> {
    let is_text = |span: &Span| {
        let label = span.of(text).and_then(|said| said.split(':').next()).unwrap_or_default();
        is_of_text(&label.to_lowercase())
    };
    labelled(text).into_iter().filter(is_text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_behind_its_name_is_found() {
        let check = |text: &str, expected: &[&str]| {
            let found: Vec<&str> = labelled(text).iter().map(|span| span.of(text).unwrap()).collect();
            assert_eq!(found, expected, "{text}");
        };
        check("mute it till 8am, reason: disk swap in progress", &["reason: disk swap in progress"]);
        check("page Ann, message: üben, subject: x. Then go", &["message: üben", "subject: x"]);
        check("Note: cancel it at 8:00", &[]);
        check("", &[]);
    }
}
