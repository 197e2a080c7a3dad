-- Countersign, schema 1.
--
-- The same tables and columns stand in migrations/sqlite and migrations/postgres;
-- a test compares them. Times are microseconds UTC. Flags are 0 or 1. Ids are
-- UUIDv7. Rows with valid_from and valid_until hold from one snapshot of their
-- source (its seq) until before another; valid_until is null while they hold.

-- Sources and what was read from them.

CREATE TABLE sources (
    id UUID NOT NULL PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL UNIQUE,
    kind TEXT COLLATE "C" NOT NULL,
    -- Where and how to read: JSON without secrets.
    config TEXT COLLATE "C" NOT NULL,
    -- What the organisation declares about it: emergency accounts, separated duties. JSON.
    settings TEXT COLLATE "C" NOT NULL,
    max_age BIGINT NOT NULL,
    -- The seq of the newest sealed snapshot; null before the first.
    last_seq BIGINT,
    last_read_at BIGINT,
    created_at BIGINT NOT NULL,
    version BIGINT NOT NULL
);

-- Credentials of the applications that read and remove, sealed with the installation's keys.
CREATE TABLE source_secrets (
    source_id UUID NOT NULL REFERENCES sources (id),
    -- reader, remover or web.
    name TEXT COLLATE "C" NOT NULL,
    sealed BYTEA NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (source_id, name)
);

-- Every attempt to read a source, also those that kept what was there.
CREATE TABLE source_readings (
    id UUID NOT NULL PRIMARY KEY,
    source_id UUID NOT NULL REFERENCES sources (id),
    started_at BIGINT NOT NULL,
    ended_at BIGINT,
    outcome TEXT COLLATE "C" NOT NULL,
    seq BIGINT,
    -- Counts read, kept and dropped by reason, and the errors row by row. JSON.
    report TEXT COLLATE "C" NOT NULL,
    by_user UUID
);
CREATE INDEX source_readings_by_source ON source_readings (source_id, id);

CREATE TABLE snapshots (
    id UUID NOT NULL PRIMARY KEY,
    source_id UUID NOT NULL REFERENCES sources (id),
    seq BIGINT NOT NULL,
    taken_at BIGINT NOT NULL,
    sealed_at BIGINT NOT NULL,
    population_hash BYTEA NOT NULL,
    -- Pages read, each with request, time, counts and SHA-256. JSON.
    manifest TEXT COLLATE "C" NOT NULL,
    accounts BIGINT NOT NULL,
    entitlements BIGINT NOT NULL,
    grants BIGINT NOT NULL,
    usages BIGINT NOT NULL,
    UNIQUE (source_id, seq)
);

CREATE TABLE identities (
    id UUID NOT NULL PRIMARY KEY,
    created_at BIGINT NOT NULL
);

CREATE TABLE accounts (
    id UUID NOT NULL PRIMARY KEY,
    source_id UUID NOT NULL REFERENCES sources (id),
    external_id TEXT COLLATE "C" NOT NULL,
    identity_id UUID NOT NULL REFERENCES identities (id),
    UNIQUE (source_id, external_id)
);
CREATE INDEX accounts_by_identity ON accounts (identity_id);

CREATE TABLE account_versions (
    account_id UUID NOT NULL REFERENCES accounts (id),
    valid_from BIGINT NOT NULL,
    valid_until BIGINT,
    digest BYTEA NOT NULL,
    name TEXT COLLATE "C",
    email TEXT COLLATE "C",
    -- Name and e-mail in lower case, normalised: what is searched and joined on.
    search TEXT COLLATE "C" NOT NULL,
    email_key TEXT COLLATE "C",
    -- The employee number, which joins accounts of one person across sources.
    employee_id TEXT COLLATE "C",
    title TEXT COLLATE "C",
    department TEXT COLLATE "C",
    manager_external TEXT COLLATE "C",
    status TEXT COLLATE "C",
    start_on BIGINT,
    end_on BIGINT,
    changed_job_on BIGINT,
    PRIMARY KEY (account_id, valid_from)
);
CREATE INDEX account_versions_by_email ON account_versions (email_key) WHERE valid_until IS NULL;

CREATE TABLE entitlements (
    id UUID NOT NULL PRIMARY KEY,
    source_id UUID NOT NULL REFERENCES sources (id),
    external_id TEXT COLLATE "C" NOT NULL,
    UNIQUE (source_id, external_id)
);

CREATE TABLE entitlement_versions (
    entitlement_id UUID NOT NULL REFERENCES entitlements (id),
    valid_from BIGINT NOT NULL,
    valid_until BIGINT,
    digest BYTEA NOT NULL,
    name TEXT COLLATE "C",
    search TEXT COLLATE "C" NOT NULL,
    application TEXT COLLATE "C",
    description TEXT COLLATE "C",
    sensitivity TEXT COLLATE "C",
    owner_external TEXT COLLATE "C",
    PRIMARY KEY (entitlement_id, valid_from)
);

-- One row per grant instance: granted anew is a new row (rule 18).
CREATE TABLE grants (
    id UUID NOT NULL PRIMARY KEY,
    source_id UUID NOT NULL REFERENCES sources (id),
    account_id UUID NOT NULL REFERENCES accounts (id),
    entitlement_id UUID NOT NULL REFERENCES entitlements (id),
    path TEXT COLLATE "C" NOT NULL,
    granted_on BIGINT,
    granted_by TEXT COLLATE "C",
    -- By when it was held at the latest, as the first reading that showed it knew; not part of the digest.
    held_by BIGINT,
    digest BYTEA NOT NULL,
    valid_from BIGINT NOT NULL,
    valid_until BIGINT
);
CREATE INDEX grants_by_account ON grants (account_id, entitlement_id);
CREATE INDEX grants_by_entitlement ON grants (entitlement_id, id);
CREATE INDEX grants_held ON grants (source_id, id) WHERE valid_until IS NULL;

CREATE TABLE usages (
    account_id UUID NOT NULL REFERENCES accounts (id),
    entitlement_id UUID NOT NULL REFERENCES entitlements (id),
    source_id UUID NOT NULL REFERENCES sources (id),
    valid_from BIGINT NOT NULL,
    valid_until BIGINT,
    digest BYTEA NOT NULL,
    last_used BIGINT,
    days_used BIGINT,
    window_days BIGINT NOT NULL,
    grain TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (account_id, entitlement_id, valid_from)
);

-- Decisions made before Countersign, as a source delivers them.
CREATE TABLE past_decisions (
    id UUID NOT NULL PRIMARY KEY,
    source_id UUID NOT NULL REFERENCES sources (id),
    account_id UUID NOT NULL REFERENCES accounts (id),
    entitlement_id UUID NOT NULL REFERENCES entitlements (id),
    answer TEXT COLLATE "C" NOT NULL,
    decided_on BIGINT,
    reviewer_external TEXT COLLATE "C",
    how TEXT COLLATE "C" NOT NULL,
    digest BYTEA NOT NULL,
    valid_from BIGINT NOT NULL,
    valid_until BIGINT
);
CREATE INDEX past_decisions_by_account ON past_decisions (account_id, entitlement_id);

-- People who sign in.

CREATE TABLE users (
    id UUID NOT NULL PRIMARY KEY,
    issuer TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    email TEXT COLLATE "C",
    -- The person in the sources, found by e-mail at sign-in; null where none was found.
    identity_id UUID REFERENCES identities (id),
    -- Role names in order, separated by spaces, as of the last sign-in.
    roles TEXT COLLATE "C" NOT NULL,
    first_seen BIGINT NOT NULL,
    last_seen BIGINT NOT NULL,
    UNIQUE (issuer, subject)
);
CREATE INDEX users_by_identity ON users (identity_id);

CREATE TABLE sessions (
    -- SHA-256 of the session id; the id itself is only in the cookie.
    hash BYTEA NOT NULL PRIMARY KEY,
    user_id UUID REFERENCES users (id),
    -- Sealed with the installation's keys.
    data BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    last_seen BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

-- Campaigns, items, recommendations.

CREATE TABLE campaigns (
    id UUID NOT NULL PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    owner_id UUID NOT NULL REFERENCES users (id),
    -- What is in scope, as JSON (review::open::Scope).
    scope TEXT COLLATE "C" NOT NULL,
    -- The policy as it stood at opening, as JSON (domain::Policy).
    policy TEXT COLLATE "C" NOT NULL,
    time_zone TEXT COLLATE "C" NOT NULL,
    due_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    opened_at BIGINT,
    closing_at BIGINT,
    -- Who confirmed the closing.
    closing_by UUID REFERENCES users (id),
    closed_at BIGINT,
    -- At opening; access that comes back adds items later.
    items BIGINT NOT NULL,
    -- Grants in scope that got no item, by reason. JSON.
    left_out TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL
);

CREATE TABLE campaign_sources (
    campaign_id UUID NOT NULL REFERENCES campaigns (id),
    source_id UUID NOT NULL REFERENCES sources (id),
    -- The snapshot that items and recommendations speak of.
    seq BIGINT NOT NULL,
    PRIMARY KEY (campaign_id, source_id)
);

-- Grants in scope that opening gave no item, each with the reason.
CREATE TABLE campaign_left_out (
    campaign_id UUID NOT NULL REFERENCES campaigns (id),
    grant_id UUID NOT NULL REFERENCES grants (id),
    reason TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (campaign_id, grant_id)
);

CREATE TABLE items (
    id UUID NOT NULL PRIMARY KEY,
    campaign_id UUID NOT NULL REFERENCES campaigns (id),
    -- 1, 2, 3 … within the campaign: what people call it.
    number BIGINT NOT NULL,
    -- 0, or 1 and 2 for the two items of emergency access, one for each of its two named reviewers (rule 27).
    seat BIGINT NOT NULL,
    -- The reading that the item and its recommendation speak of: the campaign's, or a later one that showed the access back.
    seq BIGINT NOT NULL,
    source_id UUID NOT NULL REFERENCES sources (id),
    grant_id UUID NOT NULL REFERENCES grants (id),
    account_id UUID NOT NULL REFERENCES accounts (id),
    entitlement_id UUID NOT NULL REFERENCES entitlements (id),
    -- Who must answer now, and how that came: emergency, manager, owner, campaign_owner, handed_over, escalated.
    reviewer_id UUID NOT NULL REFERENCES identities (id),
    reviewer_by TEXT COLLATE "C" NOT NULL,
    -- Frozen at opening (rule 38).
    reviewer_of_record UUID NOT NULL REFERENCES identities (id),
    state TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    -- The decision that counts now.
    decision_id UUID,
    recommendation_id UUID,
    cause TEXT COLLATE "C" NOT NULL,
    -- 0 needs your judgement, 1 probably not needed, 2 looks right.
    sort BIGINT NOT NULL,
    risk BIGINT NOT NULL,
    -- Set while a person named by an escalation owes the answer.
    due_at BIGINT,
    changed_at BIGINT NOT NULL,
    UNIQUE (campaign_id, number),
    UNIQUE (campaign_id, grant_id, seat)
);
CREATE INDEX items_by_reviewer ON items (reviewer_id, campaign_id, sort, cause, number);
CREATE INDEX items_by_state ON items (campaign_id, state, number);
CREATE INDEX items_by_grant ON items (grant_id);

-- Every change of who must answer.
CREATE TABLE handovers (
    id UUID NOT NULL PRIMARY KEY,
    item_id UUID NOT NULL REFERENCES items (id),
    -- hand_over or escalate.
    kind TEXT COLLATE "C" NOT NULL,
    from_identity UUID NOT NULL REFERENCES identities (id),
    to_identity UUID NOT NULL REFERENCES identities (id),
    -- How the item had come to the person it was taken from; undoing restores it.
    from_by TEXT COLLATE "C" NOT NULL,
    by_user UUID REFERENCES users (id),
    at BIGINT NOT NULL,
    due_at BIGINT,
    undone_at BIGINT
);
CREATE INDEX handovers_by_item ON handovers (item_id, id);

-- The weights and thresholds that recommendations were made with, each set once: with its facts, time and weights anybody
-- can make a recommendation again.
CREATE TABLE recommendation_weights (
    sha256 BYTEA NOT NULL PRIMARY KEY,
    engine TEXT COLLATE "C" NOT NULL,
    -- Canonical bytes.
    body BYTEA NOT NULL,
    first_used_at BIGINT NOT NULL
);

CREATE TABLE recommendations (
    id UUID NOT NULL PRIMARY KEY,
    campaign_id UUID NOT NULL REFERENCES campaigns (id),
    item_id UUID NOT NULL REFERENCES items (id),
    verdict TEXT COLLATE "C" NOT NULL,
    meaning TEXT COLLATE "C",
    confidence BIGINT NOT NULL,
    score BIGINT NOT NULL,
    alarm BIGINT NOT NULL,
    bulk_allowed BIGINT NOT NULL,
    engine TEXT COLLATE "C" NOT NULL,
    input_hash BYTEA NOT NULL,
    weights_sha256 BYTEA NOT NULL REFERENCES recommendation_weights (sha256),
    -- Canonical bytes of the whole recommendation, facts and reasons included.
    body BYTEA NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX recommendations_by_item ON recommendations (item_id, id);

-- What people answered. Rows are only added; undoing and finalising set a time once.

CREATE TABLE decisions (
    id UUID NOT NULL PRIMARY KEY,
    campaign_id UUID NOT NULL REFERENCES campaigns (id),
    item_id UUID NOT NULL REFERENCES items (id),
    stage BIGINT NOT NULL,
    -- Null where the campaign's default or the platform decided.
    reviewer_id UUID REFERENCES identities (id),
    user_id UUID REFERENCES users (id),
    version BIGINT NOT NULL,
    answer TEXT COLLATE "C" NOT NULL,
    why TEXT COLLATE "C",
    origin TEXT COLLATE "C" NOT NULL,
    recommendation_id UUID REFERENCES recommendations (id),
    -- 1 agreed with the recommendation, 0 overrode it, null where neither can be said (rule 32).
    agreed BIGINT,
    -- Digest of what the reviewer was shown.
    shown BYTEA,
    -- 1 where the source could not be read afresh (rule 4).
    on_old_data BIGINT NOT NULL,
    decided_at BIGINT NOT NULL,
    final_at BIGINT NOT NULL,
    finalised_at BIGINT,
    undone_at BIGINT,
    attempt_id UUID NOT NULL UNIQUE,
    -- acr, amr and auth_time of the sign-in, as JSON.
    sign_in TEXT COLLATE "C" NOT NULL,
    UNIQUE (item_id, stage, version)
);
CREATE INDEX decisions_by_campaign ON decisions (campaign_id, id);
CREATE INDEX decisions_to_finalise ON decisions (final_at) WHERE finalised_at IS NULL AND undone_at IS NULL;

-- Every form submission that changed something, and its answer: a repeat is answered with it.
CREATE TABLE attempts (
    id UUID NOT NULL PRIMARY KEY,
    user_id UUID NOT NULL REFERENCES users (id),
    kind TEXT COLLATE "C" NOT NULL,
    subject UUID NOT NULL,
    at BIGINT NOT NULL,
    answer TEXT COLLATE "C" NOT NULL
);

CREATE TABLE item_views (
    item_id UUID NOT NULL REFERENCES items (id),
    user_id UUID NOT NULL REFERENCES users (id),
    digest BYTEA NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (item_id, user_id, digest)
);

-- Free text and personal data that ledger entries commit to. Erasing empties text and salt together (rule 44).
CREATE TABLE texts (
    id UUID NOT NULL PRIMARY KEY,
    entry_id UUID NOT NULL,
    subject UUID NOT NULL,
    field TEXT COLLATE "C" NOT NULL,
    salt BYTEA,
    body TEXT COLLATE "C",
    erased_at BIGINT,
    UNIQUE (entry_id, field)
);
CREATE INDEX texts_by_subject ON texts (subject, id);

-- Duties that must be apart (rule 33).

-- The rules, every set that was ever in force; the greatest version counts.
CREATE TABLE duty_rules (
    version BIGINT NOT NULL PRIMARY KEY,
    -- The file of rules (docs/separation-of-duties.md).
    body TEXT COLLATE "C" NOT NULL,
    sha256 BYTEA NOT NULL,
    at BIGINT NOT NULL,
    by_user UUID REFERENCES users (id)
);

-- Which duties an entitlement gives. An entitlement without a row is not evaluated.
CREATE TABLE duty_map (
    entitlement_id UUID NOT NULL PRIMARY KEY REFERENCES entitlements (id),
    -- Ids of duties in order, separated by spaces; empty: somebody looked, and it gives none.
    duties TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    by_user UUID REFERENCES users (id)
);

-- What evaluating the rules showed when a campaign was opened.
CREATE TABLE campaign_duties (
    campaign_id UUID NOT NULL PRIMARY KEY REFERENCES campaigns (id),
    rules_version BIGINT NOT NULL REFERENCES duty_rules (version),
    evaluated BIGINT NOT NULL,
    -- Grants of entitlements that nobody had mapped.
    not_evaluated BIGINT NOT NULL
);

-- Conflicts that touch an item of a campaign: one for a person and a rule.
CREATE TABLE conflicts (
    id UUID NOT NULL PRIMARY KEY,
    campaign_id UUID NOT NULL REFERENCES campaigns (id),
    identity_id UUID NOT NULL REFERENCES identities (id),
    rule TEXT COLLATE "C" NOT NULL,
    -- Under which facts name the rule.
    number BIGINT NOT NULL,
    severity TEXT COLLATE "C" NOT NULL,
    -- The rule as it stood then, as a file of this rule alone.
    body TEXT COLLATE "C" NOT NULL,
    -- left or right: the side that costs less to give up; null where neither does.
    cheaper TEXT COLLATE "C",
    -- What giving up either side would mean. JSON (review::sod::Ways).
    ways TEXT COLLATE "C" NOT NULL,
    found_at BIGINT NOT NULL,
    UNIQUE (campaign_id, identity_id, rule)
);

CREATE TABLE conflict_grants (
    conflict_id UUID NOT NULL REFERENCES conflicts (id),
    -- left or right.
    side TEXT COLLATE "C" NOT NULL,
    grant_id UUID NOT NULL REFERENCES grants (id),
    entitlement_id UUID NOT NULL REFERENCES entitlements (id),
    -- The duties of the rule that it gives.
    duties TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (conflict_id, side, grant_id)
);
CREATE INDEX conflict_grants_by_grant ON conflict_grants (grant_id);

-- Mitigating controls: proposed by a reviewer, accepted by the control's owner.
CREATE TABLE mitigations (
    id UUID NOT NULL PRIMARY KEY,
    -- Who holds both sides, and of which rule.
    identity_id UUID NOT NULL REFERENCES identities (id),
    rule TEXT COLLATE "C" NOT NULL,
    -- The control's id among those of the rule.
    control TEXT COLLATE "C" NOT NULL,
    conflict_id UUID NOT NULL REFERENCES conflicts (id),
    item_id UUID NOT NULL REFERENCES items (id),
    owner_id UUID NOT NULL REFERENCES identities (id),
    until BIGINT NOT NULL,
    proposed_by UUID NOT NULL REFERENCES users (id),
    proposed_at BIGINT NOT NULL,
    -- proposed, accepted, refused.
    state TEXT COLLATE "C" NOT NULL,
    settled_by UUID REFERENCES users (id),
    settled_at BIGINT
);
CREATE INDEX mitigations_by_person ON mitigations (identity_id, rule, id);
CREATE INDEX mitigations_by_owner ON mitigations (owner_id, id);

-- Orders, proofs, findings.

CREATE TABLE orders (
    id UUID NOT NULL PRIMARY KEY,
    campaign_id UUID NOT NULL REFERENCES campaigns (id),
    item_id UUID NOT NULL REFERENCES items (id),
    decision_id UUID NOT NULL REFERENCES decisions (id),
    source_id UUID NOT NULL REFERENCES sources (id),
    grant_id UUID NOT NULL REFERENCES grants (id),
    account_id UUID NOT NULL REFERENCES accounts (id),
    entitlement_id UUID NOT NULL REFERENCES entitlements (id),
    -- Copied at creation, for the brake.
    application TEXT COLLATE "C",
    department TEXT COLLATE "C",
    state TEXT COLLATE "C" NOT NULL,
    hold_reason TEXT COLLATE "C",
    hold_until BIGINT,
    -- Grants that the removal would end besides this one, as JSON, while in conflict.
    also_ends TEXT COLLATE "C" NOT NULL,
    -- Grows with each claim; a worker whose fence is old may not write.
    fence BIGINT NOT NULL,
    ticket TEXT COLLATE "C",
    -- Why the platform refused, or the right way where it cannot be removed here.
    remark TEXT COLLATE "C",
    -- The second person who released it from the brake.
    released_by UUID REFERENCES users (id),
    left_at BIGINT,
    proven_at BIGINT,
    created_at BIGINT NOT NULL,
    version BIGINT NOT NULL
);
CREATE INDEX orders_by_state ON orders (state, id);
CREATE INDEX orders_by_campaign ON orders (campaign_id, state, id);
CREATE INDEX orders_by_grant ON orders (grant_id);
CREATE INDEX orders_left ON orders (left_at);
CREATE INDEX orders_by_item ON orders (item_id, id);
CREATE INDEX orders_by_decision ON orders (decision_id, id);
-- Never two orders at once for one grant.
CREATE UNIQUE INDEX orders_alive ON orders (grant_id) WHERE state NOT IN ('proven', 'withdrawn');

CREATE TABLE order_steps (
    order_id UUID NOT NULL REFERENCES orders (id),
    number BIGINT NOT NULL,
    event TEXT COLLATE "C" NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    hold_reason TEXT COLLATE "C",
    at BIGINT NOT NULL,
    by_user UUID REFERENCES users (id),
    PRIMARY KEY (order_id, number)
);

CREATE TABLE proofs (
    id UUID NOT NULL PRIMARY KEY,
    order_id UUID NOT NULL REFERENCES orders (id),
    source_id UUID NOT NULL REFERENCES sources (id),
    -- The reading that was looked at; for a look at single grants, the newest reading before it.
    seq BIGINT NOT NULL,
    -- That reading's; for a look at single grants, the SHA-256 of the pages.
    population_hash BYTEA NOT NULL,
    -- The pages of a look at single grants, each with request, time and SHA-256, as JSON; null for a whole reading.
    pages TEXT COLLATE "C",
    -- 1 gone, 0 still there.
    gone BIGINT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX proofs_by_order ON proofs (order_id, id);

CREATE TABLE findings (
    id UUID NOT NULL PRIMARY KEY,
    -- returned, regranted, emergency_used, leaver_active.
    kind TEXT COLLATE "C" NOT NULL,
    source_id UUID NOT NULL REFERENCES sources (id),
    seq BIGINT NOT NULL,
    account_id UUID NOT NULL REFERENCES accounts (id),
    entitlement_id UUID REFERENCES entitlements (id),
    grant_id UUID REFERENCES grants (id),
    item_id UUID REFERENCES items (id),
    order_id UUID REFERENCES orders (id),
    -- The item that asks about the access anew (rule 21); null while no campaign does.
    asked_item_id UUID REFERENCES items (id),
    -- approved_request, rule, sync, unexplained; null where it does not apply.
    explanation TEXT COLLATE "C",
    raised_at BIGINT NOT NULL,
    settled_at BIGINT,
    settled_by UUID REFERENCES users (id),
    outcome TEXT COLLATE "C",
    UNIQUE (kind, source_id, account_id, entitlement_id, grant_id)
);
CREATE INDEX findings_open ON findings (id) WHERE settled_at IS NULL;
CREATE INDEX findings_by_asked_item ON findings (asked_item_id);

-- Campaigns that a platform runs.

CREATE TABLE native_campaigns (
    campaign_id UUID NOT NULL PRIMARY KEY REFERENCES campaigns (id),
    source_id UUID NOT NULL REFERENCES sources (id),
    -- The platform's ids: of the campaign, or of the definition and its instance.
    native_campaign TEXT COLLATE "C" NOT NULL,
    native_run TEXT COLLATE "C" NOT NULL,
    -- The platform's own settings as they were at opening, as JSON (connect::native::NativeCampaign).
    settings TEXT COLLATE "C" NOT NULL,
    -- 1 where the owner chose before opening that the service app answers (rule 11).
    by_service BIGINT NOT NULL,
    -- Where it stands there and when it ends, as it was last read: not_started, open, closed, unknown.
    state TEXT COLLATE "C" NOT NULL,
    ends_at BIGINT,
    read_at BIGINT NOT NULL,
    UNIQUE (source_id, native_campaign, native_run)
);

CREATE TABLE native_items (
    item_id UUID NOT NULL PRIMARY KEY REFERENCES items (id),
    campaign_id UUID NOT NULL REFERENCES campaigns (id),
    native_id TEXT COLLATE "C" NOT NULL,
    UNIQUE (campaign_id, native_id)
);

-- Every grant that an answer to the item covers on the platform; the item's own is among them.
CREATE TABLE native_item_grants (
    item_id UUID NOT NULL REFERENCES items (id),
    grant_id UUID NOT NULL REFERENCES grants (id),
    PRIMARY KEY (item_id, grant_id)
);
CREATE INDEX native_item_grants_by_grant ON native_item_grants (grant_id);

-- Questions of the platform that became no item here, each with the reason.
CREATE TABLE native_unmatched (
    campaign_id UUID NOT NULL REFERENCES campaigns (id),
    native_id TEXT COLLATE "C" NOT NULL,
    account TEXT COLLATE "C" NOT NULL,
    -- What it asks about, in the platform's ids.
    what TEXT COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (campaign_id, native_id)
);

-- Answers on their way to the platform that runs the campaign.
CREATE TABLE sendings (
    decision_id UUID NOT NULL PRIMARY KEY REFERENCES decisions (id),
    campaign_id UUID NOT NULL REFERENCES campaigns (id),
    item_id UUID NOT NULL REFERENCES items (id),
    -- Whose sign-in it takes; null where the service app sends it.
    user_id UUID REFERENCES users (id),
    state TEXT COLLATE "C" NOT NULL,
    -- The note that goes with it: no personal data (rule 15).
    note TEXT COLLATE "C" NOT NULL,
    -- The note of an answer of ours that it takes the place of.
    replaces TEXT COLLATE "C",
    -- Why it was refused, or what stands there instead.
    remark TEXT COLLATE "C",
    sent_at BIGINT,
    changed_at BIGINT NOT NULL,
    version BIGINT NOT NULL
);
CREATE INDEX sendings_by_state ON sendings (state, campaign_id, decision_id);
CREATE INDEX sendings_by_item ON sendings (item_id, decision_id);

-- Reviewers' own accounts at platforms, with their tokens.
CREATE TABLE reviewer_links (
    user_id UUID NOT NULL REFERENCES users (id),
    source_id UUID NOT NULL REFERENCES sources (id),
    -- The account's id at the source.
    account TEXT COLLATE "C" NOT NULL,
    -- The tokens, sealed with the installation's keys.
    sealed BYTEA NOT NULL,
    scope TEXT COLLATE "C" NOT NULL,
    -- 1 where the link can be renewed when its access token ended.
    renewable BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    linked_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, source_id)
);

-- Small named facts: the installation's origin, the switch that stops all orders, the policy.
CREATE TABLE settings (
    name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    value TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    by_user UUID REFERENCES users (id)
);

-- The ledger.

CREATE TABLE ledger_entries (
    id UUID NOT NULL PRIMARY KEY,
    -- Null until the sequencer gives the place; then 0, 1, 2 … without a gap.
    idx BIGINT UNIQUE,
    at BIGINT NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    campaign_id UUID,
    item_id UUID,
    bytes BYTEA NOT NULL,
    leaf BYTEA NOT NULL
);
CREATE INDEX ledger_unsequenced ON ledger_entries (id) WHERE idx IS NULL;
CREATE INDEX ledger_by_campaign ON ledger_entries (campaign_id, id);
CREATE INDEX ledger_by_item ON ledger_entries (item_id, id);

CREATE TABLE ledger_nodes (
    level BIGINT NOT NULL,
    idx BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    PRIMARY KEY (level, idx)
);

CREATE TABLE checkpoints (
    size BIGINT NOT NULL PRIMARY KEY,
    root BYTEA NOT NULL,
    note TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE packs (
    id UUID NOT NULL PRIMARY KEY,
    campaign_id UUID NOT NULL REFERENCES campaigns (id),
    checkpoint_size BIGINT NOT NULL,
    file TEXT COLLATE "C" NOT NULL,
    bytes BIGINT NOT NULL,
    sha256 BYTEA NOT NULL,
    signer TEXT COLLATE "C" NOT NULL,
    made_by UUID REFERENCES users (id),
    made_at BIGINT NOT NULL
);
CREATE INDEX packs_by_campaign ON packs (campaign_id, id);

-- Who took a copy of a pack away (rule 44: packs already handed out are listed).
CREATE TABLE pack_copies (
    id UUID NOT NULL PRIMARY KEY,
    pack_id UUID NOT NULL REFERENCES packs (id),
    user_id UUID NOT NULL REFERENCES users (id),
    at BIGINT NOT NULL
);

-- Background work.

CREATE TABLE jobs (
    id UUID NOT NULL PRIMARY KEY,
    kind TEXT COLLATE "C" NOT NULL,
    payload TEXT COLLATE "C" NOT NULL,
    -- waiting, running, done, dead.
    state TEXT COLLATE "C" NOT NULL,
    run_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    max_attempts BIGINT NOT NULL,
    holder TEXT COLLATE "C",
    lease_until BIGINT,
    fence BIGINT NOT NULL,
    dedupe TEXT COLLATE "C",
    progress_done BIGINT NOT NULL,
    progress_total BIGINT,
    last_error TEXT COLLATE "C",
    created_at BIGINT NOT NULL,
    ended_at BIGINT
);
CREATE UNIQUE INDEX jobs_dedupe ON jobs (dedupe) WHERE state IN ('waiting', 'running');
CREATE INDEX jobs_to_run ON jobs (run_at, id) WHERE state IN ('waiting', 'running');

-- One holder at a time for what must not run twice, such as the sequencer.
CREATE TABLE leases (
    name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    holder TEXT COLLATE "C" NOT NULL,
    until BIGINT NOT NULL,
    fence BIGINT NOT NULL
);
