//! Statements of SQL in a request, which are one value however many commas they have: "run SELECT id, name FROM users on the crm database".

use maestria_vocabulary::Span;

/// Words with which a statement begins, and one that must come later.
const STATEMENTS: &[(&str, &str)] =
    &[("SELECT", "FROM"), ("INSERT", "INTO"), ("UPDATE", "SET"), ("DELETE", "FROM"), ("WITH", "AS")];

/// The statements in `within`, written with keywords in capitals, up to the first word that is neither keyword nor operand.
pub(super) fn statements(text: &str, within: Span) -> Vec<Span> {
    let Some(piece) = within.of(text) else { return Vec::new() };
    let at = |token: &str| token.as_ptr() as usize - text.as_ptr() as usize;
    let mut tokens = piece.split_whitespace().peekable();
    let mut found = Vec::new();
    while let Some(first) = tokens.next() {
        let Some((_, later)) = STATEMENTS.iter().find(|(begin, _)| *begin == first.trim_start_matches('(')) else {
            continue;
        };
        let (mut is_whole, mut wants_operand, mut is_quoted) = (false, true, false);
        let mut last = first;
        while let Some(&next) = tokens.peek() {
            let is_direction = matches!(next.trim_end_matches(','), "ASC" | "DESC");
            let is_keyword = is_keyword(next) || is_direction;
            if !(is_quoted || wants_operand || is_keyword || is_operator(next) || next.starts_with([',', '('])) {
                break;
            }
            is_whole |= next == *later;
            is_quoted ^= next.matches('\'').count() % 2 == 1;
            wants_operand = !is_direction && (is_keyword || is_operator(next) || next.ends_with([',', '(']));
            last = next;
            tokens.next();
            // What ends a sentence ends the statement.
            if !is_quoted && (last.ends_with(['.', ';', '?', '!']) || is_direction && last.ends_with(',')) {
                break;
            }
        }
        let end = at(last) + last.trim_end_matches(['.', ',', ';', '?', '!', ':', '"', '”', '`']).len();
        if is_whole && !wants_operand && !is_quoted {
            found.push(Span { start: at(first), end });
        }
    }
    found
}

fn is_keyword(token: &str) -> bool {
    token.len() > 1 && token.chars().all(|c| c.is_ascii_uppercase())
}

fn is_operator(token: &str) -> bool {
    token.chars().all(|c| "=<>!+-*/%|".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let found = statements(text, Span { start: 0, end: text.len() });
        assert_eq!(found.iter().map(|span| span.of(text).unwrap()).collect::<Vec<_>>(), expected, "{text}");
    }

    #[test]
    fn a_statement_ends_where_words_of_the_request_go_on() {
        check("run SELECT id, opened_at FROM tickets on the support database", &["SELECT id, opened_at FROM tickets"]);
        check(
            "SELECT * FROM t WHERE a = 'New York' AND b > 3. Then mail it",
            &["SELECT * FROM t WHERE a = 'New York' AND b > 3"],
        );
        check("UPDATE users SET name = 'x' WHERE id = 4", &["UPDATE users SET name = 'x' WHERE id = 4"]);
        check(
            "SELECT count(*) FROM a, b ORDER BY c DESC LIMIT 5, please",
            &["SELECT count(*) FROM a, b ORDER BY c DESC LIMIT 5"],
        );
        check("SELECT * FROM t ORDER BY a DESC, fifty rows", &["SELECT * FROM t ORDER BY a DESC"]);
        check("SELECT the best one from them", &[]);
        check("SELECT FROM", &[]);
        check("DELETE old FROM", &[]);
        check("", &[]);
    }
}
