//! The keys of entries: readable, and never the same for two things.

use std::fmt;

use maestria_vocabulary::{Capability, ModelId};

/// What an entry is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Key {
    Card(ModelId),
    Profile(ModelId),
    Record(ModelId, Capability),
}

impl Key {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('/');
        let kind = parts.next()?;
        let model: ModelId = unescape(parts.next()?).parse().ok()?;
        let key = match (kind, parts.next()) {
            ("card", None) => Self::Card(model),
            ("profile", None) => Self::Profile(model),
            ("record", Some(capability)) => Self::Record(model, unescape(capability).parse().ok()?),
            _ => return None,
        };
        // Only what is written exactly so is the key of the thing.
        (key.to_string() == text).then_some(key)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Card(model) => write!(f, "card/{}", escape(model.as_str())),
            Self::Profile(model) => write!(f, "profile/{}", escape(model.as_str())),
            Self::Record(model, ability) => write!(f, "record/{}/{}", escape(model.as_str()), escape(ability.as_str())),
        }
    }
}

fn escape(name: &str) -> String {
    name.replace('%', "%25").replace('/', "%2F")
}

fn unescape(name: &str) -> String {
    name.replace("%2F", "/").replace("%25", "%")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_key_is_read_as_what_it_was_written_for(model in "[a-z/%2F ]{1,12}x", ability in "[a-z/%25]{1,12}x") {
            let (model, ability): (ModelId, Capability) = (model.parse().unwrap(), ability.parse().unwrap());
            for key in [Key::Card(model.clone()), Key::Profile(model.clone()), Key::Record(model.clone(), ability)] {
                prop_assert_eq!(Key::parse(&key.to_string()), Some(key));
            }
        }

        #[test]
        fn any_text_is_a_key_or_none(text in "(card|record|profile)?/?[a-z/%25F]{0,20}") {
            prop_assert!(Key::parse(&text).is_none_or(|key| key.to_string() == text));
        }
    }
}
