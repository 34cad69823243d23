//! Units of measure: what a number's unit is in terms of the one that a parameter asks for.

/// What a unit measures, and how many base units it is. SI and the international yard and pound agreement of 1959.
const UNITS: &[(&[&str], Dimension, f64)] = &[
    (&["ms", "millisecond"], Dimension::Time, 0.001),
    (&["s", "sec", "second"], Dimension::Time, 1.0),
    (&["min", "minute", "mins"], Dimension::Time, 60.0),
    (&["h", "hr", "hour", "hrs"], Dimension::Time, 3600.0),
    (&["day"], Dimension::Time, 86_400.0),
    (&["week"], Dimension::Time, 604_800.0),
    (&["fortnight"], Dimension::Time, 1_209_600.0),
    (&["mm", "millimeter", "millimetre"], Dimension::Length, 0.001),
    (&["cm", "centimeter", "centimetre"], Dimension::Length, 0.01),
    (&["m", "meter", "metre"], Dimension::Length, 1.0),
    (&["km", "kilometer", "kilometre"], Dimension::Length, 1000.0),
    (&["inch", "inches"], Dimension::Length, 0.0254),
    (&["foot", "feet", "ft"], Dimension::Length, 0.3048),
    (&["mile", "mi"], Dimension::Length, 1609.344),
    (&["mg", "milligram"], Dimension::Mass, 1e-6),
    (&["g", "gram"], Dimension::Mass, 0.001),
    (&["kg", "kilogram", "kilo"], Dimension::Mass, 1.0),
    (&["ounce", "oz"], Dimension::Mass, 0.028_349_523_125),
    (&["pound", "lb", "lbs"], Dimension::Mass, 0.453_592_37),
    (&["byte"], Dimension::Data, 1.0),
    (&["kb", "kilobyte"], Dimension::Data, 1e3),
    (&["mb", "megabyte"], Dimension::Data, 1e6),
    (&["gb", "gigabyte"], Dimension::Data, 1e9),
    (&["tb", "terabyte"], Dimension::Data, 1e12),
];

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dimension {
    /// In seconds.
    Time,
    /// In metres.
    Length,
    /// In kilograms.
    Mass,
    /// In bytes.
    Data,
}

/// A unit: what it measures, and how many base units it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Unit {
    pub(super) dimension: Dimension,
    pub(super) factor: f64,
}

/// The unit of this name, in the singular or the plural.
pub(super) fn unit(word: &str) -> Option<Unit> {
    let word = word.to_lowercase();
    let singular = word.strip_suffix('s').filter(|singular| singular.len() > 1).unwrap_or(&word);
    let named = UNITS.iter().find(|(names, ..)| names.contains(&word.as_str()) || names.contains(&singular));
    named.map(|&(_, dimension, factor)| Unit { dimension, factor })
}

/// The unit of time of this name; "m" is a minute where no length can be meant.
pub(super) fn time_unit(name: &str) -> Option<Unit> {
    unit(if name == "m" { "min" } else { name }).filter(|unit| unit.dimension == Dimension::Time)
}

/// What a number is in the units that are asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Measured {
    /// In the first unit that measures the same.
    In(f64),
    /// No unit is known to be said, or none is asked for.
    Unknown,
    /// It measures something else than all of the units that are asked for.
    Other,
}

/// `value` of unit `said` in the first of the units `wanted` that measures the same.
pub(super) fn converted(value: f64, said: &str, wanted: &[Unit]) -> Measured {
    let fitting = |said: Unit| Some((said, wanted.iter().find(|wanted| wanted.dimension == said.dimension)?));
    let known = unit(said);
    match known.and_then(fitting).or_else(|| fitting(time_unit(said)?)) {
        // Whole ratios stay whole: two hours are 120 minutes.
        Some((said, wanted)) if wanted.factor == said.factor => Measured::In(value),
        Some((said, wanted)) => Measured::In((value * said.factor / wanted.factor * 1e9).round() / 1e9),
        None if known.is_none() || wanted.is_empty() => Measured::Unknown,
        None => Measured::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_out_in_the_unit_that_is_asked_for() {
        let check = |value, said, wanted: &[&str], expected| {
            let wanted: Vec<Unit> = wanted.iter().filter_map(|name| unit(name)).collect();
            assert_eq!(converted(value, said, &wanted), expected, "{value} {said}");
        };
        check(2.0, "hours", &["minutes"], Measured::In(120.0));
        check(90.0, "min", &["hours"], Measured::In(1.5));
        check(5.0, "km", &["seconds", "meters"], Measured::In(5000.0));
        check(5.0, "m", &["seconds", "meters"], Measured::In(5.0));
        check(5.0, "m", &["seconds"], Measured::In(300.0));
        check(5.0, "km", &["seconds"], Measured::Other);
        check(5.0, "km", &[], Measured::Unknown);
        check(5.0, "apples", &["meters"], Measured::Unknown);
    }
}
