//! The difference between what is stored and what a reading says.

use super::{
    Changes, Moved,
    join::{Join, People},
};
use crate::{Context, Result};
use connect::Reading;
use domain::{AccountId, EntitlementId, GrantId, GrantPath, IdentityId, NotJoined, SourceId, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use store::{
    Tx,
    access::{Account, Digest, Entitlement, Grant, PastDecision, Requirement, UsageOf},
    sources::Source,
};
use uuid::Uuid;

/// What must be written so that the store says what the reading says.
pub(super) struct Difference {
    pub changes: Changes,
    /// New accounts whose person another source knows.
    pub joined: Vec<(AccountId, IdentityId)>,
    /// New accounts that may be somebody's whom another source knows, and were not joined.
    pub unsure: u64,
    /// Every account that stands by itself and may be somebody's, with the reason.
    not_joined: Vec<(AccountId, NotJoined)>,
    new_accounts: Vec<(AccountId, IdentityId, String)>,
    new_entitlements: Vec<(EntitlementId, String)>,
    accounts: Vec<(Account, Digest)>,
    ended_accounts: Vec<AccountId>,
    entitlements: Vec<(Entitlement, Digest)>,
    ended_entitlements: Vec<EntitlementId>,
    grants: Vec<Grant>,
    ended_grants: Vec<GrantId>,
    corrected_grants: Vec<(GrantId, Option<String>, Digest)>,
    usages: Vec<UsageOf>,
    ended_usages: Vec<(AccountId, EntitlementId)>,
    decisions: Vec<PastDecision>,
    ended_decisions: Vec<Uuid>,
    requirements: Vec<Requirement>,
    ended_requirements: Vec<Uuid>,
}

/// What an instance of a grant is: another time of granting is another instance (rule 18).
type GrantInstance = (AccountId, EntitlementId, GrantPath, Option<Timestamp>);

impl Difference {
    pub async fn of(ctx: &Context, tx: &mut Tx, source: &Source, reading: &Reading) -> Result<Self> {
        let seq = source.last_seq.unwrap_or(0);
        let mut this = Self {
            changes: Changes::default(),
            joined: Vec::new(),
            unsure: 0,
            not_joined: Vec::new(),
            new_accounts: Vec::new(),
            new_entitlements: Vec::new(),
            accounts: Vec::new(),
            ended_accounts: Vec::new(),
            entitlements: Vec::new(),
            ended_entitlements: Vec::new(),
            grants: Vec::new(),
            ended_grants: Vec::new(),
            corrected_grants: Vec::new(),
            usages: Vec::new(),
            ended_usages: Vec::new(),
            decisions: Vec::new(),
            ended_decisions: Vec::new(),
            requirements: Vec::new(),
            ended_requirements: Vec::new(),
        };
        let accounts = this.accounts(ctx, tx, source.id, reading).await?;
        let entitlements = this.entitlements(ctx, tx, source.id, reading).await?;
        // A reading names only people and entitlements of its own, so these lookups find them.
        let ids = |person: &str, entitlement: &str| Some((*accounts.get(person)?, *entitlements.get(entitlement)?));
        this.grants(ctx, tx.grants_at(source.id, seq).await?, seq + 1, reading, &ids);
        this.usages(tx.usages_at(source.id, seq).await?, reading, &ids);
        this.decisions(ctx, tx.past_decisions_at(source.id, seq).await?, reading, &ids);
        this.requirements(ctx, tx.requirements_at(source.id, seq).await?, reading, &ids);
        Ok(this)
    }

    async fn accounts(&mut self, ctx: &Context, tx: &mut Tx, source: SourceId, reading: &Reading) -> Result<BTreeMap<String, AccountId>> {
        let known: BTreeMap<String, _> = tx.known_accounts(source).await?.into_iter().map(|a| (a.external_id.clone(), a)).collect();
        let identities = known.values().map(|account| account.identity).collect();
        let mut people = People::new(tx.joinable_accounts(source).await?, identities, &reading.people);
        let moved = &mut self.changes.accounts;
        let mut ids = BTreeMap::new();
        let mut here = BTreeSet::new();
        for person in &reading.people {
            let digest = person.digest();
            let before = known.get(&person.external_id);
            let (id, identity) = if let Some(account) = before {
                self.not_joined.extend(people.why_alone(person, account.identity).map(|why| (account.id, why)));
                (account.id, account.identity)
            } else {
                let id = ctx.env.id();
                match people.find(person) {
                    Join::Known(identity) => {
                        self.joined.push((id, identity));
                        (id, identity)
                    }
                    Join::Alone => (id, ctx.env.id()),
                    Join::Unsure(why) => {
                        self.unsure += 1;
                        self.not_joined.push((id, why));
                        (id, ctx.env.id())
                    }
                }
            };
            if before.is_none() {
                self.new_accounts.push((id, identity, person.external_id.clone()));
            }
            ids.insert(person.external_id.clone(), id);
            here.insert(id);
            moved.total += 1;
            match before.and_then(|a| a.digest) {
                Some(old) if old == digest => continue,
                Some(_) => {
                    moved.changed += 1;
                    self.ended_accounts.push(id);
                }
                None => moved.new += 1,
            }
            let account = Account {
                id,
                identity,
                external_id: person.external_id.clone(),
                employee_id: person.employee_id.clone(),
                name: person.name.clone(),
                email: person.email.clone(),
                title: person.title.clone(),
                department: person.department.clone(),
                manager_external: person.manager_id.clone(),
                status: person.status,
                start: person.start,
                end: person.end,
                changed_job_on: person.changed_job_on,
                employment: person.employment.clone(),
                risk: person.risk,
            };
            self.accounts.push((account, digest));
        }
        let gone: Vec<AccountId> = known.values().filter(|a| a.digest.is_some() && !here.contains(&a.id)).map(|a| a.id).collect();
        moved.gone = gone.len() as u64;
        self.ended_accounts.extend(gone);
        Ok(ids)
    }

    async fn entitlements(
        &mut self,
        ctx: &Context,
        tx: &mut Tx,
        source: SourceId,
        reading: &Reading,
    ) -> Result<BTreeMap<String, EntitlementId>> {
        let known: BTreeMap<String, _> = tx.known_entitlements(source).await?.into_iter().map(|e| (e.external_id.clone(), e)).collect();
        let moved = &mut self.changes.entitlements;
        let mut ids = BTreeMap::new();
        let mut here = BTreeSet::new();
        for record in &reading.entitlements {
            let digest = record.digest();
            let before = known.get(&record.external_id);
            let id = before.map_or_else(|| ctx.env.id(), |e| e.id);
            if before.is_none() {
                self.new_entitlements.push((id, record.external_id.clone()));
            }
            ids.insert(record.external_id.clone(), id);
            here.insert(id);
            moved.total += 1;
            match before.and_then(|e| e.digest) {
                Some(old) if old == digest => continue,
                Some(_) => {
                    moved.changed += 1;
                    self.ended_entitlements.push(id);
                }
                None => moved.new += 1,
            }
            let entitlement = Entitlement {
                id,
                external_id: record.external_id.clone(),
                name: record.name.clone(),
                application: record.application.clone(),
                description: record.description.clone(),
                sensitivity: record.sensitivity,
                owner_external: record.owner_id.clone(),
            };
            self.entitlements.push((entitlement, digest));
        }
        let gone: Vec<EntitlementId> = known.values().filter(|e| e.digest.is_some() && !here.contains(&e.id)).map(|e| e.id).collect();
        moved.gone = gone.len() as u64;
        self.ended_entitlements.extend(gone);
        Ok(ids)
    }

    fn grants(
        &mut self,
        ctx: &Context,
        known: Vec<Grant>,
        seq: i64,
        reading: &Reading,
        ids: &impl Fn(&str, &str) -> Option<(AccountId, EntitlementId)>,
    ) {
        let moved = &mut self.changes.grants;
        let mut before: BTreeMap<GrantInstance, Grant> =
            known.into_iter().map(|g| ((g.account, g.entitlement, g.path.clone(), g.granted_on), g)).collect();
        for record in &reading.grants {
            let Some((account, entitlement)) = ids(&record.person_id, &record.entitlement_id) else { continue };
            let digest = record.digest();
            moved.total += 1;
            match before.remove(&(account, entitlement, record.path.clone(), record.granted_on)) {
                Some(old) if old.digest == digest => {}
                // Only who granted it can differ here, and that is not part of what the instance is.
                Some(old) => {
                    moved.changed += 1;
                    self.corrected_grants.push((old.id, record.granted_by.clone(), digest));
                }
                None => {
                    moved.new += 1;
                    self.grants.push(Grant {
                        id: ctx.env.id(),
                        account,
                        entitlement,
                        path: record.path.clone(),
                        granted_on: record.granted_on,
                        held_by: record.held_by,
                        granted_by: record.granted_by.clone(),
                        digest,
                        valid_from: seq,
                        valid_until: None,
                    });
                }
            }
        }
        moved.gone = before.len() as u64;
        self.ended_grants.extend(before.into_values().map(|g| g.id));
    }

    fn usages(&mut self, known: Vec<UsageOf>, reading: &Reading, ids: &impl Fn(&str, &str) -> Option<(AccountId, EntitlementId)>) {
        let moved = &mut self.changes.usage;
        let mut before: BTreeMap<(AccountId, EntitlementId), Digest> =
            known.into_iter().map(|u| ((u.account, u.entitlement), u.digest)).collect();
        for record in &reading.usage {
            let Some(key) = ids(&record.person_id, &record.entitlement_id) else { continue };
            let digest = record.digest();
            moved.total += 1;
            match before.remove(&key) {
                Some(old) if old == digest => continue,
                Some(_) => {
                    moved.changed += 1;
                    self.ended_usages.push(key);
                }
                None => moved.new += 1,
            }
            self.usages.push(UsageOf { account: key.0, entitlement: key.1, usage: record.usage, digest });
        }
        moved.gone = before.len() as u64;
        self.ended_usages.extend(before.into_keys());
    }

    fn decisions(
        &mut self,
        ctx: &Context,
        known: Vec<PastDecision>,
        reading: &Reading,
        ids: &impl Fn(&str, &str) -> Option<(AccountId, EntitlementId)>,
    ) {
        let known = known.into_iter().map(|d| (d.digest, d.id)).collect();
        let records = reading.decisions.iter().filter_map(|r| Some((ids(&r.person_id, &r.entitlement_id)?, r.digest(), r)));
        let (new, gone) = by_digest(&mut self.changes.decisions, known, records);
        self.decisions.extend(new.into_iter().map(|((account, entitlement), digest, record)| PastDecision {
            id: ctx.env.id(),
            account,
            entitlement,
            answer: record.decision,
            decided_on: record.decided_on,
            reviewer_external: record.reviewer_id.clone(),
            how: record.how.map_or_else(String::new, |how| how.as_str().to_owned()),
            digest,
        }));
        self.ended_decisions.extend(gone);
    }

    fn requirements(
        &mut self,
        ctx: &Context,
        known: Vec<Requirement>,
        reading: &Reading,
        ids: &impl Fn(&str, &str) -> Option<(AccountId, EntitlementId)>,
    ) {
        let known = known.into_iter().map(|r| (r.digest, r.id)).collect();
        let records = reading.requirements.iter().filter_map(|r| Some((ids(&r.person_id, &r.entitlement_id)?, r.digest(), r)));
        let (new, gone) = by_digest(&mut self.changes.requirements, known, records);
        self.requirements.extend(new.into_iter().map(|((account, entitlement), digest, record)| Requirement {
            id: ctx.env.id(),
            account,
            entitlement,
            kind: record.kind,
            expires: record.expires,
            digest,
        }));
        self.ended_requirements.extend(gone);
    }

    /// Writes the difference as snapshot `seq`.
    pub async fn apply(self, ctx: &Context, tx: &mut Tx, source: SourceId, seq: i64) -> Result<()> {
        tx.insert_accounts(source, &self.new_accounts, ctx.env.now()).await?;
        tx.insert_entitlements(source, &self.new_entitlements).await?;
        tx.end_account_versions(seq, &self.ended_accounts).await?;
        tx.insert_account_versions(seq, &self.accounts).await?;
        tx.set_not_joined(source, &self.not_joined).await?;
        tx.end_entitlement_versions(seq, &self.ended_entitlements).await?;
        tx.insert_entitlement_versions(seq, &self.entitlements).await?;
        tx.end_grants(seq, &self.ended_grants).await?;
        tx.insert_grants(source, &self.grants).await?;
        for (grant, granted_by, digest) in self.corrected_grants {
            tx.correct_granted_by(grant, granted_by.as_deref(), digest).await?;
        }
        tx.end_usages(seq, &self.ended_usages).await?;
        tx.insert_usages(source, seq, &self.usages).await?;
        tx.end_past_decisions(seq, &self.ended_decisions).await?;
        tx.insert_past_decisions(source, seq, &self.decisions).await?;
        tx.end_requirements(seq, &self.ended_requirements).await?;
        tx.insert_requirements(source, seq, &self.requirements).await?;
        Ok(())
    }
}

/// A record of a reading, with whose access it is about and its digest.
type OfPair<'r, R> = ((AccountId, EntitlementId), Digest, &'r R);

/// What is new and what is gone of records that never change: another digest is another record. Counts what moved.
fn by_digest<'r, R>(
    moved: &mut Moved,
    mut before: BTreeMap<Digest, Uuid>,
    records: impl Iterator<Item = OfPair<'r, R>>,
) -> (Vec<OfPair<'r, R>>, impl Iterator<Item = Uuid>) {
    let mut new = Vec::new();
    for record in records {
        moved.total += 1;
        if before.remove(&record.1).is_none() {
            moved.new += 1;
            new.push(record);
        }
    }
    moved.gone = before.len() as u64;
    (new, before.into_values())
}
