//! The driver of the scheduler: one task that feeds it events and hands its decisions out to the runs they concern.

mod remote;

use std::{collections::HashMap, ops::Range, sync::Arc, time::Duration};

use maestria_delegator::{DeviceLoad, Load};
use maestria_monitor::{Probe, Probes};
use maestria_scheduler::{
    Decision, Degradation, Ending, Error, Event, Finish, Job, JobId, Member, Phase, Scheduler, Settings, Split,
};
use maestria_vocabulary::{
    Bytes, DeviceId, DeviceKind, DeviceSnapshot, Executor, ModelError, ModelId, RunId, StepId, Timestamp,
};
use tokio::{
    sync::{mpsc, oneshot},
    task::{Id, JoinSet},
    time::sleep_until,
};

use crate::{clock::Clock, error::chain, mind::Mind};

/// What a run asks of the dispatcher.
#[derive(Debug)]
pub(crate) enum Command {
    /// Schedule these jobs of one run, and tell it through `assignments` what becomes of them.
    Submit {
        run: RunId,
        jobs: Vec<Job>,
        assignments: mpsc::UnboundedSender<Assignment>,
        accepted: oneshot::Sender<Result<(), Error>>,
    },
    /// What a step takes is known, which waits for others.
    Demand { job: JobId, working: Bytes, split: Option<Split> },
    /// An attempt is over.
    Finished { job: JobId, how: Finish },
    /// The run is gone, and with it its attempts.
    Forget { run: RunId },
    /// Tell what the devices are doing.
    Load { reply: oneshot::Sender<Load> },
}

/// What the dispatcher tells a run.
#[derive(Debug)]
pub(crate) enum Assignment {
    /// Begin an attempt, at these units of the step where it is done in parts.
    Start { step: StepId, executor: Executor, device: DeviceId, units: Option<Range<u32>> },
    /// Stop the attempt, and report it finished.
    Stop { step: StepId },
    /// The step goes on with less than it was to have.
    Degrade { step: StepId, how: Degradation },
    /// The step has ended.
    End { step: StepId, ending: Ending },
    /// A model that some step may have waited for could not be loaded, for this reason.
    NotLoaded { model: ModelId, problem: String },
}

/// A load or an unload under way.
struct Move {
    model: ModelId,
    device: DeviceId,
    loads: bool,
}

/// Starts a dispatcher on the current runtime. It ends when nobody can command it any more.
pub(crate) fn spawn(mind: Arc<Mind>, settings: Settings, clock: Clock) -> mpsc::UnboundedSender<Command> {
    let (commands, inbox) = mpsc::unbounded_channel();
    let dispatcher = Dispatcher {
        mind,
        scheduler: Scheduler::new(settings),
        clock,
        probe: Box::new(Probes::local()),
        measured: None,
        runs: HashMap::new(),
        moves: JoinSet::new(),
        moving: HashMap::new(),
    };
    tokio::spawn(dispatcher.run(inbox));
    commands
}

struct Dispatcher {
    mind: Arc<Mind>,
    scheduler: Scheduler,
    clock: Clock,
    probe: Box<dyn Probe>,
    /// When the devices were last measured.
    measured: Option<Timestamp>,
    runs: HashMap<RunId, mpsc::UnboundedSender<Assignment>>,
    moves: JoinSet<Result<(), ModelError>>,
    /// What each task of `moves` is about, so that one that panics is reported too.
    moving: HashMap<Id, Move>,
}

impl Dispatcher {
    async fn run(mut self, mut inbox: mpsc::UnboundedReceiver<Command>) {
        loop {
            // While there is work, the devices are measured: others may give back the memory that it waits for.
            let wake = self.decide().map(|until| until.min(self.clock.now() + MEASURED_EVERY));
            let wake_at = self.clock.instant(wake.unwrap_or(Timestamp::MAX));
            tokio::select! {
                command = inbox.recv() => match command {
                    Some(command) => self.obey(command),
                    None => return,
                },
                Some(moved) = self.moves.join_next_with_id() => match moved {
                    Ok((id, result)) => self.moved(id, result),
                    Err(error) => self.moved(error.id(), Err(ModelError::Unavailable { source: Box::new(error) })),
                },
                () = sleep_until(wake_at), if wake.is_some() => self.measure(),
            }
        }
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Submit { run, jobs, assignments, accepted } => {
                self.measure();
                self.announce_remote(&jobs);
                let result = self.scheduler.handle(Event::Submit(jobs), self.clock.now());
                if result.is_ok() {
                    self.runs.insert(run, assignments);
                }
                // A run that no longer listens forgets itself.
                let _ = accepted.send(result);
            }
            Command::Demand { job, working, split } => self.tell(Event::Demand { job, working, split }),
            Command::Finished { job, how } => self.tell(Event::Finished { job, how }),
            Command::Forget { run } => self.forget(run),
            Command::Load { reply } => {
                self.measure();
                // A run that no longer listens needs no reply.
                let _ = reply.send(self.load());
            }
        }
    }

    /// Performs decisions until there is none, and says when to ask again.
    fn decide(&mut self) -> Option<Timestamp> {
        loop {
            match self.scheduler.poll(self.clock.now()) {
                Decision::Idle => return None,
                Decision::Wait { until } => return Some(until.unwrap_or(Timestamp::MAX)),
                Decision::Start { batch, executor, device } => {
                    for Member { job, units, .. } in batch {
                        let (executor, device) = (executor.clone(), device.clone());
                        self.assign(&job.run, Assignment::Start { step: job.step, executor, device, units });
                    }
                }
                Decision::Degrade { job, how } => {
                    tracing::info!(%job, %how, "a job goes on with less");
                    self.assign(&job.run, Assignment::Degrade { step: job.step, how });
                }
                Decision::Stop { job } => self.assign(&job.run, Assignment::Stop { step: job.step }),
                Decision::End { job, ending } => self.assign(&job.run, Assignment::End { step: job.step, ending }),
                Decision::Load { model, device, .. } => self.move_model(model, device, true),
                Decision::Unload { model, device } => self.move_model(model, device, false),
            }
        }
    }

    /// Hands an assignment out. A run that is gone needs none: what it leaves behind is finished when it is forgotten.
    fn assign(&self, run: &RunId, assignment: Assignment) {
        if let Some(run) = self.runs.get(run) {
            let _ = run.send(assignment);
        }
    }

    /// Cancels what is left of a run, and finishes its attempts in its place: nobody else will, whatever they were told before.
    fn forget(&mut self, run: RunId) {
        self.runs.remove(&run);
        self.tell(Event::Cancel { run: run.clone() });
        for attempt in self.scheduler.running().into_iter().filter(|attempt| attempt.job.run == run) {
            self.tell(Event::Finished { job: attempt.job, how: Finish::Failed });
        }
    }

    fn move_model(&mut self, model: ModelId, device: DeviceId, loads: bool) {
        let known = self.mind.model(&model);
        let unit = device.clone();
        let task = self.moves.spawn(async move {
            match (known, loads) {
                (Some(known), true) => known.load(&unit).await,
                (Some(known), false) => known.unload(&unit).await,
                (None, true) => Err(ModelError::Unavailable { source: "it is not registered any more".into() }),
                (None, false) => Ok(()),
            }
        });
        self.moving.insert(task.id(), Move { model, device, loads });
    }

    fn moved(&mut self, task: Id, result: Result<(), ModelError>) {
        let Some(Move { model, device, loads }) = self.moving.remove(&task) else { return };
        if let Err(error) = &result {
            let problem = chain(error);
            tracing::warn!(%model, %device, loads, error = problem, "a model could not be moved");
            if loads {
                self.report_not_loaded(&model, &format!("model {model} could not be loaded on {device}: {problem}"));
            }
        }
        self.tell(match (loads, result) {
            (true, Ok(())) => Event::Loaded { model, device },
            (true, Err(_)) => Event::LoadFailed { model, device },
            (false, _) => Event::Unloaded { model, device },
        });
    }

    /// Tells every run, for only they know what they asked for.
    fn report_not_loaded(&self, model: &ModelId, problem: &str) {
        for run in self.runs.values() {
            let _ = run.send(Assignment::NotLoaded { model: model.clone(), problem: problem.to_owned() });
        }
    }

    fn tell(&mut self, event: Event) {
        if let Err(error) = self.scheduler.handle(event, self.clock.now()) {
            tracing::debug!(%error, "the scheduler refused an event");
        }
    }

    /// Measures the devices, if the last time is long enough ago.
    fn measure(&mut self) {
        let now = self.clock.now();
        if self.measured.is_some_and(|last| now - last < MEASURED_EVERY) {
            return;
        }
        self.measured = Some(now);
        let sample = self.probe.sample();
        for absent in &sample.absent {
            tracing::debug!(%absent, "not measured");
        }
        let mut devices = sample.devices;
        if !devices.iter().any(|device| device.kind == DeviceKind::Cpu) {
            devices.push(unmeasured_processor());
        }
        let known = self.scheduler.devices().into_iter();
        let gone =
            known.filter(|view| !devices.iter().any(|device| device.id == view.id) && !self.is_remote_in_use(view));
        for view in gone.collect::<Vec<_>>() {
            self.tell(Event::DeviceGone(view.id));
        }
        for device in devices {
            self.tell(Event::Device(device));
        }
    }

    fn load(&self) -> Load {
        let now = self.clock.now();
        let views = self.scheduler.devices();
        let resident = views.iter().flat_map(|view| {
            let ready = view.residents.iter().filter(|resident| resident.phase == Phase::Ready);
            ready.map(|resident| (resident.model.clone(), view.id.clone()))
        });
        // A remote model is ranked as one that never waits.
        let here = views.iter().filter(|view| view.kind != DeviceKind::Remote);
        let devices = here.map(|view| DeviceLoad {
            id: view.id.clone(),
            kind: view.kind,
            memory: view.total.saturating_sub(view.others),
            free: view.free,
            queue_wait: self.scheduler.estimated_wait(&view.id, now).unwrap_or_default(),
        });
        Load { at: now, devices: devices.collect(), resident: resident.collect() }
    }
}

/// How often the devices are measured while there is work.
const MEASURED_EVERY: Duration = Duration::from_secs(1);

/// A processor of which nothing is known: it runs tools, and has no memory to promise to models.
fn unmeasured_processor() -> DeviceSnapshot {
    DeviceSnapshot {
        id: DeviceId::cpu(),
        kind: DeviceKind::Cpu,
        memory_total: Bytes::ZERO,
        memory_used: Bytes::ZERO,
        utilisation: None,
        temperature_celsius: None,
        power_watts: None,
    }
}
