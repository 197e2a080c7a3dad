//! Rendering a page whole, for the server.
//!
//! [`page`] is a pure function: the same chrome and page give the same HTML. It
//! neither reads nor decides anything; rights and status codes are settled
//! before it is called.

use crate::{pages, parts, say};
use domain::{Action, Object, Role, Timestamp, rights};
use hydration_context::SsrSharedContext;
use leptos::prelude::*;
use review::view::types as view;
use std::{collections::BTreeSet, sync::Arc};

/// What stands around every page.
#[derive(Debug, Clone)]
pub struct Chrome {
    /// Who reads; `None` before signing in.
    pub reader: Option<Reader>,
    /// The present moment, against which times are said.
    pub now: Timestamp,
    /// The reader's IANA time zone, or the installation's where it is not known.
    pub zone: String,
    /// The nonce of this response's Content-Security-Policy.
    pub nonce: String,
    /// Where the style sheet, the browser part and the icon are.
    pub assets: Assets,
    /// What was just done or refused: said once, above the page.
    pub flash: Option<Flash>,
    /// True in the demo, which says so on every page.
    pub demo: bool,
    /// True while a removal in conflict waits for the reader, who answers for the access: the navigation leads there.
    pub removals: bool,
}

/// The person who reads the page.
#[derive(Debug, Clone)]
pub struct Reader {
    /// The name.
    pub name: String,
    /// The roles, which decide what the navigation offers.
    pub roles: BTreeSet<Role>,
}

/// Published names, below `/pkg/`, as `assets.json` states them.
#[derive(Debug, Clone)]
pub struct Assets {
    /// `app.css`.
    pub style: String,
    /// The stem of script and module (`output_name`); `None` renders without the browser part.
    pub output_name: Option<String>,
    /// `icon.svg`.
    pub icon: String,
    /// Fonts to fetch early: `inter-latin.woff2`.
    pub fonts: Vec<String>,
}

/// What was just done or refused.
#[derive(Debug, Clone)]
pub struct Flash {
    /// Its tone: `Keep` for done, `Raise` for "look again", `Remove` for "not done".
    pub tone: say::Tone,
    /// The sentences: what happened, what was kept, what to do next.
    pub lines: Vec<String>,
}

impl Flash {
    /// It was done.
    pub fn done(line: impl Into<String>) -> Self {
        Self { tone: say::Tone::Keep, lines: vec![line.into()] }
    }

    /// It was not done, and here is what is true now.
    pub fn look_again(line: impl Into<String>) -> Self {
        Self { tone: say::Tone::Raise, lines: vec![line.into()] }
    }

    /// It could not be done.
    pub fn refused(line: impl Into<String>) -> Self {
        Self { tone: say::Tone::Remove, lines: vec![line.into()] }
    }
}

/// A page that says one thing: an error, or the end of something.
#[derive(Debug, Clone)]
pub struct Message {
    /// Its heading.
    pub title: String,
    /// What happened, what was kept, what to do next.
    pub lines: Vec<String>,
    /// Under which the log knows what happened, for those who ask.
    pub reference: Option<String>,
    /// Where to go: label and address.
    pub ways: Vec<(String, String)>,
}

impl Message {
    /// There is no such page, or not for this person (404).
    pub fn not_found() -> Self {
        Self {
            title: "There is no such page".to_owned(),
            lines: vec![
                "The address may be old or mistyped, or what stood here is not yours to see. Nothing was changed.".to_owned(),
                "If somebody sent you the address, ask them whether the item was given to another reviewer since.".to_owned(),
            ],
            reference: None,
            ways: vec![("Go to the start".to_owned(), "/".to_owned())],
        }
    }

    /// What was submitted met something newer (409). `now` says what is true now.
    pub fn stale(now: impl Into<String>, back: impl Into<String>) -> Self {
        Self {
            title: "This changed before your answer arrived".to_owned(),
            lines: vec![now.into(), "Your answer was not recorded. Look again, and answer if it is still yours to answer.".to_owned()],
            reference: None,
            ways: vec![("See it as it is now".to_owned(), back.into())],
        }
    }

    /// A rule forbids it (422 outside a form).
    pub fn refused(sentence: impl Into<String>, back: impl Into<String>) -> Self {
        Self {
            title: "This was not done".to_owned(),
            lines: vec![sentence.into(), "Nothing was changed.".to_owned()],
            reference: None,
            ways: vec![("Go back".to_owned(), back.into())],
        }
    }

    /// Something of ours failed (500). The reference finds it in the log.
    pub fn failed(reference: impl Into<String>) -> Self {
        Self {
            title: "Something on our side failed".to_owned(),
            lines: vec![
                "What you sent was not recorded, unless an earlier page already confirmed it. What was recorded before is kept.".to_owned(),
                "Try again. If it happens a second time, give your administrator the reference below.".to_owned(),
            ],
            reference: Some(reference.into()),
            ways: vec![("Go to the start".to_owned(), "/".to_owned())],
        }
    }

    /// The database or the disk does not answer (503).
    pub fn unavailable() -> Self {
        Self {
            title: "Not available for a moment".to_owned(),
            lines: vec![
                "The database does not answer, so nothing can be recorded now. What was recorded is kept.".to_owned(),
                "Try again in a minute.".to_owned(),
            ],
            reference: None,
            ways: Vec::new(),
        }
    }
}

/// Everything that can be shown.
#[derive(Debug, Clone)]
pub enum Page {
    /// `/sign-in`.
    SignIn(view::SignInPage),
    /// `/reviews`.
    MyReviews(view::MyReviews),
    /// `/reviews/{campaign}`.
    Queue(Box<view::Queue>),
    /// `/items/{id}`.
    Item(Box<view::ItemPage>),
    /// `/items/{id}/person`.
    Person(Box<view::PersonPage>),
    /// `/campaigns`.
    Campaigns(view::Campaigns),
    /// `/campaigns/open`.
    OpenCampaign(Box<view::OpenCampaign>),
    /// `/campaigns/platforms`.
    PlatformCampaigns(view::PlatformCampaigns),
    /// `/campaigns/platforms/open`.
    OpenPlatformCampaign(Box<view::OpenPlatformCampaign>),
    /// `/campaigns/{id}`.
    Campaign(Box<view::CampaignPage>),
    /// `/campaigns/{id}/shadow`.
    Shadow(Box<view::ShadowPage>),
    /// `/campaigns/{id}/close`.
    CloseCampaign(Box<view::CloseCampaign>),
    /// `/history`.
    History(Box<view::History>),
    /// `/history/{grant}`.
    GrantHistory(Box<view::GrantHistory>),
    /// `/recommendations/{id}`.
    Explanation(Box<review::explain::Explanation>),
    /// `/evidence`.
    Evidence(Box<view::Evidence>),
    /// `/sources`.
    Sources(view::Sources),
    /// `/sources/{id}`.
    Source(Box<view::SourcePage>),
    /// `/sources/{id}/patterns`.
    Patterns(Box<view::Patterns>),
    /// `/models`.
    Models(Box<view::ModelsPage>),
    /// `/models/{sha256}`.
    Model(Box<view::ModelPage>),
    /// `/findings`.
    Findings(Box<view::Findings>),
    /// `/duties`.
    Duties(Box<view::Duties>),
    /// `/duties/rules/{rule}` and `/duties/rule`.
    DutyRule(Box<view::DutyRulePage>),
    /// `/duties/map`.
    DutyMap(Box<view::DutyMapPage>),
    /// `/controls`.
    Controls(Box<view::Controls>),
    /// `/removals`.
    Removals(Box<view::Removals>),
    /// `/freezes`.
    Freezes(Box<view::Freezes>),
    /// `/quality`.
    Quality(Box<view::QualityPage>),
    /// `/quality/fairness`.
    Fairness(Box<view::FairnessPage>),
    /// `/reconciliation`.
    Reconciliations(Box<view::Reconciliations>),
    /// `/reconciliation/{id}`.
    Reconciliation(Box<view::ReconciliationPage>),
    /// `/privacy`.
    Privacy(Box<view::Privacy>),
    /// `/account`.
    Account(view::Account),
    /// Any page that says one thing.
    Message(Message),
}

/// The parts of the site that the navigation names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// `/reviews`.
    Reviews,
    /// `/removals`, offered only while one waits for the reader.
    Removals,
    /// `/campaigns`.
    Campaigns,
    /// `/findings`.
    Findings,
    /// `/quality`, and `/quality/fairness` below it.
    Quality,
    /// `/reconciliation`.
    Reconciliation,
    /// `/duties`, and `/controls` beside it.
    Duties,
    /// `/models`.
    Models,
    /// `/history`.
    History,
    /// `/evidence`.
    Evidence,
    /// `/sources`.
    Sources,
    /// `/account`.
    Account,
}

impl Place {
    /// What the navigation offers, in order: address, label, and what one must be able to see.
    pub const NAVIGATION: &'static [(Self, &'static str, &'static str, Object)] = &[
        (Self::Reviews, "/reviews", "My reviews", Object::Queue),
        (Self::Campaigns, "/campaigns", "Campaigns", Object::Campaign),
        (Self::Findings, "/findings", "Findings", Object::Finding),
        (Self::Duties, "/duties", "Duties", Object::Duty),
        (Self::Quality, "/quality", "Quality", Object::Quality),
        (Self::Reconciliation, "/reconciliation", "Reconciliation", Object::Reconciliation),
        (Self::Models, "/models", "Models", Object::Model),
        (Self::History, "/history", "History", Object::History),
        (Self::Evidence, "/evidence", "Evidence", Object::Evidence),
        (Self::Sources, "/sources", "Sources", Object::Source),
    ];
}

impl Reader {
    /// Whether this person sees objects of this kind at all.
    pub fn sees(&self, object: Object) -> bool {
        rights::scope(&self.roles, Action::View, object) != rights::Scope::None
    }

    /// Where this person begins: the first place that the navigation offers.
    pub fn start(&self) -> &'static str {
        Place::NAVIGATION.iter().find(|(_, _, _, object)| self.sees(*object)).map_or("/account", |(_, path, _, _)| path)
    }
}

/// A page with what its frame needs to know of it.
pub(crate) struct Frame {
    /// What the browser's tab says.
    pub title: String,
    /// Which part of the site it belongs to.
    pub place: Option<Place>,
    /// Whether it has panes that scroll by themselves.
    pub panes: bool,
    /// The tray with what was just done, below the page.
    pub tray: Option<AnyView>,
    /// Everything within `main`.
    pub body: AnyView,
}

impl Frame {
    pub(crate) fn new(title: impl Into<String>, place: Option<Place>, body: impl IntoAny) -> Self {
        Self { title: title.into(), place, panes: false, tray: None, body: body.into_any() }
    }
}

/// A page, whole, as HTML.
pub fn page(chrome: Chrome, page: Page) -> String {
    let owner = Owner::new_root(Some(Arc::new(SsrSharedContext::new_islands())));
    let html = owner.with(|| {
        let when = say::When::new(chrome.now, chrome.zone.clone());
        let frame = frame(page, &when);
        parts::document(chrome, frame).to_html()
    });
    owner.unset_with_forced_cleanup();
    let mut document = String::with_capacity(html.len() + 16);
    document.push_str("<!doctype html>\n");
    push_without_markers(&mut document, &html);
    document
}

/// By which the renderer marks where text and lists end, for a browser part that takes over what it shows.
const MARKER: &str = "<!>";
/// The elements that the browser part takes over.
const ISLAND: (&str, &str) = ("<leptos-island", "</leptos-island>");

/// Appends the page without the markers, which only islands need. A title shows them as text, and they stand behind every
/// element. Nobody's text is touched: in it, as in attributes, `<` is written `&lt;`.
fn push_without_markers(document: &mut String, html: &str) {
    let mut rest = html;
    while let Some(at) = rest.find(ISLAND.0) {
        let end = rest[at..].find(ISLAND.1).map_or(rest.len(), |length| at + length + ISLAND.1.len());
        document.extend(rest[..at].split(MARKER));
        document.push_str(&rest[at..end]);
        rest = &rest[end..];
    }
    document.extend(rest.split(MARKER));
}

fn frame(page: Page, when: &say::When) -> Frame {
    match page {
        Page::SignIn(view) => pages::sign_in(view),
        Page::MyReviews(view) => pages::my_reviews(view, when),
        Page::Queue(view) => pages::queue(*view, when),
        Page::Item(view) => pages::item(*view, when),
        Page::Person(view) => pages::person(*view, when),
        Page::Campaigns(view) => pages::campaigns(view, when),
        Page::OpenCampaign(view) => pages::open_campaign(*view, when),
        Page::PlatformCampaigns(view) => pages::platform_campaigns(view, when),
        Page::OpenPlatformCampaign(view) => pages::open_platform_campaign(*view, when),
        Page::Campaign(view) => pages::campaign(*view, when),
        Page::Shadow(view) => pages::shadow(*view, when),
        Page::CloseCampaign(view) => pages::close_campaign(*view, when),
        Page::History(view) => pages::history(*view, when),
        Page::GrantHistory(view) => pages::grant_history(*view, when),
        Page::Explanation(view) => pages::explanation(*view, when),
        Page::Evidence(view) => pages::evidence(*view, when),
        Page::Sources(view) => pages::sources(view, when),
        Page::Source(view) => pages::source(*view, when),
        Page::Patterns(view) => pages::patterns(*view, when),
        Page::Models(view) => pages::models(*view, when),
        Page::Model(view) => pages::model(*view, when),
        Page::Findings(view) => pages::findings(*view, when),
        Page::Duties(view) => pages::duties(*view, when),
        Page::DutyRule(view) => pages::duty_rule(*view, when),
        Page::DutyMap(view) => pages::duty_map(*view, when),
        Page::Controls(view) => pages::controls(*view, when),
        Page::Removals(view) => pages::removals(*view, when),
        Page::Freezes(view) => pages::freezes(*view, when),
        Page::Quality(view) => pages::quality(*view, when),
        Page::Fairness(view) => pages::fairness(*view, when),
        Page::Reconciliations(view) => pages::reconciliations(*view, when),
        Page::Reconciliation(view) => pages::reconciliation(*view, when),
        Page::Privacy(view) => pages::privacy(*view, when),
        Page::Account(view) => pages::account(view, when),
        Page::Message(view) => pages::message(view),
    }
}
