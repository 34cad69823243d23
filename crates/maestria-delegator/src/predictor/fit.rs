//! Fitting a predictor: landmarks, the sums of every group of models, and the penalty.

use std::collections::BTreeMap;

use maestria_vocabulary::ModelId;

use super::{
    Fitted, Kernel, ScorePredictor, ScoredRequest,
    forest::{Forest, Sample},
    kernel::{Point, Scale},
    validation::choose,
};
use crate::{LearningError, Projection, cholesky::Symmetric, format::Format, learned::mixed};

/// Fewest requests that anything is learnt from.
const FEWEST: usize = 10;

/// Directions of embeddings that trees see.
const DIRECTIONS: usize = 40;

/// Requests with the scores of models that were all asked the same requests.
#[derive(Debug)]
pub(super) struct Group {
    /// Numbers of the requests.
    pub(super) rows: Vec<usize>,
    pub(super) models: Vec<ModelId>,
    /// A list of scores a model, as long as `rows`.
    pub(super) scores: Vec<Vec<f64>>,
}

impl ScorePredictor {
    /// Learns from scored requests, with at most so many landmarks: 1,000 take seconds for thousands of requests, and predicting compares
    /// a request with each.
    ///
    /// Requests of the same words are to stand there once, or cross-validation takes knowing them by heart for learning.
    ///
    /// # Errors
    /// [`LearningError::TooFew`] below ten requests or without a landmark.
    pub fn fit(requests: &[ScoredRequest], most_landmarks: usize) -> Result<Self, LearningError> {
        if requests.len() < FEWEST || most_landmarks == 0 {
            return Err(LearningError::TooFew { found: requests.len().min(most_landmarks), needed: FEWEST });
        }
        let scale = Scale::of(requests.iter().map(|request| &request.context));
        let points: Vec<Point> = requests.iter().map(|request| scale.point(&request.context)).collect();
        // Which requests are landmarks must not depend on their order alone.
        let mut order: Vec<usize> = (0..points.len()).collect();
        order.sort_by_key(|&place| mixed(place as u64));
        let landmarks: Vec<Point> =
            order.iter().take(most_landmarks).filter_map(|&place| points.get(place)).cloned().collect();

        let groups = groups(requests);
        let (kernel, penalty) = choose(&points, &landmarks, &groups);
        let rows = similarities(kernel, &points, &landmarks);
        let among = among(kernel, &landmarks);
        let mut models = Vec::new();
        for group in groups {
            let mut squares = Symmetric::zero(landmarks.len());
            group.rows.iter().filter_map(|&row| rows.get(row)).for_each(|row| squares.add_square(row));
            let means: Vec<f64> = group.scores.iter().map(|scores| mean(scores)).collect();
            let moments = group.scores.iter().zip(&means).map(|(scores, mean)| {
                moments(group.rows.iter().filter_map(|&row| rows.get(row)).zip(scores), *mean, landmarks.len())
            });
            let solved = solve(&squares, &among, penalty, moments);
            for ((model, mean), weights) in group.models.into_iter().zip(means).zip(solved) {
                models.push(Fitted { model, mean, weights });
            }
        }
        models.sort_by(|a, b| a.model.cmp(&b.model));

        let embeddings: Vec<&[f32]> = requests.iter().map(|request| request.context.embedding()).collect();
        let size = embeddings.iter().map(|embedding| embedding.len()).min().unwrap_or(0);
        let projection = Projection::fit(&embeddings, DIRECTIONS.min(size).min(embeddings.len() - 1))?;
        let sample = |(request, point): (&ScoredRequest, &Point)| {
            let residual = |fitted: &Fitted| {
                let known = request.scores.iter().find(|(model, _)| *model == fitted.model);
                known.map(|(_, score)| score.get() - fitted.mean)
            };
            let features = point.seen_by_trees(&projection, &request.context);
            Sample { features, residuals: models.iter().map(residual).collect() }
        };
        let forest = Forest::grow(&requests.iter().zip(&points).map(sample).collect::<Vec<_>>());
        Ok(Self { version: Format, kernel, scale, landmarks, projection, forest, models })
    }
}

/// Solves `(S + λK) w = v` for every `v`; zeros where there is no solution.
pub(super) fn solve(
    squares: &Symmetric,
    among: &Symmetric,
    penalty: f64,
    moments: impl Iterator<Item = Vec<f64>>,
) -> Vec<Vec<f64>> {
    let sum = squares.plus(penalty, among);
    // The least that keeps landmarks of nearly the same words apart.
    let factor = sum.factorise(1.0, 1e-6 * penalty);
    moments
        .map(|moments| factor.as_ref().map_or_else(|| vec![0.0; moments.len()], |factor| factor.solve(&moments)))
        .collect()
}

/// `Σ (score − mean) · row`.
pub(super) fn moments<'a>(rows: impl Iterator<Item = (&'a Vec<f64>, &'a f64)>, mean: f64, size: usize) -> Vec<f64> {
    rows.fold(vec![0.0; size], |mut sum, (row, score)| {
        sum.iter_mut().zip(row).for_each(|(sum, value)| *sum += (score - mean) * value);
        sum
    })
}

pub(super) fn mean(scores: &[f64]) -> f64 {
    scores.iter().sum::<f64>() / scores.len().max(1) as f64
}

pub(super) fn similarities(kernel: Kernel, points: &[Point], landmarks: &[Point]) -> Vec<Vec<f64>> {
    points.iter().map(|point| landmarks.iter().map(|landmark| kernel.of(point, landmark)).collect()).collect()
}

pub(super) fn among(kernel: Kernel, landmarks: &[Point]) -> Symmetric {
    Symmetric::of(
        landmarks
            .iter()
            .enumerate()
            .map(|(place, a)| landmarks.iter().take(place + 1).map(|b| kernel.of(a, b)).collect()),
    )
}

/// The models, those together that were scored on the same requests: they share the costly sums.
fn groups(requests: &[ScoredRequest]) -> Vec<Group> {
    let mut by_model: BTreeMap<&ModelId, (Vec<usize>, Vec<f64>)> = BTreeMap::new();
    for (place, request) in requests.iter().enumerate() {
        for (model, score) in &request.scores {
            let (rows, scores) = by_model.entry(model).or_default();
            rows.push(place);
            scores.push(score.get());
        }
    }
    let mut groups: BTreeMap<Vec<usize>, Group> = BTreeMap::new();
    for (model, (rows, scores)) in by_model {
        let empty = || Group { rows: rows.clone(), models: Vec::new(), scores: Vec::new() };
        let group = groups.entry(rows.clone()).or_insert_with(empty);
        group.models.push(model.clone());
        group.scores.push(scores);
    }
    groups.into_values().collect()
}
