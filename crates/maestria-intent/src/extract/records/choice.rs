//! Values between which a request leaves the choice: "the kitchen to 20 and the bedroom to 18 or 19".

use maestria_vocabulary::Span;

use super::{
    super::{
        doubt::{Doubt, either},
        overlap,
        parameter::Parameter,
        passage::Passage,
        value::Reading,
    },
    occurrence::Occurrence,
};

/// Two values of which one is meant for a parameter, and where they stand.
pub(super) struct Choice {
    pub(super) parameter: usize,
    pub(super) doubt: Doubt,
    spans: [Span; 2],
}

impl Choice {
    /// Whether it is this doubt about a parameter.
    pub(super) fn is(&self, parameter: usize, doubt: &Doubt) -> bool {
        self.parameter == parameter && self.doubt == *doubt
    }

    /// Whether it is left open for a call with these values.
    pub(super) fn is_of(&self, values: &[Option<Reading>]) -> bool {
        let value = values.get(self.parameter).and_then(Option::as_ref);
        value.is_some_and(|value| self.spans.contains(&value.span))
    }
}

/// The choices that a stretch leaves. Of the two values of each only the first stays among what is `said`.
pub(super) fn choices(parameters: &[Parameter<'_>], said: &mut Vec<Occurrence>, passage: &Passage<'_>) -> Vec<Choice> {
    let choice = |Occurrence { parameter, reading }: &Occurrence| {
        let others = || said.iter().filter(|other| other.parameter != *parameter);
        let is_free = |span: Span| !others().any(|other| overlap(other.reading.span, span));
        let doubt = either(parameters.get(*parameter)?, reading, passage, is_free)?;
        let Doubt::Either(spans, _) = doubt else { return None };
        Some(Choice { parameter: *parameter, spans, doubt })
    };
    let mut choices: Vec<Choice> = said.iter().filter_map(choice).collect();
    choices.dedup_by(|a, b| a.parameter == b.parameter && a.spans == b.spans);
    for Choice { parameter, spans: [first, second], .. } in &choices {
        let is_said = |span: Span, other: &Occurrence| other.parameter == *parameter && other.reading.span == span;
        if said.iter().any(|other| is_said(*first, other)) {
            said.retain(|other| !is_said(*second, other));
        }
    }
    choices
}
