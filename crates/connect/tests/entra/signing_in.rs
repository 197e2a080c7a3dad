//! How the connector proves who it is.

use crate::support::{NOW, Room, TENANT, come_back, web_app};
use connect::{
    Error,
    entra::{EntraConfig, EntraSource, Proof},
    http::{HttpError, SimulatedPause},
    native::{LinkBack, LinkEnd, NativeSource as _},
};
use domain::Env;
use ring::signature::{RsaKeyPair, RsaPublicKeyComponents};
use std::sync::Arc;
use tenant::{company, entra::Certificate};

/// Made for tests, and used nowhere else.
const KEY: &[u8] = include_bytes!("../../../tenant/tests/entra/assertion-key.der");

fn company() -> company::Config {
    company::Config::new(7, NOW.micros()).people(150).applications(12)
}

#[tokio::test]
async fn a_certificate_opens_the_tenant_and_another_thumbprint_does_not() {
    for (thumbprint, opens) in [("of-the-certificate", true), ("of-another", false)] {
        let room = Room::with(
            company(),
            |config| {
                let public = RsaPublicKeyComponents::<Vec<u8>>::from(RsaKeyPair::from_pkcs8(KEY).unwrap().public());
                config.registrations[0].secret = None;
                config.registrations[0].certificate =
                    Some(Certificate { thumbprint: "of-the-certificate".to_owned(), n: public.n, e: public.e });
            },
            |config| {
                let key = Arc::new(Box::new(KEY.to_vec()).into());
                config.reader.proof = Proof::Certificate { thumbprint: thumbprint.to_owned(), key };
            },
        )
        .await;
        match room.source.campaigns().await {
            Ok(reviews) => assert!(opens && !reviews.is_empty()),
            Err(Error::Http(HttpError::Credentials(why))) => assert!(!opens && why.contains("invalid_client AADSTS700027"), "{why}"),
            Err(other) => panic!("{other}"),
        }
    }
}

#[tokio::test]
async fn a_wrong_secret_says_what_to_do_and_does_not_show_itself() {
    let room = Room::with(company(), |_| {}, |config| config.reader.proof = Proof::Secret("not-the-secret".to_owned().into())).await;
    let error = room.source.campaigns().await.unwrap_err().to_string();
    assert!(error.contains("Check the application's id, its secret or certificate"), "{error}");
    assert!(!error.contains("not-the-secret") && !format!("{:?}", room.source).contains("not-the-secret"), "{error}");
}

#[test]
fn a_source_that_could_go_wrong_is_refused() {
    let (env, clock) = Env::simulated(NOW, 7);
    let credentials = |id: &str| connect::entra::Credentials { client_id: id.to_owned(), proof: Proof::Secret("s".to_owned().into()) };
    let made = |change: &dyn Fn(&mut EntraConfig)| {
        let mut config = EntraConfig::public("8eaef023-2b34-4da1-9baa-8bc8c9d6a490", credentials("reader")).unwrap();
        change(&mut config);
        EntraSource::new(config, env.clone(), Arc::new(SimulatedPause(clock.clone()))).map(drop)
    };
    assert!(made(&|_| {}).is_ok());
    for tenant in ["common", "Organizations", "", "a/b", "a?b"] {
        assert!(matches!(made(&|config| config.tenant = tenant.to_owned()), Err(Error::Settings(_))), "{tenant}");
    }
    // Whoever reads can never remove.
    assert!(matches!(made(&|config| config.remover = Some(credentials("reader"))), Err(Error::Settings(_))));
    assert!(matches!(made(&|config| config.graph = "http://graph.example".parse().unwrap()), Err(Error::Http(HttpError::Address(_)))));
}

// Rule 11: a reviewer's own token, of least scope, without a refresh token unless policy allows.
#[tokio::test]
async fn rule_11_a_link_asks_for_the_least_and_says_whose_account_it_is() {
    let room = Room::open().await;
    let boss = room.handle.user_id(&room.company.cast().members[0].person_id);
    let begun = room.source.begin_link(&web_app(), Some("boss@meridian.example")).unwrap();
    let query = |name: &str| begun.url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    assert_eq!(query("scope").unwrap(), "openid profile https://graph.microsoft.com/AccessReview.ReadWrite.All");
    assert_eq!((query("code_challenge_method").as_deref(), query("response_type").as_deref()), (Some("S256"), Some("code")));
    assert_eq!(query("login_hint").as_deref(), Some("boss@meridian.example"));
    assert!(begun.url.path().contains(TENANT), "one tenant, never common");

    let link = room.link(&boss).await;
    assert_eq!(link.account, boss);
    assert!(link.tokens.refresh.is_none() && link.tokens.scope.contains("AccessReview.ReadWrite.All"));
    assert_eq!(room.source.end_link(&web_app(), &link.tokens).await.unwrap(), LinkEnd::HereOnly);

    // Where policy allows it, the link can be renewed.
    let lasting = connect::native::WebApp { offline: true, ..web_app() };
    let begun = room.source.begin_link(&lasting, None).unwrap();
    let code = come_back(&begun, &boss).await;
    let link = room.source.finish_link(&lasting, &LinkBack { code, verifier: begun.verifier, nonce: begun.nonce }).await.unwrap();
    let renewed = room.source.renew_link(&lasting, &link.tokens.refresh.unwrap()).await.unwrap();
    assert!(renewed.ends >= link.tokens.ends && renewed.refresh.is_some());
}

#[tokio::test]
async fn a_link_that_somebody_else_began_is_refused() {
    let room = Room::open().await;
    let boss = room.handle.user_id(&room.company.cast().members[0].person_id);
    let (ours, theirs) = (room.source.begin_link(&web_app(), None).unwrap(), room.source.begin_link(&web_app(), None).unwrap());
    let refused = |back: LinkBack| {
        let room = &room;
        async move {
            match room.source.finish_link(&web_app(), &back).await {
                Err(Error::Http(HttpError::Credentials(why))) => why,
                other => panic!("{other:?}"),
            }
        }
    };
    // Another's verifier, and then another's nonce.
    let code = come_back(&ours, &boss).await;
    let why = refused(LinkBack { code, verifier: theirs.verifier.clone(), nonce: ours.nonce.clone() }).await;
    assert!(why.contains("invalid_grant"), "{why}");
    let code = come_back(&ours, &boss).await;
    let back = LinkBack { code, verifier: ours.verifier.clone(), nonce: theirs.nonce.clone() };
    assert!(refused(back.clone()).await.contains("not asked for by this link"));
    // A code is for one use.
    assert!(refused(LinkBack { nonce: ours.nonce.clone(), ..back }).await.contains("invalid_grant"));
}
