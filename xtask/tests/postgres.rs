//! The throwaway PostgreSQL: it answers, it is gone afterwards, and exit codes are passed on.
#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use std::process::Command;

fn beside(script: &str) -> Option<(i32, String)> {
    let out = Command::new(env!("CARGO_BIN_EXE_xtask")).args(["pg", "--", "sh", "-c", script]).output().unwrap();
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    if said.contains("are not here") {
        #[expect(clippy::print_stderr, reason = "a test left out says so")]
        {
            eprintln!("LEFT OUT: PostgreSQL is not installed");
        }
        return None;
    }
    Some((out.status.code().unwrap(), String::from_utf8_lossy(&out.stdout).into_owned()))
}

#[test]
fn a_command_finds_the_database_and_its_exit_code_is_passed_on() {
    let Some((code, out)) = beside("echo \"$COUNTERSIGN_TEST_POSTGRES\"; exit 7") else {
        return;
    };
    assert_eq!(code, 7);
    let address = out.trim();
    assert!(address.starts_with("postgres://countersign:"), "{address}");
    // It is stopped: nobody listens on its port any more.
    let port: u16 = address.rsplit(':').next().unwrap().split('/').next().unwrap().parse().unwrap();
    assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err());
}

#[test]
fn two_clusters_stand_side_by_side() {
    let hands = [1, 2].map(|_| std::thread::spawn(|| beside("echo \"$COUNTERSIGN_TEST_POSTGRES\"")));
    let mut addresses: Vec<_> = hands.into_iter().filter_map(|hand| hand.join().unwrap()).collect();
    addresses.sort();
    addresses.dedup();
    assert!(addresses.len() != 1, "{addresses:?}");
}
