#!/usr/bin/env bash
# Builds a real InfluxDB OSS server (influxd) from the Go module proxy and crates.io: no Docker, no download of a binary.
# go.mod and go.sum beside this file pin 2.7.12, those of ../influxd1 pin 1.12.4 (the second server that speaks /api/v2/write).
#   build-influxd.sh [1|2]   prints the path of the binary on stdout, everything else on stderr
# Exit codes: 0 there it is, 1 the build failed, 2 INFLUXD_BIN is not one, 3 tools are missing, 130 or 143 it was interrupted.
# Environment:
#   INFLUXD_BIN, INFLUXD1_BIN  use this InfluxDB 2, or 1, and build nothing
#   INFLUXD_CACHE              where finished binaries are kept (default ~/.cache/influxd-build)
#   GO, CARGO                  the go and cargo to use (default: the ones on PATH)
#   INFLUXD_TRIM=1             after a build, drop the Rust build tree (about 0.3 GB)
# Measured on 2 cores: 7 min 20 s cold, 1 min 45 s more for the other version, 0.1 s from the cache.
set -euo pipefail
readonly MAX_WAIT_S=7200 ASK_S=20

say() { printf 'build-influxd: %s\n' "$*" >&2; }
stop() { # stop CODE SENTENCE
  say "$2"
  exit "$1"
}
need() { # need TOOL…
  local missing=() tool
  for tool in "$@"; do
    command -v "$tool" >/dev/null 2>&1 || missing+=("$tool")
  done
  [ ${#missing[@]} -eq 0 ] ||
    stop 3 "missing to build InfluxDB: ${missing[*]}. Install Go 1.24 or newer (https://go.dev/dl), Rust 1.72 or newer (https://rustup.rs), and on Debian: apt-get install -y gcc libc6-dev pkg-config util-linux coreutils; or set $own_binary to the path of an InfluxDB $major"
}
answer_of() { timeout "$ASK_S" "$1" version 2>/dev/null </dev/null; } # InfluxDB v2.7.12 (git: …) build_date: …
is_wanted() { [ -x "$1" ] && [[ "$(answer_of "$1")" == "InfluxDB $version "* ]]; }

major=${1:-2}
case "$major" in
  1) pin=influxd1 module=github.com/influxdata/influxdb own_binary=INFLUXD1_BIN tags= ;;
  2) pin=influxd module=github.com/influxdata/influxdb/v2 own_binary=INFLUXD_BIN tags=sqlite_foreign_keys,sqlite_json,noasm ;;
  *) stop 2 "there is no recipe for InfluxDB '$major'; take 1 or 2" ;;
esac
need timeout sha256sum awk cut flock

given=${!own_binary:-}
if [ -n "$given" ]; then
  { [ -f "$given" ] && [ -x "$given" ]; } ||
    stop 2 "$own_binary is $given, which is no program that can be run; set it to the path of an influxd, or unset it to build one"
  answer=$(answer_of "$given") || answer="no answer to \`version\`"
  [[ "$answer" =~ ^InfluxDB\ v?$major\. ]] ||
    stop 2 "$own_binary is $given, which is no InfluxDB $major ($(head -n 1 <<<"$answer" | cut -c1-80)); set it to one, or unset it to build one"
  realpath "$given"
  exit 0
fi

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=$here/../$pin
version=$(awk -v m="$module" '$1 == m { print $2; exit } $1 == "require" && $2 == m { print $3; exit }' "$folder/go.mod")
[ -n "$version" ] || stop 1 "no $module in $folder/go.mod"
cache=${INFLUXD_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/influxd-build}
key=$(cat "$folder/go.mod" "$folder/go.sum" "$here/build-influxd.sh" | sha256sum | cut -c1-12)
out=$cache/influxd-$version-$key
serve_cached() {
  is_wanted "$out" || return 0
  touch "$out" # still in use
  echo "$out"
  exit 0
}
serve_cached

export GO=${GO:-go} CARGO=${CARGO:-cargo}
need "$GO" "$CARGO" cc pkg-config
mkdir -p "$cache" || stop 1 "cannot write to $cache; set INFLUXD_CACHE to a folder that can be written"
exec 9>"$cache/lock"
if ! flock -n 9; then
  say 'another build is running; waiting for it'
  flock -w "$MAX_WAIT_S" 9 || stop 1 "the other build has not ended within $MAX_WAIT_S s; it holds $cache/lock"
fi
serve_cached # by the one that was waited for

# Under the lock nobody else builds: what is there was left by one that was killed.
rm -rf "$cache"/tmp.*
tmp=$(mktemp -d "$cache/tmp.XXXXXX")
build=
end_build() { # The group, and what outlives its first process.
  local signal
  for signal in TERM KILL; do
    for _ in {1..50}; do
      kill "-$signal" -- "-$build" 2>/dev/null || return 0
      sleep 0.1
    done
  done
}
cleanup() {
  trap '' INT TERM HUP
  [ -z "$build" ] || end_build
  rm -rf "$tmp"
}
trap cleanup EXIT
trap 'say "interrupted; nothing half made is left"; exit 130' INT
trap 'say "interrupted; nothing half made is left"; exit 143' TERM HUP

# Flux's own crates say deny(warnings) and a newer rustc warns about more: cap the lints.
# RUSTFLAGS would not do: cargo gets --target, so RUSTFLAGS misses the host build of flux-core.
printf '#!/bin/sh\nexec "$@" --cap-lints warn\n' >"$tmp/rustc-workspace-wrapper"
chmod +x "$tmp/rustc-workspace-wrapper"
# rust-toolchain.toml in the flux module asks rustup for an old toolchain: override it.
if command -v rustup >/dev/null 2>&1; then
  RUSTUP_TOOLCHAIN=${RUSTUP_TOOLCHAIN:-$(cd / && rustup show active-toolchain | cut -d' ' -f1)}
  export RUSTUP_TOOLCHAIN
fi

run_build() {
  cd "$folder"
  export CGO_ENABLED=1 GOFLAGS='-mod=readonly -buildvcs=false' GOWORK=off
  unset RUSTFLAGS CARGO_BUILD_TARGET CARGO_TARGET_DIR PKG_CONFIG
  # Finds Flux's Rust part by building it.
  "$GO" build -o "$tmp/pkg-config" github.com/influxdata/pkg-config
  # A test server needs neither link-time optimisation nor the cdylib's size tuning.
  env PKG_CONFIG="$tmp/pkg-config" \
    RUSTC_WORKSPACE_WRAPPER="$tmp/rustc-workspace-wrapper" \
    CARGO_PROFILE_RELEASE_LTO="${CARGO_PROFILE_RELEASE_LTO:-off}" \
    CARGO_PROFILE_RELEASE_OPT_LEVEL="${CARGO_PROFILE_RELEASE_OPT_LEVEL:-1}" \
    "$GO" build ${tags:+-tags "$tags"} \
    -ldflags "-s -w -X main.version=$version -X main.commit=go-proxy" \
    -o "$tmp/influxd" "$module/cmd/influxd"
}

say "building InfluxDB $version once, with $("$GO" version | cut -d' ' -f3), $("$CARGO" --version | cut -d' ' -f1,2); it takes minutes"
# A group of its own, so that an interruption ends the compilers too; waited for in the background, so that traps run at once.
set -m
run_build >&2 &
build=$!
set +m
wait "$build" || stop 1 "the build of InfluxDB $version failed, see above; free space and the network are the usual reasons. Type the same again to go on from there"
build=
is_wanted "$tmp/influxd" || stop 1 "what was built says '$(answer_of "$tmp/influxd" || true)' in place of InfluxDB $version"
mv "$tmp/influxd" "$out"
# Of other pins and recipes, 90 MB each.
find "$cache" -maxdepth 1 -name 'influxd-v*' -mtime +30 -delete
if [ "${INFLUXD_TRIM:-}" = 1 ]; then rm -rf "$("$GO" env GOCACHE)/pkgconfig"; fi
say "built $out in $SECONDS s"
echo "$out"
