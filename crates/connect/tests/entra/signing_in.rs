//! How the connector proves who it is.

use crate::support::{NOW, Room};
use connect::{
    Error,
    entra::{EntraConfig, EntraSource, Proof},
    http::{HttpError, SimulatedPause},
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
        match room.source.reviews().await {
            Ok(reviews) => assert!(opens && !reviews.is_empty()),
            Err(Error::Http(HttpError::Credentials(why))) => assert!(!opens && why.contains("invalid_client AADSTS700027"), "{why}"),
            Err(other) => panic!("{other}"),
        }
    }
}

#[tokio::test]
async fn a_wrong_secret_says_what_to_do_and_does_not_show_itself() {
    let room = Room::with(company(), |_| {}, |config| config.reader.proof = Proof::Secret("not-the-secret".to_owned().into())).await;
    let error = room.source.reviews().await.unwrap_err().to_string();
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
