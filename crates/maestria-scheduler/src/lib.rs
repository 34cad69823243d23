//! What runs next, where, and when to give up: the scheduler as a machine that takes events and the time, and returns decisions.
//!
//! ```
//! use std::time::Duration;
//!
//! use maestria_scheduler::{Decision, Ending, Event, Finish, Job, JobId, Member, Scheduler, Settings};
//! use maestria_vocabulary::{
//!     Bytes, Candidate, DeviceId, DeviceKind, DeviceSnapshot, Executor, Expected, Needs, Timestamp,
//! };
//!
//! let now = Timestamp::ZERO;
//! let gpu = DeviceId::local("cuda:0");
//! let mut scheduler = Scheduler::new(Settings::default());
//! scheduler.handle(
//!     Event::Device(DeviceSnapshot {
//!         id: gpu.clone(),
//!         kind: DeviceKind::Gpu,
//!         memory_total: Bytes::gib(24),
//!         memory_used: Bytes::gib(1),
//!         utilisation: None,
//!         temperature_celsius: None,
//!         power_watts: None,
//!     }),
//!     now,
//! )?;
//!
//! // A step that one model can run.
//! let executor = Executor::Model("phi-3-mini".parse()?);
//! let candidate = Candidate {
//!     executor: executor.clone(),
//!     needs: Needs { memory: Bytes::gib(4), devices: vec![DeviceKind::Gpu] },
//!     expected: Expected { load: Duration::from_secs(3), run: Duration::from_secs(1), ..Expected::default() },
//! };
//! let job = JobId { run: "request-1".parse()?, step: "summarize".parse()? };
//! scheduler.handle(Event::Submit(vec![Job::new(job.clone(), vec![candidate])]), now)?;
//!
//! // The model is loaded first.
//! let Decision::Load { model, device, .. } = scheduler.poll(now) else { panic!("nothing is resident yet") };
//! assert_eq!(scheduler.poll(now), Decision::Wait { until: None });
//! let now = now + Duration::from_secs(3);
//! scheduler.handle(Event::Loaded { model, device }, now)?;
//!
//! // Then the step runs, and ends.
//! let batch = vec![Member { job: job.clone(), candidate: 0, units: None }];
//! assert_eq!(scheduler.poll(now), Decision::Start { batch, executor, device: gpu });
//! scheduler.handle(Event::Finished { job: job.clone(), how: Finish::Succeeded }, now)?;
//! assert_eq!(scheduler.poll(now), Decision::End { job, ending: Ending::Succeeded });
//! assert_eq!(scheduler.poll(now), Decision::Idle);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod decision;
mod error;
mod event;
mod job;
mod log;
mod settings;

mod machine;
mod poll;
mod view;

mod admission;
mod critical;
mod estimate;
mod finish;
mod submission;

mod entry;
mod jobs;
mod lane;
mod queue;
mod rank;
mod slab;
mod way;

mod attempt;
mod condition;
mod device;
mod devices;
mod ledger;
mod load;
mod pace;
mod placement;
mod residency;
mod suitability;
mod sweep;
mod timers;
mod yardstick;

pub use condition::Limits;
pub use decision::{Alternative, Decision, Degradation, Ending, Member, Rejection};
pub use error::{Error, Result};
pub use estimate::{Forecast, Likely};
pub use event::{Event, Finish};
pub use job::{Batch, Job, JobId, Priority, Split};
pub use log::{Divergence, Header, Line, Recording, Rerun};
pub use machine::Scheduler;
pub use residency::{Eviction, Oracle, Phase};
pub use settings::{Batching, Order, Settings, Slots};
pub use view::{AttemptView, DeviceView, ResidentView};
