//! All orders in which things can happen in a small world, faults included: every state is checked, and from every state all work ends.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "what a test expects and does not find fails it")]

mod stage;
mod world;

use std::collections::HashSet;

use maestria_scheduler::Split;
use maestria_vocabulary::Candidate;
use proptest::sample::Index;
use stage::*;
use world::{Act, Choice, Draft, World};

/// A way to a state: what was done in which order.
#[derive(Debug, Clone)]
enum Step {
    Happens(Choice),
    Fault(usize),
}

fn draft(candidates: Vec<Candidate>, batch: Option<u64>) -> Draft {
    Draft { after: Vec::new(), candidates, priority: 0, due_in: None, batch, working: 0, split: None, timeout: None }
}

fn submit_all(world: &mut World, drafts: &[(u8, Vec<Draft>)]) {
    for (run, jobs) in drafts {
        world.act(Act::Submit { run: *run, jobs: jobs.clone() });
    }
}

/// Visits every state that can be reached with at most one of each fault; gives their number.
fn explore(drafts: &[(u8, Vec<Draft>)], faults: &[Act]) -> usize {
    let at = |path: &[Step]| {
        let mut world = World::new(false, 1);
        submit_all(&mut world, drafts);
        for step in path {
            match step {
                Step::Happens(choice) => world.choose(choice.clone()),
                Step::Fault(which) => world.act(faults[*which].clone()),
            }
        }
        world
    };
    let mut seen: HashSet<(String, Vec<usize>)> = HashSet::new();
    let mut ways: Vec<Vec<Step>> = vec![Vec::new()];
    while let Some(path) = ways.pop() {
        let mut world = at(&path);
        let done: Vec<usize> = (0..faults.len())
            .filter(|fault| path.iter().any(|step| matches!(step, Step::Fault(other) if other == fault)))
            .collect();
        if !seen.insert((world.seen(), done.clone())) {
            continue;
        }
        let choices = world.choices().into_iter().map(Step::Happens);
        let left = (0..faults.len()).filter(|fault| !done.contains(fault)).map(Step::Fault);
        ways.extend(choices.chain(left).map(|step| path.iter().cloned().chain([step]).collect()));
        // No deadlock and no lost wake-up: from here, all work ends and everything is given back.
        world.settle();
        assert!(world.facts.values().all(|fact| fact.ending.is_some()), "{path:?}");
        world.sweep();
    }
    seen.len()
}

fn check(drafts: &[(u8, Vec<Draft>)], faults: &[Act], least: usize) {
    let states = explore(drafts, faults);
    println!("{states} states");
    assert!(states >= least, "only {states} states were reached");
}

#[test]
fn two_models_that_cannot_live_together_and_a_chain() {
    let (a, b) = (|| model("a", 8, GPU), || model("b", 6, GPU_OR_CPU));
    let chain = vec![draft(vec![a(), b()], None), Draft { after: vec![first()], ..draft(vec![b()], None) }];
    let faults = [Act::Gone { unit: 1 }, Act::Cancel { run: 0 }];
    check(&[(0, chain), (1, vec![draft(vec![b()], None)])], &faults, 1_000);
}

#[test]
fn a_batch_and_a_tool_that_needs_its_memory() {
    let a = || model("a", 8, CPU);
    let batch = vec![draft(vec![a()], Some(1)), draft(vec![a()], Some(1))];
    let faults = [Act::Measure { unit: 0, used: 9 }, Act::Sleep { millis: 1_000_000 }];
    check(&[(0, batch), (1, vec![draft(vec![tool("t", 12)], None)])], &faults, 500);
}

#[test]
fn a_job_in_parts_beside_one_that_takes_the_memory() {
    let split = Some(Split { units: 4, least: 1 });
    let parts = Draft { working: 16, split, ..draft(vec![tool("t", 0)], None) };
    let faults = [Act::Measure { unit: 0, used: 9 }, Act::Gone { unit: 0 }, Act::Back { millis: 1_000 }];
    check(&[(0, vec![draft(vec![model("a", 8, CPU)], None)]), (1, vec![parts])], &faults, 100);
}

/// The first of some things.
fn first() -> Index {
    use proptest::{
        arbitrary::any,
        strategy::{Strategy, ValueTree},
        test_runner::TestRunner,
    };
    any::<Index>().new_tree(&mut TestRunner::deterministic()).unwrap().current()
}
