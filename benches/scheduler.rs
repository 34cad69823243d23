//! How many decisions the scheduler makes in a second, and how that changes with the length of its queue.
//!
//! Four graphics processors hold eight models and have two slots each. A job ends, which is told; the next is started; and a new one arrives,
//! so that the queue stays as long as it is: two decisions a turn, with all that the machine does for them. Priorities are spread, and every
//! third job has a deadline, so that it is estimated.

use std::{collections::VecDeque, time::Duration};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use maestria::{
    Bytes, Candidate, DeviceId, DeviceKind, DeviceSnapshot, Executor, Expected, ModelId, Needs, StepId, Timestamp,
    scheduler::{Decision, Event, Finish, Job, JobId, Priority, Scheduler, Settings, Slots},
};

type Result<T = (), E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

const MODELS: u64 = 8;
const GPUS: usize = 4;
const RUN: Duration = Duration::from_millis(1);

fn gpu(unit: usize) -> DeviceSnapshot {
    DeviceSnapshot {
        id: DeviceId::local(&format!("cuda:{unit}")),
        kind: DeviceKind::Gpu,
        memory_total: Bytes::gib(24),
        memory_used: Bytes::ZERO,
        utilisation: None,
        temperature_celsius: None,
        power_watts: None,
    }
}

/// The models, whose names are stored once, as those of a registry are.
fn models() -> Result<Vec<ModelId>> {
    (0..MODELS).map(|model| Ok(format!("model-{model}").parse()?)).collect()
}

fn job(number: u64, models: &[ModelId], step: &StepId, now: Timestamp) -> Result<Job> {
    // A sequence of low discrepancy, so that priorities and models are spread alike at every length.
    let spread = number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
    let model = models.get((spread % MODELS) as usize).ok_or("no such model")?.clone();
    let candidate = Candidate {
        executor: Executor::Model(model),
        needs: Needs { memory: Bytes::gib(10), devices: vec![DeviceKind::Gpu] },
        expected: Expected { load: Duration::from_secs(1), run: RUN, ..Expected::default() },
    };
    let id = JobId { run: format!("run-{number}").parse()?, step: step.clone() };
    let job = Job::new(id, vec![candidate]).with_priority(Priority((spread / MODELS % 201) as i8));
    // Late enough for all that wait.
    let due = now + Duration::from_secs(1_000);
    Ok(if number.is_multiple_of(3) { job.with_deadline(due) } else { job })
}

/// A machine whose queue has a certain length, and the jobs that run.
struct Busy {
    scheduler: Scheduler,
    models: Vec<ModelId>,
    step: StepId,
    running: VecDeque<JobId>,
    arrived: u64,
    now: Timestamp,
}

impl Busy {
    fn new(queued: u64) -> Result<Self> {
        let slots = Slots { gpu: 2.try_into()?, ..Slots::default() };
        let settings = Settings { capacity: usize::MAX, slots, replicas: false, ..Settings::default() };
        let mut busy = Self {
            scheduler: Scheduler::new(settings),
            models: models()?,
            step: "step".parse()?,
            running: VecDeque::new(),
            arrived: 0,
            now: Timestamp::ZERO,
        };
        for unit in 0..GPUS {
            busy.scheduler.handle(Event::Device(gpu(unit)), busy.now)?;
        }
        for number in 0..queued {
            let job = job(number, &busy.models, &busy.step, busy.now)?;
            busy.scheduler.handle(Event::Submit(vec![job]), busy.now)?;
        }
        busy.arrived = queued;
        busy.decide()?;
        Ok(busy)
    }

    /// Obeys until there is nothing to do; loads take no time. Gives the starts and ends.
    fn decide(&mut self) -> Result<u64> {
        let mut decisions = 0;
        loop {
            match self.scheduler.poll(self.now) {
                Decision::Start { batch, .. } => {
                    self.running.extend(batch.into_iter().map(|member| member.job));
                    decisions += 1;
                }
                Decision::End { .. } => decisions += 1,
                Decision::Load { model, device, .. } => {
                    self.scheduler.handle(Event::Loaded { model, device }, self.now)?;
                }
                Decision::Unload { model, device } => {
                    self.scheduler.handle(Event::Unloaded { model, device }, self.now)?;
                }
                Decision::Wait { .. } | Decision::Idle => return Ok(decisions),
                Decision::Stop { .. } | Decision::Degrade { .. } => {}
            }
        }
    }

    /// One job ends and another arrives.
    fn turn(&mut self, next: Job) -> Result<u64> {
        self.now = self.now + Duration::from_micros(100);
        if let Some(job) = self.running.pop_front() {
            self.scheduler.handle(Event::Finished { job, how: Finish::Succeeded }, self.now)?;
        }
        self.scheduler.handle(Event::Submit(vec![next]), self.now)?;
        self.decide()
    }
}

/// Time for so many decisions.
fn measure(busy: &mut Busy, decisions: u64) -> Result<Duration> {
    let next: Vec<Job> = (busy.arrived..busy.arrived + decisions / 2 + 1)
        .map(|number| job(number, &busy.models, &busy.step, busy.now))
        .collect::<Result<_>>()?;
    busy.arrived += decisions / 2 + 1;
    let start = std::time::Instant::now();
    let mut made = 0;
    let mut turns = 0;
    for next in next {
        made += busy.turn(next)?;
        turns += 1;
        if made >= decisions {
            break;
        }
    }
    let took = start.elapsed();
    assert!(made >= turns, "a turn is to bring two decisions, most of the time");
    Ok(took.mul_f64(decisions as f64 / made.max(1) as f64))
}

fn decisions(c: &mut Criterion) -> Result {
    let mut group = c.benchmark_group("decisions");
    group.throughput(Throughput::Elements(1));
    for queued in [1_000, 10_000, 100_000, 1_000_000] {
        let mut busy = Busy::new(queued)?;
        let mut failed = None;
        group.bench_function(BenchmarkId::from_parameter(queued), |b| {
            b.iter_custom(|decisions| {
                measure(&mut busy, decisions).unwrap_or_else(|error| {
                    failed = Some(error);
                    Duration::from_secs(1)
                })
            });
        });
        if let Some(error) = failed {
            return Err(error);
        }
    }
    group.finish();
    Ok(())
}

fn all(c: &mut Criterion) {
    if let Err(error) = decisions(c) {
        eprintln!("not measured: {error}");
        std::process::exit(1);
    }
}

criterion_group!(benches, all);
criterion_main!(benches);
