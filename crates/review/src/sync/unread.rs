//! What was known of the parts that a reading could not read stays known.

use crate::{Error, Result};
use connect::{Covers, Earlier, EntitlementRecord, GrantRecord, Known, PersonRecord, Reading, RuleRead, Unread, Waiting};
use domain::{GrantPath, SourceId, SourceKind, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use store::{Tx, sources::Source};

/// A part that a reading could not read, and when one could last.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LastRead {
    /// What the part says.
    pub covers: Covers,
    /// Other parts that a grant has to be in as well: it takes all of them to be read, and they were not read together since.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<Covers>,
    /// When it was last read; `None` where it never was, or where nobody noted it.
    pub at: Option<Timestamp>,
}

impl LastRead {
    /// Whether this says how old a grant of this entitlement by this path is.
    pub fn grants_of(&self, entitlement: &str, path: &GrantPath) -> bool {
        self.all().all(|covers| covers.grants_of(entitlement, path))
    }

    fn all(&self) -> impl Iterator<Item = &Covers> {
        std::iter::once(&self.covers).chain(&self.also)
    }

    /// What was as old as this already and lies in a part that could not be read again: as old as it was. `None` where no
    /// grant lies in both.
    fn and(&self, unread: &Covers) -> Option<Self> {
        let mut all: BTreeSet<&Covers> = self.all().chain([unread]).collect();
        // Of a part and one within it, the one within says it.
        let wider: Vec<&Covers> = all.iter().filter(|wide| all.iter().any(|one| one != *wide && one.is_within(wide))).copied().collect();
        all.retain(|one| !wider.contains(one));
        if all.len() > 1 && all.iter().any(|one| all.iter().any(|other| one < other && one.is_apart_from(other))) {
            return None;
        }
        let mut all = all.into_iter().cloned();
        Some(Self { covers: all.next()?, also: all.collect(), at: self.at })
    }

    /// Whether another one says at least as much of everything that this one is about.
    fn is_said_by(&self, other: &Self) -> bool {
        other.at <= self.at && other.all().all(|wide| self.all().any(|one| one.is_within(wide)))
    }
}

/// What a manifest says of parts that were not read; its pages are left where they are.
#[derive(Default, Deserialize)]
struct Parts {
    #[serde(default)]
    unread: Vec<Unread>,
    #[serde(default)]
    last_read: Vec<LastRead>,
    #[serde(default)]
    rules: Vec<RuleRead>,
}

/// What the newest snapshot of a source says of itself, beside who has what.
#[derive(Debug, Default)]
pub(crate) struct About {
    /// Parts that it has from earlier readings alone, and when each was last read.
    pub unread: Vec<LastRead>,
    /// How many people are excepted from each rule that puts people into groups.
    pub exceptions: BTreeMap<String, u64>,
}

impl Parts {
    async fn of(tx: &mut Tx, source: SourceId, seq: i64) -> Result<Option<(Timestamp, Vec<LastRead>)>> {
        Ok(Self::read(tx, source, seq).await?.map(|(taken_at, about)| (taken_at, about.unread)))
    }

    async fn read(tx: &mut Tx, source: SourceId, seq: i64) -> Result<Option<(Timestamp, About)>> {
        let Some(snapshot) = tx.snapshot(source, seq).await? else { return Ok(None) };
        let wrong = |e: serde_json::Error| Error::Inconsistent(format!("manifest of snapshot {seq} of source {source}: {e}"));
        let Self { unread, mut last_read, rules } = serde_json::from_str(&snapshot.manifest).map_err(wrong)?;
        for Unread { covers, .. } in unread {
            if !last_read.iter().any(|part| part.also.is_empty() && part.covers == covers) {
                last_read.push(LastRead { covers, also: Vec::new(), at: None });
            }
        }
        let mut exceptions = BTreeMap::new();
        for RuleRead { name, exceptions: used } in rules {
            // Of two rules of one name, the one that has less room.
            exceptions.entry(name).and_modify(|most: &mut u64| *most = used.max(*most)).or_insert(used);
        }
        Ok(Some((Timestamp(snapshot.taken_at), About { unread: last_read, exceptions })))
    }
}

/// When each part that this reading could not read was last read, and since when what lies in several of them was not.
///
/// A grant may need several parts: a role of an application that comes through a group needs the applications and the
/// groups. Where one is refused now and the other was refused before, the reading between them saw only half of it.
pub(super) async fn last_read(tx: &mut Tx, source: &Source, reading: &Reading) -> Result<Vec<LastRead>> {
    if reading.unread.is_empty() {
        return Ok(Vec::new());
    }
    let before = match source.last_seq {
        Some(seq) => Parts::of(tx, source.id, seq).await?,
        None => None,
    };
    Ok(ages(&reading.unread, before))
}

/// What is said of the parts that are unread now, after the reading that was taken and could not read what `before` says.
fn ages(unread: &[Unread], before: Option<(Timestamp, Vec<LastRead>)>) -> Vec<LastRead> {
    let (taken_at, older) = before.map_or((None, Vec::new()), |(taken_at, older)| (Some(taken_at), older));
    let mut parts: Vec<LastRead> = Vec::new();
    for Unread { covers, .. } in unread {
        parts.push(LastRead { covers: covers.clone(), also: Vec::new(), at: taken_at });
        parts.extend(older.iter().filter_map(|part| part.and(covers)));
    }
    parts.sort();
    parts.dedup();
    let said = |at: usize, part: &LastRead| {
        parts
            .iter()
            .enumerate()
            .any(|(other_at, other)| other_at != at && part.is_said_by(other) && (other_at < at || !other.is_said_by(part)))
    };
    parts.iter().enumerate().filter(|(at, part)| !said(*at, part)).map(|(_, part)| part.clone()).collect()
}

/// What the newest snapshot of a source says of itself.
pub(crate) async fn about(tx: &mut Tx, source: &Source) -> Result<About> {
    let Some(seq) = source.last_seq else { return Ok(About::default()) };
    Ok(Parts::read(tx, source.id, seq).await?.map(|(_, about)| about).unwrap_or_default())
}

/// Whether a reading could not read use, so that none of it says nothing of what the source keeps: all of the source's use,
/// or that of a grant in a part that it could not read.
pub(crate) async fn is_use_unread(tx: &mut Tx, source: &Source, seq: i64, entitlement: &str, path: &GrantPath) -> Result<bool> {
    if source.kind == SourceKind::Files {
        return Ok(false);
    }
    let unread = |part: &LastRead| part.covers.use_of(entitlement) || part.grants_of(entitlement, path);
    Ok(Parts::of(tx, source.id, seq).await?.is_some_and(|(_, parts)| parts.iter().any(unread)))
}

/// When a grant of an entitlement by a path was last read; `None` where it never was.
pub(crate) fn read_at(source: &Source, parts: &[LastRead], entitlement: &str, path: &GrantPath) -> Option<Timestamp> {
    let unread = parts.iter().filter(|part| part.grants_of(entitlement, path));
    unread.map(|part| part.at).min().unwrap_or(source.last_read_at)
}

/// Completes a reading with what the snapshot before it knew. Of unread parts everything stays: a refused page is no proof that
/// access is gone. And access that this reading tells under another name stays by the name that something waits for: neither
/// is that a proof. Returns how many grants stand on the earlier reading's word alone.
pub(super) async fn keep_known(tx: &mut Tx, source: &Source, reading: &mut Reading) -> Result<u64> {
    let Some(seq) = source.last_seq else { return Ok(0) };
    let missing = || Error::Inconsistent(format!("source {} has no snapshot {seq}", source.id));
    let sealed_at = Timestamp(tx.snapshot(source.id, seq).await?.ok_or_else(missing)?.sealed_at);
    let accounts = tx.accounts_at(source.id, seq).await?;
    let ids: BTreeMap<_, _> = accounts.iter().map(|a| (a.id, a.external_id.clone())).collect();
    let people = accounts
        .into_iter()
        .map(|a| PersonRecord {
            external_id: a.external_id,
            employee_id: a.employee_id,
            name: a.name,
            email: a.email,
            title: a.title,
            department: a.department,
            manager_id: a.manager_external,
            status: a.status,
            start: a.start,
            end: a.end,
            changed_job_on: a.changed_job_on,
            employment: a.employment,
            risk: a.risk,
        })
        .collect();
    let known = tx.entitlements_at(source.id, seq).await?;
    let things: BTreeMap<_, _> = known.iter().map(|e| (e.id, e.external_id.clone())).collect();
    let entitlements = known
        .into_iter()
        .map(|e| EntitlementRecord {
            external_id: e.external_id,
            name: e.name,
            application: e.application,
            description: e.description,
            sensitivity: e.sensitivity,
            owner_id: e.owner_external,
        })
        .collect();
    let waiting = tx.grants_waited_for(source.id).await?;
    let grants = tx.grants_at(source.id, seq).await?.into_iter().filter_map(|g| {
        let waiting = waiting.get(&g.id).map(|for_removal| if *for_removal { Waiting::Removal } else { Waiting::Question });
        let grant = GrantRecord {
            person_id: ids.get(&g.account)?.clone(),
            entitlement_id: things.get(&g.entitlement)?.clone(),
            path: g.path,
            granted_on: g.granted_on,
            held_by: g.held_by,
            granted_by: g.granted_by,
        };
        Some(Earlier { grant, waiting })
    });
    let earlier: Vec<Earlier> = grants.collect();
    let kept = if reading.unread.is_empty() {
        0
    } else {
        let grants = earlier.iter().map(|known| known.grant.clone()).collect();
        reading.keep_known(Known { people, entitlements, grants })
    };
    reading.keep_waiting(source.kind, earlier, sealed_at);
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    const APPLICATIONS: &str = "app:";

    fn like(prefix: &str) -> Covers {
        Covers::GrantsLike { prefix: prefix.to_owned() }
    }

    fn groups() -> Covers {
        Covers::Groups { prefix: "group:".to_owned() }
    }

    fn unread(covers: &[Covers]) -> Vec<Unread> {
        covers.iter().map(|covers| Unread { part: String::new(), why: String::new(), covers: covers.clone() }).collect()
    }

    /// The ages after readings at 1, 2, 3 and so on, each of which could not read these parts.
    fn after(readings: &[&[Covers]]) -> Vec<LastRead> {
        let mut before = None;
        for (taken_at, covers) in (1..).zip(readings) {
            before = Some((Timestamp(taken_at), ages(&unread(covers), before)));
        }
        before.map(|(_, parts)| parts).unwrap_or_default()
    }

    /// The newest reading read it.
    const NOW: i64 = i64::MAX;
    /// No reading ever read it.
    const NEVER: i64 = 0;

    /// Which reading last read a grant.
    fn age(parts: &[LastRead], entitlement: &str, path: &str) -> i64 {
        let path = path.parse().unwrap_or(GrantPath::Direct);
        parts.iter().filter(|part| part.grants_of(entitlement, &path)).map(|part| part.at.map_or(NEVER, |at| at.0)).min().unwrap_or(NOW)
    }

    /// Rule 4: what takes two parts is as old as the last reading that read both.
    #[test]
    fn rule_04_what_needs_two_parts_is_as_old_as_the_last_reading_of_both() {
        let parts = after(&[&[], &[like(APPLICATIONS)], &[groups()]]);
        assert_eq!(age(&parts, "app:mail:1", "group:group:sales"), 1, "the second reading could not read who holds it");
        assert_eq!(age(&parts, "group:sales", "direct"), 2);
        assert_eq!(age(&parts, "app:mail:1", "direct"), NOW, "read this moment");
        // And on: as long as either is refused, it is no younger.
        let parts = after(&[&[], &[like(APPLICATIONS)], &[groups()], &[like(APPLICATIONS)], &[groups()], &[groups()]]);
        assert_eq!(age(&parts, "app:mail:1", "group:group:sales"), 1);
        assert_eq!(age(&parts, "group:sales", "direct"), 4);
        assert!(parts.len() <= 2, "{parts:?}");
        // A reading of both makes it young again.
        let parts = after(&[&[], &[like(APPLICATIONS)], &[groups()], &[], &[groups()]]);
        assert_eq!(age(&parts, "app:mail:1", "group:group:sales"), 4);
    }

    #[test]
    fn what_was_never_read_stays_so_and_a_narrower_part_keeps_its_own_age() {
        let parts = after(&[&[like(APPLICATIONS)], &[groups()]]);
        assert_eq!(age(&parts, "app:mail:1", "group:group:sales"), NEVER);
        let one = Covers::Groups { prefix: "group:sales".to_owned() };
        let parts = after(&[&[], std::slice::from_ref(&one), &[groups()]]);
        assert_eq!((age(&parts, "group:sales", "direct"), age(&parts, "group:other", "direct")), (1, 2));
        let parts = after(&[&[], &[groups()], &[one]]);
        assert_eq!((age(&parts, "group:sales", "direct"), age(&parts, "group:other", "direct")), (1, NOW));
    }

    #[test]
    fn parts_that_share_no_grant_say_nothing_together() {
        let parts = after(&[&[], &[like(APPLICATIONS), Covers::Machines, Covers::Usage], &[like("role:"), Covers::Machines]]);
        assert!(parts.iter().all(|part| part.also.is_empty()), "{parts:?}");
        assert_eq!(age(&parts, "role:1", "direct"), 2);
        let machines = parts.iter().find(|part| part.covers == Covers::Machines);
        assert_eq!(machines.and_then(|part| part.at), Some(Timestamp(1)), "older than the reading before");
    }
}
