//! One set, every part held out once.

use std::sync::Arc;

use maestria::{
    Embedder,
    delegator::{Context, ScorePredictor, ScoredRequest, request_features},
};
use maestria_benches::{Result, progress};

use crate::sets::{FOLDS, Figure, Request, Set};

/// Prints the figure of a set: of every part, and their mean.
pub(crate) fn measure(embedder: &Arc<dyn Embedder>, set: &Set, landmarks: usize, json: bool) -> Result {
    let mut contexts = Vec::new();
    for request in progress::told(&set.requests, set.name) {
        let embedding = embedder.embed(&[&request.text])?.pop().ok_or("no embedding")?;
        contexts.push(Context::new(embedding.0, request_features(&request.text))?);
    }
    let (mut figures, mut singles, mut oracles) = (Vec::new(), Vec::new(), Vec::new());
    for fold in 0..FOLDS {
        eprintln!("  {}: part {fold}", set.name);
        let all = || set.requests.iter().zip(&contexts);
        let seen: Vec<ScoredRequest> = all()
            .filter(|(request, _)| request.fold != fold)
            .map(|(request, context)| ScoredRequest { context: context.clone(), scores: request.scores.clone() })
            .collect();
        let predictor = ScorePredictor::fit(&seen, landmarks)?;
        let held_out: Vec<(&Request, Vec<f64>)> = all()
            .filter(|(request, _)| request.fold == fold)
            .map(|(request, context)| {
                (request, predictor.predict_all(context).into_iter().map(|(_, p)| p.get()).collect())
            })
            .collect();
        match set.figure {
            Figure::Score => {
                figures.push(score(&held_out));
                singles.push(single(&seen, &held_out));
                oracles.push(mean(held_out.iter().map(|(request, _)| scores(request).fold(0.0, f64::max))));
            }
            Figure::GapRecovered => figures.push(gap_recovered(&held_out)),
        }
    }
    let what = match set.figure {
        Figure::Score => "mean score of the model chosen",
        Figure::GapRecovered => "APGR",
    };
    print(set, what, &figures, Some(set.asked), json);
    if set.figure == Figure::Score {
        print(set, "of the best single model", &singles, None, json);
        print(set, "of the best model for each request", &oracles, None, json);
    }
    Ok(())
}

fn print(set: &Set, what: &str, figures: &[f64], asked: Option<f64>, json: bool) {
    let mean = mean(figures.iter().copied());
    let spread = figures.iter().map(|figure| (figure - mean).powi(2)).sum::<f64>() / (figures.len() - 1).max(1) as f64;
    let half = 1.96 * (spread / figures.len() as f64).sqrt();
    let (name, count) = (set.name, set.requests.len());
    if json {
        let row = serde_json::json!({"set": name, "measure": what, "folds": figures, "mean": mean, "half_interval": half, "asked": asked});
        println!("{row}");
        return;
    }
    let folds: Vec<String> = figures.iter().map(|figure| format!("{figure:.3}")).collect();
    let star = if asked.is_some_and(|asked| mean < asked) { " *" } else { "" };
    let asked = asked.map(|asked| format!("≥ {asked}")).unwrap_or_default();
    println!("| {name} ({count}) | {what} | {} | {mean:.4} ± {half:.4}{star} | {asked} |", folds.join(" "));
}

fn scores(request: &Request) -> impl Iterator<Item = f64> {
    request.scores.iter().map(|(_, score)| score.get())
}

/// Mean score of the model of which most is predicted.
fn score(held_out: &[(&Request, Vec<f64>)]) -> f64 {
    mean(held_out.iter().map(|(request, predicted)| {
        let best = predicted
            .iter()
            .copied()
            .zip(scores(request))
            .reduce(|best, next| if next.0 > best.0 { next } else { best });
        best.map_or(0.0, |(_, score)| score)
    }))
}

/// Mean score of the model that did best on what was learnt from.
fn single(seen: &[ScoredRequest], held_out: &[(&Request, Vec<f64>)]) -> f64 {
    let models = seen.first().map_or(0, |request| request.scores.len());
    let of_seen =
        |model: usize| mean(seen.iter().filter_map(|request| request.scores.get(model)).map(|(_, score)| score.get()));
    let best = (0..models).max_by(|&a, &b| of_seen(a).total_cmp(&of_seen(b))).unwrap_or(0);
    mean(held_out.iter().filter_map(|(request, _)| request.scores.get(best)).map(|(_, score)| score.get()))
}

/// Average performance gap recovered (RouteLLM; Ong et al., 2024): requests go to the strong model in the order of what it is predicted to
/// gain, and the area under the recovered share of the gap over the share of calls is taken exactly. Chance gives 0.5.
fn gap_recovered(held_out: &[(&Request, Vec<f64>)]) -> f64 {
    let mut gains: Vec<(f64, f64)> = held_out
        .iter()
        .filter_map(|(request, predicted)| match (predicted.as_slice(), request.scores.as_slice()) {
            ([strong, weak], [(_, right), (_, base)]) => Some((strong - weak, right.get() - base.get())),
            _ => None,
        })
        .collect();
    gains.sort_by(|a, b| b.0.total_cmp(&a.0));
    let whole: f64 = gains.iter().map(|(_, gain)| gain).sum();
    let (mut recovered, mut area) = (0.0, 0.0);
    for (_, gain) in &gains {
        area += recovered + gain / 2.0;
        recovered += gain;
    }
    area / (whole * gains.len() as f64)
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0.0_f64), |(sum, count), value| (sum + value, count + 1.0));
    sum / count.max(1.0)
}
