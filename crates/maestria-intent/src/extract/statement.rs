//! Statements of SQL in a request, which are one value however many commas they have: "run SELECT id, name FROM users on the crm database".

use maestria_vocabulary::Span;

/// Words with which a statement begins, and one that must come later.
const STATEMENTS: &[(&str, &str)] =
    &[("SELECT", "FROM"), ("INSERT", "INTO"), ("UPDATE", "SET"), ("DELETE", "FROM"), ("WITH", "AS")];

/// Words behind which an operand comes.
const KEYWORDS: &[&str] = &[
    "SELECT",
    "FROM",
    "WHERE",
    "AND",
    "OR",
    "NOT",
    "ORDER",
    "GROUP",
    "BY",
    "LIMIT",
    "OFFSET",
    "AS",
    "JOIN",
    "INNER",
    "LEFT",
    "RIGHT",
    "FULL",
    "OUTER",
    "CROSS",
    "ON",
    "USING",
    "IN",
    "IS",
    "LIKE",
    "ILIKE",
    "BETWEEN",
    "HAVING",
    "DISTINCT",
    "SET",
    "INTO",
    "VALUES",
    "UNION",
    "ALL",
    "EXISTS",
    "CASE",
    "WHEN",
    "THEN",
    "ELSE",
    "RETURNING",
    "INSERT",
    "UPDATE",
    "DELETE",
    "WITH",
];

/// Keywords that stand for themselves.
const ALONE: &[&str] = &["ASC", "DESC", "NULL", "END"];

/// Keywords that narrow a statement: where they are written small, more of it follows than is read.
const NARROWING: &[&str] =
    &["where", "join", "inner", "left", "set", "values", "order", "group", "having", "limit", "union"];

/// The statements in `within`, written with keywords in capitals, up to the first word that is neither keyword nor operand. One of which more
/// may follow is none: what is run must not be half of what was said.
pub(super) fn statements(text: &str, within: Span) -> Vec<Span> {
    let Some(piece) = within.of(text) else { return Vec::new() };
    let start = |token: &str| token.as_ptr() as usize - text.as_ptr() as usize;
    let tokens: Vec<&str> = piece.split_whitespace().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(&first) = tokens.get(at) {
        at += 1;
        let Some((_, later)) = STATEMENTS.iter().find(|(begin, _)| *begin == first.trim_start_matches('(')) else {
            continue;
        };
        let (mut is_whole, mut wants_operand, mut quote) = (false, true, None);
        let mut last = first;
        while let Some(&next) = tokens.get(at) {
            let word = next.trim_end_matches(',');
            let is_keyword = KEYWORDS.contains(&next);
            let is_alone = ALONE.contains(&word);
            // "FROM orders o WHERE": a name for a table.
            let is_alias = is_name(word) && tokens.get(at + 1).is_some_and(|behind| KEYWORDS.contains(behind));
            let goes_on = is_keyword || is_alone || is_operator(next) || next.starts_with([',', '(']) || is_alias;
            if quote.is_none() && (next.starts_with("--") || !wants_operand && !goes_on) {
                break;
            }
            // "DESC, fifty rows" and "5, please" go on with words of the request.
            let ends_list = next.ends_with(',') && (is_alone || word.chars().all(|c| c.is_ascii_digit()));
            let is_listed =
                || tokens.get(at + 2).is_some_and(|behind| ALONE.contains(&behind.trim_end_matches([',', '.', ';'])));
            is_whole |= next == *later;
            quote = next.chars().fold(quote, |open: Option<char>, c| match open {
                None if matches!(c, '\'' | '"') => Some(c),
                Some(mark) if mark == c => None,
                open => open,
            });
            wants_operand = !is_alone && (is_keyword || is_operator(next)) || next.ends_with([',', '(']);
            last = next;
            let is_end = quote.is_none() && (last.ends_with(['.', ';', '?', '!']) || ends_list && !is_listed());
            at += 1;
            if is_end {
                wants_operand = false;
                break;
            }
        }
        let end = start(last) + last.trim_end_matches(['.', ',', ';', '?', '!', ':', '”', '`']).len();
        let is_cut = tokens.get(at).is_some_and(|next| NARROWING.contains(next) || next.starts_with("--"));
        if is_whole && !wants_operand && quote.is_none() && !is_cut {
            found.push(Span { start: start(first), end });
        }
    }
    found
}

fn is_operator(token: &str) -> bool {
    token.chars().all(|c| "=<>!+-*/%|".contains(c))
}

/// Whether a token may name a table in a statement.
fn is_name(token: &str) -> bool {
    token.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
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
        check("SELECT o.id FROM orders o WHERE o.total > 100", &["SELECT o.id FROM orders o WHERE o.total > 100"]);
        check("SELECT a FROM t ORDER BY a DESC, b ASC", &["SELECT a FROM t ORDER BY a DESC, b ASC"]);
        check("SELECT ID FROM ORDERS on the crm", &["SELECT ID FROM ORDERS"]);
        check("SELECT a AS n, \"First Name\" FROM u", &["SELECT a AS n, \"First Name\" FROM u"]);
        check("SELECT a FROM t WHERE b IS NULL, please", &["SELECT a FROM t WHERE b IS NULL"]);
        // Half of a statement is none.
        check("DELETE FROM users where id = 4 on the crm database", &[]);
        check("SELECT a FROM b -- all rows", &[]);
        check("SELECT the best one from them", &[]);
        check("SELECT FROM", &[]);
        check("DELETE old FROM", &[]);
        check("", &[]);
    }
}
