//! The one voice in which a request tells what happens to it.

use maestria_vocabulary::Timestamp;
use tokio::sync::mpsc;

use crate::{Progress, ProgressEvent, clock::Clock};

/// Tells what happens to one request, as it happens. Clones speak for the same request; what one says after the other comes after it.
#[derive(Debug, Clone)]
pub(crate) struct Narrator {
    clock: Clock,
    listener: mpsc::UnboundedSender<Progress>,
}

impl Narrator {
    pub(crate) fn new(clock: Clock, listener: mpsc::UnboundedSender<Progress>) -> Self {
        Self { clock, listener }
    }

    pub(crate) fn clock(&self) -> Clock {
        self.clock
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn tell(&self, event: ProgressEvent) {
        // Nobody need listen.
        let _ = self.listener.send(Progress { at: self.now(), event });
    }
}
