//! Identifiers: short, checked, cheap to clone, and never mixed up with one another.

use std::{fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Serialize};

/// Longest identifier, in bytes.
const MAX_LEN: usize = 256;

/// A text that cannot be an identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidId {
    /// The text has no visible character.
    #[error("an identifier must not be blank")]
    Blank,
    /// The text is longer than 256 bytes.
    #[error("an identifier has at most {MAX_LEN} bytes, this one has {len}")]
    TooLong {
        /// Length found, in bytes.
        len: usize,
    },
    /// The text holds a control character such as a line break.
    #[error("an identifier holds no control characters: {text:?}")]
    Control {
        /// The text refused.
        text: String,
    },
}

fn check(text: &str) -> Result<(), InvalidId> {
    if text.trim().is_empty() {
        return Err(InvalidId::Blank);
    }
    if text.len() > MAX_LEN {
        return Err(InvalidId::TooLong { len: text.len() });
    }
    if text.chars().any(char::is_control) {
        return Err(InvalidId::Control { text: text.to_owned() });
    }
    Ok(())
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        ///
        /// At most 256 bytes, not blank, without control characters.
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// Checks `text` and makes it an identifier.
            ///
            /// # Errors
            /// [`InvalidId`] when the text is blank, too long, or holds control characters.
            pub fn new(text: impl AsRef<str>) -> Result<Self, InvalidId> {
                let text = text.as_ref();
                check(text)?;
                Ok(Self(Arc::from(text)))
            }

            /// The identifier as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Self::new(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;
            fn try_from(text: String) -> Result<Self, InvalidId> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0.as_ref().to_owned()
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }
    };
}

id! {
    /// A model, as the application registered it.
    ModelId
}
id! {
    /// A tool, as the application registered it.
    ToolId
}
id! {
    /// A step of one plan; unique within its run.
    StepId
}
id! {
    /// One request from its arrival to its answer.
    RunId
}
id! {
    /// On whose behalf a request runs; part of every cache, memory and state key.
    TenantId
}
id! {
    /// What a text was understood to ask for, such as `data_visualization`.
    Label
}
id! {
    /// What a model is able to do, such as `summarization`; performance is recorded per capability.
    Capability
}

id! {
    /// A table of a [`Store`](crate::store::Store).
    TableName
}
id! {
    /// An append-only log of a [`Store`](crate::store::Store).
    LogName
}

impl ModelId {
    /// The first sixteen bytes as a number, padded with zeros. Of two names with different prefixes the lesser prefix belongs to the lesser
    /// name, so that many names can be compared without a look at each.
    #[must_use]
    pub fn prefix(&self) -> u128 {
        let mut prefix = [0; 16];
        prefix.iter_mut().zip(self.0.as_bytes()).for_each(|(to, from)| *to = *from);
        u128::from_be_bytes(prefix)
    }
}

impl From<Label> for Capability {
    /// An intent that no tool serves asks for the model ability of the same name.
    fn from(label: Label) -> Self {
        Self(label.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, expected: Result<&str, InvalidId>) {
        assert_eq!(ModelId::new(text).as_ref().map(ModelId::as_str).map_err(Clone::clone), expected);
    }

    #[test]
    fn ids_refuse_what_cannot_be_read_back() {
        check("phi-3-mini", Ok("phi-3-mini"));
        check("modèle numéro 1", Ok("modèle numéro 1"));
        check("", Err(InvalidId::Blank));
        check(" \t", Err(InvalidId::Blank));
        check("a\nb", Err(InvalidId::Control { text: "a\nb".into() }));
        check(&"x".repeat(257), Err(InvalidId::TooLong { len: 257 }));
    }

    proptest! {
        #[test]
        fn prefixes_never_contradict_the_order_of_names(a in "[ab]{1,17}é?", b in "[ab]{1,17}é?") {
            let [a, b] = [a, b].map(|text| ModelId::new(text).unwrap());
            let order = a.prefix().cmp(&b.prefix());
            prop_assert!(order.is_eq() || order == a.cmp(&b), "{a} {b}");
            prop_assert!(order.is_ne() || a == b || a.as_str().len().min(b.as_str().len()) >= 16, "{a} {b}");
        }
    }

    #[test]
    fn deserialising_checks_too() {
        assert!(serde_json::from_str::<ToolId>("\"\"").is_err());
        let id: ToolId = serde_json::from_str("\"save_file\"").unwrap();
        assert_eq!(serde_json::to_string(&id).unwrap(), "\"save_file\"");
    }
}
