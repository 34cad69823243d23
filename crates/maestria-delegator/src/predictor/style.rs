//! How a request is written, as numbers.

/// What is looked for; each counts one if it is there.
const SIGNS: [&[&str]; 13] = [
    &["\na. ", "\na) ", "(a)", "\na: "],
    &["def ", "class ", "import ", "return ", "function", "{\n"],
    &["\\frac", "\\sqrt", "$", "\\begin"],
    &["\"\"\"", "```"],
    &["who "],
    &["when "],
    &["where "],
    &["how many", "how much"],
    &["why "],
    &["write", "generate", "create"],
    &["__"],
    &[" not ", "except"],
    &["following", "passage", "context:"],
];

/// How a request is written, as 22 numbers of about one in size: length, lines, shares of digits, capitals, signs and other scripts, and
/// marks of code, formulas, choices and kinds of question (in English).
#[must_use]
pub fn request_features(text: &str) -> Vec<f64> {
    let (mut count, mut digits, mut capitals, mut signs, mut foreign) = (0.0, 0.0, 0.0, 0.0, 0.0);
    let (mut lines, mut questions, mut operators) = (0.0_f64, 0.0_f64, 0.0_f64);
    for letter in text.chars() {
        count += 1.0;
        digits += f64::from(letter.is_ascii_digit());
        capitals += f64::from(letter.is_uppercase());
        signs += f64::from(letter.is_ascii_punctuation());
        foreign += f64::from(!letter.is_ascii());
        lines += f64::from(letter == '\n');
        questions += f64::from(letter == '?');
        operators += f64::from("=+*/^<>".contains(letter));
    }
    let length = f64::max(count, 1.0);
    let words = text.split_whitespace().count() as f64;
    let lower = text.to_lowercase();
    let mut features = vec![
        count.ln_1p() / 8.0,
        words.ln_1p() / 6.0,
        5.0 * digits / length,
        5.0 * capitals / length,
        5.0 * signs / length,
        lines.ln_1p() / 3.0,
        5.0 * foreign / length,
        questions.ln_1p(),
        operators.ln_1p() / 2.0,
    ];
    features.extend(SIGNS.map(|words| f64::from(words.iter().any(|word| lower.contains(word)))));
    features
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_text_has_as_many_finite_features() {
        for text in ["", "?", "def f(x):\n    return x", "ΑΒΓ 日本語 İ", &"x".repeat(100_000)] {
            let features = request_features(text);
            assert_eq!(features.len(), 22);
            assert!(features.iter().all(|value| value.is_finite() && (0.0..10.0).contains(value)), "{features:?}");
        }
        assert_ne!(request_features("who wrote it?"), request_features("def f(): return 1"));
    }
}
