//! The `Link` header (RFC 8288).

use super::answer::Answer;
use url::Url;

/// The address of the next page, from `Link` headers with `rel="next"`. It is an address from an answer: check its host
/// or take only its cursor.
pub fn next_link(answer: &Answer) -> Option<Url> {
    let links = answer.headers.get_all("link").iter().filter_map(|value| value.to_str().ok());
    links.flat_map(split).find_map(|link| {
        let (target, parameters) = link.trim().strip_prefix('<')?.split_once('>')?;
        let next = parameters.split(';').any(|parameter| {
            let Some((name, value)) = parameter.split_once('=') else { return false };
            let mut relations = value.trim().trim_matches('"').split_ascii_whitespace();
            name.trim().eq_ignore_ascii_case("rel") && relations.any(|relation| relation.eq_ignore_ascii_case("next"))
        });
        next.then(|| Url::parse(target).ok()).flatten()
    })
}

/// The links of one header; a comma inside an address is not the end of a link.
fn split(value: &str) -> Vec<&str> {
    let mut links = Vec::new();
    let (mut from, mut inside) = (0, false);
    for (at, character) in value.char_indices() {
        match character {
            '<' => inside = true,
            '>' => inside = false,
            ',' if !inside => {
                links.extend(value.get(from..at));
                from = at + 1;
            }
            _ => {}
        }
    }
    links.extend(value.get(from..));
    links
}
