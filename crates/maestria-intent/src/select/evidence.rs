//! What speaks for a tool and against it, in numbers that mean the same in an index of one tool and of ten thousand.

use super::{document::Document, kind::Form, wish::Wish};

/// What speaks for a tool being meant, beside the other tools of its index.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[non_exhaustive]
pub struct Evidence {
    /// Cosine of the wish, or of its nearest piece, with what the tool says of itself, in `[-1, 1]`.
    pub cosine: f64,
    /// How far it stands out of the index, in deviations of all tools' scores: the order of the index.
    pub score: f64,
    /// Its score less that of the best other tool, within `[-3, 3]`; zero for the only tool.
    pub lead: f64,
    /// Share of the wish's content words, weighed by rarity, that the tool's texts have, in `[0, 1]`.
    pub wish_covered: f64,
    /// Share of the name's words, weighed by rarity, that the wish has, in `[0, 1]`.
    pub name_covered: f64,
    /// Share of the description's words, weighed by rarity, that the wish has, in `[0, 1]`.
    pub description_covered: f64,
    /// One if the first verb of the wish stands in the name or the description of the tool.
    pub verb: f64,
    /// Share of the kinds of things that the wish names by what they look like (a recording by `.mp3`, a web page by `https://`) for which
    /// the tool's texts have a word, in `[0, 1]`; zero where it names none.
    pub named_known: f64,
    /// Share of the tool's required parameters that are paths, addresses on the web or e-mail addresses of which the wish has none, in
    /// `[0, 1]`; zero for a tool without such.
    pub lacking: f64,
    /// Natural logarithm of the number of tools.
    pub tools: f64,
}

impl Evidence {
    /// Names of the [values](Self::values), in order.
    pub const NAMES: [&'static str; 15] = [
        "cosine",
        "score",
        "lead",
        "wish_covered",
        "name_covered",
        "description_covered",
        "verb",
        "named_known",
        "lacking",
        "tools",
        "few",
        "few * cosine",
        "few * wish_covered",
        "few * name_covered",
        "few * description_covered",
    ];

    /// The numbers that the probability rests on. Among few tools nothing can stand out, and what the words say by themselves counts
    /// more: `few = 1 / (1 + ln n)` of `n` tools.
    #[must_use]
    pub fn values(&self) -> [f64; 15] {
        let few = 1.0 / (1.0 + self.tools);
        [
            self.cosine,
            self.score,
            self.lead,
            self.wish_covered,
            self.name_covered,
            self.description_covered,
            self.verb,
            self.named_known,
            self.lacking,
            self.tools,
            few,
            few * self.cosine,
            few * self.wish_covered,
            few * self.name_covered,
            few * self.description_covered,
        ]
    }

    /// Compares a wish with a tool's words.
    pub(super) fn of_words(wish: &Wish, document: &Document) -> Self {
        let content = wish.content.iter().map(|(stem, weight)| (document.counts.contains_key(stem), *weight));
        let asked = |(stem, weight): &(String, f64)| (wish.stems.contains(stem), *weight);
        let known = |kind: &&[&str]| (kind.iter().any(|stem| document.counts.contains_key(*stem)), 1.0);
        let lacking = |form: &Form| (!wish.named.forms.contains(form), 1.0);
        let mut acts = document.name.iter().chain(&document.description).map(|(stem, _)| stem);
        Self {
            wish_covered: share(content),
            name_covered: share(document.name.iter().map(asked)),
            description_covered: share(document.description.iter().map(asked)),
            verb: f64::from(wish.verb.as_ref().is_some_and(|verb| acts.any(|act| act == verb))),
            named_known: share(wish.named.kinds.iter().map(known)),
            lacking: share(document.forms.iter().map(lacking)),
            ..Self::default()
        }
    }
}

/// The weight of what is there beside the weight of all; zero of nothing.
fn share(weights: impl Iterator<Item = (bool, f64)>) -> f64 {
    let (mut there, mut all) = (0.0, 0.0);
    for (is_there, weight) in weights {
        there += if is_there { weight } else { 0.0 };
        all += weight;
    }
    if all > 0.0 { there / all } else { 0.0 }
}
