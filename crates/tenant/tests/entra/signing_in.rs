//! Tokens: for applications by secret or certificate, for people by code with PKCE.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use ring::signature::{RSA_PSS_SHA256, RsaKeyPair, RsaPublicKeyComponents};
use serde_json::{Value, json};
use tenant::entra::Certificate;

use crate::support::{NOW, Room, TENANT};

/// Made for these tests, and used nowhere else.
const KEY: &[u8] = include_bytes!("assertion-key.der");

fn assertion(claims: &Value, thumbprint: &str) -> String {
    let head = json!({ "alg": "PS256", "typ": "JWT", "x5t#S256": thumbprint });
    let text = format!("{}.{}", BASE64.encode(head.to_string()), BASE64.encode(claims.to_string()));
    let key = RsaKeyPair::from_pkcs8(KEY).unwrap();
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PSS_SHA256, &ring::rand::SystemRandom::new(), text.as_bytes(), &mut signature).unwrap();
    format!("{text}.{}", BASE64.encode(signature))
}

#[tokio::test]
async fn a_certificate_proves_an_application_and_a_wrong_claim_does_not() {
    let room = Room::open(|config| {
        let key = RsaKeyPair::from_pkcs8(KEY).unwrap();
        let public = RsaPublicKeyComponents::<Vec<u8>>::from(key.public());
        let certificate = Certificate { thumbprint: "thumb".to_owned(), n: public.n, e: public.e };
        config.registrations[0].certificate = Some(certificate);
        config.registrations[0].secret = None;
    })
    .await;
    let endpoint = format!("/{TENANT}/oauth2/v2.0/token");
    let now = NOW / 1_000_000;
    let good = json!({ "aud": room.at(&endpoint), "iss": "reader", "sub": "reader", "jti": "1", "nbf": now, "exp": now + 600 });
    for (change, thumbprint, status) in [
        (json!({}), "thumb", 200),
        (json!({ "aud": "https://login.microsoftonline.com/else" }), "thumb", 401),
        (json!({ "exp": now - 3_600 }), "thumb", 401),
        (json!({ "iss": "somebody" }), "thumb", 401),
        (json!({}), "another", 401),
    ] {
        let mut claims = good.clone();
        claims.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let text = assertion(&claims, thumbprint);
        let fields = [
            ("grant_type", "client_credentials"),
            ("client_id", "reader"),
            ("scope", "https://graph.microsoft.com/.default"),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", &text),
        ];
        let got = room.form(&endpoint, &fields).await;
        assert_eq!(got.status, status, "{claims}: {got:?}");
    }
}

#[tokio::test]
async fn a_secret_must_be_right_and_the_scope_the_default() {
    let room = Room::open(|_| {}).await;
    let endpoint = format!("/{TENANT}/oauth2/v2.0/token");
    let fields = |secret: &'static str, scope: &'static str| {
        [("grant_type", "client_credentials"), ("client_id", "reader"), ("client_secret", secret), ("scope", scope)]
    };
    let wrong = room.form(&endpoint, &fields("guess", "https://graph.microsoft.com/.default")).await;
    assert_eq!(
        (wrong.status, wrong.json["error"].as_str(), wrong.json["error_codes"][0].as_u64()),
        (401, Some("invalid_client"), Some(7_000_215))
    );
    let scope = room.form(&endpoint, &fields("secret of reader", "User.Read.All")).await;
    assert_eq!((scope.status, scope.json["error"].as_str()), (400, Some("invalid_scope")));
    let elsewhere =
        room.form("/contoso.example/oauth2/v2.0/token", &fields("secret of reader", "https://graph.microsoft.com/.default")).await;
    assert_eq!(elsewhere.status, 400);
    let token = room.app("reader").await;
    assert_eq!(room.get("/groups?$top=1", &token).await.status, 200);
    room.clock.pass(3_600);
    let late = room.get("/groups?$top=1", &token).await;
    assert_eq!((late.status, late.code()), (401, "InvalidAuthenticationToken"));
}

#[tokio::test]
async fn a_code_works_once_and_only_with_its_verifier() {
    let room = Room::open(|_| {}).await;
    let user = room.user(&room.company.cast().members[0].person_id.clone());
    let back = room.sign_in("all", &user, "openid AccessReview.ReadWrite.All").await;
    let code = back.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();
    let got = room.redeem("all", &code).await;
    assert_eq!(got.status, 200, "{got:?}");
    assert_eq!(got.json["scope"], "https://graph.microsoft.com/AccessReview.ReadWrite.All");
    assert!(got.json.get("refresh_token").is_none(), "only where offline_access was asked for");
    let claims: Value =
        serde_json::from_slice(&BASE64.decode(got.json["id_token"].as_str().unwrap().split('.').nth(1).unwrap()).unwrap()).unwrap();
    assert_eq!((claims["oid"].as_str(), claims["tid"].as_str()), (Some(user.as_str()), Some(TENANT)));
    assert_eq!(room.redeem("all", &code).await.json["error"], "invalid_grant");
    // A scope that nobody consented to leads back with a reason, and no code.
    let refused = room.sign_in("all", &user, "Directory.ReadWrite.All").await;
    assert!(refused.query_pairs().any(|(name, value)| name == "error" && value == "consent_required"), "{refused}");
}
