//! The weights of the probability: a logistic regression on the evidence for tools in indexes of many sizes.

use std::{path::Path, sync::Arc};

use maestria::{
    Embedder, ToolSpec,
    intent::{Evidence, ToolSelector},
};
use rand::{RngExt, SeedableRng, rngs::StdRng, seq::IndexedRandom};

use crate::{
    Result,
    logistic::{Row, print},
    sets::{self, Set, Wish},
};

/// Tools in the indexes beside those that are meant.
const OTHERS: [usize; 6] = [0, 1, 3, 8, 20, 60];

/// Tools most like those that are meant, to draw others from.
const NEAR: usize = 12;

/// Tools of every index that are learnt from.
const LEARNT: usize = 8;

const SIZE: usize = Evidence::NAMES.len() + 1;

/// Prints the weights, and what they come to on wishes not learnt from.
pub(crate) fn fit(embedder: &Arc<dyn Embedder>, data: &Path, planning: &Path) -> Result {
    let mut draws = StdRng::seed_from_u64(1);
    let (mut seen, mut unseen) = (Vec::new(), Vec::new());
    let mut seal = sets::seal_tools(data, "dev")?;
    let held: Vec<Wish> = seal.wishes.iter().skip(4).step_by(5).cloned().collect();
    seal.wishes = seal.wishes.into_iter().enumerate().filter(|(i, _)| i % 5 != 4).map(|(_, wish)| wish).collect();
    // A tool of Seal-Tools often has a twin that serves a wish as well and is not named.
    rows(embedder, &seal, 6, &mut draws, &mut seen)?;
    rows(embedder, &Set { tools: seal.tools, wishes: held }, 6, &mut draws, &mut unseen)?;
    rows(embedder, &sets::own(planning, "train")?, 0, &mut draws, &mut seen)?;
    rows(embedder, &sets::own(planning, "validation")?, 0, &mut draws, &mut unseen)?;
    print(&Evidence::NAMES, &seen, &unseen);
    Ok(())
}

/// The evidence in indexes of many sizes, with the tools that are meant and without them. Of the tools most like those that are meant, the
/// first `twins` stay away.
fn rows(
    embedder: &Arc<dyn Embedder>,
    set: &Set,
    twins: usize,
    draws: &mut StdRng,
    rows: &mut Vec<Row<SIZE>>,
) -> Result {
    let all = ToolSelector::new(embedder.clone(), set.tools.iter().cloned())?;
    for wish in &set.wishes {
        let embedding = embedder.embed(&[&wish.text])?.pop().ok_or("no embedding")?;
        let near = all.evidence(&wish.text, &embedding, 40)?;
        learn(&near, wish, rows);
        let near: Vec<&ToolSpec> =
            near.into_iter().map(|(tool, _)| tool).filter(|tool| !wish.means(tool)).skip(twins).take(NEAR).collect();
        let meant: Vec<&ToolSpec> = set.tools.iter().filter(|tool| wish.means(tool)).collect();
        for others in OTHERS {
            let with = draws.random_bool(present(others)) && !meant.is_empty();
            let mut tools: Vec<ToolSpec> = meant
                .iter()
                .filter(|_| with)
                .copied()
                .chain(others_of(others + usize::from(!with), &near, set, wish, draws))
                .cloned()
                .collect();
            tools.sort_by(|a, b| a.id.cmp(&b.id));
            let index = ToolSelector::new(embedder.clone(), tools)?;
            let found = index.evidence(&wish.text, &embedding, LEARNT)?;
            learn(&found, wish, rows);
        }
    }
    Ok(())
}

/// How often the tools that are meant are there: the more tools an application has, the likelier one of them serves.
fn present(others: usize) -> f64 {
    1.0 - 0.5 / (1.0 + (1.0 + others as f64).ln())
}

/// So many tools that are not meant, half of them like those that are.
fn others_of<'a>(
    count: usize,
    near: &[&'a ToolSpec],
    set: &'a Set,
    wish: &Wish,
    draws: &mut StdRng,
) -> Vec<&'a ToolSpec> {
    let draw = |draws: &mut StdRng| {
        if draws.random_bool(0.5) { near.choose(draws).copied() } else { set.tools.choose(draws) }
    };
    (0..count).filter_map(|_| draw(draws)).filter(|tool| !wish.means(tool)).collect()
}

/// Adds the first tools of an index.
fn learn(found: &[(&ToolSpec, Evidence)], wish: &Wish, rows: &mut Vec<Row<SIZE>>) {
    let learnt = found.get(..LEARNT).unwrap_or(found);
    rows.extend(learnt.iter().map(|(tool, evidence)| Row::new(&evidence.values(), wish.means(tool))));
}
