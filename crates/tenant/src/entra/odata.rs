//! The `OData` that Graph speaks: query options, filters, pages, errors.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde_json::{Value, json};

use super::directory::select;

/// An answer before it goes over the wire.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Option<Value>,
    pub(super) headers: Vec<(&'static str, String)>,
}

impl Answer {
    pub(super) fn ok(body: Value) -> Self {
        Self { status: 200, body: Some(body), headers: Vec::new() }
    }

    pub(super) const fn nothing() -> Self {
        Self { status: 204, body: None, headers: Vec::new() }
    }

    /// An error in Graph's form. The ids in it are filled in where it goes over the wire.
    pub(super) fn error(status: u16, code: &str, message: &str) -> Self {
        Self { status, body: Some(json!({ "error": { "code": code, "message": message } })), headers: Vec::new() }
    }

    pub(super) fn not_found(id: &str) -> Self {
        let message = format!("Resource '{id}' does not exist or one of its queried reference-property objects are not present.");
        Self::error(404, "Request_ResourceNotFound", &message)
    }

    pub(super) fn bad(message: &str) -> Self {
        Self::error(400, "Request_BadRequest", message)
    }

    pub(super) fn denied(message: &str) -> Self {
        Self::error(403, "Authorization_RequestDenied", message)
    }

    pub(super) fn with(mut self, header: &'static str, value: impl ToString) -> Self {
        self.headers.push((header, value.to_string()));
        self
    }
}

/// Query options.
#[derive(Debug, Clone, Default)]
pub(super) struct Query {
    pub(super) select: Vec<String>,
    pub(super) expand: Option<String>,
    pub(super) filter: Option<String>,
    pub(super) top: Option<usize>,
    pub(super) skip: Option<usize>,
    pub(super) token: Option<String>,
    pub(super) count: bool,
    /// As it came, to be repeated in links.
    pairs: Vec<(String, String)>,
}

impl Query {
    pub(super) fn parse(text: &str) -> Result<Self, Answer> {
        let mut query = Self::default();
        for (name, value) in url::form_urlencoded::parse(text.as_bytes()) {
            let number = || value.parse::<usize>().map_err(|_| Answer::bad(&format!("The query option {name} must be a number.")));
            match name.as_ref() {
                "$select" => query.select = value.split(',').map(|field| field.trim().to_owned()).collect(),
                "$expand" => query.expand = Some(value.clone().into_owned()),
                "$filter" => query.filter = Some(value.clone().into_owned()),
                "$top" => query.top = Some(number()?),
                "$skip" => query.skip = Some(number()?),
                "$skiptoken" => query.token = Some(value.clone().into_owned()),
                "$count" => query.count = value == "true",
                "$orderby" | "$search" => {
                    return Err(Answer::error(400, "Request_UnsupportedQuery", &format!("The query option {name} is not supported here.")));
                }
                _ => return Err(Answer::bad(&format!("The query option {name} is not known."))),
            }
            if query.pairs.iter().any(|(seen, _)| *seen == name) {
                return Err(Answer::bad(&format!("The query option {name} stands there twice.")));
            }
            query.pairs.push((name.into_owned(), value.into_owned()));
        }
        Ok(query)
    }

    /// The same query going on elsewhere.
    fn link(&self, address: &str, option: &str, value: &str) -> String {
        let mut text = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in self.pairs.iter().filter(|(name, _)| name != option) {
            text.append_pair(name, value);
        }
        text.append_pair(option, value);
        format!("{address}?{}", text.finish().replace("%24", "$"))
    }

    pub(super) fn selects(&self, field: &str) -> bool {
        self.select.iter().any(|one| one.eq_ignore_ascii_case(field))
    }

    /// What is asked to come along; the fields named in it, if any.
    pub(super) fn expands(&self, what: &str) -> Option<Vec<String>> {
        let text = self.expand.as_deref()?;
        let inner = text.strip_prefix(what)?;
        let fields = inner.strip_prefix("($select=").and_then(|rest| rest.strip_suffix(')'));
        if inner.is_empty() || fields.is_some() {
            Some(fields.map(|fields| fields.split(',').map(str::to_owned).collect()).unwrap_or_default())
        } else {
            None
        }
    }

    /// The filter's conditions, all of which must hold; only these fields may be asked for, each with these operators.
    pub(super) fn conditions(&self, fields: &[(&str, &[&str])]) -> Result<Vec<Condition>, Answer> {
        let Some(text) = &self.filter else { return Ok(Vec::new()) };
        let unsupported = || Answer::error(400, "Request_UnsupportedQuery", &format!("The filter is not supported here: {text}"));
        text.split(" and ")
            .map(|part| {
                let mut words = part.trim().splitn(3, ' ');
                let (Some(field), Some(operator), Some(value)) = (words.next(), words.next(), words.next()) else {
                    return Err(unsupported());
                };
                let known = fields.iter().any(|(name, operators)| *name == field && operators.contains(&operator));
                if !known {
                    return Err(unsupported());
                }
                let value = value.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')).unwrap_or(value).replace("''", "'");
                Ok(Condition { field: field.to_owned(), operator: operator.to_owned(), value })
            })
            .collect()
    }
}

/// One comparison of a filter.
#[derive(Debug, Clone)]
pub(super) struct Condition {
    pub(super) field: String,
    pub(super) operator: String,
    pub(super) value: String,
}

impl Condition {
    /// Whether a value meets it; fields of fields are written with `/`.
    pub(super) fn holds(&self, value: &Value) -> bool {
        let found = self.field.split('/').fold(value, |value, name| &value[name]);
        let text = found.as_str().unwrap_or_default();
        match self.operator.as_str() {
            "eq" => text.eq_ignore_ascii_case(&self.value),
            // Times of one form compare as text; so do times that differ in their fractions only.
            "ge" => text.trim_end_matches('Z') >= self.value.trim_end_matches('Z'),
            "le" => text.trim_end_matches('Z') <= self.value.trim_end_matches('Z'),
            _ => false,
        }
    }
}

/// How a list is cut into pages.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paging {
    /// Rows of a page where nothing is asked.
    pub(super) usual: usize,
    /// Most rows that may be asked for.
    pub(super) most: usize,
    /// Goes on by `$skip`, as access reviews do; otherwise by an opaque token.
    pub(super) by_skip: bool,
}

impl Paging {
    pub(super) const DIRECTORY: Self = Self { usual: 100, most: 999, by_skip: false };
    pub(super) const REVIEWS: Self = Self { usual: 100, most: 1_000, by_skip: true };
}

/// One page of a list. `address` is the collection's own address, `context` the part after `$metadata#`.
pub(super) fn page<T>(
    address: &str,
    context: &str,
    query: &Query,
    paging: Paging,
    rows: &[T],
    show: impl Fn(&T) -> Value,
) -> Result<Answer, Answer> {
    let most = query.top.unwrap_or(paging.usual);
    if most == 0 || most > paging.most {
        return Err(Answer::bad(&format!("Invalid page size specified: '{most}'. Must be between 1 and {} inclusive.", paging.most)));
    }
    let from = match (&query.token, query.skip) {
        (Some(token), _) => {
            let decoded = BASE64.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
            decoded.and_then(|text| text.strip_prefix("at ")?.parse::<usize>().ok()).ok_or_else(|| Answer::bad("Invalid skip token."))?
        }
        (None, Some(_)) if !paging.by_skip => {
            return Err(Answer::error(400, "Request_UnsupportedQuery", "The query option $skip is not supported here."));
        }
        (None, skip) => skip.unwrap_or(0),
    };
    let shown: Vec<Value> = rows
        .iter()
        .skip(from)
        .take(most)
        .map(|row| if query.select.is_empty() { show(row) } else { with_expanded(&show(row), query) })
        .collect();
    let host = address.split("/v1.0").next().unwrap_or_default();
    let mut body = json!({ "@odata.context": format!("{host}/v1.0/$metadata#{context}"), "value": shown });
    if query.count && from == 0 {
        body["@odata.count"] = json!(rows.len());
    }
    if from + most < rows.len() {
        let next = from + most;
        let link = if paging.by_skip {
            query.link(address, "$skip", &next.to_string())
        } else {
            query.link(address, "$skiptoken", &BASE64.encode(format!("at {next}")))
        };
        body["@odata.nextLink"] = json!(link);
    }
    Ok(Answer::ok(body))
}

/// The selected fields, and what was asked to come along.
pub(super) fn with_expanded(value: &Value, query: &Query) -> Value {
    let mut fields = query.select.clone();
    fields.extend(query.expand.iter().map(|expand| expand.split('(').next().unwrap_or_default().to_owned()));
    select(value, &fields)
}

impl Query {
    /// A link to the same query's first rows, by token.
    pub(super) fn restarted(&self, address: &str) -> String {
        self.link(address, "$skiptoken", &BASE64.encode("at 0"))
    }
}
