-- Countersign, schema 1.
--
-- The same tables and columns stand in migrations/sqlite and migrations/postgres;
-- a test compares them. Times are microseconds UTC. Flags are 0 or 1. Ids are
-- UUIDv7. Rows with valid_from and valid_until hold from one snapshot of their
-- source (its seq) until before another; valid_until is null while they hold.

-- Sources and what was read from them.

CREATE TABLE sources (
    id BLOB NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    -- Where and how to read: JSON without secrets.
    config TEXT NOT NULL,
    -- What the organisation declares about it: emergency accounts, separated duties. JSON.
    settings TEXT NOT NULL,
    max_age INTEGER NOT NULL,
    -- The seq of the newest sealed snapshot; null before the first.
    last_seq INTEGER,
    last_read_at INTEGER,
    created_at INTEGER NOT NULL,
    version INTEGER NOT NULL
) STRICT;

-- Credentials of the applications that read and remove, sealed with the installation's keys.
CREATE TABLE source_secrets (
    source_id BLOB NOT NULL REFERENCES sources (id),
    -- reader, remover or web.
    name TEXT NOT NULL,
    sealed BLOB NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (source_id, name)
) STRICT;

-- Every attempt to read a source, also those that kept what was there.
CREATE TABLE source_readings (
    id BLOB NOT NULL PRIMARY KEY,
    source_id BLOB NOT NULL REFERENCES sources (id),
    started_at INTEGER NOT NULL,
    ended_at INTEGER,
    outcome TEXT NOT NULL,
    seq INTEGER,
    -- Counts read, kept and dropped by reason, and the errors row by row. JSON.
    report TEXT NOT NULL,
    by_user BLOB
) STRICT;
CREATE INDEX source_readings_by_source ON source_readings (source_id, id);

CREATE TABLE snapshots (
    id BLOB NOT NULL PRIMARY KEY,
    source_id BLOB NOT NULL REFERENCES sources (id),
    seq INTEGER NOT NULL,
    taken_at INTEGER NOT NULL,
    sealed_at INTEGER NOT NULL,
    population_hash BLOB NOT NULL,
    -- Pages read, each with request, time, counts and SHA-256. JSON.
    manifest TEXT NOT NULL,
    accounts INTEGER NOT NULL,
    entitlements INTEGER NOT NULL,
    grants INTEGER NOT NULL,
    usages INTEGER NOT NULL,
    UNIQUE (source_id, seq)
) STRICT;

CREATE TABLE identities (
    id BLOB NOT NULL PRIMARY KEY,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE accounts (
    id BLOB NOT NULL PRIMARY KEY,
    source_id BLOB NOT NULL REFERENCES sources (id),
    external_id TEXT NOT NULL,
    identity_id BLOB NOT NULL REFERENCES identities (id),
    UNIQUE (source_id, external_id)
) STRICT;
CREATE INDEX accounts_by_identity ON accounts (identity_id);

CREATE TABLE account_versions (
    account_id BLOB NOT NULL REFERENCES accounts (id),
    valid_from INTEGER NOT NULL,
    valid_until INTEGER,
    digest BLOB NOT NULL,
    name TEXT,
    email TEXT,
    -- Name and e-mail in lower case, normalised: what is searched and joined on.
    search TEXT NOT NULL,
    email_key TEXT,
    -- The employee number, which joins accounts of one person across sources.
    employee_id TEXT,
    title TEXT,
    department TEXT,
    manager_external TEXT,
    status TEXT,
    start_on INTEGER,
    end_on INTEGER,
    changed_job_on INTEGER,
    PRIMARY KEY (account_id, valid_from)
) STRICT;
CREATE INDEX account_versions_by_email ON account_versions (email_key) WHERE valid_until IS NULL;

CREATE TABLE entitlements (
    id BLOB NOT NULL PRIMARY KEY,
    source_id BLOB NOT NULL REFERENCES sources (id),
    external_id TEXT NOT NULL,
    UNIQUE (source_id, external_id)
) STRICT;

CREATE TABLE entitlement_versions (
    entitlement_id BLOB NOT NULL REFERENCES entitlements (id),
    valid_from INTEGER NOT NULL,
    valid_until INTEGER,
    digest BLOB NOT NULL,
    name TEXT,
    search TEXT NOT NULL,
    application TEXT,
    description TEXT,
    sensitivity TEXT,
    owner_external TEXT,
    PRIMARY KEY (entitlement_id, valid_from)
) STRICT;

-- One row per grant instance: granted anew is a new row (rule 18).
CREATE TABLE grants (
    id BLOB NOT NULL PRIMARY KEY,
    source_id BLOB NOT NULL REFERENCES sources (id),
    account_id BLOB NOT NULL REFERENCES accounts (id),
    entitlement_id BLOB NOT NULL REFERENCES entitlements (id),
    path TEXT NOT NULL,
    granted_on INTEGER,
    granted_by TEXT,
    -- By when it was held at the latest, as the first reading that showed it knew; not part of the digest.
    held_by INTEGER,
    digest BLOB NOT NULL,
    valid_from INTEGER NOT NULL,
    valid_until INTEGER
) STRICT;
CREATE INDEX grants_by_account ON grants (account_id, entitlement_id);
CREATE INDEX grants_by_entitlement ON grants (entitlement_id, id);
CREATE INDEX grants_held ON grants (source_id, id) WHERE valid_until IS NULL;

CREATE TABLE usages (
    account_id BLOB NOT NULL REFERENCES accounts (id),
    entitlement_id BLOB NOT NULL REFERENCES entitlements (id),
    source_id BLOB NOT NULL REFERENCES sources (id),
    valid_from INTEGER NOT NULL,
    valid_until INTEGER,
    digest BLOB NOT NULL,
    last_used INTEGER,
    days_used INTEGER,
    window_days INTEGER NOT NULL,
    grain TEXT NOT NULL,
    PRIMARY KEY (account_id, entitlement_id, valid_from)
) STRICT;

-- Decisions made before Countersign, as a source delivers them.
CREATE TABLE past_decisions (
    id BLOB NOT NULL PRIMARY KEY,
    source_id BLOB NOT NULL REFERENCES sources (id),
    account_id BLOB NOT NULL REFERENCES accounts (id),
    entitlement_id BLOB NOT NULL REFERENCES entitlements (id),
    answer TEXT NOT NULL,
    decided_on INTEGER,
    reviewer_external TEXT,
    how TEXT NOT NULL,
    digest BLOB NOT NULL,
    valid_from INTEGER NOT NULL,
    valid_until INTEGER
) STRICT;
CREATE INDEX past_decisions_by_account ON past_decisions (account_id, entitlement_id);

-- People who sign in.

CREATE TABLE users (
    id BLOB NOT NULL PRIMARY KEY,
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    name TEXT NOT NULL,
    email TEXT,
    -- The person in the sources, found by e-mail at sign-in; null where none was found.
    identity_id BLOB REFERENCES identities (id),
    -- Role names in order, separated by spaces, as of the last sign-in.
    roles TEXT NOT NULL,
    first_seen INTEGER NOT NULL,
    last_seen INTEGER NOT NULL,
    UNIQUE (issuer, subject)
) STRICT;
CREATE INDEX users_by_identity ON users (identity_id);

CREATE TABLE sessions (
    -- SHA-256 of the session id; the id itself is only in the cookie.
    hash BLOB NOT NULL PRIMARY KEY,
    user_id BLOB REFERENCES users (id),
    -- Sealed with the installation's keys.
    data BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    last_seen INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

-- Campaigns, items, recommendations.

CREATE TABLE campaigns (
    id BLOB NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    owner_id BLOB NOT NULL REFERENCES users (id),
    -- What is in scope, as JSON (review::open::Scope).
    scope TEXT NOT NULL,
    -- The policy as it stood at opening, as JSON (domain::Policy).
    policy TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    due_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    opened_at INTEGER,
    closing_at INTEGER,
    -- Who confirmed the closing.
    closing_by BLOB REFERENCES users (id),
    closed_at INTEGER,
    -- At opening; access that comes back adds items later.
    items INTEGER NOT NULL,
    -- Grants in scope that got no item, by reason. JSON.
    left_out TEXT NOT NULL,
    version INTEGER NOT NULL
) STRICT;

CREATE TABLE campaign_sources (
    campaign_id BLOB NOT NULL REFERENCES campaigns (id),
    source_id BLOB NOT NULL REFERENCES sources (id),
    -- The snapshot that items and recommendations speak of.
    seq INTEGER NOT NULL,
    PRIMARY KEY (campaign_id, source_id)
) STRICT;

-- Grants in scope that opening gave no item, each with the reason.
CREATE TABLE campaign_left_out (
    campaign_id BLOB NOT NULL REFERENCES campaigns (id),
    grant_id BLOB NOT NULL REFERENCES grants (id),
    reason TEXT NOT NULL,
    PRIMARY KEY (campaign_id, grant_id)
) STRICT;

CREATE TABLE items (
    id BLOB NOT NULL PRIMARY KEY,
    campaign_id BLOB NOT NULL REFERENCES campaigns (id),
    -- 1, 2, 3 … within the campaign: what people call it.
    number INTEGER NOT NULL,
    -- 0, or 1 and 2 for the two items of emergency access, one for each of its two named reviewers (rule 27).
    seat INTEGER NOT NULL,
    -- The reading that the item and its recommendation speak of: the campaign's, or a later one that showed the access back.
    seq INTEGER NOT NULL,
    source_id BLOB NOT NULL REFERENCES sources (id),
    grant_id BLOB NOT NULL REFERENCES grants (id),
    account_id BLOB NOT NULL REFERENCES accounts (id),
    entitlement_id BLOB NOT NULL REFERENCES entitlements (id),
    -- Who must answer now, and how that came: emergency, manager, owner, campaign_owner, handed_over, escalated.
    reviewer_id BLOB NOT NULL REFERENCES identities (id),
    reviewer_by TEXT NOT NULL,
    -- Frozen at opening (rule 38).
    reviewer_of_record BLOB NOT NULL REFERENCES identities (id),
    state TEXT NOT NULL,
    version INTEGER NOT NULL,
    -- The decision that counts now.
    decision_id BLOB,
    recommendation_id BLOB,
    cause TEXT NOT NULL,
    -- 0 needs your judgement, 1 probably not needed, 2 looks right.
    sort INTEGER NOT NULL,
    risk INTEGER NOT NULL,
    -- Set while a person named by an escalation owes the answer.
    due_at INTEGER,
    changed_at INTEGER NOT NULL,
    UNIQUE (campaign_id, number),
    UNIQUE (campaign_id, grant_id, seat)
) STRICT;
CREATE INDEX items_by_reviewer ON items (reviewer_id, campaign_id, sort, cause, number);
CREATE INDEX items_by_state ON items (campaign_id, state, number);
CREATE INDEX items_by_grant ON items (grant_id);

-- Every change of who must answer.
CREATE TABLE handovers (
    id BLOB NOT NULL PRIMARY KEY,
    item_id BLOB NOT NULL REFERENCES items (id),
    -- hand_over or escalate.
    kind TEXT NOT NULL,
    from_identity BLOB NOT NULL REFERENCES identities (id),
    to_identity BLOB NOT NULL REFERENCES identities (id),
    -- How the item had come to the person it was taken from; undoing restores it.
    from_by TEXT NOT NULL,
    by_user BLOB REFERENCES users (id),
    at INTEGER NOT NULL,
    due_at INTEGER,
    undone_at INTEGER
) STRICT;
CREATE INDEX handovers_by_item ON handovers (item_id, id);

-- The weights and thresholds that recommendations were made with, each set once: with its facts, time and weights anybody
-- can make a recommendation again.
CREATE TABLE recommendation_weights (
    sha256 BLOB NOT NULL PRIMARY KEY,
    engine TEXT NOT NULL,
    -- Canonical bytes.
    body BLOB NOT NULL,
    first_used_at INTEGER NOT NULL
) STRICT;

CREATE TABLE recommendations (
    id BLOB NOT NULL PRIMARY KEY,
    campaign_id BLOB NOT NULL REFERENCES campaigns (id),
    item_id BLOB NOT NULL REFERENCES items (id),
    verdict TEXT NOT NULL,
    meaning TEXT,
    confidence INTEGER NOT NULL,
    score INTEGER NOT NULL,
    alarm INTEGER NOT NULL,
    bulk_allowed INTEGER NOT NULL,
    engine TEXT NOT NULL,
    input_hash BLOB NOT NULL,
    weights_sha256 BLOB NOT NULL REFERENCES recommendation_weights (sha256),
    -- Canonical bytes of the whole recommendation, facts and reasons included.
    body BLOB NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX recommendations_by_item ON recommendations (item_id, id);

-- What people answered. Rows are only added; undoing and finalising set a time once.

CREATE TABLE decisions (
    id BLOB NOT NULL PRIMARY KEY,
    campaign_id BLOB NOT NULL REFERENCES campaigns (id),
    item_id BLOB NOT NULL REFERENCES items (id),
    stage INTEGER NOT NULL,
    -- Null where the campaign's default or the platform decided.
    reviewer_id BLOB REFERENCES identities (id),
    user_id BLOB REFERENCES users (id),
    version INTEGER NOT NULL,
    answer TEXT NOT NULL,
    why TEXT,
    origin TEXT NOT NULL,
    recommendation_id BLOB REFERENCES recommendations (id),
    -- 1 agreed with the recommendation, 0 overrode it, null where neither can be said (rule 32).
    agreed INTEGER,
    -- Digest of what the reviewer was shown.
    shown BLOB,
    -- 1 where the source could not be read afresh (rule 4).
    on_old_data INTEGER NOT NULL,
    decided_at INTEGER NOT NULL,
    final_at INTEGER NOT NULL,
    finalised_at INTEGER,
    undone_at INTEGER,
    attempt_id BLOB NOT NULL UNIQUE,
    -- acr, amr and auth_time of the sign-in, as JSON.
    sign_in TEXT NOT NULL,
    UNIQUE (item_id, stage, version)
) STRICT;
CREATE INDEX decisions_by_campaign ON decisions (campaign_id, id);
CREATE INDEX decisions_to_finalise ON decisions (final_at) WHERE finalised_at IS NULL AND undone_at IS NULL;

-- Every form submission that changed something, and its answer: a repeat is answered with it.
CREATE TABLE attempts (
    id BLOB NOT NULL PRIMARY KEY,
    user_id BLOB NOT NULL REFERENCES users (id),
    kind TEXT NOT NULL,
    subject BLOB NOT NULL,
    at INTEGER NOT NULL,
    answer TEXT NOT NULL
) STRICT;

CREATE TABLE item_views (
    item_id BLOB NOT NULL REFERENCES items (id),
    user_id BLOB NOT NULL REFERENCES users (id),
    digest BLOB NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (item_id, user_id, digest)
) STRICT;

-- Free text and personal data that ledger entries commit to. Erasing empties text and salt together (rule 44).
CREATE TABLE texts (
    id BLOB NOT NULL PRIMARY KEY,
    entry_id BLOB NOT NULL,
    subject BLOB NOT NULL,
    field TEXT NOT NULL,
    salt BLOB,
    body TEXT,
    erased_at INTEGER,
    UNIQUE (entry_id, field)
) STRICT;
CREATE INDEX texts_by_subject ON texts (subject, id);

-- Duties that must be apart (rule 33).

-- The rules, every set that was ever in force; the greatest version counts.
CREATE TABLE duty_rules (
    version INTEGER NOT NULL PRIMARY KEY,
    -- The file of rules (docs/separation-of-duties.md).
    body TEXT NOT NULL,
    sha256 BLOB NOT NULL,
    at INTEGER NOT NULL,
    by_user BLOB REFERENCES users (id)
) STRICT;

-- Which duties an entitlement gives. An entitlement without a row is not evaluated.
CREATE TABLE duty_map (
    entitlement_id BLOB NOT NULL PRIMARY KEY REFERENCES entitlements (id),
    -- Ids of duties in order, separated by spaces; empty: somebody looked, and it gives none.
    duties TEXT NOT NULL,
    at INTEGER NOT NULL,
    by_user BLOB REFERENCES users (id)
) STRICT;

-- What evaluating the rules showed when a campaign was opened.
CREATE TABLE campaign_duties (
    campaign_id BLOB NOT NULL PRIMARY KEY REFERENCES campaigns (id),
    rules_version INTEGER NOT NULL REFERENCES duty_rules (version),
    evaluated INTEGER NOT NULL,
    -- Grants of entitlements that nobody had mapped.
    not_evaluated INTEGER NOT NULL
) STRICT;

-- Conflicts that touch an item of a campaign: one for a person and a rule.
CREATE TABLE conflicts (
    id BLOB NOT NULL PRIMARY KEY,
    campaign_id BLOB NOT NULL REFERENCES campaigns (id),
    identity_id BLOB NOT NULL REFERENCES identities (id),
    rule TEXT NOT NULL,
    -- Under which facts name the rule.
    number INTEGER NOT NULL,
    severity TEXT NOT NULL,
    -- The rule as it stood then, as a file of this rule alone.
    body TEXT NOT NULL,
    -- left or right: the side that costs less to give up; null where neither does.
    cheaper TEXT,
    -- What giving up either side would mean. JSON (review::sod::Ways).
    ways TEXT NOT NULL,
    found_at INTEGER NOT NULL,
    UNIQUE (campaign_id, identity_id, rule)
) STRICT;

CREATE TABLE conflict_grants (
    conflict_id BLOB NOT NULL REFERENCES conflicts (id),
    -- left or right.
    side TEXT NOT NULL,
    grant_id BLOB NOT NULL REFERENCES grants (id),
    entitlement_id BLOB NOT NULL REFERENCES entitlements (id),
    -- The duties of the rule that it gives.
    duties TEXT NOT NULL,
    PRIMARY KEY (conflict_id, side, grant_id)
) STRICT;
CREATE INDEX conflict_grants_by_grant ON conflict_grants (grant_id);

-- Mitigating controls: proposed by a reviewer, accepted by the control's owner.
CREATE TABLE mitigations (
    id BLOB NOT NULL PRIMARY KEY,
    -- Who holds both sides, and of which rule.
    identity_id BLOB NOT NULL REFERENCES identities (id),
    rule TEXT NOT NULL,
    -- The control's id among those of the rule.
    control TEXT NOT NULL,
    conflict_id BLOB NOT NULL REFERENCES conflicts (id),
    item_id BLOB NOT NULL REFERENCES items (id),
    owner_id BLOB NOT NULL REFERENCES identities (id),
    until INTEGER NOT NULL,
    proposed_by BLOB NOT NULL REFERENCES users (id),
    proposed_at INTEGER NOT NULL,
    -- proposed, accepted, refused.
    state TEXT NOT NULL,
    settled_by BLOB REFERENCES users (id),
    settled_at INTEGER
) STRICT;
CREATE INDEX mitigations_by_person ON mitigations (identity_id, rule, id);
CREATE INDEX mitigations_by_owner ON mitigations (owner_id, id);

-- Orders, proofs, findings.

CREATE TABLE orders (
    id BLOB NOT NULL PRIMARY KEY,
    campaign_id BLOB NOT NULL REFERENCES campaigns (id),
    item_id BLOB NOT NULL REFERENCES items (id),
    decision_id BLOB NOT NULL REFERENCES decisions (id),
    source_id BLOB NOT NULL REFERENCES sources (id),
    grant_id BLOB NOT NULL REFERENCES grants (id),
    account_id BLOB NOT NULL REFERENCES accounts (id),
    entitlement_id BLOB NOT NULL REFERENCES entitlements (id),
    -- Copied at creation, for the brake.
    application TEXT,
    department TEXT,
    state TEXT NOT NULL,
    hold_reason TEXT,
    hold_until INTEGER,
    -- Grants that the removal would end besides this one, as JSON, while in conflict.
    also_ends TEXT NOT NULL,
    -- Grows with each claim; a worker whose fence is old may not write.
    fence INTEGER NOT NULL,
    ticket TEXT,
    -- Why the platform refused, or the right way where it cannot be removed here.
    remark TEXT,
    -- The second person who released it from the brake.
    released_by BLOB REFERENCES users (id),
    left_at INTEGER,
    proven_at INTEGER,
    created_at INTEGER NOT NULL,
    version INTEGER NOT NULL
) STRICT;
CREATE INDEX orders_by_state ON orders (state, id);
CREATE INDEX orders_by_campaign ON orders (campaign_id, state, id);
CREATE INDEX orders_by_grant ON orders (grant_id);
CREATE INDEX orders_left ON orders (left_at);
CREATE INDEX orders_by_item ON orders (item_id, id);
CREATE INDEX orders_by_decision ON orders (decision_id, id);
-- Never two orders at once for one grant.
CREATE UNIQUE INDEX orders_alive ON orders (grant_id) WHERE state NOT IN ('proven', 'withdrawn');

CREATE TABLE order_steps (
    order_id BLOB NOT NULL REFERENCES orders (id),
    number INTEGER NOT NULL,
    event TEXT NOT NULL,
    state TEXT NOT NULL,
    hold_reason TEXT,
    at INTEGER NOT NULL,
    by_user BLOB REFERENCES users (id),
    PRIMARY KEY (order_id, number)
) STRICT;

CREATE TABLE proofs (
    id BLOB NOT NULL PRIMARY KEY,
    order_id BLOB NOT NULL REFERENCES orders (id),
    source_id BLOB NOT NULL REFERENCES sources (id),
    -- The reading that was looked at; for a look at single grants, the newest reading before it.
    seq INTEGER NOT NULL,
    -- That reading's; for a look at single grants, the SHA-256 of the pages.
    population_hash BLOB NOT NULL,
    -- The pages of a look at single grants, each with request, time and SHA-256, as JSON; null for a whole reading.
    pages TEXT,
    -- 1 gone, 0 still there.
    gone INTEGER NOT NULL,
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX proofs_by_order ON proofs (order_id, id);

CREATE TABLE findings (
    id BLOB NOT NULL PRIMARY KEY,
    -- returned, regranted, emergency_used, leaver_active.
    kind TEXT NOT NULL,
    source_id BLOB NOT NULL REFERENCES sources (id),
    seq INTEGER NOT NULL,
    account_id BLOB NOT NULL REFERENCES accounts (id),
    entitlement_id BLOB REFERENCES entitlements (id),
    grant_id BLOB REFERENCES grants (id),
    item_id BLOB REFERENCES items (id),
    order_id BLOB REFERENCES orders (id),
    -- The item that asks about the access anew (rule 21); null while no campaign does.
    asked_item_id BLOB REFERENCES items (id),
    -- approved_request, rule, sync, unexplained; null where it does not apply.
    explanation TEXT,
    raised_at INTEGER NOT NULL,
    settled_at INTEGER,
    settled_by BLOB REFERENCES users (id),
    outcome TEXT,
    UNIQUE (kind, source_id, account_id, entitlement_id, grant_id)
) STRICT;
CREATE INDEX findings_open ON findings (id) WHERE settled_at IS NULL;
CREATE INDEX findings_by_asked_item ON findings (asked_item_id);

-- Campaigns that a platform runs.

CREATE TABLE native_campaigns (
    campaign_id BLOB NOT NULL PRIMARY KEY REFERENCES campaigns (id),
    source_id BLOB NOT NULL REFERENCES sources (id),
    -- The platform's ids: of the campaign, or of the definition and its instance.
    native_campaign TEXT NOT NULL,
    native_run TEXT NOT NULL,
    -- The platform's own settings as they were at opening, as JSON (connect::native::NativeCampaign).
    settings TEXT NOT NULL,
    -- 1 where the owner chose before opening that the service app answers (rule 11).
    by_service INTEGER NOT NULL,
    -- Where it stands there and when it ends, as it was last read: not_started, open, closed, unknown.
    state TEXT NOT NULL,
    ends_at INTEGER,
    read_at INTEGER NOT NULL,
    UNIQUE (source_id, native_campaign, native_run)
) STRICT;

CREATE TABLE native_items (
    item_id BLOB NOT NULL PRIMARY KEY REFERENCES items (id),
    campaign_id BLOB NOT NULL REFERENCES campaigns (id),
    native_id TEXT NOT NULL,
    UNIQUE (campaign_id, native_id)
) STRICT;

-- Every grant that an answer to the item covers on the platform; the item's own is among them.
CREATE TABLE native_item_grants (
    item_id BLOB NOT NULL REFERENCES items (id),
    grant_id BLOB NOT NULL REFERENCES grants (id),
    PRIMARY KEY (item_id, grant_id)
) STRICT;
CREATE INDEX native_item_grants_by_grant ON native_item_grants (grant_id);

-- Questions of the platform that became no item here, each with the reason.
CREATE TABLE native_unmatched (
    campaign_id BLOB NOT NULL REFERENCES campaigns (id),
    native_id TEXT NOT NULL,
    account TEXT NOT NULL,
    -- What it asks about, in the platform's ids.
    what TEXT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (campaign_id, native_id)
) STRICT;

-- Answers on their way to the platform that runs the campaign.
CREATE TABLE sendings (
    decision_id BLOB NOT NULL PRIMARY KEY REFERENCES decisions (id),
    campaign_id BLOB NOT NULL REFERENCES campaigns (id),
    item_id BLOB NOT NULL REFERENCES items (id),
    -- Whose sign-in it takes; null where the service app sends it.
    user_id BLOB REFERENCES users (id),
    state TEXT NOT NULL,
    -- The note that goes with it: no personal data (rule 15).
    note TEXT NOT NULL,
    -- The note of an answer of ours that it takes the place of.
    replaces TEXT,
    -- Why it was refused, or what stands there instead.
    remark TEXT,
    sent_at INTEGER,
    changed_at INTEGER NOT NULL,
    version INTEGER NOT NULL
) STRICT;
CREATE INDEX sendings_by_state ON sendings (state, campaign_id, decision_id);
CREATE INDEX sendings_by_item ON sendings (item_id, decision_id);

-- Reviewers' own accounts at platforms, with their tokens.
CREATE TABLE reviewer_links (
    user_id BLOB NOT NULL REFERENCES users (id),
    source_id BLOB NOT NULL REFERENCES sources (id),
    -- The account's id at the source.
    account TEXT NOT NULL,
    -- The tokens, sealed with the installation's keys.
    sealed BLOB NOT NULL,
    scope TEXT NOT NULL,
    -- 1 where the link can be renewed when its access token ended.
    renewable INTEGER NOT NULL,
    ends_at INTEGER NOT NULL,
    linked_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, source_id)
) STRICT;

-- Small named facts: the installation's origin, the switch that stops all orders, the policy.
CREATE TABLE settings (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL,
    at INTEGER NOT NULL,
    by_user BLOB REFERENCES users (id)
) STRICT;

-- The ledger.

CREATE TABLE ledger_entries (
    id BLOB NOT NULL PRIMARY KEY,
    -- Null until the sequencer gives the place; then 0, 1, 2 … without a gap.
    idx INTEGER UNIQUE,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    campaign_id BLOB,
    item_id BLOB,
    bytes BLOB NOT NULL,
    leaf BLOB NOT NULL
) STRICT;
CREATE INDEX ledger_unsequenced ON ledger_entries (id) WHERE idx IS NULL;
CREATE INDEX ledger_by_campaign ON ledger_entries (campaign_id, id);
CREATE INDEX ledger_by_item ON ledger_entries (item_id, id);

CREATE TABLE ledger_nodes (
    level INTEGER NOT NULL,
    idx INTEGER NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (level, idx)
) STRICT;

CREATE TABLE checkpoints (
    size INTEGER NOT NULL PRIMARY KEY,
    root BLOB NOT NULL,
    note TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE packs (
    id BLOB NOT NULL PRIMARY KEY,
    campaign_id BLOB NOT NULL REFERENCES campaigns (id),
    checkpoint_size INTEGER NOT NULL,
    file TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    sha256 BLOB NOT NULL,
    signer TEXT NOT NULL,
    made_by BLOB REFERENCES users (id),
    made_at INTEGER NOT NULL
) STRICT;
CREATE INDEX packs_by_campaign ON packs (campaign_id, id);

-- Who took a copy of a pack away (rule 44: packs already handed out are listed).
CREATE TABLE pack_copies (
    id BLOB NOT NULL PRIMARY KEY,
    pack_id BLOB NOT NULL REFERENCES packs (id),
    user_id BLOB NOT NULL REFERENCES users (id),
    at INTEGER NOT NULL
) STRICT;

-- Background work.

CREATE TABLE jobs (
    id BLOB NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    -- waiting, running, done, dead.
    state TEXT NOT NULL,
    run_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    max_attempts INTEGER NOT NULL,
    holder TEXT,
    lease_until INTEGER,
    fence INTEGER NOT NULL,
    dedupe TEXT,
    progress_done INTEGER NOT NULL,
    progress_total INTEGER,
    last_error TEXT,
    created_at INTEGER NOT NULL,
    ended_at INTEGER
) STRICT;
CREATE UNIQUE INDEX jobs_dedupe ON jobs (dedupe) WHERE state IN ('waiting', 'running');
CREATE INDEX jobs_to_run ON jobs (run_at, id) WHERE state IN ('waiting', 'running');

-- One holder at a time for what must not run twice, such as the sequencer.
CREATE TABLE leases (
    name TEXT NOT NULL PRIMARY KEY,
    holder TEXT NOT NULL,
    until INTEGER NOT NULL,
    fence INTEGER NOT NULL
) STRICT;
