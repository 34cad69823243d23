//! What an offer is compared with others by, copied out of its card and its record so that it is read without following either.

use std::time::Duration;

use maestria_vocabulary::{Bytes, DeviceKind, Probability, Tokens};

use crate::{ModelCard, Price, Record, record::Summary};

/// Kinds of device that there are.
const KINDS: usize = 3;

/// What an offer is compared with others by: numbers of its card and of its record.
///
/// The terms of a few offers lie side by side, so that whoever compares all of them reads memory in its order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Terms {
    /// The [prefix](maestria_vocabulary::ModelId::prefix) of the model's name.
    pub prefix: u128,
    /// As [`ModelCard::remote`].
    pub remote: bool,
    /// Kinds of device that the card names, best first, each once.
    kinds: [Option<DeviceKind>; KINDS],
    /// As [`ModelCard::window`].
    pub window: Tokens,
    /// Memory that it takes of a device here.
    pub memory: Bytes,
    /// As [`ModelCard::price`].
    pub price: Price,
    /// As [`ModelCard::load`].
    pub load: Duration,
    /// As [`ModelCard::run`].
    pub run: Duration,
    /// As [`ModelCard::watts`].
    pub watts: Option<f64>,
    /// How well it is said to do it.
    pub declared: Probability,
    /// How well it did it; absent before the first outcome.
    pub measured: Option<Summary>,
}

impl Terms {
    pub(super) fn of(card: &ModelCard, declared: Probability, record: Option<&Record>) -> Self {
        Self {
            prefix: card.id.prefix(),
            remote: card.remote,
            kinds: each_once(&card.needs.devices),
            window: card.window,
            memory: card.needs.memory,
            price: card.price,
            load: card.load,
            run: card.run,
            watts: card.watts,
            declared,
            measured: record.map(Record::summary),
        }
    }

    /// Whether it runs on such a device, as [`DeviceKind::serves`] has it.
    #[inline]
    #[must_use]
    pub fn runs_on(&self, kind: DeviceKind) -> bool {
        match self.kinds {
            [None, ..] => kind == DeviceKind::Cpu,
            kinds => kinds.contains(&Some(kind)),
        }
    }

    /// The place of a kind among those that the card names, best first; absent when it names it not.
    #[inline]
    #[must_use]
    pub fn preference(&self, kind: DeviceKind) -> Option<u8> {
        (0..).zip(&self.kinds).find(|(_, named)| **named == Some(kind)).map(|(place, _)| place)
    }
}

fn each_once(named: &[DeviceKind]) -> [Option<DeviceKind>; KINDS] {
    let first = |(place, kind): &(usize, &DeviceKind)| !named.iter().take(*place).any(|before| before == *kind);
    let mut kinds = named.iter().enumerate().filter(first).map(|(_, kind)| *kind);
    std::array::from_fn(|_| kinds.next())
}

#[cfg(test)]
mod tests {
    use maestria_vocabulary::Needs;
    use proptest::prelude::*;

    use super::*;

    const ALL: [DeviceKind; KINDS] = [DeviceKind::Cpu, DeviceKind::Gpu, DeviceKind::Remote];

    proptest! {
        #[test]
        fn terms_say_of_devices_what_the_card_says(devices in prop::collection::vec(prop::sample::select(&ALL), 0..6)) {
            let needs = Needs { memory: Bytes::ZERO, devices };
            let card = ModelCard { needs, ..ModelCard::new("m".parse().unwrap(), Tokens(1)) };
            let terms = Terms::of(&card, Probability::ONE, None);
            for kind in ALL {
                prop_assert_eq!(terms.runs_on(kind), kind.serves(&card.needs));
                for other in ALL {
                    let place = |kind| card.needs.devices.iter().position(|named| *named == kind);
                    let (named, of_terms) = ([kind, other].map(place), [kind, other].map(|kind| terms.preference(kind)));
                    prop_assert_eq!(named.map(|place| place.is_some()), of_terms.map(|place| place.is_some()));
                    prop_assert_eq!(named[0].cmp(&named[1]), of_terms[0].cmp(&of_terms[1]));
                }
            }
        }
    }
}
