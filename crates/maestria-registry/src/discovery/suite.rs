//! Where probes come from.

use std::fmt::Debug;

use maestria_vocabulary::Capability;

use super::{draw::Draw, probe::Probe};

/// Probes of one capability.
///
/// An application tests what it needs by a suite of its own:
///
/// ```
/// use std::sync::Arc;
///
/// use maestria_registry::discovery::{Answer, Draw, Grade, Probe, Suite, Task, grading::Choice};
/// use maestria_vocabulary::{Capability, Message, Prompt, Role};
///
/// #[derive(Debug)]
/// struct Dialects(Capability);
///
/// impl Suite for Dialects {
///     fn capability(&self) -> &Capability {
///         &self.0
///     }
///     fn probe(&self, seed: u64) -> Probe {
///         let pairs = [("lift", "elevator"), ("lorry", "truck"), ("flat", "apartment"), ("queue", "line")];
///         let mut draw = Draw::new(seed);
///         let (british, american) = draw.pick(&pairs);
///         let question = format!("What is a {british} called in the USA? Reply with one word.");
///         let task = Task::Prompt(Prompt::new(vec![Message::new(Role::User, question.as_str())]));
///         let others = pairs.map(|(_, american)| american);
///         Probe::new(self.0.clone(), task, Answer::from(american), Arc::new(Choice::new(american, others)))
///     }
/// }
///
/// let suite = Dialects("dialects".parse()?);
/// let probe = suite.probe(1);
/// assert_eq!(probe.grade(probe.reference()), Grade::right());
/// assert_eq!(probe.grade(&"elevator, truck, apartment or line".into()).reason.to_string(), "gives several answers");
/// # Ok::<(), maestria_vocabulary::InvalidId>(())
/// ```
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
