//! Vendors' OpenAPI documents as judges: does a request, or an answer, follow the contract?
//!
//! Checked of a request: method and path template, path, query and header parameters, content type and body; of an
//! answer: status, content type and body. JSON Schema is judged by the `jsonschema` library. OpenAPI 3.0 writes some
//! things in its own way (`nullable`, boolean `exclusiveMinimum`, `readOnly` beside `required`, discriminators); they
//! are rewritten into JSON Schema 2020-12 first, which OpenAPI 3.1 uses as it is.

mod path;
mod schema;
mod value;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use jsonschema::Validator;
use serde_json::Value;

use path::Template;
use schema::{Direction, Schemas};

/// Why a contract could not be read.
#[derive(Debug, thiserror::Error)]
pub enum SpecError {
    /// The file system refused.
    #[error("the contract {} could not be read: {source}", path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// It is not JSON.
    #[error("the contract {} is not JSON: {source}", path.display())]
    Json {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// It is not an OpenAPI document, or refers to what it does not hold.
    #[error("the contract cannot be used: {0}")]
    Document(String),
}

/// Something that does not follow the contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Where: "path", "query filter", "body /reviews/0/action".
    pub place: String,
    /// What is wrong there.
    pub reason: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.reason)
    }
}

fn violation(place: impl Into<String>, reason: impl Into<String>) -> Violation {
    Violation { place: place.into(), reason: reason.into() }
}

/// A request as it came over the wire.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// GET, POST and so on, in capitals.
    pub method: &'a str,
    /// The path, percent-encoded, without the query.
    pub path: &'a str,
    /// The query, percent-encoded, without the question mark; empty when there is none.
    pub query: &'a str,
    /// Names in small letters, with their values.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body; empty when there is none.
    pub body: &'a [u8],
}

/// An answer as it goes over the wire.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    /// The status.
    pub status: u16,
    /// The content type, where there is one.
    pub content_type: Option<&'a str>,
    /// The body; empty when there is none.
    pub body: &'a [u8],
}

struct Parameter {
    name: String,
    /// query, header or path.
    place: String,
    required: bool,
    explode: bool,
    /// The schema as it stands in the document.
    schema: Value,
}

struct Operation {
    method: String,
    template: Template,
    parameters: Vec<Parameter>,
    /// The request body, resolved.
    body: Option<Value>,
    /// Status or range to response.
    responses: BTreeMap<String, Value>,
}

/// A contract.
pub struct Spec {
    document: Arc<Value>,
    operations: Vec<Operation>,
    schemas: Schemas,
    compiled: Mutex<BTreeMap<String, Result<Arc<Validator>, String>>>,
}

impl fmt::Debug for Spec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Spec").field("operations", &self.operations.len()).finish_non_exhaustive()
    }
}

const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// Contracts that this process has read, by file.
static READ: Mutex<BTreeMap<PathBuf, Arc<Spec>>> = Mutex::new(BTreeMap::new());

impl Spec {
    /// A contract from a JSON file, read once in this process for all who judge by it; [`Self::read`] otherwise.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn shared(path: &Path, prefix: &str) -> Result<Arc<Self>, SpecError> {
        let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = read.get(path) {
            return Ok(Arc::clone(known));
        }
        let spec = Arc::new(Self::read(path, prefix)?);
        read.insert(path.to_owned(), Arc::clone(&spec));
        Ok(spec)
    }

    /// Reads a contract from a JSON file. `prefix` stands before each of its paths ("/v1.0"), or is empty.
    pub fn read(path: &Path, prefix: &str) -> Result<Self, SpecError> {
        let bytes = std::fs::read(path).map_err(|source| SpecError::Read { path: path.to_owned(), source })?;
        let document = serde_json::from_slice(&bytes).map_err(|source| SpecError::Json { path: path.to_owned(), source })?;
        Self::parse(document, prefix)
    }

    /// Takes a contract that is read already.
    pub fn parse(document: Value, prefix: &str) -> Result<Self, SpecError> {
        let wrong = |what: &str| SpecError::Document(what.to_owned());
        let paths = document.get("paths").and_then(Value::as_object).ok_or_else(|| wrong("it has no paths"))?;
        let mut operations = Vec::new();
        for (path, item) in paths {
            let item = resolve(&document, item)?;
            let shared = item.get("parameters").and_then(Value::as_array).cloned().unwrap_or_default();
            for method in METHODS {
                let Some(operation) = item.get(method) else { continue };
                let own = operation.get("parameters").and_then(Value::as_array).cloned().unwrap_or_default();
                let mut parameters: Vec<Parameter> = Vec::new();
                // An operation's own parameter replaces the path's of the same name and place.
                for parameter in own.iter().chain(&shared) {
                    let parameter = parse_parameter(resolve(&document, parameter)?);
                    if !parameters.iter().any(|known| known.name == parameter.name && known.place == parameter.place) {
                        parameters.push(parameter);
                    }
                }
                let body = operation.get("requestBody").map(|body| resolve(&document, body).cloned()).transpose()?;
                let mut responses = BTreeMap::new();
                for (status, response) in operation.get("responses").and_then(Value::as_object).into_iter().flatten() {
                    responses.insert(status.to_ascii_lowercase(), resolve(&document, response)?.clone());
                }
                let template = Template::parse(&format!("{prefix}{path}"));
                operations.push(Operation { method: method.to_ascii_uppercase(), template, parameters, body, responses });
            }
        }
        // Where a path fits two templates, the one with more fixed text is meant.
        operations.sort_by_key(|operation| std::cmp::Reverse(operation.template.fixed()));
        let schemas = Schemas::new(&document).map_err(SpecError::Document)?;
        Ok(Self { document: Arc::new(document), operations, schemas, compiled: Mutex::new(BTreeMap::new()) })
    }

    /// The template of the operation that a request is for, such as `/api/v1/groups/{groupId}`.
    pub fn operation(&self, method: &str, path: &str) -> Option<&str> {
        self.find(method, path).map(|operation| operation.template.text())
    }

    /// Method and path template of every operation, sorted.
    pub fn operations(&self) -> Vec<(&str, &str)> {
        let mut all: Vec<(&str, &str)> =
            self.operations.iter().map(|operation| (operation.template.text(), operation.method.as_str())).collect();
        all.sort_unstable();
        all.into_iter().map(|(path, method)| (method, path)).collect()
    }

    fn find(&self, method: &str, path: &str) -> Option<&Operation> {
        self.operations.iter().find(|operation| operation.method == method && operation.template.matches(path).is_some())
    }

    /// What is wrong with a request; empty when nothing is.
    pub fn check_request(&self, request: &Request<'_>) -> Vec<Violation> {
        let Some(operation) = self.find(request.method, request.path) else {
            return vec![violation("path", format!("the contract has no {} {}", request.method, request.path))];
        };
        let mut found = Vec::new();
        let pairs: Vec<(String, String)> = url::form_urlencoded::parse(request.query.as_bytes()).into_owned().collect();
        for (name, _) in &pairs {
            if !operation.parameters.iter().any(|parameter| parameter.place == "query" && parameter.name == *name) {
                found.push(violation(format!("query {name}"), "the contract has no such parameter"));
            }
        }
        let captured = operation.template.matches(request.path).unwrap_or_default();
        for parameter in &operation.parameters {
            let given: Vec<&str> = match parameter.place.as_str() {
                "query" => pairs.iter().filter(|(name, _)| *name == parameter.name).map(|(_, value)| value.as_str()).collect(),
                "header" => {
                    let same = |name: &str| name.eq_ignore_ascii_case(&parameter.name);
                    request.headers.iter().filter(|(name, _)| same(name)).map(|(_, value)| *value).collect()
                }
                "path" => captured.iter().filter(|(name, _)| *name == parameter.name).map(|(_, value)| value.as_str()).collect(),
                _ => continue,
            };
            let place = format!("{} {}", parameter.place, parameter.name);
            if given.is_empty() {
                if parameter.required {
                    found.push(violation(place, "it is required"));
                }
                continue;
            }
            let shape = self.follow(&parameter.schema);
            let value = value::of_parameter(&given, shape, parameter.explode, &|schema| self.follow(schema));
            let key = format!("parameter {} {} {place}", operation.method, operation.template.text());
            found.extend(self.judge(&key, &parameter.schema, Direction::Request, &value, &place));
        }
        self.check_body(operation, request, &mut found);
        found
    }

    fn check_body(&self, operation: &Operation, request: &Request<'_>, found: &mut Vec<Violation>) {
        let Some(body) = &operation.body else {
            if !request.body.is_empty() {
                found.push(violation("body", "the contract has no body here"));
            }
            return;
        };
        if request.body.is_empty() {
            if body.get("required").and_then(Value::as_bool).unwrap_or(false) {
                found.push(violation("body", "it is required"));
            }
            return;
        }
        let content_type = request.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type")).map(|(_, value)| *value);
        let Some((media, schema)) = media_of(body, content_type) else {
            found.push(violation("content-type", format!("the contract has no body of the type {}", content_type.unwrap_or("(none)"))));
            return;
        };
        let key = format!("body {} {} {media}", operation.method, operation.template.text());
        let value = if is_json(&media) {
            match serde_json::from_slice(request.body) {
                Ok(value) => value,
                Err(error) => {
                    found.push(violation("body", format!("it is not JSON: {error}")));
                    return;
                }
            }
        } else if media == "application/x-www-form-urlencoded" {
            value::of_form(request.body, self.follow(schema), &|schema| self.follow(schema))
        } else {
            return;
        };
        found.extend(self.judge(&key, schema, Direction::Request, &value, "body"));
    }

    /// What is wrong with an answer to a request of this method and path. Error statuses that the contract does not
    /// list are not judged: the vendors' contracts list few of them.
    pub fn check_answer(&self, method: &str, path: &str, answer: &Answer<'_>) -> Vec<Violation> {
        let Some(operation) = self.find(method, path) else {
            return vec![violation("path", format!("the contract has no {method} {path}"))];
        };
        let exact = answer.status.to_string();
        let range = format!("{}xx", answer.status / 100);
        let Some((status, response)) = [exact.as_str(), range.as_str(), "default"]
            .into_iter()
            .find_map(|status| operation.responses.get(status).map(|response| (status, response)))
        else {
            let judged = answer.status < 400;
            return judged.then(|| violation("status", format!("the contract has no {} here", answer.status))).into_iter().collect();
        };
        let has_content = response.get("content").and_then(Value::as_object).is_some_and(|content| !content.is_empty());
        if !has_content {
            return (!answer.body.is_empty()).then(|| violation("body", "the contract has no body here")).into_iter().collect();
        }
        let Some((media, schema)) = media_of(response, answer.content_type) else {
            return vec![violation("content-type", format!("the contract has no {} here", answer.content_type.unwrap_or("(none)")))];
        };
        if !is_json(&media) {
            return Vec::new();
        }
        let value: Value = match serde_json::from_slice(answer.body) {
            Ok(value) => value,
            Err(error) => return vec![violation("body", format!("it is not JSON: {error}"))],
        };
        let key = format!("answer {} {} {status} {media}", operation.method, operation.template.text());
        self.judge(&key, schema, Direction::Answer, &value, "body")
    }

    /// A schema with its reference followed, as far as the references go.
    fn follow<'a>(&'a self, schema: &'a Value) -> &'a Value {
        let mut here = schema;
        // A chain of references that long is a loop.
        for _ in 0..32 {
            let Some(next) = here.get("$ref").and_then(Value::as_str).and_then(|at| at.strip_prefix('#')) else { break };
            match self.document.pointer(next) {
                Some(found) => here = found,
                None => break,
            }
        }
        here
    }

    fn judge(&self, key: &str, schema: &Value, direction: Direction, value: &Value, place: &str) -> Vec<Violation> {
        let compiled = {
            let mut known = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(compiled) = known.get(key) {
                compiled.clone()
            } else {
                let compiled = self.schemas.compile(schema, direction).map(Arc::new);
                known.insert(key.to_owned(), compiled.clone());
                compiled
            }
        };
        match compiled {
            Ok(validator) => validator
                .iter_errors(value)
                .map(|error| {
                    let at = error.instance_path().to_string();
                    let mut reason = error.to_string();
                    if reason.len() > 400 {
                        let cut = (0..=400).rev().find(|at| reason.is_char_boundary(*at)).unwrap_or(0);
                        reason.truncate(cut);
                        reason.push('…');
                    }
                    violation(if at.is_empty() { place.to_owned() } else { format!("{place} {at}") }, reason)
                })
                .collect(),
            Err(reason) => vec![violation(place, format!("the contract's schema cannot be used: {reason}"))],
        }
    }
}

fn resolve<'a>(document: &'a Value, value: &'a Value) -> Result<&'a Value, SpecError> {
    let Some(at) = value.get("$ref").and_then(Value::as_str) else { return Ok(value) };
    let found = at.strip_prefix('#').and_then(|pointer| document.pointer(pointer));
    found.ok_or_else(|| SpecError::Document(format!("it refers to {at}, which it does not hold")))
}

fn parse_parameter(parameter: &Value) -> Parameter {
    let text = |key: &str| parameter.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let place = text("in");
    let form = place == "query" || place == "cookie";
    let schema = parameter.get("schema").cloned().unwrap_or(Value::Bool(true));
    Parameter {
        name: text("name"),
        required: place == "path" || parameter.get("required").and_then(Value::as_bool).unwrap_or(false),
        explode: parameter.get("explode").and_then(Value::as_bool).unwrap_or(form),
        place,
        schema,
    }
}

fn is_json(media: &str) -> bool {
    media == "application/json" || media.ends_with("+json")
}

/// The media type, and the schema under it, that a content type fits.
fn media_of<'a>(holder: &'a Value, content_type: Option<&str>) -> Option<(String, &'a Value)> {
    static ANYTHING: Value = Value::Bool(true);
    let kind = content_type?.split(';').next()?.trim().to_ascii_lowercase();
    let content = holder.get("content")?.as_object()?;
    let found = content.iter().find(|(media, _)| {
        let media = media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        media == kind || media == "*/*" || media.strip_suffix("/*").is_some_and(|family| kind.split('/').next() == Some(family))
    })?;
    Some((kind, found.1.get("schema").unwrap_or(&ANYTHING)))
}
