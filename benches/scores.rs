//! The formulas: shares, calibration error, and how well two groups are told apart.

/// Bins of the expected calibration error and of the diagram.
pub(crate) const BINS: usize = 15;

/// What a classifier said of one text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Claim {
    /// Confidence in the first label, in `[0, 1]`.
    pub(crate) confidence: f64,
    /// Whether the first label is the true one.
    pub(crate) right: bool,
}

/// The claims of like confidence.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Bin {
    pub(crate) count: usize,
    /// Mean confidence, in `[0, 1]`; zero of an empty bin.
    pub(crate) confidence: f64,
    /// Share that is right, in `[0, 1]`; zero of an empty bin.
    pub(crate) accuracy: f64,
}

/// The share of hits, in `[0, 1]`; zero of nothing.
pub(crate) fn share(hits: impl IntoIterator<Item = bool>) -> f64 {
    let (count, hit) = hits.into_iter().fold((0_usize, 0_usize), |(count, hit), is| (count + 1, hit + usize::from(is)));
    hit as f64 / count.max(1) as f64
}

/// The claims in [`BINS`] bins of equal width.
pub(crate) fn bins(claims: &[Claim]) -> Vec<Bin> {
    let place = |claim: &Claim| ((claim.confidence * BINS as f64) as usize).min(BINS - 1);
    let bin = |i: usize| {
        let inside: Vec<&Claim> = claims.iter().filter(|claim| place(claim) == i).collect();
        let confidence = inside.iter().map(|claim| claim.confidence).sum::<f64>() / inside.len().max(1) as f64;
        Bin { count: inside.len(), confidence, accuracy: share(inside.iter().map(|claim| claim.right)) }
    };
    (0..BINS).map(bin).collect()
}

/// Expected calibration error `Σ_b n_b/n · |accuracy_b − confidence_b|`, in `[0, 1]` (Naeini et al. 2015, "Obtaining Well Calibrated
/// Probabilities Using Bayesian Binning"; Guo et al. 2017).
pub(crate) fn ece(claims: &[Claim]) -> f64 {
    let distance = |bin: &Bin| bin.count as f64 * (bin.accuracy - bin.confidence).abs();
    bins(claims).iter().map(distance).sum::<f64>() / claims.len().max(1) as f64
}

/// The probability that a text inside has more energy than one outside, ties counted half: the area under the receiver operating
/// characteristic (Hanley and McNeil 1982).
pub(crate) fn auroc(inside: &[f32], outside: &[f32]) -> f64 {
    let outside = sorted(outside);
    let below = |energy: &f32| outside.partition_point(|other| other < energy);
    let not_above = |energy: &f32| outside.partition_point(|other| other <= energy);
    let twice: usize = inside.iter().map(|energy| below(energy) + not_above(energy)).sum();
    twice as f64 / (2 * inside.len() * outside.len()).max(1) as f64
}

/// The share of texts outside whose energy is below the threshold that loses the share `lost` of those inside.
pub(crate) fn recall(inside: &[f32], outside: &[f32], lost: f64) -> f64 {
    let inside = sorted(inside);
    let threshold = inside.get((inside.len() as f64 * lost) as usize).or(inside.last()).copied();
    share(outside.iter().map(|energy| threshold.is_some_and(|threshold| *energy < threshold)))
}

fn sorted(values: &[f32]) -> Vec<f32> {
    let mut values = values.to_vec();
    values.sort_by(f32::total_cmp);
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
    }

    #[test]
    fn calibration_error_is_the_distance_of_claims_from_truth() {
        let claims = |confidence: f64, right: usize, wrong: usize| {
            let claim = move |right| Claim { confidence, right };
            std::iter::repeat_n(claim(true), right).chain(std::iter::repeat_n(claim(false), wrong))
        };
        check(ece(&claims(0.75, 3, 1).collect::<Vec<_>>()), 0.0);
        check(ece(&claims(1.0, 1, 1).collect::<Vec<_>>()), 0.5);
        check(ece(&claims(1.0, 1, 1).chain(claims(0.5, 1, 1)).collect::<Vec<_>>()), 0.25);
        check(ece(&[]), 0.0);
    }

    #[test]
    fn every_claim_is_in_one_bin() {
        let claims: Vec<Claim> = (0..=100).map(|i| Claim { confidence: f64::from(i) / 100.0, right: true }).collect();
        assert_eq!(bins(&claims).iter().map(|bin| bin.count).sum::<usize>(), claims.len());
    }

    #[test]
    fn the_area_counts_pairs_in_order_and_ties_half() {
        check(auroc(&[2.0, 3.0], &[0.0, 1.0]), 1.0);
        check(auroc(&[0.0], &[1.0]), 0.0);
        check(auroc(&[1.0, 2.0], &[1.0, 1.5]), (0.5 + 2.0) / 4.0);
    }

    #[test]
    fn recall_is_taken_where_the_share_inside_is_lost() {
        let inside: Vec<f32> = (0..100_u8).map(f32::from).collect();
        check(recall(&inside, &[4.0, 4.9, 5.0, 50.0], 0.05), 0.5);
        check(recall(&[], &[1.0], 0.05), 0.0);
    }
}
