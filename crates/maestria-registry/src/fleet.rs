//! Model cards as people write them, in a TOML or JSON file.

mod error;
mod file;
mod quantity;

use crate::{ModelCard, fleet::file::FleetFile};
pub use error::FleetError;

/// Model cards read from a file.
///
/// ```
/// use maestria_registry::{Fleet, Registry};
/// use maestria_vocabulary::{Bytes, Money};
///
/// let fleet = Fleet::from_toml(include_str!("../examples/fleet.toml"))?;
/// assert_eq!(fleet.cards[0].needs.memory, Bytes::mib(2458));
/// assert_eq!(fleet.cards[1].price.input, Money(150_000));
///
/// let registry = Registry::default();
/// for card in fleet.cards {
///     registry.insert(card)?;
/// }
///
/// let wrong = "version = 1\n\n[[model]]\nid = \"phi\"\nwindow = 4096\nmemory = \"8 apples\"\n";
/// let error = Fleet::from_toml(wrong).unwrap_err();
/// assert_eq!(error.to_string(), "line 6, model phi, memory: an amount of memory such as \"8 GiB\" is expected, not \"8 apples\"");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A file states `version = 1` and a list `model`, of which each has
///
/// | field | meaning | example | default |
/// |---|---|---|---|
/// | `id` | the model | `"phi-3-mini"` | – |
/// | `window` | tokens of prompt and answer | `4096` | – |
/// | `capabilities` | how well it is said to do each thing | `{ summarization = 0.8 }` | – |
/// | `description` | what it is, for people | `"small and quick"` | `""` |
/// | `memory` | what it takes of a device | `"2.4 GiB"`, `"800 MB"` | nothing |
/// | `devices` | kinds it runs on, best first | `["gpu", "cpu"]` | a processor |
/// | `price` | per tokens read and written | `{ input = "$0.15 per million tokens" }` | free |
/// | `load`, `run` | time to load it, and typical time for a task | `"1.5 s"`, `"300 ms"` | none |
/// | `watts` | power it adds | `35` | unknown |
/// | `remote` | whether prompts leave this machine | `true` | `false` |
/// | `concurrency` | most prompts that a remote model is asked at once | `4` | as the scheduler is set |
///
/// A field of another name is refused, and so are two models of one name and prices in two currencies.
#[derive(Debug, Clone, PartialEq)]
pub struct Fleet {
    /// Its cards, each [valid](ModelCard::validate), in the order of the file.
    pub cards: Vec<ModelCard>,
    /// The currency of its prices as the file writes it, where it says one: `$`, `€` or a code such as `USD`.
    pub currency: Option<String>,
}

impl Fleet {
    /// Reads TOML.
    ///
    /// # Errors
    /// [`FleetError`] for what is found first.
    pub fn from_toml(text: &str) -> Result<Self, FleetError> {
        let deserializer = toml::Deserializer::parse(text).map_err(|error| FleetError::of_toml(text, &error, ""))?;
        let read = serde_path_to_error::deserialize(deserializer);
        let file: FleetFile =
            read.map_err(|error| FleetError::of_toml(text, error.inner(), &error.path().to_string()))?;
        Ok(file.into())
    }

    /// Reads JSON.
    ///
    /// # Errors
    /// [`FleetError`] for what is found first.
    pub fn from_json(text: &str) -> Result<Self, FleetError> {
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let read = serde_path_to_error::deserialize(&mut deserializer);
        let file: FleetFile =
            read.map_err(|error| FleetError::of_json(text, error.inner(), &error.path().to_string()))?;
        deserializer.end().map_err(|error| FleetError::of_json(text, &error, ""))?;
        Ok(file.into())
    }
}

#[cfg(test)]
mod tests;
