//! OpenAPI's schemas as JSON Schema 2020-12, once for requests and once for answers.

use jsonschema::{Draft, Registry, Validator};
use serde_json::{Map, Value, json};

/// Which way a body goes: what only the server fills in is not asked of a request, and the other way round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Request,
    Answer,
}

/// The document's schemas, ready to be referred to.
pub(super) struct Schemas {
    requests: Registry,
    answers: Registry,
}

const REQUESTS: &str = "urn:contract:requests";
const ANSWERS: &str = "urn:contract:answers";

impl Schemas {
    pub(super) fn new(document: &Value) -> Result<Self, String> {
        let components = json!({ "components": document.get("components").cloned().unwrap_or_default() });
        let registry = |address: &str, direction: Direction| {
            let rewritten = rewrite(&components, direction);
            Registry::try_new(address, Draft::Draft202012.create_resource(rewritten)).map_err(|error| error.to_string())
        };
        Ok(Self { requests: registry(REQUESTS, Direction::Request)?, answers: registry(ANSWERS, Direction::Answer)? })
    }

    pub(super) fn compile(&self, schema: &Value, direction: Direction) -> Result<Validator, String> {
        let registry = match direction {
            Direction::Request => &self.requests,
            Direction::Answer => &self.answers,
        };
        jsonschema::options()
            .with_draft(Draft::Draft202012)
            .with_registry(registry.clone())
            .should_validate_formats(true)
            .build(&rewrite(schema, direction))
            .map_err(|error| error.to_string())
    }
}

fn rewrite(value: &Value, direction: Direction) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.iter().map(|item| rewrite(item, direction)).collect()),
        Value::Object(map) => rewrite_object(map, direction),
        other => other.clone(),
    }
}

fn rewrite_object(map: &Map<String, Value>, direction: Direction) -> Value {
    let mut out = Map::new();
    for (key, value) in map {
        let new = match (key.as_str(), value) {
            // Examples hold data, not schemas, and are never looked at.
            ("example" | "examples", _) => continue,
            ("$ref", Value::String(at)) => {
                let address = if direction == Direction::Request { REQUESTS } else { ANSWERS };
                Value::String(if at.starts_with('#') { format!("{address}{at}") } else { at.clone() })
            }
            ("enum" | "const" | "default", data) => data.clone(),
            // Here the keys are names that people chose, not keywords.
            ("properties" | "schemas" | "mapping", Value::Object(named)) => {
                Value::Object(named.iter().map(|(name, schema)| (name.clone(), rewrite(schema, direction))).collect())
            }
            (_, value) => rewrite(value, direction),
        };
        out.insert(key.clone(), new);
    }
    limits(&mut out, "minimum", "exclusiveMinimum");
    limits(&mut out, "maximum", "exclusiveMaximum");
    one_sided(&mut out, map, direction);
    if out.contains_key("discriminator")
        && let Some(alternatives) = out.remove("oneOf")
    {
        // The discriminator says which one is meant; by shape alone several often fit.
        out.insert("anyOf".to_owned(), alternatives);
    }
    if out.get("nullable") == Some(&Value::Bool(true)) {
        return nullable(out);
    }
    Value::Object(out)
}

/// `exclusiveMinimum: true` beside `minimum: 3` is `exclusiveMinimum: 3`.
fn limits(out: &mut Map<String, Value>, limit: &str, exclusive: &str) {
    match out.get(exclusive) {
        Some(Value::Bool(true)) => {
            if let Some(number) = out.remove(limit) {
                out.insert(exclusive.to_owned(), number);
            }
        }
        Some(Value::Bool(false)) => {
            out.remove(exclusive);
        }
        _ => {}
    }
}

/// What is read-only is not required of a request, what is write-only not of an answer.
fn one_sided(out: &mut Map<String, Value>, map: &Map<String, Value>, direction: Direction) {
    let mark = if direction == Direction::Request { "readOnly" } else { "writeOnly" };
    let Some(properties) = map.get("properties").and_then(Value::as_object) else { return };
    if let Some(Value::Array(required)) = out.get_mut("required") {
        required.retain(|name| {
            let property = name.as_str().and_then(|name| properties.get(name));
            property.and_then(|property| property.get(mark)) != Some(&Value::Bool(true))
        });
    }
}

/// `nullable: true` also allows null.
fn nullable(mut out: Map<String, Value>) -> Value {
    out.remove("nullable");
    json!({ "anyOf": [{ "type": "null" }, Value::Object(out)] })
}
