//! Form fields: a label that stays, a hint before, an error behind, and what was typed still there.

use super::name;
use leptos::prelude::*;
use review::{FieldError, view::types::Choice};

/// What could not be taken, by field name.
pub type Errors = [FieldError];

/// The sentence about one field, if there is one.
fn find<'a>(errors: &'a Errors, field: &str) -> Option<&'a str> {
    errors.iter().find(|error| error.field == field).map(|error| error.message.as_str())
}

/// The sentence about one field, to be owned by a page.
pub fn find_error(errors: &Errors, field: &str) -> Option<String> {
    find(errors, field).map(str::to_owned)
}

/// The sentence beside a field, with the id that the field names as its description.
fn field_error(errors: &Errors, field: &str, id: &str) -> AnyView {
    find(errors, field).map(|message| view! { <p class="error" id=format!("{id}-error")>{message.to_owned()}</p> }).into_any()
}

/// What describes a field: its hint and its error, as far as there are any.
fn described_by(id: &str, hint: bool, error: bool) -> Option<String> {
    let ids: Vec<String> = [hint.then(|| format!("{id}-hint")), error.then(|| format!("{id}-error"))].into_iter().flatten().collect();
    (!ids.is_empty()).then(|| ids.join(" "))
}

/// A value that the form repeats.
pub fn hidden(field: &'static str, value: impl Into<String>) -> AnyView {
    view! { <input type="hidden" name=field value=value.into() /> }.into_any()
}

/// The form's first button, which cannot be pressed: a key in a text field never answers by accident.
pub fn guard() -> AnyView {
    view! { <button type="submit" disabled=true hidden=true tabindex="-1" aria-hidden="true"></button> }.into_any()
}

/// A line above a form that could not be taken. It says how many fields to look at, and takes the focus.
pub fn error_summary(errors: &Errors) -> AnyView {
    if errors.is_empty() {
        return ().into_any();
    }
    let list = errors.iter().map(|error| view! { <li>{error.message.clone()}</li> }).collect_view();
    view! {
        <div class="notice remove" role="alert" tabindex="-1" data-focus="">
            <b>"This was not taken yet. What you entered is still here."</b>
            <ul>{list}</ul>
        </div>
    }
    .into_any()
}

/// How a text field is set.
pub struct Input {
    /// Its name in the form.
    pub field: &'static str,
    /// Its id on the page.
    pub id: String,
    /// Its label.
    pub label: &'static str,
    /// The line under the label.
    pub hint: Option<&'static str>,
    /// `text`, `date`, `time`, `number`, `email` or `search`.
    pub kind: &'static str,
    /// What was typed.
    pub value: String,
    /// The longest text that is taken.
    pub longest: u32,
}

/// A text field without a hint.
pub fn inform(field: &'static str, label: &'static str, kind: &'static str, value: impl Into<String>) -> Input {
    Input { field, id: format!("f-{field}"), label, hint: None, kind, value: value.into(), longest: 200 }
}

/// A field of one line.
pub fn text_input(input: Input, errors: &Errors) -> AnyView {
    let Input { field, id, label, hint, kind, value, longest } = input;
    let wrong = find(errors, field).is_some();
    let described = described_by(&id, hint.is_some(), wrong);
    let error = field_error(errors, field, &id);
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            {hint.map(|hint| view! { <p class="hint" id=format!("{id}-hint")>{hint}</p> })}
            <input class="input" type=kind id=id.clone() name=field value=value maxlength=longest.to_string()
                autocomplete="off" aria-describedby=described aria-invalid=wrong.then_some("true") />
            {error}
        </div>
    }
    .into_any()
}

/// A box to tick, and behind it what could not be taken.
pub fn tick(field: &'static str, ticked: bool, label: impl Into<String>, errors: &Errors) -> AnyView {
    let id = format!("f-{field}");
    let wrong = find(errors, field).is_some();
    let described = described_by(&id, false, wrong);
    let error = field_error(errors, field, &id);
    view! {
        <label class="check">
            <input type="checkbox" name=field id=id value="true" checked=ticked
                aria-describedby=described aria-invalid=wrong.then_some("true") />
            <span>{label.into()}</span>
        </label>
        {error}
    }
    .into_any()
}

/// Boxes of which any number are ticked. `beside` says what stands behind each label.
pub fn ticks(field: &'static str, choices: &[Choice], chosen: &[String], beside: fn(&Choice) -> AnyView) -> AnyView {
    let boxes = choices.iter().map(|choice| {
        let ticked = chosen.contains(&choice.value);
        view! {
            <label class="check">
                <input type="checkbox" name=field value=choice.value.clone() checked=ticked />
                <span>{name(choice.label.clone())}{beside(choice)}</span>
            </label>
        }
    });
    boxes.collect_view().into_any()
}

/// Escapes what stands between the tags of a `textarea`, which the renderer leaves as it is.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            other => out.push(other),
        }
    }
    out
}

/// A field of several lines. The only place where a `textarea` is made.
pub fn text_area(input: Input, rows: &'static str, errors: &Errors) -> AnyView {
    let Input { field, id, label, hint, value, longest, .. } = input;
    let wrong = find(errors, field).is_some();
    let described = described_by(&id, hint.is_some(), wrong);
    let error = field_error(errors, field, &id);
    // The parser drops one line break at the start: this one, so that one that was typed stays.
    let text = format!("\n{}", escape(&value));
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            {hint.map(|hint| view! { <p class="hint" id=format!("{id}-hint")>{hint}</p> })}
            <textarea class="input" id=id.clone() name=field rows=rows maxlength=longest.to_string()
                aria-describedby=described aria-invalid=wrong.then_some("true")>{text}</textarea>
            {error}
        </div>
    }
    .into_any()
}

/// What a list of options starts with, and which is chosen.
pub struct Options<'a> {
    /// The options.
    pub choices: &'a [Choice],
    /// What stands first and sends nothing.
    pub none: Option<&'static str>,
    /// The chosen value.
    pub chosen: &'a str,
}

/// A list of which one is chosen.
pub fn select(input: Input, options: &Options<'_>, errors: &Errors) -> AnyView {
    let Input { field, id, label, hint, .. } = input;
    let wrong = find(errors, field).is_some();
    let described = described_by(&id, hint.is_some(), wrong);
    let error = field_error(errors, field, &id);
    let list = options
        .choices
        .iter()
        .map(|choice| {
            let chosen = choice.value == options.chosen;
            let label = match choice.count {
                Some(count) => format!("{} ({})", choice.label, crate::say::number(count)),
                None => choice.label.clone(),
            };
            view! { <option value=choice.value.clone() selected=chosen>{label}</option> }
        })
        .collect_view();
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            {hint.map(|hint| view! { <p class="hint" id=format!("{id}-hint")>{hint}</p> })}
            <select class="input" id=id.clone() name=field aria-describedby=described aria-invalid=wrong.then_some("true")>
                {options.none.map(|none| view! { <option value="">{none}</option> })}
                {list}
            </select>
            {error}
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html(view: AnyView) -> String {
        let owner = Owner::new();
        owner.with(|| view.to_html())
    }

    #[test]
    fn a_box_that_was_not_ticked_is_described_by_what_is_asked() {
        let errors = [FieldError { field: "acknowledge".to_owned(), message: "Tick the box.".to_owned() }];
        let [wrong, right] =
            [(false, &errors[..]), (true, &[])].map(|(on, errors)| html(tick("acknowledge", on, "I have read it.", errors)));
        assert!(wrong.contains("aria-describedby=\"f-acknowledge-error\"") && wrong.contains("aria-invalid=\"true\""), "{wrong}");
        assert!(wrong.contains("id=\"f-acknowledge-error\" class=\"error\">Tick the box.") && !wrong.contains("checked"), "{wrong}");
        assert!(right.contains("checked") && !right.contains("aria-") && right.contains("I have read it."), "{right}");
    }

    /// The renderer does not escape a `textarea`'s content; this component must.
    #[test]
    fn a_text_area_cannot_be_left_by_what_was_typed() {
        let mut input = inform("note", "Note", "text", "</textarea><script>alert(1)</script> & <b>\"x\"");
        input.hint = Some("Said in the pack.");
        let html = html(text_area(input, "3", &[]));
        assert!(!html.contains("<script>"), "{html}");
        assert_eq!(html.matches("</textarea>").count(), 1, "{html}");
        assert!(html.contains("&lt;/textarea&gt;&lt;script&gt;alert(1)&lt;/script&gt; &amp; &lt;b&gt;\"x\""), "{html}");
    }

    #[test]
    fn a_first_empty_line_survives() {
        let html = html(text_area(inform("note", "Note", "text", "\nsecond line"), "3", &[]));
        assert!(html.contains(">\n\nsecond line<"), "{html}");
    }

    #[test]
    fn values_cannot_leave_their_attribute() {
        let html = html(text_input(inform("name", "Name", "text", "\"><script>alert(1)</script>"), &[]));
        assert!(!html.contains("\"><script>"), "{html}");
    }

    #[test]
    fn an_error_stands_beside_its_field_and_what_was_typed_stays() {
        let errors = [FieldError { field: "name".to_owned(), message: "Give the campaign a name.".to_owned() }];
        let html = html(text_input(inform("name", "Name", "text", "Q4"), &errors));
        assert!(html.contains("aria-invalid=\"true\"") && html.contains("aria-describedby=\"f-name-error\""), "{html}");
        assert!(html.contains("id=\"f-name-error\" class=\"error\">Give the campaign a name.") && html.contains("value=\"Q4\""), "{html}");
    }
}
