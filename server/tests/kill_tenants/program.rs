//! The program under test: started, killed, started again, and spoken to by people who press their buttons once more.

use crate::{PATIENCE, common};
use reqwest::{Client, RequestBuilder, redirect::Policy};
use std::{
    collections::VecDeque,
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};
use tokio::sync::watch;

/// Where people reach the program, as the browsers' `Origin` names it. The tenants' web applications lead back there.
pub const PUBLIC: &str = "http://127.0.0.1:8080";
/// The lines that are kept of what the program says, for whoever asks why.
const KEPT: usize = 60;

/// Which run of the program it is, and where it listens once it does.
#[derive(Debug, Clone, Copy, Default)]
struct Place {
    run: u64,
    at: Option<SocketAddr>,
}

/// `countersign serve` on one folder.
pub struct Program {
    config: PathBuf,
    child: Option<Child>,
    place: Arc<watch::Sender<Place>>,
    said: Arc<Mutex<VecDeque<String>>>,
}

impl Program {
    pub fn new(config: PathBuf) -> Self {
        Self { config, child: None, place: Arc::new(watch::Sender::default()), said: Arc::default() }
    }

    /// Starts it; whoever speaks to it waits until it listens.
    pub fn start(&mut self, more: &[&str]) {
        let mut command = common::program();
        command.arg("serve").arg("--config").arg(&self.config).args(more).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        self.child = Some(child);
        self.place.send_modify(|place| place.run += 1);
        let (run, place, said) = (self.place.borrow().run, Arc::clone(&self.place), Arc::clone(&self.said));
        thread::spawn(move || {
            for line in lines {
                let at = line.strip_prefix("Countersign listens on ").and_then(|rest| rest.split(';').next()?.parse().ok());
                if at.is_some() {
                    place.send_if_modified(|now| {
                        let mine = now.run == run;
                        if mine {
                            now.at = at;
                        }
                        mine
                    });
                }
                let mut said = said.lock().unwrap();
                said.push_back(line);
                if said.len() > KEPT {
                    said.pop_front();
                }
            }
        });
    }

    /// Ends it as a loss of power would end a process.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
            // A new run from here on: what the old one still said counts no more.
            self.place.send_modify(|place| *place = Place { run: place.run + 1, at: None });
        }
    }

    /// Ends it as an operator does.
    pub fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let sent = Command::new("sh").args(["-c", &format!("kill -TERM {}", child.id())]).status().unwrap();
            assert!(sent.success());
            let code = child.wait().unwrap().code();
            assert_eq!(code, Some(0), "{}", self.said());
            self.place.send_modify(|place| *place = Place { run: place.run + 1, at: None });
        }
    }

    /// What it said last.
    pub fn said(&self) -> String {
        self.said.lock().unwrap().iter().cloned().collect::<Vec<_>>().join("\n")
    }

    /// A line to it, which lives through its deaths.
    pub fn line(&self) -> Line {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = Client::builder().no_proxy().redirect(Policy::none()).timeout(PATIENCE).build().unwrap();
        Line { place: self.place.subscribe(), http }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.kill();
    }
}

/// What came back.
#[derive(Debug)]
pub struct Got {
    pub status: u16,
    pub location: String,
    pub body: String,
}

impl Got {
    /// The value of a hidden field, the first of that name after `from`; `None` where the page has no such form.
    pub fn hidden(&self, from: &str, name: &str) -> Option<String> {
        let part = &self.body[self.body.find(from)?..];
        let at = part.find(&format!("name=\"{name}\""))?;
        let tag = &part[part[..at].rfind('<')?..];
        let value = &tag[tag.find("value=\"")? + 7..];
        Some(value[..value.find('"')?].to_owned())
    }
}

/// How people reach the program, whichever run of it is up.
#[derive(Debug, Clone)]
pub struct Line {
    place: watch::Receiver<Place>,
    http: Client,
}

impl Line {
    /// Asks once, as soon as the program listens. `None` where it was killed under the request: nobody knows what came of it.
    pub async fn once(&self, make: impl Fn(&Client, &str) -> RequestBuilder) -> Option<Got> {
        let mut place = self.place.clone();
        let up = tokio::time::timeout(PATIENCE, place.wait_for(|place| place.at.is_some())).await;
        let here = *up.unwrap_or_else(|_| panic!("the program does not listen")).unwrap();
        let asked = async {
            let answer = make(&self.http, &format!("http://{}", here.at.unwrap())).send().await?;
            let location = answer.headers().get("location").and_then(|to| to.to_str().ok()).unwrap_or_default().to_owned();
            Ok::<_, reqwest::Error>(Got { status: answer.status().as_u16(), location, body: answer.text().await? })
        };
        match asked.await {
            Ok(got) => Some(got),
            Err(why) => {
                let killed = place.wait_for(|place| place.run > here.run);
                let killed = tokio::time::timeout(Duration::from_secs(10), killed).await;
                assert!(killed.is_ok(), "the program lives and gave no answer: {why}");
                None
            }
        }
    }
}
