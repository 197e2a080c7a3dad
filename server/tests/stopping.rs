//! Asked to end (SIGTERM), the program finishes the requests under way, takes no new ones, and ends well.

#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

/// Nothing here takes this long.
const PATIENCE: Duration = Duration::from_mins(1);

/// An installation whose provider is `issuer`.
fn install(folder: &Path, issuer: &str) -> PathBuf {
    for (number, name) in (1_u8..).zip(["seal", "pseudonym", "signing"]) {
        fs::write(folder.join(name), hex::encode([number; 32])).unwrap();
    }
    let at = |name: &str| folder.join(name).display().to_string();
    fs::create_dir_all(folder.join("data")).unwrap();
    let text = format!(
        "origin = \"reviews.test\"\nfolder = {:?}\n[server]\nlisten = \"127.0.0.1:0\"\npublic_url = \"http://127.0.0.1:8080\"\n[database]\nurl = {:?}\n\
         [[keys.seal]]\nid = \"s1\"\nfile = {:?}\n[keys.pseudonym]\nid = \"p1\"\nfile = {:?}\n[keys.signing]\nfile = {:?}\n\
         [[providers]]\nname = \"SSO\"\nissuer = {issuer:?}\nclient_id = \"c\"\n[providers.roles]\n\"all\" = \"reviewer\"\n",
        at("data"),
        format!("sqlite:{}", at("countersign.db")),
        at("seal"),
        at("pseudonym"),
        at("signing"),
    );
    let path = folder.join("countersign.toml");
    fs::write(&path, text).unwrap();
    path
}

/// Starts `serve` and gives its address and what it says from then on.
fn serve(config: &Path) -> (Child, SocketAddr, impl Iterator<Item = String>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
    command.env_remove("RUST_LOG");
    let mut child = command.arg("serve").arg("--config").arg(config).stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    let address = lines.find_map(|line| line.strip_prefix("Countersign listens on ")?.split(';').next()?.parse().ok()).unwrap();
    (child, address, lines)
}

/// Sends the program a signal as an operator or a service manager does.
fn signal(name: &str, child: &Child) {
    let sent = Command::new("sh").args(["-c", &format!("kill -{name} {}", child.id())]).status().unwrap();
    assert!(sent.success());
}

fn ask(address: SocketAddr, path: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n").unwrap();
    stream
}

#[test]
fn a_request_under_way_is_answered_and_the_program_ends_with_0() {
    // A provider that takes the connection and says nothing: whoever begins to sign in waits for it.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let config = install(folder.path(), &format!("https://{}", silent.local_addr().unwrap()));
    let (mut child, address, said) = serve(&config);

    let mut asked = ask(address, "/sign-in/start?provider=0");
    let (waiting, _) = silent.accept().unwrap();
    signal("TERM", &child);
    // The signal has arrived once nobody listens any more. Until then the system may still queue a connection.
    while TcpStream::connect(address).is_ok() {
        thread::sleep(Duration::from_millis(5));
    }
    assert!(child.try_wait().unwrap().is_none(), "the request is still under way");
    drop(waiting);
    let mut answer = String::new();
    asked.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 502 "), "{answer}");
    assert!(answer.contains("Signing in did not work") && answer.trim_end().ends_with("</html>"), "the page is whole: {answer}");
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let said: Vec<String> = said.collect();
    assert_eq!(said.last().map(String::as_str), Some("Countersign has ended, with every answer that was under way given."), "{said:#?}");
}

#[test]
fn started_again_on_the_same_folder_it_answers() {
    let folder = tempfile::tempdir().unwrap();
    let config = install(folder.path(), "https://127.0.0.1:1");
    for _ in 0..2 {
        let (mut child, address, _said) = serve(&config);
        let mut answer = String::new();
        ask(address, "/healthz").read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        signal("INT", &child);
        assert_eq!(child.wait().unwrap().code(), Some(0), "an interrupt ends it as well");
    }
}
