//! What the single words of a request ask for, beside what its pieces say as wholes.

use std::{borrow::Cow, collections::HashMap};

use maestria_vocabulary::{Probability, ToolId, ToolSpec};

use crate::{
    Result,
    clause::{Piece, asked},
    tag::{Profile, Tagged, Tagger},
};

/// Most tools that words are compared with.
pub(super) const MOST: usize = 48;

/// Most tools whose profiles are kept, at about ten kilobytes each; those of others are made when they are needed.
const MOST_KEPT: usize = 256;

/// Tools as words are compared with them.
#[derive(Debug, Clone, Default)]
pub(super) struct Profiles(HashMap<ToolId, Profile>);

impl Profiles {
    /// Keeps the profile of a tool; one of the same name is replaced.
    pub(super) fn insert(&mut self, tool: &ToolSpec) -> Result<()> {
        self.0.remove(&tool.id);
        if self.0.len() < MOST_KEPT {
            self.0.insert(tool.id.clone(), Tagger::embedded()?.profile(tool));
        }
        Ok(())
    }

    pub(super) fn remove(&mut self, id: &ToolId) {
        self.0.remove(id);
    }

    /// The words of a text with what they ask for of the tools.
    pub(super) fn tag(&self, text: &str, tools: &[&ToolSpec]) -> Result<Vec<Tagged>> {
        let tagger = Tagger::embedded()?;
        let known =
            |tool: &&ToolSpec| self.0.get(&tool.id).map_or_else(|| Cow::Owned(tagger.profile(tool)), Cow::Borrowed);
        let profiles: Vec<Cow<'_, Profile>> = tools.iter().map(known).collect();
        Ok(tagger.tag(text, &profiles.iter().map(AsRef::as_ref).collect::<Vec<_>>()))
    }
}

/// What the words of a request ask for of some tools.
#[derive(Debug, Default)]
pub(super) struct Tagging<'a> {
    pub(super) tools: Vec<&'a ToolSpec>,
    pub(super) words: Vec<Tagged>,
}

impl Tagging<'_> {
    /// How likely the words of a piece ask for each of the tools.
    pub(super) fn opinions(&self, piece: &Piece) -> Vec<(&ToolId, f32)> {
        self.tools.iter().map(|tool| &tool.id).zip(asked(piece, &self.words)).collect()
    }
}

/// How much what the tagger says counts beside what the index does.
const WEIGHT_OF_WORDS: f64 = 0.6;

/// The probability of a tool from what the index says of a wish and what the tagger says of its words: the mean of their log-odds, weighted.
pub(super) fn joined(index: Probability, words: f32) -> Probability {
    let log_odds = |p: f64| {
        let p = p.clamp(1e-3, 1.0 - 1e-3);
        (p / (1.0 - p)).ln()
    };
    let mean = (1.0 - WEIGHT_OF_WORDS) * log_odds(index.get()) + WEIGHT_OF_WORDS * log_odds(f64::from(words));
    Probability::saturating(1.0 / (1.0 + (-mean).exp()))
}
