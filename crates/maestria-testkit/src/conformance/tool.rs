//! Does a tool keep its contract?

use futures_util::{FutureExt, future};
use jsonschema::Validator;
use maestria_vocabulary::{Arguments, Content, Effect, Tool};
use serde_json::Value;

use super::{Schema, Situation, Violation};

/// Calls at once.
const TOGETHER: usize = 4;

/// Checks `tool` against the contract of [`Tool`].
///
/// The tool is really called, about seven times with the same arguments, some of them at once and one dropped on the way, and then in two parts
/// if it says that it has several: give it a place
/// where what it does can do no harm, and `good` arguments that it can serve each time.
///
/// # Errors
/// The first [`Violation`] found.
pub async fn tool(tool: &dyn Tool, good: Arguments) -> Result<(), Violation> {
    let spec = tool.spec().clone();
    if spec.description.trim().is_empty() {
        return Err(Violation::NoDescription);
    }
    let input = validator(Schema::Input, &spec.input)?;
    let output = validator(Schema::Output, &spec.output)?;
    if spec.input.get("type").is_none_or(|kind| kind != "object") {
        return Err(Violation::InputNotObject);
    }
    let required = spec.input.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    for parameter in required {
        if spec.parameters().all(|(name, _)| name != parameter) {
            return Err(Violation::UndescribedParameter { parameter: parameter.to_owned() });
        }
    }
    let arguments = Value::Object(good.clone());
    input.validate(&arguments).map_err(|error| Violation::BadArguments { source: error.to_owned().into() })?;

    let mut results = vec![call(tool, &good, Situation::Alone).await?];
    let calls = (0..TOGETHER).map(|_| call(tool, &good, Situation::Together));
    results.extend(future::try_join_all(calls).await?);
    // Polled once, then dropped.
    drop(tool.call(good.clone()).now_or_never());
    results.push(call(tool, &good, Situation::AfterDroppedCall).await?);
    if let Some(joined) = in_parts(tool, &good).await? {
        if spec.effect == Effect::Pure && results.last().is_some_and(|whole| *whole != joined) {
            return Err(Violation::PartsDiffer);
        }
        results.push(joined);
    }

    // A file has no form that a schema describes.
    for result in results.iter().filter(|result| !matches!(result, Content::Bytes { .. })).map(Content::to_json) {
        output.validate(&result).map_err(|error| Violation::BadResult { source: error.to_owned().into() })?;
    }
    if spec.effect == Effect::Pure && results.windows(2).any(|pair| matches!(pair, [one, next] if one != next)) {
        return Err(Violation::NotPure);
    }
    if *tool.spec() == spec { Ok(()) } else { Err(Violation::SpecChanges) }
}

async fn call(tool: &dyn Tool, good: &Arguments, situation: Situation) -> Result<Content, Violation> {
    tool.call(good.clone()).await.map_err(|source| Violation::CallFailed { situation, source })
}

/// What a call comes to that is done in two parts, if it can be.
async fn in_parts(tool: &dyn Tool, good: &Arguments) -> Result<Option<Content>, Violation> {
    let workload = tool.workload(good);
    if !workload.divides() {
        return Ok(None);
    }
    let middle = workload.least.max(1);
    let mut parts = Vec::new();
    for units in [0..middle, middle..workload.units] {
        let part = tool.call_part(good.clone(), units.clone()).await;
        parts.push(part.map_err(|source| Violation::PartFailed { units, source })?);
    }
    tool.join(parts).map(Some).map_err(|source| Violation::NotJoined { source })
}

fn validator(schema: Schema, value: &Value) -> Result<Validator, Violation> {
    jsonschema::validator_for(value)
        .map_err(|error| Violation::InvalidSchema { schema, source: error.to_owned().into() })
}
