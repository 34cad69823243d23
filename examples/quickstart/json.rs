//! What happened to a request, for programs: one JSON object a line.

use std::io::{self, Write};

use maestria::Response;
use serde_json::json;

pub(crate) fn print(request: &str, response: &Response) -> io::Result<()> {
    let intents = response.understanding.iter().flat_map(|understanding| understanding.intents());
    let line = json!({
        "request": request,
        "intents": intents.collect::<Vec<_>>(),
        "unknown": response.understanding.as_ref().is_none_or(|understanding| understanding.is_unknown()),
        "message": response.answer.to_string(),
        "response": response,
    });
    writeln!(io::stdout().lock(), "{line}")
}
