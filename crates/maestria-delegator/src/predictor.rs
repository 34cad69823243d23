//! Scores of models predicted from what a request says, learnt from requests that models were scored on.

mod fit;
mod forest;
mod kernel;
mod style;
mod validation;

use maestria_vocabulary::{ModelId, Probability};
use serde::{Deserialize, Serialize};

use self::{
    forest::Forest,
    kernel::{Kernel, Point, Scale},
};
use crate::{Context, LearningError, Projection, cholesky::dot, format::Format};

pub use style::request_features;

/// Weight of the forest beside the kernel.
const TREES: f64 = 2.0 / 3.0;

/// A request, and what some models were scored on it.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoredRequest {
    /// The request: its embedding, and [`request_features`] or others.
    pub context: Context,
    /// Models and their scores; those never asked are left out.
    pub scores: Vec<(ModelId, Probability)>,
}

/// Predicts from a request's embedding and features how well each model will do.
///
/// A weighted mean of two estimates of what a model has beyond its mean score. One is a kernel ridge regression on at most so many landmarks among
/// the requests learnt from (Nyström; Williams & Seeger, 2001): its kernel sees what a request means and how it is written, and which kernel
/// and how strong a penalty is chosen by cross-validation among the requests learnt from. The other is a forest of extremely randomised trees
/// (Geurts et al., 2006) on the features and the directions in which the embeddings vary most. It is a [warm start](crate::LearnedPolicy::with_predictor) for a learned policy, or serves
/// by itself.
///
/// ```
/// use maestria_delegator::{Context, ScorePredictor, ScoredRequest, request_features};
/// use maestria_vocabulary::Probability;
///
/// let request = |text: &str| Context::new(Vec::new(), request_features(text));
/// let (coder, poet) = ("coder".parse()?, "poet".parse()?);
/// let mut log = Vec::new();
/// for n in 0..20 {
///     let (code, verse) = (format!("def add{n}(x): return x + {n}"), format!("Write a poem about the number {n}"));
///     for (text, good, bad) in [(code, &coder, &poet), (verse, &poet, &coder)] {
///         let scores = vec![(Clone::clone(good), Probability::ONE), (Clone::clone(bad), Probability::ZERO)];
///         log.push(ScoredRequest { context: request(&text)?, scores });
///     }
/// }
/// let predictor = ScorePredictor::fit(&log, 100)?;
/// let score = |model, text| Ok::<_, maestria_delegator::LearningError>(predictor.predict(model, &request(text)?).unwrap());
/// assert!(score(&coder, "def mul(a, b): return a * b")? > score(&poet, "def mul(a, b): return a * b")?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored")]
pub struct ScorePredictor {
    version: Format<1>,
    kernel: Kernel,
    scale: Scale,
    landmarks: Vec<Point>,
    projection: Projection,
    forest: Forest,
    models: Vec<Fitted>,
}

/// What was learnt of one model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Fitted {
    model: ModelId,
    mean: f64,
    weights: Vec<f64>,
}

impl ScorePredictor {
    /// The models that it knows.
    pub fn models(&self) -> impl Iterator<Item = &ModelId> {
        self.models.iter().map(|fitted| &fitted.model)
    }

    /// The score expected of one model; nothing for a model it does not know.
    #[must_use]
    pub fn predict(&self, model: &ModelId, context: &Context) -> Option<Probability> {
        self.predict_all(context).into_iter().find(|(known, _)| *known == model).map(|(_, score)| score)
    }

    /// The scores expected of all models it knows, in the order of their ids.
    ///
    /// An embedding of another length than those learnt from is taken for none.
    #[must_use]
    pub fn predict_all(&self, context: &Context) -> Vec<(&ModelId, Probability)> {
        let point = self.scale.point(context);
        let similarities: Vec<f64> = self.landmarks.iter().map(|landmark| self.kernel.of(&point, landmark)).collect();
        let of_trees = self.forest.expect(&point.seen_by_trees(&self.projection, context));
        let of_trees = of_trees.into_iter().chain(std::iter::repeat(0.0));
        let score = |(fitted, of_trees): (&Fitted, f64)| {
            let of_kernel = dot(&fitted.weights, &similarities);
            Probability::saturating(fitted.mean + (1.0 - TREES) * of_kernel + TREES * of_trees)
        };
        self.models.iter().zip(of_trees).map(|one| (&one.0.model, score(one))).collect()
    }
}

/// A predictor as it is stored, before it is checked.
#[derive(Deserialize)]
struct Stored {
    version: Format<1>,
    kernel: Kernel,
    scale: Scale,
    landmarks: Vec<Point>,
    projection: Projection,
    forest: Forest,
    models: Vec<Fitted>,
}

impl TryFrom<Stored> for ScorePredictor {
    type Error = LearningError;

    fn try_from(stored: Stored) -> Result<Self, LearningError> {
        let Stored { version, kernel, scale, landmarks, projection, forest, models } = stored;
        for fitted in &models {
            let (found, expected) = (fitted.weights.len(), landmarks.len());
            if found != expected {
                return Err(LearningError::WrongLength { what: "the weights of a model", found, expected });
            }
        }
        Ok(Self { version, kernel, scale, landmarks, projection, forest, models })
    }
}
