//! Features of a piece as the value of a parameter, hashed.

use maestria_vocabulary::Span;
use ndarray::ArrayView1;

use super::{
    super::{parameter::Parameter, passage::Passage},
    candidate::{Candidate, Pieces, Proposal},
    token::{Class, Mark, Shape, Token},
};
use crate::words::stem;

/// Logarithm of the odds from which on the network is believed even of a word that may describe what the tool makes.
const SURE_ODDS: f32 = 2.5;

/// What a feature says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Feature {
    Left,
    LeftTwo,
    Right,
    LeftRight,
    LeftClass,
    RightClass,
    Classes,
    LeftTwoClass,
    First,
    Last,
    FirstClass,
    LeftFirst,
    Length,
    Shapes,
    Quoted,
    Extends,
    Opener,
    OpenerShape,
    Verb,
    Contains,
    Rule,
    Whole,
    Inside,
    NameBefore,
    NameBehind,
    NameInside,
    DescribedBefore,
    DescribedInside,
    Example,
    OfTool,
    Meaning,
    MeaningOfOther,
    Context,
    None,
    NoneRule,
    NoneNamed,
    Crossed,
}

/// A hash of a feature with two values (the finaliser of MurmurHash3, Appleby 2011).
pub(super) fn hash(feature: Feature, a: u32, b: u32) -> u32 {
    let mut h = u64::from(a) ^ u64::from(b).rotate_left(24) ^ (feature as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    h = (h ^ (h >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    h = (h ^ (h >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    (h >> 32) as u32
}

/// What features are crossed with for one parameter: anything, the words of its name, and perhaps the parameter itself.
#[derive(Debug)]
pub(super) struct Keys<'a> {
    keys: Vec<u32>,
    parameter: &'a Parameter<'a>,
    pieces: &'a Pieces,
    own: bool,
    /// What the parameter and the tool say of each word of the passage.
    said_of: Vec<SaidOf>,
    /// The description in lower case, for values that it gives as examples.
    description: String,
    named_in_text: bool,
    /// The place of the parameter among those of the tool.
    place: Option<usize>,
}

/// Whose words a word of the passage is among.
#[derive(Debug, Clone, Copy)]
struct SaidOf {
    name: bool,
    description: bool,
    tool: bool,
    tool_name: bool,
}

/// The key that stands for any parameter, of the first kind.
const ANY: u32 = 1;

/// Words of a name that are crossed with features, from its end.
const NAME_WORDS: usize = 3;

/// Shorter stems of a name, and of a description, are no words to go by.
const LEAST_NAME: usize = 3;
const LEAST_DESCRIPTION: usize = 4;

impl<'a> Keys<'a> {
    pub(super) fn of(parameter: &'a Parameter<'_>, passage: &'a Passage<'_>, own: bool) -> Self {
        let mut keys = vec![hash(Feature::Crossed, ANY + parameter.kind().number(), 0)];
        let name = parameter.name_words.iter().rev().take(NAME_WORDS);
        keys.extend(
            name.enumerate()
                .map(|(place, word)| hash(Feature::Crossed, text_hash(&stem(word)), u32::from(place == 0) + 1)),
        );
        if own {
            keys.push(hash(Feature::Crossed, text_hash(&format!("{}.{}", parameter.tool.id, parameter.name)), 3));
        }
        let pieces = passage.pieces();
        let said_of = pieces.tokens.iter().map(|Token { stem, .. }| SaidOf {
            name: stem.len() >= LEAST_NAME && parameter.name_stems.contains(stem),
            description: stem.len() >= LEAST_DESCRIPTION && parameter.described.contains(stem),
            tool: parameter.tool.stems.contains(stem),
            tool_name: parameter.tool.name_stems.contains(stem),
        });
        Self {
            keys,
            parameter,
            pieces,
            own,
            said_of: said_of.collect(),
            description: parameter.description().to_lowercase(),
            named_in_text: passage.words.iter().any(|word| parameter.is_named(word.text)),
            place: parameter.tool.place(parameter.name),
        }
    }

    /// The keys themselves.
    pub(super) fn keys(&self) -> &[u32] {
        &self.keys
    }

    /// The features of a piece as this parameter's value, before they are crossed with the keys: those of the piece, and those of both.
    pub(super) fn features<'p>(&self, proposal: &'p Proposal<'_>) -> (&'p [u32], [u32; 12]) {
        let candidate = &*proposal.candidate;
        let (first, behind) = (candidate.first, candidate.behind);
        let before = self.said_of.get(first.saturating_sub(WORDS_BEFORE)..first).unwrap_or_default();
        let inside = self.said_of.get(first..behind).unwrap_or_default();
        let after = self.said_of.get(behind..).unwrap_or_default();
        let near = |is: fn(&SaidOf) -> bool| place(before.iter().rev().position(is));
        let share = |is: fn(&SaidOf) -> bool| {
            (inside.iter().filter(|said| is(said)).count() * 3).div_ceil(inside.len().max(1)) as u32
        };
        let example = candidate.text.len() > 1 && self.description.contains(&candidate.text);
        let words = inside.len().min(3) as u32;
        let [own, other, context] = self.likeness(proposal);
        let both = [
            (Feature::Meaning, tenths(own), words),
            (Feature::MeaningOfOther, tenths(own - other), words),
            (Feature::Context, tenths(context), 0),
            (Feature::NameBefore, near(|said| said.name), 0),
            (Feature::NameBehind, place(after.iter().take(WORDS_BEHIND).position(|said| said.name)), 0),
            (Feature::NameInside, share(|said| said.name), words),
            (Feature::DescribedBefore, near(|said| said.description), 0),
            (Feature::DescribedInside, share(|said| said.description), 0),
            (Feature::Example, u32::from(example), words),
            (Feature::OfTool, share(|said| said.tool), words),
            (Feature::Rule, proposal.rule, 7 + u32::from(self.parameter.required)),
            (Feature::Rule, proposal.rule, 0),
        ];
        (&candidate.features, both.map(|(feature, a, b)| hash(feature, a, b)))
    }

    /// How alike a piece is to this parameter, to the likest of the others, and the words before it to this one.
    fn likeness(&self, proposal: &Proposal<'_>) -> [f32; 3] {
        let tool = self.parameter.tool;
        let of = |inside: ArrayView1<'_, f32>, before: ArrayView1<'_, f32>| {
            let own = |all: &ArrayView1<'_, f32>| self.place.and_then(|place| all.get(place).copied()).unwrap_or(0.0);
            let others = inside.iter().enumerate().filter(|(place, _)| Some(*place) != self.place);
            [own(&inside), others.map(|(_, &alike)| alike).fold(-1.0, f32::max), own(&before)]
        };
        match proposal.place {
            Some(place) => {
                let likeness = tool.likeness();
                of(likeness.inside.row(place), likeness.before.row(place))
            }
            None => {
                let (inside, before) = self.pieces.likeness_of(&proposal.candidate, tool.meanings());
                of(inside.view(), before.view())
            }
        }
    }

    /// The logarithm of the odds that a piece is the value, by the network; zero with a model that knows the tool, which needs no other.
    pub(super) fn odds(&self, proposal: &Proposal<'_>) -> f32 {
        self.odds_of(proposal.candidate.first, proposal.candidate.behind)
    }

    /// Whether the network begins another value inside a piece.
    pub(super) fn has_several(&self, proposal: &Proposal<'_>) -> bool {
        !self.own && self.parameter.tool.odds().has_several(proposal.candidate.first, proposal.candidate.behind)
    }

    fn odds_of(&self, first: usize, behind: usize) -> f32 {
        let place = self.place.filter(|_| !self.own);
        place.map_or(0.0, |place| self.parameter.tool.odds().run(first, behind, place))
    }

    /// The words that the network finds likeliest to be the value, if it finds any more likely than none.
    pub(super) fn likeliest(&self) -> Option<Span> {
        let place = self.place.filter(|_| !self.own)?;
        let (first, behind) = self.parameter.tool.odds().likeliest(place)?;
        let tokens = self.pieces.tokens.get(first..behind)?;
        Some(Span { start: tokens.first()?.start, end: tokens.last()?.end })
    }

    /// Whether a piece that the network does not take for the value says more than it, "general channel" of a channel, or what the tool itself is, "doughnut" of a doughnut chart.
    pub(super) fn is_beside_the_point(&self, proposal: &Proposal<'_>) -> bool {
        // A model that knows the tool needs no rules for tools in general.
        if self.own {
            return false;
        }
        let candidate = &*proposal.candidate;
        let inside = self.pieces.tokens.get(candidate.first..candidate.behind).unwrap_or_default();
        let says_nothing = |token: &Token| matches!(token.class, Class::Pronoun | Class::Opener | Class::Article);
        // "saying that it is live" says "it is live".
        let only_leads = inside.len() > 1 && inside.first().is_some_and(|first| first.stem == "that");
        if only_leads || inside.iter().all(says_nothing) {
            return true;
        }
        if self.is_enumeration(candidate) {
            return true;
        }
        let said_of = |place: usize| self.said_of.get(place);
        let of_tool = candidate.behind_joined && said_of(candidate.behind).is_some_and(|next| next.tool_name);
        // The network is believed, but for one word, "bar", of what the tool makes, "a bar chart".
        let describes_tool = of_tool && inside.len() == 1 && self.odds(proposal) < SURE_ODDS;
        if self.odds(proposal) > 0.0 && !describes_tool {
            return false;
        }
        if candidate.is_name && !candidate.is_of_a_form {
            return false;
        }
        let last = said_of(candidate.behind - 1).filter(|_| candidate.behind - candidate.first > 1);
        let names_parameter = last.is_some_and(|last| last.name || last.tool_name);
        // A number, what it counts, and a path or an address are mostly another parameter's business.
        let of_another = candidate.is_of_a_form && proposal.rule == 0;
        names_parameter || of_tool || of_another
    }

    /// Whether a piece is the beginning of an enumeration, or all of it: "Tesla, Google" before "and Amazon".
    fn is_enumeration(&self, candidate: &Candidate) -> bool {
        let token = |place: usize| self.pieces.tokens.get(place);
        let is_joint = |place: usize| token(place).is_some_and(|token| token.class == Class::Joint);
        let is_name = |place: usize| token(place).is_some_and(|token| token.shape != Shape::Lower);
        let comma = (candidate.first + 1..candidate.behind).any(|place| {
            token(place).is_some_and(|token| token.mark == Mark::Comma) && is_name(place) && is_name(place - 1)
        });
        comma && is_joint(candidate.behind) && is_name(candidate.behind + 1)
    }

    /// The features of there being no value, before they are crossed with the keys.
    pub(super) fn none(&self, proposals: &[Proposal<'_>]) -> [u32; 4] {
        let rule = proposals.iter().map(|proposal| proposal.rule).max().unwrap_or(0);
        let (pieces, required) = ((proposals.len() as f32).log2() as u32, u32::from(self.parameter.required));
        let features = [
            (Feature::None, required, 0),
            (Feature::None, 2, pieces),
            (Feature::NoneRule, rule, required),
            (Feature::NoneNamed, u32::from(self.named_in_text), required),
        ];
        features.map(|(feature, a, b)| hash(feature, a, b))
    }
}

/// Words before a piece, and behind it, that may name the parameter.
const WORDS_BEFORE: usize = 3;
const WORDS_BEHIND: usize = 2;

/// How far away, with a number for "nowhere".
fn place(place: Option<usize>) -> u32 {
    place.map_or(9, |place| place as u32)
}

fn tenths(cosine: f32) -> u32 {
    ((cosine * 10.0).round().clamp(-2.0, 10.0) + 2.0) as u32
}

fn text_hash(text: &str) -> u32 {
    crc32fast::hash(text.as_bytes())
}
