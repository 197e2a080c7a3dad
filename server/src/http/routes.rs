//! The table of routes: address, what is done there, and the right that it takes.
//!
//! The router is built from this table and from nothing else, so that a route
//! without a right cannot exist; a test tries every line with every role.

use super::{
    api, audit, duties, duty_rule, events, models, native, owner, patterns, privacy, probes, quality, reconcile, removals, reviewer, shadow,
};
use crate::{serve::App, signin};
use axum::routing::{MethodRouter, get, post};
use domain::{Action, Object};

/// How an address is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    /// Looks.
    Get,
    /// Changes something.
    Post,
}

/// Who may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// Anybody: it shows nothing of anybody.
    Anybody,
    /// Who may do this to the object, as far as their right reaches. How far is checked where the object is known.
    To(Action, Object),
}

/// A line of the table.
#[derive(Debug)]
pub struct Route {
    /// How it is asked.
    pub method: Method,
    /// The address, with its parameters.
    pub path: &'static str,
    /// Who may ask.
    pub right: Right,
    /// What is done.
    pub handler: MethodRouter<App>,
}

fn route(method: Method, path: &'static str, right: Right, handler: MethodRouter<App>) -> Route {
    Route { method, path, right, handler }
}

/// Every route there is.
pub fn table() -> Vec<Route> {
    use Action as A;
    use Method::{Get, Post};
    use Object as O;
    use Right::{Anybody, To};
    vec![
        route(Get, "/", Anybody, get(probes::start)),
        route(Get, "/healthz", Anybody, get(probes::health)),
        route(Get, "/readyz", Anybody, get(probes::ready)),
        route(Get, "/metrics", Anybody, get(probes::metrics)),
        route(Get, "/pkg/{*name}", Anybody, get(probes::asset)),
        route(Get, "/sign-in", Anybody, get(signin::page)),
        route(Get, "/sign-in/start", Anybody, get(signin::start)),
        route(Get, "/sign-in/callback", Anybody, get(signin::back)),
        route(Post, "/session/end", To(A::End, O::Session), post(signin::sign_out)),
        route(Post, "/session/end-everywhere", To(A::End, O::Session), post(signin::sign_out_everywhere)),
        route(Get, "/account", To(A::View, O::Account), get(audit::account)),
        route(Post, "/account/zone", To(A::View, O::Account), post(audit::choose_zone)),
        route(Get, "/account/link/{source}", To(A::Decide, O::Item), get(native::begin)),
        route(Get, "/account/linked", To(A::Decide, O::Item), get(native::linked)),
        route(Post, "/account/unlink/{source}", To(A::View, O::Account), post(native::unlink)),
        route(Get, "/reviews", To(A::View, O::Queue), get(reviewer::reviews)),
        route(Get, "/reviews/{campaign}", To(A::View, O::Queue), get(reviewer::queue)),
        route(Get, "/items/{item}", To(A::View, O::Item), get(reviewer::item)),
        route(Get, "/items/{item}/person", To(A::View, O::Item), get(reviewer::person)),
        route(Post, "/items/{item}/decide", To(A::Decide, O::Item), post(reviewer::decide)),
        route(Post, "/items/{item}/undo", To(A::Undo, O::Item), post(reviewer::undo)),
        route(Post, "/items/{item}/control", To(A::Make, O::Control), post(reviewer::propose)),
        route(Post, "/items/{item}/hand-over", To(A::HandOver, O::Item), post(reviewer::hand_over)),
        route(Get, "/campaigns", To(A::View, O::Campaign), get(owner::campaigns)),
        route(Get, "/campaigns/open", To(A::Open, O::Campaign), get(owner::open_form)),
        route(Post, "/campaigns/open", To(A::Open, O::Campaign), post(owner::open)),
        route(Get, "/campaigns/platforms", To(A::Open, O::Campaign), get(native::campaigns)),
        route(Get, "/campaigns/platforms/open", To(A::Open, O::Campaign), get(native::open_form)),
        route(Post, "/campaigns/platforms/open", To(A::Open, O::Campaign), post(native::open)),
        route(Get, "/campaigns/{campaign}", To(A::View, O::Campaign), get(owner::campaign)),
        route(Get, "/campaigns/{campaign}/events", To(A::View, O::Campaign), get(events::events)),
        route(Get, "/campaigns/{campaign}/shadow", To(A::View, O::Shadow), get(shadow::page)),
        route(Post, "/campaigns/{campaign}/shadow", To(A::Accept, O::Shadow), post(shadow::accept)),
        route(Get, "/campaigns/{campaign}/shadow.json", To(A::View, O::Shadow), get(shadow::document)),
        route(Get, "/campaigns/{campaign}/close", To(A::Close, O::Campaign), get(owner::close_form)),
        route(Post, "/campaigns/{campaign}/read-back", To(A::Sync, O::Campaign), post(native::look_again)),
        route(Post, "/campaigns/{campaign}/close", To(A::Close, O::Campaign), post(owner::close)),
        route(Post, "/orders/{order}/release", To(A::Release, O::Order), post(owner::release)),
        route(Post, "/orders/{order}/retry", To(A::Retry, O::Order), post(owner::retry)),
        route(Get, "/removals", To(A::Settle, O::Order), get(removals::page)),
        route(Post, "/orders/{order}/settle", To(A::Settle, O::Order), post(removals::settle)),
        route(Post, "/items/{item}/send-again", To(A::Retry, O::Order), post(native::send_again)),
        route(Post, "/orders/switch", To(A::Stop, O::Order), post(owner::switch)),
        route(Get, "/freezes", To(A::Stop, O::Order), get(owner::freezes)),
        route(Post, "/freezes", To(A::Stop, O::Order), post(owner::add_freeze)),
        route(Post, "/freezes/remove", To(A::Stop, O::Order), post(owner::remove_freeze)),
        route(Get, "/findings", To(A::View, O::Finding), get(owner::findings)),
        route(Post, "/findings/{finding}/settle", To(A::Settle, O::Finding), post(owner::settle)),
        route(Get, "/quality", To(A::View, O::Quality), get(quality::page)),
        route(Get, "/quality.json", To(A::View, O::Quality), get(quality::document)),
        route(Post, "/quality/measure", To(A::Make, O::Quality), post(quality::measure)),
        route(Get, "/quality/fairness", To(A::View, O::Quality), get(quality::fairness)),
        route(Get, "/quality/fairness.json", To(A::View, O::Quality), get(quality::fairness_document)),
        route(Post, "/quality/fairness", To(A::Settle, O::Quality), post(quality::sign_fairness)),
        route(Get, "/reconciliation", To(A::View, O::Reconciliation), get(reconcile::list)),
        route(Post, "/reconciliation/make", To(A::Make, O::Reconciliation), post(reconcile::make)),
        route(Get, "/reconciliation/{report}", To(A::View, O::Reconciliation), get(reconcile::page)),
        route(Get, "/reconciliation/{report}/report.json", To(A::Take, O::Reconciliation), get(reconcile::document)),
        route(Get, "/reconciliation/{report}/lines.csv", To(A::View, O::Reconciliation), get(reconcile::lines)),
        route(Get, "/history", To(A::View, O::History), get(audit::history)),
        route(Get, "/history/{grant}", To(A::View, O::History), get(audit::grant)),
        route(Get, "/evidence", To(A::View, O::Evidence), get(audit::evidence)),
        route(Post, "/evidence/make", To(A::Make, O::Evidence), post(audit::make_of_several)),
        route(Post, "/evidence/{campaign}/make", To(A::Make, O::Evidence), post(audit::make)),
        route(Get, "/evidence/packs/{pack}", To(A::Take, O::Evidence), get(audit::take)),
        route(Get, "/privacy", To(A::Make, O::Evidence), get(privacy::page)),
        route(Post, "/privacy/erase", To(A::Make, O::Evidence), post(privacy::erase)),
        route(Post, "/privacy/lift", To(A::Make, O::Evidence), post(privacy::lift)),
        route(Post, "/privacy/retention", To(A::Make, O::Evidence), post(privacy::retention)),
        route(Get, "/sources", To(A::View, O::Source), get(audit::sources)),
        route(Get, "/sources/{source}", To(A::View, O::Source), get(audit::source)),
        route(Post, "/sources/{source}/preview", To(A::Sync, O::Source), post(audit::preview)),
        route(Get, "/sources/{source}/patterns", To(A::View, O::Pattern), get(patterns::page)),
        route(Post, "/sources/{source}/patterns", To(A::Make, O::Pattern), post(patterns::look)),
        route(Post, "/sources/{source}/sync", To(A::Sync, O::Source), post(audit::sync)),
        route(Get, "/models", To(A::View, O::Model), get(models::page)),
        route(Post, "/models/train", To(A::Make, O::Model), post(models::train)),
        route(Post, "/models/roll-back", To(A::End, O::Model), post(models::roll_back)),
        route(Get, "/models/{model}", To(A::View, O::Model), get(models::one)),
        route(Get, "/models/{model}/report.json", To(A::View, O::Model), get(models::document)),
        route(Post, "/models/{model}/promote", To(A::Accept, O::Model), post(models::promote)),
        route(Get, "/duties", To(A::View, O::Duty), get(duties::rules)),
        route(Get, "/duties/rules.toml", To(A::View, O::Duty), get(duties::export_rules)),
        route(Post, "/duties/rules", To(A::Change, O::Duty), post(duties::set_rules)),
        route(Get, "/duties/rule", To(A::Change, O::Duty), get(duty_rule::new)),
        route(Post, "/duties/rule", To(A::Change, O::Duty), post(duty_rule::add)),
        route(Get, "/duties/rules/{rule}", To(A::View, O::Duty), get(duty_rule::one)),
        route(Post, "/duties/rules/{rule}", To(A::Change, O::Duty), post(duty_rule::change)),
        route(Post, "/duties/rules/{rule}/remove", To(A::Change, O::Duty), post(duty_rule::remove)),
        route(Post, "/duties/duty", To(A::Change, O::Duty), post(duties::add_duty)),
        route(Post, "/duties/starter", To(A::Change, O::Duty), post(duties::add_packs)),
        route(Get, "/duties/map", To(A::View, O::Duty), get(duties::map)),
        route(Get, "/duties/map.toml", To(A::View, O::Duty), get(duties::export_map)),
        route(Post, "/duties/map", To(A::Change, O::Duty), post(duties::set_map)),
        route(Post, "/duties/map/{entitlement}", To(A::Change, O::Duty), post(duties::set_entitlement)),
        route(Post, "/api/v1/sod/check", To(A::View, O::Duty), post(duties::check)),
        route(Get, "/controls", To(A::View, O::Control), get(duties::controls)),
        route(Post, "/controls/{control}/settle", To(A::Settle, O::Control), post(duties::settle)),
        route(Get, "/recommendations/{recommendation}", To(A::View, O::Item), get(audit::recommendation)),
        route(Get, "/api/v1/recommendations/{recommendation}/explanation", To(A::View, O::Item), get(api::explanation)),
    ]
}
