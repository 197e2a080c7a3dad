#!/usr/bin/env bash
# Puts a built program where people look for it, when cargo's target folder is elsewhere.
set -euo pipefail
cd "$(dirname "$0")/.."
[ "$(realpath "$1")" = "$(realpath -m "$2")" ] && exit 0
mkdir -p "$(dirname "$2")"
cmp -s "$1" "$2" || cp --preserve=mode "$1" "$2"
