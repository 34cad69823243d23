//! Reading what models write: without thoughts, case, accents, mark-up and punctuation.

use std::borrow::Cow;

/// The text without what stands between `<think>` and `</think>`. Thoughts that never end leave nothing after them.
pub(super) fn without_thoughts(text: &str) -> Cow<'_, str> {
    const OPEN: &str = "<think>";
    const CLOSE: &str = "</think>";
    if !text.contains(OPEN) && !text.contains(CLOSE) {
        return Cow::Borrowed(text);
    }
    // The opening tag is often part of the prompt's template, so that only the closing one is seen.
    let mut rest = match (text.find(OPEN), text.find(CLOSE)) {
        (open, Some(close)) if open.is_none_or(|open| close < open) => text.get(close + CLOSE.len()..).unwrap_or(""),
        _ => text,
    };
    let mut spoken = String::new();
    while let Some((before, thought)) = rest.split_once(OPEN) {
        spoken.push_str(before);
        rest = thought.split_once(CLOSE).map_or("", |(_, after)| after);
    }
    spoken.push_str(rest);
    Cow::Owned(spoken)
}

/// The lines of a text but for the marks of code fences.
pub(super) fn without_fences(text: &str) -> String {
    let kept = text.lines().filter(|line| !line.trim_start().starts_with("```"));
    kept.collect::<Vec<_>>().join("\n")
}

/// Words in lower case without accents, so that "Äpfel" is `apfel`; anything but letters and digits parts them.
pub(super) fn words(text: &str) -> Vec<String> {
    let mut folded = String::with_capacity(text.len());
    for letter in text.chars().flat_map(char::to_lowercase) {
        fold(letter, &mut folded);
    }
    folded.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// Whether these words stand in `text` one after the other. The last one may end in `*`, which any ending matches.
pub(super) fn mentions(text: &[String], phrase: &str) -> bool {
    let open = phrase.ends_with('*');
    let phrase = words(phrase);
    let Some((last, head)) = phrase.split_last() else { return false };
    text.windows(phrase.len()).any(|window| {
        window.split_last().is_some_and(|(end, start)| {
            start == head && if open { end.starts_with(last.as_str()) } else { end == last }
        })
    })
}

/// Whether all words of `piece` stand one after the other in `whole`, case and punctuation aside.
pub(super) fn is_part_of(piece: &str, whole: &str) -> bool {
    let (piece, whole) = (words(piece), words(whole));
    !piece.is_empty() && whole.windows(piece.len()).any(|window| window == piece)
}

/// What follows the last word that announces an answer, in every line that has one.
pub(super) fn conclusions(text: &str) -> Vec<&str> {
    const ANNOUNCED_BY: [&str; 9] =
        ["answer", "result", "label", "category", "topic", "output", "prints", "therefore", "="];
    let after = |line: &'_ str| {
        // ASCII lower case keeps every byte where it is.
        let lower = line.to_ascii_lowercase();
        ANNOUNCED_BY.iter().filter_map(|word| lower.rfind(word).map(|at| at + word.len())).max()
    };
    text.lines().filter_map(|line| line.get(after(line)?..)).collect()
}

fn fold(letter: char, into: &mut String) {
    let plain = match letter {
        // Combining marks of a decomposed text.
        '\u{300}'..='\u{36f}' => return,
        'à' | 'á' | 'â' | 'ä' | 'ã' | 'å' => 'a',
        'ç' => 'c',
        'è' | 'é' | 'ê' | 'ë' => 'e',
        'ì' | 'í' | 'î' | 'ï' => 'i',
        'ñ' => 'n',
        'ò' | 'ó' | 'ô' | 'ö' | 'õ' => 'o',
        'ù' | 'ú' | 'û' | 'ü' => 'u',
        'ß' => return into.push_str("ss"),
        'œ' => return into.push_str("oe"),
        other => other,
    };
    into.push(plain);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thoughts_are_left_out() {
        let check = |text, expected| assert_eq!(without_thoughts(text), expected, "{text}");
        check("plain", "plain");
        check("<think>hm</think>yes", "yes");
        check("a<think>b</think>c<think>d</think>e", "ace");
        check("no tag opens this</think>yes", "yes");
        check("first</think>then<think>b</think>c", "thenc");
        check("<think>for ever", "");
    }

    #[test]
    fn words_have_neither_case_nor_accents() {
        assert_eq!(words("**Äpfel**, cafe\u{301} & GROSSE Stra\u{df}e!"), ["apfel", "cafe", "grosse", "strasse"]);
    }

    #[test]
    fn a_phrase_is_found_as_whole_words() {
        let check = |text, phrase, expected| assert_eq!(mentions(&words(text), phrase), expected, "{text} {phrase}");
        check("the code is QX-4821.", "qx-4821", true);
        check("the code is QX-48210.", "qx-4821", false);
        check("drei rote Äpfel", "rot*", true);
        check("drei rote Äpfel", "rot", false);
        check("anything", "", false);
        check("anything", "*", false);
    }

    #[test]
    fn a_conclusion_follows_its_announcement() {
        let check = |text, expected: &[&str]| assert_eq!(conclusions(text), expected, "{text}");
        check("so 2 + 2 = 4\nÄhm. The ANSWER: four", &[" 4", ": four"]);
        check("four", &[]);
    }
}
