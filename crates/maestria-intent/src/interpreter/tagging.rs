//! What the single words of a request ask for, beside what its pieces say as wholes.

use std::{borrow::Cow, collections::HashMap};

use maestria_vocabulary::{Clause, Effect, Probability, Span, ToolId, ToolSpec};

use super::{
    Interpreter,
    forgetting::{surely_changes, takes_person},
};
use crate::{
    Result,
    clause::{
        Piece, TELLING, asked, claim, cut_at_names, forbidden, is_channel, is_verb, likeliest, order, pieces, recut,
        undone,
    },
    extract::overlap,
    material::{announced, labelled, labelled_texts, questions, quotations, reported},
    tag::{Parameters, Profile, Tagged, Tagger},
    words::{identifier_words, stem, words},
};

/// Most tools that words are compared with.
pub(super) const MOST: usize = 64;

/// Most tools for which pieces are made of words that ask for one alone.
const MOST_CLAIMED: usize = 96;

/// Most tools whose profiles are kept, at about ten kilobytes each and seven more for each parameter; those of others are made when they are
/// needed.
const MOST_KEPT: usize = 256;

/// Tools as words are compared with them.
#[derive(Debug, Clone, Default)]
pub(super) struct Profiles {
    tools: HashMap<ToolId, Profile>,
    parameters: Parameters,
}

impl Profiles {
    /// Keeps the profile of a tool; one of the same name is replaced.
    pub(super) fn insert(&mut self, tool: &ToolSpec) -> Result<()> {
        self.remove(&tool.id);
        if self.tools.len() < MOST_KEPT {
            self.tools.insert(tool.id.clone(), Tagger::embedded()?.profile(tool));
            self.parameters.insert(tool);
        }
        Ok(())
    }

    pub(super) fn remove(&mut self, id: &ToolId) {
        self.tools.remove(id);
        self.parameters.remove(id);
    }

    pub(super) fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// The words of a text with what they ask for of the tools.
    pub(super) fn tag(&self, text: &str, tools: &[&ToolSpec]) -> Result<Vec<Tagged>> {
        let tagger = Tagger::embedded()?;
        let known =
            |tool: &&ToolSpec| self.tools.get(&tool.id).map_or_else(|| Cow::Owned(tagger.profile(tool)), Cow::Borrowed);
        let profiles: Vec<Cow<'_, Profile>> = tools.iter().map(known).collect();
        Ok(tagger.tag(text, &profiles.iter().map(AsRef::as_ref).collect::<Vec<_>>()))
    }
}

impl Interpreter {
    /// What the words of a request ask for; nothing where they are not tagged.
    pub(super) fn tagging(&self, text: &str) -> Result<Tagging<'_>> {
        if !self.settings.tags_words {
            return Ok(Tagging::default());
        }
        let of_all = self.selector.len() <= MOST_CLAIMED;
        let tools: Vec<&ToolSpec> = if self.selector.len() <= MOST {
            self.selector.tools().collect()
        } else {
            let likely = self.likely_tools(text, MOST)?;
            likely.iter().filter_map(|(id, _)| self.selector.get(id)).collect()
        };
        // What is left undone is not read.
        let mut read = Cow::Borrowed(text);
        let verbs: Vec<String> = tools.iter().filter_map(|tool| verb_of(tool)).collect();
        // "Roll it back" is what `rollback` does.
        let is_done =
            |verb: &str| verbs.iter().any(|done| *done == stem(verb) || verb.len() > 3 && done.starts_with(verb));
        let forbidden = forbidden(text).into_iter().filter(|(_, verb)| is_done(verb));
        for Span { start, end } in undone(text).into_iter().chain(forbidden.map(|(span, _)| span)) {
            read.to_mut().replace_range(start..end, &" ".repeat(end - start));
        }
        let mut words = self.profiles.tag(&read, &tools)?;
        silence(&mut words, &tools, &reported(text));
        hush(&mut words, &tools, &questions(text));
        follow_what_is_labelled(&mut words, &labelled_texts(text));
        Ok(Tagging { tools, words, of_all, claims: Vec::new() })
    }
}

/// The verb with which the name of a tool begins, as a stem.
fn verb_of(tool: &ToolSpec) -> Option<String> {
    identifier_words(tool.id.as_str()).first().map(|first| stem(first))
}

/// Has the words inside `spans` ask for no tool whose effect cannot be undone, unless it takes a person or other words ask for it too.
fn silence(words: &mut [Tagged], tools: &[&ToolSpec], spans: &[Span]) {
    let is_inside = |word: &Tagged| spans.iter().any(|span| overlap(*span, word.span));
    let is_silent = |place: usize, tool: &ToolSpec| {
        let mut others = words.iter().filter(|word| !is_inside(word));
        tool.effect == Effect::Irreversible && !takes_person(tool) && !others.any(|word| asks(word, place) >= LIKELY)
    };
    let silent: Vec<usize> =
        tools.iter().enumerate().filter(|(place, tool)| is_silent(*place, tool)).map(|(place, _)| place + 1).collect();
    for word in words.iter_mut().filter(|word| spans.iter().any(|span| overlap(*span, word.span))) {
        leave_out(word, &silent);
    }
}

/// Has the words of questions about how things are ask for no tool that surely changes something.
fn hush(words: &mut [Tagged], tools: &[&ToolSpec], questions: &[Span]) {
    let changing = tools.iter().enumerate().filter(|(_, tool)| surely_changes(tool));
    let changing: Vec<usize> = changing.map(|(place, _)| place + 1).collect();
    for word in words.iter_mut().filter(|word| questions.iter().any(|span| overlap(*span, word.span))) {
        leave_out(word, &changing);
    }
}

/// Has the words of a text behind its label that ask for another tool ask for what the word before the label asks for: "refund A-1, reason: they cancelled A-2".
fn follow_what_is_labelled(words: &mut [Tagged], labelled: &[Span]) {
    for span in labelled {
        let Some(first) = words.iter().position(|word| word.span.end > span.start) else { continue };
        let Some(before) = first.checked_sub(1).and_then(|before| words.get(before)).cloned() else { continue };
        let likely = |word: &Tagged| word.asks.iter().skip(1).position(|asks| *asks >= LIKELY);
        let Some(tool) = likely(&before) else { continue };
        let inside = words.iter_mut().skip(first).take_while(|word| word.span.start < span.end);
        for word in inside.filter(|word| likely(word).is_some_and(|other| other != tool)) {
            word.asks.clone_from(&before.asks);
        }
    }
}

/// Gives what a word asks for of the tools at these places to none.
fn leave_out(word: &mut Tagged, places: &[usize]) {
    for place in places {
        let asked = word.asks.get_mut(*place).map_or(0.0, std::mem::take);
        if let Some(none) = word.asks.first_mut() {
            *none += asked;
        }
    }
}

/// What the words of a request ask for of some tools.
#[derive(Debug, Default)]
pub(super) struct Tagging<'a> {
    pub(super) tools: Vec<&'a ToolSpec>,
    pub(super) words: Vec<Tagged>,
    /// Whether these are most of the tools that there are.
    of_all: bool,
    /// Pieces that are for one of the tools because some word asks for it.
    claims: Vec<(Span, usize)>,
}

impl Tagging<'_> {
    /// The pieces of the request, cut where words or names of tools say that another call begins.
    pub(super) fn pieces(&self, text: &str) -> Vec<Piece> {
        recut(text, cut_at_names(text, pieces(text), &self.tools), &self.words, &self.tools)
    }

    /// The tool that a piece was made for.
    pub(super) fn claimed(&self, piece: &Piece) -> Option<&ToolId> {
        let claimed = || self.claims.iter().find(|(span, _)| *span == piece.span).map(|(_, place)| *place);
        self.tools.get(piece.made_for.or_else(claimed)?).map(|tool| &tool.id)
    }

    /// Makes pieces for tools that some word surely asks for and that no clause calls. Whether there are any.
    ///
    /// Where the call of the clause that has the word is asked for by none of its words, the words read it as another call, and not as two.
    /// Of the likeliest of many tools some are so like each other that a word may be sure of the wrong one: they are not claimed for.
    pub(super) fn claim_unheard(&mut self, text: &str, pieces: &mut Vec<Piece>, clauses: &[Clause]) -> bool {
        if !self.of_all {
            return false;
        }
        // What is quoted, pasted or to be told to others gives no orders.
        let (mut quoted, material) = (quotations(text), announced(text));
        quoted.extend(labelled(text));
        let told = reported(text);
        let is_own = |word: &&Tagged| word.span.end <= material && !quoted.iter().any(|span| overlap(*span, word.span));
        let own: Vec<&Tagged> = self.words.iter().filter(is_own).collect();
        let called = |clause: &Clause| {
            let first = clause.tools.first().filter(|first| first.confidence.get() >= CALLED)?;
            Some(self.tools.iter().position(|tool| tool.id == first.tool))
        };
        let calls: Vec<(Span, Option<usize>)> =
            clauses.iter().filter_map(|clause| Some((clause.span, called(clause)?))).collect();
        for place in (0..self.tools.len()).filter(|place| calls.iter().all(|(_, call)| *call != Some(*place))) {
            let Some(surest) = own.iter().max_by(|a, b| asks(a, place).total_cmp(&asks(b, place))) else { continue };
            let is_told = told.iter().any(|span| overlap(*span, surest.span));
            let may_be_undone = self.tools.get(place).is_some_and(|tool| tool.effect != Effect::Irreversible);
            if asks(surest, place) < SURE || is_told && !may_be_undone {
                continue;
            }
            let mut beside = calls.iter().filter(|(span, _)| overlap(*span, surest.span));
            let is_asked = |(span, call): &(Span, Option<usize>)| {
                let mut words = self.words.iter().filter(|word| overlap(*span, word.span));
                call.is_some_and(|call| words.any(|word| asks(word, call) >= LIKELY))
            };
            if beside.all(is_asked) {
                let claimed = claim(text, pieces, &self.words, place, surest);
                self.claims.extend(claimed.map(|span| (span, place)));
            }
        }
        !self.claims.is_empty()
    }

    /// How likely the words of a piece ask for each of the tools.
    pub(super) fn opinions(&self, piece: &Piece) -> Vec<(&ToolId, f32)> {
        let named = self.named(piece);
        // What finds the things that something is done to does not do it.
        let finder = piece.heard.as_ref().and_then(|_| {
            let is_inside = |word: &&Tagged| piece.bond.of.iter().any(|span| overlap(*span, word.span));
            let finder = likeliest(&self.words.iter().filter(is_inside).collect::<Vec<_>>());
            finder.filter(|place| self.tools.get(*place).is_some_and(|tool| tool.effect == Effect::Pure))
        });
        let telling: Vec<usize> = if told_in_channel(&piece.wish) { self.telling() } else { Vec::new() };
        let is_other = |place: usize| !telling.is_empty() && !telling.contains(&place);
        let opinions = self.tools.iter().map(|tool| &tool.id).zip(asked(piece, &self.words)).enumerate();
        let opinions = opinions.map(|(place, (id, asked))| match place {
            place if finder == Some(place) => (id, 0.0),
            place if is_other(place) => (id, asked.min(UNLIKELY)),
            place if telling.contains(&place) && self.is_only_channel(place, &telling) => (id, asked.max(NAMED)),
            place if named == Some(place) => (id, asked.max(NAMED)),
            _ => (id, asked),
        });
        opinions.collect()
    }

    /// The tools that tell somebody something, in a channel or elsewhere.
    fn telling(&self) -> Vec<usize> {
        const RECEIVERS: &[&str] = &["channel", "room", "recipient", "to", "target", "receiver"];
        const TEXTS: &[&str] = &["text", "message", "body", "content"];
        let ends_in =
            |name: &str, ends: &[&str]| identifier_words(name).last().is_some_and(|last| ends.contains(&last.as_str()));
        let tells = |tool: &ToolSpec| {
            let names = || tool.parameters().map(|(name, _)| name);
            let takes_receiver = names().any(|name| tool.requires(name) && ends_in(name, RECEIVERS));
            tool.effect != Effect::Pure && takes_receiver && names().any(|name| ends_in(name, TEXTS))
        };
        let tools = self.tools.iter().enumerate();
        tools.filter(|(_, tool)| tells(tool)).map(|(place, _)| place).collect()
    }

    /// Whether a tool is the only one that tells something in a channel.
    fn is_only_channel(&self, place: usize, telling: &[usize]) -> bool {
        let takes_channel = |place: usize| {
            let mut names = self.tools.get(place).into_iter().flat_map(|tool| tool.parameters()).map(|(name, _)| name);
            names.any(|name| {
                identifier_words(name).last().is_some_and(|last| matches!(last.as_str(), "channel" | "room"))
            })
        };
        takes_channel(place) && telling.iter().filter(|place| takes_channel(**place)).count() == 1
    }

    /// The one tool whose name begins with the verb of a piece, if no other wish is said with that verb: "restock 30 there".
    fn named(&self, piece: &Piece) -> Option<usize> {
        const NO_VERBS: &[&str] = &[
            "my", "our", "your", "the", "a", "an", "all", "new", "next", "last", "recent", "current", "is", "are", "do",
        ];
        let first = words(&piece.wish).next().filter(|first| !is_verb(first))?;
        if NO_VERBS.contains(&first.lower().as_str()) {
            return None;
        }
        let verb = stem(first.text);
        let mut named = self
            .tools
            .iter()
            .enumerate()
            .filter(|(_, tool)| verb_of(tool).as_ref() == Some(&verb))
            .map(|(place, _)| place);
        named.next().filter(|_| named.next().is_none())
    }
}

/// Whether a wish does nothing but tell something in a channel: "write reviews requested in #web".
fn told_in_channel(wish: &str) -> bool {
    let said: Vec<_> = words(wish).collect();
    let order = order(&said);
    let is_telling = order.first().is_some_and(|verb| TELLING.contains(&verb.lower().as_str()));
    is_telling && order.windows(2).any(|pair| matches!(pair, [to, channel] if is_channel(to, channel)))
}

/// The most that words which tell something in a channel ask for a tool that takes none.
const UNLIKELY: f32 = 0.005;

/// Confidence from which on a planner calls a tool.
const CALLED: f64 = 0.5;

/// Least probability that a word asks for a tool for that tool to get a piece of its own. Chosen on the validation part of the own workflows.
const SURE: f32 = 0.8;

/// Least probability that a word asks for a tool that is called.
const LIKELY: f32 = 0.5;

/// How likely a tool is asked for by a piece that begins with the verb of its name.
const NAMED: f32 = 0.95;

fn asks(word: &Tagged, place: usize) -> f32 {
    word.asks.get(place + 1).copied().unwrap_or_default()
}

/// The confidence of a tool in a piece that was made for it, or else for another.
pub(super) fn weighed_by_claim(confidence: Probability, is_claimed: bool) -> Probability {
    const LEAST: f64 = 0.97;
    const MOST_OF_OTHERS: f64 = 0.4;
    let confidence = confidence.get();
    Probability::saturating(if is_claimed { confidence.max(LEAST) } else { confidence.min(MOST_OF_OTHERS) })
}

/// How much what the tagger says counts beside what the index does.
const WEIGHT_OF_WORDS: f64 = 0.75;

/// The probability of a tool from what the index says of a wish and what the tagger says of its words: the mean of their log-odds, weighted.
pub(super) fn joined(index: Probability, words: f32) -> Probability {
    let log_odds = |p: f64| {
        let p = p.clamp(1e-3, 1.0 - 1e-3);
        (p / (1.0 - p)).ln()
    };
    let mean = (1.0 - WEIGHT_OF_WORDS) * log_odds(index.get()) + WEIGHT_OF_WORDS * log_odds(f64::from(words));
    Probability::saturating(1.0 / (1.0 + (-mean).exp()))
}
