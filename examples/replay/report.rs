//! What a policy achieved on a trace: a table for people, JSON for programs.

use std::{fmt, time::Duration};

use serde::Serialize;

use crate::{
    policy::Policy,
    workload::{Class, Scene},
    world::Played,
};

/// One policy on one trace. What does not apply to the trace is absent.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) policy: String,
    pub(crate) jobs: usize,
    /// Share of jobs for which nothing had to be loaded.
    pub(crate) hit_rate: Option<f64>,
    pub(crate) loads: Option<usize>,
    pub(crate) load_hours: Option<f64>,
    /// From arrival to the start, or to the moment when the job was given up.
    pub(crate) wait_p50_s: Option<f64>,
    pub(crate) wait_p99_s: Option<f64>,
    /// From the first arrival to the last end; of several scenes the sum.
    pub(crate) makespan_s: f64,
    /// No schedule is shorter than this.
    pub(crate) lower_bound_s: f64,
    /// Jobs that were done before they were due.
    pub(crate) deadlines_met: Option<usize>,
    /// Energy of what was done to the end.
    pub(crate) joules: Option<f64>,
    /// Mean over the scenes of makespan ÷ lower bound.
    pub(crate) makespan_ratio: Option<f64>,
    /// Share of scenes whose makespan is the optimum that the trace states, or else the lower bound.
    pub(crate) optimal: Option<f64>,
    /// Longest that any job waited beyond what it waited first come, first served.
    pub(crate) extra_wait_max_s: Option<f64>,
    /// The same by class.
    pub(crate) classes: Vec<ClassReport>,
    #[serde(skip)]
    pub(crate) waits: Vec<Duration>,
    /// Makespan ÷ lower bound of every scene, in order.
    #[serde(skip)]
    pub(crate) ratios: Vec<f64>,
}

/// The jobs of one class.
#[derive(Debug, Serialize)]
pub(crate) struct ClassReport {
    class: String,
    jobs: usize,
    wait_p50_s: Option<f64>,
    wait_p99_s: Option<f64>,
    wait_max_s: Option<f64>,
    deadlines_met: usize,
}

/// One piece of work with what became of it.
struct Outcome {
    class: Class,
    wait: Duration,
    in_time: bool,
}

impl Report {
    /// `yardstick` is how long each job waited first come, first served.
    pub(crate) fn new(policy: Policy, scenes: &[Scene], played: &[Played], yardstick: Option<&[Duration]>) -> Self {
        let name = clap::ValueEnum::to_possible_value(&policy).map(|value| value.get_name().to_owned());
        let pairs = || scenes.iter().zip(played);
        let all = || pairs().flat_map(|(scene, played)| scene.work.iter().zip(&played.fates));
        let outcomes: Vec<_> = all()
            .map(|(work, fate)| Outcome {
                class: work.class,
                wait: fate.start.unwrap_or(fate.end).saturating_sub(work.arrival),
                in_time: fate.succeeded && work.due.is_some_and(|due| fate.end <= due),
            })
            .collect();
        let models = scenes.iter().any(|scene| !scene.models.is_empty());
        let loads: usize = played.iter().map(|played| played.loads).sum();
        let load_time: Duration = played.iter().map(|played| played.load_time).sum();
        let makespans: Vec<_> = pairs().map(|(scene, played)| makespan(scene, played)).collect();
        let bounds: Vec<_> = scenes.iter().map(Scene::lower_bound).collect();
        // Waiting for predecessors is no delay, so that plans have no waits.
        let plans = scenes.iter().any(|scene| scene.plan);
        let due = scenes.iter().any(|scene| scene.work.iter().any(|work| work.due.is_some()));
        let ratios: Vec<f64> = makespans.iter().zip(&bounds).filter_map(|(&took, &bound)| ratio(took, bound)).collect();
        let optima = scenes.iter().zip(&bounds).map(|(scene, &bound)| scene.optimum.unwrap_or(bound));
        let optimal = makespans.iter().zip(optima).filter(|&(&took, optimum)| took == optimum).count();
        let mut waits: Vec<_> = if plans { Vec::new() } else { outcomes.iter().map(|outcome| outcome.wait).collect() };
        let extra = yardstick.filter(|_| !plans).map(|yardstick| {
            let extra = waits.iter().zip(yardstick).map(|(&wait, &fifo)| wait.saturating_sub(fifo));
            extra.max().unwrap_or_default().as_secs_f64()
        });
        waits.sort_unstable();
        let joules: Vec<f64> = all().filter(|(_, fate)| fate.succeeded).filter_map(|(work, _)| work.joules).collect();
        let jobs = outcomes.len();
        Self {
            policy: name.unwrap_or_default(),
            jobs,
            hit_rate: models.then(|| 1.0 - loads as f64 / jobs.max(1) as f64),
            loads: models.then_some(loads),
            load_hours: models.then(|| load_time.as_secs_f64() / 3600.0),
            wait_p50_s: quantile(&waits, 0.5),
            wait_p99_s: quantile(&waits, 0.99),
            makespan_s: makespans.iter().map(Duration::as_secs_f64).sum(),
            lower_bound_s: bounds.iter().map(Duration::as_secs_f64).sum(),
            deadlines_met: due.then(|| outcomes.iter().filter(|outcome| outcome.in_time).count()),
            joules: (!joules.is_empty()).then(|| joules.iter().sum()),
            makespan_ratio: (!ratios.is_empty()).then(|| ratios.iter().sum::<f64>() / ratios.len() as f64),
            optimal: plans.then(|| optimal as f64 / scenes.len().max(1) as f64),
            extra_wait_max_s: extra,
            classes: classes(&outcomes),
            waits,
            ratios,
        }
    }
}

/// How long each job waited, in the order of the trace.
pub(crate) fn waits(scenes: &[Scene], played: &[Played]) -> Vec<Duration> {
    let all = scenes.iter().zip(played).flat_map(|(scene, played)| scene.work.iter().zip(&played.fates));
    all.map(|(work, fate)| fate.start.unwrap_or(fate.end).saturating_sub(work.arrival)).collect()
}

fn makespan(scene: &Scene, played: &Played) -> Duration {
    let first = scene.work.iter().map(|work| work.arrival).min().unwrap_or_default();
    let last = played.fates.iter().map(|fate| fate.end).max().unwrap_or_default();
    last.saturating_sub(first)
}

fn ratio(took: Duration, bound: Duration) -> Option<f64> {
    (!bound.is_zero()).then(|| took.as_secs_f64() / bound.as_secs_f64())
}

fn classes(outcomes: &[Outcome]) -> Vec<ClassReport> {
    let report = |class: Class| {
        let members: Vec<_> = outcomes.iter().filter(|outcome| outcome.class == class).collect();
        let mut waits: Vec<_> = members.iter().map(|outcome| outcome.wait).collect();
        waits.sort_unstable();
        ClassReport {
            class: class.to_string(),
            jobs: members.len(),
            wait_p50_s: quantile(&waits, 0.5),
            wait_p99_s: quantile(&waits, 0.99),
            wait_max_s: quantile(&waits, 1.0),
            deadlines_met: members.iter().filter(|outcome| outcome.in_time).count(),
        }
    };
    let reports: Vec<_> = Class::ALL.into_iter().map(report).filter(|report| report.jobs > 0).collect();
    if reports.len() > 1 { reports } else { Vec::new() }
}

/// The least of sorted durations that a share of them does not exceed (nearest rank), in seconds.
fn quantile(sorted: &[Duration], share: f64) -> Option<f64> {
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.max(1) - 1).map(Duration::as_secs_f64)
}

/// The reports as a table.
pub(crate) struct Table<'a>(pub(crate) &'a [Report]);

impl fmt::Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<12} {:>7} {:>8} {:>7} {:>8} {:>9} {:>9} {:>10} {:>12} {:>7} {:>8} {:>9}",
            "policy",
            "jobs",
            "hits",
            "loads",
            "load h",
            "wait p50",
            "wait p99",
            "extra max",
            "makespan",
            "ratio",
            "met",
            "MJ"
        )?;
        for report in self.0 {
            writeln!(
                f,
                "{:<12} {:>7} {:>8} {:>7} {:>8} {:>9} {:>9} {:>10} {:>12.1} {:>7} {:>8} {:>9}",
                report.policy,
                report.jobs,
                cell(report.hit_rate, 4),
                cell(report.loads.map(|loads| loads as f64), 0),
                cell(report.load_hours, 2),
                cell(report.wait_p50_s, 1),
                cell(report.wait_p99_s, 1),
                cell(report.extra_wait_max_s, 1),
                report.makespan_s,
                cell(report.makespan_ratio, 4),
                cell(report.deadlines_met.map(|met| met as f64), 0),
                cell(report.joules.map(|joules| joules / 1e6), 2),
            )?;
            for class in &report.classes {
                writeln!(
                    f,
                    "  {:<10} {:>7} {:>33} {:>9} {:>10} {:>30}",
                    class.class,
                    class.jobs,
                    cell(class.wait_p50_s, 1),
                    cell(class.wait_p99_s, 1),
                    cell(class.wait_max_s, 1),
                    class.deadlines_met
                )?;
            }
        }
        write!(
            f,
            "Waits and makespan in seconds; extra max: longest wait beyond that under fifo, of a class the longest wait."
        )
    }
}

fn cell(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format!("{value:.digits$}"))
}
