#!/usr/bin/env bash
# Installs what the build and the tests need and what is missing, or says what to install and
# why. Quick when nothing is missing. `setup.sh build` leaves out what only the tests need.
set -euo pipefail
cd "$(dirname "$0")/.."
started=$(date +%s%N)
scope=${1:-all}
packages=()
reasons=()

has() { command -v "$1" >/dev/null 2>&1; }

# need PROGRAM-IS-THERE(0/1) REASON PACKAGE...
need() {
  local there=$1 reason=$2
  shift 2
  if [ "$there" != 0 ]; then
    packages+=("$@")
    reasons+=("  $* - $reason")
  fi
}

test_of() { if "$@" >/dev/null 2>&1; then echo 0; else echo 1; fi; }

postgres_programs() { has pg_isready && has initdb && has postgres || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; }
# Debian's chromium-headless-shell is the same engine without the windows around it, and needs a fifth less time.
any_chromium() { has chromium-headless-shell || has chromium || has chromium-browser || has google-chrome; }

# The standard library for the browser part, in the order of xtask/src/toolchain.rs.
wasm_target() {
  local folder
  folder=$(rustc --print target-libdir --target wasm32-unknown-unknown 2>/dev/null) || return 1
  compgen -G "$folder/libstd-*.rlib" >/dev/null
}
debian_wasm() {
  has wasm-ld-22 && [ -x /usr/bin/rustc ] && [ -x /usr/bin/cargo ] &&
    [ -f "$(/usr/bin/rustc --print sysroot)/lib/rustlib/src/rust/library/std/Cargo.toml" ]
}

if ! has cargo || ! has rustc; then
  echo "Rust is missing: the program is written in it. Install 1.95 or newer from https://rustup.rs, then run this again." >&2
  exit 1
fi
wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
found=$(rustc --version | cut -d ' ' -f 2)
if [ "$(printf '%s\n%s\n' "$wanted" "${found%%-*}" | sort -V | head -n 1)" != "$wanted" ]; then
  echo "Rust $found is too old: $wanted or newer is needed. \`rustup update stable\` brings it." >&2
  exit 1
fi

if ! wasm_target && ! debian_wasm; then
  if has rustup && timeout 120 rustup target add wasm32-unknown-unknown >/dev/null 2>&1 && wasm_target; then
    echo "setup: rustup added the target wasm32-unknown-unknown"
  else
    need 1 "compiler and linker for the browser part, because rustup cannot fetch its target here" \
      rustc-web cargo-web rust-web-src lld-22
  fi
fi
need "$(test_of has cc)" "C compiler, for SQLite and ring" gcc libc6-dev
need "$(test_of has node)" "runs wasm-opt and the browser tests (version 20 or newer)" nodejs
need "$(test_of has npm)" "fetches the fonts, wasm-opt and Playwright" npm
if [ "$scope" = all ]; then
  need "$(test_of postgres_programs)" "the tests run on PostgreSQL too, in a throwaway cluster" postgresql
  need "$(test_of any_chromium)" "the browser tests drive it" chromium-headless-shell
  need "$(test_of has openssl)" "certificates for the TLS of the browser tests" openssl
fi

if [ ${#packages[@]} -gt 0 ]; then
  if [ "$(id -u)" = 0 ] && has apt-get; then
    echo "setup: installing ${packages[*]}"
    printf '%s\n' "${reasons[@]}"
    export DEBIAN_FRONTEND=noninteractive
    if [[ " ${packages[*]} " == *" postgresql "* ]] && [ ! -e /etc/postgresql-common/createcluster.conf ]; then
      # The tests make their own clusters. Debian's would only sit on port 5432.
      mkdir -p /etc/postgresql-common
      echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
    fi
    apt-get update -qq
    # Releases before Debian 12 have the whole browser only.
    apt-cache show chromium-headless-shell >/dev/null 2>&1 || packages=("${packages[@]/#chromium-headless-shell/chromium}")
    apt-get install -y -qq --no-install-recommends -o Dpkg::Options::=--force-confold "${packages[@]}" >/dev/null
  else
    {
      echo "These are missing, and only root can install them with apt:"
      printf '%s\n' "${reasons[@]}"
      echo "On Debian: apt-get install --no-install-recommends ${packages[*]}"
    } >&2
    exit 1
  fi
fi

major=$(node --version | sed 's/^v\([0-9]*\).*/\1/')
if [ "$major" -lt 20 ]; then
  echo "Node $(node --version) is too old: the browser tests need version 20 or newer." >&2
  exit 1
fi

# The npm packages, exactly as locked. The stamp is the lock file itself.
stamp=end2end/node_modules/.installed-lock.json
if ! cmp -s end2end/package-lock.json "$stamp"; then
  echo "setup: installing the npm packages of end2end/"
  (cd end2end && npm ci --silent)
  cp end2end/package-lock.json "$stamp"
fi

# The rules for dependencies (deny.toml) are checked by cargo-deny, which is compiled once, in a folder of its own. Without
# optimisation that takes a minute and a half, and checking takes seconds all the same.
tools=${XDG_CACHE_HOME:-$HOME/.cache}/countersign/tools
if [ "$scope" = all ] && ! has cargo-deny && [ ! -x "$tools/bin/cargo-deny" ]; then
  echo "setup: compiling cargo-deny into $tools, once"
  env -u CARGO_TARGET_DIR cargo install --quiet --locked --debug --version 0.20.2 --root "$tools" cargo-deny ||
    echo "setup: cargo-deny could not be installed, so the rules for dependencies will not be checked" >&2
fi

# Cargo tells fresh from stale by times, and takes the crates of two clones for the same. Where a
# target folder is shared, the clone that comes after another makes its own sources the newest.
if [ -n "${CARGO_TARGET_DIR:-}" ]; then
  mkdir -p "$CARGO_TARGET_DIR"
  owner=$CARGO_TARGET_DIR/countersign-clone
  if [ "$(cat "$owner" 2>/dev/null)" != "$PWD" ]; then
    if [ -s "$owner" ]; then
      { git ls-files -z 2>/dev/null || find . -path ./target -prune -o -type f -print0; } | xargs -0 touch -c
    fi
    printf '%s' "$PWD" >"$owner"
  fi
fi

awk -v ns=$(($(date +%s%N) - started)) 'BEGIN { printf "== setup: ok in %.1f s\n", ns / 1e9 }'
