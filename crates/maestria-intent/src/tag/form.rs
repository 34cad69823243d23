//! How the words of a request are written, which their vectors do not tell: "Polish" and "polish".

use maestria_vocabulary::Span;
use ndarray::Array2;

/// Numbers that tell how a word is written.
pub(super) const FORMS: usize = 8;

/// The forms of pieces, a row each, by the runs of characters that they are part of.
pub(super) fn forms(text: &str, chunks: &[Span]) -> Array2<f32> {
    let mut forms = Array2::zeros((chunks.len(), FORMS));
    let (mut quotes, mut last, mut previous) = (0, 0, None);
    for (mut row, chunk) in forms.rows_mut().into_iter().zip(chunks) {
        let before = text.get(last..chunk.start).unwrap_or_default();
        quotes += before.chars().filter(|c| matches!(c, '"' | '“' | '”' | '«' | '»')).count();
        last = last.max(chunk.start);
        let continues = previous == Some(*chunk);
        previous = Some(*chunk);
        let all = form(text, *chunk).into_iter().chain([quotes % 2 == 1, continues]);
        row.iter_mut().zip(all).for_each(|(entry, is)| *entry = if is { 1.0 } else { 0.0 });
    }
    forms
}

/// What is known of a run alone: it begins with a capital, is written in capitals, has digits, is marks, touches what is before it and behind.
fn form(text: &str, chunk: Span) -> [bool; FORMS - 2] {
    let run = chunk.of(text).unwrap_or_default();
    let first = run.chars().next();
    let touches = |c: Option<char>| c.is_some_and(|c| !c.is_whitespace());
    let capitals = run.chars().any(char::is_uppercase) && !run.chars().any(char::is_lowercase);
    [
        first.is_some_and(char::is_uppercase),
        run.chars().nth(1).is_some() && capitals,
        run.contains(|c: char| c.is_ascii_digit()),
        !first.is_some_and(char::is_alphanumeric),
        touches(text.get(..chunk.start).and_then(|before| before.chars().next_back())),
        touches(text.get(chunk.end..).and_then(|behind| behind.chars().next())),
    ]
}

/// Runs of letters and digits, and runs of other characters that are no white space.
pub(super) fn runs(text: &str) -> impl Iterator<Item = &str> {
    let kind = |c: char| (c.is_alphanumeric(), c.is_whitespace());
    let mut rest = text;
    let all = std::iter::from_fn(move || {
        let first = kind(rest.chars().next()?);
        let end = rest.find(|c| kind(c) != first).unwrap_or(rest.len());
        let (run, behind) = rest.split_at_checked(end)?;
        rest = behind;
        Some(run)
    });
    all.filter(|run| !run.starts_with(char::is_whitespace))
}
