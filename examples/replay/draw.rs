//! Draws that follow from a seed and a place alone, so that every policy meets the same work.

/// A number in `[0, 1)`; the same for the same arguments, independent of all others (SplitMix64, Steele et al. 2014).
pub(crate) fn draw(seed: u64, salt: u64, place: u64) -> f64 {
    const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut bits = mix(mix(seed.wrapping_add(GOLDEN)).wrapping_add(salt)).wrapping_add(place.wrapping_mul(GOLDEN));
    bits = mix(bits);
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}
