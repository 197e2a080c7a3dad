//! Two sign-in providers at once: each signs its own people in, and nothing of one counts at the other.

use super::world::{HERE, Real, World};
use axum::http::StatusCode;
use domain::{Policy, Role};
use server::{
    config::Sessions,
    serve::{self, Setup},
    signin::{Pending, Provider, ProviderSetup, SignInError},
};
use std::{collections::BTreeSet, sync::Arc};
use store::{Sealer, SealingKey, User, testing::Fresh};
use tenant::idp;
use url::Url;

/// A world with a second provider. It knows a "reviewer" too, who is somebody else, and calls its groups differently.
struct Two {
    world: World,
    second: idp::Handle,
    /// The first and the second, as the program has them.
    providers: [Provider; 2],
}

fn person(sub: &str, name: &str, group: &str) -> idp::IdpPerson {
    let email = format!("{sub}@second.example");
    idp::IdpPerson { sub: sub.to_owned(), name: name.to_owned(), email, groups: vec![group.to_owned()], note: String::new() }
}

impl Two {
    async fn on(fresh: Fresh) -> Self {
        let mut world = World::on(fresh, HERE).await;
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let real = || Arc::new(Real(world.ctx.env.clone()));
        let config = idp::Config {
            organisation: "Second house".to_owned(),
            clients: vec![idp::Client {
                id: "countersign-there".to_owned(),
                secret: Some("another secret".to_owned()),
                redirect_uris: vec![format!("{HERE}/sign-in/callback")],
                post_logout_redirect_uris: vec![format!("{HERE}/sign-in")],
            }],
            // "reviewer" is what the first provider calls its reviewers' group; here it means nothing.
            people: vec![person("reviewer", "Bea Second", "their-auditors"), person("outsider", "Otis Second", "reviewer")],
            clock: real(),
            random: real(),
        };
        let second = idp::serve(listener, config).unwrap();
        let first = world.at_provider.clone();
        let there = ProviderSetup {
            name: "Second house SSO".to_owned(),
            issuer: second.issuer().to_owned(),
            client_id: "countersign-there".to_owned(),
            client_secret: Some("another secret".into()),
            roles: [("their-auditors".to_owned(), Role::Auditor)].into(),
            ..first.clone()
        };
        let callback = || openidconnect::RedirectUrl::new(format!("{HERE}/sign-in/callback")).unwrap();
        let providers = [&first, &there].map(|setup| Provider::new(setup.clone(), world.ctx.env.clone(), callback()).unwrap());
        let setup = Setup {
            ctx: world.ctx.clone(),
            sealer: Sealer::new(vec![SealingKey::new("test", [3; 32])]).unwrap(),
            public_url: Url::parse(HERE).unwrap(),
            time_zone: "Europe/Zurich".to_owned(),
            policy: Policy::default(),
            sessions: Sessions::default(),
            providers: vec![first, there],
            // Without TLS a provider is taken on this machine only, and in a demo.
            demo: Some(Vec::new()),
        };
        world.app = serve::build(setup).unwrap();
        world.router = world.app.router();
        Self { world, second, providers }
    }

    async fn each() -> Vec<Self> {
        let mut all = Vec::new();
        for fresh in store::testing::each().await.unwrap() {
            all.push(Self::on(fresh).await);
        }
        all
    }

    async fn users(&self) -> Vec<User> {
        self.world.ctx.store.read().await.unwrap().users(None, 100).await.unwrap()
    }

    async fn is_signed_in(&self, cookie: &str) -> bool {
        self.world.get("/account", Some(cookie)).await.status == StatusCode::OK
    }

    /// Begins at a provider and goes through its page, without coming back: what was remembered, and the code.
    async fn code(&self, provider: usize, sub: &str) -> (Pending, String) {
        let (url, pending) = self.providers[provider].begin(provider, None, None).await.unwrap();
        let mut form: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        form.push(("sign_in_as".to_owned(), sub.to_owned()));
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let back = http.post(format!("{}/sign-in", url.origin().ascii_serialization())).form(&form).send().await.unwrap();
        let back = Url::parse(back.headers()["location"].to_str().unwrap()).unwrap();
        (pending, part(back.as_str(), "code"))
    }
}

/// A value of the query of an address.
fn part(address: &str, name: &str) -> String {
    let address = Url::parse(HERE).unwrap().join(address).unwrap();
    address.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned()
}

#[tokio::test]
async fn both_are_offered_and_each_signs_its_own_people_in() {
    for two in Two::each().await {
        let world = &two.world;
        let page = world.get("/sign-in", None).await.body;
        for (name, number) in [("Meridian SSO", 0), ("Second house SSO", 1)] {
            assert!(page.contains(name) && page.contains(&format!("/sign-in/start?provider={number}\"")), "{name}: {page}");
        }
        assert_eq!(world.get("/sign-in/start?provider=2", None).await.status, StatusCode::NOT_FOUND);

        let (here, there) = (world.sign_in_at(0, "reviewer").await, world.sign_in_at(1, "reviewer").await);
        let (of_first, of_second) = (world.get("/account", Some(&here)).await.body, world.get("/account", Some(&there)).await.body);
        assert!(of_first.contains("Person reviewer") && !of_first.contains("Bea Second"));
        assert!(of_second.contains("Bea Second") && !of_second.contains("Person reviewer"));
        // The same subject at two issuers is two people, each with what their own provider says.
        let users = two.users().await;
        let of = |issuer: &str| users.iter().find(|user| user.issuer == issuer && user.subject == "reviewer").unwrap();
        let (first, second) = (of(world.provider.issuer()), of(two.second.issuer()));
        assert_ne!(first.id, second.id);
        assert_eq!((&first.roles, &second.roles), (&BTreeSet::from([Role::Reviewer]), &BTreeSet::from([Role::Auditor])));
        assert_eq!((first.identity, second.identity), (Some(world.item.reviewer), None));
        assert_eq!(second.email.as_deref(), Some("reviewer@second.example"));
        assert_eq!(world.get("/evidence", Some(&here)).await.status, StatusCode::NOT_FOUND, "no auditor");
        assert_eq!(world.get("/evidence", Some(&there)).await.status, StatusCode::OK, "an auditor");

        // A group has the meaning that is configured for its own provider, and none elsewhere.
        let (back, cookie) = world.to_callback("outsider", "/sign-in/start?provider=1").await;
        let refused = world.get(&back, Some(&cookie)).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.body);
        assert!(!two.is_signed_in(&cookie).await);

        // Signing in again is the same person again.
        world.sign_in_at(1, "reviewer").await;
        assert_eq!(two.users().await.len(), users.len());
        // Signing out everywhere ends what that person has, at their own provider.
        let out = world.post("/session/end-everywhere", Some(&there), &[]).await;
        assert!(out.location().starts_with(two.second.issuer()), "{}", out.location());
        assert!(!two.is_signed_in(&there).await);
        assert!(two.is_signed_in(&here).await, "the other one's session goes on");
    }
}

#[tokio::test]
async fn an_answer_of_one_provider_is_not_taken_for_the_others() {
    for two in Two::each().await {
        let world = &two.world;
        for (asked, other) in [(0, 1), (1, 0)] {
            let begin = |provider: usize| format!("/sign-in/start?provider={provider}");
            // The state of a sign-in at the other one, in a browser that began at this one.
            let (_, cookie) = world.to_callback("reviewer", &begin(asked)).await;
            let (foreign, _) = world.to_callback("reviewer", &begin(other)).await;
            assert_eq!(world.get(&foreign, Some(&cookie)).await.status, StatusCode::BAD_REQUEST, "a foreign state");
            assert!(!two.is_signed_in(&cookie).await);

            // The other one's code under this one's state: with the issuer that sent it, with the one that was asked, and with none.
            let issuers = [world.provider.issuer(), two.second.issuer()];
            for (issuer, status) in [
                (Some(issuers[other]), StatusCode::BAD_REQUEST),
                (Some(issuers[asked]), StatusCode::BAD_GATEWAY),
                (None, StatusCode::BAD_GATEWAY),
            ] {
                let (own, cookie) = world.to_callback("reviewer", &begin(asked)).await;
                let (foreign, _) = world.to_callback("reviewer", &begin(other)).await;
                let mut query = url::form_urlencoded::Serializer::new(String::new());
                query.append_pair("state", &part(&own, "state")).append_pair("code", &part(&foreign, "code"));
                if let Some(issuer) = issuer {
                    query.append_pair("iss", issuer);
                }
                let got = world.get(&format!("/sign-in/callback?{}", query.finish()), Some(&cookie)).await;
                assert_eq!(got.status, status, "{issuer:?}: {}", got.body);
                assert!(!two.is_signed_in(&cookie).await);
                // The question was answered, wrongly: the right answer comes too late.
                assert_eq!(world.get(&own, Some(&cookie)).await.status, StatusCode::BAD_REQUEST);
            }
        }
        // Only "owner", whom opening the campaign made: nobody of these came in.
        assert!(two.users().await.iter().all(|user| user.subject == "owner"));
    }
}

#[tokio::test]
async fn codes_tokens_and_nonces_are_good_at_their_own_provider_alone() {
    let two = Two::on(store::testing::sqlite().await.unwrap()).await;
    let providers = &two.providers;
    for (at, other) in [(0, 1), (1, 0)] {
        // As it should be.
        let (pending, code) = two.code(at, "reviewer").await;
        let verified = providers[at].finish(code, &pending).await.unwrap();
        assert_eq!((verified.signed_in.issuer, verified.signed_in.subject), (providers[at].setup.issuer.clone(), "reviewer".to_owned()));
        // The other one's token endpoint knows neither the code nor what proves who began.
        let (pending, code) = two.code(at, "reviewer").await;
        let foreign = providers[other].finish(code, &pending).await;
        assert!(matches!(foreign, Err(SignInError::Code(_))), "{foreign:?}");
        // A token that answers another question: the nonce of the sign-in that began at the other one.
        let (theirs, _) = two.code(other, "reviewer").await;
        let (pending, code) = two.code(at, "reviewer").await;
        let mixed = Pending { nonce: theirs.nonce, ..pending };
        let answered = providers[at].finish(code, &mixed).await;
        assert!(matches!(answered, Err(SignInError::Token(_))), "{answered:?}");
    }
}
