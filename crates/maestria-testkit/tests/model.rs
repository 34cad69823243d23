//! The model suite accepts good models and catches every kind of bad one.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use futures_util::{StreamExt, stream};
use maestria_testkit::{
    Flaky, ScriptedModel, Slow, Turn,
    conformance::{self, Situation, Violation},
};
use maestria_vocabulary::{Chunk, ChunkStream, Model, ModelError, Prompt, Tokens, Usage};
use tokio::task::yield_now;

fn word() -> Chunk {
    Chunk::Content("blue".into())
}

fn usage(input: u64, output: u64) -> Chunk {
    Chunk::Usage(Usage { input: Tokens(input), output: Tokens(output) })
}

fn unavailable() -> ModelError {
    ModelError::Unavailable { source: "down".into() }
}

/// A model that gives the same chunks each time.
fn saying(chunks: &[Chunk]) -> ScriptedModel {
    ScriptedModel::new((0..20).map(|_| Ok(chunks.to_vec())))
}

async fn check(model: impl Model, expected: impl Fn(&Violation) -> bool) {
    let violation = conformance::model(&model).await.unwrap_err();
    assert!(expected(&violation), "{violation:?}");
}

#[tokio::test]
async fn a_good_model_conforms() {
    conformance::model(&saying(&[usage(5, 0), word(), word(), usage(5, 2)])).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_slow_model_conforms() {
    let minute = Duration::from_secs(60);
    conformance::model(&Slow::new(saying(&[word(), word()])).with_first(minute).with_between(minute)).await.unwrap();
}

#[tokio::test]
async fn a_model_that_never_answers_is_caught() {
    let alone = |violation: &Violation| matches!(violation, Violation::Unanswered { situation: Situation::Alone, .. });
    check(ScriptedModel::new([]), alone).await;
    check(Flaky::new(saying(&[word(), word()]), [Turn::Break { after: 1, error: unavailable() }]), alone).await;
}

#[tokio::test]
async fn a_stream_without_content_is_caught() {
    let empty = |violation: &Violation| matches!(violation, Violation::NoContent { situation: Situation::Alone });
    check(saying(&[]), empty).await;
    check(saying(&[usage(5, 0)]), empty).await;
}

#[tokio::test]
async fn usage_that_shrinks_is_caught() {
    check(saying(&[usage(5, 3), word(), usage(5, 1)]), |violation| {
        matches!(violation, Violation::UsageShrinks { before: Tokens(8), after: Tokens(6) })
    })
    .await;
}

#[tokio::test]
async fn an_answer_that_is_too_long_is_caught() {
    check(saying(&[word(), usage(5, 33)]), |violation| {
        matches!(violation, Violation::TooLong { most: Tokens(32), output: Tokens(33) })
    })
    .await;
}

/// What a [`Fake`] does wrong.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fault {
    /// It goes on after an error.
    GoesOn,
    /// It breaks when several tasks call it.
    OneAtATime,
    /// It asks those to come back who call while another does.
    SaysBusy,
    /// It is stuck when a call is dropped.
    StuckByCall,
    /// It is stuck when a stream is dropped.
    StuckByStream,
}

#[derive(Debug)]
struct Fake {
    fault: Fault,
    open: Arc<AtomicUsize>,
    stuck: Arc<AtomicBool>,
}

impl Fake {
    fn new(fault: Fault) -> Self {
        Self { fault, open: Arc::default(), stuck: Arc::default() }
    }
}

/// Sticks its model when it is dropped before the end.
struct Fuse {
    armed: bool,
    stuck: Arc<AtomicBool>,
}

impl Drop for Fuse {
    fn drop(&mut self) {
        self.stuck.fetch_or(self.armed, Ordering::Relaxed);
    }
}

/// A stream that is open as long as this lives.
struct Open(Arc<AtomicUsize>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[async_trait]
impl Model for Fake {
    async fn generate(&self, _: Prompt) -> Result<ChunkStream, ModelError> {
        if self.stuck.load(Ordering::Relaxed) {
            return Err(unavailable());
        }
        let others = self.open.fetch_add(1, Ordering::Relaxed);
        let open = Open(Arc::clone(&self.open));
        match self.fault {
            Fault::OneAtATime if others > 0 => return Err(unavailable()),
            Fault::SaysBusy if others > 0 => return Err(ModelError::Overloaded { retry_after: None }),
            Fault::GoesOn => return Ok(Box::pin(stream::iter([Ok(word()), Err(unavailable()), Ok(word())]))),
            _ => {}
        }
        let mut fuse = Fuse { armed: self.fault == Fault::StuckByCall, stuck: Arc::clone(&self.stuck) };
        yield_now().await;
        fuse.armed = self.fault == Fault::StuckByStream;
        let words = stream::unfold((2, open, fuse), |(left, open, mut fuse)| async move {
            yield_now().await;
            fuse.armed &= left > 0;
            (left > 0).then(|| (Ok(word()), (left - 1, open, fuse)))
        });
        Ok(words.boxed())
    }
}

#[tokio::test]
async fn going_on_after_an_error_is_caught() {
    check(Fake::new(Fault::GoesOn), |violation| matches!(violation, Violation::AfterError)).await;
}

#[tokio::test]
async fn a_model_for_one_task_at_a_time_is_caught() {
    check(Fake::new(Fault::OneAtATime), |violation| {
        matches!(violation, Violation::Unanswered { situation: Situation::Together, .. })
    })
    .await;
}

#[tokio::test]
async fn a_model_that_is_busy_may_say_so() {
    conformance::model(&Fake::new(Fault::SaysBusy)).await.unwrap();
}

#[tokio::test]
async fn a_model_stuck_by_a_dropped_call_or_stream_is_caught() {
    for (fault, expected) in
        [(Fault::StuckByCall, Situation::AfterDroppedCall), (Fault::StuckByStream, Situation::AfterDroppedStream)]
    {
        check(
            Fake::new(fault),
            |violation| matches!(violation, Violation::Unanswered { situation, .. } if *situation == expected),
        )
        .await;
    }
}
