#!/bin/sh
# See to it that the tests find a Chromium and a Redis; install through apt what is missing.
set -eu

has_one_of() {
    for name in "$@"; do
        if [ -n "$name" ] && command -v "$name" >/dev/null 2>&1; then
            return 0
        fi
    done
    return 1
}

has_chromium() {
    has_one_of "${CHROMIUM:-}" chromium-headless-shell chromium chromium-browser \
        google-chrome google-chrome-stable
}

# Where apt can be asked without a question, the Chromium without windows comes too: a third faster.
browser=""
has_chromium || browser="chromium-headless-shell fonts-liberation"
if [ -n "${CI:-}" ]; then
    has_one_of chromium-headless-shell || browser="chromium-headless-shell fonts-liberation"
fi
redis=""
has_one_of redis-server || redis="redis-server"
[ -n "$browser$redis" ] || exit 0

as_root=""
if [ "$(id -u)" -ne 0 ] && command -v sudo >/dev/null 2>&1; then
    as_root="sudo"
    [ -z "${CI:-}" ] || as_root="sudo -n"
fi
export DEBIAN_FRONTEND=noninteractive

install() {
    # shellcheck disable=SC2068 # several names
    $as_root apt-get install -qq -y --no-install-recommends $@ >/dev/null
}

if command -v apt-get >/dev/null 2>&1; then
    echo "Installing for the tests (once): $browser $redis ..."
    $as_root apt-get update -qq || true
    [ -z "$browser" ] || install $browser || install chromium fonts-liberation || true
    [ -z "$redis" ] || install $redis || true
fi

if has_chromium && has_one_of redis-server; then
    exit 0
fi
echo "Idéløypa: the tests want a Chromium and redis-server, and apt could not install them;" \
    "install them yourself, or set CHROMIUM=/path/to/one." >&2
if [ -n "${CI:-}" ]; then
    exit 1
fi
echo "The tests that need what is missing are left out." >&2
