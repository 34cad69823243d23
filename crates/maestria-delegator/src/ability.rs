//! What abilities take and give: text, pictures, sound or film.

use std::{collections::BTreeMap, fmt};

use maestria_vocabulary::{Capability, Content};
use serde::{Deserialize, Serialize};

/// What a piece of content is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Modality {
    /// Words, code, or values written as text.
    Text,
    /// A picture.
    Image,
    /// Sound.
    Audio,
    /// Moving pictures, with or without sound.
    Video,
}

impl Modality {
    /// The modality of a media type (RFC 6838); nothing for a kind of file that models do not take as it is.
    #[must_use]
    pub fn of_media_type(media_type: &str) -> Option<Self> {
        let (kind, subtype) = media_type.split_once('/')?;
        match kind.trim().to_ascii_lowercase().as_str() {
            "text" => Some(Self::Text),
            "image" => Some(Self::Image),
            "audio" => Some(Self::Audio),
            "video" => Some(Self::Video),
            "application" if subtype.contains("json") || subtype.contains("xml") => Some(Self::Text),
            _ => None,
        }
    }

    /// The modality of a piece of content, as [`of_media_type`](Self::of_media_type) has it.
    #[must_use]
    pub fn of(content: &Content) -> Option<Self> {
        match content {
            Content::Text(_) | Content::Json(_) => Some(Self::Text),
            Content::Bytes { media_type, .. } => Self::of_media_type(media_type),
        }
    }
}

impl fmt::Display for Modality {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text => "text",
            Self::Image => "image",
            Self::Audio => "audio",
            Self::Video => "video",
        })
    }
}

/// What an ability takes beside its instruction, and what it gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ability {
    /// What it takes.
    pub takes: Vec<Modality>,
    /// What it gives.
    pub gives: Modality,
    /// Whether what it gives says the same as what it takes: a transcript does, a summary or a picture made from words does not.
    pub faithful: bool,
}

/// The abilities that are known by name. One that is not known is taken to work on text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Abilities(BTreeMap<Capability, Ability>);

/// Takes text and gives text.
const ON_TEXT: &Ability = &Ability { takes: Vec::new(), gives: Modality::Text, faithful: false };

impl Abilities {
    pub(crate) fn insert(&mut self, capability: Capability, ability: Ability) {
        self.0.insert(capability, ability);
    }

    pub(crate) fn takes(&self, capability: &Capability, given: Modality) -> bool {
        given == Modality::Text || self.0.get(capability).unwrap_or(ON_TEXT).takes.contains(&given)
    }

    pub(crate) fn gives(&self, capability: &Capability) -> Modality {
        self.0.get(capability).unwrap_or(ON_TEXT).gives
    }

    /// Abilities that turn one modality into another and keep what is said.
    pub(crate) fn conversions(&self) -> impl Iterator<Item = (&Capability, Modality, Modality)> {
        self.0.iter().filter(|(_, ability)| ability.faithful).flat_map(|(capability, ability)| {
            let others = ability.takes.iter().filter(|takes| **takes != ability.gives);
            others.map(move |takes| (capability, *takes, ability.gives))
        })
    }
}

impl Default for Abilities {
    /// The abilities of the built-in taxonomy that are not about text alone, and three that convert.
    fn default() -> Self {
        use Modality::{Audio, Image, Text, Video};
        let known: [(&str, &[Modality], Modality, bool); 10] = [
            ("speech_to_text", &[Audio, Video], Text, true),
            ("text_to_speech", &[Text], Audio, true),
            ("text_recognition", &[Image], Text, true),
            ("image_description", &[Image], Text, true),
            ("audio_extraction", &[Video], Audio, true),
            ("image_generation", &[Text], Image, false),
            ("image_editing", &[Image], Image, false),
            ("video_generation", &[Text, Image], Video, false),
            ("audio_analysis", &[Audio, Video], Text, false),
            ("music_generation", &[Text], Audio, false),
        ];
        let named = known.into_iter().filter_map(|(name, takes, gives, faithful)| {
            Some((Capability::new(name).ok()?, Ability { takes: takes.to_vec(), gives, faithful }))
        });
        Self(named.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_media_type_tells_the_modality() {
        let check = |media_type, expected| assert_eq!(Modality::of_media_type(media_type), expected, "{media_type}");
        check("audio/wav", Some(Modality::Audio));
        check("IMAGE/png", Some(Modality::Image));
        check("image/svg+xml", Some(Modality::Image));
        check("application/json", Some(Modality::Text));
        check("application/vnd.api+json; charset=utf-8", Some(Modality::Text));
        check("application/zip", None);
        check("audio", None);
    }

    #[test]
    fn every_built_in_ability_has_a_valid_name() {
        assert_eq!(Abilities::default().0.len(), 10);
    }
}
