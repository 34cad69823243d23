//! Where probes come from.

use std::fmt::Debug;

use maestria_vocabulary::Capability;

use super::{draw::Draw, probe::Probe};

/// Probes of one capability.
///
/// # Contract
/// The same seed gives the same probe, and seeds drawn at random give probes drawn at random: the score that is found is the one to be
/// expected of them. All probes are of the capability. A suite should have more probes than a discovery asks of a model, and answers that
/// guessing seldom hits: a score by luck counts like one by ability.
pub trait Suite: Debug + Send + Sync {
    /// What the probes test.
    fn capability(&self) -> &Capability;

    /// The probe of a seed.
    fn probe(&self, seed: u64) -> Probe;
}

/// A suite of given probes, for an application that has examples of what it asks for.
#[derive(Debug, Clone)]
pub struct Examples {
    first: Probe,
    more: Vec<Probe>,
}

impl Examples {
    /// A suite of the first probe's capability; probes of another are left out.
    #[must_use]
    pub fn new(first: Probe, more: impl IntoIterator<Item = Probe>) -> Self {
        let more = more.into_iter().filter(|probe| probe.capability() == first.capability()).collect();
        Self { first, more }
    }
}

impl Suite for Examples {
    fn capability(&self) -> &Capability {
        self.first.capability()
    }

    fn probe(&self, seed: u64) -> Probe {
        let drawn = Draw::new(seed).between(0, i64::try_from(self.more.len()).unwrap_or(i64::MAX));
        let at = usize::try_from(drawn).unwrap_or(0);
        at.checked_sub(1).and_then(|at| self.more.get(at)).unwrap_or(&self.first).clone()
    }
}
