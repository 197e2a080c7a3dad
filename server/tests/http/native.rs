//! Campaigns that the platforms run, over the pages that people use: opened, answered, linked, sent and read back.

use super::{
    platforms::{Platforms, come_back},
    world::{Got, World},
};
use axum::http::StatusCode;
use domain::{Answer, CampaignId, GrantPath, ItemId, ReviewState, RevokeWhy, SourceId, time::MINUTE};
use review::{jobs, native, orders, sync};
use store::{decisions::ReviewItem, testing};

/// The company on its platforms.
struct Two {
    world: World,
    owner: String,
    reviewer: String,
}

impl Two {
    async fn new() -> Self {
        let world = World::with_platforms(testing::sqlite().await.unwrap()).await;
        let (owner, reviewer) = (world.sign_in("owner").await, world.sign_in("reviewer").await);
        Self { world, owner, reviewer }
    }

    fn platforms(&self) -> &Platforms {
        self.world.platforms.as_ref().unwrap()
    }

    async fn get(&self, cookie: &str, path: &str) -> Got {
        let got = self.world.get(path, Some(cookie)).await;
        assert_eq!(got.status, StatusCode::OK, "{path}: {}", got.body);
        Got { body: got.body.replace("&#x27;", "'"), ..got }
    }

    /// The addresses at which the platforms' campaigns whose name begins so can be opened, as the list has them.
    async fn offered(&self, name: &str) -> Vec<String> {
        let list = self.get(&self.owner, "/campaigns/platforms").await.body;
        let lines = list.split("<li><div><h2><bdi>").filter(|line| line.starts_with(name));
        let address = |line: &str| {
            let begin = line.find("/campaigns/platforms/open?")?;
            Some(line[begin..].split('"').next()?.replace("&amp;", "&"))
        };
        let found: Vec<String> = lines.filter_map(address).collect();
        assert!(!found.is_empty(), "{name} is not listed: {list}");
        found
    }

    /// The fields of the form to open one.
    async fn fields(&self, address: &str) -> Vec<(&'static str, String)> {
        let page = self.get(&self.owner, address).await;
        let form = "action=\"/campaigns/platforms/open\"";
        ["attempt", "source", "campaign", "run"].map(|field| (field, page.hidden(form, field))).to_vec()
    }

    /// Opens the platform's campaigns of that name, up to one that asks "reviewer" about two items.
    async fn open_one_that_asks(&self, name: &str) -> (CampaignId, Vec<ReviewItem>) {
        for address in self.offered(name).await {
            let mut fields = self.fields(&address).await;
            fields.push(("acknowledge", "true".to_owned()));
            let opened = self.world.post("/campaigns/platforms/open", Some(&self.owner), &fields).await;
            assert_eq!(opened.status, StatusCode::SEE_OTHER, "{}", opened.body);
            let campaign = opened.location().strip_prefix("/campaigns/").unwrap().parse().unwrap();
            let mut items = self.items(campaign).await;
            // The order of items is drawn. The second is one that is held directly: what comes through a group would end with
            // everything else that does, and wait for whoever answers for the access (rule 17).
            let mut direct = None;
            for (at, item) in items.iter().enumerate() {
                let mut tx = self.world.ctx.store.read().await.unwrap();
                if direct.is_none() && tx.grant(item.grant).await.unwrap().unwrap().1.path == GrantPath::Direct {
                    direct = Some(at);
                }
            }
            if items.len() >= 2
                && let Some(direct) = direct
            {
                items.swap(1, direct);
                let queue = self.get(&self.reviewer, &format!("/reviews/{campaign}")).await;
                assert!(queue.body.contains("runs this campaign"), "{}", queue.body);
                return (campaign, items);
            }
        }
        panic!("no campaign {name} asks the reviewer about two items, one of which is held directly");
    }

    /// The open items of a campaign that are with "reviewer".
    async fn items(&self, campaign: CampaignId) -> Vec<ReviewItem> {
        let mut tx = self.world.ctx.store.read().await.unwrap();
        let mut mine = Vec::new();
        for item in tx.review_items_in_state(campaign, ReviewState::Undecided, 0, 1_000).await.unwrap() {
            let asked = self.world.get(&format!("/items/{}", item.id), Some(&self.reviewer)).await;
            if asked.status == StatusCode::OK {
                mine.push(item);
            }
        }
        mine
    }

    async fn answer(&self, item: ItemId, answer: Answer) {
        let page = self.get(&self.reviewer, &format!("/items/{item}")).await;
        let form = format!("/items/{item}/decide");
        let mut fields: Vec<(&str, String)> =
            ["attempt", "expected_version", "shown"].map(|field| (field, page.hidden(&form, field))).to_vec();
        fields.push(("answer", answer.to_string()));
        fields.push(("note", "Talked it over with the team.".to_owned()));
        if answer == Answer::Revoke {
            fields.push(("why", RevokeWhy::NoLongerNeeded.as_str().to_owned()));
        }
        let done = self.world.post(&form, Some(&self.reviewer), &fields).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    }

    /// Time passes, and the work that is queued is done.
    async fn work(&self, minutes: i64) {
        self.world.clock.advance(minutes * MINUTE);
        orders::run(&self.world.ctx).await.unwrap();
        while jobs::run_one(&self.world.ctx, "w1").await.unwrap().is_some() {}
        orders::run(&self.world.ctx).await.unwrap();
        while jobs::run_one(&self.world.ctx, "w1").await.unwrap().is_some() {}
    }

    /// The id at the platform of whoever answers for an item.
    async fn account(&self, item: &ReviewItem) -> String {
        let mut tx = self.world.ctx.store.read().await.unwrap();
        let seq = tx.source(item.source).await.unwrap().unwrap().last_seq.unwrap();
        tx.account_of_identity(item.source, item.reviewer, seq).await.unwrap().unwrap().external_id
    }

    /// From the account's page to the platform, and back as `account`. Returns what the account's page says then.
    async fn link(&self, source: SourceId, account: &str, allow: bool) -> String {
        let begun = self.world.get(&format!("/account/link/{source}"), Some(&self.reviewer)).await;
        assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.body);
        let back = come_back(&begun.location(), account, allow).await;
        assert!(back.starts_with("/account/linked?"), "{back}");
        let done = self.world.get(&back, Some(&self.reviewer)).await;
        assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, "/account".to_owned()), "{}", done.body);
        self.get(&self.reviewer, "/account").await.body
    }

    /// Who decided what in the org, from its own journal.
    fn decided_in_okta(&self) -> Vec<String> {
        let entries = tenant::okta::read_journal(&self.platforms().journal).unwrap();
        entries
            .into_iter()
            .filter(|entry| matches!(entry.change, tenant::okta::Change::ReviewDecided { .. }))
            .map(|entry| entry.by)
            .collect()
    }

    fn decided_in_entra(&self) -> usize {
        let accepted = self.platforms().entra.accepted();
        accepted.iter().filter(|entry| matches!(entry.change, tenant::entra::Change::Decided { .. })).count()
    }
}

const OKTA: &str = "Quarterly review of groups";
const ENTRA: &str = "Quarterly review of applications and groups";

// Rules 2 and 13: what the platform does is said before opening; what it may approve by itself has to be acknowledged.
#[tokio::test]
async fn rule_13_an_owner_sees_what_a_platform_does_and_opens_its_campaign() {
    let two = Two::new().await;
    let start = two.get(&two.owner, "/campaigns").await.body;
    assert!(start.contains("href=\"/campaigns/platforms\""), "{start}");
    let list = two.get(&two.owner, "/campaigns/platforms").await.body;
    for said in [
        OKTA,
        ENTRA,
        "An answer is final in Okta once it is sent",
        "Okta leaves what nobody has decided by its end",
        "Microsoft Entra approves what nobody has decided by its end",
        "Ends there",
        "Answered by the holder's manager",
    ] {
        assert!(list.contains(said), "{said}: {list}");
    }

    // Every question becomes an item or is counted under its reason.
    let offered = two.offered(OKTA).await.remove(0);
    let page = two.get(&two.owner, &offered).await.body;
    let source = two.platforms().in_okta;
    let id = url::Url::parse(&format!("{}{offered}", two.world.here)).unwrap();
    let id = id.query_pairs().find(|(name, _)| name == "campaign").unwrap().1.into_owned();
    let mut tx = two.world.ctx.store.read().await.unwrap();
    let user = tx.campaign(two.world.campaign).await.unwrap().unwrap().owner;
    drop(tx);
    let actor = review::users::actor(&two.world.ctx, user, review::SignIn::default()).await.unwrap().unwrap();
    let native_id = connect::native::NativeId { campaign: id, run: String::new() };
    let plan = native::preview(&two.world.ctx, &actor, source, &native_id).await.unwrap();
    assert!(page.contains(&format!("{} items", plan.items())), "{page}");
    for (reason, many) in plan.unmatched_counts() {
        assert!(page.contains(&format!("<td>{}</td><td class=\"cell-num\">{many}</td>", reason.sentence())), "{reason:?}: {page}");
    }

    // The review of roles approves by itself: without the tick it is not opened.
    let roles = list.split("<h2>").find(|part| part.contains("roles") && part.contains("Microsoft Entra")).expect("the review of roles");
    assert!(roles.contains("Review of directory roles: "), "runs are told apart by what they are about: {roles}");
    let mut fields = two.fields(&two.offered("Review of directory roles").await[0]).await;
    let asked = two.world.post("/campaigns/platforms/open", Some(&two.owner), &fields).await;
    assert_eq!(asked.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", asked.body);
    assert!(asked.body.contains("id=\"f-acknowledge-error\"") && asked.body.contains("aria-describedby=\"f-acknowledge-error\""));
    assert_eq!(asked.hidden("action=\"/campaigns/platforms/open\"", "attempt"), fields[0].1, "the same attempt");

    fields.push(("acknowledge", "true".to_owned()));
    let opened = two.world.post("/campaigns/platforms/open", Some(&two.owner), &fields).await;
    assert_eq!(opened.status, StatusCode::SEE_OTHER, "{}", opened.body);
    let again = two.world.post("/campaigns/platforms/open", Some(&two.owner), &fields).await;
    assert_eq!(again.location(), opened.location(), "a form that is sent twice opens once");
    let campaign = two.get(&two.owner, &opened.location()).await.body;
    assert!(campaign.contains("At Microsoft Entra") && campaign.contains("approves what nobody has decided"), "{campaign}");
    assert!(campaign.contains("Answers go with each reviewer's own sign-in"), "{campaign}");
    fields[0].1 = two.world.attempt();
    let other = two.world.post("/campaigns/platforms/open", Some(&two.owner), &fields).await;
    assert_eq!(other.status, StatusCode::CONFLICT, "{}", other.body);
    assert!(other.body.contains("already"), "{}", other.body);
    let list = two.get(&two.owner, "/campaigns/platforms").await.body;
    assert!(list.contains(&format!("href=\"{}\"", opened.location())), "{list}");
}

// Rules 2 and 11: both platforms' answers wait for the sign-in, go once it is there, and are shown on every step of their way.
#[tokio::test]
async fn rule_11_a_reviewer_links_an_account_and_the_answers_that_waited_leave() {
    let two = Two::new().await;
    for (name, source, label) in
        [(OKTA, two.platforms().in_okta, "Link your Okta account"), (ENTRA, two.platforms().in_entra, "Link your Microsoft account")]
    {
        let (campaign, items) = two.open_one_that_asks(name).await;
        let (approved, revoked) = (items[0].id, items[1].id);
        let queue = two.get(&two.reviewer, &format!("/reviews/{campaign}")).await.body;
        assert!(queue.contains(&format!("href=\"/account/link/{source}\"")) && queue.contains(label), "{queue}");
        let before = two.get(&two.reviewer, &format!("/items/{approved}")).await.body;
        let when = if name == OKTA { "is final there at once" } else { "once an administrator applies the results there" };
        assert!(before.contains("with your own sign-in there") && before.contains(when), "{before}");

        two.answer(approved, Answer::Approve).await;
        two.answer(revoked, Answer::Revoke).await;
        let staged = two.get(&two.reviewer, &format!("/items/{approved}")).await.body;
        assert!(staged.contains("Not sent yet") && staged.contains("once it can no longer be undone"), "{staged}");
        two.work(6).await;
        let waits = two.get(&two.reviewer, &format!("/items/{approved}")).await.body;
        assert!(waits.contains("It waits for your sign-in"), "{waits}");
        // Signing out says what would wait, and does nothing before that was read.
        let out = two.world.post("/session/end", Some(&two.reviewer), &[]).await;
        assert_eq!((out.status, out.location().as_str()), (StatusCode::SEE_OTHER, "/account"), "{}", out.body);
        let told = two.get(&two.reviewer, "/account").await.body;
        assert!(told.contains("You are still signed in. 2 answers of yours wait for your sign-in at"), "{told}");
        assert!(told.contains("name=\"knowing\" value=\"true\""), "{told}");
        let seen_by_owner = two.get(&two.owner, &format!("/campaigns/{campaign}")).await.body;
        assert!(seen_by_owner.contains("Waiting for a sign-in at") && seen_by_owner.contains("Person reviewer"), "{seen_by_owner}");
        assert!(seen_by_owner.contains("2 answers"), "{seen_by_owner}");

        let account = two.account(&items[0]).await;
        let linked = two.link(source, &account, true).await;
        assert!(linked.contains("Answers that waited for it are sent now") && linked.contains("End the link"), "{linked}");
        two.work(0).await;
        let sent = two.get(&two.reviewer, &format!("/items/{approved}")).await.body;
        assert!(sent.contains("Accepted by the platform"), "{sent}");
        if name == OKTA {
            assert_eq!(two.decided_in_okta(), [account.clone(), account]);
        } else {
            assert_eq!(two.decided_in_entra(), 2);
        }
        native::read_back(&two.world.ctx, campaign).await.unwrap();
        let stands = two.get(&two.reviewer, &format!("/items/{revoked}")).await.body;
        assert!(stands.contains("Read again, and it stands"), "{stands}");
        let seen_by_owner = two.get(&two.owner, &format!("/campaigns/{campaign}")).await.body;
        assert!(!seen_by_owner.contains("Waiting for a sign-in at"), "{seen_by_owner}");
        let report = sync::sync(&two.world.ctx, None, source).await.unwrap();
        // Okta removed at once; Entra removes at the end of its review.
        assert_eq!(report.proofs.proven, u64::from(name == OKTA));
    }
}

#[tokio::test]
async fn turning_back_or_coming_back_as_somebody_else_links_nothing() {
    let two = Two::new().await;
    let source = two.platforms().in_okta;
    let (_, items) = two.open_one_that_asks(OKTA).await;
    let account = two.account(&items[0]).await;
    let turned_back = two.link(source, &account, false).await;
    assert!(turned_back.contains("you turned back there. Nothing was linked") && turned_back.contains("not linked"), "{turned_back}");
    let other = two.platforms().okta.accounts().into_iter().find(|one| one.id != account).unwrap();
    let refused = two.link(source, &other.id, true).await;
    assert!(refused.contains("Nothing was linked") && !refused.contains("End the link"), "{refused}");
    // An answer that nobody asked for, and one that arrives twice.
    for path in ["/account/linked", "/account/linked?state=x&code=y"] {
        let got = two.world.get(path, Some(&two.reviewer)).await;
        assert_eq!(got.location(), "/account", "{}", got.body);
        let said = two.get(&two.reviewer, "/account").await.body;
        assert!(said.contains("does not belong to a link that began in this browser"), "{said}");
    }

    let linked = two.link(source, &account, true).await;
    assert!(linked.contains("linked"), "{linked}");
    // Ending a link needs the form; sent twice it ends no later link.
    let page = Got { body: linked, ..two.get(&two.reviewer, "/account").await };
    let address = format!("/account/unlink/{source}");
    let fields = [("attempt", page.hidden(&address, "attempt"))];
    let without = two.world.post(&address, Some(&two.reviewer), &[]).await;
    assert_eq!(without.status, StatusCode::UNPROCESSABLE_ENTITY);
    let done = two.world.post(&address, Some(&two.reviewer), &fields).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    let ended = two.get(&two.reviewer, "/account").await.body;
    assert!(ended.contains("was ended") && ended.contains("Link your Okta account"), "{ended}");
    two.link(source, &account, true).await;
    let late = two.world.post(&address, Some(&two.reviewer), &fields).await;
    assert_eq!(late.status, StatusCode::SEE_OTHER, "{}", late.body);
    let still = two.get(&two.reviewer, "/account").await.body;
    assert!(still.contains("End the link"), "{still}");
    // Who signs out everywhere wants nothing sent in their name any more.
    two.world.post("/session/end-everywhere", Some(&two.reviewer), &[]).await;
    let reviewer = two.world.sign_in("reviewer").await;
    let after = two.get(&reviewer, "/account").await.body;
    assert!(!after.contains("End the link"), "{after}");
}
