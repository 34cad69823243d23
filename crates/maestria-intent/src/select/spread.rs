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
    pub(super) fn of(scores: impl Iterator<Item = f32> + Clone, usual: Usual) -> Self {
        let (mut count, mut sum, mut squares) = (usual.tools, usual.tools * usual.mean, 0.0);
        for score in scores.clone() {
            count += 1.0;
            sum += f64::from(score);
        }
        let mean = sum / count;
        squares += usual.tools * (usual.deviation * usual.deviation + (usual.mean - mean) * (usual.mean - mean));
        for score in scores {
            let gap = f64::from(score) - mean;
            squares += gap * gap;
        }
        Self { mean, deviation: (squares / count).sqrt().max(f64::MIN_POSITIVE) }
    }

    /// How many deviations above the mean a score lies.
    pub(super) fn standardise(self, score: f32) -> f64 {
        (f64::from(score) - self.mean) / self.deviation
    }
}
