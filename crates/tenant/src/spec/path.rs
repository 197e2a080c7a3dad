//! Path templates, with names inside a segment too (`filterByCurrentUser(on='{on}')`).

/// A piece of a template: fixed text, or a name that stands for one segment's text or a part of it.
enum Piece {
    Fixed(String),
    Named(String),
}

/// A path template.
pub(super) struct Template {
    text: String,
    pieces: Vec<Piece>,
}

impl Template {
    pub(super) fn parse(text: &str) -> Self {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            if !before.is_empty() {
                pieces.push(Piece::Fixed(before.to_owned()));
            }
            let (name, after) = after.split_once('}').unwrap_or((after, ""));
            pieces.push(Piece::Named(name.to_owned()));
            rest = after;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Fixed(rest.to_owned()));
        }
        Self { text: text.to_owned(), pieces }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// How much of it is fixed, in bytes.
    pub(super) fn fixed(&self) -> usize {
        self.pieces.iter().map(|piece| if let Piece::Fixed(text) = piece { text.len() } else { 0 }).sum()
    }

    /// The names with the texts that a path gives them, decoded; none where the path does not fit.
    pub(super) fn matches(&self, path: &str) -> Option<Vec<(String, String)>> {
        let mut names = Vec::new();
        walk(&self.pieces, path, &mut names).then_some(names)
    }
}

fn walk(pieces: &[Piece], path: &str, names: &mut Vec<(String, String)>) -> bool {
    match pieces {
        [] => path.is_empty(),
        [Piece::Fixed(text), rest @ ..] => path.strip_prefix(text.as_str()).is_some_and(|after| walk(rest, after, names)),
        [Piece::Named(name), rest @ ..] => {
            // A name never reaches over the end of its segment and is never empty; the longest fit is tried first.
            let end = path.find('/').unwrap_or(path.len());
            for at in (1..=end).rev().filter(|at| path.is_char_boundary(*at)) {
                let (value, after) = path.split_at(at);
                let before = names.len();
                names.push((name.clone(), decode(value)));
                if walk(rest, after, names) {
                    return true;
                }
                names.truncate(before);
            }
            false
        }
    }
}

/// Percent-decoded text; a plus sign is a plus sign in a path.
fn decode(text: &str) -> String {
    let plus = text.replace('+', "%2B");
    url::form_urlencoded::parse(format!("v={}", plus.replace('&', "%26")).as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_for_whole_segments_and_for_parts() {
        let template = Template::parse("/groups/{group-id}/members/{id}/$ref");
        let names = template.matches("/groups/00g1/members/a%20b+c/$ref").unwrap_or_default();
        assert_eq!(names, [("group-id".to_owned(), "00g1".to_owned()), ("id".to_owned(), "a b+c".to_owned())]);
        assert!(template.matches("/groups/00g1/members/x/y/$ref").is_none());
        assert!(template.matches("/groups//members/x/$ref").is_none());
        let inner = Template::parse("/definitions/filterByCurrentUser(on='{on}')");
        assert_eq!(inner.matches("/definitions/filterByCurrentUser(on='reviewer')").map(|names| names.len()), Some(1));
    }
}
