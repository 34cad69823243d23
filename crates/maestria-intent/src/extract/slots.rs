//! The values settled so far, one place for each parameter.

use maestria_vocabulary::Span;

use super::value::Reading;

/// Where the values of the other parameters stand.
pub(super) fn others(settled: &[Option<Reading>], place: usize) -> Vec<Span> {
    let others = settled.iter().enumerate().filter(|(other, _)| *other != place);
    others.filter_map(|(_, other)| Some(other.as_ref()?.span)).collect()
}

/// Puts a value into its place.
pub(super) fn put(settled: &mut [Option<Reading>], place: usize, reading: Reading) {
    if let Some(slot) = settled.get_mut(place) {
        *slot = Some(reading);
    }
}
