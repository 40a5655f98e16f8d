#!/bin/sh
# Make .venv/ where it is missing and install a lock file into it.
# Usage: tools/setup.sh LOCKFILE STAMP...   (the stamps are written into .venv/)
set -eu
cd "$(dirname "$0")/.."

fail() {
    echo "Idéløypa: $1" >&2
    exit 1
}

new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

find_python() {
    for candidate in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11; do
        if new_enough "$candidate"; then
            echo "$candidate"
            return
        fi
    done
}

make_venv() {
    python=$(find_python)
    [ -n "$python" ] || fail "Python 3.11 or newer is needed, and none was found on the PATH (set PYTHON=/path/to/python3 if it lies elsewhere)."
    "$python" -c 'import ensurepip, venv' >/dev/null 2>&1 ||
        fail "Python's venv module is missing; on Debian and Ubuntu 'apt install python3-venv' brings it."
    echo "Setting up .venv/ (once, about a minute) ..."
    "$python" -m venv --clear .venv || fail "the virtual environment .venv/ could not be made here."
}

lock=$1
shift
if ! new_enough .venv/bin/python || ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    make_venv
fi
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input --no-deps \
    --no-compile --require-hashes --requirement "$lock" ||
    fail "the dependencies in $lock could not be installed (the reason stands above)."
# pip would compile one file after the other; what cannot be is compiled by nobody who needs it.
.venv/bin/python -m compileall -qq -j 0 .venv/lib || true
for stamp in "$@"; do
    touch ".venv/$stamp"
done
