#!/bin/sh
# See to it that the browser tests find a Chromium; install it through apt where that is possible.
set -eu

for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable; do
    if [ -n "$name" ] && command -v "$name" >/dev/null 2>&1; then
        exit 0
    fi
done

if command -v apt-get >/dev/null 2>&1; then
    as_root=""
    if [ "$(id -u)" -ne 0 ] && command -v sudo >/dev/null 2>&1; then
        as_root="sudo"
        [ -z "${CI:-}" ] || as_root="sudo -n"
    fi
    echo "Installing Chromium for the browser tests (once) ..."
    export DEBIAN_FRONTEND=noninteractive
    if $as_root apt-get update -qq && $as_root apt-get install -qq -y --no-install-recommends \
        chromium fonts-liberation >/dev/null; then
        exit 0
    fi
fi

message="Idéløypa: no Chromium was found and apt could not install one; install it, or set CHROMIUM=/path/to/it."
echo "$message" >&2
if [ -n "${CI:-}" ]; then
    exit 1
fi
echo "The browser tests are left out." >&2
