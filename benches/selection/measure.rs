//! How often the right tools stand first, and how often none is said rightly.

use std::{path::Path, sync::Arc};

use maestria::{
    Embedder, ToolSpec,
    intent::{Classification, FitOptions, ToolSelector},
};

use crate::{
    Result,
    sets::{self, Wish},
};

/// Parts of MetaTool's queries, each in turn held out of the examples.
const FOLDS: usize = 5;

/// The place to which tools are counted as found.
const FOUND: usize = 5;

/// The least probability of a tool that is called.
const CALLED: f64 = 0.5;

/// Prints the figures of all sets.
pub(crate) fn measure(embedder: &Arc<dyn Embedder>, data: &Path, planning: &Path, test: bool, folds: usize) -> Result {
    println!("set                          wishes  first  recall@5  all@5  none  wrong  calibration");
    set(embedder, "Seal-Tools, dev", sets::seal_tools(data, "dev")?)?;
    set(embedder, "own, train", sets::own(planning, "train")?)?;
    let (seen, unseen) = (sets::own(planning, "train")?, sets::own(planning, "validation")?);
    taught(embedder, "own, validation", &unseen.tools, &seen.wishes, &unseen.wishes)?;
    alone(embedder, "own, validation", &unseen)?;
    alone(embedder, "Seal-Tools, dev", &sets::seal_tools(data, "dev")?)?;
    set(embedder, "own, validation", unseen)?;
    if test {
        set(embedder, "Seal-Tools, test in domain", sets::seal_tools(data, "test_in_domain")?)?;
        let metatool = sets::metatool(data)?;
        set(embedder, "MetaTool", sets::Set { tools: metatool.tools.clone(), wishes: metatool.wishes.clone() })?;
        for fold in 0..folds {
            let part = |inside: bool| {
                let wishes = metatool.wishes.iter().enumerate().filter(|(place, _)| (place % FOLDS == fold) == inside);
                wishes.map(|(_, wish)| wish.clone()).collect::<Vec<_>>()
            };
            taught(embedder, &format!("MetaTool, fold {fold}"), &metatool.tools, &part(false), &part(true))?;
        }
        for part in ["irrelevance", "simple_python", "multiple"] {
            bfcl(embedder, data, part)?;
        }
    }
    Ok(())
}

/// The figures of a set whose tools say what they say of themselves.
fn set(embedder: &Arc<dyn Embedder>, name: &str, set: sets::Set) -> Result {
    let selector = ToolSelector::new(embedder.clone(), set.tools)?;
    figures(&selector, name, &set.wishes)
}

/// The figures of wishes, with other wishes for one tool as the tools' examples.
fn taught(embedder: &Arc<dyn Embedder>, name: &str, tools: &[ToolSpec], seen: &[Wish], wishes: &[Wish]) -> Result {
    let examples = |tool: &ToolSpec| -> Vec<String> {
        let only = seen.iter().filter(|wish| wish.meant.len() == 1 && wish.means(tool));
        only.map(|wish| wish.text.clone()).collect()
    };
    let tools = tools.iter().map(|tool| tool.clone().with_examples(examples(tool)));
    let mut selector = ToolSelector::new(embedder.clone(), tools)?;
    figures(&selector, &format!("{name}, examples"), wishes)?;
    selector.fit_examples(FitOptions::quick())?;
    figures(&selector, &format!("{name}, learnt"), wishes)
}

fn figures(selector: &ToolSelector, name: &str, wishes: &[Wish]) -> Result {
    let (mut first, mut recall, mut all, mut served) = (0.0, 0.0, 0.0, 0.0_f64);
    let (mut none, mut none_meant, mut none_wrong) = (0.0, 0.0_f64, 0.0);
    let mut bins = [(0.0_f64, 0.0_f64, 0.0_f64); 10];
    let count = wishes.len();
    for wish in wishes {
        let ranked = rank(selector, &wish.text)?;
        let is_none = ranked.first().is_none_or(|(_, p)| *p < CALLED);
        for (tool, p) in ranked.iter().take(3) {
            if let Some((n, sum, right)) = bins.get_mut(((p * 10.0) as usize).min(9)) {
                *n += 1.0;
                *sum += p;
                *right += f64::from(wish.means(tool));
            }
        }
        if wish.meant.is_empty() {
            none_meant += 1.0;
            none += f64::from(is_none);
            continue;
        }
        none_wrong += f64::from(is_none);
        served += 1.0;
        let found = ranked.iter().filter(|(tool, _)| wish.means(tool)).count();
        first += f64::from(ranked.first().is_some_and(|(tool, _)| wish.means(tool)));
        recall += found as f64 / wish.meant.len() as f64;
        all += f64::from(found == wish.meant.len());
    }
    let total: f64 = bins.iter().map(|(n, ..)| n).sum();
    let calibration: f64 = bins.iter().map(|(_, sum, right)| (sum - right).abs()).sum::<f64>() / total.max(1.0);
    let served = served.max(1.0);
    println!(
        "{name:28} {count:6}  {:.3}  {:.3}     {:.3}  {:.3} {:.3}  {calibration:.3}",
        first / served,
        recall / served,
        all / served,
        none / none_meant.max(1.0),
        none_wrong / served,
    );
    Ok(())
}

/// How often none is said of a tool alone: of one that is meant, and of the likeliest that is not.
fn alone(embedder: &Arc<dyn Embedder>, name: &str, set: &sets::Set) -> Result {
    let all = ToolSelector::new(embedder.clone(), set.tools.iter().cloned())?;
    let (mut meant, mut other) = ((0.0, 0.0_f64), (0.0, 0.0_f64));
    for wish in &set.wishes {
        let ranked = rank(&all, &wish.text)?;
        for (is_meant, (none, count)) in [(true, &mut meant), (false, &mut other)] {
            let Some((tool, _)) = ranked.iter().find(|(tool, _)| wish.means(tool) == is_meant) else { continue };
            let selector = ToolSelector::new(embedder.clone(), [(*tool).clone()])?;
            *none += f64::from(rank(&selector, &wish.text)?.first().is_none_or(|(_, p)| *p < CALLED));
            *count += 1.0;
        }
    }
    let share = |(none, count): (f64, f64)| none / count.max(1.0);
    println!("{name:28} alone  none: {:.3} of those meant, {:.3} of others", share(meant), share(other));
    Ok(())
}

/// How often no tool of a question is called.
fn bfcl(embedder: &Arc<dyn Embedder>, data: &Path, part: &str) -> Result {
    let questions = sets::bfcl(data, part)?;
    let mut none = [0.0; 5];
    for (tools, text) in &questions {
        let selector = ToolSelector::new(embedder.clone(), tools.iter().cloned())?;
        let best = rank(&selector, text)?.first().map_or(0.0, |(_, p)| *p);
        for (count, least) in none.iter_mut().zip([0.3, 0.4, CALLED, 0.6, 0.7]) {
            *count += f64::from(best < least) / questions.len() as f64;
        }
    }
    let shares = none.map(|share| format!("{share:.3}")).join(" ");
    println!("BFCL {part:23} {:6}  none below 0.3, 0.4, 0.5, 0.6, 0.7: {shares}", questions.len());
    Ok(())
}

fn rank<'a>(selector: &'a ToolSelector, text: &str) -> Result<Vec<(&'a ToolSpec, f64)>> {
    let embedding = selector.embedder().embed(&[text])?.pop().ok_or("no embedding")?;
    let nothing = Classification { ranked: Vec::new(), unknown: true, energy: f32::NEG_INFINITY };
    let ranking = selector.rank(text, &embedding, &nothing, FOUND)?;
    Ok(ranking.tools.into_iter().map(|(tool, p)| (tool, p.get())).collect())
}
