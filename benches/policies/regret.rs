//! Regret on a fleet whose best model changes.

use maestria::Executor;
use maestria::delegator::{LearnedPolicy, Learning, Policy, Projection, Requirements};
use maestria_benches::Result;

use crate::world::{MODELS, World};

/// Tasks after which another model is best.
const CHANGE: u64 = 500;

/// A way to choose models.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Contender {
    Learned,
    Stationary,
    Declared,
    Uniform,
    BestInHindsight,
}

impl Contender {
    const ALL: [(Self, &str); 5] = [
        (Self::Learned, "learned"),
        (Self::Stationary, "learned, never forgets"),
        (Self::Declared, "default policy"),
        (Self::Uniform, "uniform"),
        (Self::BestInHindsight, "best single model, told beforehand"),
    ];
}

/// Prints every contender's regret: what the best model of the moment would have earned more, in expectation.
pub(crate) fn measure(seed: u64, runs: u64, tasks: u64, json: bool) -> Result {
    let mut stationary = f64::NAN;
    let mut rows = Vec::new();
    for (contender, name) in Contender::ALL {
        let regrets = (seed..seed + runs).map(|seed| regret(contender, seed, tasks)).collect::<Result<Vec<f64>>>()?;
        let mean = regrets.iter().sum::<f64>() / runs as f64;
        let error =
            (regrets.iter().map(|one| (one - mean).powi(2)).sum::<f64>() / (runs * (runs - 1)).max(1) as f64).sqrt();
        if contender == Contender::Stationary {
            stationary = mean;
        }
        rows.push((name, mean, error));
    }
    if !json {
        println!(
            "best model changes every {CHANGE} of {tasks} tasks; seeds {seed} to {}; mean ± standard error",
            seed + runs - 1
        );
        println!("| policy | regret | per task | of never forgetting |\n|---|--:|--:|--:|");
    }
    for (name, mean, error) in rows {
        let (per_task, share) = (mean / tasks as f64, mean / stationary);
        if json {
            let row = serde_json::json!({"policy": name, "regret": mean, "error": error, "tasks": tasks, "seed": seed, "runs": runs, "share": share});
            println!("{row}");
        } else {
            println!("| {name} | {mean:.0} ± {error:.0} | {per_task:.3} | {share:.2} |");
        }
    }
    Ok(())
}

fn regret(contender: Contender, seed: u64, tasks: u64) -> Result<f64> {
    let world = World::new(seed, Some(CHANGE))?;
    let requirements = Requirements::new(world.capability.clone());
    let settings = match contender {
        Contender::Stationary => Learning { half_life: None, ..Learning::default() },
        _ => Learning::default(),
    };
    let mut learned = LearnedPolicy::new(settings, Projection::Random { dimensions: 4, seed: 0 }, 1)?;
    let mut sums = [0.0; MODELS];
    let (mut best, mut regret) = (0.0, 0.0);
    for at in 0..tasks {
        let task = world.task(at)?;
        best += world.best(&task);
        let chosen = match contender {
            Contender::Learned | Contender::Stationary => {
                let policy = learned.at(&world.base, &task.context, world.draw(at, 31));
                let (_, decision) = policy.decide(&requirements, &world.fleet, &world.load)?;
                let decision = decision.ok_or("nothing was decided")?;
                let chosen = world.number(&decision.choice()?.model)?;
                learned.learn(&decision, world.reward(chosen, &task))?;
                chosen
            }
            Contender::Declared => {
                let ranking = world.base.rank(&requirements, &world.fleet, &world.load);
                match ranking.ranked.first().map(|ranked| &ranked.candidate.executor) {
                    Some(Executor::Model(model)) => world.number(model)?,
                    _ => return Err("nothing was ranked".into()),
                }
            }
            Contender::Uniform => (world.chance(at, 31) * MODELS as f64) as usize,
            Contender::BestInHindsight => {
                for (model, sum) in sums.iter_mut().enumerate() {
                    *sum += world.success(model, &task);
                }
                continue;
            }
        };
        regret += world.best(&task) - world.success(chosen, &task);
    }
    match contender {
        Contender::BestInHindsight => Ok(best - sums.into_iter().fold(0.0, f64::max)),
        _ => Ok(regret),
    }
}
