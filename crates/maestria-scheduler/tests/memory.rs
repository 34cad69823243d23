//! What a waiting job costs in memory, its own contents included, and that nothing is left of it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "what a test expects and does not find fails it")]

mod stage;

use std::alloc::System;

use maestria_scheduler::{Decision, Event, Job, JobId, Scheduler, Settings};
use stage::*;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Most bytes that a job in the queue may take.
const MOST: usize = 512;

fn waiting(number: usize) -> Job {
    let id = JobId { run: format!("run-{number}").parse().unwrap(), step: "step".parse().unwrap() };
    let job = Job::new(id, vec![model(&format!("model-{}", number % 8), 10, GPU)]);
    if number.is_multiple_of(2) { job.with_deadline(at(1_000_000_000)) } else { job }
}

/// Submits so many jobs and cancels them all; gives what `held` says while they wait.
fn come_and_go(scheduler: &mut Scheduler, jobs: usize, held: impl Fn() -> usize) -> usize {
    for number in 0..jobs {
        let now = at(number as u64 / 100);
        scheduler.handle(Event::Submit(vec![waiting(number)]), now).unwrap();
    }
    let most = held();
    for number in 0..jobs {
        scheduler.handle(Event::Cancel { run: waiting(number).id.run }, at(2)).unwrap();
    }
    while scheduler.poll(at(2)) != Decision::Idle {}
    most
}

#[test]
fn a_waiting_job_takes_at_most_half_a_kibibyte_and_leaves_nothing() {
    // Lengths just after tables have grown are the worst.
    for jobs in [1_000, 16_500, 33_000, 66_000] {
        let region = Region::new(ALLOCATOR);
        let held = || {
            let change = region.change();
            change.bytes_allocated.saturating_sub(change.bytes_deallocated)
        };
        let mut scheduler = Scheduler::new(Settings { capacity: jobs, ..Settings::default() });
        let each = come_and_go(&mut scheduler, jobs, held) / jobs;
        println!("{jobs} jobs: {each} bytes each");
        assert!(each <= MOST, "{jobs} jobs take {each} bytes each");
        // Tables keep their room. The threads of the test harness allocate too, but not a byte for every job.
        let kept = held();
        come_and_go(&mut scheduler, jobs, held);
        assert!(held() < kept + jobs, "{jobs} more jobs leave {} bytes beside {kept}", held().saturating_sub(kept));
        drop(scheduler);
        assert!(held() < jobs, "{} bytes are left of {jobs} jobs", held());
    }
}
