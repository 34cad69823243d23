//! How often the intervals of estimates from a log hold the true value.

use maestria::delegator::{
    Decision, LearnedPolicy, Learning, Projection, Requirements,
    off_policy::{self, Estimator, Interval, Target},
};
use maestria_benches::Result;

use crate::world::World;

/// Simulated tasks from which the true value of a policy is reckoned.
const TRUTH: u64 = 50_000;
/// Seed of those tasks, apart from all logs.
const TRUTH_SEED: u64 = 900_001;

const ESTIMATORS: [(Estimator, &str); 3] =
    [(Estimator::Ips, "IPS"), (Estimator::Snips, "SNIPS"), (Estimator::DoublyRobust, "doubly robust")];
const INTERVALS: [(Interval, &str); 2] = [(Interval::Normal, "normal"), (Interval::Bernstein, "Bernstein")];

/// Prints how many intervals of 95 % hold the true value of a policy, per policy, estimator and kind of interval.
pub(crate) fn measure(seed: u64, runs: u64, tasks: u64, json: bool) -> Result {
    if !json {
        println!("{runs} logs of {tasks} decisions, seeds {seed} to {}; intervals of 95 %", seed + runs - 1);
        println!(
            "| policy | estimator | interval | holds the true value, % | mean width | mean error |\n|---|---|---|--:|--:|--:|"
        );
    }
    let world = World::new(0, None)?;
    let other = learnt(&world, 77, 300)?.1;
    let targets = [
        Target::Baseline,
        Target::Uniform,
        Target::Always(world.ids.first().ok_or("no model")?.clone()),
        Target::Learned(Box::new(other)),
    ];
    let truths = targets.iter().map(|target| truth(&world, target)).collect::<Result<Vec<f64>>>()?;
    let mut rows: Vec<Row> = Vec::new();
    for run in seed..seed + runs {
        let (log, _) = learnt(&world, run, tasks)?;
        let mut place = 0;
        for (target, truth) in targets.iter().zip(&truths) {
            for (estimator, name) in ESTIMATORS {
                for (interval, kind) in INTERVALS {
                    let found = off_policy::evaluate(&log, target, estimator, interval)?;
                    if rows.len() <= place {
                        rows.push(Row { name: format!("{target} | {name} | {kind}"), ..Row::default() });
                    }
                    if let Some(row) = rows.get_mut(place) {
                        row.held += f64::from(found.low <= *truth && *truth <= found.high);
                        row.width += found.high - found.low;
                        row.error += found.value - truth;
                    }
                    place += 1;
                }
            }
        }
    }
    for Row { name, held, width, error } in rows {
        let mean = |sum: f64| sum / runs as f64;
        if json {
            println!(
                "{}",
                serde_json::json!({"name": name, "held": mean(held), "width": mean(width), "error": mean(error), "runs": runs, "seed": seed})
            );
        } else {
            println!("| {name} | {:.1} | {:.3} | {:+.4} |", 100.0 * mean(held), mean(width), mean(error));
        }
    }
    Ok(())
}

/// Prints a simulated log as JSON lines.
pub(crate) fn log(seed: u64, tasks: u64) -> Result {
    for decision in learnt(&World::new(0, None)?, seed, tasks)?.0 {
        println!("{}", serde_json::to_string(&decision)?);
    }
    Ok(())
}

#[derive(Debug, Default)]
struct Row {
    name: String,
    held: f64,
    width: f64,
    error: f64,
}

/// The log of a policy that learns while it is written, and the policy.
fn learnt(world: &World, run: u64, tasks: u64) -> Result<(Vec<Decision>, LearnedPolicy)> {
    let requirements = Requirements::new(world.capability.clone());
    // Logs that are to judge other policies are written by one that explores enough for it.
    let settings = Learning { sharpness: 20.0, ..Learning::default() };
    let mut learned = LearnedPolicy::new(settings, Projection::Random { dimensions: 4, seed: 0 }, 1)?;
    let mut log = Vec::new();
    for at in run * 1_000_000..run * 1_000_000 + tasks {
        let task = world.task(at)?;
        let policy = learned.at(&world.base, &task.context, world.draw(at, 31));
        let (_, decision) = policy.decide(&requirements, &world.fleet, &world.load)?;
        let decision = decision.ok_or("nothing was decided")?;
        let reward = world.reward(world.number(&decision.choice()?.model)?, &task);
        learned.learn(&decision, reward)?;
        log.push(decision.with_reward(reward));
    }
    Ok((log, learned))
}

/// The true mean reward of a policy.
fn truth(world: &World, target: &Target) -> Result<f64> {
    let requirements = Requirements::new(world.capability.clone());
    let blank = LearnedPolicy::new(Learning::default(), Projection::Random { dimensions: 4, seed: 0 }, 1)?;
    let mut sum = 0.0;
    for at in TRUTH_SEED * 1_000_000..TRUTH_SEED * 1_000_000 + TRUTH {
        let task = world.task(at)?;
        let policy = blank.at(&world.base, &task.context, world.draw(at, 31));
        let (_, decision) = policy.decide(&requirements, &world.fleet, &world.load)?;
        let decision = decision.ok_or("nothing was decided")?;
        for (one, p) in decision.alternatives.iter().zip(target.propensities(&decision)?) {
            sum += p * world.success(world.number(&one.model)?, &task);
        }
    }
    Ok(sum / TRUTH as f64)
}
