#!/bin/sh
# Makes .venv and installs a requirements file into it: make_venv.sh requirements-dev.txt
set -eu
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*" >&2; }

# Print the first Python that is new enough.
find_python() {
    for python in python3 python3.14 python3.13 python3.12 python3.11; do
        if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
            printf '%s\n' "$python"
            return
        fi
    done
    say "Panopticon needs Python 3.11 or newer, and found none (python3 is $(python3 --version 2>/dev/null || echo absent))."
    say "Install one, on Debian 12 or Ubuntu 24.04 for instance: sudo apt-get install python3 python3-venv"
    exit 1
}

# A copied or moved .venv names a Python elsewhere; one that was interrupted has no pip.
if ! .venv/bin/python -m pip --version >/dev/null 2>&1 ||
    [ "$(.venv/bin/python -c 'import sys; print(sys.prefix)')" != "$(pwd -P)/.venv" ]; then
    rm -rf .venv
    python=$(find_python)
    if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
        version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        say "Python $version is here without venv, which Debian and Ubuntu package by itself."
        scripts/apt_install.sh "python$version-venv"
    fi
    "$python" -m venv .venv
fi

# Many wheels at once may be slow to come on a bad line, so say what takes the time.
say "Installing $1 into .venv"
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input --requirement "$1"
