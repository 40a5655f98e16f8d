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

wanted=""
has_one_of "${CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable ||
    wanted="chromium fonts-liberation"
has_one_of redis-server || wanted="$wanted redis-server"
[ -n "$wanted" ] || exit 0

if command -v apt-get >/dev/null 2>&1; then
    as_root=""
    if [ "$(id -u)" -ne 0 ] && command -v sudo >/dev/null 2>&1; then
        as_root="sudo"
        [ -z "${CI:-}" ] || as_root="sudo -n"
    fi
    echo "Installing for the tests (once): $wanted ..."
    export DEBIAN_FRONTEND=noninteractive
    # shellcheck disable=SC2086 # several names
    if $as_root apt-get update -qq && $as_root apt-get install -qq -y --no-install-recommends \
        $wanted >/dev/null; then
        exit 0
    fi
fi

echo "Idéløypa: apt could not install $wanted; install Chromium (or set CHROMIUM=/path/to/it) and redis-server." >&2
if [ -n "${CI:-}" ]; then
    exit 1
fi
echo "The tests that need them are left out." >&2
