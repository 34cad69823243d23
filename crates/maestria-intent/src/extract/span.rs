//! Which piece of a request is the value of a parameter, by a model trained on annotated requests.
//!
//! Every run of words, and every piece that a rule or the network of [`arguments`](crate::tag::arguments) proposes, is a candidate; "none" is
//! one too. A log-linear model over sparse features of candidate and parameter, and over the odds by that network, gives each a probability.

mod candidate;
mod feature;
mod fit;
mod likeness;
mod odds;
mod token;

use std::sync::LazyLock;

use maestria_vocabulary::Span;
use ndarray::{Array1, Axis};
use serde_json::json;

pub use self::fit::{AnnotatedRequest, Said, SpanFit};
pub(super) use self::{
    candidate::Pieces,
    likeness::{Likeness, meaning, nearest, rows},
    odds::Odds,
};
use self::{candidate::Proposal, feature::Keys};
use super::{
    parameter::{Kind, Parameter},
    passage::Passage,
    text,
    value::Reading,
};
use crate::{
    Result,
    weights::{Tensor, Weights, unusable, write},
};

/// Scores pieces of requests as values of parameters.
///
/// `P(c | parameter, request) = exp(w·φ(c)) / Σ exp(w·φ(c′))` over the candidates `c′`, "none" among them. The features `φ` are the words in and
/// around a piece, their shapes, and whether name or description of the parameter speak of them, each crossed with the words of the
/// parameter's name, and hashed.
#[derive(Debug, Clone, PartialEq)]
pub struct SpanModel {
    /// As many as a power of two, each to be multiplied with the scale.
    weights: Vec<i8>,
    scale: f32,
    /// Whether features are crossed with a parameter itself too, not only with the words of its name.
    own: bool,
}

/// The model inside this crate.
static EMBEDDED: LazyLock<Option<SpanModel>> =
    LazyLock::new(|| SpanModel::from_bytes(include_bytes!("../../model/spans.safetensors")).ok());

/// λ in the score of a piece `w·φ(c) + λ o(c)` where a model does not know the tool: `o` is the logarithm of the odds by the network that reads all words of a
/// clause at once, see [`Odds`]. λ, and the numbers below, were chosen on held-out requests and on the validation part of the workflows.
const WEIGHT_OF_ODDS: f32 = 1.5;

/// Least odds against there being no value: of a parameter that need not be said, and of one that is required.
const LEAST_ODDS: (f64, f64) = (0.4, 0.15);

/// The same with a model that knows the tool.
const LEAST_OWN_ODDS: f64 = 0.67;

/// Least probability of a piece that is proposed at all.
const LEAST: f64 = 0.02;

/// The score from which on a rule is believed where the model finds no text for a parameter that need not be said.
const SURE_OF_TEXT: f64 = 0.9;

/// The same of a rule for what "by" or "per" leads to, which the network has seldom seen: "revenue by region".
const SURE_OF_GROUP: f64 = 0.77;

/// What a rule's score adds to a probability.
const TRUST: f64 = 0.6;

/// The score of what only the network takes for a text, where the model finds none.
const SCORE_OF_MARKED: f64 = 0.4;

/// Least mean logarithm of the odds of its words for a piece that may be one of several values.
const LEAST_ODDS_OF_WORDS: f32 = -1.0;

/// The score from which on a rule is believed of a value with a form of its own.
const SURE: f64 = 0.86;

/// Share of the best probability from which on another piece is about as likely.
const ALIKE: f64 = 0.2;

/// A value with this score stands right behind the parameter's name: no model knows better.
const NAMED: f64 = 0.92;

/// Most pieces proposed for a parameter.
const MOST: usize = 6;

impl SpanModel {
    /// The model inside this crate, trained on requests to many tools; none if its file was damaged.
    pub(crate) fn embedded() -> Option<&'static Self> {
        EMBEDDED.as_ref()
    }

    /// Whether it was trained on requests to the tools at hand, and needs no rules for tools in general.
    pub(super) fn knows_tools(&self) -> bool {
        self.own
    }

    /// Reads a model file: safetensors with `weight` int8 `[buckets, 1]` and the metadata `scale` and `own`.
    ///
    /// # Errors
    /// [`crate::Error`] when the file is not what it should be.
    pub fn from_bytes(file: &[u8]) -> Result<Self> {
        let file = Weights::open(file)?;
        let (scale, own): (f32, bool) = (file.json("scale")?, file.json("own")?);
        let weights = file.bytes("weight")?;
        if !weights.len().is_power_of_two() {
            return Err(unusable("weight", format!("it has {} values, which is no power of two", weights.len())));
        }
        Ok(Self { weights: weights.iter().copied().collect(), scale, own })
    }

    /// The model as a file that [`from_bytes`](Self::from_bytes) reads, with eight bits per weight.
    ///
    /// # Errors
    /// [`crate::Error::Weights`] when the file cannot be written, which no model of this crate causes.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let weights = Array1::from(self.weights.clone()).insert_axis(Axis(1));
        let metadata = [("scale".to_owned(), self.scale.to_string()), ("own".to_owned(), self.own.to_string())];
        write(&[("weight", Tensor::bytes(&weights))], metadata.into())
    }

    /// The readings of a parameter with a form of its own, such as a number or a date, with their scores halfway to their
    /// probabilities. One that is required takes what has its form, and so does one of which a rule is sure; of the others, what is less
    /// likely than that nothing is said falls away.
    pub(super) fn judged(
        &self,
        parameter: &Parameter<'_>,
        passage: &Passage<'_>,
        readings: Vec<Reading>,
    ) -> Vec<Reading> {
        let is_sure = readings.iter().any(|reading| reading.score >= SURE);
        if readings.is_empty() || is_sure && self.own {
            return readings;
        }
        let proposals = passage.pieces().of_readings(passage, &readings);
        let keys = Keys::of(parameter, passage, self.own);
        let probabilities = self.probabilities(&proposals, &keys);
        let none = probabilities.first().copied().unwrap_or_default();
        let judged = readings.into_iter().filter_map(|reading| {
            let Some(place) = proposals.iter().position(|proposal| proposal.candidate.span == reading.span) else {
                // Behind the words that the model looks at.
                return (is_sure || parameter.required).then_some(reading);
            };
            let score = probabilities.get(place + 1).copied()?;
            let is_said = is_sure || parameter.required || score > none;
            is_said.then_some(Reading { score: f64::midpoint(score, reading.score), ..reading })
        });
        let mut judged: Vec<Reading> = judged.collect();
        if matches!(parameter.kind(), Kind::Number { .. } | Kind::Moment) {
            raise_the_first(&mut judged, passage);
        }
        judged
    }

    /// The likeliest pieces for a text parameter, each with its probability.
    pub(super) fn readings(&self, parameter: &Parameter<'_>, passage: &Passage<'_>) -> Vec<Reading> {
        let rules = text::readings(parameter, passage);
        let keys = Keys::of(parameter, passage, self.own);
        let likeliest = keys.likeliest().map(|span| Reading { value: json!(passage.said(span)), span, score: 0.0 });
        let proposed: Vec<Reading> = rules.iter().cloned().chain(likeliest).collect();
        let proposals = passage.pieces().proposals(passage, &proposed);
        let probabilities = self.probabilities(&proposals, &keys);
        let none = probabilities.first().copied().unwrap_or_default();
        let mut likely: Vec<(Span, f64)> = proposals
            .iter()
            .zip(probabilities.into_iter().skip(1))
            .filter(|(proposal, _)| !keys.is_beside_the_point(proposal))
            .map(|(proposal, probability)| {
                let span = proposal.candidate.span;
                let clear = if self.own { span } else { passage.clear_of_moments(span) };
                (clear, probability + TRUST * f64::from(proposal.rule) / 10.0)
            })
            .filter(|(_, probability)| *probability > LEAST.max(none * self.least_odds(parameter)))
            .collect();
        likely.sort_by(|(_, a), (_, b)| b.total_cmp(a));
        first_of_several(&mut likely, passage);
        let reading = |(span, score): (Span, f64)| {
            let span = without_name(parameter, passage, span);
            Reading { value: json!(passage.said(span)), span, score }
        };
        let is_group = |rule: &Reading| {
            let before = passage.text.get(..rule.span.start).unwrap_or_default();
            before.split_whitespace().next_back().is_some_and(|word| matches!(word, "by" | "per"))
        };
        let is_sure =
            |rule: &Reading| rule.score >= if !self.own && !is_group(rule) { SURE_OF_TEXT } else { SURE_OF_GROUP };
        let ruled = rules.iter().filter(|rule| likely.is_empty() && (parameter.required || is_sure(rule))).cloned();
        let says = |span: &Span| {
            let mut proposed = proposals.iter().filter(|proposal| proposal.candidate.span == *span);
            likely.is_empty() && proposed.any(|proposal| !keys.is_beside_the_point(proposal))
        };
        let network = keys.likeliest().filter(says).map(|span| reading((span, SCORE_OF_MARKED)));
        let likely = likely.iter().copied().take(MOST).map(reading);
        likely.chain(ruled).chain(network).collect()
    }

    /// Every piece that could be the value of a parameter, or each of these readings of it, with how likely that is rather than that
    /// nothing is said, whatever else could be.
    pub(super) fn every(
        &self,
        parameter: &Parameter<'_>,
        passage: &Passage<'_>,
        readings: Option<Vec<Reading>>,
    ) -> Vec<Reading> {
        let keys = Keys::of(parameter, passage, self.own);
        let is_text = readings.is_none();
        let readings = readings.unwrap_or_else(|| text::readings(parameter, passage));
        let proposals = if is_text {
            passage.pieces().proposals(passage, &readings)
        } else {
            passage.pieces().of_readings(passage, &readings)
        };
        let probabilities = self.probabilities(&proposals, &keys);
        let none = probabilities.first().copied().unwrap_or_default();
        let rather = |probability: f64| probability / (probability + none).max(f64::MIN_POSITIVE);
        let likely = |proposal: &Proposal<'_>| {
            let words = proposal.candidate.behind - proposal.candidate.first;
            keys.odds(proposal) >= LEAST_ODDS_OF_WORDS * words as f32
        };
        let scored = proposals.iter().zip(probabilities.into_iter().skip(1)).filter(|(proposal, _)| likely(proposal));
        if is_text {
            let fit = scored.filter(|(proposal, _)| !keys.is_beside_the_point(proposal) && !keys.has_several(proposal));
            fit.map(|(proposal, probability)| {
                let span = proposal.candidate.span;
                Reading { value: json!(passage.said(span)), span, score: rather(probability) }
            })
            .filter(|reading| reading.score > LEAST)
            .collect()
        } else {
            let scores: Vec<(Span, f64)> =
                scored.map(|(proposal, probability)| (proposal.candidate.span, rather(probability))).collect();
            let known = |span: Span| scores.iter().find(|(other, _)| *other == span).map(|(_, score)| *score);
            readings
                .into_iter()
                .filter_map(|reading| match known(reading.span) {
                    _ if reading.score >= NAMED => Some(reading),
                    Some(known) => Some(Reading { score: f64::midpoint(known, reading.score), ..reading }),
                    None => None,
                })
                .collect()
        }
    }

    /// The probability of "none", then those of the proposals.
    fn probabilities(&self, proposals: &[Proposal<'_>], keys: &Keys<'_>) -> Vec<f64> {
        let none = self.score(keys.keys(), &keys.none(proposals));
        let scores = proposals.iter().map(|proposal| {
            let (piece, both) = keys.features(proposal);
            self.score(keys.keys(), piece) + self.score(keys.keys(), &both) + WEIGHT_OF_ODDS * keys.odds(proposal)
        });
        softmax(&std::iter::once(none).chain(scores).collect::<Vec<_>>())
    }

    /// Least odds against there being no value. A model that knows the tool is held to the odds at which F1 is best, about half of that F1
    /// as a probability (Lipton et al. 2014, "Optimal Thresholding of Classifiers to Maximize F1 Measure").
    fn least_odds(&self, parameter: &Parameter<'_>) -> f64 {
        if self.own {
            return LEAST_OWN_ODDS;
        }
        if parameter.required { LEAST_ODDS.1 } else { LEAST_ODDS.0 }
    }

    /// The weights of all features crossed with all keys, added up.
    fn score(&self, keys: &[u32], features: &[u32]) -> f32 {
        let mask = self.weights.len().wrapping_sub(1);
        let crossed = keys.iter().flat_map(|key| features.iter().map(move |feature| (key ^ feature) as usize & mask));
        let sum: i32 = crossed.filter_map(|place| self.weights.get(place)).map(|&weight| i32::from(weight)).sum();
        sum as f32 * self.scale
    }
}

/// The words that the network of arguments finds likelier to be said for a parameter than not, if it finds any.
pub(super) fn marked(parameter: &Parameter<'_>, passage: &Passage<'_>) -> Option<Span> {
    passage.model.filter(|model| !model.own)?;
    let (first, behind) = parameter.tool.odds().likeliest(parameter.tool.place(parameter.name)?)?;
    let tokens = passage.pieces().tokens.get(first..behind)?;
    Some(Span { start: tokens.first()?.start, end: tokens.last()?.end })
}

/// Mean logarithm of the odds that the words of a span say a parameter, by the network of arguments; none where it does not decide.
pub(super) fn odds_at(parameter: &Parameter<'_>, passage: &Passage<'_>, span: Span) -> Option<f32> {
    let (first, behind) = words_at(passage, span)?;
    let words = behind - first;
    let place = parameter.tool.place(parameter.name)?;
    Some(parameter.tool.odds().run(first, behind, place) / words as f32)
}

/// Whether the network of arguments begins another value inside a span.
pub(super) fn has_several(parameter: &Parameter<'_>, passage: &Passage<'_>, span: Span) -> bool {
    let words = words_at(passage, span);
    words.is_some_and(|(first, behind)| parameter.tool.odds().has_several(first, behind))
}

/// The words of a span, the first and the one behind it, where a network reads them and there are some.
fn words_at(passage: &Passage<'_>, span: Span) -> Option<(usize, usize)> {
    passage.model.filter(|model| !model.own)?;
    let tokens = &passage.pieces().tokens;
    let first = tokens.partition_point(|token| token.end <= span.start);
    let behind = tokens.partition_point(|token| token.start < span.end);
    (first < behind).then_some((first, behind))
}

/// A span without the parameter's own name before a name: "room Everest" for `room`.
fn without_name(parameter: &Parameter<'_>, passage: &Passage<'_>, span: Span) -> Span {
    let said = passage.at(span);
    let named = said.split_once(' ').filter(|(first, rest)| {
        first.starts_with(char::is_lowercase)
            && parameter.is_named(first)
            && rest.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit())
    });
    named.map_or(span, |(_, rest)| Span { start: span.end - rest.len(), ..span })
}

/// Gives the first of several numbers or moments that are joined, "5, 10 and 15", the score of the best of them; "order 4711 100 euros" and
/// "8, 60 kg" are no such lists.
fn raise_the_first(readings: &mut [Reading], passage: &Passage<'_>) {
    let joined = |left: &Reading, right: &Reading| {
        let gap = passage.text.get(left.span.end..right.span.start).unwrap_or_default();
        let plain = |word: &str| word.is_empty() || matches!(word, "and" | "or" | "&");
        let is_listed = gap.contains(char::is_whitespace) && !gap.trim().is_empty() && gap.split([' ', ',']).all(plain);
        is_listed && passage.measure(left.span) == passage.measure(right.span)
    };
    readings.sort_by_key(|reading| reading.span.start);
    let scores: Vec<f64> = (0..readings.len())
        .map(|first| {
            let rest = readings.get(first..).unwrap_or_default();
            let run = 1 + rest.windows(2).take_while(|pair| matches!(pair, [a, b] if joined(a, b))).count();
            rest.iter().take(run).map(|reading| reading.score).fold(0.0, f64::max)
        })
        .collect();
    readings.iter_mut().zip(scores).for_each(|(reading, score)| reading.score = score);
}

/// Probabilities of scores.
fn softmax(scores: &[f32]) -> Vec<f64> {
    let largest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let exp: Vec<f64> = scores.iter().map(|score| f64::from(score - largest).exp()).collect();
    let sum: f64 = exp.iter().sum();
    exp.into_iter().map(|value| value / sum).collect()
}

/// Puts the first of several before the others: of "Paris and Rome", which are about as likely, it stands for both.
fn first_of_several(likely: &mut [(Span, f64)], passage: &Passage<'_>) {
    let Some(&(best, probability)) = likely.first() else { return };
    let joined = |span: Span| {
        let gap = passage.text.get(span.end..best.start).unwrap_or_default();
        let joint = |word: &str| matches!(word, "and" | "or" | "&");
        !gap.is_empty()
            && gap.contains(|c: char| c.is_whitespace())
            && gap.split([' ', ',']).all(|word| word.is_empty() || joint(word))
    };
    let earlier = likely
        .iter()
        .rposition(|&(span, other)| span.end <= best.start && other >= ALIKE * probability && joined(span));
    if let Some(place) = earlier {
        likely.swap(0, place);
    }
}
