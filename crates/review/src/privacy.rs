//! What readers are shown of people whose data is restricted (rule 44).
//!
//! A restricted person's name, and what was written about them, is shown to two
//! roles whose work is the evidence that retention keeps it for: the compliance
//! officer, who answers the request and can lift the restriction, and the
//! auditor. The name alone is also shown to the reviewer whose item it is, and
//! to who answers for access whose removal is in conflict, because access that
//! goes on existing cannot be judged without knowing whose it is. Everybody else
//! sees that a name is restricted.
//!
//! Who holds an office (reviewer, owner, whoever decided or provisioned) stays
//! named in it: others must know whom to ask and who answers for it (rules 1,
//! 12, 37 and 38). What sources say of them beside the name is masked there
//! too, and whoever names them in a form is told neither name nor status.

use crate::{Actor, Result, erase};
use domain::{Action, IdentityId, Object};
use std::collections::BTreeSet;
use store::Tx;
use uuid::Uuid;

/// What stands in the place of a name.
pub const NAME: &str = "Name restricted";

/// What stands in the place of a name in an answer to somebody who named the person.
pub(crate) const NAMED: &str = "The person you named";

/// Whom a reader is not shown.
#[derive(Debug, Clone, Default)]
pub(crate) struct Veil {
    restricted: BTreeSet<Uuid>,
    /// The reader: nobody's own name is kept from them.
    reader: Option<IdentityId>,
}

impl Veil {
    /// The veil for a reader.
    pub async fn before(tx: &mut Tx, actor: &Actor) -> Result<Self> {
        if actor.may(Action::View, Object::History, false) {
            return Ok(Self::default());
        }
        Ok(Self { reader: actor.identity, ..Self::for_most(tx).await? })
    }

    /// The veil for those who are not among the roles that must see.
    pub async fn for_most(tx: &mut Tx) -> Result<Self> {
        Ok(Self { restricted: erase::restricted(tx).await?, reader: None })
    }

    /// Whether this person, account, user or source is not shown.
    pub fn hides(&self, subject: Uuid) -> bool {
        self.restricted.contains(&subject)
    }

    /// Whether the name of a person is not shown.
    pub fn hides_name(&self, identity: IdentityId) -> bool {
        self.hides(identity.0) && self.reader != Some(identity)
    }

    /// The name of a person, or what stands in its place.
    pub fn name(&self, identity: IdentityId, name: String) -> String {
        if self.hides_name(identity) { NAME.to_owned() } else { name }
    }
}

/// What restricted people are called, so that it can be left out of words that quote a source.
#[derive(Debug, Clone, Default)]
pub(crate) struct Quotes(Vec<Vec<char>>);

impl Quotes {
    /// What is left out for a reader.
    pub async fn before(tx: &mut Tx, actor: &Actor) -> Result<Self> {
        let veil = Veil::before(tx, actor).await?;
        Self::behind(tx, &veil).await
    }

    /// What is left out where a veil hides it.
    pub async fn behind(tx: &mut Tx, veil: &Veil) -> Result<Self> {
        let mut callings = BTreeSet::new();
        for identity in veil.restricted.iter().copied().map(IdentityId).filter(|identity| veil.hides_name(*identity)) {
            callings.extend(tx.callings_of_person(identity).await?);
            callings.extend(tx.users_of(identity).await?.into_iter().flat_map(|user| [Some(user.name), user.email]).flatten());
        }
        Ok(Self::of(callings))
    }

    fn of(callings: impl IntoIterator<Item = String>) -> Self {
        let folded = |text: String| text.trim().chars().map(fold).collect::<Vec<char>>();
        let mut all: Vec<Vec<char>> = callings.into_iter().map(folded).filter(|calling| !calling.is_empty()).collect();
        // The longest first: a name within an address goes with the address.
        all.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        Self(all)
    }

    /// A text with [`NAME`] wherever it calls a restricted person by name, address or id.
    pub fn masked(&self, text: &str) -> String {
        let letters: Vec<char> = text.chars().collect();
        let folded: Vec<char> = letters.iter().copied().map(fold).collect();
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        while let Some(letter) = letters.get(at) {
            let found = self.0.iter().find(|calling| {
                let end = at + calling.len();
                folded.get(at..end) == Some(calling.as_slice()) && ends(&letters, at) && ends(&letters, end)
            });
            if let Some(calling) = found {
                out.push_str(NAME);
                at += calling.len();
            } else {
                out.push(*letter);
                at += 1;
            }
        }
        out
    }
}

/// One letter without regard to case.
fn fold(letter: char) -> char {
    letter.to_lowercase().next().unwrap_or(letter)
}

/// Whether a word begins or ends before the letter at `at`: what stands on both sides does not belong together.
fn ends(letters: &[char], at: usize) -> bool {
    let of = |at: Option<usize>| at.and_then(|at| letters.get(at)).copied();
    let joins = |letter: Option<char>| letter.is_some_and(|letter| letter.is_alphanumeric() || matches!(letter, '.' | '_' | '-' | '@'));
    let (before, after) = (of(at.checked_sub(1)), of(Some(at)));
    // A stop that ends a sentence joins nothing.
    let stop = |letter: Option<char>, beyond: Option<char>| letter == Some('.') && !beyond.is_some_and(char::is_alphanumeric);
    !joins(before) || !joins(after) || stop(after, of(at.checked_add(1))) || stop(before, of(at.checked_sub(2)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(text: &str) -> String {
        let callings = ["Anna Keller", "anna.keller@example.com", "anna", "p1", "\u{c9}mile"];
        Quotes::of(callings.map(str::to_owned)).masked(text)
    }

    #[test]
    fn a_quoted_name_address_or_id_is_left_out_and_nothing_else() {
        for (text, shown) in [
            ("\u{201c}Anna Keller\u{201d}", "\u{201c}Name restricted\u{201d}"),
            ("\u{201c}ANNA KELLER\u{201d}", "\u{201c}Name restricted\u{201d}"),
            ("\u{201c}anna.keller@example.com\u{201d}, \u{201c}wiki\u{201d}", "\u{201c}Name restricted\u{201d}, \u{201c}wiki\u{201d}"),
            ("found p1.", "found Name restricted."),
            ("\u{e9}mile", "Name restricted"),
        ] {
            assert_eq!(masked(text), shown);
        }
        for other in ["p10", "xp1", "p1-admin", "1.p1.2", "anna@elsewhere.org", "Joanna", "Anna-Lena", "", "\u{1f600} p2"] {
            assert_eq!(masked(other), other);
        }
        assert_eq!(Quotes::default().masked("anna"), "anna");
        assert_eq!(Quotes::of([" ".to_owned()]).masked("a b"), "a b", "nothing is not a name");
    }
}
