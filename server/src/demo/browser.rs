//! A scripted person: real sign-in, real pages, real forms, over HTTP.

use super::html::{self, Form};
use crate::cli::Failure;
use reqwest::{Client, StatusCode, redirect::Policy};
use std::time::Duration;
use url::Url;

/// The most bytes of a page that a scripted person reads.
const LARGEST: usize = 8 << 20;

/// Somebody with a browser's cookies, signed in.
#[derive(Debug)]
pub struct Browser {
    client: Client,
    /// The page that is open: forms and links are meant from there.
    at: Url,
    /// The pages and forms that were asked for.
    pub requests: u64,
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answered {
    /// The status, redirects not followed.
    pub status: StatusCode,
    /// Where it leads, of a redirect.
    pub location: Option<String>,
    /// The page.
    pub body: String,
}

impl Browser {
    /// Opens a browser at the program's address and signs in at the simulated provider as `subject`.
    pub async fn sign_in(base: &Url, subject: &str) -> Result<Self, Failure> {
        // The ring provider may be there already; the first one stays.
        let _ = rustls::crypto::ring::default_provider().install_default();
        // No certificates: the demo is on loopback and without TLS, and reading the machine's for each person takes longer than a page.
        let client = Client::builder()
            .tls_certs_only([])
            .cookie_store(true)
            .redirect(Policy::none())
            .timeout(Duration::from_mins(1))
            .build()
            .map_err(|why| Failure::environment("no HTTP client can be made", why))?;
        let mut browser = Self { client, at: base.clone(), requests: 0 };
        let page = browser.get("/sign-in").await?;
        let wrong = |what: &str| Failure::Environment(format!("signing in as {subject} did not work: {what}"));
        let begin = html::links(&page.body)
            .into_iter()
            .find(|link| link.starts_with("/sign-in/start"))
            .ok_or_else(|| wrong("the sign-in page leads to no provider"))?;
        let mut answer = browser.get(&begin).await?;
        // To the provider, through its page, and back: at most ten steps.
        for _ in 0..10 {
            if let Some(location) = answer.location.clone() {
                answer = browser.get(&location).await?;
                continue;
            }
            if html::buttons(&answer.body, "sign_in_as").iter().any(|sub| sub == subject) {
                let form = html::forms(&answer.body).into_iter().next().ok_or_else(|| wrong("the provider's page has no form"))?;
                answer = browser.submit(&form.with("sign_in_as", subject)).await?;
                continue;
            }
            break;
        }
        if answer.status.is_success() && html::form(&answer.body, "/session/end").is_some() {
            Ok(browser)
        } else {
            Err(wrong(&format!("the last page answered {}", answer.status)))
        }
    }

    /// Looks at a page.
    pub async fn get(&mut self, address: &str) -> Result<Answered, Failure> {
        let url = self.resolve(address)?;
        self.send(self.client.get(url.clone()), url).await
    }

    /// Sends a form.
    pub async fn submit(&mut self, form: &Form) -> Result<Answered, Failure> {
        let mut url = self.resolve(&form.action)?;
        let request = if form.method == "post" {
            let origin = url.origin().ascii_serialization();
            self.client.post(url.clone()).header("origin", origin).header("sec-fetch-site", "same-origin").form(&form.fields)
        } else {
            url.query_pairs_mut().extend_pairs(&form.fields);
            self.client.get(url.clone())
        };
        self.send(request, url).await
    }

    /// Takes a file.
    pub async fn download(&mut self, address: &str) -> Result<Vec<u8>, Failure> {
        let url = self.resolve(address)?;
        self.requests += 1;
        let answer = self.client.get(url.clone()).send().await.map_err(|why| network(&url, &why))?;
        if !answer.status().is_success() {
            return Err(Failure::Environment(format!("{} answered {}", url.path(), answer.status())));
        }
        Ok(answer.bytes().await.map_err(|why| network(&url, &why))?.to_vec())
    }

    fn resolve(&self, address: &str) -> Result<Url, Failure> {
        self.at.join(address).map_err(|why| Failure::environment(format!("\"{address}\" is no address"), why))
    }

    async fn send(&mut self, request: reqwest::RequestBuilder, url: Url) -> Result<Answered, Failure> {
        self.requests += 1;
        let answer = request.send().await.map_err(|why| network(&url, &why))?;
        let status = answer.status();
        self.at = url.clone();
        let location = answer
            .headers()
            .get("location")
            .and_then(|value| value.to_str().ok())
            .and_then(|to| url.join(to).ok())
            .map(|to| to.to_string());
        let mut body = answer.bytes().await.map_err(|why| network(&url, &why))?.to_vec();
        body.truncate(LARGEST);
        Ok(Answered { status, location, body: String::from_utf8_lossy(&body).into_owned() })
    }
}

fn network(url: &Url, why: &reqwest::Error) -> Failure {
    Failure::environment(format!("{} did not answer", url.path()), why)
}
