//! What the tests build their jobs, devices and events from.

#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::time::Duration;

use maestria_scheduler::{Decision, Ending, Event, Finish, Job, JobId, Member, Scheduler, Settings};
use maestria_vocabulary::{
    Bytes, Candidate, DeviceId, DeviceKind, DeviceSnapshot, Executor, Expected, Needs, Timestamp,
};

pub(crate) const CPU: &[DeviceKind] = &[DeviceKind::Cpu];
pub(crate) const GPU: &[DeviceKind] = &[DeviceKind::Gpu];
pub(crate) const GPU_OR_CPU: &[DeviceKind] = &[DeviceKind::Gpu, DeviceKind::Cpu];

pub(crate) fn at(seconds: u64) -> Timestamp {
    Timestamp::from_epoch(Duration::from_secs(seconds))
}

/// A name such as `run/step`.
pub(crate) fn id(name: &str) -> JobId {
    let (run, step) = name.split_once('/').unwrap();
    JobId { run: run.parse().unwrap(), step: step.parse().unwrap() }
}

pub(crate) fn job<const N: usize>(name: &str, candidates: [Candidate; N]) -> Job {
    Job::new(id(name), candidates.into())
}

/// A model of `memory` bytes that loads in two seconds and runs for one.
pub(crate) fn model(name: &str, memory: u64, kinds: &[DeviceKind]) -> Candidate {
    candidate(Executor::Model(name.parse().unwrap()), memory, kinds)
}

/// A tool that needs `memory` bytes of the processor's and runs for one second.
pub(crate) fn tool(name: &str, memory: u64) -> Candidate {
    candidate(Executor::Tool(name.parse().unwrap()), memory, &[])
}

/// The same, but expected to run for so many seconds.
pub(crate) fn running(candidate: Candidate, seconds: u64) -> Candidate {
    let expected = Expected { run: Duration::from_secs(seconds), ..candidate.expected };
    Candidate { expected, ..candidate }
}

fn candidate(executor: Executor, memory: u64, kinds: &[DeviceKind]) -> Candidate {
    let needs = Needs { memory: Bytes(memory), devices: kinds.to_vec() };
    let expected = Expected { load: Duration::from_secs(2), run: Duration::from_secs(1), ..Expected::default() };
    Candidate { executor, needs, expected }
}

/// A measurement of the device `cpu` or one of the devices `cuda:…`.
pub(crate) fn measured(unit: &str, total: u64, used: u64) -> DeviceSnapshot {
    DeviceSnapshot {
        id: DeviceId::local(unit),
        kind: if unit == "cpu" { DeviceKind::Cpu } else { DeviceKind::Gpu },
        memory_total: Bytes(total),
        memory_used: Bytes(used),
        utilisation: None,
        temperature_celsius: None,
        power_watts: None,
    }
}

pub(crate) fn device(unit: &str, total: u64) -> Event {
    Event::Device(measured(unit, total, 0))
}

pub(crate) fn submit<const N: usize>(jobs: [Job; N]) -> Event {
    Event::Submit(jobs.into())
}

pub(crate) fn finished(name: &str, how: Finish) -> Event {
    Event::Finished { job: id(name), how }
}

pub(crate) fn loaded(model: &str, unit: &str) -> Event {
    Event::Loaded { model: model.parse().unwrap(), device: DeviceId::local(unit) }
}

pub(crate) fn load_failed(model: &str, unit: &str) -> Event {
    Event::LoadFailed { model: model.parse().unwrap(), device: DeviceId::local(unit) }
}

pub(crate) fn unloaded(model: &str, unit: &str) -> Event {
    Event::Unloaded { model: model.parse().unwrap(), device: DeviceId::local(unit) }
}

pub(crate) fn cancel(run: &str) -> Event {
    Event::Cancel { run: run.parse().unwrap() }
}

pub(crate) fn gone(unit: &str) -> Event {
    Event::DeviceGone(DeviceId::local(unit))
}

/// Plays events, each at its second, and compares the decisions that follow, up to the first that says to wait.
pub(crate) fn play<const N: usize>(settings: Settings, script: [(u64, Event, &[&str]); N]) -> Scheduler {
    let mut scheduler = Scheduler::new(settings);
    for (seconds, event, expected) in script {
        let told = format!("{event:?}");
        scheduler.handle(event, at(seconds)).unwrap();
        assert_eq!(decisions(&mut scheduler, seconds), expected, "after {told}");
    }
    scheduler
}

/// What the machine decides at this second, up to the first decision that says to wait.
pub(crate) fn decisions(scheduler: &mut Scheduler, seconds: u64) -> Vec<String> {
    let mut told = Vec::new();
    loop {
        told.push(match scheduler.poll(at(seconds)) {
            Decision::Start { batch, executor, device } => {
                let jobs: Vec<_> = batch.iter().map(shown).collect();
                format!("start {} by {executor} on {device}", jobs.join(" "))
            }
            Decision::Degrade { job, how } => format!("degrade {job}: {how:?}"),
            Decision::Stop { job } => format!("stop {job}"),
            Decision::Load { model, device, .. } => format!("load {model} on {device}"),
            Decision::Unload { model, device } => format!("unload {model} from {device}"),
            Decision::End { job, ending: Ending::Rejected(why) } => format!("reject {job}: {why}"),
            Decision::End { job, ending } => format!("end {job}: {ending:?}"),
            Decision::Wait { until: Some(until) } => format!("until {until}"),
            Decision::Wait { until: None } | Decision::Idle => return told,
        });
        if told.last().is_some_and(|last| last.starts_with("until")) {
            return told;
        }
    }
}

fn shown(member: &Member) -> String {
    match &member.units {
        Some(units) => format!("{}[{}..{}]", member.job, units.start, units.end),
        None => member.job.to_string(),
    }
}
