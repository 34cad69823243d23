//! Literals of Python: lists of tools stand so in the prompts.

use std::{iter::Peekable, str::CharIndices};

use serde_json::{Map, Number, Value};

/// The value of a literal at the beginning of a text, as JSON; a tuple becomes a list. None where it is no literal.
pub(super) fn read(text: &str) -> Option<Value> {
    Reader { text, letters: text.char_indices().peekable() }.value()
}

struct Reader<'a> {
    text: &'a str,
    letters: Peekable<CharIndices<'a>>,
}

impl Reader<'_> {
    fn value(&mut self) -> Option<Value> {
        self.skip_spaces();
        match self.peek()? {
            '[' => self.elements(']').map(Value::Array),
            '(' => self.elements(')').map(Value::Array),
            '{' => self.fields().map(Value::Object),
            '\'' | '"' => self.string().map(Value::String),
            _ => self.word(),
        }
    }

    fn elements(&mut self, end: char) -> Option<Vec<Value>> {
        self.letters.next();
        let mut elements = Vec::new();
        while !self.ends(end)? {
            elements.push(self.value()?);
        }
        Some(elements)
    }

    fn fields(&mut self) -> Option<Map<String, Value>> {
        self.letters.next();
        let mut fields = Map::new();
        while !self.ends('}')? {
            let key = match self.value()? {
                Value::String(key) => key,
                other => other.to_string(),
            };
            self.skip_spaces();
            self.letters.next_if(|(_, letter)| *letter == ':')?;
            fields.insert(key, self.value()?);
        }
        Some(fields)
    }

    /// Whether a list or dictionary ends here; goes over its end, or over the comma before what comes.
    fn ends(&mut self, end: char) -> Option<bool> {
        self.skip_spaces();
        if self.letters.next_if(|(_, letter)| *letter == ',').is_some() {
            self.skip_spaces();
        }
        self.peek()?;
        Some(self.letters.next_if(|(_, letter)| *letter == end).is_some())
    }

    fn string(&mut self) -> Option<String> {
        let (_, quote) = self.letters.next()?;
        let mut string = String::new();
        loop {
            match self.letters.next()?.1 {
                letter if letter == quote => return Some(string),
                '\\' => match self.letters.next()?.1 {
                    'n' => string.push('\n'),
                    't' => string.push('\t'),
                    'r' => string.push('\r'),
                    'x' => string.push(self.code(2)?),
                    'u' => string.push(self.code(4)?),
                    '\n' => {}
                    letter @ ('\\' | '\'' | '"') => string.push(letter),
                    letter => string.extend(['\\', letter]),
                },
                letter => string.push(letter),
            }
        }
    }

    /// The character of a code of so many hexadecimal digits.
    fn code(&mut self, digits: usize) -> Option<char> {
        let mut code = 0;
        for _ in 0..digits {
            code = code * 16 + self.letters.next()?.1.to_digit(16)?;
        }
        char::from_u32(code)
    }

    fn word(&mut self) -> Option<Value> {
        let start = self.letters.peek()?.0;
        while self.letters.next_if(|(_, letter)| letter.is_alphanumeric() || "+-._".contains(*letter)).is_some() {}
        let end = self.letters.peek().map_or(self.text.len(), |(end, _)| *end);
        match self.text.get(start..end)? {
            "None" => Some(Value::Null),
            "True" => Some(Value::Bool(true)),
            "False" => Some(Value::Bool(false)),
            number => match number.parse::<i64>() {
                Ok(number) => Some(number.into()),
                Err(_) => Number::from_f64(number.parse().ok()?).map(Value::Number),
            },
        }
    }

    fn peek(&mut self) -> Option<char> {
        self.letters.peek().map(|(_, letter)| *letter)
    }

    fn skip_spaces(&mut self) {
        while self.letters.next_if(|(_, letter)| letter.is_whitespace()).is_some() {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(text: &str, expected: Option<Value>) {
        assert_eq!(read(text), expected, "{text}");
    }

    #[test]
    fn literals_become_json() {
        check("[{'a': 1, \"b's\": [-2.5, True, None]}, ()]", Some(json!([{"a": 1, "b's": [-2.5, true, null]}, []])));
        check(r"'it\'s\n\u00e9 \d'", Some(json!("it's\né \\d")));
        check("{1: 'x',} and more", Some(json!({"1": "x"})));
    }

    #[test]
    fn what_is_no_literal_is_none() {
        check("", None);
        check("[1, 2", None);
        check("{'a' 1}", None);
        check("words", None);
        check("'open", None);
    }
}
