#!/bin/sh
# See to it that the tests of outages find Redis; install it through apt where that is possible.
set -eu

if command -v redis-server >/dev/null 2>&1; then
    exit 0
fi

if command -v apt-get >/dev/null 2>&1; then
    as_root=""
    if [ "$(id -u)" -ne 0 ] && command -v sudo >/dev/null 2>&1; then
        as_root="sudo"
        [ -z "${CI:-}" ] || as_root="sudo -n"
    fi
    echo "Installing Redis for the tests of outages (once) ..."
    export DEBIAN_FRONTEND=noninteractive
    if $as_root apt-get update -qq && $as_root apt-get install -qq -y --no-install-recommends \
        redis-server >/dev/null; then
        exit 0
    fi
fi

message="Idéløypa: no redis-server was found and apt could not install it; install it."
echo "$message" >&2
if [ -n "${CI:-}" ]; then
    exit 1
fi
echo "The tests of outages are left out." >&2
