//! Features of a piece as the value of a parameter, hashed.

use std::collections::HashSet;

use maestria_vocabulary::Embedding;

use super::{
    super::{parameter::Parameter, passage::Passage},
    candidate::Candidate,
};
use crate::words::{identifier_words, stem};

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
pub(super) struct Keys {
    keys: Vec<u32>,
    required: bool,
    own: bool,
    name: HashSet<String>,
    described: HashSet<String>,
    tool: HashSet<String>,
    tool_name: HashSet<String>,
    /// The description in lower case, for values that it gives as examples.
    description: String,
    named_in_text: bool,
    meaning: Option<Embedding>,
    others: Vec<Embedding>,
}

/// The key that stands for any parameter, of the first kind.
const ANY: u32 = 1;

/// Words of a name that are crossed with features, from its end.
const NAME_WORDS: usize = 3;

impl Keys {
    pub(super) fn of(parameter: &Parameter<'_>, passage: &Passage<'_>, own: bool) -> Self {
        let mut keys = vec![ANY + parameter.kind().number()];
        let name = parameter.name_words.iter().rev().take(NAME_WORDS);
        keys.extend(
            name.enumerate()
                .map(|(place, word)| crc32fast::hash(stem(word).as_bytes()).rotate_left(u32::from(place == 0))),
        );
        if own {
            keys.push(crc32fast::hash(format!("{}.{}", passage.tool, parameter.name).as_bytes()));
        }
        let named_in_text = passage.words.iter().any(|word| parameter.name_stems.contains(&stem(word.text)));
        let trivial = |stem: &&String| stem.len() > 2;
        Self {
            keys,
            required: parameter.required,
            own,
            name: parameter.name_stems.iter().filter(trivial).cloned().collect(),
            described: parameter.described.iter().filter(|stem| stem.len() > 3).cloned().collect(),
            tool: passage.tool_stems.clone(),
            tool_name: identifier_words(&passage.tool).iter().map(|word| stem(word)).collect(),
            description: parameter.description().to_lowercase(),
            named_in_text,
            meaning: passage
                .meanings
                .iter()
                .find(|(name, _)| name == parameter.name)
                .map(|(_, meaning)| meaning.clone()),
            others: passage
                .meanings
                .iter()
                .filter(|(name, _)| name != parameter.name)
                .map(|(_, meaning)| meaning.clone())
                .collect(),
        }
    }

    /// The features of a piece as this parameter's value.
    pub(super) fn features(&self, candidate: &Candidate) -> Vec<u32> {
        let near = |stems: &[String], known: &HashSet<String>| stems.iter().rev().position(|stem| known.contains(stem));
        let behind: Vec<String> = candidate.behind.iter().rev().cloned().collect();
        let count = |known: &HashSet<String>| candidate.inside.iter().filter(|stem| known.contains(*stem)).count();
        let share = |known: &HashSet<String>| (count(known) * 3).div_ceil(candidate.inside.len().max(1)) as u32;
        let place = |place: Option<usize>| place.map_or(9, |place| place as u32);
        let example = candidate.text.len() > 1 && self.description.contains(&candidate.text);
        let tenths = |cosine: f32| ((cosine * 10.0).round().clamp(-2.0, 10.0) + 2.0) as u32;
        let alike = |text: &Embedding, meaning: Option<&Embedding>| meaning.map_or(0.0, |meaning| text.cosine(meaning));
        let own = alike(&candidate.meaning, self.meaning.as_ref());
        let other = self.others.iter().map(|other| candidate.meaning.cosine(other)).fold(-1.0, f32::max);
        let words = candidate.inside.len().min(3) as u32;
        let related = [
            (Feature::Meaning, tenths(own), words),
            (Feature::MeaningOfOther, tenths(own - other), words),
            (Feature::Context, tenths(alike(&candidate.context, self.meaning.as_ref())), 0),
            (Feature::NameBefore, place(near(&candidate.before, &self.name)), 0),
            (Feature::NameBehind, place(near(&behind, &self.name)), 0),
            (Feature::NameInside, share(&self.name), candidate.inside.len().min(3) as u32),
            (Feature::DescribedBefore, place(near(&candidate.before, &self.described)), 0),
            (Feature::DescribedInside, share(&self.described), 0),
            (Feature::Example, u32::from(example), candidate.inside.len().min(3) as u32),
            (Feature::OfTool, share(&self.tool), candidate.inside.len().min(3) as u32),
            (Feature::Rule, candidate.rule, 7 + u32::from(self.required)),
        ];
        let related = related.into_iter().map(|(feature, a, b)| hash(feature, a, b));
        self.crossed(candidate.features.iter().copied().chain(related))
    }

    /// Whether a piece says more than the value, "general channel" of a channel, or what the tool itself is, "doughnut" of a doughnut chart.
    pub(super) fn is_beside_the_point(&self, candidate: &Candidate) -> bool {
        let (Some(last), false) = (candidate.inside.last(), candidate.is_name && !candidate.is_of_a_form) else {
            return false;
        };
        let names_parameter = candidate.inside.len() > 1 && self.name.contains(last);
        let of_tool =
            candidate.behind_joined && candidate.behind.first().is_some_and(|next| self.tool_name.contains(next));
        // A number, what it counts, and a path or an address are mostly another parameter's business.
        let of_another = candidate.is_of_a_form && candidate.rule == 0 && !self.own;
        names_parameter || of_tool || of_another
    }

    /// The features of there being no value.
    pub(super) fn none(&self, candidates: &[Candidate]) -> Vec<u32> {
        let rule = candidates.iter().map(|candidate| candidate.rule).max().unwrap_or(0);
        let words = (candidates.len() as f32).log2() as u32;
        let features = [
            (Feature::None, u32::from(self.required), 0),
            (Feature::None, 2, words),
            (Feature::NoneRule, rule, u32::from(self.required)),
            (Feature::NoneNamed, u32::from(self.named_in_text), u32::from(self.required)),
        ];
        self.crossed(features.into_iter().map(|(feature, a, b)| hash(feature, a, b)))
    }

    fn crossed(&self, features: impl Iterator<Item = u32>) -> Vec<u32> {
        features.flat_map(|feature| self.keys.iter().map(move |&key| hash(Feature::Crossed, feature, key))).collect()
    }
}
