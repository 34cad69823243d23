//! A pool under threads, with a script in the place of a session.

use std::{
    sync::{Arc, Barrier},
    thread::yield_now,
};

use proptest::{collection::vec, prelude::*};

use super::*;
use crate::{Error, lengths};

/// A text that makes its run fail.
const FAILS: u32 = 13;
/// A text that makes its run panic.
const PANICS: u32 = 66;
/// A text that keeps its session busy until somebody else comes to the gate.
const WAITS: u32 = 99;

/// Answers every text with its first token, and keeps the runs it was asked for.
#[derive(Debug)]
struct Script {
    gate: Arc<Barrier>,
    runs: Arc<Mutex<Vec<Vec<u32>>>>,
}

impl Runner for Script {
    fn run(&mut self, texts: &[&Text]) -> Result<Vec<Row>> {
        let run: Vec<u32> = texts.iter().map(|text| text.ids[0]).collect();
        self.runs.lock().unwrap().push(run.clone());
        if run.contains(&WAITS) {
            self.gate.wait();
        }
        assert!(!run.contains(&PANICS), "the script panics");
        if run.contains(&FAILS) {
            return Err(Error::NotFinite { output: "script" });
        }
        Ok(run.iter().map(|&id| Row { embedding: vec![id as f32], logits: None }).collect())
    }
}

struct Stage {
    shared: Shared<Script>,
    gate: Arc<Barrier>,
    runs: Arc<Mutex<Vec<Vec<u32>>>>,
}

fn stage(sessions: usize, most: usize) -> Stage {
    let (gate, runs) = (Arc::new(Barrier::new(2)), Arc::default());
    let scripts = (0..sessions).map(|_| Script { gate: Arc::clone(&gate), runs: Arc::clone(&runs) }).collect();
    Stage { shared: Shared::new(scripts, NonZeroUsize::new(most).unwrap()), gate, runs }
}

fn text(id: u32, length: usize) -> Text {
    Text { ids: vec![id; length], ..Text::default() }
}

impl Stage {
    fn ask(&self, text: Text) -> Result<f32> {
        let span = Span::of(&text);
        self.shared.run(vec![text], span).map(|rows| rows[0].embedding[0])
    }

    /// What each of `texts` gets when all of them, in this order, wait for the only session; `None` for a panic.
    fn crowd(&self, texts: &[Text]) -> Vec<Option<Result<f32>>> {
        thread::scope(|scope| {
            let busy = scope.spawn(|| self.ask(text(WAITS, 1)));
            while self.runs.lock().unwrap().is_empty() {
                yield_now();
            }
            let callers: Vec<_> = (1..)
                .zip(texts)
                .map(|(place, text)| {
                    let caller = scope.spawn(move || self.ask(text.clone()));
                    while self.shared.lock().line.len() < place {
                        yield_now();
                    }
                    caller
                })
                .collect();
            self.gate.wait();
            assert_eq!(busy.join().unwrap().unwrap(), WAITS as f32);
            callers.into_iter().map(|caller| caller.join().ok()).collect()
        })
    }

    #[track_caller]
    fn check(&self, texts: &[Text], runs: &[&[u32]]) {
        for (answer, text) in self.crowd(texts).into_iter().zip(texts) {
            assert_eq!(answer.unwrap().unwrap(), text.ids[0] as f32);
        }
        assert_eq!(self.runs.lock().unwrap()[1..], *runs);
        self.check_rest();
    }

    /// Nothing is left behind, and all sessions are back.
    #[track_caller]
    fn check_rest(&self) {
        let state = self.shared.lock();
        assert_eq!((state.free.len(), state.line.len(), state.served.len()), (1, 0, 0));
    }
}

#[test]
fn those_who_wait_are_served_together() {
    stage(1, 32).check(&[text(1, 4), text(2, 5), text(3, 6)], &[&[1, 2, 3]]);
}

#[test]
fn texts_of_other_lengths_have_their_own_run() {
    stage(1, 32).check(&[text(1, 4), text(2, 90), text(3, 6), text(4, 91)], &[&[1, 3], &[2, 4]]);
}

#[test]
fn a_run_has_a_most() {
    stage(1, 2).check(&[text(1, 4), text(2, 4), text(3, 4)], &[&[1, 2], &[3]]);
    stage(1, 1).check(&[text(1, 4), text(2, 4)], &[&[1], &[2]]);
}

#[test]
fn a_text_that_fails_fails_its_own_caller_alone() {
    let stage = stage(1, 32);
    let answers = stage.crowd(&[text(1, 4), text(FAILS, 4), text(3, 4)]);
    let answers: Vec<_> = answers.into_iter().map(|answer| answer.unwrap().ok()).collect();
    assert_eq!(answers, [Some(1.0), None, Some(3.0)]);
    stage.check_rest();
}

#[test]
fn a_failure_of_all_is_told_to_all() {
    let stage = stage(1, 32);
    let answers = stage.crowd(&[text(FAILS, 4), text(FAILS, 4)]);
    assert!(answers.iter().all(|answer| matches!(answer, Some(Err(Error::NotFinite { output: "script" })))));
    stage.check_rest();
}

#[test]
fn a_panic_unwinds_its_own_caller_alone_and_gives_the_session_back() {
    let stage = stage(1, 32);
    let answers = stage.crowd(&[text(1, 4), text(PANICS, 4), text(3, 4), text(PANICS, 90), text(5, 4)]);
    let answers: Vec<_> = answers.into_iter().map(|answer| answer.map(Result::unwrap)).collect();
    assert_eq!(answers, [Some(1.0), None, Some(3.0), None, Some(5.0)]);
    stage.check_rest();
    assert_eq!(stage.ask(text(7, 1)).unwrap(), 7.0);
}

#[test]
fn sessions_run_side_by_side() {
    let stage = stage(2, 32);
    thread::scope(|scope| {
        // Each waits for the other at the gate, within its own run.
        let stage = &stage;
        let both = [100, 2].map(|length| scope.spawn(move || stage.ask(text(WAITS, length))));
        assert!(both.into_iter().all(|caller| caller.join().unwrap().is_ok()));
    });
    assert_eq!(*stage.runs.lock().unwrap(), [[WAITS], [WAITS]]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn everybody_gets_exactly_their_own_rows(
        calls in vec(vec(1_usize..60, 1..12), 1..8),
        sessions in 1_usize..4,
        most in 1_usize..9,
    ) {
        let stage = stage(sessions, most);
        let asked: usize = calls.iter().map(Vec::len).sum();
        thread::scope(|scope| {
            for (caller, lengths) in calls.iter().enumerate() {
                let stage = &stage;
                scope.spawn(move || {
                    let own = |place: usize| (1000 * (caller + 1) + place) as u32;
                    let texts = lengths.iter().enumerate().map(|(place, &length)| text(own(place), length));
                    for portion in lengths::cut(texts, most) {
                        let rows = stage.shared.run(portion.texts, portion.span).unwrap();
                        assert_eq!(rows.len(), portion.places.len());
                        for (row, place) in rows.iter().zip(portion.places) {
                            assert_eq!(row.embedding, [own(place) as f32]);
                        }
                    }
                });
            }
        });
        let runs = stage.runs.lock().unwrap();
        prop_assert!(runs.iter().all(|run| run.len() <= most));
        prop_assert_eq!(runs.iter().map(Vec::len).sum::<usize>(), asked);
        prop_assert_eq!(stage.shared.lock().free.len(), sessions);
    }
}
