//! Training a span model on annotated requests.

use jiff::Zoned;
use maestria_vocabulary::{Span, ToolSpec};
use ndarray::Array1;
use serde_json::Value;

use super::{
    super::{
        parameter::{Kind, Parameter},
        passage::Passage,
        text,
        tool_words::ToolWords,
        value::{Reading, proposed},
    },
    SpanModel,
    candidate::Proposal,
    feature::{Feature, Keys, hash},
    softmax,
};

/// What a request says for a parameter.
#[derive(Debug, Clone, PartialEq)]
pub enum Said {
    /// The piece of the request that says it.
    At(Span),
    /// Its value, wherever the request says it.
    Value(Value),
}

/// A request to a tool, with what it says for the tool's parameters. What is not among that is said nowhere in the piece `within`.
#[derive(Debug, Clone)]
pub struct AnnotatedRequest<'a> {
    /// The tool.
    pub tool: &'a ToolSpec,
    /// The request.
    pub text: &'a str,
    /// The piece of the request that is about this tool.
    pub within: Span,
    /// Names of parameters, and what is said for them.
    pub values: Vec<(&'a str, Said)>,
    /// The moment of the request, to tell dates.
    pub now: Option<&'a Zoned>,
}

/// How a span model is trained. Defaults were chosen on held-out parts of training data.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SpanFit {
    /// Passes over the requests. Default 8.
    pub epochs: u32,
    /// Step of AdaGrad (Duchi et al. 2011). Default 0.1.
    pub rate: f32,
    /// Share of the features that a step leaves out. Default 0.2.
    pub dropout: f32,
    /// Binary logarithm of the number of weights. Default 18.
    pub bits: u32,
    /// Whether a parameter learns for itself too, beyond the words of its name: true for a model of fixed tools, false for one that shall
    /// serve tools it has not seen. Default true.
    pub own: bool,
}

impl Default for SpanFit {
    fn default() -> Self {
        Self { epochs: 8, rate: 0.1, dropout: 0.2, bits: 18, own: true }
    }
}

impl SpanModel {
    /// Trains on requests, from zero. Values that are no run of words are left out.
    #[must_use]
    pub fn fit(requests: &[AnnotatedRequest<'_>], options: SpanFit) -> Self {
        let mut fitting = Fitting::zero(1 << options.bits.clamp(8, 24), options);
        for epoch in 0..options.epochs {
            for place in order(requests.len(), epoch) {
                if let Some(request) = requests.get(place) {
                    let drop = Dropout { share: options.dropout, seed: hash(Feature::None, epoch, place as u32) };
                    fitting.learn(request, drop);
                }
            }
        }
        fitting.model()
    }
}

/// Weights while they are learnt, with the sums of their squared slopes (AdaGrad, Duchi et al. 2011).
struct Fitting {
    weights: Array1<f32>,
    squares: Array1<f32>,
    options: SpanFit,
}

impl Fitting {
    fn zero(size: usize, options: SpanFit) -> Self {
        Self { weights: Array1::zeros(size), squares: Array1::zeros(size), options }
    }

    /// The model, with eight bits per weight.
    fn model(&self) -> SpanModel {
        let largest = self.weights.iter().fold(f32::EPSILON, |largest, weight| largest.max(weight.abs()));
        let scale = largest / 127.0;
        let weights = self.weights.iter().map(|weight| (weight / scale).round() as i8).collect();
        SpanModel { weights, scale, own: self.options.own }
    }

    /// One step for every text parameter of a request.
    fn learn(&mut self, request: &AnnotatedRequest<'_>, drop: Dropout) {
        let passage = Passage::new(request.text, request.within, request.now);
        let tool = ToolWords::new(request.tool, &passage);
        for parameter in Parameter::all(&request.tool.input, &tool) {
            // Of a list of texts, the first is learnt.
            let parameter = match parameter.element() {
                Some(element) if parameter.kind() == Kind::List => element,
                _ => parameter,
            };
            let (readings, proposals) = match parameter.kind() {
                Kind::Text => (Vec::new(), passage.pieces().proposals(&passage, &text::readings(&parameter, &passage))),
                kind if kind.is_judged() => {
                    let readings = proposed(&parameter, &passage);
                    let pieces = passage.pieces().of_readings(&passage, &readings);
                    (readings, pieces)
                }
                _ => continue,
            };
            let keys = Keys::of(&parameter, &passage, self.options.own);
            let Some(right) = right(&proposals, &readings, request, parameter.name) else { continue };
            let none = drop.kept(&keys, keys.none(&proposals).into_iter());
            let pieces = proposals.iter().map(|proposal| {
                let (piece, both) = keys.features(proposal);
                drop.kept(&keys, piece.iter().copied().chain(both))
            });
            let features: Vec<Vec<u32>> = std::iter::once(none).chain(pieces).collect();
            let scores: Vec<f32> = features.iter().map(|features| self.score(features)).collect();
            for (place, (probability, features)) in softmax(&scores).into_iter().zip(&features).enumerate() {
                let slope = probability as f32 - if place == right { 1.0 } else { 0.0 };
                if slope.abs() > LEAST_SLOPE {
                    self.step(features, slope);
                }
            }
        }
    }

    fn score(&self, features: &[u32]) -> f32 {
        let mask = self.weights.len().wrapping_sub(1);
        features.iter().filter_map(|&feature| self.weights.get(feature as usize & mask)).sum()
    }

    fn step(&mut self, features: &[u32], slope: f32) {
        let mask = self.weights.len().wrapping_sub(1);
        for &feature in features {
            let place = feature as usize & mask;
            if let (Some(weight), Some(square)) = (self.weights.get_mut(place), self.squares.get_mut(place)) {
                *square += slope * slope;
                *weight -= self.options.rate * slope / (square.sqrt() + 1e-6);
            }
        }
    }
}

/// Features that one request is learnt without, so that none is relied upon alone (Srivastava et al. 2014, "Dropout").
#[derive(Debug, Clone, Copy)]
struct Dropout {
    share: f32,
    seed: u32,
}

impl Dropout {
    /// Those of the features, crossed with the keys, that are not left out.
    fn kept(self, keys: &Keys<'_>, features: impl Iterator<Item = u32>) -> Vec<u32> {
        let least = (self.share.clamp(0.0, 0.9) * u32::MAX as f32) as u32;
        let crossed = features.flat_map(|feature| keys.keys().iter().map(move |key| key ^ feature));
        crossed.filter(|&feature| hash(Feature::None, feature, self.seed) >= least).collect()
    }
}

/// A slope below which a candidate is left alone.
const LEAST_SLOPE: f32 = 1e-3;

/// The place of the right candidate behind "none": zero where the request does not say the parameter, nothing where no candidate is right.
fn right(
    proposals: &[Proposal<'_>],
    readings: &[Reading],
    request: &AnnotatedRequest<'_>,
    parameter: &str,
) -> Option<usize> {
    let Some((_, said)) = request.values.iter().find(|(name, _)| *name == parameter) else { return Some(0) };
    let is_right = |proposal: &Proposal<'_>| match said {
        Said::At(span) => proposal.candidate.span == *span,
        Said::Value(Value::String(text)) if readings.is_empty() => proposal.candidate.text == text.to_lowercase(),
        Said::Value(value) => {
            readings.iter().any(|reading| reading.span == proposal.candidate.span && is_same(&reading.value, value))
        }
    };
    proposals.iter().position(is_right).map(|place| place + 1)
}

/// Whether two values are the same, whatever the form of a number or the case of a text.
fn is_same(a: &Value, b: &Value) -> bool {
    match (a.as_f64(), b.as_f64(), a.as_str(), b.as_str()) {
        (Some(a), Some(b), ..) => (a - b).abs() <= f64::EPSILON * a.abs().max(b.abs()),
        (_, _, Some(a), Some(b)) => a.eq_ignore_ascii_case(b),
        _ => a == b,
    }
}

/// Every place once, in an order that differs from epoch to epoch: steps of a size that has no divisor in common with the count.
fn order(count: usize, epoch: u32) -> impl Iterator<Item = usize> {
    const STRIDES: [usize; 4] = [1_000_003, 999_983, 1_299_709, 7_368_787];
    let stride =
        STRIDES.iter().cycle().skip(epoch as usize).take(4).find(|stride| count == 0 || *stride % count.max(1) != 0);
    let stride = stride.copied().unwrap_or(1);
    (0..count).map(move |step| (step.wrapping_mul(stride) + epoch as usize) % count.max(1))
}
