//! Scores of one kind made comparable with those of another.

/// What the scores of an index of few tools are smoothed with: as if so many more tools had scores of this mean and deviation.
#[derive(Debug, Clone, Copy)]
pub(super) struct Usual {
    pub(super) tools: f64,
    pub(super) mean: f64,
    pub(super) deviation: f64,
}

/// Where the scores of all tools lie, and how far apart.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spread {
    mean: f64,
    deviation: f64,
}

impl Spread {
    /// Of these scores, with what is usual counted in.
    pub(super) fn of(scores: impl Iterator<Item = f32>, usual: Usual) -> Self {
        let (mut count, mut sum) = (usual.tools, usual.tools * usual.mean);
        let mut squares = usual.tools * (usual.deviation * usual.deviation + usual.mean * usual.mean);
        for score in scores.map(f64::from) {
            count += 1.0;
            sum += score;
            squares += score * score;
        }
        let mean = sum / count;
        let variance = (squares / count - mean * mean).max(0.0);
        Self { mean, deviation: variance.sqrt().max(f64::MIN_POSITIVE) }
    }

    /// How many deviations above the mean a score lies.
    pub(super) fn standardise(self, score: f32) -> f64 {
        (f64::from(score) - self.mean) / self.deviation
    }
}
