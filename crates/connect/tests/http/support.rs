//! A server that says byte for byte what a test tells it to, and remembers what it was asked.

use connect::http::{Body, Client, ClientConfig, LimitHeaders, Limits, Method, Request, SimulatedPause, Url};
use domain::{Clock as _, Env, ManualClock, Timestamp};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

/// 2026-11-21T08:10:44Z.
pub const START: Timestamp = Timestamp(1_795_248_644_000_000);
pub const DATE: &str = "Sat, 21 Nov 2026 08:10:44 GMT";

/// What the server does with one call.
#[derive(Debug, Clone)]
pub enum Act {
    /// These bytes, then the connection ends.
    Say(Vec<u8>),
    /// These bytes, and then nothing ever more.
    Stall(Vec<u8>),
    /// The call is read and the connection ends without a word.
    Hang,
}

pub struct Server {
    pub base: Url,
    pub asked: Arc<Mutex<Vec<String>>>,
    pub clock: Arc<ManualClock>,
    env: Env,
}

/// A whole answer.
pub fn answer(status: &str, headers: &str, body: &str) -> Act {
    let length = body.len();
    Act::Say(
        format!("HTTP/1.1 {status}\r\nDate: {DATE}\r\nContent-Length: {length}\r\nConnection: close\r\n{headers}\r\n{body}").into_bytes(),
    )
}

pub fn json(status: &str, headers: &str, body: &str) -> Act {
    answer(status, &format!("Content-Type: application/json\r\n{headers}"), body)
}

impl Server {
    pub async fn start(script: impl IntoIterator<Item = Act>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (heard, mut script) = (asked.clone(), script.into_iter().collect::<VecDeque<_>>());
        tokio::spawn(async move {
            let mut stalled = Vec::new();
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut call = Vec::new();
                let mut buffer = [0; 4096];
                while !whole(&call) {
                    let read = stream.read(&mut buffer).await.unwrap_or(0);
                    if read == 0 {
                        break;
                    }
                    call.extend_from_slice(&buffer[..read]);
                }
                heard.lock().unwrap().push(String::from_utf8_lossy(&call).into_owned());
                match script.pop_front().unwrap_or_else(|| answer("500 Script Ended", "", "")) {
                    Act::Say(bytes) => stream.write_all(&bytes).await.unwrap_or_default(),
                    Act::Stall(bytes) => {
                        stream.write_all(&bytes).await.unwrap_or_default();
                        stalled.push(stream);
                    }
                    Act::Hang => {}
                }
            }
        });
        let (env, clock) = Env::simulated(START, 7);
        Self { base, asked, clock, env }
    }

    pub fn client(&self) -> Client {
        self.client_with(Limits::default())
    }

    pub fn client_with(&self, limits: Limits) -> Client {
        let pause = Arc::new(SimulatedPause(self.clock.clone()));
        let config = ClientConfig {
            base: self.base.clone(),
            env: self.env.clone(),
            pause,
            limits: Limits { connect: Duration::from_secs(5), ..limits },
            limit_headers: Some(LimitHeaders::OKTA),
        };
        Client::new(config).unwrap()
    }

    pub fn get(&self, path: &str) -> Request {
        Request::get(self.base.join(path).unwrap(), "reads")
    }

    pub fn change(&self, path: &str) -> Request {
        Request::change(Method::DELETE, self.base.join(path).unwrap(), Body::Empty, "changes")
    }

    pub fn calls(&self) -> usize {
        self.asked.lock().unwrap().len()
    }

    pub fn passed(&self) -> i64 {
        self.clock.now().since(START)
    }
}

/// Whether a call has arrived with its body.
fn whole(call: &[u8]) -> bool {
    let text = String::from_utf8_lossy(call).to_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:")).and_then(|n| n.trim().parse().ok()).unwrap_or(0);
    body.len() >= length
}
