//! Fitting a classifier to labelled examples: a head on frozen embeddings, and its calibration on examples held out.

mod descent;
mod hold_out;
mod logistic;
mod sparse;

use std::{collections::BTreeMap, sync::Arc};

use maestria_vocabulary::{Embedder, Embedding, Label};

use crate::{
    Classifier, Error, Result,
    classifier::{
        UNKNOWN,
        encoded::{embedded, spelt},
    },
    head::Head,
    ngrams::NgramRows,
};

use self::{descent::Descent, hold_out::calibrate, logistic::Problem};

/// How a classifier is fitted. Numbers that are negative or not finite count as zero; the defaults were chosen on held-out parts of training
/// data.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FitOptions {
    /// Strength `λ` of the penalty `λ/2 · ‖W − p·C‖²` on the distance of the weights from the prior. Default 0.1.
    pub penalty: f64,
    /// Factor `p` of the prior: the head starts from the directions of the labels' centroids `C`. Default 10.
    pub prior: f64,
    /// Scale `s` of the n-grams' features beside the embedding: `s · g` with `g` of about length √2. Words, pairs of words and runs of letters
    /// tell apart what embeddings take for the same, once there are ten examples per label or more on average; below that they are left
    /// out. Zero leaves them out altogether. Default 0.5.
    pub ngrams: f32,
    /// How the weights are found. Default [`Solver::Lbfgs`].
    pub solver: Solver,
    /// Most iterations of the solver. Default 200.
    pub iterations: u64,
    /// Share of held-out examples of known labels that must stay known: the threshold of the energy is their quantile at one minus
    /// this. Default 0.95.
    pub keep: f64,
    /// Whether words that one slip of the fingers has made of an English word are put right before a text is read. A text with few English
    /// words stays as it is. Off where words of your own may be one letter away from English ones. Default true.
    pub spelling: bool,
}

/// How the weights of a head are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Solver {
    /// L-BFGS over all examples at once, to the minimum.
    Lbfgs,
    /// Stochastic gradient descent, one example after the other, from the prior and without the penalty; an iteration is a pass over the
    /// examples. N-grams count the more the rarer they are, and go into up to 65,536 buckets. For 8,000 examples of BANKING77 it takes
    /// a fifth of the time of 60 iterations of L-BFGS.
    Descent,
}

impl Default for FitOptions {
    fn default() -> Self {
        Self {
            penalty: 0.1,
            prior: 10.0,
            ngrams: 0.5,
            solver: Solver::Lbfgs,
            iterations: 200,
            keep: 0.95,
            spelling: true,
        }
    }
}

impl FitOptions {
    /// The same, with zero for what is negative or not finite.
    fn sound(self) -> Self {
        let sound = |value: f64| if value.is_finite() { value.max(0.0) } else { 0.0 };
        Self {
            penalty: sound(self.penalty),
            prior: sound(self.prior),
            ngrams: sound(f64::from(self.ngrams)) as f32,
            keep: sound(self.keep),
            ..self
        }
    }

    /// For thousands of examples of hundreds of labels: 20 passes of [`Solver::Descent`] with n-grams at 2, and otherwise as by default.
    /// Chosen on a fifth of BANKING77's training part and on HWU64's validation part, with the first fold of MetaTool in sight.
    #[must_use]
    pub fn quick() -> Self {
        Self { solver: Solver::Descent, iterations: 20, ngrams: 2.0, ..Self::default() }
    }

    /// Into how many buckets the n-grams of these examples go, or fewer for many labels, so that their weights stay few.
    fn buckets(&self, examples: &Examples<'_>) -> usize {
        const PER_LABEL: usize = 10;
        let (most, weights) = match self.solver {
            Solver::Lbfgs => (8_192, 1 << 21),
            Solver::Descent => (65_536, 1 << 24),
        };
        let labels = examples.labels.len().max(1);
        if self.ngrams <= 0.0 || examples.len() < PER_LABEL * labels {
            return 0;
        }
        most.min(weights / labels)
    }
}

/// Examples, embedded, with their labels as places in a list of labels.
#[derive(Debug, Clone)]
struct Examples<'a> {
    texts: Vec<&'a str>,
    embeddings: Vec<Embedding>,
    places: Vec<usize>,
    labels: Vec<Label>,
}

impl Classifier {
    /// Fits a classifier to labelled texts: multinomial logistic regression on the embeddings, with the labels' centroids as its prior, so
    /// that a handful of examples per label does about as well as can be and thousands are used fully.
    ///
    /// Examples of the label `unknown` are texts that belong to none of the others. Temperature, threshold and conformal scores come from
    /// predictions for examples that the head had not seen (five folds, or one fold of a fifth beyond 2,000 examples); a label with a
    /// single example takes no part in that.
    ///
    /// # Errors
    /// [`Error::TooFewLabels`] for fewer than two labels, [`Error::Embed`] when the engine below the embedder fails,
    /// [`Error::Embeddings`] when it breaks its contract, and [`Error::Fit`] when the solver fails.
    pub fn fit<'a>(
        embedder: Arc<dyn Embedder>,
        examples: impl IntoIterator<Item = (&'a str, Label)>,
        options: FitOptions,
    ) -> Result<Self> {
        let (texts, labels): (Vec<&str>, Vec<Label>) = examples.into_iter().unzip();
        let texts: Vec<_> = texts.into_iter().map(|text| spelt(text, options.spelling)).collect();
        let texts: Vec<&str> = texts.iter().map(AsRef::as_ref).collect();
        let embeddings = embedded(&*embedder, &texts)?;
        let examples = Examples::new(texts, embeddings, labels);
        if examples.labels.len() < 2 {
            return Err(Error::TooFewLabels { labels: examples.labels.len() });
        }
        let options = options.sound();
        let form = Form { dimension: embedder.dimension(), buckets: options.buckets(&examples) };
        let head = fit_head(&examples, form, options)?;
        let calibration = calibrate(&examples, form, options)?;
        Ok(Self::from_parts(embedder, head, calibration, options.spelling))
    }
}

/// What a head takes in: values of an embedding, and buckets of n-grams. The same for all heads of one fit, so that those which calibrate
/// are like the one that is calibrated.
#[derive(Debug, Clone, Copy)]
struct Form {
    dimension: usize,
    buckets: usize,
}

/// Fits a head to all examples.
fn fit_head(examples: &Examples<'_>, form: Form, options: FitOptions) -> Result<Head> {
    let mut weights = match options.solver {
        Solver::Lbfgs => Problem::new(examples, form, options).solve(options.iterations)?,
        Solver::Descent => Descent::new(examples, form, options).solve(options.iterations),
    };
    if let Some(unknown) = examples.labels.iter().position(|label| label.as_str() == UNKNOWN) {
        // Changes no probability, and makes the energy the negative logarithm of that of `unknown`.
        weights.subtract_label(unknown);
    }
    let ngrams = NgramRows::quantise(&(weights.ngrams * options.ngrams));
    Ok(Head::linear(examples.labels.clone(), weights.weight, weights.bias).with_ngrams(ngrams))
}

impl<'a> Examples<'a> {
    fn new(texts: Vec<&'a str>, embeddings: Vec<Embedding>, labels: Vec<Label>) -> Self {
        let mut places: BTreeMap<Label, usize> = labels.iter().map(|label| (label.clone(), 0)).collect();
        places.values_mut().enumerate().for_each(|(i, place)| *place = i);
        let of = |label: &Label| places.get(label).copied().unwrap_or_default();
        Self { texts, embeddings, places: labels.iter().map(of).collect(), labels: places.keys().cloned().collect() }
    }

    /// The examples at these places, with the same list of labels.
    fn subset(&self, rows: &[usize]) -> Self {
        Self {
            texts: rows.iter().filter_map(|&row| self.texts.get(row).copied()).collect(),
            embeddings: rows.iter().filter_map(|&row| self.embeddings.get(row).cloned()).collect(),
            places: rows.iter().filter_map(|&row| self.places.get(row).copied()).collect(),
            labels: self.labels.clone(),
        }
    }

    fn len(&self) -> usize {
        self.places.len()
    }
}
