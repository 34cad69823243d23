//! How often the right tools stand first, and how often none is said rightly.

use std::{path::Path, sync::Arc};

use maestria::{
    Embedder, ToolSpec,
    intent::{Classification, ToolSelector},
};

use crate::{Result, sets};

/// The place to which tools are counted as found.
const FOUND: usize = 5;

/// The least probability of a tool that is called.
const CALLED: f64 = 0.5;

/// Prints the figures of all sets.
pub(crate) fn measure(
    embedder: &Arc<dyn Embedder>,
    data: &Path,
    planning: &Path,
    test: bool,
    every: usize,
) -> Result {
    println!("set                          wishes  first  recall@5  all@5  none  wrong  calibration");
    set(embedder, "Seal-Tools, dev", sets::seal_tools(data, "dev")?)?;
    set(embedder, "own, train", sets::own(planning, "train")?)?;
    set(embedder, "own, validation", sets::own(planning, "validation")?)?;
    if test {
        set(embedder, "Seal-Tools, test in domain", sets::seal_tools(data, "test_in_domain")?)?;
        let mut metatool = sets::metatool(data)?;
        metatool.wishes = metatool.wishes.into_iter().step_by(every.max(1)).collect();
        set(embedder, "MetaTool", metatool)?;
        for part in ["irrelevance", "simple_python", "multiple"] {
            bfcl(embedder, data, part)?;
        }
    }
    Ok(())
}

fn set(embedder: &Arc<dyn Embedder>, name: &str, set: sets::Set) -> Result {
    let selector = ToolSelector::new(embedder.clone(), set.tools)?;
    let (mut first, mut recall, mut all, mut served) = (0.0, 0.0, 0.0, 0.0_f64);
    let (mut none, mut none_meant, mut none_wrong) = (0.0, 0.0_f64, 0.0);
    let mut bins = [(0.0_f64, 0.0_f64, 0.0_f64); 10];
    let count = set.wishes.len() as f64;
    for wish in &set.wishes {
        let ranked = rank(&selector, &wish.text)?;
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

/// How often no tool of a question is called.
fn bfcl(embedder: &Arc<dyn Embedder>, data: &Path, part: &str) -> Result {
    let questions = sets::bfcl(data, part)?;
    let mut none = [0.0; 3];
    for (tools, text) in &questions {
        let selector = ToolSelector::new(embedder.clone(), tools.iter().cloned())?;
        let best = rank(&selector, text)?.first().map_or(0.0, |(_, p)| *p);
        for (count, least) in none.iter_mut().zip([0.3, 0.4, CALLED]) {
            *count += f64::from(best < least) / questions.len() as f64;
        }
    }
    let [low, planned, called] = none;
    println!("BFCL {part:23} {:6}  none: {low:.3} below 0.3, {planned:.3} below 0.4, {called:.3} below 0.5", questions.len());
    Ok(())
}

fn rank<'a>(selector: &'a ToolSelector, text: &str) -> Result<Vec<(&'a ToolSpec, f64)>> {
    let embedding = selector.embedder().embed(&[text])?.pop().ok_or("no embedding")?;
    let nothing = Classification { ranked: Vec::new(), unknown: true, energy: f32::NEG_INFINITY };
    let ranking = selector.rank(text, &embedding, &nothing, FOUND)?;
    Ok(ranking.tools.into_iter().map(|(tool, p)| (tool, p.get())).collect())
}
