//! What holds whatever happens: random stories, faults included, played against a plain model of the world.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "what a test expects and does not find fails it")]

mod stage;
mod world;

use maestria_scheduler::{Divergence, Finish, Header, Line, Rerun, Split};
use maestria_vocabulary::Candidate;
use proptest::{collection::vec, option, prelude::*, sample::Index};
use stage::*;
use world::{Act, Draft, UNITS, World};

fn any_candidate() -> impl Strategy<Value = Candidate> {
    let kinds = prop_oneof![Just(CPU), Just(GPU), Just(GPU_OR_CPU)];
    prop_oneof![
        (0..5_u64, kinds).prop_map(|(n, kinds)| model(&format!("m{n}"), 2 + 2 * n, kinds)),
        (0..18_u64).prop_map(|memory| tool("t", memory)),
    ]
}

fn any_working() -> impl Strategy<Value = u64> {
    prop_oneof![2 => Just(0), 1 => 0..40_u64]
}

fn any_split() -> impl Strategy<Value = Option<Split>> {
    option::weighted(0.5, (2..9_u32, 0..4_u32).prop_map(|(units, least)| Split { units, least }))
}

fn any_draft() -> impl Strategy<Value = Draft> {
    let limits = (option::weighted(0.2, 0..20_000_u64), option::weighted(0.2, 1..5_000_u64));
    let batch = option::weighted(0.4, 0..2_u64);
    let shape = (batch, any_working(), any_split());
    (vec(any::<Index>(), 0..3), vec(any_candidate(), 1..4), any::<i8>(), limits, shape).prop_map(
        |(after, candidates, priority, (due_in, timeout), (batch, working, split))| Draft {
            working,
            split,
            after,
            candidates,
            priority,
            due_in,
            batch,
            timeout,
        },
    )
}

fn any_act() -> impl Strategy<Value = Act> {
    let how = prop_oneof![
        4 => Just(Finish::Succeeded),
        1 => Just(Finish::Failed),
        1 => Just(Finish::Elsewhere),
        1 => Just(Finish::OutOfMemory),
    ];
    prop_oneof![
        4 => (0..4_u8, vec(any_draft(), 1..5)).prop_map(|(run, jobs)| Act::Submit { run, jobs }),
        3 => (any::<Index>(), any_working(), any_split())
            .prop_map(|(which, working, split)| Act::Demand { which, working, split }),
        8 => (any::<Index>(), how, any::<bool>()).prop_map(|(which, how, twice)| Act::Finish { which, how, twice }),
        5 => (any::<Index>(), prop::bool::weighted(0.8)).prop_map(|(which, works)| Act::Load { which, works }),
        4 => any::<Index>().prop_map(|which| Act::Unload { which }),
        1 => (0..4_u8).prop_map(|run| Act::Cancel { run }),
        1 => (0..UNITS.len()).prop_map(|unit| Act::Gone { unit }),
        2 => (0..UNITS.len(), 0..12_u64).prop_map(|(unit, used)| Act::Measure { unit, used }),
        4 => (1..3_000_u64).prop_map(|millis| Act::Sleep { millis }),
        1 => (1..1_000_000_u64).prop_map(|millis| Act::Sleep { millis }),
        1 => (1..10_000_u64).prop_map(|millis| Act::Back { millis }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn whatever_happens_the_invariants_hold(eager: bool, slots in 1..4_usize, acts in vec(any_act(), 1..80)) {
        let mut world = World::new(eager, slots);
        for act in acts {
            world.act(act);
        }
        world.settle();
        prop_assert!(world.facts.values().all(|fact| fact.ending.is_some()));
        world.sweep();
    }

    #[test]
    fn a_stored_log_runs_again_to_the_same_decisions(acts in vec(any_act(), 1..40)) {
        let mut world = World::new(false, 1);
        for act in acts {
            world.act(act);
        }
        let header = serde_json::from_str(&serde_json::to_string(&world.header).unwrap()).unwrap();
        let mut rerun = Rerun::new(&header).unwrap();
        for line in world.log.borrow().iter() {
            let stored = serde_json::to_string(line).unwrap();
            prop_assert_eq!(rerun.check(serde_json::from_str(&stored).unwrap()), Ok(()));
        }
    }
}

#[test]
fn a_log_that_was_changed_or_is_too_new_is_told() {
    let mut world = World::new(false, 1);
    let jobs = vec![Draft {
        after: Vec::new(),
        candidates: vec![tool("t", 1)],
        priority: 0,
        due_in: None,
        batch: None,
        working: 0,
        split: None,
        timeout: None,
    }];
    world.act(Act::Submit { run: 0, jobs });
    let lines = world.log.borrow().clone();
    let run = |lines: &[Line]| {
        let mut rerun = Rerun::new(&world.header).unwrap();
        lines.iter().try_for_each(|line| rerun.check(line.clone()))
    };
    assert_eq!(run(&lines), Ok(()));
    assert!(matches!(run(&lines[1..]), Err(Divergence::Decision { line: 4, .. })));
    let [Line::Told { at, event, .. }, ..] = &lines[..] else { panic!("it begins with a device") };
    let refused = Line::Told { at: *at, event: event.clone(), taken: false };
    assert!(matches!(run(&[refused]), Err(Divergence::Refusal { line: 1, logged: false, taken: true })));
    let newer = Header { version: 2, ..world.header.clone() };
    assert!(matches!(Rerun::new(&newer), Err(Divergence::Version { version: 2 })));
}
