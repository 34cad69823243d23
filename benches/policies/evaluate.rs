//! What a policy would have earned on the decisions of a log.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader},
    path::Path,
};

use maestria::delegator::{
    Decision, LearnedPolicy,
    off_policy::{self, Estimator, Interval, Target},
};
use maestria_benches::Result;

pub(crate) fn evaluate(log: &Path, policies: &[String], json: bool) -> Result {
    let file = File::open(log).map_err(|error| format!("{}: {error}", log.display()))?;
    let mut decisions: Vec<Decision> = Vec::new();
    for (number, line) in BufReader::new(file).lines().enumerate() {
        let line = line?;
        if !line.trim().is_empty() {
            let read = serde_json::from_str(&line);
            decisions.push(read.map_err(|error| format!("{}, line {}: {error}", log.display(), number + 1))?);
        }
    }
    if !json {
        println!(
            "| policy | estimator | mean reward | 95 % interval | decisions | effective | least propensity | |\n|---|---|--:|---|--:|--:|--:|---|"
        );
    }
    for name in policies {
        let target = target(name)?;
        for estimator in [Estimator::Ips, Estimator::Snips, Estimator::DoublyRobust] {
            let found = off_policy::evaluate(&decisions, &target, estimator, Interval::Normal)?;
            if json {
                let row = serde_json::json!({"policy": name, "estimator": estimator, "estimate": found, "doubtful": found.is_doubtful()});
                println!("{row}");
                continue;
            }
            let least = found.least_propensity.map_or_else(|| "–".to_owned(), |least| format!("{least:.4}"));
            let warning =
                if found.is_doubtful() { "doubtful: the log hardly tried what this policy would" } else { "" };
            let off_policy::Estimate { value, low, high, decisions, effective, .. } = found;
            println!(
                "| {name} | {estimator:?} | {value:.3} | {low:.3} to {high:.3} | {decisions} | {effective:.0} | {least} | {warning} |"
            );
        }
    }
    Ok(())
}

fn target(name: &str) -> Result<Target> {
    Ok(match name {
        "logged" => Target::Logged,
        "baseline" => Target::Baseline,
        "greedy" => Target::Greedy,
        "uniform" => Target::Uniform,
        _ => match name.strip_prefix("always:") {
            Some(model) => Target::Always(model.parse()?),
            None => {
                let text = fs::read_to_string(name)
                    .map_err(|error| format!("{name}: {error}; give the name of a policy or a file"))?;
                let policy: LearnedPolicy = serde_json::from_str(&text).map_err(|error| format!("{name}: {error}"))?;
                Target::Learned(Box::new(policy))
            }
        },
    })
}
