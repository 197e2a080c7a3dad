//! An OpenID library that knows nothing of this provider discovers it, signs in and checks the token.

use openidconnect::core::{CoreClient, CoreProviderMetadata, CoreResponseType, CoreUserInfoClaims};
use openidconnect::{
    AuthenticationFlow, AuthorizationCode, ClientId, ClientSecret, CsrfToken, HttpRequest, HttpResponse, IssuerUrl, Nonce,
    OAuth2TokenResponse as _, PkceCodeChallenge, RedirectUrl, Scope, TokenResponse as _,
};

use crate::support::{BACK, Room, SECRET};

#[tokio::test]
async fn an_unmodified_library_signs_in() {
    let room = Room::open().await;
    let client = room.http.clone();
    let send = move |request: HttpRequest| {
        let client = client.clone();
        async move {
            let response = client.execute(request.try_into()?).await?;
            let mut answer = HttpResponse::new(Vec::new());
            *answer.status_mut() = response.status();
            *answer.headers_mut() = response.headers().clone();
            *answer.body_mut() = response.bytes().await?.to_vec();
            Ok::<_, reqwest::Error>(answer)
        }
    };
    let issuer = IssuerUrl::new(room.handle.issuer().to_owned()).unwrap();
    let metadata = CoreProviderMetadata::discover_async(issuer, &send).await.unwrap();
    let client =
        CoreClient::from_provider_metadata(metadata, ClientId::new("countersign".to_owned()), Some(ClientSecret::new(SECRET.to_owned())))
            .set_redirect_uri(RedirectUrl::new(BACK.to_owned()).unwrap());
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let (url, state, nonce) = client
        .authorize_url(AuthenticationFlow::<CoreResponseType>::AuthorizationCode, CsrfToken::new_random, Nonce::new_random)
        .add_scope(Scope::new("email".to_owned()))
        .set_pkce_challenge(challenge)
        .url();

    assert_eq!(room.http.get(url.clone()).send().await.unwrap().status(), 200);
    let mut form: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    form.push(("sign_in_as".to_owned(), "p00042".to_owned()));
    let response = room.http.post(room.at("/sign-in")).form(&form).send().await.unwrap();
    let back: url::Url = response.headers()["location"].to_str().unwrap().parse().unwrap();
    let value = |name: &str| back.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
    assert_eq!(&value("state"), state.secret());

    let tokens = client
        .exchange_code(AuthorizationCode::new(value("code")))
        .unwrap()
        .set_pkce_verifier(verifier)
        .request_async(&send)
        .await
        .unwrap();
    // The provider's clock stands still; the library's is set to the same moment.
    let now = serde_json::from_str("\"2026-11-21T08:10:44Z\"").unwrap();
    let checker = client.id_token_verifier().set_time_fn(move || now);
    let claims = tokens.id_token().unwrap().claims(&checker, &nonce).unwrap();
    assert_eq!(claims.subject().as_str(), "p00042");
    assert_eq!(claims.email().map(|mail| mail.as_str()), Some("ingrid.olsen@meridian.example"));
    assert!(tokens.id_token().unwrap().claims(&checker, &Nonce::new("another".to_owned())).is_err());
    let user: CoreUserInfoClaims =
        client.user_info(tokens.access_token().clone(), Some(claims.subject().clone())).unwrap().request_async(&send).await.unwrap();
    assert_eq!(user.subject().as_str(), "p00042");
    room.close().await;
}
