//! The project's own workflows: is the plan of a request right, and if not, what of it?

mod comparison;
mod order;

use jiff::Zoned;
use maestria::{ToolPlan, ToolPlanner};
use maestria_benches::{
    Result,
    cases::{self, Cases, Family, Product, Split},
    progress,
    scores::share,
};
use serde::Deserialize;
use serde_json::{Value, json};

use self::comparison::{Comparison, Step};
use crate::{
    measure::{Measure, Set},
    report::{Report, Sheet},
    subject::Subject,
};

/// When a request was made, and its plan.
#[derive(Debug, Deserialize)]
pub(crate) struct Planned {
    #[serde(deserialize_with = "cases::moment")]
    now: Zoned,
    steps: Vec<Step>,
}

/// Measures every split.
pub(crate) fn measure(subject: &Subject, cases: &Cases<Planned>, report: &mut Report) -> Result {
    let planner = subject.planner(cases.tools.iter().cloned())?;
    for (split, families) in &cases.splits {
        let requests = Family::all(families);
        let mut sheet = report.sheet(subject.column, Set::Workflows(*split), requests.len());
        let compared = assess(&planner, progress::told(&requests, "requests").copied(), &mut sheet)?;
        tell(&compared, &mut sheet);
    }
    Ok(())
}

/// Measures every split of the products, the requests to all products of a split together.
pub(crate) fn measure_products(
    subject: &Subject,
    splits: &[(Split, Vec<Product<Planned>>)],
    report: &mut Report,
) -> Result {
    for (split, products) in splits {
        let requests = products.iter().map(|product| Family::all(&product.families).len()).sum();
        let mut sheet = report.sheet(subject.column, Set::Products(*split), requests);
        let mut compared = Vec::new();
        for product in progress::told(products, "products") {
            let planner = subject.planner(product.tools.iter().cloned())?;
            compared.extend(assess(&planner, Family::all(&product.families), &mut sheet)?);
        }
        tell(&compared, &mut sheet);
    }
    Ok(())
}

/// What is expected of every request, and how the plan that is made for it compares with that.
fn assess<'a>(
    planner: &ToolPlanner,
    requests: impl IntoIterator<Item = (&'a str, &'a Planned)>,
    sheet: &mut Sheet<'_>,
) -> Result<Vec<(&'a [Step], Comparison)>> {
    let mut compared = Vec::new();
    for (request, Planned { now, steps }) in requests {
        let given = planner.plan(request, Some(now)).map(|plan| ToolPlan::to_json(&plan));
        let given = given.unwrap_or_else(|error| json!({"error": error.to_string()}));
        let comparison = compare(steps, &given)?;
        if !comparison.is_right() {
            sheet.wrong(comparison.first_wrong(), request, &json!(steps), &given)?;
        }
        compared.push((steps.as_slice(), comparison));
    }
    Ok(compared)
}

/// Adds the figures.
fn tell(compared: &[(&[Step], Comparison)], sheet: &mut Sheet<'_>) {
    let all = |right: fn(&Comparison) -> bool| share(compared.iter().map(|(_, comparison)| right(comparison)));
    let of = |has: fn(&Step) -> bool, right: fn(&Comparison) -> bool| {
        let those = compared.iter().filter(|(steps, _)| steps.iter().any(has));
        share(those.map(|(_, comparison)| right(comparison)))
    };
    sheet.add(Measure::PlanRight, all(Comparison::is_right));
    sheet.add(Measure::PlanTools, all(|comparison| comparison.tools));
    sheet.add(Measure::PlanOrder, all(|comparison| comparison.order));
    sheet.add(Measure::PlanArguments, all(|comparison| comparison.arguments));
    sheet.add(Measure::PlanWhen, of(|step| !step.when.is_null(), |comparison| comparison.when));
    sheet.add(Measure::PlanEach, of(|step| !step.each.is_null(), |comparison| comparison.each));
}

/// Compares a plan with what is expected. A plan that asks something first is not right, though its parts may be.
fn compare(expected: &[Step], plan: &Value) -> Result<Comparison> {
    let steps = plan.get("steps").cloned().unwrap_or_else(|| json!([]));
    let given: Vec<Step> = serde_json::from_value(steps)?;
    let asks = plan.get("missing").and_then(Value::as_array).is_some_and(|missing| !missing.is_empty());
    let comparison = Comparison::of(expected, &given);
    Ok(Comparison { arguments: comparison.arguments && !asks, ..comparison })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_that_asks_first_lacks_arguments() {
        let step = json!({"id": "s1", "tool": "f", "arguments": {}, "after": [], "when": null, "each": null});
        let expected: Vec<Step> = serde_json::from_value(json!([step])).unwrap();
        let check = |missing: Value, right: bool| {
            let comparison = compare(&expected, &json!({"steps": [step], "missing": missing})).unwrap();
            assert_eq!((comparison.tools, comparison.is_right()), (true, right));
        };
        check(json!([]), true);
        check(json!([{"parameter": "x"}]), false);
    }
}
