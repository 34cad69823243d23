//! Scores of models predicted from requests that some models were scored on.
#![expect(clippy::unwrap_used, reason = "a test panics when it fails")]

use maestria_delegator::{Context, LearningError, ScorePredictor, ScoredRequest, request_features};
use maestria_vocabulary::Probability;

fn context(text: &str) -> Context {
    Context::new(vec![0.6, 0.8], request_features(text)).unwrap()
}

/// Code is what "coder" is good at, verse what "poet" is; each was asked only some requests.
fn log(requests: usize) -> Vec<ScoredRequest> {
    let request = |n: usize| {
        let is_code = n.is_multiple_of(2);
        let text = if is_code {
            format!("def add{n}(x):\n    return x + {n}")
        } else {
            format!("Write a poem about {n} swans")
        };
        let (coder, poet) =
            if is_code { (Probability::ONE, Probability::ZERO) } else { (Probability::ZERO, Probability::ONE) };
        let scores = [("coder", coder, 3), ("poet", poet, 5)];
        let asked = scores.into_iter().filter(|(.., every)| !n.is_multiple_of(*every));
        ScoredRequest {
            context: context(&text),
            scores: asked.map(|(model, score, _)| (model.parse().unwrap(), score)).collect(),
        }
    };
    (0..requests).map(request).collect()
}

#[test]
fn a_predictor_tells_what_each_model_is_good_at() {
    let predictor = ScorePredictor::fit(&log(120), 50).unwrap();
    let check = |text: &str, better: &str, worse: &str| {
        let score = |model: &str| predictor.predict(&model.parse().unwrap(), &context(text)).unwrap().get();
        assert!(score(better) > 0.7 && score(worse) < 0.3, "{} {}", score(better), score(worse));
    };
    check("def mul(a, b):\n    return a * b", "coder", "poet");
    check("Write a poem about the sea", "poet", "coder");
    assert_eq!(predictor.predict(&"stranger".parse().unwrap(), &context("hello")), None);
    assert_eq!(predictor.models().map(ToString::to_string).collect::<Vec<_>>(), ["coder", "poet"]);
}

#[test]
fn a_stored_predictor_predicts_as_before_and_a_newer_version_is_refused() {
    let predictor = ScorePredictor::fit(&log(40), 10).unwrap();
    let stored = serde_json::to_string(&predictor).unwrap();
    assert_eq!(serde_json::from_str::<ScorePredictor>(&stored).unwrap(), predictor);
    let newer = stored.replacen("\"version\":1", "\"version\":9", 1);
    assert!(serde_json::from_str::<ScorePredictor>(&newer).unwrap_err().to_string().contains("version 9 is not known"));
}

#[test]
fn any_context_gets_a_score() {
    let predictor = ScorePredictor::fit(&log(40), 10).unwrap();
    for context in [Context::default(), Context::new(vec![1.0; 9], vec![1e300]).unwrap(), context(&"x".repeat(10_000))]
    {
        assert!(predictor.predict_all(&context).iter().all(|(_, score)| (0.0..=1.0).contains(&score.get())));
    }
    let too_few = ScorePredictor::fit(&log(9), 10);
    assert_eq!(too_few, Err(LearningError::TooFew { found: 9, needed: 10 }));
    let silent: Vec<_> = log(20).into_iter().map(|request| ScoredRequest { scores: Vec::new(), ..request }).collect();
    assert_eq!(ScorePredictor::fit(&silent, 10).unwrap().models().count(), 0);
}
