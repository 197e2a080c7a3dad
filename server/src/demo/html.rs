//! Forms and links out of our own pages, for the scripted reviewers.
//!
//! They fill in what a person would see: the hidden fields of a form are sent
//! back as they stand. This reads HTML that our own renderer wrote, which
//! always quotes attributes; it is no reader for other people's pages.

/// A form: where it goes and what it carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// The address that it is sent to.
    pub action: String,
    /// `get` or `post`.
    pub method: String,
    /// Hidden fields and preset values, in order.
    pub fields: Vec<(String, String)>,
}

impl Form {
    /// The same form with a field set; other fields of the name are replaced.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.fields.retain(|(field, _)| field != name);
        self.fields.push((name.to_owned(), value.into()));
        self
    }
}

/// Every form of a page, in order.
pub fn forms(html: &str) -> Vec<Form> {
    let mut forms = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find("<form") {
        let Some(end) = rest[at..].find('>').map(|i| at + i) else {
            break;
        };
        let head = &rest[at..end];
        let body_end = rest[end..].find("</form>").map_or(rest.len(), |i| end + i);
        let action = attribute(head, "action").unwrap_or_default();
        let method = attribute(head, "method").unwrap_or_else(|| "get".to_owned()).to_lowercase();
        let mut fields = fields(&rest[end..body_end]);
        // Controls elsewhere on the page can belong to the form by its id.
        if let Some(id) = attribute(head, "id") {
            let outside = format!("{}{}", &html[..html.len() - rest.len() + at], &rest[body_end..]);
            fields.extend(tags(&outside, "input").filter(|tag| attribute(tag, "form").as_deref() == Some(id.as_str())).filter_map(field));
        }
        forms.push(Form { action, method, fields });
        rest = &rest[body_end..];
    }
    forms
}

/// The form of a page that goes to `action`.
pub fn form(html: &str, action: &str) -> Option<Form> {
    forms(html).into_iter().find(|form| form.action == action)
}

/// Every link of a page, in order.
pub fn links(html: &str) -> Vec<String> {
    tags(html, "a").filter_map(|tag| attribute(tag, "href")).collect()
}

/// The values of every element with an attribute `name`, for example `value` of the buttons called `sign_in_as`.
pub fn buttons(html: &str, name: &str) -> Vec<String> {
    tags(html, "button").filter(|tag| attribute(tag, "name").as_deref() == Some(name)).filter_map(|tag| attribute(tag, "value")).collect()
}

/// The values that the list called `name` offers, in order.
pub fn options(html: &str, name: &str) -> Vec<String> {
    let Some(list) = html.split("<select").skip(1).find(|part| {
        let head = part.find('>').map_or(*part, |end| &part[..end]);
        attribute(head, "name").as_deref() == Some(name)
    }) else {
        return Vec::new();
    };
    let list = list.find("</select>").map_or(list, |end| &list[..end]);
    tags(list, "option").filter_map(|tag| attribute(tag, "value")).filter(|value| !value.is_empty()).collect()
}

fn fields(html: &str) -> Vec<(String, String)> {
    tags(html, "input").filter_map(field).collect()
}

fn field(tag: &str) -> Option<(String, String)> {
    let kind = attribute(tag, "type").unwrap_or_else(|| "text".to_owned());
    let picked = !matches!(kind.as_str(), "radio" | "checkbox") || has(tag, "checked");
    let sent = picked && !matches!(kind.as_str(), "submit" | "button" | "search");
    sent.then(|| Some((attribute(tag, "name")?, attribute(tag, "value").unwrap_or_default()))).flatten()
}

fn tags<'a>(html: &'a str, name: &'a str) -> impl Iterator<Item = &'a str> {
    let open = format!("<{name}");
    let mut rest = html;
    std::iter::from_fn(move || {
        loop {
            let at = rest.find(&open)?;
            let after = rest[at + open.len()..].chars().next();
            let end = rest[at..].find('>').map_or(rest.len(), |i| at + i);
            let tag = &rest[at..end];
            rest = &rest[end..];
            if after.is_some_and(|c| c.is_ascii_whitespace() || c == '>' || c == '/') {
                return Some(tag);
            }
        }
    })
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let mut rest = tag;
    let needle = format!("{name}=\"");
    loop {
        let at = rest.find(&needle)?;
        let starts = at == 0 || rest[..at].ends_with(|c: char| c.is_ascii_whitespace());
        let value = &rest[at + needle.len()..];
        let end = value.find('"')?;
        if starts {
            return Some(unescape(&value[..end]));
        }
        rest = &value[end..];
    }
}

fn has(tag: &str, name: &str) -> bool {
    tag.split(|c: char| c.is_ascii_whitespace()).any(|word| word == name || word.starts_with(&format!("{name}=")))
}

fn unescape(text: &str) -> String {
    text.replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&#x27;", "'")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}
