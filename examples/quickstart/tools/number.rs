//! Numbers as people write them: read from the cells of a table, and written with their thousands apart.

/// Numbers beyond this are taken for text: sums of their squares may overflow.
const LARGEST: f64 = 1e100;

/// The number that a cell holds. Commas may only part thousands, so that "1,5" is no number rather than 15.
pub(crate) fn parse(cell: &str) -> Option<f64> {
    let number: f64 = match cell.contains(',') {
        false => cell.parse().ok()?,
        true if parts_thousands(cell) => cell.replace(',', "").parse().ok()?,
        true => return None,
    };
    (number.abs() <= LARGEST).then_some(number)
}

/// Whether a cell reads `1,234,567.89`, with or without a minus and decimals.
fn parts_thousands(cell: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = cell.strip_prefix('-').unwrap_or(cell);
    let (whole, decimals) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    let (first, rest) = whole.split_once(',').unwrap_or((whole, ""));
    let leads = digits(first) && first.len() <= 3 && !first.starts_with('0');
    leads && digits(decimals) && rest.split(',').all(|group| digits(group) && group.len() == 3)
}

/// A number with its thousands apart: without decimals when it is large, with an exponent when it is huge or tiny.
pub(crate) fn grouped(value: f64) -> String {
    let size = value.abs();
    if size >= 1e15 || (size > 0.0 && size < 0.005) {
        return format!("{value:.2e}");
    }
    // Adding zero takes the sign off a negative zero.
    let value = value + 0.0;
    let text = if size >= 1000.0 || value.fract() == 0.0 { format!("{value:.0}") } else { format!("{value:.2}") };
    let (whole, decimals) = text.split_once('.').map_or((text.as_str(), None), |(whole, rest)| (whole, Some(rest)));
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
    let mut out = sign.to_owned();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    decimals.map_or(out.clone(), |decimals| format!("{out}.{decimals}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_part_thousands_and_nothing_else() {
        let check = |cell: &str, expected: Option<f64>| assert_eq!(parse(cell), expected, "{cell}");
        check("12", Some(12.0));
        check("-1.5", Some(-1.5));
        check("1,234", Some(1234.0));
        check("-1,234,567.89", Some(-1_234_567.89));
        check("123,456", Some(123_456.0));
        for cell in
            ["1,5", "1,50", "1234,567", "1,2345", "1,234,5", ",123", "1,", "1,234.", "1.234,5", "0,123", "1,,234"]
        {
            check(cell, None);
        }
    }

    #[test]
    fn what_cannot_be_added_up_is_no_number() {
        for cell in ["NaN", "inf", "-infinity", "1e200", "1e999", "", "-", "€5", "1 000"] {
            assert_eq!(parse(cell), None, "{cell}");
        }
    }

    #[test]
    fn numbers_are_written_for_people() {
        let check = |value: f64, expected: &str| assert_eq!(grouped(value), expected);
        check(0.0, "0");
        check(-0.0, "0");
        check(0.5, "0.50");
        check(999.0, "999");
        check(1234.56, "1,235");
        check(-1_234_567.0, "-1,234,567");
        check(1e-9, "1.00e-9");
        check(1e99, "1.00e99");
    }
}
