//! The shape of a fleet's file, and the card that follows from each of its models.

use std::{collections::BTreeMap, fmt, num::NonZeroUsize, time::Duration};

use maestria_vocabulary::{Bytes, Capability, DeviceKind, ModelId, Needs, Probability, Tokens};
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer},
};

use super::{
    Fleet,
    quantity::{Rate, Readable},
};
use crate::{ModelCard, Price};

/// The version of files that is understood.
const VERSION: u32 = 1;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FleetFile {
    #[serde(rename = "version", deserialize_with = "version")]
    _version: (),
    model: Models,
}

fn version<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
    match u32::deserialize(deserializer)? {
        VERSION => Ok(()),
        other => Err(D::Error::custom(format!("version {other} is not understood, only {VERSION}"))),
    }
}

impl From<FleetFile> for Fleet {
    fn from(file: FleetFile) -> Self {
        Self { cards: file.model.cards, currency: file.model.currency }
    }
}

/// The models read so far. Each is checked while the reader is still at it, so that an error knows its line.
#[derive(Default)]
struct Models {
    cards: Vec<ModelCard>,
    currency: Option<String>,
}

impl<'de> Deserialize<'de> for Models {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct List;
        impl<'de> Visitor<'de> for List {
            type Value = Models;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of models")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Models, A::Error> {
                let mut models = Models::default();
                while list.next_element_seed(Next(&mut models))?.is_some() {}
                Ok(models)
            }
        }
        deserializer.deserialize_seq(List)
    }
}

/// Reads one more model.
struct Next<'a>(&'a mut Models);

impl<'de> DeserializeSeed<'de> for Next<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Next<'_> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a model")
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        let file = CardFile::deserialize(MapAccessDeserializer::new(map))?;
        self.0.take(file).map_err(A::Error::custom)
    }
}

impl Models {
    fn take(&mut self, file: CardFile) -> Result<(), String> {
        for currency in [&file.price.input, &file.price.output].into_iter().filter_map(|rate| rate.0.currency.as_ref())
        {
            let known = self.currency.get_or_insert_with(|| currency.clone());
            if known != currency {
                return Err(format!("a price in {currency}, where another is in {known}"));
            }
        }
        let card = ModelCard::from(file);
        card.validate().map_err(|error| error.to_string())?;
        if self.cards.iter().any(|other| other.id == card.id) {
            return Err("a second model of this id".to_owned());
        }
        self.cards.push(card);
        Ok(())
    }
}

/// A model as a person writes it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CardFile {
    id: ModelId,
    window: u64,
    capabilities: BTreeMap<Capability, Probability>,
    #[serde(default)]
    description: String,
    #[serde(default)]
    memory: Readable<Bytes>,
    #[serde(default)]
    devices: Vec<DeviceKind>,
    #[serde(default)]
    price: PriceFile,
    #[serde(default)]
    load: Readable<Duration>,
    #[serde(default)]
    run: Readable<Duration>,
    watts: Option<f64>,
    #[serde(default)]
    remote: bool,
    concurrency: Option<NonZeroUsize>,
}

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
struct PriceFile {
    input: Readable<Rate>,
    output: Readable<Rate>,
}

impl From<CardFile> for ModelCard {
    fn from(file: CardFile) -> Self {
        Self {
            id: file.id,
            description: file.description,
            capabilities: file.capabilities,
            window: Tokens(file.window),
            needs: Needs { memory: file.memory.0, devices: file.devices },
            price: Price { input: file.price.input.0.money, output: file.price.output.0.money },
            load: file.load.0,
            run: file.run.0,
            watts: file.watts,
            remote: file.remote,
            concurrency: file.concurrency,
        }
    }
}
