//! Long texts: a wish at the beginning or the end, and its material.

use jiff::Zoned;
use maestria_vocabulary::{Clause, Intent, Probability, Span};

use super::{Interpreter, MARKS};
use crate::{Result, extract::Read};

impl Interpreter {
    /// Reads the beginning and the end of a long text, and takes the surer one for the wish; the whole text is its material.
    pub(super) fn read_ends<'t>(
        &'t self,
        text: &'t str,
        now: Option<&'t Zoned>,
    ) -> Result<(Vec<Read<'t>>, Vec<String>)> {
        let bytes = self.settings.read_of_long_text;
        let (head, tail) = ends(text, bytes);
        let ends = [head, first_sentence(head), tail, last_sentence(tail)];
        let encoded = self.classifier.encode(&ends)?;
        let mut surest: Option<(Probability, Clause)> = None;
        for (end, read) in ends.iter().zip(&encoded) {
            let classification = self.classifier.classify_encoded(read);
            let start = end.as_ptr() as usize - text.as_ptr() as usize;
            let span = Span { start, end: start + end.len() };
            let clause = self.clause(&self.passage(text, span, now), span, read, &classification, &[], None)?;
            let confidence = clause.intents.first().map_or(Probability::ZERO, |intent| intent.confidence);
            if surest.as_ref().is_none_or(|(best, _)| confidence > *best) {
                surest = Some((confidence, clause));
            }
        }
        let whole = Span { start: 0, end: text.len() };
        let clause = surest.map(|(_, clause)| {
            let intents = clause.intents.into_iter().map(|intent| Intent { span: whole, ..intent }).collect();
            (Clause { span: whole, intents, paths: Vec::new(), ..clause }, None)
        });
        let note = format!(
            "the request has {} bytes: the wish was looked for in its first and last {bytes}, the whole is its material",
            text.len()
        );
        Ok((clause.into_iter().collect(), vec![note]))
    }
}

/// The first and the last `bytes` of a text, less where a character would be cut.
fn ends(text: &str, bytes: usize) -> (&str, &str) {
    let head = text.get(..text.floor_char_boundary(bytes)).unwrap_or(text);
    let tail = text.get(text.ceil_char_boundary(text.len().saturating_sub(bytes))..).unwrap_or(text);
    (head, tail)
}

fn first_sentence(head: &str) -> &str {
    head.find(MARKS).and_then(|end| head.get(..=end)).unwrap_or(head)
}

fn last_sentence(tail: &str) -> &str {
    let end = tail.trim_end().trim_end_matches(MARKS);
    end.rfind(MARKS).and_then(|start| tail.get(start + 1..)).unwrap_or(tail)
}
