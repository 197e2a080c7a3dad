//! The whole story without a browser window: reviewers decide, the owner closes,
//! removals are carried out and proven, evidence is made and verified.
//!
//! Every step looks first at what was done, so that a run that was killed is
//! finished by the next one on the same folder.

use super::{
    Options,
    browser::Browser,
    desk,
    house::House,
    html, measure,
    report::{Counts, Pack, Report, Timings},
    running::Running,
    script::{self, Notebook, Task},
};
use crate::cli::Failure;
use domain::{CampaignState, HoldReason, OrderState, SourceId};
use ledger::{Trust, verify_pack};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use tenant::company::{Platform, Role};

/// Items that each scripted reviewer answers; the others stay open, as they do with people.
const PER_REVIEWER: usize = 6;

/// Looks at removals that only platforms hold up, before the platforms are read again.
const PATIENCE: usize = 20;

/// Looks at the program before the story gives up waiting for it, a quarter of a second apart.
const LOOKS: usize = 480;

/// Plays the story to its end.
pub async fn play(house: &House, running: &Running, options: &Options, mut timings: Timings) -> Result<Report, Failure> {
    let mut story = Story { house, running, problems: Vec::new(), requests: 0 };
    story.review(options.seed).await?;
    timings.phase("decide");
    story.close().await?;
    timings.phase("close");
    story.settle().await?;
    timings.phase("remove");
    let pack = story.evidence().await?;
    timings.phase("evidence");
    story.audit().await?;
    timings.phase("audit");
    let found = measure::against_labels(house, &running.ctx, &running.sources).await?;
    timings.phase("measure");
    let counts = story.counts().await?;
    story.check(&counts);
    let calls_per_source = running.calls().await?;
    Ok(Report {
        schema: "countersign/demo-report/1",
        ok: story.problems.is_empty(),
        problems: story.problems,
        database: running.ctx.store.kind().to_owned(),
        counts,
        timings: timings.finish(),
        calls_per_source,
        requests: story.requests,
        recommendations: found.all,
        sources: found.sources,
        pack,
    })
}

struct Story<'a> {
    house: &'a House,
    running: &'a Running,
    problems: Vec<String>,
    requests: u64,
}

impl Story<'_> {
    fn member(&self, role: Role) -> Result<String, Failure> {
        let member = self.house.company().cast().of_role(role).next();
        member.map(|m| m.person_id.clone()).ok_or_else(|| Failure::Environment("the company has nobody for a part of the story".to_owned()))
    }

    /// Who is meant by an account's id, on whichever platform, among those who can sign in. A platform that knows nothing of
    /// leave asks people who are away; their items stay open.
    fn people(&self) -> BTreeMap<String, String> {
        let here: BTreeSet<String> = self.house.company().sign_ins().into_iter().map(|person| person.sub).collect();
        let mut people = BTreeMap::new();
        for platform in Platform::ALL {
            let placed = self.house.tenants.placed(platform);
            for person in self.house.tenants.part(platform).people().iter().filter(|person| here.contains(&person.person_id)) {
                if let Some(account) = placed.account(&person.person_id) {
                    people.insert(account.to_owned(), person.person_id.clone());
                }
            }
        }
        people
    }

    async fn state(&self) -> Result<CampaignState, Failure> {
        let mut tx = self.running.read().await?;
        let campaign = tx.campaign(self.running.campaign).await.map_err(database)?;
        campaign.map(|c| c.state).ok_or_else(|| Failure::Environment("the campaign is gone from the database".to_owned()))
    }

    /// Reviewers sign in and answer.
    async fn review(&mut self, seed: u64) -> Result<(), Failure> {
        if self.state().await? != CampaignState::Open {
            return Ok(());
        }
        let notebook = Notebook::open(self.house)?;
        // What somebody saw acknowledged counts towards their share, so that a run that is finished by another asks no more.
        let mut answered: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for line in script::read_lines(&self.house.acknowledged()) {
            answered.entry(line.by).or_default().insert(line.item);
        }
        let owed = {
            let mut tx = self.running.read().await?;
            tx.owed_items(self.running.campaign).await.map_err(database)?
        };
        let people = self.people();
        let mut by_reviewer: BTreeMap<String, Vec<Task>> = BTreeMap::new();
        // The first that each platform asks of somebody, then the second: a reviewer's share has something of every source.
        let mut asked: BTreeMap<String, usize> = BTreeMap::new();
        let mut owed: Vec<_> = owed
            .into_iter()
            .map(|item| {
                let place = asked.entry(item.reviewer_external.clone()).or_default();
                *place += 1;
                (*place, item)
            })
            .collect();
        owed.sort_by_key(|(place, item)| (*place, item.number));
        for (_, item) in owed {
            let id = item.item.to_string();
            let Some(reviewer) = people.get(&item.reviewer_external) else { continue };
            let before = answered.get(reviewer);
            // An item that was answered and taken back is begun already: it is not a further one.
            let others = before.map_or(0, |items| items.len() - usize::from(items.contains(&id)));
            let tasks = by_reviewer.entry(reviewer.clone()).or_default();
            if tasks.len() + others < PER_REVIEWER {
                tasks.push(Task { id, number: item.number, verdict: item.verdict });
            }
        }
        for (reviewer, tasks) in by_reviewer {
            let mut browser = Browser::sign_in(self.running.base(), &reviewer).await?;
            for task in &tasks {
                script::answer(&mut browser, &notebook, &reviewer, seed, task).await?;
            }
            self.requests += browser.requests;
        }
        Ok(())
    }

    /// The owner looks at what closing removes, and closes.
    async fn close(&mut self) -> Result<(), Failure> {
        if self.state().await? == CampaignState::Open {
            let mut browser = Browser::sign_in(self.running.base(), &self.member(Role::Owner)?).await?;
            let address = format!("/campaigns/{}/close", self.running.campaign);
            let mut closed = false;
            // An undo window that ends while the owner reads makes another dry run: look again, at most a few times.
            for _ in 0..5 {
                let page = browser.get(&address).await?;
                let Some(form) = html::form(&page.body, &address) else {
                    return Err(Failure::Environment(format!("the page that closes the campaign answered {} without a form", page.status)));
                };
                if browser.submit(&form.with("acknowledge", "true")).await?.status.is_redirection() {
                    closed = true;
                    break;
                }
                tokio::time::sleep(Duration::from_millis(300)).await;
            }
            self.requests += browser.requests;
            if !closed {
                return Err(Failure::Environment("the campaign could not be closed: the owner's form was refused five times".to_owned()));
            }
        }
        for _ in 0..LOOKS {
            if self.state().await? == CampaignState::Closed {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
        self.problems.push("The campaign did not close: it still waits for staged answers.".to_owned());
        Ok(())
    }

    /// Removals leave, the desk carries out those from files, what waits for a proof is read again, until nothing moves any more.
    async fn settle(&mut self) -> Result<(), Failure> {
        let mut owner = None;
        // How often in a row nothing was left to wait for but platforms.
        let mut still = 0;
        for _ in 0..LOOKS {
            let totals = {
                let mut tx = self.running.read().await?;
                tx.order_totals(self.running.campaign).await.map_err(database)?
            };
            let count = |wanted: &dyn Fn(OrderState, Option<HoldReason>) -> bool| -> i64 {
                totals.iter().filter(|(state, reason, _)| wanted(*state, *reason)).map(|(_, _, n)| n).sum()
            };
            let braked = count(&|state, reason| state == OrderState::Held && reason == Some(HoldReason::Brake));
            let under_way = count(&|state, reason| {
                matches!(state, OrderState::Ready | OrderState::Claimed) || (state == OrderState::Held && reason != Some(HoldReason::Brake))
            });
            let ticketed = count(&|state, _| state == OrderState::Ticketed);
            let out = ticketed + count(&|state, _| matches!(state, OrderState::Sent | OrderState::OutcomeUnknown));
            if braked == 0 && under_way == 0 && out == 0 {
                return Ok(());
            }
            if braked > 0 {
                // The brake asks a second person: the owner, who decided none of these.
                if owner.is_none() {
                    owner = Some(Browser::sign_in(self.running.base(), &self.member(Role::Owner)?).await?);
                }
                // What the owner decided as somebody's stand-in waits for yet another person: that is its end here.
                if let Some(browser) = &mut owner
                    && self.release(browser).await? == 0
                    && under_way == 0
                    && out == 0
                {
                    return Ok(());
                }
            }
            if ticketed > 0 {
                desk::work(self.house).await?;
                self.sync(self.running.sources.files).await?;
            }
            // The program looks itself at what a platform accepted, which proves it; what that look did not show, a reading does.
            still = if ticketed + under_way == 0 { still + 1 } else { 0 };
            if still > 0 && still % PATIENCE == 0 {
                for source in [self.running.sources.okta, self.running.sources.entra] {
                    self.sync(source).await?;
                }
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
        self.problems.push("Some removals did not come to an end: see orders_by_state.".to_owned());
        Ok(())
    }

    async fn release(&mut self, browser: &mut Browser) -> Result<usize, Failure> {
        let page = browser.get(&format!("/campaigns/{}", self.running.campaign)).await?;
        let before = browser.requests;
        let mut released = 0;
        for form in
            html::forms(&page.body).into_iter().filter(|form| form.action.starts_with("/orders/") && form.action.ends_with("/release"))
        {
            released += usize::from(browser.submit(&form).await?.status.is_redirection());
        }
        self.requests += browser.requests - before + 1;
        Ok(released)
    }

    /// The administrator has a source read again.
    async fn sync(&mut self, source: SourceId) -> Result<(), Failure> {
        let mut browser = Browser::sign_in(self.running.base(), &self.member(Role::Administrator)?).await?;
        let page = browser.get(&format!("/sources/{source}")).await?;
        let form = html::form(&page.body, &format!("/sources/{source}/sync"))
            .ok_or_else(|| Failure::Environment(format!("the source's page answered {} without a form to read it", page.status)))?;
        let answer = browser.submit(&form).await?;
        self.requests += browser.requests;
        if answer.status.is_redirection() {
            Ok(())
        } else {
            Err(Failure::Environment(format!("reading the source again answered {}", answer.status)))
        }
    }

    /// The compliance officer makes a pack and takes it; it is verified against the key from outside.
    async fn evidence(&mut self) -> Result<Option<Pack>, Failure> {
        let mut browser = Browser::sign_in(self.running.base(), &self.member(Role::Compliance)?).await?;
        let address = format!("/evidence/{}/make", self.running.campaign);
        let page = browser.get("/evidence").await?;
        let taken = |page: &str| html::links(page).into_iter().find(|link| link.starts_with("/evidence/packs/"));
        let mut link = taken(&page.body);
        if link.is_none() {
            let form = html::form(&page.body, &address)
                .ok_or_else(|| Failure::Environment(format!("the evidence page answered {} without a form to make a pack", page.status)))?;
            let made = browser.submit(&form).await?;
            if !made.status.is_redirection() {
                return Err(Failure::Environment(format!("making the evidence pack answered {}", made.status)));
            }
            for _ in 0..LOOKS {
                link = taken(&browser.get("/evidence").await?.body);
                if link.is_some() {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(250)).await;
            }
        }
        let Some(link) = link else {
            self.problems.push("No evidence pack came to be.".to_owned());
            return Ok(None);
        };
        let bytes = browser.download(&link).await?;
        self.requests += browser.requests;
        let path = self.house.folder.join("packs").join("taken.zip");
        crate::cli::write_whole(&path, &bytes).map_err(|why| Failure::environment("the pack cannot be kept", why))?;
        let fingerprint = ledger::note::fingerprint(&self.running.ctx.keys.signing.verifying_key());
        let trust = Trust::fingerprint(&fingerprint).map_err(|why| Failure::environment("the fingerprint cannot be read", why))?;
        let report = verify_pack(&bytes, &trust);
        if !report.is_good() {
            let first =
                report.checks.iter().find(|check| check.state == ledger::verify::CheckState::Failed).map_or("", |check| &check.sentence);
            self.problems.push(format!("The evidence pack does not verify: {} {first}", report.sentence()));
        }
        Ok(Some(Pack { path: path.display().to_string(), fingerprint, bytes: bytes.len() as u64, verified: report.sentence().to_owned() }))
    }

    /// The auditor reads, and can change nothing.
    async fn audit(&mut self) -> Result<(), Failure> {
        let mut browser = Browser::sign_in(self.running.base(), &self.member(Role::Auditor)?).await?;
        for address in ["/history".to_owned(), "/evidence".to_owned(), format!("/campaigns/{}", self.running.campaign)] {
            let page = browser.get(&address).await?;
            if !page.status.is_success() {
                self.problems.push(format!("The auditor was answered {} at {address}.", page.status));
            }
            let writes =
                html::forms(&page.body).into_iter().filter(|form| form.method == "post" && !form.action.starts_with("/session/")).count();
            if writes > 0 {
                self.problems.push(format!("The auditor was offered {writes} forms that change something at {address}."));
            }
        }
        self.requests += browser.requests;
        Ok(())
    }

    async fn counts(&self) -> Result<Counts, Failure> {
        let mut tx = self.running.read().await?;
        let campaign = self.running.campaign;
        let mut counts = Counts::default();
        let mut people = BTreeSet::new();
        for (platform, source) in self.running.sources.each() {
            let Some(first) = tx.snapshot(source, 1).await.map_err(database)? else { continue };
            people.extend(tx.accounts_at(source, 1).await.map_err(database)?.into_iter().map(|account| account.identity));
            counts.accounts += first.accounts;
            counts.entitlements += first.entitlements;
            counts.grants += first.grants;
            counts.grants_per_source.insert(platform.name().to_owned(), first.grants);
        }
        counts.people = i64::try_from(people.len()).unwrap_or(i64::MAX);
        for (state, items) in tx.closing_counts(campaign).await.map_err(database)? {
            counts.items += items;
            counts.items_by_state.insert(state.to_string(), items);
        }
        for total in tx.decision_totals(campaign).await.map_err(database)? {
            counts.decisions += total.decisions;
            *counts.decisions_by_answer.entry(total.answer.to_string()).or_default() += total.decisions;
            counts.undone += if total.undone { total.decisions } else { 0 };
        }
        for (state, _, orders) in tx.order_totals(campaign).await.map_err(database)? {
            counts.orders += orders;
            *counts.orders_by_state.entry(state.to_string()).or_default() += orders;
        }
        counts.acknowledged = script::read_lines(&self.house.acknowledged()).len() as u64;
        let desk = tenant::desk::read_journal(&self.house.desk_journal()).unwrap_or_default();
        counts.removed_at_desk = desk.iter().filter(|entry| entry.event.answers_ticket()).count() as u64;
        Ok(counts)
    }

    /// The promises of the story.
    fn check(&mut self, counts: &Counts) {
        let of = |state: OrderState| counts.orders_by_state.get(state.as_str()).copied().unwrap_or(0);
        if of(OrderState::Proven) == 0 && counts.orders > 0 {
            self.problems.push("Removals were ordered, and none was proven.".to_owned());
        }
        if counts.acknowledged == 0 {
            self.problems.push("No answer was acknowledged.".to_owned());
        }
    }
}

fn database(why: store::Error) -> Failure {
    Failure::environment("the database did not do its part", why)
}
