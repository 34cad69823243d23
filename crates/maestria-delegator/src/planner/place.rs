//! Places in results: which result, or field of one, suits a parameter, and how it is bound to it.

use maestria_vocabulary::{Effect, StepId, ToolId, ToolMatch, ToolSpec};
use serde_json::Value;

use super::{
    affinity::{Given, SAME_NAME, TEXT, Wanted, affinity, is_called, is_identifier, is_text, same_name, words},
    draft::Draft,
    mention::same,
    message::unsaid,
    nouns::takes_file,
};
use crate::{Action, Binding, Catalog, Step, catalog::fits, check::result};

/// The confidence from which on words are meant for a parameter, whatever earlier calls give.
pub(super) const SURE_OF_WORDS: f64 = 0.9;

/// A result, or one field of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Place {
    pub(super) step: StepId,
    pub(super) field: Option<String>,
    pub(super) score: f64,
}

impl Draft<'_> {
    /// The latest step whose result fits a parameter.
    pub(super) fn earlier(&self, schema: &Value) -> Option<StepId> {
        let fitting = self.steps.iter().rev().find(|step| fits(&self.output(step), schema));
        fitting.map(|step| step.id.clone())
    }

    /// The calls planned so far.
    pub(super) fn calls(&self) -> Vec<StepId> {
        let calls = self.steps.iter().filter(|step| matches!(step.action, Action::Call { .. }));
        calls.map(|step| step.id.clone()).collect()
    }

    pub(super) fn output(&self, step: &Step) -> Value {
        result(step, &self.steps, self.catalog)
    }

    /// Of `steps`, in this order, the first with a field that suits at least so well.
    pub(super) fn best<'s>(
        &self,
        steps: impl Iterator<Item = &'s StepId>,
        wanted: Wanted<'_>,
        least: f64,
    ) -> Option<Place> {
        steps.filter_map(|id| self.place(id, wanted)).find(|place| place.score >= least)
    }

    pub(super) fn place(&self, id: &StepId, wanted: Wanted<'_>) -> Option<Place> {
        let step = self.steps.iter().find(|step| step.id == *id)?;
        let Action::Call { tool, .. } = &step.action else { return None };
        let (field, score) = best_field(tool.as_str(), &self.output(step), wanted)?;
        Some(Place { step: id.clone(), field, score })
    }

    /// All of a list for a text, unless a field has the very name: who mails what was found mails all of it, not a field of the first. All of
    /// what is looked up too, where the request speaks of none of its fields: who mails the weather mails more than the humidity.
    pub(super) fn whole(&self, place: Place, wanted: Wanted<'_>) -> Place {
        let kind = |schema: &Value| schema.get("type").and_then(Value::as_str).map(str::to_owned);
        let step = self.steps.iter().find(|step| step.id == place.step);
        let is_list = step.is_some_and(|step| kind(&self.output(step)).as_deref() == Some("array"));
        let is_plain = is_text(wanted.name) && kind(wanted.schema).as_deref() == Some("string");
        if !is_plain || place.score >= SAME_NAME || place.score >= TEXT && !is_list {
            return place;
        }
        if is_list {
            return Place { field: None, ..place };
        }
        match self.one_of_many(&place).as_deref() {
            Some([]) => Place { field: None, ..place },
            Some([only]) => Place { field: Some(only.clone()), ..place },
            _ => place,
        }
    }

    /// Of what was looked up, where it is much, the fields of which the request speaks; nothing of what is little or was done.
    fn one_of_many(&self, place: &Place) -> Option<Vec<String>> {
        const MANY: usize = 3;
        const SHORTEST: usize = 3;
        let step = self.steps.iter().find(|step| step.id == place.step && place.field.is_some())?;
        let Action::Call { tool, .. } = &step.action else { return None };
        let spec = self.catalog.get(tool).filter(|spec| spec.effect == Effect::Pure)?;
        let fields = fields(&self.output(step));
        // What a premise asks for is not what is told.
        let mut said = self.understanding.text.clone();
        for premise in self.understanding.clauses.iter().filter(|clause| clause.bond.only_finds_out) {
            if let Some(asked) = premise.span.of(&self.understanding.text) {
                said.replace_range(premise.span.start..premise.span.end, &" ".repeat(asked.len()));
            }
        }
        let said = said.to_lowercase();
        let said: Vec<&str> =
            said.split(|c: char| !c.is_alphanumeric()).filter(|word| word.len() >= SHORTEST).collect();
        let is_said = |field: &String| words(field).any(|part| said.iter().any(|word| same(word, &part)));
        // What the tool was given it only tells again.
        let is_given = |field: &String| spec.parameters().any(|(name, _)| same_name(name, field));
        let is_much = fields.len() >= MANY;
        is_much.then(|| fields.into_iter().map(|(field, _)| field).filter(|f| is_said(f) && !is_given(f)).collect())
    }

    /// What a tool was given that looks something up or does something to what there is, and that only tells it again, as who cancels an order
    /// is told its number: the same goes to the next. A number, a text or a file may be another than the one that was given.
    pub(super) fn told_again(&self, place: &Place, wanted: Wanted<'_>) -> Option<Binding> {
        let step = self.steps.iter().find(|step| step.id == place.step && step.each.is_none())?;
        let Action::Call { tool, arguments } = &step.action else { return None };
        let field = place
            .field
            .as_deref()
            .filter(|field| is_identifier(field) || !is_text(field) && !is_text(wanted.name) && !takes_file(field))?;
        let tells_again =
            |spec: &&ToolSpec| spec.effect == Effect::Pure || spec.requires(field) && !creates(tool.as_str());
        let spec = self.catalog.get(tool).filter(tells_again).filter(|_| !makes_anew(tool.as_str()))?;
        let (name, given) = match arguments.iter().find(|(name, _)| same_name(name, field))? {
            (name, Binding::Value(given)) => (name, given),
            (_, Binding::From { step }) if is_identifier(field) => return Some(Binding::From { step: step.clone() }),
            _ => return None,
        };
        let is_number = given.is_i64() && is_called(field) && is_called(wanted.name);
        let is_alike = spec.parameter(name).and_then(|schema| schema.get("format")) == wanted.schema.get("format");
        let is_text = wanted.schema.get("type").and_then(Value::as_str) == Some("string");
        let is_value = is_text && given.is_string() || is_number;
        (is_alike && is_value && wanted.schema.get("enum").is_none()).then(|| Binding::Value(given.clone()))
    }

    /// Binds a result or its field; a list is made of it for a parameter that takes one, where it is no list itself.
    pub(super) fn bind(&mut self, place: Place, wanted: Wanted<'_>) -> Option<Binding> {
        let is_list = |schema: &Value| schema.get("type").and_then(Value::as_str) == Some("array");
        let step = match place.field {
            Some(field) => self.select(place.step, field)?,
            None => place.step,
        };
        let gives_list =
            self.steps.iter().find(|other| other.id == step).is_some_and(|step| is_list(&self.output(step)));
        let binding = Binding::From { step };
        Some(if is_list(wanted.schema) && !gives_list { Binding::List(vec![binding]) } else { binding })
    }

    fn select(&mut self, input: StepId, field: String) -> Option<StepId> {
        let id = StepId::new(format!("{input}.{field}")).ok()?;
        if self.steps.iter().all(|step| step.id != id) {
            self.steps.push(Step::new(id.clone(), Action::Select { input, field }));
        }
        Some(id)
    }
}

/// The field that suits best, or the whole result, and how well.
pub(super) fn best_field(tool: &str, output: &Value, wanted: Wanted<'_>) -> Option<(Option<String>, f64)> {
    let fields = fields(output);
    if fields.is_empty() {
        let score = affinity(Given { tool, field: None, schema: output }, wanted)?;
        return Some((None, score));
    }
    let rated = fields.iter().filter_map(|(field, schema)| {
        Some((Some(field.clone()), affinity(Given { tool, field: Some(field), schema }, wanted)?))
    });
    // The first of equals: fields come in the order of their names, so a tie says little.
    rated.reduce(|best, next| if next.1 > best.1 { next } else { best })
}

/// Whether a tool gives what the call of another requires and the request does not say: by a suiting name or as a text, or by the very
/// name, of which words may only seem to speak, where the two are `far` apart.
pub(super) fn makes(giving: &ToolId, taking: &ToolMatch, catalog: &Catalog, far: bool) -> bool {
    let (Some(giving), Some(spec)) = (catalog.get(giving), catalog.get(&taking.tool)) else { return false };
    let is_said = |name: &str| taking.elsewhere.iter().any(|argument| argument.parameter == name);
    let mut lacking = taking.missing.iter().map(|question| question.parameter.as_str()).filter(|name| !is_said(name));
    let doubtful = taking.arguments.iter().filter(|argument| argument.confidence.get() < SURE_OF_WORDS);
    let mut doubtful = doubtful.map(|argument| argument.parameter.as_str()).filter(|name| spec.requires(name));
    let gives = |name: &str, least: f64| {
        let Some(schema) = spec.parameter(name) else { return false };
        let wanted = Wanted { tool: spec.id.as_str(), name, schema };
        best_field(giving.id.as_str(), &giving.output, wanted).is_some_and(|(_, score)| score >= least)
    };
    let tells_again = |name: &str| giving.parameters().any(|(other, _)| same_name(other, name));
    let is_given = |name: &str| taking.arguments.iter().any(|argument| argument.parameter == name);
    let mut unsaid = unsaid(spec, is_given).into_iter().filter(|_| !far);
    giving.id != spec.id
        && (unsaid.any(|(name, _)| giving.effect == Effect::Pure && gives(name, TEXT))
            || lacking.any(|name| gives(name, if far { SAME_NAME } else { TEXT }) && !(far && tells_again(name)))
            || doubtful.any(|name| gives(name, SAME_NAME) && is_made(giving, name) && !tells_again(name)))
}

/// Whether a tool makes something new of what it is given, under the same name: a table of fewer rows.
fn makes_anew(tool: &str) -> bool {
    const VERBS: &[&str] = &[
        "filter",
        "translate",
        "redact",
        "convert",
        "resize",
        "crop",
        "cut",
        "remove",
        "merge",
        "rotate",
        "compress",
        "sort",
        "clean",
        "edit",
        "upscale",
        "trim",
        "mask",
        "blur",
        "sign",
        "extract",
        "split",
        "render",
        "transform",
        "join",
        "group",
        "pivot",
        "aggregate",
        "annotate",
        "copy",
        "rename",
        "move",
    ];
    words(tool).any(|word| VERBS.contains(&word.as_str()))
}

/// Whether a tool makes a thing that was not there before, which it may call otherwise than it was told.
fn creates(tool: &str) -> bool {
    const VERBS: &[&str] = &[
        "create",
        "add",
        "new",
        "open",
        "make",
        "build",
        "generate",
        "draft",
        "register",
        "start",
        "book",
        "issue",
        "place",
        "upload",
        "replace",
        "duplicate",
        "reschedule",
        "reissue",
        "swap",
        "exchange",
        "rebook",
        "redo",
        "export",
        "fork",
        "clone",
        "launch",
        "publish",
        "submit",
        "file",
        "enter",
        "reply",
    ];
    words(tool).next().is_some_and(|word| VERBS.contains(&word.as_str()))
}

/// Whether a tool makes what has this name, and does not only tell what there is: it does something, or finds that by which a thing is
/// called. "Change the price of MUG-1, make it 12" does not mean the price that was looked up.
pub(super) fn is_made(tool: &ToolSpec, name: &str) -> bool {
    tool.effect != Effect::Pure || is_called(name)
}

/// The fields of a result, or of the elements of a list, as lists then.
pub(super) fn fields(output: &Value) -> Vec<(String, Value)> {
    let whole = output.get("properties").or_else(|| output.get("items")?.get("properties")).and_then(Value::as_object);
    let names = whole.into_iter().flatten().map(|(name, _)| name.clone());
    names.filter_map(|name| Some((name.clone(), crate::check::field_of(output, &name)?))).collect()
}

#[cfg(test)]
mod tests {
    use maestria_vocabulary::Effect;
    use serde_json::json;

    use crate::{
        Catalog,
        planner::planned::{check, tool},
    };

    #[test]
    fn what_is_only_told_again_is_taken_as_it_was_said() {
        let text = json!({"type": "string"});
        let host = json!({"type": "object", "properties": {"host": text}, "required": ["host"]});
        let catalog = Catalog::new([
            tool("get_load", host.clone(), json!({"type": "object", "properties": {"host": text}}), Effect::Pure),
            tool(
                "copy_host",
                host.clone(),
                json!({"type": "object", "properties": {"host": text}}),
                Effect::Idempotent,
            ),
            tool("restart", host, json!({"type": "string"}), Effect::Idempotent),
        ]);
        let catalog = catalog.unwrap();
        let clauses = |first: &'static str| {
            [("look at web-1", first, json!({"host": "web-1"})), ("restart it", "restart", json!({"host": "it"}))]
        };
        let text = "look at web-1 and restart it";
        let expected = ["s1 get_load(host: \"web-1\")", "s2 restart(host: \"web-1\")"];
        check(&catalog, text, &clauses("get_load"), &expected);
        // A copy may be called otherwise.
        check(&catalog, text, &clauses("copy_host"), &["s1 copy_host(host: \"web-1\")", "s2 restart(host: s1.host)"]);
        let clauses = [("look at web-1", "get_load", json!({"host": "web-1"})), ("restart", "restart", json!({}))];
        check(&catalog, text, &clauses, &expected);
        let clauses = [("look at web-1", "copy_host", json!({"host": "web-1"})), ("restart", "restart", json!({}))];
        check(&catalog, text, &clauses, &["s1 copy_host(host: \"web-1\")", "s2 restart(host: s1.host)"]);
    }
    #[test]
    fn what_changes_a_thing_only_tells_its_number_again() {
        let text = json!({"type": "string"});
        let order = json!({"type": "object", "properties": {"order_id": text}, "required": ["order_id"]});
        let gives = json!({"type": "object", "properties": {"order_id": text}});
        let tools = ["cancel_order", "create_order", "refund_order"];
        let catalog =
            Catalog::new(tools.map(|id| tool(id, order.clone(), gives.clone(), Effect::Irreversible))).unwrap();
        let clauses = |first: &'static str| {
            [("take A-1", first, json!({"order_id": "A-1"})), ("refund it", "refund_order", json!({"order_id": "it"}))]
        };
        let check = |first, expected: &[&str]| {
            super::super::planned::check(&catalog, "take A-1 and refund it", &clauses(first), expected)
        };
        check("cancel_order", &["s1 cancel_order(order_id: \"A-1\")", "s2 refund_order(order_id: \"A-1\")"]);
        check("create_order", &["s1 create_order(order_id: \"A-1\")", "s2 refund_order(order_id: s1.order_id)"]);
    }

    #[test]
    fn all_of_what_is_looked_up_is_a_text_unless_a_part_of_it_is_spoken_of() {
        let text = json!({"type": "string"});
        let weather = json!({"type": "object", "properties": {"humidity": text, "sky": text, "wind": text}});
        let city = json!({"type": "object", "properties": {"city": text}, "required": ["city"]});
        let mail = json!({"type": "object", "properties": {"body": text}, "required": ["body"]});
        let weather = tool("get_weather", city, weather, Effect::Pure);
        let catalog =
            Catalog::new([weather, tool("send_mail", mail, json!({"type": "boolean"}), Effect::Irreversible)]).unwrap();
        let check = |text: &str, expected: &str| {
            let clauses =
                [("Oslo", "get_weather", json!({"city": "Oslo"})), ("mail it", "send_mail", json!({"body": "it"}))];
            check(&catalog, text, &clauses, &["s1 get_weather(city: \"Oslo\")", expected]);
        };
        check("the weather of Oslo, mail it", "s2 send_mail(body: s1)");
        check("the wind in Oslo, mail it to Bo", "s2 send_mail(body: s1.wind)");
    }
}
