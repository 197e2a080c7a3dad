//! Parameters and form fields are text on the wire; their schemas say what the text stands for.

use serde_json::{Map, Number, Value};

/// Follows a schema's reference.
type Follow<'a> = &'a dyn Fn(&'a Value) -> &'a Value;

/// One text as the type that its schema asks for; text that is no such value stays text, and the schema refuses it.
fn of_text(text: &str, schema: &Value) -> Value {
    let types: Vec<&str> = match schema.get("type") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    for kind in types {
        match kind {
            "integer" => {
                if let Ok(number) = text.parse::<i64>() {
                    return Value::Number(number.into());
                }
            }
            "number" => {
                if let Some(number) = text.parse::<f64>().ok().and_then(Number::from_f64) {
                    return Value::Number(number);
                }
            }
            "boolean" => {
                if let Ok(flag) = text.parse::<bool>() {
                    return Value::Bool(flag);
                }
            }
            _ => {}
        }
    }
    Value::String(text.to_owned())
}

/// A parameter's value from the texts that were given for it.
pub(super) fn of_parameter<'a>(given: &[&str], schema: &'a Value, explode: bool, follow: Follow<'a>) -> Value {
    if schema.get("type").and_then(Value::as_str) == Some("array") {
        let items = schema.get("items").map_or(&Value::Null, |items| follow(items));
        let texts: Vec<&str> = if explode { given.to_vec() } else { given.iter().flat_map(|text| text.split(',')).collect() };
        return Value::Array(texts.into_iter().map(|text| of_text(text, items)).collect());
    }
    match given {
        [one] => of_text(one, schema),
        // Given twice where one is meant: an array, which the schema refuses.
        several => Value::Array(several.iter().map(|text| Value::String((*text).to_owned())).collect()),
    }
}

/// A form's fields as one object.
pub(super) fn of_form<'a>(body: &[u8], schema: &'a Value, follow: Follow<'a>) -> Value {
    let properties = schema.get("properties").and_then(Value::as_object);
    let mut fields = Map::new();
    for (name, text) in url::form_urlencoded::parse(body) {
        let property = properties.and_then(|all| all.get(name.as_ref())).map_or(&Value::Null, |property| follow(property));
        fields.insert(name.into_owned(), of_text(&text, property));
    }
    Value::Object(fields)
}
