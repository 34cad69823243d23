//! Numbers as people write them: in digits, with separators, in words.

/// The number that a word writes, in digits ("1,250", "3.5", "20%", "640px" without its unit) or as a numeral ("three", "dozen").
#[must_use]
pub fn number_word(word: &str) -> Option<f64> {
    let lower = word.to_lowercase();
    let numeral = NUMERALS.iter().find(|(name, _)| *name == lower).map(|(_, value)| *value);
    numeral.or_else(|| {
        let unsigned = lower.strip_prefix('-').unwrap_or(&lower);
        let digits = unsigned.trim_end_matches(|c: char| c.is_alphabetic() || c == '%');
        let unit = unsigned.get(digits.len()..).unwrap_or_default();
        let plain = digits.replace([',', '_'], "");
        let is_number = plain.starts_with(|c: char| c.is_ascii_digit()) && unit.chars().count() <= 3;
        let value: f64 = is_number.then(|| plain.parse().ok())??;
        Some(if lower.starts_with('-') { -value } else { value })
    })
}

const NUMERALS: &[(&str, f64)] = &[
    ("zero", 0.0),
    ("one", 1.0),
    ("two", 2.0),
    ("three", 3.0),
    ("four", 4.0),
    ("five", 5.0),
    ("six", 6.0),
    ("seven", 7.0),
    ("eight", 8.0),
    ("nine", 9.0),
    ("ten", 10.0),
    ("eleven", 11.0),
    ("twelve", 12.0),
    ("dozen", 12.0),
    ("thirteen", 13.0),
    ("fourteen", 14.0),
    ("fifteen", 15.0),
    ("sixteen", 16.0),
    ("seventeen", 17.0),
    ("eighteen", 18.0),
    ("nineteen", 19.0),
    ("twenty", 20.0),
    ("thirty", 30.0),
    ("forty", 40.0),
    ("fifty", 50.0),
    ("sixty", 60.0),
    ("seventy", 70.0),
    ("eighty", 80.0),
    ("ninety", 90.0),
    ("hundred", 100.0),
    ("thousand", 1000.0),
    ("million", 1_000_000.0),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_people_write_them() {
        let check = |word: &str, value: Option<f64>| assert_eq!(number_word(word), value, "{word}");
        check("3", Some(3.0));
        check("Three", Some(3.0));
        check("1,250", Some(1250.0));
        check("-2.5", Some(-2.5));
        check("20%", Some(20.0));
        check("640px", Some(640.0));
        check("sales", None);
        check("3rdparty", None);
        check("", None);
        check("-", None);
    }
}
