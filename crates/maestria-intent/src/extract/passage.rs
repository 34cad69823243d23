//! The piece of a request that arguments are read from, taken apart once for all parameters of all tools.

use std::{
    cell::{OnceCell, RefCell},
    collections::HashMap,
    rc::Rc,
};

use jiff::Zoned;
use maestria_vocabulary::{Span, ToolId};

use super::{
    moment::{Moment, moments, stretches},
    number::{Quantity, quantities},
    overlap,
    phrase::{ENDS, PREPOSITIONS, Phrase, phrases},
    span::{Pieces, SpanModel},
    tool_words::Beside,
    unit::{Unit, unit},
};
use crate::{
    material::{labelled, quotations},
    tag::{Parameters, ReadClause, arguments},
    words::{Word, words},
};

/// Most of a piece that is read, in bytes: beyond it there is material, and every parameter looks at every word.
pub(super) const LONGEST: usize = 4096;

/// A piece of a request with its words, phrases, numbers and moments.
#[derive(Debug)]
pub(crate) struct Passage<'a> {
    pub(super) text: &'a str,
    pub(super) within: Span,
    pub(super) words: Vec<Word<'a>>,
    pub(super) phrases: Vec<Phrase<'a>>,
    pub(super) numbers: Vec<Quantity>,
    pub(super) moments: Vec<Moment>,
    /// The ends of stretches of time, such as "last month".
    pub(super) stretches: Vec<Moment>,
    pub(super) now: Option<&'a Zoned>,
    /// Values behind a word that says what they are for, with that word.
    pub(super) labelled: Vec<Span>,
    /// What tells which piece is the value of a text parameter; without it rules do.
    pub(super) model: Option<&'a SpanModel>,
    /// Parameters of tools that need not be made for this passage.
    pub(super) known: Option<&'a Parameters>,
    pieces: OnceCell<Pieces>,
    read: OnceCell<Option<ReadClause>>,
    /// Of the tools whose arguments were read from it.
    beside: RefCell<HashMap<ToolId, Rc<Beside>>>,
}

impl<'a> Passage<'a> {
    pub(super) fn new(text: &'a str, within: Span, now: Option<&'a Zoned>) -> Self {
        let end = text.floor_char_boundary(within.end.min(within.start.saturating_add(LONGEST)));
        let within = Span { start: within.start, end };
        let inside = |word: &Word<'_>| within.start <= word.span.start && word.span.end <= within.end;
        let all: Vec<Word<'a>> = words(text).filter(inside).collect();
        let before = || {
            let earlier = text.get(text.floor_char_boundary(within.start.saturating_sub(LONGEST))..within.start)?;
            let quoted = quotations(earlier);
            let is_own = |word: &Word<'_>| !quoted.iter().any(|span| overlap(*span, word.span));
            let words: Vec<Word<'_>> = words(earlier).filter(is_own).collect();
            moments(&words, now, || None).iter().rev().find_map(|moment| moment.nearest(now))
        };
        let moments = moments(&all, now, before);
        let mut numbers = quantities(&all);
        let of_moment = |span: Span| moments.iter().find(|moment| overlap(moment.span, span));
        numbers.retain(|number| of_moment(number.span).is_none_or(|moment| moment.is_duration));
        // "Within ten days" is ten of something only for what counts days.
        numbers.iter_mut().for_each(|number| number.implied |= of_moment(number.span).is_some());
        Self {
            text,
            within,
            phrases: phrases(text, within),
            numbers,
            stretches: stretches(&all, now, &moments),
            labelled: labelled(text),
            words: all,
            moments,
            now,
            model: None,
            known: None,
            pieces: OnceCell::new(),
            read: OnceCell::new(),
            beside: RefCell::default(),
        }
    }

    /// The same, read with a model.
    pub(super) fn with_model(self, model: Option<&'a SpanModel>) -> Self {
        Self { model, ..self }
    }

    /// The same, with parameters of tools that are known.
    pub(crate) fn with_known(self, known: &'a Parameters) -> Self {
        Self { known: Some(known), ..self }
    }

    /// Another piece of the same request, read with the same model.
    pub(super) fn of(&self, within: Span) -> Self {
        Self { known: self.known, ..Self::new(self.text, within, self.now).with_model(self.model) }
    }

    /// What its words say beside the parameters of a tool, for all who ask.
    pub(super) fn beside(&self, tool: &ToolId) -> Rc<Beside> {
        self.beside.borrow_mut().entry(tool.clone()).or_default().clone()
    }

    /// The whole request.
    pub(crate) fn text(&self) -> &'a str {
        self.text
    }

    /// What stands in the request at `span`.
    pub(super) fn at(&self, span: Span) -> &'a str {
        span.of(self.text).unwrap_or_default()
    }

    /// The text at `span` as a value: freed of dashes at its ends and of what says that it owns the next word, and with the bracket or
    /// quotation mark behind it that closes one inside.
    pub(super) fn said(&self, span: Span) -> &'a str {
        let dash = |c: char| matches!(c, '-' | '–' | '—') || c.is_whitespace();
        let at = self.at(span);
        let is_word = |text: &str| text.contains(|c: char| !dash(c));
        let (mut start, mut end) = (span.start, span.end);
        if let Some(rest) = at.strip_prefix(['-', '–', '—']).filter(|rest| rest.starts_with(' ') && is_word(rest)) {
            start = end - rest.trim_start().len();
        }
        if let Some(rest) = at.strip_suffix(['-', '–', '—']).filter(|rest| rest.ends_with(' ') && is_word(rest)) {
            end = span.start + rest.trim_end().len();
        }
        while let Some(mark) = self.text.get(end..).and_then(|behind| behind.chars().next()) {
            let inside = self.text.get(start..end).unwrap_or_default();
            let opened = match mark {
                ')' => inside.matches('(').count() > inside.matches(')').count(),
                ']' => inside.matches('[').count() > inside.matches(']').count(),
                '}' => inside.matches('{').count() > inside.matches('}').count(),
                // An apostrophe stands behind a letter, and opens nothing.
                '\'' => {
                    let quotes = inside.split('\'').skip(1).count();
                    quotes % 2 == 1 && inside.contains([' ', '=', '(']) && opens_a_quotation(inside)
                }
                _ => false,
            };
            if !opened {
                break;
            }
            end += mark.len_utf8();
        }
        let said = self.text.get(start..end).unwrap_or_default();
        let owner = said.strip_suffix("'s").or_else(|| said.strip_suffix("’s"));
        owner.filter(|owner| !owner.is_empty() && self.is_owner(end)).unwrap_or(said)
    }

    /// Whether what ends here says whose the next word is, "Ann's" of "Ann's inbox": the next word is no name and leads to nothing else.
    fn is_owner(&self, end: usize) -> bool {
        let next = self.text.get(end..).and_then(|behind| behind.strip_prefix(' ')).unwrap_or_default();
        let word = next.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
        word.starts_with(char::is_lowercase) && !PREPOSITIONS.contains(&word) && !ENDS.contains(&word)
    }

    /// The word before a place, in lower case; empty at the beginning.
    pub(super) fn before(&self, start: usize) -> String {
        self.words.iter().rev().find(|word| word.span.end <= start).map(Word::lower).unwrap_or_default()
    }

    /// The unit that the number at a span is measured in, if it is one of measure.
    pub(super) fn measure(&self, span: Span) -> Option<Unit> {
        let number = self.numbers.iter().find(|number| number.span == span)?;
        unit(number.unit.as_deref()?)
    }

    /// Whether a span belongs to a date or a time of day.
    pub(super) fn is_moment(&self, span: Span) -> bool {
        self.moments.iter().any(|moment| overlap(moment.span, span))
    }

    /// A span without the part that it has of a date or a time of day: "pay the rent" of "pay the rent two" days before May.
    pub(super) fn clear_of_moments(&self, span: Span) -> Span {
        let mut clear = span;
        for moment in self.moments.iter().map(|moment| moment.span).filter(|moment| overlap(*moment, span)) {
            if span.start < moment.start && span.end < moment.end {
                clear.end = clear.start + self.at(Span { start: clear.start, end: moment.start }).trim_end().len();
            } else if moment.start < span.start && moment.end < span.end {
                clear.start = clear.end - self.at(Span { start: moment.end, end: clear.end }).trim_start().len();
            }
        }
        clear
    }

    /// The runs of words in it, which are found when first asked for.
    pub(super) fn pieces(&self) -> &Pieces {
        self.pieces.get_or_init(|| Pieces::of(self))
    }

    /// What the network of parameters makes of it, which is found when first asked for.
    pub(super) fn read(&self) -> Option<&ReadClause> {
        let read = || arguments().map(|network| ReadClause::of(self.at(self.within), network));
        self.read.get_or_init(read).as_ref()
    }
}

/// Whether the last `'` of a text follows a space or a sign, as one that opens a quotation does.
fn opens_a_quotation(text: &str) -> bool {
    let before = text.rsplit_once('\'').map(|(before, _)| before);
    before.is_some_and(|before| before.chars().next_back().is_none_or(|c| !c.is_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_cleared_of_the_part_of_a_date() {
        let now: Zoned = "2026-03-04T10:30:00+01:00[+01:00]".parse().unwrap();
        let check = |text: &str, part: &str, expected: &str| {
            let start = text.find(part).unwrap();
            let passage = Passage::new(text, Span { start: 0, end: text.len() }, Some(&now));
            let clear = passage.clear_of_moments(Span { start, end: start + part.len() });
            assert_eq!(passage.at(clear), expected, "{part} of {text}");
        };
        check("pay the rent two weeks from Friday", "pay the rent two", "pay the rent");
        check("two weeks from Friday call Ann", "Friday call Ann", "call Ann");
        check("the plan for March 6", "plan for March 6", "plan for March 6");
        check("call Ann", "call Ann", "call Ann");
    }

    #[test]
    fn a_value_has_the_mark_that_closes_what_it_opens_and_no_dash_at_its_ends() {
        let check = |text: &str, part: &str, expected: &str| {
            let start = text.find(part).unwrap();
            let passage = Passage::new(text, Span { start: 0, end: text.len() }, None);
            assert_eq!(passage.said(Span { start, end: start + part.len() }), expected, "{part} of {text}");
        };
        check("work out sqrt(0.82/9.81), please", "sqrt(0.82/9.81", "sqrt(0.82/9.81)");
        check("run f where state = 'open' on it", "f where state = 'open", "f where state = 'open'");
        check("tell him I can't', she said", "I can't", "I can't");
        check("what is in Ida's money box", "Ida's", "Ida");
        check("book Tony's for two", "Tony's", "Tony's");
        check("(see sqrt)", "see sqrt", "see sqrt");
        check("two hours on the laser - book it", "laser -", "laser");
        check("add - oat milk", "- oat milk", "oat milk");
        check("a -", "-", "-");
        check("", "", "");
    }
}
