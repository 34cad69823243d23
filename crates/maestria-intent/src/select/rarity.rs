//! How much a word says by being rare in English, told from its place among the most frequent words.

use std::{collections::HashMap, sync::LazyLock};

use crate::{spelling::english, words::stem};

/// The place of a stem that is not among the listed ones.
const UNLISTED: f64 = 30_000.0;

/// The stems of English words with the place of the most frequent word of each.
static PLACES: LazyLock<HashMap<String, u32>> = LazyLock::new(|| {
    let mut places = HashMap::new();
    for (word, place) in english() {
        places.entry(stem(word)).or_insert(place);
    }
    places
});

/// About the share of requests in which a stem occurs: `min(1, 1.2 / (r + 2))` for the stem of frequency rank `r`, after Zipf's law.
pub(super) fn commonness(stem: &str) -> f64 {
    (1.2 / (PLACES.get(stem).copied().map_or(UNLISTED, f64::from) + 2.0)).min(1.0)
}

/// How much a stem says, in `(0, 1]`: the logarithm of its rarity, beside that of a stem not listed.
pub(crate) fn weight(stem: &str) -> f64 {
    let listed_not = (UNLISTED + 2.0) / 1.2;
    (1.0 / commonness(stem)).ln_1p() / listed_not.ln_1p()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_rare_says_more() {
        assert!(weight("the") < 0.1 && weight("thi") < 0.5, "{} {}", weight("the"), weight("thi"));
        assert!(weight("image") < weight("dowry") && weight("dowry") < weight("qwertz"));
        assert!((weight("qwertz") - 1.0).abs() < 1e-9);
    }
}
