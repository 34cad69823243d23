//! A request under way, as whoever asked sees it.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use futures_core::Stream;
use maestria_vocabulary::RunId;
use tokio::{sync::mpsc, task::AbortHandle};

use crate::{Answer, Progress, ProgressEvent, Response};

/// A request under way: a stream of what happens to it, whose last event is the answer.
///
/// # Cancel safety
/// Dropping it stops the work and frees what it held. Events wait until they are read.
#[derive(Debug)]
pub struct Run {
    pub(crate) id: RunId,
    pub(crate) events: mpsc::UnboundedReceiver<Progress>,
    pub(crate) task: AbortHandle,
}

impl Run {
    /// Its name.
    #[must_use]
    pub fn id(&self) -> &RunId {
        &self.id
    }

    /// Waits for the answer. There always is one.
    pub async fn response(mut self) -> Response {
        while let Some(progress) = self.events.recv().await {
            if let ProgressEvent::Answered(response) = progress.event {
                return *response;
            }
        }
        let problem = "the run ended without an answer: its runtime was shut down, or it panicked".to_owned();
        Response::new(self.id.clone(), Answer::Broken { problem })
    }
}

impl Stream for Run {
    type Item = Progress;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Progress>> {
        self.events.poll_recv(cx)
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        self.task.abort();
    }
}
